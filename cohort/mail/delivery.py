"""Sending what lies in the outbox: claim, look once more, write, hand over, record; each mail in its own transactions.

A claim is a lease with a token that no other process has, and every later write names the token: who lost the lease
changes nothing. That a mail is about to leave is committed before it leaves, and nothing is sent while a transaction is
open. What a killed process leaves behind is taken up again when its lease is over; a mail that may have been handed
over is sent with the same bytes and the same Message-ID.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.letters import Moot
from cohort.mail.models import IS_PENDING, IS_UNDER_WAY, Message, MessageState
from cohort.mail.transports import Outcome, Transport, Verdict

log = logging.getLogger("cohort.mail")

BATCH = 20
LEASE = timedelta(seconds=60)
"""How long a claim holds without a sign of life; `_keeping` renews it while the process lives."""
RENEW_EVERY = 15.0
"""Seconds."""
PER_ROUND = timedelta(seconds=45)
MOST_ATTEMPTS = 12
MOST_WRITINGS = 3
WRITE_AGAIN_AFTER = timedelta(hours=1)
ASK_AGAIN_AFTER = timedelta(minutes=10)
"""How long a mail is held of which nobody knows whether it was accepted."""
LEFT_BEHIND = "the worker stopped while sending"

Stop = Callable[[], bool]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Sending:
    """What is handed over: plain values, so that no transaction is open meanwhile."""

    id: int
    recipient: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """One round of sending. Needs an application context."""

    composer: Composer
    transport: Transport
    now: Clock
    stop: Stop = lambda: False

    def run(self) -> Counter[str]:
        """Send what is due until nothing is, the relay is down, the time is up or `stop` says so; counts by outcome."""
        counts: Counter[str] = Counter()
        until = self.now() + PER_ROUND
        take_up_what_was_left(self.now())
        while not self.stop() and self.now() < until:
            token = uuid4().hex
            claimed = claim(token, self.now())
            if not claimed:
                break
            with _keeping(token, self.now):
                is_up = self._send_all(claimed, token, counts)
            if not is_up:
                break
        return counts

    def _send_all(self, claimed: list[int], token: str, counts: Counter[str]) -> bool:
        """False when the relay takes nothing: the rest goes back, untouched."""
        for message_id in claimed:
            if self.stop():
                break
            outcome = self._send_one(message_id, token)
            counts[outcome] += 1
            if outcome == Verdict.DOWN:
                break
        else:
            return True
        release(token)
        return False

    def _send_one(self, message_id: int, token: str) -> str:
        try:
            sending = self._begin(message_id, token)
        except OperationalError:
            raise  # the database, not the mail
        except Exception as error:  # one mail that cannot be written stops no other
            db.session.rollback()
            log.exception("mail %s cannot be written", message_id)
            _set_aside(message_id, token, error, self.now())
            return "unwritable"
        if isinstance(sending, str):
            return sending
        outcome = self.transport.send(self.composer.settings.mail_from, sending.recipient, sending.data)
        log.info("mail %s %s %s", message_id, outcome.verdict, outcome.reason[:3])
        _record(sending.id, token, outcome, self.now(), keep=self.transport.keeps)
        return outcome.verdict

    def _begin(self, message_id: int, token: str) -> _Sending | str:
        """Look once more, write the mail unless it was written before, and commit the intent to send it."""
        now = self.now()
        message = db.session.scalar(
            select(Message)
            .options(joinedload(Message.person))
            .where(_mine(message_id, token, MessageState.LEASED))
            .execution_options(populate_existing=True)
        )
        if message is None or (message.lease_until and message.lease_until < now):
            db.session.rollback()
            return "lost"
        if _is_on_hold(message):
            _wait(message, message.due_at, message.reason)
            db.session.commit()
            return "held"
        try:
            self._write(message, now)
        except Moot as reason:
            _close(message, MessageState.CANCELLED, str(reason))
            db.session.commit()
            return "cancelled"
        message.state, message.attempts, message.lease_until = MessageState.SENDING, message.attempts + 1, now + LEASE
        sending = _Sending(message.id, message.to_address or "", message.frozen or b"")
        db.session.commit()
        return sending

    def _write(self, message: Message, now: datetime) -> None:
        if message.not_after is not None and now > message.not_after:
            raise Moot("too late")
        if not message.person.is_active:
            raise Moot("account closed")
        if message.frozen is not None:
            self.composer.look_again(message, now=now)
            return
        written = self.composer.compose(message, now=now)
        message.subject, message.message_id, message.frozen = written.subject, written.message_id, written.data
        message.to_address = message.recipient


def claim(token: str, now: datetime, most: int = BATCH) -> list[int]:
    """Lease what is due under `token`, the longest due first; commits. Mail of cohorts on hold stays where it is."""
    paused = select(Cohort.id).where(Cohort.mail_paused_at.is_not(None))
    due = (
        select(Message.id)
        .where(IS_PENDING, Message.due_at <= now)
        .where(or_(Message.cohort_id.is_(None), Message.cohort_id.not_in(paused)))
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
    db.session.commit()
    return sorted(leased)


def release(token: str) -> None:
    """Give back what was claimed and not begun; commits."""
    mine = and_(Message.lease_token == token, Message.state == MessageState.LEASED)
    _change(mine, state=MessageState.PENDING, lease_token=None, lease_until=None)
    db.session.commit()


def take_up_what_was_left(now: datetime) -> None:
    """Put back what processes left behind whose lease is over; commits.

    What was being sent may have been accepted: it keeps its bytes and its Message-ID and is sent again.
    """
    _change(
        and_(IS_UNDER_WAY, Message.lease_until < now),
        reason=case((Message.state == MessageState.SENDING, LEFT_BEHIND), else_=Message.reason),
        state=MessageState.PENDING,
        lease_token=None,
        lease_until=None,
    )
    db.session.commit()


def retry_after(message_id: int, attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: a minute, doubling up to an hour, spread by a quarter to each side.

    The spread depends on the message alone, so that many mails refused at once do not come back at once.
    """
    seed = int.from_bytes(sha256(f"{message_id}:{attempts}".encode()).digest()[:8]) / 2**64
    return timedelta(seconds=min(3600, 60 * 2 ** (attempts - 1)) * (0.75 + 0.5 * seed))


def _record(message_id: int, token: str, outcome: Outcome, now: datetime, *, keep: bool) -> None:
    """Write down what became of a mail; commits. Nothing changes when the lease was lost meanwhile."""
    message = db.session.scalar(
        select(Message).where(_mine(message_id, token, MessageState.SENDING)).execution_options(populate_existing=True)
    )
    if message is not None:
        _judge(message, outcome, now, keep=keep)
    db.session.commit()


def _judge(message: Message, outcome: Outcome, now: datetime, *, keep: bool) -> None:
    match outcome.verdict:
        case Verdict.ACCEPTED:
            message.sent_at = now
            _close(message, MessageState.SENT, "", keep=keep)
        case Verdict.PERMANENT:
            _close(message, MessageState.FAILED, outcome.reason)
        case Verdict.DOWN:
            message.attempts -= 1
            _wait(message, message.due_at, outcome.reason)
        case Verdict.UNCLEAR if message.reason.startswith("no answer"):
            _close(message, MessageState.FAILED, f"{outcome.reason}, twice; it may have arrived")
        case Verdict.UNCLEAR:
            _wait(message, now + ASK_AGAIN_AFTER, outcome.reason)
        case Verdict.TRANSIENT if message.attempts >= MOST_ATTEMPTS:
            _close(message, MessageState.FAILED, f"given up after {message.attempts} tries: {outcome.reason}")
        case Verdict.TRANSIENT:
            _wait(message, now + retry_after(message.id, message.attempts), outcome.reason)


def _wait(message: Message, until: datetime, reason: str) -> None:
    message.state, message.due_at, message.reason = MessageState.PENDING, until, reason
    message.lease_token = message.lease_until = None


def _close(message: Message, state: MessageState, reason: str, *, keep: bool = False) -> None:
    """Bytes are needed for a further attempt only; they may hold a one-time link, so they do not stay."""
    message.state, message.reason = state, reason
    message.lease_token = message.lease_until = None
    if not keep:
        message.frozen = None


def _set_aside(message_id: int, token: str, error: Exception, now: datetime) -> None:
    """A mail that could not be written is tried again in an hour, three times in all; commits."""
    message = db.session.scalar(select(Message).where(_mine(message_id, token, MessageState.LEASED)))
    if message is not None:
        message.attempts += 1
        reason = f"could not be written: {type(error).__name__}"
        if message.attempts < MOST_WRITINGS:
            _wait(message, now + WRITE_AGAIN_AFTER, reason)
        else:
            _close(message, MessageState.FAILED, reason)
    db.session.commit()


def _is_on_hold(message: Message) -> bool:
    paused_at = select(Cohort.mail_paused_at).where(Cohort.id == message.cohort_id)
    return db.session.scalar(paused_at) is not None


def _mine(message_id: int, token: str, state: MessageState) -> ColumnElement[bool]:
    return and_(Message.id == message_id, Message.lease_token == token, Message.state == state)


def _change(which: ColumnElement[bool], **values: Any) -> None:
    db.session.execute(update(Message).where(which).values(**values).execution_options(synchronize_session=False))


@contextmanager
def _keeping(token: str, now: Clock) -> Iterator[None]:
    """Renew the lease from another thread while mails leave: a server may think about one for ten minutes."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    done = Event()
    keeper = Thread(target=_renew, args=(app, token, now, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _renew(app: Flask, token: str, now: Clock, done: Event) -> None:
    while not done.wait(RENEW_EVERY):
        with app.app_context():
            try:
                held = Message.state.in_([MessageState.LEASED, MessageState.SENDING])
                _change(and_(Message.lease_token == token, held), lease_until=now() + LEASE)
                db.session.commit()
            except Exception:  # the lease runs out if this goes on; the next claim of the row decides
                log.exception("lease not renewed")
                db.session.rollback()
