"""Sending what lies in the outbox: claim, look once more, write, hand over, record.

A batch is claimed and looked at together; each mail then leaves by itself. That it is about to leave is committed
before it does, together with what became of the one before, and nothing is sent while a transaction is open. So a
killed process leaves one mail behind of which nobody knows whether it was accepted; it is sent again, with the same
bytes and the same Message-ID, or not at all where it is of little use by then.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from cohort.config import MailMode
from cohort.db import db
from cohort.heartbeat import heartbeat
from cohort.mail import claiming, lanes, mode, recording
from cohort.mail.composing import Composer
from cohort.mail.judging import judge, judge_unwritable
from cohort.mail.models import Message, MessageState, SuppressionReason
from cohort.mail.preparing import Ready, prepare
from cohort.mail.suppressing import SUPPRESSING, suppress
from cohort.mail.transports import Fault, Outcome, Transport, Verdict

log = logging.getLogger("cohort.mail")

RENEW_EVERY = 15.0
"""Seconds."""
PER_ROUND = timedelta(seconds=45)
A_LOOK_HOLDS = timedelta(seconds=2)
"""How old the look at a mail may be when it leaves."""
GATHERS = 0.5
"""Seconds to wait for the rate to allow more."""
INSISTS = 5
"""Seconds to go on trying to write down what is known, when the database is away."""
_Database = (OperationalError, InterfaceError)
"""What is raised when it is the database that fails, not the mail."""

Stop = Callable[[], bool]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One round of sending. Needs an application context."""

    composer: Composer
    transport: Transport
    now: Clock
    stop: Stop = lambda: False
    wait: Callable[[float], None] = time.sleep

    @property
    def rate(self) -> int:
        """Mails in a second; 0: as many as there are, which is so where none leaves the house."""
        return 0 if self.transport.keeps else self.composer.settings.mail_per_second

    def run(self) -> Counter[str]:
        """Send what is due until nothing is, the relay is down, the time is up or `stop` says so; counts by outcome."""
        counts: Counter[str] = Counter()
        until = self.now() + PER_ROUND
        claiming.take_up_what_was_left(self.now())
        self._hold_back()
        db.session.commit()
        while not self.stop() and self.now() < until:
            batch = self._claim(counts)
            if batch.ids:
                with heartbeat(partial(self._renew, batch.token), every=RENEW_EVERY, fault="lease not renewed"):
                    goes_on = batch.send()
            else:
                goes_on = self._may_more_soon(batch.roads) and self._gather()
            if not goes_on:
                break
        return counts

    def _renew(self, token: str) -> None:
        """While mails leave: a server may think about one for ten minutes."""
        claiming.renew(token, self.now() + claiming.LEASE)

    def _hold_back(self) -> None:
        """Say of mail that may not leave in this mode why it waits."""
        settings = self.composer.settings
        for message_id in mode.say_why_it_waits(settings, self.now()):
            if settings.mail_mode is MailMode.LOG:
                log.info("mail %s would have left", message_id)

    def _claim(self, counts: Counter[str]) -> "_Batch":
        now, token = self.now(), uuid4().hex
        roads = lanes.look_at_roads(now, taking_tokens=self.rate > 0)
        ids = [] if roads.is_closed else self._claim_on(roads, token)
        db.session.commit()
        return _Batch(self, token, ids, roads, counts)

    def _claim_on(self, roads: lanes.Roads, token: str) -> list[int]:
        most = claiming.BATCH
        if roads.is_probing:
            if not lanes.take_probe(roads):
                return []
            most = 1
        if self.rate:
            most = min(most, int(roads.tokens(self.rate)))
        if most < 1:
            return []
        reach = mode.is_within_reach(self.composer.settings)
        ids = claiming.claim(token, roads.at, most=most, apart_from=roads.blocked, reach=reach)
        ids = ids or claiming.claim_suspect(token, roads.at, apart_from=roads.blocked, reach=reach)
        if self.rate and ids:
            lanes.take_tokens(roads, self.rate, len(ids))
        return ids

    def _may_more_soon(self, roads: lanes.Roads) -> bool:
        return bool(self.rate) and not roads.is_closed and roads.tokens(self.rate) < 1

    def _gather(self) -> bool:
        """False when the clock stands still, as it does for who plays a moment."""
        before = self.now()
        self.wait(GATHERS)
        return self.now() > before


@dataclass(slots=True)
class _Batch:
    """What was claimed together."""

    round: Delivery
    token: str
    ids: Sequence[int]
    roads: lanes.Roads
    counts: Counter[str]
    _unrecorded: tuple[Ready, Outcome] | None = None
    """The mail that was handed over last."""
    _blocked: set[str] = field(default_factory=set)
    """Domains that have asked for patience meanwhile."""

    def send(self) -> bool:
        """False when nothing more shall be tried now; what was not begun is given back."""
        try:
            goes_on = self._send_all()
            self._finish()
        except _Database as error:
            self._insist(error)
            raise
        return goes_on

    def _send_all(self) -> bool:
        for seen in self._prepare(self.ids):
            if self.round.stop():
                return False
            if lanes.domain_of(seen.recipient) in self._blocked:
                continue
            ready = self._begin(seen)
            if ready is None:
                continue
            outcome = self._hand_over(ready)
            if outcome.verdict is Verdict.DOWN:
                return False
        return True

    def _prepare(self, ids: Sequence[int]) -> list[Ready]:
        """All at once; one by one when that fails, so that a mail that cannot be written stops no other."""
        try:
            self._record()
            ready, others = prepare(ids, self.token, self.round.composer, now=self.round.now())
            self._commit()
        except _Database:
            raise
        except Exception as error:
            db.session.rollback()
            if len(ids) > 1:
                return [one for message_id in ids for one in self._prepare([message_id])]
            log.exception("mail %s cannot be written", ids[0])
            self._set_aside(ids[0], error)
            return []
        self.counts += others
        return ready

    def _begin(self, seen: Ready) -> Ready | None:
        """Commit that the mail is about to leave; looked at once more when something has changed since it was."""
        now = self.round.now()
        if now - seen.looked_at <= A_LOOK_HOLDS and self._begin_as_seen(seen, now):
            return seen
        for again in self._prepare([seen.tried.id]):
            if self._begin_as_seen(again, self.round.now()):
                return again
        return None

    def _begin_as_seen(self, ready: Ready, now: datetime) -> bool:
        self._record()
        is_begun = recording.begin(ready, now)
        self._commit()
        return is_begun

    def _hand_over(self, ready: Ready) -> Outcome:
        sender = self.round.composer.settings.mail_from
        outcome = self.round.transport.send(sender, ready.recipient, ready.data)
        self._unrecorded = ready, outcome
        self.counts[outcome.verdict] += 1
        log.info("mail %s %s %s", ready.tried.id, outcome.verdict, outcome.reason[:3])
        if outcome.fault is Fault.SLOW_DOWN:
            self._blocked.add(lanes.domain_of(ready.recipient))
        return outcome

    def _record(self) -> None:
        """Write down what became of the mail that was handed over last."""
        if self._unrecorded is None:
            return
        ready, outcome = self._unrecorded
        now = self.round.now()
        change = judge(ready.tried, outcome, now)
        if not recording.record(ready.tried, self.token, change, now, keep=self.round.transport.keeps):
            log.warning("mail %s was taken over while it was sent", ready.tried.id)
        if outcome.fault in SUPPRESSING:
            suppress(ready.recipient, SuppressionReason.BOUNCE, outcome.reason, now)
        self._note_roads(lanes.domain_of(ready.recipient), outcome, now)

    def _note_roads(self, domain: str, outcome: Outcome, now: datetime) -> None:
        if outcome.verdict is Verdict.DOWN:
            lanes.note_relay_failed(outcome.reason, now=now)
        elif self.roads.relay.failures:
            lanes.note_relay_works()
        if outcome.fault is Fault.SLOW_DOWN:
            lanes.note_domain_asks_for_patience(domain, outcome.reason, now=now)
        elif outcome.verdict is Verdict.ACCEPTED and domain in self.roads.domains:
            lanes.note_domain_works(domain)

    def _commit(self) -> None:
        db.session.commit()
        self._unrecorded = None

    def _finish(self) -> None:
        self._record()
        claiming.release(self.token)
        self._commit()
        recording.forget_what_was_read()

    def _insist(self, error: Exception) -> None:
        """Try to write down what is known although the database has failed.

        What cannot be is taken up when its lease is over, as after a crash. All mail is paused when the disk is full,
        because every mail that is sent and not recorded may be sent again.
        """
        for _ in range(INSISTS):
            db.session.rollback()
            try:
                self._finish()
                return
            except _Database as again:
                log.warning("not recorded: %s", type(again).__name__)
                self.round.wait(1)
        db.session.rollback()
        if is_disk_full(error):
            log.error("all mail is paused: %s", lanes.DISK_FULL)
            lanes.pause_all(lanes.DISK_FULL, now=self.round.now())
            db.session.commit()

    def _set_aside(self, message_id: int, error: Exception) -> None:
        """A mail that could not be written is tried again in an hour, three times in all; commits."""
        message = db.session.scalar(
            select(Message)
            .where(Message.id == message_id, Message.lease_token == self.token, Message.state == MessageState.LEASED)
            .execution_options(populate_existing=True)
        )
        if message is not None:
            message.attempts += 1
            claiming.put(message, judge_unwritable(error, message.attempts, self.round.now()))
            self.counts["unwritable"] += 1
        db.session.commit()


def is_disk_full(error: Exception) -> bool:
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(cause, "sqlstate", "") == "53100"
