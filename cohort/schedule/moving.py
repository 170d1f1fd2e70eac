"""What a move, a shift or a blackout would change. Pure: an arrangement in, the arrangement that follows from it out.

What hangs on a moved item follows it and keeps its own wall-clock time; what is pinned stays, and what hangs on that
stays with it. Nothing is ever dropped or pulled back on the way: where a date becomes odd, `list_clashes` says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count

from cohort.errors import DomainError
from cohort.schedule.dates import ExpressionError, parse_expression
from cohort.schedule.items import SITTINGS, Entry, Kind, PlannedItem
from cohort.schedule.plan import Adjustment, Arrangement, Plan, PlanError, Spot, plan_dates

Alteration = Callable[[Arrangement], Arrangement]
"""One change of a schedule. Raises DomainError where it cannot be meant."""

MOST_DAYS = 1000
"""So many days at most may something be moved at once."""


class Scope(StrEnum):
    """What moves with an item."""

    CHAIN = "chain"
    """What hangs on it."""
    LATER = "later"
    """That, and everything after it, by as many days."""
    ONE = "one"
    """Nothing."""


class Take(StrEnum):
    """What a running cohort takes from a new version of its program."""

    FUTURE = "future"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Move:
    """One item before and after a change; None for a side on which it has no date or is not held."""

    id: str
    title: str
    before: datetime | None
    after: datetime | None
    why: str


def move(
    arrangement: Arrangement, item_id: str, to: datetime, scope: Scope = Scope.CHAIN, reason: str = ""
) -> Arrangement:
    """Move one item to `to`, a wall-clock time of the cohort's zone without a zone of its own."""
    spot = _spot(arrangement, item_id)
    if spot.day is None:
        raise DomainError("This has no date yet: it follows when the matches are published.", field="day")
    by = (to.date() - spot.day).days
    _check_days(by)
    if scope is Scope.LATER and by:
        arrangement = shift(arrangement, item_id, by)
        by = (to.date() - _day(arrangement, item_id)).days  # a pinned item was not taken along
    adjustments = dict(arrangement.adjustments)
    own = arrangement.adjustment(item_id)
    clock = None if to.time() == spot.expression.at else to.time()
    if own.pinned_on is not None:
        adjustments[item_id] = replace(own, pinned_on=to.date(), clock=clock)
    else:
        is_moved = own.days + by != 0 or clock is not None
        adjustments[item_id] = replace(own, days=own.days + by, clock=clock, reason=reason if is_moved else "")
    if scope is Scope.ONE:
        for other, its in arrangement.spots.items():
            if its.parent == item_id and arrangement.adjustment(other).pinned_on is None:
                adjustments[other] = further(arrangement.adjustment(other), -by, "")
    return _with(arrangement, adjustments)


def shift(arrangement: Arrangement, from_id: str, days: int) -> Arrangement:
    """Move everything from the item on by so many days, what hangs on any of that included."""
    _check_days(days)
    begins = _spot(arrangement, from_id).wall
    if begins is None:
        raise DomainError("This has no date yet: choose an item that has one.", field="item")
    title = arrangement.entries[from_id].title
    return carry(arrangement, begins, days, f"with everything from “{title}” on")


def defer(arrangement: Arrangement, start: date) -> Arrangement:
    """Let the whole cohort begin on another day; what is pinned stays, and what hangs on the matches."""
    _check_days((start - arrangement.start).days)
    return replace(arrangement, start=start)


def pin(arrangement: Arrangement, item_id: str) -> Arrangement:
    """Hold an item on the day on which it is, whatever happens to what it hangs on."""
    day = _day(arrangement, item_id)
    own = arrangement.adjustment(item_id)
    return adjust(arrangement, item_id, replace(own, days=0, pinned_on=day, reason=""))


def let_go(arrangement: Arrangement, item_id: str) -> Arrangement:
    """Undo what this cohort does differently with an item: it goes back to where its program puts it."""
    _spot(arrangement, item_id)
    return adjust(arrangement, item_id, Adjustment())


def override(arrangement: Arrangement, item_id: str, expression: str) -> Arrangement:
    """Let another expression than the program's say when an item of this cohort is."""
    _spot(arrangement, item_id)
    written = expression.strip()
    own = written != arrangement.entries[item_id].expression
    _check_expression(arrangement, written)
    return adjust(arrangement, item_id, Adjustment(override=written if own else None))


def drop(arrangement: Arrangement, item_id: str) -> Arrangement:
    """Hold an item in this cohort no more. What hangs on it stays where it is."""
    own = arrangement.adjustment(item_id)
    _spot(arrangement, item_id)
    return adjust(arrangement, item_id, replace(own, is_dropped=True))


def restore(arrangement: Arrangement, item_id: str) -> Arrangement:
    """Hold an item again that was dropped."""
    own = arrangement.adjustment(item_id)
    if item_id not in arrangement.entries or not own.is_dropped:
        raise DomainError("This is held already.")
    return adjust(arrangement, item_id, replace(own, is_dropped=False))


def add_milestone(arrangement: Arrangement, title: str, expression: str, minutes: int) -> Arrangement:
    """Add something of this cohort's own."""
    _check_expression(arrangement, expression.strip())
    base = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50] or "date"
    keys = (base if number == 1 else f"{base}-{number}" for number in count(1))
    key = next(key for key in keys if f"{Kind.MILESTONE}:{key}" not in arrangement.entries)
    return _add(arrangement, Entry(Kind.MILESTONE, key, title, expression.strip(), minutes))


def add_sitting(arrangement: Arrangement, key: str, expression: str) -> Arrangement:
    """Add a second or third sitting to a workshop. Raises DomainError when it has three."""
    first = arrangement.entries.get(f"{Kind.WORKSHOP}:{key}")
    free = (kind for kind in SITTINGS[1:] if f"{kind}:{key}" not in arrangement.entries)
    kind = next(free, None)
    if first is None or kind is None:
        raise DomainError("A workshop has three sittings at most: move one of them.", field="key")
    _check_expression(arrangement, expression.strip())
    return _add(arrangement, replace(first, kind=kind, expression=expression.strip()))


def adopt(
    arrangement: Arrangement, program: Sequence[Entry], length_days: int, take: Take, now: datetime
) -> Arrangement:
    """Let the cohort follow another version of its program: for what is still to come, or for everything.

    With `Take.FUTURE`, what lies before `now` stays on its day, what the new version has no more of that stays as the
    cohort's own, and what it would put before `now` is not held.
    """
    new = replace(arrangement, program=tuple(program), length_days=length_days)
    known = {entry.id for entry in program}
    if take is Take.ALL:
        return _with(_without_strays(new))
    before = {item.id: item for item in plan_dates(arrangement).items}
    kept = tuple(
        arrangement.entries[item.id]
        for item in before.values()
        if item.id not in known and item.at is not None and item.at <= now and not _is_added(arrangement, item.id)
    )
    new = _with(_without_strays(replace(new, added=(*arrangement.added, *kept))))
    while (held := _hold_past(arrangement, before, new, now)) != new:
        new = held  # what hangs on something that stays lies elsewhere now
    return new


def _hold_past(old: Arrangement, before: Mapping[str, PlannedItem], new: Arrangement, now: datetime) -> Arrangement:
    """Pin what lay before `now` and would lie elsewhere; do not hold what is new and would lie there."""
    adjustments = dict(new.adjustments)
    for item in plan_dates(new).items:
        was = before.get(item.id)
        if was is not None and was.at is not None and was.at <= now and was.at != item.at:
            spot = old.spots[item.id]
            clock = spot.clock if spot.clock != new.spots[item.id].expression.at else None
            adjustments[item.id] = replace(new.adjustment(item.id), days=0, clock=clock, pinned_on=spot.day)
        elif was is None and item.at is not None and item.at <= now:
            adjustments[item.id] = Adjustment(is_dropped=True)
    return _with(new, adjustments)


def compare(before: Plan, after: Plan) -> tuple[Move, ...]:
    """Every item whose date differs, by the earlier of its two dates; why is what it hangs on afterwards."""
    old = {item.id: item for item in before.items}
    new = {item.id: item for item in after.items}
    moves = [
        Move(item_id, it.title, was.at if was else None, becomes.at if becomes else None, it.why)
        for item_id in dict.fromkeys((*old, *new))
        for was, becomes in [(old.get(item_id), new.get(item_id))]
        for it in [becomes or was]
        if it is not None and ((was and was.at) != (becomes and becomes.at) or (was is None) != (becomes is None))
    ]
    return tuple(sorted(moves, key=by_time))


def by_time(move: Move) -> tuple[bool, datetime | None, str]:
    """The order of moves: by the earlier of the two dates, what has none last."""
    moments = [moment for moment in (move.before, move.after) if moment]
    return (not moments, min(moments) if moments else None, move.id)


def carry(arrangement: Arrangement, begins: datetime, days: int, because: str) -> Arrangement:
    """Move everything from `begins` on, on the wall, by `days` in all, and what hangs on that along.

    What is pinned stays, and so does what hangs on it. Pinned before everything that moves, it holds nothing back.
    """
    adjustments = dict(arrangement.adjustments)
    carried: dict[str, int] = {}
    held: set[str] = set()
    reached = min(begins, begins + timedelta(days=days))
    for item_id, spot in arrangement.spots.items():
        own, by_anchor = arrangement.adjustment(item_id), carried.get(spot.parent or "", 0)
        is_pinned = own.pinned_on is not None
        if spot.parent in held or (is_pinned and (by_anchor or (spot.wall and spot.wall >= reached))):
            held.add(item_id)
        elif not is_pinned:
            carried[item_id] = days if spot.wall and spot.wall >= begins else by_anchor
            if carried[item_id] != by_anchor:
                adjustments[item_id] = further(own, carried[item_id] - by_anchor, because)
    return _with(arrangement, adjustments)


def further(own: Adjustment, by: int, because: str) -> Adjustment:
    """Further away by so many days; back where it belongs, it needs no reason."""
    days = own.days + by
    return replace(own, days=days, reason=because if days else "")


def _is_added(arrangement: Arrangement, item_id: str) -> bool:
    return any(entry.id == item_id for entry in arrangement.added)


def _without_strays(arrangement: Arrangement) -> Arrangement:
    """Leave out what is said about items that nobody has any more; of one that both have, the program's counts."""
    programmed = {entry.id for entry in arrangement.program}
    added = tuple(entry for entry in arrangement.added if entry.id not in programmed)
    known = programmed | {entry.id for entry in added}
    adjustments = {item_id: it for item_id, it in arrangement.adjustments.items() if item_id in known}
    return replace(arrangement, added=added, adjustments=adjustments)


def _add(arrangement: Arrangement, entry: Entry) -> Arrangement:
    return _with(replace(arrangement, added=(*arrangement.added, entry)))


def adjust(arrangement: Arrangement, item_id: str, adjustment: Adjustment) -> Arrangement:
    return _with(arrangement, {**arrangement.adjustments, item_id: adjustment})


def _with(arrangement: Arrangement, adjustments: Mapping[str, Adjustment] | None = None) -> Arrangement:
    """Only what differs from the program is kept, so that what was moved there and back is as it was."""
    wanted = arrangement.adjustments if adjustments is None else adjustments
    differing = {item_id: it for item_id, it in wanted.items() if it != Adjustment()}
    changed = replace(arrangement, adjustments=differing)
    try:
        _ = changed.spots
    except PlanError as error:
        raise DomainError(str(error), field="expression") from error
    return changed


def _spot(arrangement: Arrangement, item_id: str) -> Spot:
    """Where the item lies. Raises DomainError when there is none, or when it was dropped."""
    if item_id not in arrangement.entries:
        raise DomainError(f"There is nothing called {item_id} on this schedule.", field="item")
    if arrangement.adjustment(item_id).is_dropped:
        raise DomainError("This was dropped: hold it again first.", field="item")
    return arrangement.spots[item_id]


def _day(arrangement: Arrangement, item_id: str) -> date:
    day = _spot(arrangement, item_id).day
    if day is None:
        raise DomainError("This has no date yet: it follows when the matches are published.", field="item")
    return day


def _check_days(days: int) -> None:
    if abs(days) > MOST_DAYS:
        raise DomainError(f"That is {abs(days):,} days away; at most {MOST_DAYS:,} can be moved at once.", field="day")


def _check_expression(arrangement: Arrangement, text: str) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        raise DomainError(error.message, field="expression") from error
    if expression.target is not None and expression.target not in arrangement.titles:
        raise DomainError(f"There is no {expression.target} to hang on.", field="expression")
