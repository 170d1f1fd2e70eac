"""How mail leaves: over SMTP, or, in demo and development, into the mailbox page."""

from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from cohort.config import MailMode, Settings
from cohort.mail.addressing import wire_address


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    """Not accepted; trying again later may help."""
    PERMANENT = "permanent"
    """Not accepted, and it never will be."""
    UNCLEAR = "unclear"
    """Handed over in full, and then no answer: it may or may not have been accepted."""
    DOWN = "down"
    """The relay itself does not take mail now; the message has nothing to do with it."""


class Fault(StrEnum):
    """What it was that did not work, where that decides what is done about it."""

    RELAY = "relay"
    """The relay cannot be reached or takes nothing: no connection, no greeting, 421 before the recipient is named."""
    SETTINGS = "settings"
    """It refuses us: sign-in or sender address. Somebody has to change a setting."""
    SLOW_DOWN = "slow down"
    """The recipient's domain asks for patience: 4.7.x, 432, 421 at the recipient or later."""
    NO_SUCH_USER = "no such user"
    BAD_ADDRESS = "bad address"
    MAILBOX_FULL = "mailbox full"
    NEEDS_SMTPUTF8 = "needs SMTPUTF8"
    POLICY = "policy"
    """Refused for who we are (5.7.x): our reputation, not the address."""
    TOO_BIG = "too big"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    reason: str = ""
    """The server's words, such as `550 5.1.1 mailbox unavailable`."""
    fault: Fault | None = None


NO_ADDRESS = Outcome(Verdict.PERMANENT, "not an address that mail can be sent to", Fault.BAD_ADDRESS)
"""Found before anything is said to a server."""


class Transport(Protocol):
    """Takes one mail after the other, over one connection where it can; close it when the batch is done."""

    keeps: bool
    """True when the bytes stay in the outbox, because that is where they are read."""

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class MailboxTransport:
    """Accepts everything that has an address; the mailbox page shows the bytes that stay in the outbox."""

    keeps = True

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        return Outcome(Verdict.ACCEPTED) if wire_address(recipient) else NO_ADDRESS

    def close(self) -> None:
        """There is nothing open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def transport_for(settings: Settings) -> Transport:
    """The transport that the settings name, behind the gate of the mail mode."""
    from cohort.mail.mode import Gate
    from cohort.mail.smtp import SmtpTransport

    is_mailbox = settings.mail_server.scheme == "mailbox"
    transport: Transport = MailboxTransport() if is_mailbox else SmtpTransport(settings.mail_server)
    return transport if settings.mail_mode is MailMode.LIVE else Gate(transport, settings)
