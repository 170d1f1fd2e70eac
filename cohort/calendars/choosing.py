"""How a person takes their dates along: what stands in their feed, and whether invitations come by mail."""

from sqlalchemy import select

from cohort.calendars.models import CalendarChoice
from cohort.cohorts.turns import look_at_cohorts_of
from cohort.db import db
from cohort.people.models import Person


def find_choice(person: Person) -> CalendarChoice | None:
    return db.session.get(CalendarChoice, person.id)


def take_choice(person: Person) -> CalendarChoice:
    """The person's choice, made when there is none yet, and held until the transaction ends."""
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    choice = db.session.get(CalendarChoice, person.id, populate_existing=True)
    if choice is None:
        choice = CalendarChoice(person_id=person.id, shows_links=False, takes_invitations=False)
        db.session.add(choice)
        db.session.flush()
    return choice


def choose(person: Person, *, shows_links: bool, takes_invitations: bool) -> None:
    """Invitations, or their cancellation, leave with the worker's next round."""
    choice = take_choice(person)
    if choice.takes_invitations != takes_invitations:
        look_at_cohorts_of(person.id)
    choice.shows_links, choice.takes_invitations = shows_links, takes_invitations
    db.session.flush()
