"""A real SMTP server on loopback that answers as a test tells it to, and keeps what it accepted."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller

from cohort.config import MailServer


@dataclass
class Inbox:
    """Handler of the server: what arrived, and what to answer to which phase."""

    accepted: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    on_mail: Callable[[str], str | None] = lambda _: None
    on_rcpt: Callable[[str], str | None] = lambda _: None
    on_data: Callable[[bytes], str | None] = lambda _: None
    seconds_each: float = 0
    """How long the server thinks about a mail that was handed over."""
    drop_after_dot: int = 0
    """So many mails are accepted and the connection is then closed without an answer."""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  the name aiosmtpd calls
        answer = self.on_mail(address)
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  the name aiosmtpd calls
        answer = self.on_rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  the name aiosmtpd calls
        await asyncio.sleep(self.seconds_each)
        answer = self.on_data(envelope.content)
        if answer is not None:
            return answer
        self.accepted.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if self.drop_after_dot:
            self.drop_after_dot -= 1
            server.transport.abort()
        return "250 2.0.0 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [cast(EmailMessage, message_from_bytes(data, policy=default)) for data in self.accepted]


@contextmanager
def smtp_server(inbox: Inbox) -> Iterator[MailServer]:
    """The server, on a free port; gone when the block ends."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield MailServer("smtp", "127.0.0.1", controller.port)
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
