"""From all that a cohort's dates follow from to its dated items, each with its reason; and what staff should look at.

Days are counted on the calendar of the cohort's zone and the time is read off the clocks there, so a change of the
clocks moves no item to another day or hour. Nothing here is moved because of a blackout: that is a decision, see
`schedule.moving`, and it stands in the arrangement.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from cohort.clock import from_local, in_zone
from cohort.programs.pack import Pack
from cohort.schedule.dates import Anchor, DateExpression, describe, parse_expression
from cohort.schedule.doubts import Frame, PlanWarning, list_warnings
from cohort.schedule.items import Entry, Kind, PlannedItem, list_entries

__all__ = ["Kind", "Plan", "PlanError", "PlanWarning", "PlannedItem", "make_plan", "plan_as_json"]

Days = tuple[date, date]
"""First and last day."""

_YEARS = range(1970, 2200)
_NEVER = datetime.max.replace(tzinfo=UTC)
_ORDER = {kind: number for number, kind in enumerate(Kind)}
_ANCHORS = {Anchor.MODULE: Kind.MODULE_OPENS, Anchor.WORKSHOP: Kind.WORKSHOP}


class PlanError(ValueError):
    """No plan can be made of these dates. The message is fit to show."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What one cohort does differently with one item."""

    override: str | None = None
    """The expression that counts instead of the program's."""
    days: int = 0
    """Moved by so many days from where its expression puts it."""
    clock: time | None = None
    """Another wall-clock time than its expression says."""
    pinned_on: date | None = None
    """Held on this day, whatever it hangs on."""
    is_dropped: bool = False
    reason: str = ""
    """Ends "moved from Sat 20 Feb ...": `because of the blackout 15–21 Feb`."""


AS_PROGRAMMED = Adjustment()


@dataclass(frozen=True)
class Arrangement:
    """Everything that the dates of a cohort follow from."""

    program: tuple[Entry, ...]
    length_days: int
    start: date
    zone: str
    """An IANA name that the caller has checked."""
    match: date | None = None
    """The day on which matches are published, None before that."""
    blackouts: tuple[Days, ...] = ()
    adjustments: Mapping[str, Adjustment] = field(default_factory=dict)
    """By the item's id."""
    added: tuple[Entry, ...] = ()
    """What this cohort has and its program has not."""

    @property
    def last_day(self) -> date:
        return self.start + timedelta(days=self.length_days - 1)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Everything with a date, dropped or not, by its id."""
        return {entry.id: entry for entry in (*self.program, *self.added)}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Of anchors, by the name that expressions use: `workshop:kickoff`."""
        return {
            f"{anchor}:{entry.key}": entry.title
            for anchor, kind in _ANCHORS.items()
            for entry in self.entries.values()
            if entry.kind is kind
        }

    @cached_property
    def spots(self) -> Mapping[str, "Spot"]:
        """Where every item lies, each after what it hangs on. Raises PlanError when items hang on each other."""
        return _lay_out(self)

    def adjustment(self, item_id: str) -> Adjustment:
        return self.adjustments.get(item_id, AS_PROGRAMMED)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one item lies on the calendar of the cohort."""

    expression: DateExpression
    """The one that counts."""
    usual: date | None
    """Where the expression alone puts it, given where its anchor lies now; None without a date."""
    day: date | None
    clock: time

    @property
    def wall(self) -> datetime | None:
        """What a calendar and a clock on the wall show then: the order of items that no change of the clocks turns."""
        return datetime.combine(self.day, self.clock) if self.day else None

    @property
    def parent(self) -> str | None:
        """The id of the item that it hangs on; None when that is start, end or match."""
        kind = _ANCHORS.get(self.expression.anchor)
        return f"{kind}:{self.expression.key}" if kind else None


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[PlannedItem, ...]
    """By time, then kind and key; those without a date come last. What was dropped is not in it."""
    warnings: tuple[PlanWarning, ...]


def arrange(
    pack: Pack, *, start: date, zone: str, match: date | None = None, blackouts: Sequence[Days] = ()
) -> Arrangement:
    """The arrangement of a cohort that does nothing differently from a checked pack."""
    return Arrangement(tuple(list_entries(pack)), pack.length_days, start, zone, match, tuple(blackouts))


def make_plan(pack: Pack, *, start: date, zone: str, match: date | None = None, blackouts: Sequence[Days] = ()) -> Plan:
    """Dates everything in a checked pack. Raises PlanError for dates that cannot be meant."""
    return plan_dates(arrange(pack, start=start, zone=zone, match=match, blackouts=blackouts))


def plan_dates(arrangement: Arrangement) -> Plan:
    """The plan that follows from `arrangement`. Raises PlanError for dates that cannot be meant."""
    _check_dates(arrangement)
    items = [_make_item(arrangement, item_id) for item_id in arrangement.entries if _is_held(arrangement, item_id)]
    items.sort(key=lambda item: (item.at or _NEVER, _ORDER[item.kind], item.key))
    frame = Frame(arrangement.start, arrangement.last_day, arrangement.zone, arrangement.blackouts)
    return Plan(tuple(items), list_warnings(items, frame))


def plan_as_json(plan: Plan, zone: str) -> dict[str, Any]:
    """The plan as `cohort schedule --json` prints it: `at` and `ends_at` with the offset of `zone`, `utc` with Z."""
    return {
        "items": [
            {
                "id": item.id,
                "kind": item.kind.value,
                "key": item.key,
                "at": write_local(item.at, zone),
                "ends_at": write_local(item.ends_at, zone),
                "utc": f"{item.at:%Y-%m-%dT%H:%M:%SZ}" if item.at else None,
                "why": item.why,
            }
            for item in plan.items
        ],
        "warnings": [{"code": it.code, "id": it.id, "message": it.message} for it in plan.warnings],
    }


def write_local(moment: datetime | None, zone: str) -> str | None:
    """`2027-03-03T10:00:00-05:00` for machines."""
    return in_zone(moment, zone).isoformat() if moment else None


def _check_dates(arrangement: Arrangement) -> None:
    for day in (arrangement.start, *filter(None, [arrangement.match])):
        if day.year not in _YEARS:
            raise PlanError(f"{day} cannot be planned: choose a year from {_YEARS[0]} to {_YEARS[-1]}.")
    for first, last in arrangement.blackouts:
        if last < first:
            raise PlanError(f"The blackout {first}..{last} ends before it begins: write the earlier day first.")


def _lay_out(arrangement: Arrangement) -> dict[str, Spot]:
    """Each item hangs on one thing only, so one walk that never passes an item twice finds everything."""
    spots: dict[str, Spot] = {}
    expressions = {
        item_id: parse_expression(arrangement.adjustment(item_id).override or entry.expression)
        for item_id, entry in arrangement.entries.items()
    }
    roots = {Anchor.START: arrangement.start, Anchor.END: arrangement.last_day, Anchor.MATCH: arrangement.match}
    for item_id in expressions:
        for step in _trail_to(item_id, expressions, spots):
            expression = expressions[step]
            parent = spots.get(_parent_of(expression) or "")
            base = parent.day if parent else roots.get(expression.anchor)
            spots[step] = _place(expression, base, arrangement.adjustment(step))
    return spots


def _trail_to(item_id: str, expressions: Mapping[str, DateExpression], done: Mapping[str, Spot]) -> Iterable[str]:
    """What is still to be placed for `item_id` to be placed, the farthest first, itself last."""
    trail: dict[str, None] = {}
    step: str | None = item_id
    while step is not None and step in expressions and step not in done:
        if step in trail:
            circle = [*list(trail)[list(trail).index(step) :], step]
            raise PlanError(f"These hang on each other: {' → '.join(circle)}. Let one of them hang on start or end.")
        trail[step] = None
        step = _parent_of(expressions[step])
    return reversed(trail)


def _parent_of(expression: DateExpression) -> str | None:
    kind = _ANCHORS.get(expression.anchor)
    return f"{kind}:{expression.key}" if kind else None


def _place(expression: DateExpression, base: date | None, adjustment: Adjustment) -> Spot:
    usual = base + timedelta(days=expression.days) if base else None
    moved = usual + timedelta(days=adjustment.days) if usual else None
    clock = expression.at if adjustment.clock is None else adjustment.clock
    return Spot(expression, usual, adjustment.pinned_on or moved, clock)


def _is_held(arrangement: Arrangement, item_id: str) -> bool:
    return not arrangement.adjustment(item_id).is_dropped


def _make_item(arrangement: Arrangement, item_id: str) -> PlannedItem:
    entry, spot = arrangement.entries[item_id], arrangement.spots[item_id]
    at = from_local(spot.day, spot.clock, arrangement.zone) if spot.day else None
    return PlannedItem(
        kind=entry.kind,
        key=entry.key,
        title=entry.title,
        module_key=entry.module_key,
        expression=entry.expression,
        at=at,
        ends_at=at + timedelta(minutes=entry.minutes) if at and entry.minutes else None,
        why="; ".join(_reasons(arrangement, item_id)),
        clock=spot.clock,
        day=spot.day,
    )


def _reasons(arrangement: Arrangement, item_id: str) -> Iterator[str]:
    """'Workshop Kickoff + 16 days at 17:00', 'moved from Sat 20 Feb because of the blackout 15–21 Feb'"""
    entry, spot, adjustment = (
        arrangement.entries[item_id],
        arrangement.spots[item_id],
        arrangement.adjustment(item_id),
    )
    yield describe(spot.expression, arrangement.titles)
    if adjustment.override is not None:
        yield f"in the program {describe(parse_expression(entry.expression), arrangement.titles)}"
    was = _was(spot)
    if adjustment.pinned_on is not None:
        yield f"pinned here{f', it would be {was}' if was else ''}"
    elif was:
        yield f"moved from {was} {adjustment.reason}".rstrip()


def _was(spot: Spot) -> str:
    """Where the item would be by its expression, as far as that differs: 'Sat 20 Feb', '17:00', 'Sat 20 Feb 17:00'."""
    if spot.usual is None:
        return ""
    day = f"{spot.usual:%a} {spot.usual.day} {spot.usual:%b}" if spot.usual != spot.day else ""
    at = f"{spot.expression.at:%H:%M}" if spot.clock != spot.expression.at else ""
    return f"{day} {at}".strip()
