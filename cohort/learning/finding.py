"""How the routes of participants find what their address names, and who the reader is to it.

A reader who takes part finds their own place with it; while something is written, that place is held until the
transaction ends, so that two changes of one person come one after the other and nobody writes who has just left.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import abort, g
from sqlalchemy import bindparam, select

from cohort import clock
from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import db, may_write
from cohort.gate import current_actor, may, me
from cohort.programs.pack import Lesson, Module, Pack, Workshop
from cohort.programs.queries import pack_of
from cohort.schedule.items import Kind
from cohort.schedule.queries import find_item

WAS_EVER_IN = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED, EnrolmentState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a cohort, and the reader's own place in it when they take part."""

    cohort: Cohort
    enrolment: Enrolment | None

    @property
    def pack(self) -> Pack:
        return pack_of(self.cohort.version)

    @property
    def has_begun(self) -> bool:
        return self.cohort.state is not CohortState.DRAFT

    @property
    def own(self) -> Enrolment:
        """The reader's place, for what only participants do; nobody else gets past this."""
        if self.enrolment is None:
            abort(403)
        return self.enrolment

    def guard(self) -> Guard:
        if self.enrolment is None:
            return self.cohort.guard()
        return replace(self.enrolment.guard(), is_archived=self.cohort.guard().is_archived)


@dataclass(frozen=True, slots=True)
class Place(Page):
    """A page that only a participant has."""

    enrolment: Enrolment


@dataclass(frozen=True, slots=True)
class ModulePage(Page):
    module: Module
    number: int
    is_open: bool
    """The reader may read what is in it: it has opened, or they prepare it."""


@dataclass(frozen=True, slots=True)
class LessonPage(ModulePage):
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class WorkshopPage(ModulePage):
    workshop: Workshop


_OWN = select(Enrolment).where(
    Enrolment.cohort_id == bindparam("cohort_id"),
    Enrolment.person_id == bindparam("person_id"),
    Enrolment.state.in_(WAS_EVER_IN),
)
"""Built once: it is asked on every page of a participant."""


def find_page(slug: str, **_: object) -> Page | None:
    cohort = open_cohort(slug)
    return Page(cohort, _find_own_enrolment(cohort)) if cohort else None


def find_place(slug: str, **_: object) -> Place | None:
    page = find_page(slug)
    return Place(page.cohort, page.enrolment) if page and page.enrolment else None


def find_module(slug: str, module: str, **_: object) -> ModulePage | None:
    page = find_page(slug)
    return open_module(page, lambda it: it.key == module) if page else None


def find_lesson(slug: str, module: str, lesson: str) -> LessonPage | None:
    """A lesson of a module that is open for the reader; before that it is not there."""
    opened = find_module(slug, module)
    if opened is None or not opened.is_open:
        return None
    found = next((it for it in opened.module.lessons if it.key == lesson), None)
    if found is None:
        return None
    return LessonPage(opened.cohort, opened.enrolment, opened.module, opened.number, True, found)


def find_workshop(slug: str, workshop: str) -> WorkshopPage | None:
    page = find_page(slug)
    opened = open_module(page, lambda it: it.workshop is not None and it.workshop.key == workshop) if page else None
    if opened is None or opened.module.workshop is None:
        return None
    return WorkshopPage(
        opened.cohort, opened.enrolment, opened.module, opened.number, opened.is_open, opened.module.workshop
    )


def open_module(page: Page, is_meant: Callable[[Module], bool]) -> ModulePage | None:
    """The module that is meant, and whether the reader may read what is in it."""
    for number, module in enumerate(page.pack.modules, start=1):
        if is_meant(module):
            return ModulePage(page.cohort, page.enrolment, module, number, _is_open(page, module.key))
    return None


def _is_open(page: Page, module_key: str) -> bool:
    opens = find_item(page.cohort.id, Kind.MODULE_OPENS, module_key)
    has_opened = page.has_begun and opens is not None and opens.at is not None and opens.at <= clock.now()
    return has_opened or may("module.read-early", page.cohort)


def _find_own_enrolment(cohort: Cohort) -> Enrolment | None:
    """The reader's place as participant, also a former one; none for those who are here in another role."""
    held = current_actor().roles.get(cohort.id)
    if held and "participant" not in held:
        return None
    own = _OWN.with_for_update(key_share=True) if may_write.get() else _OWN
    enrolment = db.session.scalar(own, {"cohort_id": cohort.id, "person_id": me().id})
    if enrolment is not None and not enrolment.is_in:
        g.cohort = None  # the navigation of a cohort that somebody left would lead nowhere
    return enrolment
