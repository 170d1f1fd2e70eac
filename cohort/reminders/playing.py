"""Playing a cohort with a moved clock: every mail as the rounds to come would queue it.

What is due is decided and bundled by the planner's own code, a round at every moment at which something becomes due.
Nothing is stored or queued.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from cohort.cohorts.launching import first_mails
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.db import db
from cohort.people.models import Person
from cohort.reminders.forecast import Known, list_to_come, read_known
from cohort.reminders.listing import EXAMPLE, SEATED, example_occasions
from cohort.reminders.owing import Owed
from cohort.reminders.planning import list_open
from cohort.reminders.rounds import Bundle, bundles, rounds
from cohort.reminders.timing import ALWAYS, Span, days_of
from cohort.schedule.queries import list_items


class Reading(StrEnum):
    """What people are taken to do from now on."""

    NOTHING = "nothing"
    """Everybody is reminded of everything: the most mail there can be."""
    ON_TIME = "on-time"
    """Everything is done by its date: what nags afterwards stays away."""


@dataclass(frozen=True, slots=True)
class Due:
    """One mail at the moment at which it leaves."""

    at: datetime
    person_id: int
    bundle: Bundle


def play(
    cohort: Cohort, *, now: datetime, until: datetime | None = None, reading: Reading = Reading.NOTHING
) -> Iterator[Due]:
    """Every mail as the rounds to come would queue it; the invitations of a launch come first.

    Of a cohort that is not launched yet, whoever is invited is taken to join at once; where nobody is, there is an
    example.
    """
    if cohort.state is CohortState.ARCHIVED:
        return
    is_draft = cohort.state is CohortState.DRAFT
    if is_draft:
        yield from _invitations(cohort, now)
    known = read_known(cohort, now)
    owed = _list_owed(cohort, known, now, until or ALWAYS.last)
    if reading is Reading.ON_TIME:
        owed = [_if_on_time(one) for one in owed]
    for moment, decisions in rounds(owed, since=now, spent=known.spent):
        for bundle in bundles(one.owed for one in decisions if not one.reason):
            yield Due(moment, bundle.owed[0].reader.person_id, bundle)


def find_due(cohort: Cohort, key: str, *, now: datetime, reading: Reading) -> Due | None:
    """One mail of the play, by its key."""
    return next((due for due in play(cohort, now=now, reading=reading) if due.bundle.key == key), None)


def find_people(cohort: Cohort, ids: Collection[int]) -> dict[int, Person]:
    """By id, in one query; the example is never stored."""
    example = Person(id=0, name=EXAMPLE, email="example@example.com", time_zone=cohort.zone)
    example.mail_wishes = {}
    found = db.session.scalars(select(Person).where(Person.id.in_(ids)))
    return {0: example} | {person.id: person for person in found}


def _list_owed(cohort: Cohort, known: Known, now: datetime, until: datetime) -> list[Owed]:
    if cohort.state is not CohortState.DRAFT:
        return list_to_come(cohort, known, now=now, until=until)
    owed = list_to_come(cohort, known, now=now, until=until, taking_part=(*SEATED, EnrolmentState.INVITED))
    return owed or _list_owed_to_example(cohort, known, now, until)


def _list_owed_to_example(cohort: Cohort, known: Known, now: datetime, until: datetime) -> list[Owed]:
    occasions = example_occasions(cohort, list_items(cohort.id), since=now)
    return list_open(known.rules, occasions, {}, Span(now, until))


def _if_on_time(owed: Owed) -> Owed:
    """What speaks after its occasion, and only to those who have not done something, has nobody to speak to."""
    waits = owed.rule.unless not in (None, "declined")
    return replace(owed, held="done on time") if waits and days_of(owed.rule) > 0 and not owed.held else owed


def _invitations(cohort: Cohort, now: datetime) -> Iterator[Due]:
    mails = first_mails(cohort)
    for template, param, places in (
        ("invitation", "enrolment_id", mails.enrolments),
        ("mentor-invitation", "mentor_id", mails.mentors),
        ("staff-invitation", "staff_id", mails.staff),
    ):
        for place in places:
            yield Due(now, place.person_id, Bundle(f"{template}:{place.id}", template, {param: place.id}, ()))
