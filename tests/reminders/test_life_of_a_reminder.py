"""Whatever happens in whatever order: no reminder twice, none lost, none after what it waits for is so.

Two people on either side of the date line have one assignment. Dates move, work is handed in and taken back, the mail
server refuses, falls silent or is away, workers are killed; rounds run when they happen to run.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from hashlib import sha256
from typing import Any, Self

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.cohorts.turns import take_turn
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Lane, Message, MessageState
from cohort.mail.transports import Fault, Outcome, Verdict
from cohort.programs.pack import ReminderRule
from cohort.reminders.models import CohortRule, Reminder, ReminderState
from cohort.reminders.owing import REARM_AFTER
from cohort.reminders.tick import run_tick
from cohort.schedule.models import DatedItem, Extension
from tests.build import Build

KEY = "three-conversations"
ABOUT = {"about": "assignment.due", "to": "participant", "kind": "critical", "unless": "submitted"}
RULES = (
    ReminderRule(key="two-days", offset="-2d", at="09:00", **ABOUT),
    ReminderRule(key="three-hours", offset="-3h", **ABOUT),
    ReminderRule(key="day-after", offset="+1d", at="09:00", **ABOUT),
)
BEGAN = datetime(2026, 11, 28, 9, tzinfo=UTC)
DUE = datetime(2026, 12, 4, 23, 59, tzinfo=UTC)
LEASE = timedelta(minutes=2)
"""Longer than a claim holds that nobody renews."""


LIVES = hypothesis_settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


class Killed(BaseException):
    """The worker is gone in the middle of a mail."""


@dataclass
class Server:
    """A mail server that does what the test wants next, and keeps what it accepted."""

    answers: list[str] = field(default_factory=list)
    accepted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Hashes of the bytes, by Message-ID."""
    unclear: Counter[str] = field(default_factory=Counter)
    """How often a mail was accepted and the other side cannot know it, by Message-ID."""
    watch: Callable[[str], None] = lambda _: None
    """Told each recipient when a mail is handed over."""
    keeps = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        answer = self.answers.pop(0) if self.answers else "250"
        name = message_from_bytes(data)["Message-ID"]
        self.watch(recipient)
        if answer in ("250", "silence", "killed after"):
            self.accepted[name].append(sha256(data).hexdigest())
        if answer in ("silence", "killed after"):
            self.unclear[name] += 1
        match answer:
            case "250":
                return Outcome(Verdict.ACCEPTED, "250 OK")
            case "451":
                return Outcome(Verdict.TRANSIENT, "451 4.3.0 try again")
            case "silence":
                return Outcome(Verdict.UNCLEAR, "no answer after the hand-over: TimeoutError")
            case "away":
                return Outcome(Verdict.DOWN, "connection refused", Fault.RELAY)
            case _:
                raise Killed


class Life(RuleBasedStateMachine):
    """One cohort and what happens to it."""

    settings: Settings
    build: Build

    def __init__(self) -> None:
        super().__init__()
        build = self.build
        self.now, self.due = BEGAN, DUE
        cohort = build.cohort(zone="Europe/London", launched_at=BEGAN - timedelta(days=1))
        self.cohort_id = cohort.id
        lead = build.person("Dana")
        noted = {"cohort_id": cohort.id, "changed_at": BEGAN, "changed_by_id": lead.id}
        theirs = [
            CohortRule(key=one["key"], is_off=True, rule={}, **noted) for one in cohort.version.document["reminders"]
        ]
        db.session.add_all([*theirs, *(CohortRule(key=one.key, rule=asdict(one), **noted) for one in RULES)])
        people = [build.person(zone, time_zone=zone) for zone in ("Pacific/Apia", "Pacific/Pago_Pago")]
        self.enrolments = {one.email: build.enrolment(cohort, one, answered_at=BEGAN).id for one in people}
        self.addresses = sorted(self.enrolments)
        self.submitted: set[str] = set()
        self.withdrawn: set[str] = set()
        self.longer: dict[str, datetime] = {}
        self.server = Server(watch=self.is_still_wanted)
        self.item_id = build.item(cohort, f"assignment.due:{KEY}").id
        db.session.execute(update(DatedItem).where(DatedItem.cohort_id == cohort.id).values(at=None))
        self._set_item(at=DUE)

    def _set_item(self, **values: Any) -> None:
        db.session.execute(update(DatedItem).where(DatedItem.id == self.item_id).values(**values))
        db.session.commit()

    def is_still_wanted(self, address: str) -> None:
        assert address not in self.submitted, "reminded although it was handed in"
        assert address not in self.withdrawn, "reminded although withdrawn"

    @rule(minutes=st.sampled_from([1, 20, 61, 180, 600, 1560, 4000]))
    def round(self, minutes: int) -> None:
        self._round(self.now + timedelta(minutes=minutes))

    @rule()
    def round_again_at_the_same_time(self) -> None:
        self._round(self.now)

    def _round(self, now: datetime) -> None:
        self.now = now
        try:
            run_tick(now, self.settings, self.server, everything=False)
        except Killed:
            db.session.rollback()
            self.now += LEASE

    @rule(days=st.integers(-3, 5), hours=st.sampled_from([0, 0, 7]))
    def move(self, days: int, hours: int) -> None:
        take_turn(self.cohort_id)
        self.due += timedelta(days=days, hours=hours)
        self._set_item(at=self.due, changed_at=self.now)

    @rule(who=st.integers(0, 1))
    def hand_in(self, who: int) -> None:
        self._work(self.addresses[who], self.now)
        self.submitted.add(self.addresses[who])

    @rule(who=st.integers(0, 1))
    def take_back(self, who: int) -> None:
        self._work(self.addresses[who], None)
        self.submitted.discard(self.addresses[who])

    def _work(self, address: str, at: datetime | None) -> None:
        take_turn(self.cohort_id)
        mine = select(Submission).where(Submission.enrolment_id == self.enrolments[address])
        work = db.session.scalar(mine) or Submission(
            enrolment_id=self.enrolments[address], assignment_key=KEY, reviewed_by="mentor"
        )
        work.state = SubmissionState.SUBMITTED if at else SubmissionState.DRAFT
        work.saved_at, work.submitted_at = self.now, at
        db.session.add(work)
        db.session.commit()

    @rule(who=st.integers(0, 1), days=st.integers(1, 4))
    def give_more_time(self, who: int, days: int) -> None:
        take_turn(self.cohort_id)
        address = self.addresses[who]
        self.longer[address] = max(self.longer.get(address, self.due), self.due + timedelta(days=days))
        theirs = select(Extension).where(Extension.enrolment_id == self.enrolments[address])
        extension = db.session.scalar(theirs) or Extension(
            item_id=self.item_id, enrolment_id=self.enrolments[address], granted_at=self.now
        )
        extension.until = self.longer[address]
        db.session.add(extension)
        db.session.commit()

    @rule()
    def withdraw_one(self) -> None:
        take_turn(self.cohort_id)
        self.withdrawn.add(self.addresses[0])
        theirs = update(Enrolment).where(Enrolment.id == self.enrolments[self.addresses[0]])
        db.session.execute(theirs.values(state=EnrolmentState.WITHDRAWN, ended_at=self.now))
        db.session.commit()

    @rule(answers=st.lists(st.sampled_from(["451", "silence", "away", "killed before", "killed after"]), max_size=4))
    def trouble(self, answers: list[str]) -> None:
        self.server.answers = answers

    @invariant()
    def nothing_is_accepted_twice_that_was_known_to_be_accepted(self) -> None:
        for name, hashes in self.server.accepted.items():
            assert len(hashes) <= 1 + self.server.unclear[name], "sent again although it was known to be accepted"
            assert len(set(hashes)) == 1, "a second copy is not the same"

    def teardown(self) -> None:
        """Let everything come to rest, then look that nothing is missing."""
        self.server.answers = []
        ends = max([self.due, self.now, *self.longer.values()]) + timedelta(days=4)
        while (moment := self._next()) is not None and moment <= ends:
            self._round(max(moment, self.now + timedelta(seconds=1)))
        self._round(ends)
        self.nothing_is_accepted_twice_that_was_known_to_be_accepted()
        self._is_all_explained()
        db.session.execute(update(Cohort).values(state=CohortState.ARCHIVED))
        db.session.execute(update(Message).values(state=MessageState.CANCELLED))
        db.session.execute(update(Lane).values(blocked_until=None, failures=0))
        db.session.commit()

    def _next(self) -> datetime | None:
        waiting = select(func.min(Message.due_at)).where(Message.state == MessageState.PENDING)
        looks = select(Cohort.look_at).where(Cohort.id == self.cohort_id)
        moments = [db.session.scalar(waiting), db.session.scalar(looks)]
        db.session.commit()
        return min((at for at in moments if at), default=None)

    def _is_all_explained(self) -> None:
        rows = db.session.execute(
            select(Reminder, Message).outerjoin(Message, Message.id == Reminder.message_id).order_by(Reminder.id)
        )
        told: dict[tuple[int, str], list[Reminder]] = defaultdict(list)
        for reminder, message in rows:
            if reminder.cohort_id != self.cohort_id:
                continue
            told[reminder.enrolment_id, reminder.rule_key].append(reminder)
            if reminder.state is ReminderState.DROPPED:
                assert reminder.reason
            else:
                assert message.state in (MessageState.SENT, MessageState.FAILED)
                assert message.state is MessageState.SENT or message.reason
        for address, enrolment_id in self.enrolments.items():
            due = max(self.due, self.longer.get(address, self.due))
            for one in RULES if address not in self.withdrawn else ():
                anchors = [it.anchor_at for it in told[enrolment_id, one.key]]
                assert any(abs(at - due) < REARM_AFTER or at >= due for at in anchors), (one.key, address, anchors, due)


@pytest.mark.slow
def test_no_reminder_is_lost_or_doubled_whatever_happens(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Life, "settings", settings, raising=False)
    monkeypatch.setattr(Life, "build", Build(BEGAN), raising=False)
    run_state_machine_as_test(Life, settings=LIVES)
