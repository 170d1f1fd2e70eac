"""Anything but live never reaches other people: their mail waits with a reason, and no SMTP command is sent for it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from cohort.config import MailMode, MailServer, Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.delivery import Delivery
from cohort.mail.mode import may_reach
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.transports import Verdict, transport_for
from tests.build import Build
from tests.mail.smtp import Inbox, smtp_server

ALLOW = ("ann@example.com", "@office.example.org")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def relay(inbox: Inbox) -> Iterator[MailServer]:
    with smtp_server(inbox) as server:
        yield server


@pytest.fixture
def copied(settings: Settings, relay: MailServer) -> Settings:
    """Settings of a copy of an installation, still in live mode."""
    return replace(settings, mail_server=relay, mail_allow=ALLOW)


def mail_to(build: Build, email: str) -> Message:
    person = build.person(email=email)
    made = queue(person, "sign-in-link", key=f"link:{person.id}", now=build.now)
    assert made is not None
    db.session.commit()
    return made


def deliver(app: Flask, settings: Settings, build: Build) -> None:
    with transport_for(settings) as transport:
        Delivery(Composer(settings, app.jinja_env), transport, lambda: build.now).run()


def standing(message: Message) -> tuple[MessageState, str, int]:
    db.session.refresh(message)
    return message.state, message.reason, message.attempts


@pytest.mark.parametrize("mode", [MailMode.OFF, MailMode.LOG])
def test_mail_waits_with_its_reason_and_leaves_once_the_mode_is_live(
    app: Flask, copied: Settings, build: Build, inbox: Inbox, mode: MailMode
) -> None:
    message = mail_to(build, "ann@example.com")

    deliver(app, replace(copied, mail_mode=mode), build)
    deliver(app, replace(copied, mail_mode=mode), build)
    assert standing(message) == (MessageState.PENDING, f"mail mode is {mode}", 0)
    assert (inbox.accepted, message.frozen) == ([], None)

    deliver(app, copied, build)
    assert standing(message) == (MessageState.SENT, "", 1)
    assert len(inbox.accepted) == 1


def test_log_says_once_which_mail_would_have_left(
    app: Flask, copied: Settings, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    message = mail_to(build, "ann@example.com")
    caplog.set_level("INFO", "cohort.mail")

    for _ in range(2):
        deliver(app, replace(copied, mail_mode=MailMode.LOG), build)

    said = [record.getMessage() for record in caplog.records if record.name == "cohort.mail"]
    assert said == [f"mail {message.id} would have left"]


def test_list_lets_its_addresses_through_and_no_other(app: Flask, copied: Settings, build: Build, inbox: Inbox) -> None:
    listed = [mail_to(build, "Ann@example.com"), mail_to(build, "bo@office.example.org")]
    others = [mail_to(build, f"cai{number}@example.com") for number in range(3)]

    deliver(app, replace(copied, mail_mode=MailMode.ALLOWLIST), build)

    assert [standing(message) for message in listed] == [(MessageState.SENT, "", 1)] * 2
    reason = "not on the list of this installation"
    assert [standing(message) for message in others] == [(MessageState.PENDING, reason, 0)] * 3
    assert len(inbox.accepted) == 2


def test_reason_of_an_earlier_attempt_stays(app: Flask, copied: Settings, build: Build) -> None:
    message = mail_to(build, "cai@example.com")
    message.reason = "no answer after the hand-over"
    db.session.commit()

    deliver(app, replace(copied, mail_mode=MailMode.OFF), build)

    assert standing(message) == (MessageState.PENDING, "no answer after the hand-over", 0)


def test_mail_that_was_written_waits_by_the_address_it_bears(app: Flask, copied: Settings, build: Build) -> None:
    """Its person has moved to an address on the list, its bytes have not."""
    message = mail_to(build, "ann@example.com")
    message.to_address = "old@example.net"
    db.session.commit()

    deliver(app, replace(copied, mail_mode=MailMode.ALLOWLIST), build)

    assert standing(message)[0] is MessageState.PENDING


@pytest.mark.parametrize("mode", [MailMode.OFF, MailMode.LOG, MailMode.ALLOWLIST])
def test_nothing_passes_the_gate_of_the_transport(copied: Settings, inbox: Inbox, mode: MailMode) -> None:
    with transport_for(replace(copied, mail_mode=mode)) as transport:
        outcome = transport.send("from@example.org", "cai@example.com", b"Subject: Hello\r\n\r\nHello\r\n")

    assert (outcome.verdict, inbox.accepted) == (Verdict.TRANSIENT, [])


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("ann@example.com", True),
        ("ANN@EXAMPLE.COM", True),
        ("joann@example.com", False),
        ("bo@office.example.org", True),
        ("bo@sub.office.example.org", False),
        ("bo@xoffice.example.org", False),
        ("@office.example.org@example.net", False),
    ],
)
def test_list_names_addresses_and_whole_domains(copied: Settings, address: str, reached: bool) -> None:
    assert may_reach(replace(copied, mail_mode=MailMode.ALLOWLIST), address) is reached
