"""When a rule speaks: from the moment of an occasion to the moment of its mail, in the reader's own zone. Pure.

A rule in days takes the date that a calendar on the reader's wall shows at that moment, counts days from it, and speaks
when the reader's clocks show its time (RFC 5545 for times that a clock change skips or repeats). A rule in hours counts
from the moment itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from cohort.clock import from_local, in_zone
from cohort.programs.pack import ReminderRule
from cohort.schedule.dates import parse_clock

_OFFSET = re.compile(r"([+-]\d+)([dh])")
_DAY = timedelta(days=1)

LATENESS = {
    "assignment.due": timedelta(hours=6),
    "prework.due": timedelta(hours=6),
    "checkin.closes": timedelta(hours=6),
    "assessment.closes": timedelta(hours=6),
    "mentor_session.by": timedelta(days=1),
}
"""How late a mail before a due date may still leave."""
ABOUT_WORDS = {
    "cohort.start": "first day",
    "module.opens": "module opens",
    "prework.due": "pre-work due",
    "workshop.starts": "workshop starts",
    "workshop.ends": "workshop ends",
    "assignment.due": "assignment due",
    "checkin.opens": "check-in opens",
    "checkin.closes": "check-in closes",
    "mentor_session.by": "mentor session",
    "match.published": "match published",
    "pair.last_contact": "pair in contact",
    "feedback.owed": "work handed in",
    "assessment.closes": "assessment closes",
}
AFTERWARDS = timedelta(days=3)
"""How late a mail after the fact may still leave: what it asks for is still open then."""

_WALLS = 3 * _DAY
"""More than zones, the time of a rule and the right side of its occasion move a mail from the offset of the rule."""
_REMEMBERED = 10_000
"""Answers kept in a process: a cohort's people share their occasions and a few zones."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, both included."""

    first: datetime
    last: datetime


ALWAYS = Span(datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
"""Longer than any program, and offsets can be added to its ends."""


@lru_cache(_REMEMBERED)
def due_at(rule: ReminderRule, at: datetime, zone: str, day: date | None = None) -> datetime:
    """When `rule` speaks to a reader in `zone` about what is at `at`.

    `day` is given for what is a date rather than a moment, such as the first day of a cohort: it is that date on every
    wall. "On the day" never means after a due date nor before an opening: where the reader's clock would say so, it is
    the day before or after.
    """
    number, unit = _offset(rule)
    if unit == "h":
        return at + timedelta(hours=number)
    local = in_zone(at, zone)
    on = day or local.date()
    clock = parse_clock(rule.at) if rule.at else local.time().replace(tzinfo=None)
    due = from_local(on + number * _DAY, clock, zone)
    if number == 0 and day is None:
        due = _on_the_right_side(rule, at, due, on, clock, zone)
    return due


def _on_the_right_side(rule: ReminderRule, at: datetime, due: datetime, on: date, clock: time, zone: str) -> datetime:
    if is_opening(rule.about):
        return due if due >= at else from_local(on + _DAY, clock, zone)
    return due if due < at else from_local(on - _DAY, clock, zone)


@lru_cache(_REMEMBERED)
def not_after(rule: ReminderRule, at: datetime, due: datetime, zone: str) -> datetime:
    """Until when the mail is worth sending if it is late."""
    number, unit = _offset(rule)
    if rule.about == "workshop.starts":
        return at if unit == "h" else min(at, due + _DAY)
    if rule.about in LATENESS and number <= 0:
        return min(at, due + LATENESS[rule.about])
    if is_opening(rule.about) or rule.about in ("cohort.start", "workshop.ends"):
        return from_local(in_zone(due, zone).date() + _DAY, time(0), zone)
    return due + AFTERWARDS


def moments_of(rules: Iterable[ReminderRule], span: Span) -> Span:
    """Of occasions that `rules` may speak about in `span`, in any zone."""
    distances = [_distance(rule) for rule in rules] or [timedelta()]
    return Span(span.first - max(distances) - _WALLS, span.last - min(distances) + _WALLS)


def moments_by_about(rules: Iterable[ReminderRule], span: Span) -> dict[str, Span]:
    """The same for all rules that are about the same kind of occasion."""
    by_about: dict[str, list[ReminderRule]] = defaultdict(list)
    for rule in rules:
        by_about[rule.about].append(rule)
    return {about: moments_of(alike, span) for about, alike in by_about.items()}


def sendable_since(rules: Iterable[ReminderRule], now: datetime) -> datetime:
    """What was due before is too late at `now`."""
    return now - max([AFTERWARDS, *(-_distance(rule) for rule in rules if not is_wall_clock(rule))])


def is_opening(about: str) -> bool:
    """True for occasions at which something becomes possible, false for those by which it is to be done."""
    return about.endswith((".opens", ".published", ".ends", ".start"))


@lru_cache(_REMEMBERED)
def _offset(rule: ReminderRule) -> tuple[int, str]:
    found = _OFFSET.fullmatch(rule.offset)
    if found is None:
        raise ValueError(f"the offset {rule.offset!r} of the rule {rule.key} cannot be read")
    return int(found[1]), found[2]


def _distance(rule: ReminderRule) -> timedelta:
    number, unit = _offset(rule)
    return number * _DAY if unit == "d" else timedelta(hours=number)


def is_wall_clock(rule: ReminderRule) -> bool:
    """True when it speaks at the same time on everybody's own clock, false when at the same moment for all."""
    return _offset(rule)[1] == "d"


def when_words(rule: ReminderRule) -> str:
    """`3 days before`, `on the day`, `one hour before`"""
    number, unit = _offset(rule)
    if number == 0:
        return "on the day" if unit == "d" else "at once"
    size = {"d": ("one day", "days"), "h": ("one hour", "hours")}[unit]
    amount = size[0] if abs(number) == 1 else f"{abs(number)} {size[1]}"
    return f"{amount} {'before' if number < 0 else 'after'}"


def rule_words(rule: ReminderRule) -> str:
    """`assignment due, 3 days before`"""
    return f"{ABOUT_WORDS.get(rule.about, rule.about)}, {when_words(rule)}"


def days_of(rule: ReminderRule) -> float:
    """The offset in days, for wording."""
    number, unit = _offset(rule)
    return number if unit == "d" else number / 24
