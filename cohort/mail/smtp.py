"""Sending over SMTP, phase by phase.

`smtplib` raises the same exception for a connection that broke before the recipient was named, where sending again is
safe, and after the final dot, where nobody knows. So the phases are driven here, and each failure is told by its
phase. Waiting times follow RFC 5321, section 4.5.3.2, as far as a relay of our own needs them.
"""

import re
import smtplib
import ssl
from typing import Self

from cohort.config import MailServer
from cohort.mail.transports import Outcome, Verdict

CONNECTING = 30.0
"""Seconds to wait for the connection and its greeting."""
TALKING = 60.0
HANDING_OVER = 120.0
FINAL_DOT = 600.0
"""A short wait here is a classic source of duplicates: the server may still be filing the mail."""
PER_CONNECTION = 100
"""Messages after which a new connection is made."""
CLOSING = 421

_Broken = (OSError, smtplib.SMTPException)


class _Lost(Exception):
    """The connection went before the mail was handed over: nothing was sent."""


class SmtpTransport:
    """One connection to the relay, kept while there is mail."""

    keeps = False

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(TALKING)
            smtp.quit()
        except _Broken:
            smtp.close()

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        """One mail to one recipient. A connection that broke before the hand-over is made anew once."""
        for _ in range(2):
            try:
                return self._attempt(sender, recipient, data)
            except _Lost as loss:
                self._drop()
                reason = str(loss)
        return Outcome(Verdict.DOWN, reason)

    def _attempt(self, sender: str, recipient: str, data: bytes) -> Outcome:
        refusal = self._connect()
        if refusal:
            return refusal
        return self._mail_from(sender) or self._rcpt_to(recipient) or self._hand_over(data)

    def _connect(self) -> Outcome | None:
        if self._smtp is not None and self._sent < PER_CONNECTION:
            return None
        self.close()
        try:
            self._smtp, self._sent = self._open(), 0
        except smtplib.SMTPResponseException as error:
            return Outcome(Verdict.DOWN, _words(error.smtp_code, error.smtp_error))
        except _Broken as error:
            return Outcome(Verdict.DOWN, f"no connection: {type(error).__name__}")
        return None

    def _open(self) -> smtplib.SMTP:
        server = self.server
        context = ssl.create_default_context()
        smtp = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=CONNECTING, context=context)
            if server.scheme == "smtps"
            else smtplib.SMTP(server.host, server.port, timeout=CONNECTING)
        )
        try:
            if server.starttls:
                smtp.starttls(context=context)
            if server.user is not None:
                smtp.login(server.user, server.password or "")
            smtp.ehlo_or_helo_if_needed()
        except _Broken:
            smtp.close()
            raise
        return smtp

    def _mail_from(self, sender: str) -> Outcome | None:
        code, words = self._say(TALKING, f"MAIL FROM:<{sender}>")
        if code == 250:
            return None
        if code == CLOSING:
            raise _Lost(_words(code, words))
        self._reset()
        return Outcome(Verdict.TRANSIENT if code < 500 else Verdict.DOWN, _words(code, words))

    def _rcpt_to(self, recipient: str) -> Outcome | None:
        code, words = self._say(TALKING, f"RCPT TO:<{recipient}>")
        return None if code in (250, 251) else self._refused(code, words)

    def _hand_over(self, data: bytes) -> Outcome:
        code, words = self._say(HANDING_OVER, "DATA")
        if code != 354:
            return self._refused(code, words)
        smtp = self._open_smtp()
        try:
            smtp.send(stuff_dots(data))
            self._wait(FINAL_DOT)
            code, words = smtp.getreply()
        except _Broken as error:
            self._drop()
            return Outcome(Verdict.UNCLEAR, f"no answer after the hand-over: {type(error).__name__}")
        self._sent += 1
        return Outcome(Verdict.ACCEPTED, _words(code, words)) if code == 250 else self._refused(code, words)

    def _refused(self, code: int, words: bytes) -> Outcome:
        if code == CLOSING:
            self._drop()
        else:
            self._reset()
        return Outcome(Verdict.TRANSIENT if code < 500 else Verdict.PERMANENT, _words(code, words))

    def _say(self, seconds: float, command: str) -> tuple[int, bytes]:
        try:
            self._wait(seconds)
            return self._open_smtp().docmd(command)
        except _Broken as error:
            raise _Lost(f"connection lost: {type(error).__name__}") from error

    def _reset(self) -> None:
        try:
            self._open_smtp().rset()
        except _Broken:
            self._drop()

    def _open_smtp(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise smtplib.SMTPServerDisconnected("no connection")
        return self._smtp

    def _wait(self, seconds: float) -> None:
        if self._smtp is not None and self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def stuff_dots(data: bytes) -> bytes:
    """`data` with the lines doubled that begin with a dot, and the dot that ends it (RFC 5321, section 4.5.2)."""
    body = re.sub(rb"(?m)^\.", b"..", data)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:200]
