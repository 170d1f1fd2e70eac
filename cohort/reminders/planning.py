"""Deciding what is due: in sets, one short transaction for each cohort, the same in any number of processes.

A unique key on every decision makes a second planner's work nothing. Facts are read before the transaction that
writes; what changes in between is seen by the last look before a mail leaves.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cohort.cohorts.models import Cohort, CohortState
from cohort.db import Base, db
from cohort.mail.models import Message, MessageState
from cohort.programs.models import ProgramVersion
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.reminders.models import Look, Reminder, ReminderState
from cohort.reminders.occasions import Occasions, list_occasions
from cohort.reminders.owing import REARM_AFTER, SUPERSEDED, Decided, Owed, is_decided, list_owed, superseded
from cohort.reminders.timing import ALWAYS, Span, moments_by_about, moments_of

LOOK_AGAIN_AFTER = timedelta(minutes=10)
"""A cohort is looked at so often even when nothing is due, because not every change grows its revision."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A cohort that the planner looks at."""

    id: int
    revision: int
    version_id: int
    digest: str
    """Of the program version: packs are kept by it."""


@dataclass(frozen=True, slots=True)
class Decision:
    owed: Owed
    reason: str
    """Why it is dropped; '' when it is queued."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One mail to one person, with all that it says."""

    key: str
    """What makes it the same mail."""
    template: str
    params: Mapping[str, Any]
    owed: Sequence[Owed]


def list_watched(now: datetime, *, everything: bool) -> list[Watched]:
    """Running cohorts whose mail is not paused: all, or those at which it is time to look."""
    running = (
        select(Cohort.id, Cohort.plan_revision, Cohort.version_id, ProgramVersion.digest)
        .join(ProgramVersion, ProgramVersion.id == Cohort.version_id)
        .where(Cohort.state == CohortState.RUNNING, Cohort.mail_paused_at.is_(None))
        .order_by(Cohort.id)
    )
    if not everything:
        running = running.outerjoin(Look, Look.cohort_id == Cohort.id).where(
            or_(
                Look.cohort_id.is_(None),
                Look.revision != Cohort.plan_revision,
                Look.next_at <= now,
                Look.next_at > now + LOOK_AGAIN_AFTER,  # the clock was set back
            )
        )
    return [Watched(*row) for row in db.session.execute(running)]


@lru_cache(maxsize=64)
def pack_with(digest: str, version_id: int) -> Pack:
    """The pack of a version, which never changes."""
    version = db.session.scalar(select(ProgramVersion).where(ProgramVersion.id == version_id))
    if version is None:
        raise LookupError(f"there is no program version {version_id}")
    return pack_of(version)


def read_facts(cohort: Watched, span: Span = ALWAYS) -> tuple[Occasions, Decided]:
    """The occasions of a cohort that may have mail in `span`, and what was decided about them before."""
    rules = pack_with(cohort.digest, cohort.version_id).reminders
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


def list_open(pack: Pack, occasions: Occasions, decided: Decided, span: Span = ALWAYS) -> list[Owed]:
    """What is owed in a cohort in `span` and not decided yet, by time."""
    owed = [one for one in list_owed(pack.reminders, occasions, span) if not is_decided(one, decided)]
    return sorted(owed, key=lambda one: (one.due_at, one.key))


def decide(owed: Iterable[Owed], now: datetime) -> list[Decision]:
    """What becomes at `now` of the mails that are due by then."""
    due = [one for one in owed if one.due_at <= now]
    against = {one.key: one.reason_against(now) for one in due}
    too_many = superseded(one for one in due if not against[one.key])
    return [Decision(one, SUPERSEDED if one.key in too_many else against[one.key]) for one in due]


def rounds(owed: Sequence[Owed], *, since: datetime) -> Iterator[tuple[datetime, list[Decision]]]:
    """What rounds decide of what is open: one at `since`, then one at every moment at which something becomes due.

    `owed` is ordered by time, as `list_open` gives it.
    """
    for moment, due in groupby(owed, key=lambda one: max(one.due_at, since)):
        yield moment, decide(due, moment)


def next_look(owed: Iterable[Owed], now: datetime) -> datetime:
    """When something is due next, or at the latest when a look is due anyway."""
    later = (one.due_at for one in owed if one.due_at > now)
    return min(next(iter(later), now + LOOK_AGAIN_AFTER), now + LOOK_AGAIN_AFTER)


def bundles(queued: Iterable[Owed]) -> Iterator[Bundle]:
    """The mails of one round: what can wait goes to each person in one, what cannot goes alone."""
    order = sorted(queued, key=lambda one: (one.reader.person_id, one.is_essential, one.due_at, one.key))
    for (_, is_essential), group in groupby(order, key=lambda one: (one.reader.person_id, one.is_essential)):
        together = list(group)
        for part in [[one] for one in together] if is_essential else [together]:
            yield _bundle(part)


def _bundle(owed: Sequence[Owed]) -> Bundle:
    """The deed that publishes a match queues its mail under the same key."""
    first = owed[0]
    if first.rule.about == "match.published" and first.occasion.at == first.due_at:
        key = f"match-published:{first.occasion.key}:{first.reader.person_id}"
        return Bundle(key, "match-published", {"pairing_id": int(first.occasion.key)}, owed)
    enrolment_id, person_id, rule_key, subject = first.key
    key = f"reminder:{rule_key}:{subject}:{enrolment_id}:{person_id}:{first.occasion.at:%Y%m%dT%H%M%S}"
    return Bundle(key, "reminder", {}, owed)


def write_decisions(cohort: Watched, decisions: Sequence[Decision], now: datetime) -> Mapping[ReminderState, int]:
    """Store the decisions and queue their mails; a decision that another planner stored first is left to it."""
    rows = [_row(cohort, decision, now) for decision in decisions]
    mine = _insert_new(Reminder, rows, Reminder.id, *_KEY)
    ids = {tuple(key): reminder_id for reminder_id, *key in mine}
    queued = [one.owed for one in decisions if not one.reason and _key(one.owed) in ids]
    mails = {bundle.key: bundle for bundle in bundles(queued)}
    messages = [_message(cohort, bundle, now) for bundle in mails.values()]
    links = [
        {"id": ids[_key(one)], "message_id": message_id}
        for message_id, message_key in _insert_new(Message, messages, Message.id, Message.dedup_key)
        for one in mails[message_key].owed
    ]
    if links:
        db.session.execute(update(Reminder), links)
    return {ReminderState.QUEUED: len(queued), ReminderState.DROPPED: len(ids) - len(queued)}


def note_look(cohort: Watched, next_at: datetime) -> None:
    """Remember when to look at the cohort again, and what was seen of it."""
    values = {"cohort_id": cohort.id, "revision": cohort.revision, "next_at": next_at}
    insert: Any = _insert(Look).values(**values)
    db.session.execute(insert.on_conflict_do_update(index_elements=["cohort_id"], set_=values))


_AT_ONCE = 250
"""Rows in one statement: a cohort that nobody looked at for months has thousands to be written."""
_KEY = (Reminder.enrolment_id, Reminder.person_id, Reminder.rule_key, Reminder.subject, Reminder.anchor_at)


def _key(owed: Owed) -> tuple[Any, ...]:
    return (*owed.key, owed.occasion.at)


def _row(cohort: Watched, decision: Decision, now: datetime) -> dict[str, Any]:
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
        "decided_at": now,
    }


def _message(cohort: Watched, bundle: Bundle, now: datetime) -> dict[str, Any]:
    return {
        "dedup_key": bundle.key,
        "person_id": bundle.owed[0].reader.person_id,
        "cohort_id": cohort.id,
        "template": bundle.template,
        "params": bundle.params,
        "state": MessageState.PENDING,
        "reason": "",
        "attempts": 0,
        "due_at": now,
        "not_after": None,  # the last look judges each reminder in it by its own
        "created_at": now,
    }


def _insert_new(model: type[Base], rows: Sequence[Mapping[str, Any]], *columns: Any) -> list[Any]:
    """Insert those of `rows` whose unique key is new; gives the columns of these."""
    if not rows:
        return []
    insert: Any = _insert(model)
    new = insert.on_conflict_do_nothing().returning(*columns)
    parts = (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
    return [row for part in parts for row in db.session.execute(new, list(part))]


def _insert(model: type[Base]) -> Insert:
    name = db.session.get_bind().dialect.name
    return postgresql.insert(model) if name == "postgresql" else sqlite.insert(model)
