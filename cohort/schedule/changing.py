"""Changing the dates of a cohort: seen before it happens, applied at once, told once, taken back within a day."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, undefer

from cohort.calendars.invitations import count_invitations_due
from cohort.cohorts.models import Cohort
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue_all
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import pack_of
from cohort.reminders.following import Following, list_following
from cohort.reminders.occasions import Moved
from cohort.schedule.busy import find_busy
from cohort.schedule.clashes import Clash, list_clashes
from cohort.schedule.deriving import arrangement_of, write_arrangement
from cohort.schedule.items import SITTINGS, list_entries
from cohort.schedule.models import DatedItem, ScheduleChange
from cohort.schedule.moving import Alteration, Move, compare
from cohort.schedule.plan import Arrangement, Plan, PlanError, plan_dates
from cohort.schedule.snapshots import as_it_was, snapshot
from cohort.schedule.telling import Told, list_told
from cohort.workshops.models import Place, PlaceState
from cohort.workshops.signing_up import ask_to_confirm, forget_answers

HOLD = timedelta(minutes=10)
"""How long the mail about a change waits, so that several changes in a row, or one taken back, are one mail or none."""
TEMPLATE = "schedule-changed"
LONGEST_MESSAGE = 2_000


@dataclass(frozen=True)
class Preview:
    """What a change would do. Nothing has changed."""

    before: Arrangement
    after: Arrangement
    now_planned: Plan
    then_planned: Plan
    clashes: tuple[Clash, ...]
    told: tuple[Told, ...]
    following: tuple[Following, ...]
    asked: int
    """How many hold a place in a sitting that moves, and can be asked to confirm."""
    notices: int
    """Mails that only bring invitations in calendars up to date."""

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        return compare(self.now_planned, self.then_planned)

    @property
    def seen(self) -> str:
        """Names the state that the preview was made of: applied later, it must still be so."""
        return fingerprint(self.before)

    @property
    def changes_nothing(self) -> bool:
        return fingerprint(self.before) == fingerprint(self.after)

    @property
    def people(self) -> int:
        return len(self.told)

    @property
    def mails(self) -> int:
        return len(self.told) + self.notices


def preview(cohort: Cohort, alteration: Alteration, *, by: Person | None, mail_domain: str, now: datetime) -> Preview:
    """What `alteration` would do; needs the version of `cohort` loaded. Raises DomainError for what cannot be meant."""
    before = arrangement_of(cohort)
    after, now_planned, then_planned = _alter(before, alteration)
    moves = compare(now_planned, then_planned)
    rows = _rows_of(cohort.id, moves)
    return Preview(
        before,
        after,
        now_planned,
        then_planned,
        list_clashes(now_planned, then_planned, moves, busy=find_busy(cohort, moves, now=now), now=now),
        tuple(list_told(cohort, moves, now=now, but=by.id if by else None)),
        tuple(list_following(cohort, _moved(rows, after, then_planned, now), now=now)) if moves else (),
        _count_held(_moved_sittings(rows, moves)),
        count_invitations_due(cohort.id, _instants(rows, then_planned), domain=mail_domain, now=now),
    )


def apply(
    cohort: Cohort,
    alteration: Alteration,
    *,
    summary: str,
    by: Person | None,
    now: datetime,
    message: str = "",
    asks: bool = False,
    seen: str | None = None,
    version: ProgramVersion | None = None,
) -> ScheduleChange:
    """Change the dates of the cohort and tell each person whom it concerns, in one mail that waits for ten minutes.

    `seen` names the state that the person saw in the preview: raises Conflict when it is another one by now. `asks`:
    those with a place in a sitting that moves are asked to confirm. `version` is the program version it comes with.
    """
    if len(message) > LONGEST_MESSAGE:
        raise DomainError(f"Write at most {LONGEST_MESSAGE:,} characters.", field="message")
    _take_turn(cohort)
    before = arrangement_of(cohort)
    if seen is not None and seen != fingerprint(before):
        raise Conflict("Somebody else changed these dates in the meantime. Look at the preview again.")
    after, now_planned, then_planned = _alter(before, alteration)
    if version is None and fingerprint(before) == fingerprint(after):
        raise DomainError("This changes nothing: all dates are as they would be.")
    moves = compare(now_planned, then_planned)
    change = ScheduleChange(
        cohort_id=cohort.id,
        summary=summary,
        message=message,
        moves=[_write_move(move) for move in moves],
        before=snapshot(before) | {"version_id": cohort.version_id, "left": _digest(snapshot(after))},
        made_by_id=by.id if by else None,
        made_at=now,
    )
    if version is not None:
        cohort.version = version
    write_arrangement(cohort, after, now=now)
    db.session.add(change)
    db.session.flush()
    moved = _moved_sittings(_rows_of(cohort.id, moves), moves)
    if asks:
        ask_to_confirm(moved, now=now)
    else:
        forget_answers(moved)
    _tell(change, list_told(cohort, moves, now=now, but=by.id if by else None), now=now)
    return change


def undo(change: ScheduleChange, cohort: Cohort, *, by: Person | None, now: datetime) -> ScheduleChange:
    """Take the latest change of a cohort back, within a day; who was told of it already is told of this, too.

    Raises Conflict when it is too late, when it was taken back already, or when something was changed after it.
    """
    _take_turn(cohort)
    db.session.refresh(change, ["undone_at", "before"])
    if change.undone_at is not None:
        raise Conflict("This change was taken back already.")
    if now > change.undo_until:
        raise Conflict(
            "A change can be taken back for 24 hours. Move the dates instead: the preview shows what it does."
        )
    latest = find_latest_change(cohort.id)
    if latest is None or latest.id != change.id:
        raise Conflict("The dates were changed again after this. Take the later change back first.")
    if _digest(snapshot(arrangement_of(cohort))) != change.before["left"]:
        raise Conflict("The settings of the cohort were changed after this. Move the dates instead.")
    version = db.session.get(
        ProgramVersion,
        change.before["version_id"],
        options=[joinedload(ProgramVersion.program), undefer(ProgramVersion.document)],
    )
    taken_back = apply(
        cohort,
        lambda arrangement: as_it_was(_on_version(arrangement, cohort, version), change.before),
        summary=f"Took back: {change.summary}",
        by=by,
        now=now,
        version=version,
    )
    change.undone_at = taken_back.undone_at = now
    db.session.flush()
    return taken_back


def find_latest_change(cohort_id: int) -> ScheduleChange | None:
    """The last change of the cohort's dates that still holds."""
    return db.session.scalar(
        select(ScheduleChange)
        .where(ScheduleChange.cohort_id == cohort_id, ScheduleChange.undone_at.is_(None))
        .order_by(ScheduleChange.id.desc())
        .limit(1)
    )


def find_undoable(cohort_id: int, now: datetime) -> ScheduleChange | None:
    """The latest change of the cohort's dates, while it can be taken back."""
    latest = find_latest_change(cohort_id)
    return latest if latest is not None and now <= latest.undo_until else None


def count_changes(cohort_id: int) -> int:
    return db.session.scalar(select(func.count()).where(ScheduleChange.cohort_id == cohort_id)) or 0


def fingerprint(arrangement: Arrangement) -> str:
    """The same for two arrangements that give the same dates for the same reasons."""
    program = [[it.id, it.title, it.expression, it.minutes, it.module_key] for it in arrangement.program]
    frame = [arrangement.length_days, arrangement.zone, arrangement.match and arrangement.match.isoformat()]
    return _digest(snapshot(arrangement) | {"program": program, "frame": frame})


def _digest(facts: Mapping[str, Any]) -> str:
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _on_version(arrangement: Arrangement, cohort: Cohort, version: ProgramVersion | None) -> Arrangement:
    if version is None:
        raise Conflict("The version of the program that this cohort had is gone: it cannot be taken back.")
    if version.id == cohort.version_id:
        return arrangement
    pack = pack_of(version)
    return replace(arrangement, program=tuple(list_entries(pack)), length_days=pack.length_days)


def _take_turn(cohort: Cohort) -> None:
    """One change at a time; `cohort` is read anew."""
    take_turn(cohort.id)
    db.session.refresh(cohort, ["starts_on", "blackouts", "matched_on", "version_id", "plan_revision"])
    if cohort.version_id != cohort.version.id:
        raise Conflict("Somebody else gave this cohort another version of its program. Look at its schedule again.")


def _alter(before: Arrangement, alteration: Alteration) -> tuple[Arrangement, Plan, Plan]:
    """What comes of it, and the plans before and after."""
    planned = plan_dates(before)
    try:
        after = alteration(before)
        return after, planned, plan_dates(after)
    except PlanError as error:
        raise DomainError(str(error)) from error


def _write_move(move: Move) -> dict[str, Any]:
    return {
        "id": move.id,
        "title": move.title,
        "before": move.before.isoformat() if move.before else None,
        "after": move.after.isoformat() if move.after else None,
    }


def _rows_of(cohort_id: int, moves: Sequence[Move]) -> Mapping[str, int]:
    """The row ids of what moves, by item id."""
    kinds = {move.id.partition(":")[0] for move in moves}
    rows = db.session.execute(
        select(DatedItem.id, DatedItem.kind, DatedItem.key).where(
            DatedItem.cohort_id == cohort_id, DatedItem.kind.in_(kinds)
        )
    )
    wanted = {move.id for move in moves}
    return {f"{kind}:{key}": row_id for row_id, kind, key in rows if f"{kind}:{key}" in wanted}


def _moved(rows: Mapping[str, int], arrangement: Arrangement, plan: Plan, now: datetime) -> Moved:
    becomes = {item.id: (item.at, item.ends_at) for item in plan.items}
    return Moved(arrangement.start, {row_id: becomes.get(item_id) for item_id, row_id in rows.items()}, now)


def _instants(rows: Mapping[str, int], plan: Plan) -> Mapping[int, tuple[datetime, datetime] | None]:
    """When what moves would begin and end, by row id; None for what would not be held."""
    becomes = {item.id: (item.at, item.ends_at or item.at) for item in plan.items if item.at}
    return {row_id: becomes.get(item_id) for item_id, row_id in rows.items()}


def _moved_sittings(rows: Mapping[str, int], moves: Sequence[Move]) -> list[int]:
    """The row ids of sittings that move to another date."""
    return [
        rows[move.id]
        for move in moves
        if move.id.partition(":")[0] in SITTINGS and move.before and move.after and move.id in rows
    ]


def _count_held(item_ids: Sequence[int]) -> int:
    """How many places people hold in these sittings."""
    held = select(func.count(Place.id)).where(Place.item_id.in_(item_ids), Place.state == PlaceState.HELD)
    return (db.session.scalar(held) or 0) if item_ids else 0


def _tell(change: ScheduleChange, told: Sequence[Told], *, now: datetime) -> None:
    """One mail each; whose last one has not left yet gets no second: it says what holds when it leaves."""
    waiting = set(
        db.session.scalars(
            select(Message.person_id).where(
                Message.cohort_id == change.cohort_id,
                Message.template == TEMPLATE,
                Message.state == MessageState.PENDING,
                Message.frozen.is_(None),
            )
        )
    )
    queue_all(
        TEMPLATE,
        [
            (it.person_id, {"since": change.id}, f"{TEMPLATE}:{change.id}:{it.person_id}")
            for it in told
            if it.person_id not in waiting
        ],
        now=now,
        due_at=now + HOLD,
        cohort_id=change.cohort_id,
    )
