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
from aiosmtpd.smtp import SMTP, AuthResult

from cohort.config import MailServer

DROP = "drop"


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
    plan: dict[str, list[str | float]] = field(default_factory=dict)
    """What comes of the next turns at `greeting`, `auth`, `mail`, `rcpt`, `data` (the command), `body` (once it may be
    sent) and `dot`: an answer instead of consent, DROP for a connection that is closed without one, or a number of
    seconds that pass before all goes on. After that the server agrees."""
    takes_utf8: bool = True
    """It offers SMTPUTF8."""
    connections: int = 0
    noops: int = 0
    """How often somebody asked whether it is still there."""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  the name aiosmtpd calls
        answer = await self.turn(server, "mail") or self.on_mail(address)
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  the name aiosmtpd calls
        answer = await self.turn(server, "rcpt") or self.on_rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  the name aiosmtpd calls
        await asyncio.sleep(self.seconds_each)
        answer = await self.turn(server, "dot") or self.on_data(envelope.content)
        if answer is not None:
            return answer
        self.accepted.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if self.drop_after_dot:
            self.drop_after_dot -= 1
            server.transport.abort()
        return "250 2.0.0 OK"

    async def handle_NOOP(self, server: Any, session: Any, envelope: Any, arg: str) -> str:  # noqa: N802  the name aiosmtpd calls
        self.noops += 1
        return "250 OK"

    async def turn(self, server: Any, phase: str) -> str | None:
        """What the plan says to this turn; None to go on."""
        planned = self.plan.get(phase)
        step = planned.pop(0) if planned else None
        if step == DROP:
            server.transport.abort()
            return "421 not heard any more"
        if isinstance(step, float | int):
            await asyncio.sleep(step)
            return None
        return step

    @property
    def mails(self) -> list[EmailMessage]:
        return [cast(EmailMessage, message_from_bytes(data, policy=default)) for data in self.accepted]


class _Server(SMTP):
    """Takes turns that have no handler: the greeting, the sign-in, and the answer to DATA."""

    def connection_made(self, transport: Any) -> None:
        self.event_handler.connections += 1
        super().connection_made(transport)

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("220 "):
            status = await self.event_handler.turn(self, "greeting") or status
        await super().push(status)
        if isinstance(status, str) and status.startswith("354 "):
            await self.event_handler.turn(self, "body")

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802  the name aiosmtpd calls
        answer = await self.event_handler.turn(self, "auth")
        await (self.push(answer) if answer else super().smtp_AUTH(arg))

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  the name aiosmtpd calls
        answer = await self.event_handler.turn(self, "data")
        await (self.push(answer) if answer else super().smtp_DATA(arg))


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def smtp_server(inbox: Inbox) -> Iterator[MailServer]:
    """The server, on a free port; gone when the block ends. Whoever signs in may."""
    controller = _Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        enable_SMTPUTF8=inbox.takes_utf8,
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    inbox.connections = 0  # the controller has tried it
    try:
        yield MailServer("smtp", "127.0.0.1", controller.port)
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
