"""Sending from the outbox: claimed once, looked at again, recorded one by one, taken up after a crash."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from cohort.cohorts.models import Enrolment, EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.mail import composing
from cohort.mail.claiming import LEASE, claim, claim_suspect, release, take_up_what_was_left
from cohort.mail.delivery import Delivery
from cohort.mail.judging import ASK_AGAIN_AFTER, DOWN_WAITS, MOST_ATTEMPTS, retry_after
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.smtp import SmtpTransport
from cohort.mail.transports import Fault, MailboxTransport, Outcome, Transport, Verdict
from cohort.people.models import Link, Person
from tests.build import Build
from tests.mail.smtp import Inbox, smtp_server


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def relay(inbox: Inbox) -> Iterator[SmtpTransport]:
    with smtp_server(inbox) as server, SmtpTransport(server) as transport:
        yield transport


@pytest.fixture
def message(build: Build) -> Message:
    """A welcome mail to Ann, to leave now."""
    enrolment = build.enrolment(build.cohort(), build.person("Ann Lee", email="ann@example.com"))
    return queued(build, "welcome", {"enrolment_id": enrolment.id}, cohort_id=enrolment.cohort_id)


def queued(build: Build, template: str, params: dict[str, int], cohort_id: int | None = None) -> Message:
    person_id = params.get("person_id") or db.session.scalars(select(Enrolment.person_id)).one()
    person = db.session.get_one(Person, person_id)
    found = queue(person, template, params, key=f"{template}:{person_id}", now=build.now, cohort_id=cohort_id)
    assert found is not None
    db.session.commit()
    return found


def deliver(app: Flask, settings: Settings, transport: Transport, now: datetime) -> dict[str, int]:
    composer = composing.Composer(settings, app.jinja_env)
    return dict(Delivery(composer, transport, lambda: now).run())


class Says:
    """A transport that answers one thing, and keeps what it was given."""

    keeps = False

    def __init__(
        self, *verdicts: Verdict, fault: Fault | None = None, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self.verdicts = list(verdicts)
        self.fault = fault
        self.meanwhile = meanwhile
        """Happens while a mail is being handed over."""
        self.sent: list[bytes] = []

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        assert not db.session().in_transaction(), "nothing is sent while a transaction is open"
        self.sent.append(data)
        self.meanwhile()
        verdict = self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        is_unclear = verdict is Verdict.UNCLEAR
        return Outcome(verdict, "no answer after the hand-over" if is_unclear else "as a test says", self.fault)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "Says":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_mail_leaves_once(app: Flask, settings: Settings, relay: SmtpTransport, inbox: Inbox, message: Message) -> None:
    rounds = [deliver(app, settings, relay, message.due_at) for _ in range(2)]

    assert rounds == [{"accepted": 1}, {}]
    assert [str(mail["To"]) for mail in inbox.mails] == ["Ann Lee <ann@example.com>"]
    db.session.refresh(message)
    assert (message.state, message.sent_at, message.frozen) == (MessageState.SENT, message.due_at, None)


def test_claimed_mail_is_claimed_by_nobody_else(message: Message) -> None:
    now = message.due_at

    assert claim("a", now) == [message.id]
    assert claim("b", now) == []
    release("b")
    assert claim("b", now) == []
    release("a")
    assert claim("b", now) == [message.id]


def test_claim_is_over_when_its_lease_is(message: Message) -> None:
    now = message.due_at
    claim("a", now)

    take_up_what_was_left(now + LEASE)
    assert claim("b", now + LEASE) == []

    take_up_what_was_left(now + LEASE + timedelta(seconds=1))
    assert claim("b", now + LEASE) == [], "it comes after the others, by itself"
    assert claim_suspect("b", now + LEASE) == [message.id]


def test_who_lost_the_lease_sends_nothing(app: Flask, settings: Settings, build: Build, message: Message) -> None:
    """As a process finds it that was stopped for a while: what it still holds is another's by now."""
    queued(build, "sign-in-link", {"person_id": message.person_id})

    def take_the_rest_over() -> None:
        db.session.execute(update(Message).where(Message.state == MessageState.LEASED).values(lease_token="b"))
        db.session.commit()

    relay = Says(Verdict.ACCEPTED, meanwhile=take_the_rest_over)

    assert deliver(app, settings, relay, message.due_at) == {"accepted": 1}
    assert len(relay.sent) == 1


def test_claim_uses_the_index_of_what_is_due(app: Flask, message: Message) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(db.engines[None], "before_cursor_execute", note)
    claim("a", message.due_at)
    take_up_what_was_left(message.due_at)
    event.remove(db.engines[None], "before_cursor_execute", note)

    connection = db.session.connection()
    explain = "explain query plan"
    if connection.dialect.name == "postgresql":
        explain = "explain"
        connection.exec_driver_sql("set local enable_seqscan = off")  # which it prefers for tables as small as this
    plans = [
        str(connection.exec_driver_sql(f"{explain} {statement}", parameters).all())
        for statement, parameters in asked
        if "message" in statement and "SAVEPOINT" not in statement
    ]
    assert ["ix_message_due" in plans[0], "ix_message_leased" in plans[1]] == [True, True], plans


def test_crash_after_acceptance_sends_the_same_bytes_again(app: Flask, settings: Settings, message: Message) -> None:
    class Dies(Says):
        def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
            super().send(sender, recipient, data)
            raise SystemExit

    dying, later = Dies(Verdict.ACCEPTED), Says(Verdict.ACCEPTED)
    with pytest.raises(SystemExit):
        deliver(app, settings, dying, message.due_at)

    found_at = message.due_at + LEASE + timedelta(seconds=1)
    assert deliver(app, settings, later, message.due_at + LEASE) == {}
    assert deliver(app, settings, later, found_at) == {}, "it may have been accepted"
    assert deliver(app, settings, later, found_at + ASK_AGAIN_AFTER) == {"accepted": 1}
    assert later.sent == dying.sent


def test_refused_for_now_is_tried_again_with_the_same_bytes(app: Flask, settings: Settings, message: Message) -> None:
    relay = Says(Verdict.TRANSIENT, Verdict.ACCEPTED)
    now = message.due_at

    deliver(app, settings, relay, now)
    db.session.refresh(message)
    again_at = message.due_at
    assert (message.state, message.attempts, again_at - now) == (MessageState.PENDING, 1, retry_after(message.id, 1))
    assert deliver(app, settings, relay, again_at - timedelta(seconds=1)) == {}
    assert deliver(app, settings, relay, again_at) == {"accepted": 1}
    assert relay.sent[0] == relay.sent[1]


def test_refused_for_good_is_failed_with_the_servers_words(app: Flask, settings: Settings, message: Message) -> None:
    assert deliver(app, settings, Says(Verdict.PERMANENT), message.due_at) == {"permanent": 1}

    db.session.refresh(message)
    assert (message.state, message.reason, message.frozen) == (MessageState.FAILED, "as a test says", None)


def test_endless_refusal_is_given_up(app: Flask, settings: Settings, message: Message) -> None:
    relay = Says(Verdict.TRANSIENT)
    while message.state is MessageState.PENDING:
        deliver(app, settings, relay, message.due_at)
        db.session.refresh(message)

    assert (message.state, len(relay.sent)) == (MessageState.FAILED, MOST_ATTEMPTS)
    assert message.reason == "given up after 12 tries: as a test says"


def test_unclear_mail_is_held_and_sent_again_once(app: Flask, settings: Settings, message: Message) -> None:
    relay = Says(Verdict.UNCLEAR)
    now = message.due_at

    assert deliver(app, settings, relay, now) == {"unclear": 1}
    assert deliver(app, settings, relay, now + timedelta(minutes=9)) == {}
    assert deliver(app, settings, relay, now + timedelta(minutes=10)) == {"unclear": 1}
    assert deliver(app, settings, relay, now + timedelta(hours=5)) == {}
    db.session.refresh(message)
    assert (message.state, relay.sent[0] == relay.sent[1]) == (MessageState.FAILED, True)


def test_relay_that_is_down_costs_no_attempt_and_ends_the_round(
    app: Flask, settings: Settings, build: Build, message: Message
) -> None:
    queued(build, "sign-in-link", {"person_id": message.person_id})

    assert deliver(app, settings, Says(Verdict.DOWN), message.due_at) == {"down": 1}

    states = db.session.execute(select(Message.state, Message.attempts)).all()
    assert [tuple(row) for row in states] == [(MessageState.PENDING, 0)] * 2
    later = message.due_at + DOWN_WAITS
    assert deliver(app, settings, Says(Verdict.ACCEPTED), later) == {"accepted": 2}


def test_mail_that_cannot_be_written_stops_no_other(
    app: Flask, settings: Settings, build: Build, message: Message
) -> None:
    db.session.execute(update(Message).values(params={}))
    queued(build, "sign-in-link", {"person_id": message.person_id})
    now = message.due_at

    assert deliver(app, settings, Says(Verdict.ACCEPTED), now) == {"unwritable": 1, "accepted": 1}
    for hours in (1, 2, 3):
        deliver(app, settings, Says(Verdict.ACCEPTED), now + timedelta(hours=hours))
    db.session.refresh(message)
    assert (message.state, message.reason) == (MessageState.FAILED, "could not be written: KeyError")


def test_what_has_nothing_to_say_any_more_is_cancelled(app: Flask, settings: Settings, message: Message) -> None:
    db.session.execute(update(Enrolment).values(state=EnrolmentState.WITHDRAWN))
    db.session.commit()

    assert deliver(app, settings, Says(Verdict.ACCEPTED), message.due_at) == {"cancelled": 1}
    db.session.refresh(message)
    assert (message.state, message.reason) == (MessageState.CANCELLED, "not enrolled: withdrawn")


def test_what_is_no_longer_so_is_cancelled_before_another_try(app: Flask, settings: Settings, message: Message) -> None:
    relay = Says(Verdict.TRANSIENT)
    deliver(app, settings, relay, message.due_at)
    db.session.execute(update(Enrolment).values(state=EnrolmentState.WITHDRAWN))
    db.session.commit()

    assert deliver(app, settings, relay, message.due_at + timedelta(hours=1)) == {"cancelled": 1}
    assert len(relay.sent) == 1


def test_late_mail_and_closed_accounts_get_nothing(app: Flask, settings: Settings, message: Message) -> None:
    message.not_after = message.due_at
    db.session.commit()
    late = message.due_at + timedelta(seconds=1)

    assert deliver(app, settings, Says(Verdict.ACCEPTED), late) == {"cancelled": 1}
    db.session.refresh(message)
    assert message.reason == "too late"


def test_stop_gives_back_what_was_not_begun(app: Flask, settings: Settings, build: Build, message: Message) -> None:
    queued(build, "sign-in-link", {"person_id": message.person_id})
    relay = Says(Verdict.ACCEPTED)
    composer = composing.Composer(settings, app.jinja_env)

    counts = Delivery(composer, relay, lambda: message.due_at, stop=lambda: bool(relay.sent)).run()

    assert counts == {"accepted": 1}
    assert db.session.scalars(select(Message.state).order_by(Message.state)).all() == [
        MessageState.PENDING,
        MessageState.SENT,
    ]


def test_one_time_link_is_made_when_the_mail_leaves_and_its_bytes_do_not_stay(
    app: Flask, settings: Settings, build: Build, inbox: Inbox, relay: SmtpTransport
) -> None:
    link = queued(build, "password-link", {"person_id": build.person().id})
    assert db.session.scalars(select(Link)).all() == []

    deliver(app, replace(settings, base_url="https://cohort.example"), relay, link.due_at)

    db.session.refresh(link)
    assert (link.frozen, len(db.session.scalars(select(Link)).all())) == (None, 1)
    text_part = inbox.mails[0].get_body(("plain",))
    assert text_part is not None and "https://cohort.example/password/" in text_part.get_content()


def test_mailbox_keeps_what_it_shows(app: Flask, settings: Settings, message: Message) -> None:
    deliver(app, settings, MailboxTransport(), message.due_at)

    db.session.refresh(message)
    assert message.frozen is not None and message.frozen.startswith(b"From: Spring Emerging Leaders <")


def test_waiting_times_between_attempts() -> None:
    seconds = [round(retry_after(42, attempt).total_seconds()) for attempt in range(1, 11)]

    assert seconds == [45, 138, 252, 467, 954, 1769, 3525, 3597, 3557, 4471]
