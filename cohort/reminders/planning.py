"""Deciding what is due: in sets, one short transaction for each cohort, the same in any number of processes.

Facts are read before the transaction that writes. It begins by naming what was seen of the cohort: when the cohort has
changed since, or another planner was quicker, nothing is written and the next round looks again. Unique keys on every
decision and every mail stand behind that. What changes later is seen by the last look before a mail leaves.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from cohort.cohorts.models import Cohort, CohortState
from cohort.db import Base, db
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

LOOK_AGAIN_AFTER = timedelta(hours=1)
"""A cohort is looked at so often even when nothing is due: a change that nobody told of is found then."""
LATE_AFTER = timedelta(minutes=30)
"""A mail that is queued so long after its time waits for what `waves` says of it and its like."""
HELD_FOR = timedelta(hours=2)
"""Then it leaves if nobody has said otherwise."""
_COUNTED = timedelta(days=15)
"""How far back mails count against a budget: a week, and the week before for what waits for a digest."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A cohort that the planner looks at."""

    id: int
    revision: int
    look_at: datetime
    version_id: int
    digest: str
    """Of the program version: packs are kept by it."""


def list_watched(now: datetime, *, everything: bool) -> list[Watched]:
    """Running cohorts whose mail is not paused: all, or those at which it is time to look."""
    running = (
        select(Cohort.id, Cohort.plan_revision, Cohort.look_at, Cohort.version_id, ProgramVersion.digest)
        .join(ProgramVersion, ProgramVersion.id == Cohort.version_id)
        .where(text("cohort.state = 'running'"), Cohort.mail_paused_at.is_(None))
        .order_by(Cohort.id)
    )
    if not everything:
        clock_was_set_back = Cohort.look_at > now + LOOK_AGAIN_AFTER
        running = running.where(or_(Cohort.look_at <= now, clock_was_set_back))
    return [Watched(*row) for row in db.session.execute(running)]


@lru_cache(maxsize=64)
def pack_with(digest: str, version_id: int) -> Pack:
    """The pack of a version, which never changes."""
    version = db.session.scalar(select(ProgramVersion).where(ProgramVersion.id == version_id))
    if version is None:
        raise LookupError(f"there is no program version {version_id}")
    return pack_of(version)


def read_rules(cohort: Watched) -> Rules:
    return apply_changes(pack_with(cohort.digest, cohort.version_id).reminders, list_changes([cohort.id])[cohort.id])


def read_facts(cohort: Watched, rules: Rules, span: Span = ALWAYS) -> tuple[Occasions, Decided]:
    """The occasions of a cohort that may have mail in `span`, and what was decided about them before."""
    occasions = list_occasions([cohort.id], moments=moments_by_about(rules, span))
    return occasions[cohort.id], list_decided([cohort.id], since=moments_of(rules, span).first)[cohort.id]


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
    concerned = select(Reminder.person_id).where(Reminder.cohort_id.in_(cohort_ids), Reminder.due_at > now - _COUNTED)
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


def write_decisions(
    cohort: Watched, decisions: Sequence[Decision], now: datetime, *, next_at: datetime
) -> Mapping[ReminderState, int]:
    """Store the decisions, queue their mails, and note when to look again; gives how many.

    Writes nothing when the cohort is not as it was seen: then it is looked at again at once.
    """
    if not _is_as_seen(cohort, next_at):
        return dict.fromkeys(ReminderState, 0)
    queued = [one.owed for one in decisions if not one.reason]
    mails = {bundle.key: bundle for bundle in bundles(queued)}
    ids = _queue(cohort, list(mails.values()), now)
    message_of = {_key(one): ids[key] for key, bundle in mails.items() for one in bundle.owed}
    rows = [_row(cohort, decision, message_of.get(_key(decision.owed)), now) for decision in decisions]
    _insert_all(Reminder, rows)
    return {ReminderState.QUEUED: len(queued), ReminderState.DROPPED: len(decisions) - len(queued)}


def _is_as_seen(cohort: Watched, next_at: datetime) -> bool:
    """Take the cohort until the commit, unless it has changed or was planned meanwhile."""
    changed: Any = db.session.execute(
        update(Cohort)
        .where(
            Cohort.id == cohort.id,
            Cohort.plan_revision == cohort.revision,
            Cohort.look_at == cohort.look_at,
            Cohort.state == CohortState.RUNNING,
        )
        .values(look_at=next_at)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)


def _queue(cohort: Watched, mails: Sequence[Bundle], now: datetime) -> dict[str, int]:
    """Queue the mails that are not yet; gives the id of each by its key."""
    ids: dict[str, int] = {}
    keys = [bundle.key for bundle in mails]
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        part = keys[start : start + _KEYS_AT_ONCE]
        rows = db.session.execute(select(Message.dedup_key, Message.id).where(Message.dedup_key.in_(part)))
        ids.update(iter(rows))
    new = [bundle for bundle in mails if bundle.key not in ids]
    ids.update(zip((bundle.key for bundle in new), _take_ids(Message, len(new)), strict=True))
    _insert_all(Message, [_message(cohort, bundle, ids[bundle.key], now) for bundle in new])
    return ids


_KEYS_AT_ONCE = 500
_ROWS_AT_ONCE = 5_000


def _key(owed: Owed) -> tuple[Any, ...]:
    return (*owed.key, owed.occasion.at)


def _row(cohort: Watched, decision: Decision, message_id: int | None, now: datetime) -> dict[str, Any]:
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
        "message_id": None if decision.reason else message_id,
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
        "reason": "",
        "attempts": 0,
        "lost_leases": 0,
        "due_at": now + HELD_FOR if is_late else now,
        "not_after": None,  # the last look judges each reminder in it by its own
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


def _insert_all(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of `rows` whose unique key is new."""
    insert: Any = _insert(model)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        db.session.execute(insert.on_conflict_do_nothing(), list(rows[start : start + _ROWS_AT_ONCE]))


def _insert(model: type[Base]) -> Insert:
    name = db.session.get_bind().dialect.name
    return postgresql.insert(model) if name == "postgresql" else sqlite.insert(model)
