"""The secret address of a person's feed: made anew at will, shown once, found by the hash of its secret."""

import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from cohort.access import Actor
from cohort.calendars.choosing import take_choice
from cohort.calendars.events import fingerprint
from cohort.calendars.models import CalendarChoice
from cohort.db import db
from cohort.people.models import Person
from cohort.people.sessions import hash_token

LAYOUT = "1"
"""To be raised with every change of what stands in a feed, so that nobody keeps one of the old layout."""


def make_feed(person: Person, *, now: datetime) -> str:
    """A new address for the feed of `person`: the secret in it, which is kept nowhere. The old address ends."""
    choice = take_choice(person)
    token = secrets.token_urlsafe(32)
    choice.token_hash, choice.made_at = hash_token(token), now
    return token


def remove_feed(person: Person) -> None:
    """End the address of the feed."""
    choice = take_choice(person)
    choice.token_hash = choice.made_at = None


def find_feed(token: str) -> CalendarChoice | None:
    """The choice behind the secret of an address with its person; None when it ended or the account was closed."""
    found = db.session.scalar(_BY_TOKEN, {"token_hash": hash_token(token)})
    return found if found is not None and found.person.is_active else None


_BY_TOKEN = (
    select(CalendarChoice)
    .options(joinedload(CalendarChoice.person))
    .where(CalendarChoice.token_hash == bindparam("token_hash"))
)
"""Built once: calendar programs ask again and again."""


def etag_of(choice: CalendarChoice, actor: Actor, *, name: str, base: str, now: datetime) -> str:
    """Stays the same while the feed does, to the byte."""
    parts = (LAYOUT, base, name, str(choice.shows_links), fingerprint(actor, now=now))
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
