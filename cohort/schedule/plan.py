"""Pack, start and zone in, dated items out, each with its reason; and warnings about what staff should look at.

Days are counted on the calendar of the cohort's zone and the time is read off the clocks there, so a change of the
clocks moves no item to another day or hour. Nothing here is moved because of a blackout: that is a decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cohort.clock import from_local, in_zone
from cohort.programs.pack import Pack
from cohort.schedule.dates import Anchor, DateExpression, Position, describe, parse_expression, place, trace
from cohort.schedule.doubts import Frame, PlanWarning, list_warnings
from cohort.schedule.items import Entry, Kind, PlannedItem, list_entries

__all__ = ["Kind", "Plan", "PlanError", "PlanWarning", "PlannedItem", "make_plan", "plan_as_json"]

_YEARS = range(1970, 2200)
_NEVER = datetime.max.replace(tzinfo=UTC)
_ORDER = {kind: number for number, kind in enumerate(Kind)}
_ANCHORS = {Kind.MODULE_OPENS: Anchor.MODULE, Kind.WORKSHOP: Anchor.WORKSHOP}


class PlanError(ValueError):
    """No plan can be made of these dates. The message is fit to show."""


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[PlannedItem, ...]
    """By time, then kind and key; those without a date come last."""
    warnings: tuple[PlanWarning, ...]


def make_plan(
    pack: Pack,
    *,
    start: date,
    zone: str,
    match: date | None = None,
    blackouts: Sequence[tuple[date, date]] = (),
) -> Plan:
    """Dates everything in a checked pack for a cohort that starts on `start` in `zone`.

    `match` is the day on which matches are published, None before that; `blackouts` are first and last days. Raises
    PlanError for dates that cannot be meant. The zone is an IANA name that the caller has checked.
    """
    _check_dates(start, match, blackouts)
    entries = [(entry, parse_expression(entry.expression)) for entry in list_entries(pack)]
    anchors = {f"{_ANCHORS[entry.kind]}:{entry.key}": (entry, it) for entry, it in entries if entry.kind in _ANCHORS}
    positions, _ = trace({name: expression for name, (_, expression) in anchors.items()})
    titles = {name: entry.title for name, (entry, _) in anchors.items()}
    last = start + timedelta(days=pack.length_days - 1)
    roots = {Anchor.START: start, Anchor.END: last, Anchor.MATCH: match}
    items = [
        _make_item(entry, expression, day=_find_day(place(expression, positions), roots), zone=zone, titles=titles)
        for entry, expression in entries
    ]
    items.sort(key=lambda item: (item.at or _NEVER, _ORDER[item.kind], item.key))
    return Plan(tuple(items), list_warnings(items, Frame(start, last, zone, blackouts)))


def plan_as_json(plan: Plan, zone: str) -> dict[str, Any]:
    """The plan as `cohort schedule --json` prints it: `at` and `ends_at` with the offset of `zone`, `utc` with Z."""
    return {
        "items": [
            {
                "id": item.id,
                "kind": item.kind.value,
                "key": item.key,
                "at": _write_local(item.at, zone),
                "ends_at": _write_local(item.ends_at, zone),
                "utc": f"{item.at:%Y-%m-%dT%H:%M:%SZ}" if item.at else None,
                "why": item.why,
            }
            for item in plan.items
        ],
        "warnings": [{"code": it.code, "id": it.id, "message": it.message} for it in plan.warnings],
    }


def _check_dates(start: date, match: date | None, blackouts: Sequence[tuple[date, date]]) -> None:
    for day in (start, *filter(None, [match])):
        if day.year not in _YEARS:
            raise PlanError(f"{day} cannot be planned: choose a year from {_YEARS[0]} to {_YEARS[-1]}.")
    for first, last in blackouts:
        if last < first:
            raise PlanError(f"The blackout {first}..{last} ends before it begins: write the earlier day first.")


def _find_day(position: Position | None, roots: Mapping[Anchor, date | None]) -> date | None:
    day = position and roots[position.root]
    return day + timedelta(days=position.days) if position and day else None


def _make_item(
    entry: Entry, expression: DateExpression, *, day: date | None, zone: str, titles: Mapping[str, str]
) -> PlannedItem:
    at = from_local(day, expression.at, zone) if day else None
    ends_at = at + timedelta(minutes=entry.minutes) if at and entry.minutes else None
    why = describe(expression, titles)
    return PlannedItem(entry.kind, entry.key, entry.title, entry.module_key, entry.expression, at, ends_at, why)


def _write_local(moment: datetime | None, zone: str) -> str | None:
    return in_zone(moment, zone).isoformat() if moment else None
