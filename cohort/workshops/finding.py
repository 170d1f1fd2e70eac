"""How routes find a sitting: for those who take part inside the page of its workshop, for staff by itself."""

from dataclasses import dataclass

from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.learning.finding import WorkshopPage, find_workshop
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Place, Sitting
from cohort.workshops.queries import find_place, find_sitting


@dataclass(frozen=True, slots=True)
class OwnSittingPage(WorkshopPage):
    """One sitting of a workshop, as it stands for the reader."""

    item: DatedItem


@dataclass(frozen=True, slots=True)
class SittingPage:
    """One sitting, for those who run it."""

    cohort: Cohort
    item: DatedItem
    sitting: Sitting | None
    """None while nothing is settled about it."""

    def guard(self) -> Guard:
        return self.cohort.guard()


@dataclass(frozen=True, slots=True)
class PlacePage:
    """The place of one person in a sitting, for those who run it."""

    cohort: Cohort
    item: DatedItem
    place: Place

    def guard(self) -> Guard:
        return self.place.guard()


def find_own_sitting(slug: str, workshop: str, sitting: int) -> OwnSittingPage | None:
    page = find_workshop(slug, workshop)
    found = find_sitting(page.cohort.id, sitting) if page else None
    if page is None or found is None or found[0].key != workshop:
        return None
    return OwnSittingPage(page.cohort, page.enrolment, page.module, page.number, page.is_open, page.workshop, found[0])


def open_sitting(slug: str, sitting: int, **_: object) -> SittingPage | None:
    cohort = open_cohort(slug)
    found = find_sitting(cohort.id, sitting) if cohort else None
    return SittingPage(cohort, *found) if cohort and found else None


def open_place(slug: str, sitting: int, place: int) -> PlacePage | None:
    page = open_sitting(slug, sitting)
    found = find_place(page.item.id, place) if page else None
    return PlacePage(page.cohort, page.item, found) if page and found else None
