"""People by items: who has done what of the module that is open and of the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, Select, and_, bindparam, select
from sqlalchemy.orm import contains_eager

from cohort.clock import in_zone
from cohort.cohorts.enrolling import SEATED
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.learning.done import done_items
from cohort.mentoring.models import Pairing, PairingState
from cohort.people.models import Person
from cohort.programs.pack import Pack
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.queries import effective_due

PEOPLE = 25
"""People on one page."""
_MOST_COLUMNS = 12
_WORDS = {
    Kind.PREWORK_DUE: ("Pre-work", "due"),
    Kind.ASSIGNMENT_DUE: ("Assignment", "due"),
    Kind.MENTOR_SESSION_BY: ("Session", "by"),
    Kind.CHECKIN_CLOSES: ("Check-in", "closes"),
}

_LIMITS = (Kind.MODULE_OPENS, Kind.MODULE_CLOSES)

Cell = tuple[str, str, str]
"""Kind of colour, icon, word: as the component takes it."""
DONE: Cell = ("ok", "check-lg", "Done")
JOINED_LATER: Cell = ("", "dash-lg", "Joined later")


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    note: str
    item: DatedItem | None = None
    lessons: tuple[str, ...] = ()
    """Keys module/lesson; a column is either an item or the lessons of a module."""


@dataclass(frozen=True, slots=True)
class Row:
    enrolment: Enrolment
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    modules: str
    """`Modules 3 and 4`."""


def build_heat(cohort: Cohort, pack: Pack, items: Sequence[DatedItem], *, now: datetime, page: int = 1) -> Heat:
    """The table for one page of people, in three queries whatever their number; needs the cohort's items."""
    shown = _choose_modules(pack, items, now)
    columns = _columns(pack, items, shown, cohort.zone)
    people = db.session.execute(_PEOPLE, {"cohort_id": cohort.id, "before": (page - 1) * PEOPLE}).all()
    ids = [person.Enrolment.id for person in people]
    done = _done(ids)
    extensions = _extensions(ids)
    rows = []
    for person in people:
        reader = _Reader(person.Enrolment, person.pairing_id is not None, done, extensions, cohort.zone, now)
        rows.append(Row(person.Enrolment, tuple(reader.cell(column) for column in columns)))
    numbers = " and ".join(str(index + 1) for index in shown)
    return Heat(tuple(columns), tuple(rows), f"Module{'s' if len(shown) > 1 else ''} {numbers}")


def _choose_modules(pack: Pack, items: Sequence[DatedItem], now: datetime) -> list[int]:
    """The places in the program of the module that opened last and of the next one; before the start the first two."""
    opens = {item.key: item.at for item in items if item.kind == Kind.MODULE_OPENS and item.at}
    opened = [index for index, module in enumerate(pack.modules) if module.key in opens and opens[module.key] <= now]
    first = max(opened, default=0)
    return [index for index in (first, first + 1) if index < len(pack.modules)]


def _columns(pack: Pack, items: Sequence[DatedItem], shown: Sequence[int], zone: str) -> list[Column]:
    """The lessons of both modules first, then what has a date, in its order."""
    numbers = {pack.modules[index].key: index + 1 for index in shown}
    columns = []
    for key, number in numbers.items():
        lessons = tuple(f"{key}/{lesson.key}" for lesson in pack.module(key).lessons)
        if lessons:
            columns.append(Column(f"Lessons {number}", f"{len(lessons)} to read", lessons=lessons))
    checkins = {checkin.key: number for number, checkin in enumerate(pack.checkins, 1)}
    days = [item.at for item in items if item.at and item.kind in _LIMITS and item.module_key in numbers]
    for item in items:
        if item.kind not in _WORDS or item.at is None:
            continue
        is_near = bool(days) and min(days) <= item.at <= max(days)
        place = numbers.get(item.module_key or "") or (checkins.get(item.key) if is_near else None)
        if place:
            word, preposition = _WORDS[Kind(item.kind)]
            local = in_zone(item.at, zone)
            columns.append(Column(f"{word} {place}", f"{preposition} {local.day} {local:%b}", item=item))
    return columns[:_MOST_COLUMNS]


_PEOPLE = (
    select(Enrolment, Pairing.id.label("pairing_id"))
    .join(Enrolment.person)
    .outerjoin(Pairing, and_(Pairing.enrolment_id == Enrolment.id, Pairing.state == PairingState.ACTIVE))
    .options(contains_eager(Enrolment.person))
    .where(Enrolment.cohort_id == bindparam("cohort_id", type_=Integer), Enrolment.state.in_(SEATED))
    .order_by(Person.name, Enrolment.id)
    .limit(PEOPLE)
    .offset(bindparam("before", type_=Integer))
)
"""One page of people by name, each with the row id of the pairing they are in now."""
_THESE = bindparam("enrolments", expanding=True, type_=Integer)
_DONE = done_items().subquery()
_DONE_BY_THESE: Select[int, str, str] = select(_DONE.c.enrolment_id, _DONE.c.kind, _DONE.c.key).where(
    _DONE.c.enrolment_id.in_(_THESE)
)
_EXTENSIONS_OF_THESE = select(Extension).where(Extension.enrolment_id.in_(_THESE))


def _done(enrolments: Sequence[int]) -> set[tuple[int, str, str]]:
    rows = db.session.execute(_DONE_BY_THESE, {"enrolments": enrolments})
    return {(enrolment_id, kind, key) for enrolment_id, kind, key in rows}


def _extensions(enrolments: Sequence[int]) -> dict[tuple[int, int], Extension]:
    found = db.session.scalars(_EXTENSIONS_OF_THESE, {"enrolments": enrolments})
    return {(extension.enrolment_id, extension.item_id): extension for extension in found}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Says of one person what stands in a column."""

    enrolment: Enrolment
    has_mentor: bool
    done: set[tuple[int, str, str]]
    extensions: dict[tuple[int, int], Extension]
    zone: str
    now: datetime

    def cell(self, column: Column) -> Cell:
        if column.item is None:
            return self._of_lessons(column.lessons)
        if (self.enrolment.id, column.item.kind, column.item.key) in self.done:
            return DONE
        return self._of_open(column.item)

    def _of_lessons(self, lessons: Sequence[str]) -> Cell:
        number = sum((self.enrolment.id, "lesson", lesson) in self.done for lesson in lessons)
        return DONE if number == len(lessons) else ("", "circle", f"{number} of {len(lessons)}")

    def _of_open(self, item: DatedItem) -> Cell:
        due = effective_due(item, self.extensions.get((self.enrolment.id, item.id)))
        joined = self.enrolment.answered_at
        if item.at is None or due is None or (joined and joined > item.at):
            return JOINED_LATER
        if item.kind == Kind.MENTOR_SESSION_BY and not self.has_mentor:
            return ("", "dash-lg", "No mentor")
        if due <= self.now:
            return self._of_past(item, due)
        if in_zone(due, self.zone).date() == in_zone(self.now, self.zone).date():
            return ("warn", "clock-fill", "Today")
        if due > item.at:
            local = in_zone(due, self.zone)
            return ("info", "calendar-plus", f"To {local.day} {local:%b}")
        return ("", "circle", "Open")

    def _of_past(self, item: DatedItem, due: datetime) -> Cell:
        if item.kind == Kind.CHECKIN_CLOSES:
            return ("warn", "question-lg", "No answer")
        if item.kind == Kind.MENTOR_SESSION_BY:
            return ("warn", "journal-x", "Not logged")
        if item.kind == Kind.PREWORK_DUE:
            return ("", "dash-lg", "Not ticked")
        days = (in_zone(self.now, self.zone).date() - in_zone(due, self.zone).date()).days
        return ("bad", "exclamation-triangle-fill", f"Late {days} d" if days else "Late")
