"""Mails that failed, by person: whether the address is to blame, and all of them sent again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.db import db
from cohort.mail.holding import NOT_ARRIVED, list_failed, send_again
from cohort.mail.models import Message
from cohort.mail.suppressing import BOUNCES
from cohort.people.models import Person

MOST_SHOWN = 200
_ADDRESS = re.compile(
    r"\b5\.1\.\d+\b|\b5\.2\.1\b|^55[013]\b(?!.*\b5\.\d+\.\d)|no such user|user unknown|bad address|smtputf8|came back",
    re.IGNORECASE,
)
"""Words of servers that refuse the address itself, not us nor the mail (RFC 3463, section 3.2)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything of one cohort that did not reach one person."""

    person: Person
    messages: Sequence[Message]
    """Those that the server refused first, the newest on top; then those that were not tried because of it."""

    @property
    def is_about_address(self) -> bool:
        return is_about_address(self.messages[0].reason)


def is_about_address(reason: str) -> bool:
    """Another address would help."""
    return reason == BOUNCES or _ADDRESS.search(reason) is not None


def list_failures(cohort_id: int) -> list[Failure]:
    """By person, who was failed last first."""
    messages = db.session.scalars(
        select(Message)
        .options(joinedload(Message.person))
        .where(Message.cohort_id == cohort_id, NOT_ARRIVED)
        .order_by(Message.state.desc(), Message.due_at.desc(), Message.id.desc())
        .limit(MOST_SHOWN)
    )
    by_person: dict[int, list[Message]] = {}
    for message in messages:
        by_person.setdefault(message.person_id, []).append(message)
    return [Failure(theirs[0].person, theirs) for theirs in by_person.values()]


def send_all_again(cohort_id: int, person_id: int, *, now: datetime) -> int:
    """Queue what failed to reach a person anew; gives how many mails."""
    messages = list_failed(cohort_id, person_id)
    for message in messages:
        send_again(message, now=now)
    return len(messages)
