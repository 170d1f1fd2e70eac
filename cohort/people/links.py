"""One-time links in mails: made when the mail is written, opened by a GET that changes nothing, used up by a POST."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from cohort.db import db
from cohort.errors import Gone
from cohort.people.models import Link, LinkPurpose, Person
from cohort.people.sessions import hash_token

LASTS = {
    LinkPurpose.INVITATION: timedelta(days=60),
    LinkPurpose.PASSWORD: timedelta(hours=4),
    LinkPurpose.SIGN_IN: timedelta(minutes=20),
}


def make_link(person: Person, purpose: LinkPurpose, *, now: datetime, cohort_id: int | None = None) -> str:
    """A new link for `person`: the token to put into its address, 256 random bits that are not kept anywhere."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        Link(
            person_id=person.id,
            purpose=purpose,
            cohort_id=cohort_id,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + LASTS[purpose],
        )
    )
    return token


def find_link(token: str, purpose: LinkPurpose) -> Link | None:
    """The link behind `token`, used or not, with its person. It opens nothing: see `open_link`."""
    return db.session.scalar(
        select(Link)
        .options(joinedload(Link.person))
        .where(Link.token_hash == hash_token(token), Link.purpose == purpose)
    )


def open_link(token: str, purpose: LinkPurpose, *, now: datetime) -> Link:
    """The link behind `token`, unused and in time, with its person. Raises Gone with what to do instead."""
    link = find_link(token, purpose)
    if link is None or link.used_at is not None or not link.person.is_active:
        raise Gone("This link was used already or was replaced by a newer one. Ask for a new one.")
    if link.expires_at <= now:
        raise Gone("This link is too old. Ask for a new one.")
    return link


def use_link(link: Link, *, now: datetime) -> None:
    """Use the link up, and every other one of the person for this purpose. Raises Gone for the slower of two."""
    claimed = db.session.execute(update(Link).where(Link.id == link.id, Link.used_at.is_(None)).values(used_at=now))
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # Result of an UPDATE is a CursorResult
        raise Gone("This link was used already. Ask for a new one.")
    others = update(Link).where(Link.person_id == link.person_id, Link.purpose == link.purpose, Link.used_at.is_(None))
    if link.cohort_id is not None:
        others = others.where(Link.cohort_id == link.cohort_id)
    db.session.execute(others.values(used_at=now))


def void_links(person: Person, *, now: datetime) -> None:
    """Use up every link that would let somebody in as `person`: for signing in and for a new password."""
    lets_in = Link.purpose.in_([LinkPurpose.PASSWORD, LinkPurpose.SIGN_IN])
    unused = update(Link).where(Link.person_id == person.id, lets_in, Link.used_at.is_(None))
    db.session.execute(unused.values(used_at=now))
