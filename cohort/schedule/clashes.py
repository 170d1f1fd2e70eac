"""What collides after a change of dates. Pure. Nothing is prevented: staff see it before they apply the change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cohort.clock import in_zone
from cohort.schedule.doubts import write_day
from cohort.schedule.items import SITTINGS, Kind, PlannedItem
from cohort.schedule.moving import Move
from cohort.schedule.plan import Plan, PlanWarning

MET_ON = (*SITTINGS, Kind.PREWORK_DUE, Kind.ASSIGNMENT_DUE, Kind.CHECKIN_CLOSES)
"""Kinds that somebody who is away or on call would miss."""


@dataclass(frozen=True, slots=True)
class Clash:
    code: str
    item: str | None
    """The id of the item; None for the cohort as a whole."""
    other: str | None
    """With what: another item, days, or a person."""
    message: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A mentoring session that two have agreed on."""

    who: str
    """'Priya Raman with Ellen Sato'"""
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a participant is away or on call, on the calendar of their own zone."""

    who: str
    words: str
    """`away` or `on call`"""
    zone: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Busy:
    """What the people of a cohort have to do besides the program's dates."""

    meetings: Sequence[Meeting] = ()
    absences: Sequence[Absence] = ()


def list_clashes(before: Plan, after: Plan, moves: Sequence[Move], *, busy: Busy, now: datetime) -> tuple[Clash, ...]:
    """What collides because of `moves`: in the plan itself first, then with what people have to do otherwise."""
    moved = {move.id: move for move in moves}
    known = {_key(warning) for warning in before.warnings}
    found = [
        Clash(it.code, it.id, it.other, it.message)
        for it in after.warnings
        if it.code != "no-date" and (it.id in moved or _key(it) not in known)
    ]
    for item in after.items:
        if item.id in moved and item.at is not None:
            found.extend(_of_item(item, item.at, moved[item.id], busy, now))
    return tuple(found)


def list_absent(item: PlannedItem, busy: Busy) -> list[Absence]:
    """Who is away or on call when something of this kind is to be met."""
    if item.kind not in MET_ON or item.at is None:
        return []
    return [it for it in busy.absences if it.first <= in_zone(item.at, it.zone).date() <= it.last]


def list_meeting(item: PlannedItem, busy: Busy) -> list[Meeting]:
    """The mentoring sessions that lie in the time of a sitting."""
    if item.kind not in SITTINGS or item.at is None or item.ends_at is None:
        return []
    return [it for it in busy.meetings if it.starts_at < item.ends_at and item.at < it.ends_at]


def _of_item(item: PlannedItem, at: datetime, move: Move, busy: Busy, now: datetime) -> Iterator[Clash]:
    name = f"{item.title} ({item.kind})"
    if at < now and (move.before is None or move.before >= now):
        yield Clash("past", item.id, None, f"{name} would lie in the past.")
    for meeting in list_meeting(item, busy):
        yield Clash("session", item.id, meeting.who, f"{name} falls into a mentoring session: {meeting.who}.")
    for absence in list_absent(item, busy):
        code = absence.words.replace(" ", "-")
        days = f"{write_day(absence.first)} to {write_day(absence.last)}"
        yield Clash(code, item.id, absence.who, f"{absence.who} is {absence.words} from {days}: {name}.")


def _key(warning: PlanWarning) -> tuple[str, str | None, str | None]:
    return warning.code, warning.id, warning.other
