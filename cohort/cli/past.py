"""The mails of the demo's past: decided by the planner's own code, noted as sent at their time, and never written.

The worker would need a round for each of several hundred moments; this comes to the same, a span at a time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import WRITERS
from cohort.mail.headers import clean_line, message_id_for
from cohort.mail.letters import Desk, Letter, Moot
from cohort.mail.links import Links
from cohort.mail.models import Message, MessageState
from cohort.programs.queries import pack_of
from cohort.reminders.letters import write_about
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.owing import Owed, owe
from cohort.reminders.planning import Planned, Watched, list_watched, read_facts, write
from cohort.reminders.rounds import rounds
from cohort.reminders.timing import ALWAYS


@dataclass(frozen=True, slots=True)
class Past:
    """What is written down of mails that left before the demo was loaded."""

    settings: Settings
    owed: dict[tuple[object, ...], Owed] = field(default_factory=dict)
    """What was decided, by the key of its row."""

    def decide(self, now: datetime) -> None:
        """Decide what has become due until `now`, each thing as it stood when it was due."""
        for cohort in list_watched(now, everything=True):
            self._decide(cohort, now)

    def _decide(self, cohort: Watched, now: datetime) -> None:
        open_now = read_facts([cohort])[cohort.id].list_open()
        for at, decisions in rounds((_as_it_was(one) for one in open_now if one.due_at <= now), since=ALWAYS.first):
            if at <= now:
                write([Planned(cohort, decisions, None)], at)
                self.owed.update((decision.owed.key, decision.owed) for decision in decisions)

    def note_sent(self, now: datetime) -> int:
        """Note every mail that was due until `now` as sent when it was due; gives their number."""
        waiting = (
            select(Message)
            .options(joinedload(Message.person))
            .where(Message.state == MessageState.PENDING, Message.due_at <= now)
            .order_by(Message.due_at, Message.id)
        )
        messages = db.session.scalars(waiting).all()
        reminders = _reminders_of(messages)
        for message in messages:
            self._note(message, reminders.get(message.id, ()))
        db.session.flush()
        return len(messages)

    def _note(self, message: Message, reminders: Sequence[Reminder]) -> None:
        try:
            letter = self._letter(self._desk(message), reminders)
        except Moot as reason:
            message.state, message.reason = MessageState.CANCELLED, str(reason)
            return
        message.state, message.sent_at, message.attempts = MessageState.SENT, message.due_at, 1
        message.to_address, message.subject = message.person.email, clean_line(letter.subject)
        message.message_id = message_id_for(message.dedup_key, self.settings.mail_domain)

    def _letter(self, desk: Desk, reminders: Sequence[Reminder]) -> Letter:
        if not reminders:
            return WRITERS[desk.message.template](desk)
        keys = ((row.enrolment_id, row.person_id, row.rule_key, row.subject) for row in reminders)
        return write_about(desk, [self.owed[key] for key in keys], pack_of(desk.own_cohort.version))

    def _desk(self, message: Message) -> Desk:
        cohort = db.session.scalar(
            select(Cohort).options(joinedload(Cohort.version)).where(Cohort.id == message.cohort_id)
        )
        return Desk(
            message=message,
            person=message.person,
            cohort=cohort,
            links=Links(self.settings.base_url),
            organisation=self.settings.organisation,
            reply_to=self.settings.support_address,
            now=message.due_at,
        )


def _as_it_was(owed: Owed) -> Owed:
    """What was done only after the reminder was due did not hold it back."""
    done_at = owed.occasion.done_at
    if done_at is None or done_at <= owed.due_at:
        return owed
    return owe(owed.rule, replace(owed.occasion, done_at=None), owed.reader)


def _reminders_of(messages: Sequence[Message]) -> Mapping[int, list[Reminder]]:
    found: dict[int, list[Reminder]] = defaultdict(list)
    rows = select(Reminder).where(
        Reminder.message_id.in_([message.id for message in messages]), Reminder.state == ReminderState.QUEUED
    )
    for row in db.session.scalars(rows.order_by(Reminder.due_at, Reminder.id)):
        if row.message_id is not None:
            found[row.message_id].append(row)
    return found
