"""Taking mails out of the outbox for one process, and giving them back. Nothing here commits.

A claim is a lease with a token that no other process has, and every later write names the token: who lost the lease
changes nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true, update

from cohort.db import db
from cohort.mail.holding import IS_ON_HOLD
from cohort.mail.judging import LEFT_BEHIND, Change, Tried, judge, judge_lost
from cohort.mail.lanes import ends_of
from cohort.mail.models import IS_PENDING, IS_UNDER_WAY, Message, MessageState
from cohort.people.models import Person

BATCH = 100
LEASE = timedelta(seconds=60)
"""How long a claim holds without a sign of life; the worker renews it while it lives."""
EVERYBODY = true()


def claim(
    token: str,
    now: datetime,
    *,
    most: int = BATCH,
    apart_from: Collection[str] = (),
    reach: ColumnElement[bool] = EVERYBODY,
) -> list[int]:
    """Lease what is due, the longest due first.

    Mail of cohorts on hold, to the domains `apart_from` and out of `reach` stays.
    """
    return _claim(token, now, and_(Message.lost_leases == 0, reach), most, apart_from)


def claim_suspect(
    token: str, now: datetime, *, apart_from: Collection[str] = (), reach: ColumnElement[bool] = EVERYBODY
) -> list[int]:
    """Lease one mail of those whose process ended while it held them: by itself, so that it takes no other along."""
    return _claim(token, now, and_(Message.lost_leases > 0, reach), 1, apart_from)


def _claim(token: str, now: datetime, which: ColumnElement[bool], most: int, apart_from: Collection[str]) -> list[int]:
    due = (
        select(Message.id)
        .where(IS_PENDING, Message.due_at <= now, which, ~IS_ON_HOLD, _goes_elsewhere(apart_from))
        .order_by(Message.due_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    leased = db.session.scalars(
        update(Message)
        .where(Message.id.in_(select(due.c.id)), Message.state == MessageState.PENDING)
        .values(state=MessageState.LEASED, lease_token=token, lease_until=now + LEASE)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(leased)


def _goes_elsewhere(domains: Collection[str]) -> ColumnElement[bool]:
    if not domains:
        return true()
    there = select(Person.id).where(or_(*(Person.email_key.like(end, escape="\\") for end in ends_of(domains))))
    return Message.person_id.not_in(there)


def release(token: str, *, but: Collection[int] = ()) -> None:
    """Give back what was claimed and not begun."""
    mine = and_(Message.lease_token == token, Message.state == MessageState.LEASED, Message.id.not_in(but))
    _change(mine, state=MessageState.PENDING, lease_token=None, lease_until=None)


def renew(token: str, until: datetime) -> None:
    held = Message.state.in_([MessageState.LEASED, MessageState.SENDING])
    _change(and_(Message.lease_token == token, held), lease_until=until)


def take_up_what_was_left(now: datetime) -> None:
    """Put back what processes left behind whose lease is over.

    What was being sent may have been accepted: it keeps its bytes and its Message-ID, and is judged as unclear.
    """
    left = db.session.scalars(
        select(Message)
        .where(IS_UNDER_WAY, Message.lease_until < now)
        .order_by(Message.lease_until, Message.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for message in left:
        if message.state is MessageState.SENDING:
            put(message, judge(tried(message, now), LEFT_BEHIND, now))
        else:
            message.lost_leases += 1
            put(message, judge_lost(message.lost_leases, message.reason))
    db.session.flush()


def tried(message: Message, now: datetime) -> Tried:
    """As it stands while it is being sent."""
    return Tried(
        id=message.id,
        topic=message.topic,
        reason=message.reason,
        attempts=message.attempts,
        begun_at=message.begun_at or now,
        not_after=message.not_after,
    )


def put(message: Message, change: Change) -> None:
    """Write down what a mail becomes that nobody holds any more.

    Bytes are needed for a further attempt only; they may hold a one-time link, so they do not stay.
    """
    message.state, message.reason = change.state, change.reason
    message.due_at = change.due_at or message.due_at
    message.lease_token = message.lease_until = None
    if change.is_final:
        message.frozen = None


def _change(which: ColumnElement[bool], **values: Any) -> None:
    db.session.execute(update(Message).where(which).values(**values).execution_options(synchronize_session=False))
