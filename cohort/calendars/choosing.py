"""How a person takes their dates along: what stands in their feed, and whether invitations come by mail."""

from sqlalchemy import or_, select, update

from cohort.calendars.models import CalendarChoice
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.models import Mentor
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
        _look_soon(person)
    choice.shows_links, choice.takes_invitations = shows_links, takes_invitations
    db.session.flush()


def _look_soon(person: Person) -> None:
    enrolled = select(Enrolment.cohort_id).where(Enrolment.person_id == person.id)
    mentors = select(Mentor.cohort_id).where(Mentor.person_id == person.id)
    db.session.execute(
        update(Cohort)
        .where(or_(Cohort.id.in_(enrolled), Cohort.id.in_(mentors)))
        .values(plan_revision=Cohort.plan_revision + 1)
        .execution_options(synchronize_session=False)
    )
