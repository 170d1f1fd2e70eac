"""Everything that one person was mailed, was not mailed, and will be: one list by time, over one cohort or all."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, Enrolment, Staff
from cohort.db import db
from cohort.mail.kinds import kind_of
from cohort.mail.models import Message, MessageState
from cohort.mentoring.models import Mentor, Pairing
from cohort.people.wishes import DIGEST
from cohort.programs.queries import pack_of
from cohort.reminders.forecast import ForecastRow, forecast, read_known
from cohort.reminders.looking import NOTHING_LEFT
from cohort.reminders.models import CohortRule, Reminder, ReminderState
from cohort.reminders.ruling import Rules, apply_changes, list_changes
from cohort.reminders.waves import WAITS
from cohort.schedule.items import SITTINGS
from cohort.schedule.models import DatedItem

BEHIND = timedelta(days=90)
AHEAD = timedelta(days=14)


class Fate(StrEnum):
    """What became of a mail, or will."""

    SENT = "sent"
    FAILED = "failed"
    NOT_SENT = "not sent"
    JOINED = "joined"
    """It left with a digest."""
    WAITING = "waiting"
    HELD = "held"
    """Late, and waits for somebody to decide."""
    COMING = "coming"
    NOT_COMING = "not coming"


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    fate: Fate
    title: str
    rule: str
    """In the key of its rule; '' for what no rule sends."""
    cohort_id: int | None
    reason: str
    participant_id: int | None
    """Whose occasion it is; None for what is about nobody."""
    what: str
    """Names it in an address: `mail:12`, `reminder:5`, `coming:3:welcome:cohort.start:`."""

    @property
    def is_ahead(self) -> bool:
        return self.fate in (Fate.COMING, Fate.NOT_COMING)


@dataclass(slots=True)
class Surroundings:
    """What is around mails: their cohorts, the rules and the dated items of these."""

    cohorts: Mapping[int, Cohort]
    changes: Mapping[int, Sequence[CohortRule]]
    items: Mapping[int, Sequence[DatedItem]]
    _rules: dict[int, Rules] = field(default_factory=dict)

    def rules(self, cohort_id: int) -> Rules:
        """Those that speak now."""
        if cohort_id not in self._rules:
            pack = pack_of(self.cohorts[cohort_id].version)
            self._rules[cohort_id] = apply_changes(pack.reminders, self.changes.get(cohort_id, ()))
        return self._rules[cohort_id]

    def item(self, cohort_id: int, subject: str, at: datetime | None = None) -> DatedItem | None:
        """The dated item that an occasion is about; of several sittings the one that is at `at`, else the first."""
        about, _, key = subject.partition(":")
        kinds = SITTINGS if about.startswith("workshop.") else (about,)
        found = [item for item in self.items.get(cohort_id, ()) if item.kind in kinds and item.key == key]
        found.sort(key=lambda item: (at not in (item.at, item.ends_at), item.kind))
        return found[0] if found else None

    def title(self, cohort_id: int, subject: str) -> str:
        item = self.item(cohort_id, subject)
        return item.title if item else self.cohorts[cohort_id].title


def read_surroundings(cohort_ids: Collection[int]) -> Surroundings:
    """In three queries."""
    loaded = select(Cohort).options(joinedload(Cohort.version)).where(Cohort.id.in_(cohort_ids)).order_by(Cohort.id)
    cohorts = {cohort.id: cohort for cohort in db.session.scalars(loaded)}
    return around(cohorts.values())


def around(cohorts: Iterable[Cohort]) -> Surroundings:
    """Needs the versions of `cohorts` loaded."""
    by_id = {cohort.id: cohort for cohort in cohorts}
    items: dict[int, list[DatedItem]] = {cohort_id: [] for cohort_id in by_id}
    for item in db.session.scalars(select(DatedItem).where(DatedItem.cohort_id.in_(by_id)).order_by(DatedItem.id)):
        items[item.cohort_id].append(item)
    return Surroundings(by_id, list_changes(list(by_id)), items)


def list_past(messages: Sequence[Message], reminders: Sequence["Noted"], near: Surroundings) -> Iterator[Entry]:
    """What the rows tell; needs their cohorts in `near`."""
    said: dict[int, list[Noted]] = {}
    for noted in reminders:
        if noted.reminder.message_id is not None:
            said.setdefault(noted.reminder.message_id, []).append(noted)
    for message in messages:
        if message.state is MessageState.CANCELLED and message.reason == NOTHING_LEFT:
            continue
        theirs = said.get(message.id, [])
        yield Entry(
            at=message.sent_at or message.due_at,
            fate=fate_of(message),
            title=message.subject or _title(message, theirs, near),
            rule=theirs[0].reminder.rule_key if len(theirs) == 1 else "",
            cohort_id=message.cohort_id,
            reason=message.reason if fate_of(message) not in (Fate.SENT, Fate.HELD) else "",
            participant_id=theirs[0].participant_id if len(theirs) == 1 else None,
            what=f"mail:{message.id}",
        )
    for noted in reminders:
        row = noted.reminder
        if row.state is ReminderState.DROPPED or noted.topic == DIGEST:
            yield Entry(
                at=row.due_at,
                fate=Fate.NOT_SENT if row.state is ReminderState.DROPPED else Fate.JOINED,
                title=near.title(row.cohort_id, row.subject),
                rule=row.rule_key,
                cohort_id=row.cohort_id,
                reason=row.reason,
                participant_id=noted.participant_id,
                what=f"reminder:{row.id}",
            )


def fate_of(message: Message) -> Fate:
    match message.state:
        case MessageState.SENT:
            return Fate.SENT
        case MessageState.FAILED:
            return Fate.FAILED
        case MessageState.CANCELLED:
            return Fate.NOT_SENT
        case _:
            return Fate.HELD if message.held_at and message.reason == WAITS else Fate.WAITING


def _title(message: Message, said: Sequence["Noted"], near: Surroundings) -> str:
    """Of a mail that is not written yet."""
    if len(said) == 1:
        return near.title(said[0].reminder.cohort_id, said[0].reminder.subject)
    return kind_of(message.template).name


@dataclass(frozen=True, slots=True)
class Noted:
    """A reminder that was decided, and whom it is about."""

    reminder: Reminder
    participant_id: int
    topic: str
    """Of the mail it went into; '' where there is none."""


def read_messages(person_id: int, *, cohort_id: int | None, since: datetime) -> Sequence[Message]:
    """Mails to a person of one cohort, or with None of all and of none."""
    at = func.coalesce(Message.sent_at, Message.due_at)
    mine = select(Message).where(Message.person_id == person_id, at > since)
    if cohort_id is not None:
        mine = mine.where(Message.cohort_id == cohort_id)
    return db.session.scalars(mine.order_by(Message.id)).all()


def read_reminders(person_id: int, *, cohort_id: int | None, since: datetime) -> list[Noted]:
    mine = (
        select(Reminder, Enrolment.person_id, func.coalesce(Message.topic, ""))
        .join(Enrolment, Enrolment.id == Reminder.enrolment_id)
        .outerjoin(Message, Message.id == Reminder.message_id)
        .where(Reminder.person_id == person_id, Reminder.due_at > since)
    )
    if cohort_id is not None:
        mine = mine.where(Reminder.cohort_id == cohort_id)
    return [Noted(*row) for row in db.session.execute(mine.order_by(Reminder.id))]


def list_coming(person_id: int, cohort: Cohort, near: Surroundings, now: datetime) -> list[ForecastRow]:
    """What comes to a person from one cohort; needs its version loaded."""
    rows = forecast(
        cohort,
        now=now,
        until=now + AHEAD,
        known=read_known(cohort, now, near.rules(cohort.id)),
        enrolment_ids=_concerning(person_id, cohort.id),
    )
    return [row for row in rows if row.person_id == person_id]


def as_entry(row: ForecastRow, cohort_id: int, participant_id: int | None) -> Entry:
    return Entry(
        at=row.utc,
        fate=Fate.NOT_COMING if row.reason else Fate.COMING,
        title=row.title,
        rule=row.rule,
        cohort_id=cohort_id,
        reason=row.reason,
        participant_id=participant_id,
        what=name_of(row),
    )


def name_of(row: ForecastRow) -> str:
    """Of a mail to come, as `Entry.what`."""
    enrolment_id, _, rule, subject = row.key
    return f"coming:{enrolment_id}:{rule}:{subject}"


def cohorts_of(person_id: int) -> Sequence[int]:
    """Cohorts that may have mail for the person."""
    parts = (Enrolment, Mentor, Staff)
    found = union_all(*(select(part.cohort_id).where(part.person_id == person_id) for part in parts)).subquery()
    return db.session.scalars(select(found.c.cohort_id).distinct().order_by(found.c.cohort_id)).all()


def participants_of(enrolment_ids: Collection[int]) -> dict[int, int]:
    """The persons behind enrolments."""
    rows = db.session.execute(select(Enrolment.id, Enrolment.person_id).where(Enrolment.id.in_(enrolment_ids)))
    return dict(iter(rows))


def _concerning(person_id: int, cohort_id: int) -> list[int] | None:
    """The enrolments whose occasions may be told to the person; None for all, as of staff."""
    own = select(literal("own"), Enrolment.id).where(Enrolment.cohort_id == cohort_id, Enrolment.person_id == person_id)
    mentees: Select[str, int] = (
        select(literal("own"), Pairing.enrolment_id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .where(Mentor.cohort_id == cohort_id, Mentor.person_id == person_id)
    )
    staff = select(literal("all"), Staff.id).where(
        Staff.cohort_id == cohort_id, Staff.person_id == person_id, Staff.until.is_(None)
    )
    rows = db.session.execute(union_all(own, mentees, staff)).all()
    return None if any(scope == "all" for scope, _ in rows) else [enrolment_id for _, enrolment_id in rows]


def belongs_to(person_id: int, cohort_id: int) -> bool:
    """The person has or had a part in the cohort."""
    parts = (Enrolment, Mentor, Staff)
    theirs = (
        select(part.id).where(part.person_id == person_id, part.cohort_id == cohort_id).exists() for part in parts
    )
    return bool(db.session.scalar(select(or_(*theirs))))
