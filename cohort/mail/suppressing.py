"""Addresses to which nothing leaves any more, because mail came back from them or was reported as unwanted.

Nobody is locked out by it: mail about a person's own account, which they ask for, is sent all the same.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from cohort.db import db
from cohort.mail.models import Message, MessageState, Suppression, SuppressionReason
from cohort.mail.transports import Fault
from cohort.people.addresses import address_key
from cohort.people.models import Person

SUPPRESSING = frozenset({Fault.NO_SUCH_USER, Fault.BAD_ADDRESS})
"""Faults that are the address's own and stay. A policy refuses us, whatever the address."""
FULL_FOR = timedelta(days=7)
"""How long a mailbox is left alone that was full several times in a row."""
BOUNCES = "address bounces"
"""Of a mail that did not leave because mail to the address has come back before."""
OWN_ACCOUNT = frozenset({"password-link", "sign-in-link"})
"""Templates of mail that its reader has just asked for; it is sent to suppressed addresses, too."""


def suppress(
    address: str, reason: SuppressionReason, evidence: str, now: datetime, until: datetime | None = None
) -> Suppression:
    """Let nothing more leave to `address`, for ever or until then.

    What was noted before and still holds is only ever made stronger: a longer time, a complaint instead of a bounce.
    """
    key = address_key(address)
    found = _take(key) or _add(key, reason, evidence, now, until)
    if found.until is not None and found.until <= now:
        found.reason, found.evidence, found.created_at, found.until = reason, evidence, now, until
    is_longer = found.until is not None and (until is None or until > found.until)
    is_graver = reason is SuppressionReason.COMPLAINT and found.reason is not reason
    if is_longer:
        found.until = until
    if is_graver:
        found.reason = reason
    if is_longer or is_graver:
        found.evidence = evidence
    db.session.flush()
    return found


def _take(key: str) -> Suppression | None:
    """What is noted, held until the transaction ends."""
    return db.session.get(Suppression, key, with_for_update=True, populate_existing=True)


def _add(key: str, reason: SuppressionReason, evidence: str, now: datetime, until: datetime | None) -> Suppression:
    """The new note, or the one that another process added meanwhile."""
    note = Suppression(address_key=key, reason=reason, evidence=evidence, created_at=now, until=until)
    try:
        with db.session.begin_nested():
            db.session.add(note)
    except IntegrityError:
        return _take(key) or note
    return note


def lift(address: str) -> bool:
    """Let mail leave to `address` again; False when nothing was in its way."""
    found = find_suppression(address)
    if found is None:
        return False
    db.session.delete(found)
    db.session.flush()
    return True


def find_suppression(address: str, now: datetime | None = None) -> Suppression | None:
    """What is noted about `address`; with `now` only what holds then."""
    found = db.session.get(Suppression, address_key(address))
    if found is None or (now is not None and found.until is not None and found.until <= now):
        return None
    return found


def count_waiting_for(person: Person) -> int:
    """How many mails wait that a suppression of the person's address keeps from leaving."""
    waiting = (MessageState.PENDING, MessageState.LEASED)
    asked = select(func.count()).where(
        Message.person_id == person.id,
        Message.state.in_(waiting),
        Message.template.not_in(OWN_ACCOUNT),
        or_(Message.to_address.is_(None), Message.to_address == person.email),
    )
    return db.session.scalar(asked) or 0
