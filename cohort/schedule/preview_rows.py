"""A preview of changed dates in words: what moves, what stays, the weeks around it, clashes, mails."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cohort.clock import city, in_zone, monday_of
from cohort.programs.pack import Pack
from cohort.reminders.following import Following
from cohort.reminders.timing import rule_words
from cohort.schedule.changing import Preview
from cohort.schedule.clashes import Clash
from cohort.schedule.items import SITTINGS, Kind, PlannedItem
from cohort.schedule.moving import Move
from cohort.schedule.telling import Told
from cohort.schedule.words import KIND_WORDS, in_words
from cohort.templating import clock_time, day

MOST_WEEKS = 4
MOST_MAILS = 12
CLASH_ICONS = {
    "blackout": "dash-lg",
    "weekend": "calendar-check",
    "overlap": "layers-half",
    "session": "people-fill",
    "away": "person-dash-fill",
    "on-call": "telephone-fill",
}
Row = dict[str, Any]


def kind_of(item_id: str) -> Kind:
    return Kind(item_id.partition(":")[0])


def move_rows(moves: Iterable[Move], zone: str) -> list[Row]:
    """As the component `moves` takes them."""
    return [
        {
            "what": f"{KIND_WORDS[kind_of(move.id)]}: {move.title}",
            "why": move.why,
            "now": _at(move.before, zone),
            "after": _at(move.after, zone) if move.after or move.before is None else "Not held",
        }
        for move in moves
    ]


def _at(at: datetime | None, zone: str) -> str:
    return f"{day(at, zone)} {clock_time(at, zone)}" if at else "No date"


def stay_rows(seen: Preview) -> list[Row]:
    """What is pinned, and so stays: as the component `rows` takes it."""
    moved = {move.id for move in seen.moves}
    pinned = {item_id for item_id, it in seen.after.adjustments.items() if it.pinned_on and item_id not in moved}
    return [
        {
            "icon": "pin-angle-fill",
            "title": f"{KIND_WORDS[item.kind]}: {item.title}, {_at(item.at, seen.after.zone)}",
            "meta": item.why,
        }
        for item in seen.then_planned.items
        if item.id in pinned
    ]


def zone_rows(told: Iterable[Told], move: Move | None, zone: str) -> list[Row]:
    """What the clocks of those show who come to a sitting that moves, where it is not the cohort's time."""
    if move is None or move.after is None or kind_of(move.id) not in SITTINGS:
        return []
    names: dict[str, list[str]] = defaultdict(list)
    for one in told:
        if any(it.id == move.id for it in one.moves) and one.role == "participant":
            names[one.zone].append(one.name)
    here = in_zone(move.after, zone)
    rows = []
    for there, who in sorted(names.items()):
        local = in_zone(move.after, there)
        if local.replace(tzinfo=None) != here.replace(tzinfo=None):
            on = f" on {local:%A}" if local.date() != here.date() else ""
            rows.append({"icon": "globe2", "title": f"{local:%H:%M}{on} in {city(there)}", "meta": ", ".join(who)})
    return rows


@dataclass(frozen=True, slots=True)
class WeekLine:
    day: str
    words: str
    state: str
    """`gone`, `new`, or '' for what stays."""


@dataclass(frozen=True, slots=True)
class WeekOf:
    monday: date
    lines: tuple[WeekLine, ...]

    @property
    def words(self) -> str:
        return f"Week of {self.monday.day} {self.monday:%b}"


def list_weeks(seen: Preview) -> list[WeekOf]:
    """The first weeks that the change touches, with what leaves a day, what arrives, and what stays."""
    zone = seen.after.zone
    moves = {move.id: move for move in seen.moves}
    touched = [at for move in seen.moves for at in (move.before, move.after) if at]
    if not touched:
        return []
    monday = monday_of(in_zone(min(touched), zone).date())
    mondays = [monday + timedelta(weeks=number) for number in range(MOST_WEEKS)]
    lines: dict[date, list[tuple[datetime, WeekLine]]] = defaultdict(list)
    for item in seen.now_planned.items:
        if item.at is not None and item.id in moves:
            _put(lines, item, item.at, zone, "gone")
    for item in seen.then_planned.items:
        if item.at is not None:
            _put(lines, item, item.at, zone, "new" if item.id in moves else "")
    return [WeekOf(it, tuple(line for _, line in sorted(lines[it], key=lambda pair: pair[0]))) for it in mondays]


def _put(
    lines: dict[date, list[tuple[datetime, WeekLine]]], item: PlannedItem, at: datetime, zone: str, state: str
) -> None:
    local = in_zone(at, zone)
    words = f"{KIND_WORDS[item.kind]}: {item.title}"
    lines[monday_of(local.date())].append((at, WeekLine(f"{local:%a} {local.day}", words, state)))


def clash_rows(clashes: Iterable[Clash]) -> list[Row]:
    """As the component `attention` takes them."""
    return [
        {"icon": CLASH_ICONS.get(clash.code, "exclamation-triangle"), "who": in_words(clash.message)}
        for clash in clashes
    ]


def _leaves(at: datetime, it: Following, zone: str) -> str:
    """What leaves at one time on everybody's own clock is shown at that time."""
    return f"{day(at.date())} {at:%H:%M}" if it.is_wall_clock else _at(at, zone)


def mail_rows(following: Sequence[Following], pack: Pack, zone: str) -> list[Row]:
    """The mails that follow: as the component `moves` takes them, with how many people in a fourth column."""
    rules = {rule.key: rule for rule in pack.reminders}
    return [
        {
            "what": it.title,
            "why": rule_words(rules[it.rule]).capitalize() if it.rule in rules else it.rule,
            "now": _leaves(it.before, it, zone) if it.before else "None planned",
            "after": _leaves(it.after, it, zone) if it.after else "Not sent again",
            "stays": it.before is None,
            "more": it.people,
        }
        for it in following[:MOST_MAILS]
    ]
