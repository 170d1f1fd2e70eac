"""Turning off the mail that can be turned off, by a link that needs no sign-in."""

from collections.abc import Sequence

from itsdangerous import BadSignature, Signer
from sqlalchemy import select

from cohort.db import db
from cohort.people.models import Person

DIGEST = "d"
"""The class of mail a token is for; there is one that can be turned off."""


def make_token(person_id: int, keys: Sequence[str]) -> str:
    """A short signed token: whose mail, of which class. `keys`: the oldest first, the last one signs."""
    return _signer(keys).sign(f"{person_id}{DIGEST}").decode()


def find_subscriber(token: str, keys: Sequence[str]) -> Person | None:
    """The person whose mail the token turns off; None when it is not ours."""
    try:
        value = _signer(keys).unsign(token).decode()
    except BadSignature:
        return None
    return db.session.scalar(select(Person).where(Person.id == int(value.removesuffix(DIGEST))))


def turn_off(person: Person) -> None:
    """From now on only mail that cannot wait. Doing it twice changes nothing."""
    person.mail_wishes = person.wishes.without(None).stored()
    db.session.flush()


def _signer(keys: Sequence[str]) -> Signer:
    return Signer(list(keys), salt="unsubscribe")
