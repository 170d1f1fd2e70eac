"""Why somebody got a mail, gets it or did not: what the stored rows tell, and facts that still hold.

What neither tells is not known any more, and stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from cohort.clock import from_local, in_zone, monday_of
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.timeline import Fate, Surroundings, around, fate_of, list_coming, name_of, read_surroundings
from cohort.people.models import Away, AwayKind, Person
from cohort.people.wishes import DIGEST, Choice
from cohort.programs.pack import ReminderRule
from cohort.programs.queries import pack_of
from cohort.reminders.leaving import topic_of
from cohort.reminders.listing import list_occasions
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.ruling import as_rule
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_extensions


@dataclass(frozen=True, slots=True)
class Told:
    """One reminder: what it is about, and what held when it was decided."""

    cohort: Cohort
    participant: Person
    """Whose occasion it is."""
    rule_key: str
    rule: ReminderRule | None
    """None when the cohort has no such rule any more."""
    rule_changed_at: datetime | None
    """Given when the rule has been changed since."""
    subject: str
    item: DatedItem | None
    anchor_at: datetime
    due_at: datetime
    reason: str
    row_id: int | None = None
    until: datetime | None = None
    """The later date that the participant has for the item."""
    done_at: datetime | None = None
    is_away: bool | None = None
    """By the days that were noted then and still are; None where nobody has asked."""
    had: int | None = None
    """Mails that can wait, in the week before it."""
    choice: Choice = Choice.NOW
    """How the person gets mail of this kind now."""
    digest: str = ""
    """Of what is to come: `daily` or `weekly`."""

    @property
    def title(self) -> str:
        return self.item.title if self.item else self.cohort.title

    @property
    def about(self) -> str:
        return self.subject.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Explanation:
    reader: Person
    cohort: Cohort | None
    message: Message | None
    told: tuple[Told, ...]
    """Of a mail all that it was to say; else the one reminder."""
    fate: Fate
    is_reminder_alone: bool
    """It is asked about the reminder, not about a mail."""


def explain(what: str, *, reader: Person | None, cohort: Cohort | None, now: datetime) -> Explanation | None:
    """What `Entry.what` names, if it is mail of `cohort`, or with None of `reader`; None when there is none such.

    `reader` is needed for what is to come.
    """
    kind, _, rest = what.partition(":")
    if kind == "coming" and reader is not None:
        return _explain_coming(what, rest, reader, cohort, now)
    if not (rest.isascii() and rest.isdigit() and len(rest) < 10):
        return None
    if kind == "mail":
        return _explain_mail(int(rest), reader, cohort)
    return _explain_reminder(int(rest), reader, cohort) if kind == "reminder" else None


def _explain_mail(message_id: int, reader: Person | None, cohort: Cohort | None) -> Explanation | None:
    message = db.session.scalar(select(Message).options(joinedload(Message.person)).where(Message.id == message_id))
    if message is None or not _is_among(message.person_id, message.cohort_id, reader, cohort):
        return None
    rows = db.session.scalars(
        select(Reminder).where(Reminder.message_id == message.id).order_by(Reminder.due_at, Reminder.id)
    ).all()
    near = _near([message.cohort_id] if message.cohort_id else [], cohort)
    told = tuple(_told(row, message.person, near, message) for row in rows)
    home = near.cohorts.get(message.cohort_id or 0)
    return Explanation(message.person, home, message, told, fate_of(message), is_reminder_alone=False)


def _explain_reminder(reminder_id: int, reader: Person | None, cohort: Cohort | None) -> Explanation | None:
    row = db.session.scalar(
        select(Reminder)
        .options(joinedload(Reminder.person), joinedload(Reminder.message))
        .where(Reminder.id == reminder_id)
    )
    if row is None or not _is_among(row.person_id, row.cohort_id, reader, cohort):
        return None
    near = _near([row.cohort_id], cohort)
    return _explanation(row, near, _told(row, row.person, near, row.message))


def _explain_coming(what: str, rest: str, reader: Person, cohort: Cohort | None, now: datetime) -> Explanation | None:
    number = rest.partition(":")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    enrolment = db.session.scalar(
        select(Enrolment).options(joinedload(Enrolment.person)).where(Enrolment.id == int(number))
    )
    if enrolment is None or (cohort is not None and enrolment.cohort_id != cohort.id):
        return None
    near = _near([enrolment.cohort_id], cohort)
    home = near.cohorts[enrolment.cohort_id]
    row = next((row for row in list_coming(reader.id, home, near, now) if name_of(row) == what), None)
    if row is None:
        return None
    rule = next((rule for rule in near.rules(home.id) if rule.key == row.rule), None)
    told = Told(
        cohort=home,
        participant=enrolment.person,
        rule_key=row.rule,
        rule=rule,
        rule_changed_at=None,
        subject=row.item,
        item=near.item(home.id, row.item, row.anchor_at),
        anchor_at=row.anchor_at,
        due_at=row.utc,
        reason=row.reason,
        until=_until(near.item(home.id, row.item, row.anchor_at), enrolment.id),
        choice=_choice(rule, reader),
        digest=row.digest,
    )
    fate = Fate.NOT_COMING if row.reason else Fate.COMING
    return Explanation(reader, home, None, (told,), fate, is_reminder_alone=True)


def _is_among(person_id: int, cohort_id: int | None, reader: Person | None, cohort: Cohort | None) -> bool:
    if cohort is not None:
        return cohort_id == cohort.id
    return reader is not None and person_id == reader.id


def _near(cohort_ids: Sequence[int], cohort: Cohort | None) -> Surroundings:
    return around([cohort]) if cohort is not None else read_surroundings(cohort_ids)


def explain_latest(cohort: Cohort, near: Surroundings) -> list[Explanation]:
    """The last reminder that left, and the last that was held back; as far as the rows themselves tell."""
    newest = func.max(Reminder.id)
    sent = select(newest).join(Message, Message.id == Reminder.message_id)
    sent = sent.where(Reminder.cohort_id == cohort.id, Message.state == MessageState.SENT)
    dropped = select(newest).where(Reminder.cohort_id == cohort.id, Reminder.state == ReminderState.DROPPED)
    rows = db.session.execute(
        select(Reminder, Enrolment)
        .join(Enrolment, Enrolment.id == Reminder.enrolment_id)
        .options(joinedload(Reminder.person), joinedload(Reminder.message), joinedload(Enrolment.person))
        .where(or_(Reminder.id == sent.scalar_subquery(), Reminder.id == dropped.scalar_subquery()))
        .order_by(Reminder.state.desc())
    )
    return [_explanation(row, near, _bare(row, enrolment.person, near)) for row, enrolment in rows]


def _explanation(row: Reminder, near: Surroundings, told: Told) -> Explanation:
    if row.state is ReminderState.DROPPED:
        fate = Fate.NOT_SENT
    elif row.message is None:
        fate = Fate.SENT
    else:
        fate = Fate.JOINED if row.message.topic == DIGEST else fate_of(row.message)
    return Explanation(row.person, near.cohorts[row.cohort_id], row.message, (told,), fate, is_reminder_alone=True)


def _told(row: Reminder, reader: Person, near: Surroundings, message: Message | None) -> Told:
    enrolment = db.session.scalars(
        select(Enrolment).options(joinedload(Enrolment.person)).where(Enrolment.id == row.enrolment_id)
    ).one()
    bare = _bare(row, enrolment.person, near)
    return replace(
        bare,
        until=_until(bare.item, enrolment.id),
        done_at=_done_at(row),
        is_away=_is_away(reader, row.due_at),
        had=_count_before(reader, row.due_at, message),
        choice=_choice(bare.rule, reader),
    )


def _bare(row: Reminder, participant: Person, near: Surroundings) -> Told:
    """What the row itself tells."""
    rule, changed_at = _rule(row, near)
    return Told(
        cohort=near.cohorts[row.cohort_id],
        participant=participant,
        rule_key=row.rule_key,
        rule=rule,
        rule_changed_at=changed_at,
        subject=row.subject,
        item=near.item(row.cohort_id, row.subject, row.anchor_at),
        anchor_at=row.anchor_at,
        due_at=row.due_at,
        reason=row.reason,
        row_id=row.id,
    )


def _rule(row: Reminder, near: Surroundings) -> tuple[ReminderRule | None, datetime | None]:
    """The rule as it is now, and when it was changed if that was after the decision."""
    changes = [change for change in near.changes.get(row.cohort_id, ()) if change.key == row.rule_key]
    changed_at = max((change.changed_at for change in changes if change.changed_at > row.decided_at), default=None)
    known = (
        *near.rules(row.cohort_id),
        *map(as_rule, changes),
        *pack_of(near.cohorts[row.cohort_id].version).reminders,
    )
    return next((rule for rule in known if rule.key == row.rule_key), None), changed_at


def _until(item: DatedItem | None, enrolment_id: int) -> datetime | None:
    extension = list_extensions(enrolment_id).get(item.id) if item else None
    return extension.until if extension else None


def _done_at(row: Reminder) -> datetime | None:
    occasions = list_occasions([row.cohort_id], enrolment_ids=[row.enrolment_id])[row.cohort_id]
    return next((one.done_at for one in occasions.of_participants if one.subject == row.subject), None)


def _is_away(reader: Person, at: datetime) -> bool:
    on = in_zone(at, reader.time_zone).date()
    noted = select(func.count()).where(
        Away.person_id == reader.id, Away.kind == AwayKind.AWAY, Away.first <= on, Away.last >= on, Away.added_at <= at
    )
    return bool(db.session.scalar(noted))


def _count_before(reader: Person, at: datetime, message: Message | None) -> int:
    """Mails that can wait, from Monday on the reader's calendar until `at`; the same that the budget counts."""
    monday = monday_of(in_zone(at, reader.time_zone).date())
    mails = (
        select(func.count(func.distinct(Message.id)))
        .join(Reminder, Reminder.message_id == Message.id)
        .where(
            Reminder.person_id == reader.id,
            Reminder.state == ReminderState.QUEUED,
            Reminder.due_at >= from_local(monday, time(0), reader.time_zone),
            Reminder.due_at < at,
            Message.topic.not_in(["", DIGEST]),
        )
    )
    if message is not None:
        mails = mails.where(Message.id != message.id)
    return db.session.scalar(mails) or 0


def _choice(rule: ReminderRule | None, reader: Person) -> Choice:
    return reader.wishes.choice(topic_of(rule)) if rule and rule.kind != "critical" else Choice.NOW
