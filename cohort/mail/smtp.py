"""Sending over SMTP, phase by phase.

`smtplib` raises the same exception for a connection that broke before the recipient was named, where sending again is
safe, and after the final dot, where nobody knows. So the phases are driven here, and each failure is told by its
phase. Waiting times follow RFC 5321, section 4.5.3.2, as far as a relay of our own needs them.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Self

from cohort.config import MailServer
from cohort.mail.addressing import wire_address
from cohort.mail.replies import CLOSING, NEEDS_SIGN_IN, Phase, judge_reply, reason_of
from cohort.mail.transports import NO_ADDRESS, Fault, Outcome, Verdict

CONNECTING = 30.0
"""Seconds to wait for the connection and its greeting."""
TALKING = 60.0
HANDING_OVER = 120.0
FINAL_DOT = 600.0
"""A short wait here is a classic source of duplicates: the server may still be filing the mail."""
LEAVING = 5.0
PER_CONNECTION = 100
"""Messages after which a new connection is made."""
LONGEST_OPEN = 300.0
"""Seconds after which a new connection is made."""
LONGEST_IDLE = 30.0
"""Seconds without a mail after which a new connection is made."""
ASK_WHEN_IDLE = 10.0
"""Seconds without a mail after which the server is asked whether it is still there."""
NEEDS_SMTPUTF8 = Outcome(
    Verdict.PERMANENT,
    "the mail server takes no letters outside ASCII before the @ (SMTPUTF8)",
    Fault.NEEDS_SMTPUTF8,
)

REFUSED = (4, 5)
"""First digits of replies that say no."""
_Broken = (OSError, smtplib.SMTPException)


class _Lost(Exception):
    """The connection went before the mail was handed over: nothing was sent."""

    def __init__(self, phase: Phase, reason: str) -> None:
        super().__init__(reason)
        self.phase = phase


class _Connection:
    """An open connection, and how long it may serve."""

    def __init__(self, smtp: smtplib.SMTP, now: float) -> None:
        self.smtp = smtp
        self.opened = self.used = now
        self.mails = 0
        self._waits = 0.0

    def takes_another(self, now: float) -> bool:
        """True while a mail may be given to it; asks the server when it was not heard of for a while."""
        if self.mails >= PER_CONNECTION or now - self.opened >= LONGEST_OPEN or now - self.used >= LONGEST_IDLE:
            return False
        return now - self.used <= ASK_WHEN_IDLE or self.answers("NOOP")

    def answers(self, command: str) -> bool:
        try:
            return self.ask(command, TALKING)[0] == 250
        except _Broken:
            return False

    def ask(self, command: str, seconds: float) -> tuple[int, bytes]:
        self.wait(seconds)
        return self.smtp.docmd(command)

    def wait(self, seconds: float) -> None:
        """Wait no longer for what comes next."""
        if self.smtp.sock is not None and seconds != self._waits:
            self.smtp.sock.settimeout(seconds)
            self._waits = seconds

    def quit(self) -> None:
        with suppress(*_Broken):
            self.ask("QUIT", LEAVING)
        self.smtp.close()


class SmtpTransport:
    """One connection to the relay, kept while there is mail."""

    keeps = False

    def __init__(self, server: MailServer, clock: Callable[[], float] = monotonic) -> None:
        self.server = server
        self._clock = clock
        self._connection: _Connection | None = None
        self._tls: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.quit()

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        """One mail to one recipient. A connection that broke before the hand-over is made anew once."""
        address = wire_address(recipient)
        if address is None:
            return NO_ADDRESS
        try:
            return self._attempt(sender, address, data)
        except _Lost:
            self._drop()
        try:
            return self._attempt(sender, address, data)
        except _Lost as loss:
            self._drop()
            # Before the recipient is named it is the server's trouble; later it may be this mail that it breaks on.
            if loss.phase is Phase.MAIL:
                return Outcome(Verdict.DOWN, str(loss), Fault.RELAY)
            return Outcome(Verdict.TRANSIENT, str(loss))

    def _attempt(self, sender: str, recipient: str, data: bytes) -> Outcome:
        connection = self._connect()
        if isinstance(connection, Outcome):
            return connection
        options = ""
        if not recipient.isascii():
            if not connection.smtp.has_extn("smtputf8"):
                return NEEDS_SMTPUTF8
            options = " SMTPUTF8 BODY=8BITMIME"
        connection.mails += 1
        outcome = (
            self._ask(connection, Phase.MAIL, f"MAIL FROM:<{sender}>{options}", TALKING)
            or self._ask(connection, Phase.RCPT, f"RCPT TO:<{recipient}>", TALKING)
            or self._ask(connection, Phase.DATA, "DATA", HANDING_OVER)
            or self._hand_over(connection, data)
        )
        connection.used = self._clock()
        return outcome

    def _connect(self) -> _Connection | Outcome:
        """The connection that is open, or a new one; what happened when there is none."""
        if self._connection is not None and self._connection.takes_another(self._clock()):
            return self._connection
        self.close()
        try:
            self._connection = _Connection(self._open(), self._clock())
        except smtplib.SMTPNotSupportedError as error:
            return Outcome(Verdict.DOWN, reason_of(504, str(error)), Fault.SETTINGS)
        except smtplib.SMTPResponseException as error:
            is_refused = isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500
            fault = Fault.SETTINGS if is_refused or error.smtp_code in NEEDS_SIGN_IN else Fault.RELAY
            return Outcome(Verdict.DOWN, reason_of(error.smtp_code, error.smtp_error), fault)
        except _Broken as error:
            return Outcome(Verdict.DOWN, f"no connection: {type(error).__name__}", Fault.RELAY)
        except ValueError:  # smtplib signs in with ASCII only
            return Outcome(Verdict.DOWN, "user or password in MAIL_URL hold letters outside ASCII", Fault.SETTINGS)
        return self._connection

    def _open(self) -> smtplib.SMTP:
        server = self.server
        smtp = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=CONNECTING, context=self._context())
            if server.scheme == "smtps"
            else smtplib.SMTP(server.host, server.port, timeout=CONNECTING)
        )
        try:
            smtp.command_encoding = "utf-8"  # for addresses over SMTPUTF8; all else is ASCII
            if smtp.sock is not None:
                smtp.sock.settimeout(TALKING)
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the end of a mail waits for nothing
            if server.starttls:
                smtp.starttls(context=self._context())
            if server.user is not None:
                smtp.login(server.user, server.password or "")
            smtp.ehlo_or_helo_if_needed()
        except Exception:
            smtp.close()
            raise
        return smtp

    def _context(self) -> ssl.SSLContext:
        """Made once: reading the authorities takes longer than sending a hundred mails."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _ask(self, connection: _Connection, phase: Phase, command: str, seconds: float) -> Outcome | None:
        """None when the server agrees, else what its refusal means."""
        try:
            code, words = connection.ask(command, seconds)
        except _Broken as error:
            raise _Lost(phase, f"connection lost: {type(error).__name__}") from error
        if code // 100 == (3 if phase is Phase.DATA else 2):
            return None
        if code // 100 not in REFUSED or (code == CLOSING and phase is Phase.MAIL):
            raise _Lost(phase, reason_of(code, words))
        if code == CLOSING or code in NEEDS_SIGN_IN or not connection.answers("RSET"):
            self._drop()
        return judge_reply(phase, code, words)

    def _hand_over(self, connection: _Connection, data: bytes) -> Outcome:
        try:
            connection.smtp.send(stuff_dots(data))
        except _Broken as error:  # the end has not left: the last octets are sent last
            raise _Lost(Phase.DATA, f"connection lost: {type(error).__name__}") from error
        try:
            connection.wait(FINAL_DOT)
            code, words = connection.smtp.getreply()
        except _Broken as error:
            self._drop()
            return Outcome(Verdict.UNCLEAR, f"no answer after the hand-over: {type(error).__name__}")
        if code // 100 == 2:
            return Outcome(Verdict.ACCEPTED, reason_of(code, words))
        if code // 100 not in REFUSED:
            self._drop()
            return Outcome(Verdict.UNCLEAR, f"no answer after the hand-over: {reason_of(code, words)}")
        if code == CLOSING:
            self._drop()
        return judge_reply(Phase.DOT, code, words)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.smtp.close()


def stuff_dots(data: bytes) -> bytes:
    """`data` with the lines doubled that begin with a dot, and the dot that ends it (RFC 5321, section 4.5.2)."""
    if _has_dotted_line(data):
        data = re.sub(rb"(?m)^\.", b"..", data)
    return data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")


def _has_dotted_line(data: bytes) -> bool:
    """Looks at each dot: there are few, and one octet is found much faster than two."""
    at = data.find(b".")
    while at > 0 and data[at - 1] != ord("\n"):
        at = data.find(b".", at + 1)
    return at >= 0
