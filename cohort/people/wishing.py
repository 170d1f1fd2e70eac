"""Changing what mail a person wants: the next round of the worker goes by it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cohort.cohorts.turns import look_at_cohorts_of
from cohort.db import db
from cohort.errors import DomainError
from cohort.people.mail_words import WEEKDAYS, hours
from cohort.people.models import Person
from cohort.people.wishes import Choice, Topic, Wishes

MOST_MAILS = 20
"""The largest budget of a week."""
OPEN_AT_LEAST = timedelta(hours=1)
_DAY = timedelta(days=1)


def choose(person: Person, choices: Mapping[Topic, Choice], *, now: datetime) -> Wishes:
    """Have mail about these topics come so from now on; gives the wishes as they were."""
    before = _hold(person)
    _keep(person, before, before.choosing(choices), now)
    return before


def change_wishes(person: Person, wishes: Wishes, *, now: datetime) -> None:
    """Have mail come as `wishes` say from now on. Raises DomainError when they contradict themselves."""
    for fault in list_faults(wishes):
        raise fault
    _keep(person, _hold(person), wishes, now)


def list_faults(wishes: Wishes) -> Iterator[DomainError]:
    """What is to be put right before mail can come as `wishes` say."""
    if not wishes.days:
        yield DomainError("Tick at least one day on which mail may come.", field="days")
    elif wishes.digest_day not in wishes.days:
        day = WEEKDAYS[wishes.digest_day]
        yield DomainError(f"You want no mail on a {day}. Choose one of the days that are ticked.", field="digest_day")
    if _open_for(wishes) < OPEN_AT_LEAST:
        yield DomainError(
            "That leaves less than an hour of the day. Leave an hour, or write the same time twice for no quiet hours.",
            field="quiet_until",
        )
    elif wishes.is_quiet(wishes.digest_at):
        open_hours = hours(wishes.quiet_until, wishes.quiet_from)
        yield DomainError(f"This lies in your quiet hours. Choose a time {open_hours}.", field="digest_at")
    if not 0 <= wishes.budget <= MOST_MAILS:
        yield DomainError(f"Write a number from 0 to {MOST_MAILS}.", field="budget")


def _open_for(wishes: Wishes) -> timedelta:
    """How much of a day is not quiet."""
    opens, closes = (timedelta(hours=at.hour, minutes=at.minute) for at in (wishes.quiet_until, wishes.quiet_from))
    return (closes - opens) % _DAY or _DAY


def _hold(person: Person) -> Wishes:
    """The wishes as they are, held until the transaction ends, so that no change of the same moment is lost."""
    db.session.refresh(person, ["mail_wishes"], with_for_update={"key_share": True})
    return person.wishes


def _keep(person: Person, before: Wishes, wishes: Wishes, now: datetime) -> None:
    if wishes != before:
        person.mail_wishes = wishes.instead_of(before, now).stored()
        look_at_cohorts_of(person.id)
        db.session.flush()
