"""What a reminder rule may say, and what goes together in one: occasion, offset, audience, condition. Pure.

A program pack may hold any of these words, because an occasion may come to be spoken of that is not yet. What staff
write for a cohort is held to what its mails can say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cohort.programs.pack import ReminderRule

PROFILE, DONE, SUBMITTED, ANSWERED = "profile-complete", "done", "submitted", "answered"
DECLINED, BOOKED, LOGGED, GIVEN = "declined", "booked", "logged", "given"
AUDIENCES = ("participant", "pair", "attendees", "mentor", "staff")
CONDITIONS = (PROFILE, DONE, SUBMITTED, ANSWERED, DECLINED, BOOKED, LOGGED, GIVEN)
CLASSES = ("critical", "digest")

MOST_DAYS = 365
MOST_HOURS = 240
_OFFSET = re.compile(r"([+-])([0-9]{1,9})([dh])")


@dataclass(frozen=True, slots=True)
class Fitting:
    """What a rule about one kind of occasion can be combined with."""

    audiences: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    """What may hold it back; none is always possible."""


_COUPLE = ("pair", "participant", "mentor")
FITTING: Mapping[str, Fitting] = {
    "cohort.start": Fitting(("participant",), (PROFILE,)),
    "match.published": Fitting(_COUPLE, (BOOKED, LOGGED)),
    "module.opens": Fitting(("participant",)),
    "prework.due": Fitting(("participant",), (DONE,)),
    "workshop.starts": Fitting(("attendees",), (DECLINED,)),
    "workshop.ends": Fitting(("attendees",)),
    "assignment.due": Fitting(("participant",), (SUBMITTED,)),
    "feedback.owed": Fitting(("mentor",), (GIVEN,)),
    "checkin.opens": Fitting(("participant",), (ANSWERED,)),
    "checkin.closes": Fitting(("participant",), (ANSWERED,)),
    "assessment.closes": Fitting(("participant", "staff"), (ANSWERED,)),
    "mentor_session.by": Fitting(_COUPLE, (BOOKED, LOGGED)),
    "pair.last_contact": Fitting((*_COUPLE, "staff"), (BOOKED,)),
}
"""Of every occasion."""
OCCASIONS = tuple(FITTING)
"""What a reminder may be about."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a rule cannot be as it is: a sentence, and the field of ReminderRule it concerns."""

    field: str
    message: str


def needs_time(offset: str) -> bool:
    """True of days, which are counted on a calendar; hours count from the moment itself."""
    return offset.endswith("d")


def tells_of_match(rule: ReminderRule) -> bool:
    """True for the mail that the publishing of a match sends itself, at once: no rule can change or stop it."""
    return rule.about == "match.published" and rule.offset in ("+0h", "-0h")


def list_mistakes(rule: ReminderRule, before: ReminderRule | None = None) -> Iterator[Mistake]:
    """What is wrong with a rule of a cohort. What the rule it replaces says may stay, odd as it is."""
    if rule.about not in FITTING:
        yield Mistake("about", "Choose what the reminder is about.")
        return
    fitting = FITTING[rule.about]
    yield from _mistakes_of_time(rule)
    if rule.to not in fitting.audiences and not (before and before.to == rule.to):
        yield Mistake("to", "This reminder cannot go to them. Choose one of those offered.")
    if rule.unless and rule.unless not in fitting.conditions and not (before and before.unless == rule.unless):
        yield Mistake("unless", "That cannot hold this reminder back. Choose one of those offered.")
    if rule.kind not in CLASSES:
        yield Mistake("kind", "Choose whether it is always sent or can wait.")
    if tells_of_match(rule):
        yield Mistake("offset", "The mail about a new match leaves by itself. Write at least 1 hour after.")


def _mistakes_of_time(rule: ReminderRule) -> Iterator[Mistake]:
    found = _OFFSET.fullmatch(rule.offset)
    if found is None:
        yield Mistake("offset", "Write a whole number of days or hours.")
        return
    size, in_days = int(found[2]), found[3] == "d"
    most = MOST_DAYS if in_days else MOST_HOURS
    if size > most:
        yield Mistake("offset", f"Write a number from 0 to {most}.")
    if in_days and rule.at is None:
        yield Mistake("at", "Choose a time of day: days are counted on each reader’s calendar.")
    if not in_days and rule.at is not None:
        yield Mistake("at", "Hours count from the moment itself: leave the time empty.")
