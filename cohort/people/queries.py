"""Reads of accounts."""

from sqlalchemy import func, select

from cohort.db import db
from cohort.people.addresses import address_key
from cohort.people.models import Person


def find_person(address: str) -> Person | None:
    """The person with this address, however it is written."""
    return db.session.scalar(select(Person).where(Person.email_key == address_key(address)))


def count_admins() -> int:
    """How many people may run the house."""
    active_admins = select(func.count(Person.id)).where(Person.is_admin, Person.deactivated_at.is_(None))
    return db.session.scalar(active_admins) or 0
