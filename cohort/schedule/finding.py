"""How the routes of changed dates find what their address names."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.schedule.models import DatedItem, ScheduleChange


@dataclass(frozen=True, slots=True)
class ItemPage:
    cohort: Cohort
    item: DatedItem
    """Held or dropped."""
    deed: str = ""

    def guard(self) -> Guard:
        return self.cohort.guard()


@dataclass(frozen=True, slots=True)
class DeedPage:
    cohort: Cohort
    deed: str

    def guard(self) -> Guard:
        return self.cohort.guard()


@dataclass(frozen=True, slots=True)
class ChangePage:
    cohort: Cohort
    change: ScheduleChange

    def guard(self) -> Guard:
        return self.cohort.guard()


def open_item(slug: str, item_id: str, deed: str = "") -> ItemPage | None:
    cohort = open_cohort(slug)
    if cohort is None:
        return None
    kind, _, key = item_id.partition(":")
    item = db.session.scalar(
        select(DatedItem).where(DatedItem.cohort_id == cohort.id, DatedItem.kind == kind, DatedItem.key == key)
    )
    return ItemPage(cohort, item, deed) if item else None


def open_deed(slug: str, deed: str) -> DeedPage | None:
    cohort = open_cohort(slug)
    return DeedPage(cohort, deed) if cohort else None


def open_change(slug: str, change_id: int) -> ChangePage | None:
    cohort = open_cohort(slug)
    if cohort is None:
        return None
    change = db.session.scalar(
        select(ScheduleChange)
        .options(joinedload(ScheduleChange.made_by))
        .where(ScheduleChange.id == change_id, ScheduleChange.cohort_id == cohort.id)
    )
    return ChangePage(cohort, change) if change else None
