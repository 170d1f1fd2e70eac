"""Making accounts, and giving them a password."""

from datetime import datetime

from cohort.cohorts.turns import look_at_cohorts_of
from cohort.db import db
from cohort.errors import DomainError
from cohort.people import sessions
from cohort.people.addresses import address_key, check_address
from cohort.people.links import void_links
from cohort.people.models import Person
from cohort.people.queries import find_person


def appoint_admin(email: str, *, name: str, now: datetime) -> Person:
    """The person with this address, made when there is none, as an admin."""
    address = check_address(email)
    if not 1 <= len(name.strip()) <= 120:
        raise DomainError("A name has between 1 and 120 characters.", field="name")
    person = find_person(address)
    if person is None:
        person = Person(email=address, email_key=address_key(address), name=name.strip(), created_at=now)
        db.session.add(person)
    person.is_admin = True
    if not person.is_active:
        person.deactivated_at = None
        look_at_cohorts_of(person.id)
    db.session.flush()
    return person


def change_zone(person: Person, zone: str) -> None:
    """Live in another zone from now on; mail that has not left follows."""
    if person.time_zone != zone:
        person.time_zone = zone
        look_at_cohorts_of(person.id)


def set_password(person: Person, hashed: str, *, now: datetime, staying: str | None = None) -> None:
    """Give `person` a password: browsers are signed out, but for the one with the token `staying`; links are void."""
    person.password_hash = hashed
    person.failed_sign_ins, person.locked_until = 0, None
    sessions.end_all(person, but=staying)
    void_links(person, now=now)
