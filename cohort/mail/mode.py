"""The mail mode of the installation: anything but live never reaches other people. Mail that may not leave waits.

It is asked where mail is claimed, so that nothing is written for it, and again where mail is handed over.
"""

from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import ColumnElement, false, func, or_, select, true, update

from cohort.config import MailMode, Settings
from cohort.db import db
from cohort.mail.models import IS_PENDING, Message
from cohort.mail.transports import Outcome, Transport, Verdict
from cohort.people.models import Person

NOT_ON_THE_LIST = "not on the list of this installation"


def may_reach(settings: Settings, address: str) -> bool:
    if settings.mail_mode is MailMode.ALLOWLIST:
        name, at, domain = address.lower().rpartition("@")
        return not {name + at + domain, at + domain}.isdisjoint(settings.mail_allow)
    return settings.mail_mode is MailMode.LIVE


def is_within_reach(settings: Settings) -> ColumnElement[bool]:
    """The same for a row of the outbox: the address that it was written to, or that it would be."""
    if settings.mail_mode is not MailMode.ALLOWLIST:
        return true() if settings.mail_mode is MailMode.LIVE else false()
    address = func.lower(func.coalesce(Message.to_address, Person.email))
    domains = [entry for entry in settings.mail_allow if entry.startswith("@")]
    listed = or_(address.in_(settings.mail_allow), *(address.endswith(domain, autoescape=True) for domain in domains))
    return select(Person.id).where(Person.id == Message.person_id, listed).correlate(Message).exists()


def say_why_it_waits(settings: Settings, now: datetime) -> list[int]:
    """Give the reason to mail that is due and may not leave; gives what did not have it. Does not commit."""
    if settings.mail_mode is MailMode.LIVE:
        return []
    reason = NOT_ON_THE_LIST if settings.mail_mode is MailMode.ALLOWLIST else f"mail mode is {settings.mail_mode}"
    waits = (IS_PENDING, Message.due_at <= now, Message.reason == "", ~is_within_reach(settings))
    held = db.session.scalars(
        update(Message)
        .where(*waits)
        .values(reason=reason)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(held)


class Gate:
    """A transport through which only those get mail whom the mode lets have it."""

    def __init__(self, transport: Transport, settings: Settings) -> None:
        self.transport, self.settings = transport, settings
        self.keeps = transport.keeps

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        if may_reach(self.settings, recipient):
            return self.transport.send(sender, recipient, data)
        return Outcome(Verdict.TRANSIENT, NOT_ON_THE_LIST)

    def close(self) -> None:
        self.transport.close()

    def __enter__(self) -> Self:
        self.transport.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.transport.__exit__(kind, error, trace)
