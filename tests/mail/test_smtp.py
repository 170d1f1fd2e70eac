"""Sending over SMTP: what each failure at each phase means, and what becomes of the connection."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest

from cohort.config import MailServer, Settings
from cohort.mail import smtp
from cohort.mail.smtp import ASK_WHEN_IDLE, LONGEST_IDLE, LONGEST_OPEN, PER_CONNECTION, SmtpTransport, stuff_dots
from cohort.mail.transports import NO_ADDRESS, Fault, MailboxTransport, Outcome, Verdict, transport_for
from tests.mail.smtp import DROP, Inbox, free_port, smtp_server

MAIL = b"Subject: Hello\r\n\r\nHello\r\n"
BAD_ADDRESSES = (
    "",
    "no-at",
    "a@b@c",
    "a b@x.org",
    "a..b@x.org",
    "a@x.org\r\nRCPT TO:<e@x.org>",
    "<a@x.org>",
    f"a@{'x.' * 150}org",
    "a\x00@x.org",
    f"{'a' * 65}@x.org",
)


class Hand:
    """A clock that stands until it is moved."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def relay(inbox: Inbox, hand: Hand) -> Iterator[SmtpTransport]:
    with smtp_server(inbox) as server, SmtpTransport(server, hand) as transport:
        yield transport


def send(relay: SmtpTransport, to: str = "ann@example.com", data: bytes = MAIL) -> Outcome:
    return relay.send("cohort@example.org", to, data)


def verdicts(relay: SmtpTransport, number: int = 1) -> list[Verdict]:
    return [send(relay).verdict for _ in range(number)]


def test_accepted_mail_arrives_as_it_was(relay: SmtpTransport, inbox: Inbox) -> None:
    """S14, D06: lines that begin with a dot, and lines that are one."""
    body = b"Subject: Dots\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n"

    assert send(relay, data=body).verdict is Verdict.ACCEPTED
    assert (inbox.accepted, inbox.recipients) == ([body], ["ann@example.com"])


# --- the connection ------------------------------------------------------------------------------------------------


def test_connection_is_kept_for_the_next_mail(relay: SmtpTransport, inbox: Inbox) -> None:
    assert verdicts(relay, 4) == [Verdict.ACCEPTED] * 4
    assert (len(inbox.accepted), inbox.connections, inbox.noops) == (4, 1, 0)


@pytest.mark.parametrize(
    ("seconds", "connections", "noops"),
    [(ASK_WHEN_IDLE, 1, 0), (ASK_WHEN_IDLE + 1, 1, 1), (LONGEST_IDLE, 2, 0)],
)
def test_idle_connection_is_tried_and_then_made_anew(
    relay: SmtpTransport, inbox: Inbox, hand: Hand, seconds: float, connections: int, noops: int
) -> None:
    send(relay)
    hand.seconds += seconds

    assert verdicts(relay) == [Verdict.ACCEPTED]
    assert (inbox.connections, inbox.noops) == (connections, noops)


def test_connection_is_made_anew_after_so_many_mails(relay: SmtpTransport, inbox: Inbox) -> None:
    verdicts(relay, PER_CONNECTION)
    before = inbox.connections
    send(relay)

    assert (before, inbox.connections) == (1, 2)


def test_connection_is_made_anew_after_five_minutes(relay: SmtpTransport, inbox: Inbox, hand: Hand) -> None:
    while hand.seconds < LONGEST_OPEN:
        send(relay)
        hand.seconds += ASK_WHEN_IDLE
    before = inbox.connections
    send(relay)

    assert (before, inbox.connections, inbox.noops) == (1, 2, 0)


def test_connection_that_went_while_idle_is_made_anew(relay: SmtpTransport, inbox: Inbox, hand: Hand) -> None:
    send(relay)
    hang_up(relay)
    hand.seconds += ASK_WHEN_IDLE + 1

    assert verdicts(relay) == [Verdict.ACCEPTED]
    assert inbox.connections == 2


def test_connection_lost_before_the_hand_over_is_made_anew(relay: SmtpTransport, inbox: Inbox) -> None:
    send(relay)
    hang_up(relay)

    assert verdicts(relay) == [Verdict.ACCEPTED]
    assert len(inbox.accepted) == 2


def hang_up(relay: SmtpTransport) -> None:
    assert relay._connection is not None and relay._connection.smtp.sock is not None
    relay._connection.smtp.sock.shutdown(socket.SHUT_RDWR)


def test_authorities_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr("ssl.create_default_context", lambda: made.append(object()) or made[-1])
    transport = SmtpTransport(MailServer("smtps", "127.0.0.1", free_port()))

    assert transport._context() is transport._context()
    assert len(made) == 1


# --- before the recipient is named: the relay's matter -------------------------------------------------------------


def test_unreachable_relay_is_down() -> None:
    with SmtpTransport(MailServer("smtp", "127.0.0.1", free_port())) as transport:
        assert send(transport) == Outcome(Verdict.DOWN, "no connection: ConnectionRefusedError", Fault.RELAY)


@pytest.mark.parametrize("greeting", ["421 4.3.2 too busy", "554 5.7.1 not you"])
def test_unfriendly_greeting_is_the_relays_matter(relay: SmtpTransport, inbox: Inbox, greeting: str) -> None:
    inbox.plan["greeting"] = [greeting]

    assert send(relay) == Outcome(Verdict.DOWN, greeting, Fault.RELAY)
    assert verdicts(relay) == [Verdict.ACCEPTED]


def test_silent_greeting_is_the_relays_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "CONNECTING", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = SmtpTransport(MailServer("smtp", "127.0.0.1", silent.getsockname()[1]))
        assert send(transport) == Outcome(Verdict.DOWN, "no connection: SMTPServerDisconnected", Fault.RELAY)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("535 5.7.8 wrong password", Fault.SETTINGS),
        ("534 5.7.9 another way of signing in", Fault.SETTINGS),
        ("454 4.7.0 later", Fault.RELAY),
        ("421 4.3.2 too busy", Fault.RELAY),
    ],
)
def test_refused_sign_in_is_no_matter_of_the_mail(inbox: Inbox, answer: str, fault: Fault) -> None:
    """S09: whoever asks for a sign-in refuses us, not the mail."""
    inbox.plan["auth"] = [answer] * 2  # smtplib tries every way there is
    with smtp_server(inbox) as server:
        transport = SmtpTransport(replace(server, user="cohort", password="wrong"))
        assert send(transport) == Outcome(Verdict.DOWN, answer, fault)
        assert verdicts(transport) == [Verdict.ACCEPTED]
        transport.close()


def test_password_outside_ascii_is_a_matter_of_the_settings(inbox: Inbox) -> None:
    with smtp_server(inbox) as server, SmtpTransport(replace(server, user="cohort", password="gehört")) as relay:
        outcome = send(relay)

    assert (outcome.verdict, outcome.fault) == (Verdict.DOWN, Fault.SETTINGS)


def test_missing_tls_is_a_matter_of_the_settings(inbox: Inbox) -> None:
    with smtp_server(inbox) as server, SmtpTransport(replace(server, starttls=True)) as relay:
        outcome = send(relay)

    assert outcome == Outcome(Verdict.DOWN, "504 STARTTLS extension not supported by server.", Fault.SETTINGS)


def test_plain_answer_to_tls_is_the_relays_matter(inbox: Inbox) -> None:
    with smtp_server(inbox) as server, SmtpTransport(replace(server, scheme="smtps")) as relay:
        assert send(relay) == Outcome(Verdict.DOWN, "no connection: SSLError", Fault.RELAY)


def test_refused_sender_is_the_relays_matter(relay: SmtpTransport, inbox: Inbox) -> None:
    inbox.plan["mail"] = ["550 5.7.1 sender not allowed"]

    assert send(relay) == Outcome(Verdict.DOWN, "550 5.7.1 sender not allowed", Fault.SETTINGS)
    assert (verdicts(relay), inbox.connections) == ([Verdict.ACCEPTED], 1)


def test_sign_in_that_is_asked_for_late_ends_the_connection(relay: SmtpTransport, inbox: Inbox) -> None:
    inbox.plan["mail"] = ["530 5.7.0 sign in first"]

    assert send(relay) == Outcome(Verdict.DOWN, "530 5.7.0 sign in first", Fault.SETTINGS)
    assert (verdicts(relay), inbox.connections) == ([Verdict.ACCEPTED], 2)


def test_closing_server_at_mail_is_met_anew(relay: SmtpTransport, inbox: Inbox) -> None:
    """S04: not counted, a new connection, sent."""
    inbox.plan["mail"] = ["421 4.3.2 closing"]

    assert (verdicts(relay), inbox.connections) == ([Verdict.ACCEPTED], 2)


@pytest.mark.parametrize(
    ("turn", "reason"),
    [("421 4.3.2 closing", "421 4.3.2 closing"), (DROP, "connection lost: SMTPServerDisconnected")],
)
def test_server_that_closes_at_every_mail_is_down(relay: SmtpTransport, inbox: Inbox, turn: str, reason: str) -> None:
    inbox.plan["mail"] = [turn] * 2

    assert send(relay) == Outcome(Verdict.DOWN, reason, Fault.RELAY)
    assert inbox.connections == 2


# --- the recipient and the content ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "verdict", "fault"),
    [
        ("450 4.2.1 try later", Verdict.TRANSIENT, None),
        ("452 4.2.2 mailbox full", Verdict.TRANSIENT, Fault.MAILBOX_FULL),
        ("432 4.3.2 concurrent connections", Verdict.TRANSIENT, Fault.SLOW_DOWN),
        ("550 5.1.1 no such user", Verdict.PERMANENT, Fault.NO_SUCH_USER),
        ("554 5.7.1 blocked", Verdict.PERMANENT, Fault.POLICY),
    ],
)
def test_refused_recipient_stops_only_its_own_mail(
    relay: SmtpTransport, inbox: Inbox, answer: str, verdict: Verdict, fault: Fault | None
) -> None:
    """S01, S02, S05, S11."""
    inbox.on_rcpt = lambda address: answer if address == "bad@example.com" else None

    outcomes = [send(relay, to) for to in ("bad@example.com", "ann@example.com")]

    assert outcomes[0] == Outcome(verdict, answer, fault)
    assert outcomes[1].verdict is Verdict.ACCEPTED
    assert (inbox.recipients, inbox.connections) == (["ann@example.com"], 1)


def test_connection_dropped_at_the_recipient_is_made_anew(relay: SmtpTransport, inbox: Inbox) -> None:
    """S13: sent again once, within the same attempt."""
    inbox.plan["rcpt"] = [DROP]

    assert (verdicts(relay), inbox.connections, len(inbox.accepted)) == ([Verdict.ACCEPTED], 2, 1)


@pytest.mark.parametrize("phase", ["rcpt", "data"])
def test_mail_at_which_the_connection_breaks_every_time_is_tried_later(
    relay: SmtpTransport, inbox: Inbox, phase: str
) -> None:
    """It may be this mail that the server breaks on, and others go on."""
    inbox.plan[phase] = [DROP] * 2

    assert send(relay) == Outcome(Verdict.TRANSIENT, "connection lost: SMTPServerDisconnected")
    assert verdicts(relay) == [Verdict.ACCEPTED]


def test_server_that_is_silent_at_the_recipient_is_met_anew(
    relay: SmtpTransport, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TALKING", 0.1)
    inbox.plan["rcpt"] = [0.4]

    assert (verdicts(relay), inbox.connections, len(inbox.accepted)) == ([Verdict.ACCEPTED], 2, 1)


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
def test_closing_server_asks_for_patience(relay: SmtpTransport, inbox: Inbox, phase: str) -> None:
    inbox.plan[phase] = ["421 4.3.2 bye"]

    assert send(relay) == Outcome(Verdict.TRANSIENT, "421 4.3.2 bye", Fault.SLOW_DOWN)
    assert (verdicts(relay), inbox.connections, len(inbox.accepted)) == ([Verdict.ACCEPTED], 2, 1)


def test_refused_data_leaves_the_connection_ready(relay: SmtpTransport, inbox: Inbox) -> None:
    inbox.plan["data"] = ["451 4.3.0 later"]

    assert send(relay) == Outcome(Verdict.TRANSIENT, "451 4.3.0 later")
    assert (verdicts(relay), inbox.connections) == ([Verdict.ACCEPTED], 1)


def test_connection_lost_within_the_content_is_made_anew(relay: SmtpTransport, inbox: Inbox) -> None:
    """More than fits between the two ends, so that the loss is noticed before the end has left."""
    body = b"Subject: Long\r\n\r\n" + (b"x" * 76 + b"\r\n") * 400_000
    inbox.plan["body"] = [DROP] * 2

    outcome = send(relay, data=body)

    assert (outcome.verdict, outcome.reason) == (Verdict.TRANSIENT, "connection lost: SMTPServerDisconnected")
    assert (inbox.connections, inbox.accepted) == (2, [])


@pytest.mark.parametrize(
    ("answer", "verdict", "fault"),
    [
        ("451 4.3.0 later", Verdict.TRANSIENT, None),
        ("550 5.7.26 not authenticated", Verdict.PERMANENT, Fault.POLICY),
        ("552 5.3.4 too big", Verdict.PERMANENT, Fault.TOO_BIG),
        ("554 5.6.0 broken content", Verdict.PERMANENT, Fault.CONTENT),
    ],
)
def test_refusal_after_the_dot_is_no_acceptance(
    relay: SmtpTransport, inbox: Inbox, answer: str, verdict: Verdict, fault: Fault | None
) -> None:
    """S03, S12."""
    inbox.plan["dot"] = [answer]

    assert send(relay) == Outcome(verdict, answer, fault)
    assert (verdicts(relay), inbox.connections, len(inbox.accepted)) == ([Verdict.ACCEPTED], 1, 1)


def test_silence_after_the_dot_is_unclear(relay: SmtpTransport, inbox: Inbox) -> None:
    """S06: sent once, and not again by us."""
    inbox.drop_after_dot = 1

    unclear = send(relay)

    assert unclear == Outcome(Verdict.UNCLEAR, "no answer after the hand-over: SMTPServerDisconnected")
    assert len(inbox.accepted) == 1
    assert (verdicts(relay), len(inbox.accepted)) == ([Verdict.ACCEPTED], 2)


def test_server_may_think_long_after_the_dot(
    relay: SmtpTransport, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S07: ten minutes, however short the other waits are."""
    assert smtp.FINAL_DOT == 600
    monkeypatch.setattr(smtp, "TALKING", 0.1)
    monkeypatch.setattr(smtp, "HANDING_OVER", 0.1)
    inbox.plan["dot"] = [0.3]

    assert verdicts(relay) == [Verdict.ACCEPTED]

    monkeypatch.setattr(smtp, "FINAL_DOT", 0.1)
    inbox.plan["dot"] = [0.3]
    assert verdicts(relay) == [Verdict.UNCLEAR]


def test_reply_after_the_dot_that_is_none_is_unclear() -> None:
    """Nobody knows what it means."""
    lines = ("220 hi", "250 hi", "250 yes", "250 yes", "354 go", "what?")
    with Talker(*lines) as server, SmtpTransport(server) as relay:
        assert send(relay) == Outcome(Verdict.UNCLEAR, "no answer after the hand-over: -1 ?")


class Talker:
    """A server that says its lines one by one, whatever it hears."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = Thread(target=self._talk, daemon=True)

    def __enter__(self) -> MailServer:
        self.thread.start()
        return MailServer("smtp", "127.0.0.1", self.listening.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self.thread.join()
        self.listening.close()

    def _talk(self) -> None:
        connection, _ = self.listening.accept()
        with connection:
            for line in self.lines:
                connection.sendall(f"{line}\r\n".encode())
                connection.recv(65536)


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_bad_address_is_found_before_anything_is_said(relay: SmtpTransport, inbox: Inbox, address: str) -> None:
    """M06."""
    assert send(relay, address) == NO_ADDRESS
    assert (NO_ADDRESS.verdict, NO_ADDRESS.fault) == (Verdict.PERMANENT, Fault.BAD_ADDRESS)
    assert (inbox.connections, MailboxTransport().send("a@x.org", address, MAIL)) == (0, NO_ADDRESS)


def test_domain_outside_ascii_is_sent_in_ascii(relay: SmtpTransport, inbox: Inbox) -> None:
    """M04."""
    assert send(relay, "li@例え.jp").verdict is Verdict.ACCEPTED
    assert inbox.recipients == ["li@xn--r8jz45g.jp"]


@pytest.mark.parametrize("takes_utf8", [True, False])
def test_letters_outside_ascii_before_the_at_need_a_server_that_takes_them(takes_utf8: bool) -> None:
    """M05."""
    inbox = Inbox(takes_utf8=takes_utf8)
    with smtp_server(inbox) as server, SmtpTransport(server) as relay:
        outcome = send(relay, "üser@example.org")
        again = send(relay)

    assert again.verdict is Verdict.ACCEPTED
    if takes_utf8:
        assert (outcome.verdict, inbox.recipients[0]) == (Verdict.ACCEPTED, "üser@example.org")
    else:
        assert (outcome.verdict, outcome.fault) == (Verdict.PERMANENT, Fault.NEEDS_SMTPUTF8)
        assert inbox.recipients == ["ann@example.com"]


def test_dots_are_stuffed_and_the_end_is_marked() -> None:
    assert stuff_dots(b".\r\na\r\n.b") == b"..\r\na\r\n..b\r\n.\r\n"
    assert stuff_dots(b"a\r\n\r\n.\r\n") == b"a\r\n\r\n..\r\n.\r\n"
    assert stuff_dots(b"a.b\r\n") == b"a.b\r\n.\r\n"


def test_settings_choose_the_transport(settings: Settings) -> None:
    over_smtp = replace(settings, mail_server=MailServer("smtp", "127.0.0.1", 25))

    assert isinstance(transport_for(settings), MailboxTransport)
    assert isinstance(transport_for(over_smtp), SmtpTransport)
