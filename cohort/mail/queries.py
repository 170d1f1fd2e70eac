"""Reads for the mail room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_sqlalchemy.pagination import Pagination, SelectPagination
from sqlalchemy import Select, and_, func, literal, select, true, union_all
from sqlalchemy.orm import joinedload

from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.people.models import Person
from cohort.reminders.looking import NOTHING_LEFT
from cohort.reminders.models import Reminder, ReminderState

PER_PAGE = 50
WAITING = (MessageState.PENDING, MessageState.LEASED, MessageState.SENDING)
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How much mail a cohort has."""

    waiting: int
    sent: int
    failed: int
    held: int
    sent_lately: int
    held_lately: int


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


def count_mail(cohort_id: int, now: datetime) -> Numbers:
    """In one query; what is held counts reminders and other mails alike."""
    mine = Message.cohort_id == cohort_id
    lately = now - A_WEEK
    messages = (
        select(
            func.count().filter(Message.state.in_(WAITING)),
            func.count().filter(Message.state == MessageState.SENT),
            func.count().filter(Message.state == MessageState.FAILED),
            func.count().filter(_is_held(), Message.due_at > lately),
            func.count().filter(_is_held()),
            func.count().filter(Message.sent_at > lately),
        )
        .where(mine)
        .subquery()
    )
    dropped = (
        select(func.count(), func.count().filter(Reminder.due_at > lately))
        .where(Reminder.cohort_id == cohort_id, Reminder.state == ReminderState.DROPPED)
        .subquery()
    )
    counted = select(messages, dropped).join_from(messages, dropped, true())
    row: Any = db.session.execute(counted).one()
    waiting, sent, failed, held_lately, held, sent_lately, dropped_all, dropped_lately = row
    return Numbers(
        waiting=waiting,
        sent=sent,
        failed=failed,
        held=held + dropped_all,
        sent_lately=sent_lately,
        held_lately=held_lately + dropped_lately,
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
        Reminder.due_at.label("at"), Reminder.rule_key.label("name"), Reminder.subject, Person.name, Reminder.reason
    )
    dropped = dropped.join(Person, Person.id == Reminder.person_id).where(
        Reminder.cohort_id == cohort_id, Reminder.state == ReminderState.DROPPED
    )
    cancelled = (
        select(Message.due_at, Message.template, literal(""), Person.name, Message.reason)
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
