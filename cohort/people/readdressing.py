"""Giving an account another address: what it is signed in with, and where its mail goes."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Suppression
from cohort.mail.outbox import queue
from cohort.people.addresses import address_key, check_address
from cohort.people.models import Person
from cohort.people.queries import find_person

TAKEN = "Another account has this address, and two cannot share one. Check it, or ask whose it is."


def change_address(person: Person, new: str, *, now: datetime) -> None:
    """Mail to the new address leaves even if some came back from it before; the old and the new address are told.

    Browsers stay signed in. Raises DomainError for what is no address, is the present one or another account's.
    """
    address, old = check_address(new), person.email
    key = address_key(address)
    if key == person.email_key:
        raise DomainError("This is the address that the account has already. Write another one.", field="email")
    if find_person(address) is not None:
        raise Conflict(TAKEN, field="email")
    try:
        with db.session.begin_nested():
            person.email, person.email_key = address, key
    except IntegrityError as error:
        raise Conflict(TAKEN, field="email") from error
    db.session.execute(delete(Suppression).where(Suppression.address_key == key))
    _tell(person, old, now)


def _tell(person: Person, old: str, now: datetime) -> None:
    key = f"address-changed:{person.id}:{now:%Y%m%dT%H%M%S%f}"
    queue(person, "address-changed", {"address": old}, key=f"{key}:old", now=now)
    queue(person, "address-changed", key=f"{key}:new", now=now)
    db.session.flush()
