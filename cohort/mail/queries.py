"""Reads for the mail room."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_sqlalchemy.pagination import Pagination, SelectPagination
from sqlalchemy import Select, String, and_, case, cast, func, literal, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import joinedload

from cohort.db import UTCDateTime, db
from cohort.mail.models import IS_PENDING, Lane, Message, MessageState
from cohort.mail.suppressing import BOUNCES
from cohort.people.models import Person
from cohort.people.wishes import DIGEST
from cohort.reminders.looking import NOTHING_LEFT
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.waves import WAITS

PER_PAGE = 50
WAITING = (MessageState.PENDING, MessageState.LEASED, MessageState.SENDING)
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Late:
    """A wave of late mails that waits for a decision."""

    reminders: int
    since: datetime
    """When the first of them was due."""
    leaves_at: datetime
    """When those whose date is ahead leave if nobody decides."""


@dataclass(slots=True)
class Numbers:
    """How much mail a cohort has, and whether it moves."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    held: int = 0
    sent_lately: int = 0
    failed_lately: int = 0
    bounced: int = 0
    """Of `held`: not tried, because mail to the address has come back."""
    held_lately: Counter[str] = field(default_factory=Counter)
    """By reason."""
    joined_lately: int = 0
    """Reminders that left with a digest."""
    all_paused_at: datetime | None = None
    """Since when no mail of the whole installation leaves."""
    all_paused_for: str = ""
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A mail that was not sent, and why."""

    at: datetime
    name: str
    """Rule or template."""
    subject: str
    """Of a reminder its occasion, `assignment.due:KEY`; else ''."""
    person: str
    reason: str
    row_id: int
    """Of the reminder, or of the message where there is no `subject`."""
    person_id: int


def count_mail(cohort_id: int, now: datetime) -> Numbers:
    """In one query; what is held counts reminders and other mails alike."""
    numbers = Numbers()
    parts = (_of_messages(cohort_id, now), _of_reminders(cohort_id, now), _of_late(cohort_id), _of_everybody())
    rows: Any = db.session.execute(union_all(*parts))
    for what, word, number, lately, first, last in rows:
        match what:
            case MessageState.SENT:
                numbers.sent, numbers.sent_lately = number, lately
            case MessageState.FAILED:
                numbers.failed, numbers.failed_lately = number, lately
            case MessageState.CANCELLED | ReminderState.DROPPED:
                if word != NOTHING_LEFT:
                    numbers.held += number
                    numbers.bounced += number if word == BOUNCES else 0
                    numbers.held_lately[word] += lately
            case ReminderState.QUEUED:
                numbers.joined_lately = lately
            case "late":
                numbers.late = Late(number, first, last) if number else None
            case "pause":
                numbers.all_paused_at, numbers.all_paused_for = first, word
            case _:
                numbers.waiting += number
    numbers.held_lately = +numbers.held_lately
    return numbers


_NOTHING = cast(null(), UTCDateTime())


def _of_messages(cohort_id: int, now: datetime) -> Any:
    at = func.coalesce(Message.sent_at, Message.due_at)
    reason = case((Message.state == MessageState.CANCELLED, Message.reason), else_="")
    lately = func.count().filter(at > now - A_WEEK)
    return (
        select(
            type_coerce(Message.state, String).label("what"),
            reason.label("word"),
            func.count(),
            lately,
            func.min(Message.due_at),
            _NOTHING,
        )
        .where(Message.cohort_id == cohort_id)
        .group_by(Message.state, reason)
    )


def _of_reminders(cohort_id: int, now: datetime) -> Any:
    """Those that were dropped, by reason, and those that left with a digest."""
    return (
        select(
            type_coerce(Reminder.state, String),
            Reminder.reason,
            func.count(),
            func.count().filter(Reminder.due_at > now - A_WEEK),
            _NOTHING,
            _NOTHING,
        )
        .outerjoin(Message, Message.id == Reminder.message_id)
        .where(
            Reminder.cohort_id == cohort_id,
            or_(Reminder.state == ReminderState.DROPPED, Message.topic == DIGEST),
        )
        .group_by(Reminder.state, Reminder.reason)
    )


def _of_late(cohort_id: int) -> Any:
    return (
        select(
            literal("late"), literal(""), func.count(), literal(0), func.min(Reminder.due_at), func.min(Message.due_at)
        )
        .join(Message, Message.id == Reminder.message_id)
        .where(
            Message.cohort_id == cohort_id,
            Message.held_at.is_not(None),
            Message.reason == WAITS,
            IS_PENDING,
            Reminder.state == ReminderState.QUEUED,
        )
    )


def _of_everybody() -> Any:
    """Whether all mail of the installation is paused."""
    return select(literal("pause"), Lane.reason, literal(0), literal(0), Lane.paused_at, _NOTHING).where(
        Lane.domain == Lane.ALL, Lane.paused_at.is_not(None)
    )


def list_messages(cohort_id: int, states: Sequence[MessageState]) -> Pagination:
    """Messages of a cohort in these states with their people, the newest first."""
    return db.paginate(
        select(Message)
        .options(joinedload(Message.person))
        .where(Message.cohort_id == cohort_id, Message.state.in_(states))
        .order_by(func.coalesce(Message.sent_at, Message.due_at).desc(), Message.id.desc()),
        per_page=PER_PAGE,
    )


def list_held(cohort_id: int) -> Pagination:
    """HeldRow of every mail of a cohort that was not sent, the newest first."""
    dropped = select(
        Reminder.due_at.label("at"),
        Reminder.rule_key.label("name"),
        Reminder.subject,
        Person.name,
        Reminder.reason,
        Reminder.id,
        Person.id,
    )
    dropped = dropped.join(Person, Person.id == Reminder.person_id).where(
        Reminder.cohort_id == cohort_id, Reminder.state == ReminderState.DROPPED
    )
    cancelled = (
        select(Message.due_at, Message.template, literal(""), Person.name, Message.reason, Message.id, Person.id)
        .join(Person, Person.id == Message.person_id)
        .where(Message.cohort_id == cohort_id, _is_held())
    )
    held = union_all(dropped, cancelled).subquery()
    newest_first = select(held).order_by(held.c.at.desc(), *list(held.c)[1:])
    return _Rows(select=newest_first, per_page=PER_PAGE, session=db.session)


def find_message(message_id: int) -> Message | None:
    """The message with its person."""
    return db.session.scalar(select(Message).options(joinedload(Message.person)).where(Message.id == message_id))


def list_mailbox() -> Pagination:
    """Mails that lie in the mailbox of a demo, the newest first."""
    return db.paginate(
        select(Message)
        .options(joinedload(Message.person))
        .where(Message.frozen.is_not(None), Message.state == MessageState.SENT)
        .order_by(Message.sent_at.desc(), Message.id.desc()),
        per_page=PER_PAGE,
    )


def _is_held() -> Any:
    """Cancelled for a reason of its own; a reminder has its reasons at its parts."""
    return and_(Message.state == MessageState.CANCELLED, Message.reason != NOTHING_LEFT)


class _Rows(SelectPagination):
    """Pages of rows, where the base class takes the first column of each."""

    def _query_items(self) -> list[HeldRow]:
        statement: Select[Any] = self._query_args["select"]
        rows = self._query_args["session"].execute(statement.limit(self.per_page).offset(self._query_offset))
        return [HeldRow(*row) for row in rows]
