"""Deciding what is due: in sets, one short transaction for each cohort, the same in any number of processes.

Facts are read before the transaction that writes. It begins by naming what was seen of the cohort: when the cohort has
changed since, or another planner was quicker, nothing is written of it and it is looked at again. Unique keys on every
decision and every mail stand behind that. What changes later is seen by the last look before a mail leaves.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal_column, select, text, union_all, update

from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db, insert_new
from cohort.mail.models import Message, MessageState
from cohort.people.wishes import DIGEST
from cohort.programs.models import ProgramVersion
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.reminders.listing import list_occasions
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.occasions import Occasions
from cohort.reminders.owing import REARM_AFTER, Decided, Owed, is_decided, list_owed
from cohort.reminders.rounds import Bundle, Decision, Spent, bundles
from cohort.reminders.ruling import Rules, apply_changes, list_changes
from cohort.reminders.timing import ALWAYS, Span, moments_by_about, moments_of

IS_RUNNING = text("cohort.state = 'running'")
"""Written out, because SQLite uses a partial index only where a statement repeats its condition word for word."""
LOOK_AGAIN_AFTER = timedelta(hours=1)
"""A cohort is looked at so often even when nothing is due: a change that nobody told of is found then."""
LATE_AFTER = timedelta(minutes=30)
"""A mail that is queued so long after its time waits for what `waves` says of it and its like."""
HELD_FOR = timedelta(hours=2)
"""Then it leaves if nobody has said otherwise."""
_LOOKED_BACK = timedelta(days=8)
"""How long before the last look something may have become due since: other wishes move a mail by a week."""
_COUNTED = timedelta(days=15)
"""How far back mails count against a budget: a week, and the week before for what waits for a digest."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A cohort that the planner looks at."""

    id: int
    revision: int
    look_at: datetime
    looked_at: datetime | None
    version_id: int
    digest: str
    """Of the program version: packs are kept by it."""


def span_to_look_at(cohorts: Iterable[Watched], now: datetime) -> Span:
    """In which what is due may be undecided, and what leaves next lies: everything before, where nobody looked yet."""
    looked_at = [cohort.looked_at for cohort in cohorts]
    first = min((at - _LOOKED_BACK if at else ALWAYS.first for at in looked_at), default=ALWAYS.first)
    return Span(first, now + LOOK_AGAIN_AFTER)


def list_watched(now: datetime, *, everything: bool) -> list[Watched]:
    """Running cohorts whose mail is not paused: all, or those at which it is time to look."""
    running = (
        select(
            Cohort.id,
            Cohort.plan_revision,
            Cohort.look_at,
            Cohort.looked_at,
            Cohort.version_id,
            ProgramVersion.digest,
        )
        .join(ProgramVersion, ProgramVersion.id == Cohort.version_id)
        .where(IS_RUNNING, Cohort.mail_paused_at.is_(None))
        .order_by(Cohort.id)
    )
    if not everything:
        soon = now + LOOK_AGAIN_AFTER  # later is never noted, but the clock may have been set back since
        times = (Cohort.look_at <= now, Cohort.look_at > soon)
        running = running.where(Cohort.id.in_(union_all(*(select(Cohort.id).where(IS_RUNNING, at) for at in times))))
    return [Watched(*row) for row in db.session.execute(running)]


@lru_cache(maxsize=64)
def pack_with(digest: str, version_id: int) -> Pack:
    """The pack of a version, which never changes."""
    version = db.session.scalar(select(ProgramVersion).where(ProgramVersion.id == version_id))
    if version is None:
        raise LookupError(f"there is no program version {version_id}")
    return pack_of(version)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is decided upon in one cohort."""

    rules: Rules
    occasions: Occasions
    decided: Decided

    def list_open(self, span: Span = ALWAYS) -> list[Owed]:
        """What is owed in `span` and not decided yet, by time."""
        return list_open(self.rules, self.occasions, self.decided, span)


def read_facts(cohorts: Sequence[Watched], span: Span = ALWAYS) -> dict[int, Facts]:
    """What may have mail in `span` in each of the cohorts, in as many queries for many as for one."""
    ids = [cohort.id for cohort in cohorts]
    changes = list_changes(ids)
    rules = {
        cohort.id: apply_changes(pack_with(cohort.digest, cohort.version_id).reminders, changes[cohort.id])
        for cohort in cohorts
    }
    every_rule = set().union(*rules.values())
    occasions = list_occasions(ids, moments=moments_by_about(every_rule, span))
    decided = list_decided(ids, since=moments_of(every_rule, span).first)
    return {cohort_id: Facts(rules[cohort_id], occasions[cohort_id], decided[cohort_id]) for cohort_id in ids}


def list_decided(cohort_ids: Collection[int], *, since: datetime) -> dict[int, Decided]:
    """What was decided about occasions that are at `since` or later."""
    decided: dict[int, dict[Any, list[tuple[datetime, ReminderState]]]] = {
        cohort_id: defaultdict(list) for cohort_id in cohort_ids
    }
    rows = db.session.execute(
        select(
            Reminder.cohort_id,
            Reminder.enrolment_id,
            Reminder.person_id,
            Reminder.rule_key,
            Reminder.subject,
            Reminder.anchor_at,
            Reminder.state,
        ).where(Reminder.cohort_id.in_(cohort_ids), Reminder.anchor_at > since - REARM_AFTER)
    )
    for cohort_id, enrolment_id, person_id, rule_key, subject, anchor_at, state in rows:
        decided[cohort_id][enrolment_id, person_id, rule_key, subject].append((anchor_at, state))
    return dict(decided)


def read_spent(cohort_ids: Collection[int], now: datetime) -> Spent:
    """The reminders that people of these cohorts had lately, in any cohort."""
    concerned = select(Reminder.person_id).where(
        Reminder.cohort_id.in_(cohort_ids),
        Reminder.state == ReminderState.QUEUED,
        Reminder.due_at > now - _COUNTED,
    )
    rows = db.session.execute(
        select(Reminder.person_id, func.min(Reminder.due_at), Message.topic != "")
        .join(Message, Message.id == Reminder.message_id)
        .where(
            Reminder.person_id.in_(concerned),
            Reminder.due_at > now - _COUNTED,
            Reminder.state == ReminderState.QUEUED,
            Message.topic != DIGEST,
        )
        .group_by(Reminder.person_id, Message.id, Message.topic)
    )
    spent = Spent()
    for person_id, due_at, could_wait in rows:
        spent.mails[person_id].append((due_at, bool(could_wait)))
    return spent


def list_open(rules: Rules, occasions: Occasions, decided: Decided, span: Span = ALWAYS) -> list[Owed]:
    """What is owed in a cohort in `span` and not decided yet, by time."""
    owed = [one for one in list_owed(rules, occasions, span) if not is_decided(one, decided)]
    return sorted(owed, key=lambda one: (one.due_at, one.key))


def next_look(owed: Iterable[Owed], now: datetime) -> datetime:
    """When something leaves next, or at the latest when a look is due anyway."""
    times = (one.leaves_at(now) for one in owed)
    return min([at for at in times if at > now] + [now + LOOK_AGAIN_AFTER])


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be written down of one cohort."""

    cohort: Watched
    decisions: Sequence[Decision]
    next_at: datetime | None
    """When to look again; None when more of the same look is written after this."""


def portions(planned: Iterable[Planned]) -> Iterator[list[Planned]]:
    """In portions that are written quickly, so that others who write need not wait long."""
    portion: list[Planned] = []
    room = _MOST_AT_ONCE
    for one in planned:
        for part in _cut(one):
            if len(part.decisions) > room and portion:
                yield portion
                portion, room = [], _MOST_AT_ONCE
            portion.append(part)
            room -= len(part.decisions) + 1
    if portion:
        yield portion


def _cut(planned: Planned) -> Iterator[Planned]:
    """One look at one cohort, in parts that hold all that one person is told."""
    decisions = planned.decisions
    if len(decisions) > _MOST_AT_ONCE:
        decisions = sorted(decisions, key=lambda one: one.owed.reader.person_id)
    start = 0
    for end in range(_MOST_AT_ONCE, len(decisions)):
        if end - start >= _MOST_AT_ONCE and decisions[end].owed.reader != decisions[end - 1].owed.reader:
            yield Planned(planned.cohort, decisions[start:end], None)
            start = end
    yield Planned(planned.cohort, decisions[start:], planned.next_at)


@dataclass(frozen=True, slots=True)
class Written:
    """What one transaction wrote down."""

    queued: int
    """Reminders that became mails."""
    dropped: int
    overtaken: frozenset[int]
    """Cohorts that were not as they had been seen: nothing is written of them."""


def write(planned: Sequence[Planned], now: datetime) -> Written:
    """Store decisions, queue their mails, and note when to look again, where a cohort is still as it was seen."""
    as_seen = _take(planned)
    mails: dict[str, tuple[Watched, Bundle]] = {}
    for one in as_seen:
        queued = (decision.owed for decision in one.decisions if not decision.reason)
        mails.update((bundle.key, (one.cohort, bundle)) for bundle in bundles(queued))
    ids = _queue(mails, now)
    message_of = {_key(owed): ids[key] for key, (_, bundle) in mails.items() for owed in bundle.owed}
    rows = [_row(one.cohort, decision, message_of, now) for one in as_seen for decision in one.decisions]
    insert_new(Reminder, rows)
    looked = [
        {"id": one.cohort.id, "look_at": one.next_at, "looked_at": now} for one in as_seen if one.next_at is not None
    ]
    if looked:
        db.session.execute(update(Cohort), looked)
    overtaken = {one.cohort.id for one in planned} - {one.cohort.id for one in as_seen}
    return Written(len(message_of), len(rows) - len(message_of), frozenset(overtaken))


def _take(planned: Sequence[Planned]) -> list[Planned]:
    """Those whose cohort is as it was seen: nobody changed or planned it meanwhile. They are held until the commit."""
    rows = db.session.execute(
        select(Cohort.id, Cohort.plan_revision, Cohort.look_at)
        .where(Cohort.id.in_({one.cohort.id for one in planned}), Cohort.state == CohortState.RUNNING)
        .order_by(Cohort.id)
        .with_for_update()
    )
    held = {cohort_id: (revision, look_at) for cohort_id, revision, look_at in rows}
    return [one for one in planned if held.get(one.cohort.id) == (one.cohort.revision, one.cohort.look_at)]


def _queue(mails: Mapping[str, tuple[Watched, Bundle]], now: datetime) -> dict[str, int]:
    """Queue the mails that are not yet; gives the id of each by its key."""
    ids: dict[str, int] = {}
    keys = list(mails)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        part = keys[start : start + _KEYS_AT_ONCE]
        rows = db.session.execute(select(Message.dedup_key, Message.id).where(Message.dedup_key.in_(part)))
        ids.update(iter(rows))
    new = [key for key in keys if key not in ids]
    ids.update(zip(new, _take_ids(Message, len(new)), strict=True))
    insert_new(Message, [_message(*mails[key], ids[key], now) for key in new], **_AS_QUEUED)
    return ids


_KEYS_AT_ONCE = 500
_MOST_AT_ONCE = 2_000
"""Decisions in one transaction."""


def _key(owed: Owed) -> tuple[Any, ...]:
    return (*owed.key, owed.occasion.at)


def _row(
    cohort: Watched, decision: Decision, message_of: Mapping[tuple[Any, ...], int], now: datetime
) -> dict[str, Any]:
    owed = decision.owed
    return {
        "cohort_id": cohort.id,
        "enrolment_id": owed.occasion.enrolment_id,
        "person_id": owed.reader.person_id,
        "rule_key": owed.rule.key,
        "subject": owed.occasion.subject,
        "anchor_at": owed.occasion.at,
        "due_at": owed.due_at,
        "state": ReminderState.DROPPED if decision.reason else ReminderState.QUEUED,
        "reason": decision.reason,
        "message_id": None if decision.reason else message_of[_key(owed)],
        "decided_at": now,
    }


def _message(cohort: Watched, bundle: Bundle, message_id: int, now: datetime) -> dict[str, Any]:
    is_late = all(now - one.due_at > LATE_AFTER for one in bundle.owed)
    return {
        "id": message_id,
        "dedup_key": bundle.key,
        "person_id": bundle.owed[0].reader.person_id,
        "cohort_id": cohort.id,
        "template": bundle.template,
        "params": bundle.params,
        "topic": bundle.topic,
        "state": MessageState.PENDING,
        "held_at": now if is_late else None,
        "due_at": now + HELD_FOR if is_late else now,
        "created_at": now,
    }


def _take_ids(model: Any, number: int) -> list[int]:
    """Ids for new rows that no other transaction takes."""
    if not number:
        return []
    if db.session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
        return list(db.session.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, number))))
    last = db.session.scalar(select(func.max(model.id))) or 0  # SQLite has one writer at a time
    return list(range(last + 1, last + 1 + number))


_AS_QUEUED: Mapping[str, Any] = {
    "reason": literal_column("''"),
    "attempts": literal_column("0"),
    "lost_leases": literal_column("0"),
}
"""Of a mail that nobody has tried to send; it has no `not_after`: the last look judges each reminder in it."""
