"""Making accounts."""

from datetime import datetime

from cohort.db import db
from cohort.errors import DomainError
from cohort.people.addresses import address_key, check_address
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
    person.deactivated_at = None
    db.session.flush()
    return person
