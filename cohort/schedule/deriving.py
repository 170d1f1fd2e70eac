"""Between the rows of a cohort and the arrangement that its dates follow from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.programs.queries import pack_of
from cohort.schedule.items import Entry, Kind, PlannedItem, list_entries
from cohort.schedule.models import DatedItem
from cohort.schedule.plan import AS_PROGRAMMED, Adjustment, Arrangement, Plan, plan_dates
from cohort.schedule.queries import list_rows

FIELDS = ("title", "module_key", "expression", "why", "at", "ends_at")
_SEEN = ("title", "at", "ends_at", "dropped_at")
"""What a calendar shows of an item: a change of it is a later version there."""


def arrangement_of(cohort: Cohort, rows: Iterable[DatedItem] | None = None) -> Arrangement:
    """What the dates of `cohort` follow from; needs its version loaded. `rows`: all of its items, where known."""
    return _read(cohort, list_rows(cohort.id) if rows is None else rows)


def plan_of(cohort: Cohort, rows: Iterable[DatedItem] | None = None) -> Plan:
    """What the dates of `cohort` are; as `arrangement_of`."""
    return plan_dates(arrangement_of(cohort, rows))


def derive_items(cohort: Cohort, *, now: datetime) -> None:
    """Write the cohort's dated items anew, after something changed that they follow from."""
    rows = list_rows(cohort.id)
    _write(cohort, _read(cohort, rows), rows, now)


def write_arrangement(cohort: Cohort, arrangement: Arrangement, *, now: datetime) -> None:
    """Let the dates of `cohort` follow from `arrangement`; its version is the caller's to set.

    An item keeps its row when its date changes. One that is not held any more keeps it, too, and is marked: calendars
    and people's work still name it.
    """
    cohort.starts_on = arrangement.start
    cohort.blackouts = [[first.isoformat(), last.isoformat()] for first, last in arrangement.blackouts]
    _write(cohort, arrangement, list_rows(cohort.id), now)


def _read(cohort: Cohort, rows: Iterable[DatedItem]) -> Arrangement:
    pack = pack_of(cohort.version)
    program = tuple(list_entries(pack))
    known = {entry.id for entry in program} | {row.item_id for row in rows if row.is_added}
    adjustments = {row.item_id: _adjustment(row) for row in rows if row.item_id in known}
    return Arrangement(
        program,
        pack.length_days,
        cohort.starts_on,
        cohort.zone,
        cohort.matched_on,
        cohort.blackout_days,
        {item_id: it for item_id, it in adjustments.items() if it != AS_PROGRAMMED},
        tuple(
            Entry(Kind(row.kind), row.key, row.title, row.expression, row.minutes, row.module_key)
            for row in rows
            if row.is_added
        ),
    )


def _adjustment(row: DatedItem) -> Adjustment:
    return Adjustment(row.override, row.days, row.clock, row.pinned_on, row.dropped_at is not None, row.reason)


def _write(cohort: Cohort, arrangement: Arrangement, rows: Iterable[DatedItem], now: datetime) -> None:
    kept = {row.item_id: row for row in rows}
    added = {entry.id for entry in arrangement.added}
    planned = {item.id: item for item in plan_dates(arrangement).items}
    for item_id, entry in arrangement.entries.items():
        row = kept.pop(item_id, None)
        before = _seen(row)
        if row is None:
            row = DatedItem(cohort_id=cohort.id, kind=entry.kind, key=entry.key)
            db.session.add(row)
        _take_over(row, arrangement.adjustment(item_id), planned.get(item_id), now)
        row.is_added = item_id in added
        row.minutes = entry.minutes if row.is_added else None
        if item_id not in planned:  # dropped: it stays as it was last held
            row.title, row.expression, row.module_key = entry.title, entry.expression, entry.module_key
            row.why = row.why or ""
        _note_change(row, before, now)
    for row in kept.values():
        before = _seen(row)
        row.is_added, row.dropped_at = False, row.dropped_at or now
        _note_change(row, before, now)
    db.session.flush()


def _take_over(row: DatedItem, adjustment: Adjustment, planned: PlannedItem | None, now: datetime) -> None:
    row.override, row.days, row.clock = adjustment.override, adjustment.days, adjustment.clock
    row.pinned_on, row.reason = adjustment.pinned_on, adjustment.reason
    row.dropped_at = (row.dropped_at or now) if adjustment.is_dropped else None
    if planned is not None:
        for name in FIELDS:
            setattr(row, name, getattr(planned, name))


def _seen(row: DatedItem | None) -> tuple[Any, ...] | None:
    return tuple(getattr(row, name) for name in _SEEN) if row is not None else None


def _note_change(row: DatedItem, before: tuple[Any, ...] | None, now: datetime) -> None:
    if before is not None and before != _seen(row):
        row.sequence += 1
        row.changed_at = now
