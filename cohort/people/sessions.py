"""Signing in and out. A browser holds a random token; the database holds its hash and may forget it at any time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import joinedload

from cohort.db import db
from cohort.people.models import Person, SignIn

LASTS = timedelta(days=30)
"""The longest a browser stays signed in. Two hours without a click end it sooner, see `create_app`."""


def begin(person: Person, *, device: str, now: datetime) -> str:
    """Sign `person` in on one more browser and return the token that browser keeps."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            person_id=person.id,
            token_hash=hash_token(token),
            device=device[:200],
            signed_in_at=now,
            expires_at=now + LASTS,
        )
    )
    return token


def find(token: str, *, now: datetime) -> SignIn | None:
    """The sign-in behind a browser's token with its person, unless it ended or the account was closed."""
    found = db.session.scalar(_BY_TOKEN, {"token_hash": hash_token(token)})
    if found is None or found.expires_at <= now or not found.person.is_active:
        return None
    return found


_BY_TOKEN = select(SignIn).options(joinedload(SignIn.person)).where(SignIn.token_hash == bindparam("token_hash"))
"""Built once: it is asked on every page."""


def end(token: str) -> None:
    """Sign one browser out."""
    db.session.execute(delete(SignIn).where(SignIn.token_hash == hash_token(token)))


def end_all(person: Person, *, but: str | None = None) -> None:
    """Sign every browser of `person` out, except the one that holds the token `but`."""
    gone = delete(SignIn).where(SignIn.person_id == person.id)
    if but is not None:
        gone = gone.where(SignIn.token_hash != hash_token(but))
    db.session.execute(gone)


def hash_token(token: str) -> str:
    """What the database keeps of a secret of 256 random bits; such a secret needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
