"""Sending over SMTP: what each failure at each phase means."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cohort.config import MailServer, Settings
from cohort.mail.smtp import SmtpTransport, stuff_dots
from cohort.mail.transports import MailboxTransport, Outcome, Verdict, transport_for
from tests.mail.smtp import Inbox, free_port, smtp_server

MAIL = b"Subject: Hello\r\n\r\nHello\r\n"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def relay(inbox: Inbox) -> Iterator[SmtpTransport]:
    with smtp_server(inbox) as server, SmtpTransport(server) as transport:
        yield transport


def send(relay: SmtpTransport, to: str = "ann@example.com", data: bytes = MAIL) -> Outcome:
    return relay.send("cohort@example.org", to, data)


def test_accepted_mail_arrives_as_it_was(relay: SmtpTransport, inbox: Inbox) -> None:
    body = b"Subject: Dots\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n"

    assert send(relay, data=body).verdict is Verdict.ACCEPTED
    assert (inbox.accepted, inbox.recipients) == ([body], ["ann@example.com"])


def test_connection_is_kept_for_the_next_mail(relay: SmtpTransport, inbox: Inbox) -> None:
    send(relay)
    first = relay._smtp

    assert [send(relay).verdict for _ in range(3)] == [Verdict.ACCEPTED] * 3
    assert relay._smtp is first
    assert len(inbox.accepted) == 4


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("450 4.2.1 try later", Verdict.TRANSIENT),
        ("452 4.2.2 mailbox full", Verdict.TRANSIENT),
        ("550 5.1.1 no such user", Verdict.PERMANENT),
        ("554 5.7.1 blocked", Verdict.PERMANENT),
    ],
)
def test_refused_recipient_stops_only_its_own_mail(
    relay: SmtpTransport, inbox: Inbox, answer: str, verdict: Verdict
) -> None:
    inbox.on_rcpt = lambda address: answer if address == "bad@example.com" else None

    outcomes = [send(relay, to) for to in ("bad@example.com", "ann@example.com")]

    assert outcomes[0] == Outcome(verdict, answer)
    assert outcomes[1].verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("451 4.3.0 later", Verdict.TRANSIENT),
        ("552 5.3.4 too big", Verdict.PERMANENT),
        ("421 4.3.2 bye", Verdict.TRANSIENT),
    ],
)
def test_refusal_after_the_dot_is_no_acceptance(
    relay: SmtpTransport, inbox: Inbox, answer: str, verdict: Verdict
) -> None:
    inbox.on_data = lambda _: answer
    refused = send(relay)
    inbox.on_data = lambda _: None

    assert refused == Outcome(verdict, answer)
    assert send(relay).verdict is Verdict.ACCEPTED


def test_silence_after_the_dot_is_unclear(relay: SmtpTransport, inbox: Inbox) -> None:
    inbox.drop_after_dot = 1

    unclear, again = send(relay), send(relay)

    assert (unclear.verdict, again.verdict) == (Verdict.UNCLEAR, Verdict.ACCEPTED)
    assert len(inbox.accepted) == 2


def test_refused_sender_is_the_relays_matter(relay: SmtpTransport, inbox: Inbox) -> None:
    inbox.on_mail = lambda _: "550 5.7.1 sender not allowed"

    assert send(relay) == Outcome(Verdict.DOWN, "550 5.7.1 sender not allowed")


def test_connection_lost_before_the_hand_over_is_made_anew(relay: SmtpTransport, inbox: Inbox) -> None:
    send(relay)
    assert relay._smtp is not None and relay._smtp.sock is not None
    relay._smtp.sock.close()

    assert send(relay).verdict is Verdict.ACCEPTED
    assert len(inbox.accepted) == 2


def test_closed_connection_at_mail_is_made_anew(relay: SmtpTransport, inbox: Inbox) -> None:
    answers = iter(["421 4.3.2 closing", None])
    inbox.on_mail = lambda _: next(answers)

    assert send(relay).verdict is Verdict.ACCEPTED


def test_unreachable_relay_is_down() -> None:
    with SmtpTransport(MailServer("smtp", "127.0.0.1", free_port())) as transport:
        assert send(transport) == Outcome(Verdict.DOWN, "no connection: ConnectionRefusedError")


def test_dots_are_stuffed_and_the_end_is_marked() -> None:
    assert stuff_dots(b".\r\na\r\n.b") == b"..\r\na\r\n..b\r\n.\r\n"


def test_settings_choose_the_transport(settings: Settings) -> None:
    over_smtp = replace(settings, mail_server=MailServer("smtp", "127.0.0.1", 25))

    assert isinstance(transport_for(settings), MailboxTransport)
    assert isinstance(transport_for(over_smtp), SmtpTransport)
