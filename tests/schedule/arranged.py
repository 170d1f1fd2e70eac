"""Reading arrangements in tests: where things are, and what a change does to them."""

from datetime import date, datetime

from cohort.programs.pack import Pack
from cohort.schedule.moving import compare
from cohort.schedule.plan import Arrangement, arrange, plan_dates, write_local

DOMAIN = "cohorts.example.org"
"""Of the addresses that mail comes from in tests."""

MONDAY = date(2027, 3, 1)

Row = tuple[str, str | None, str | None]


def wall(text: str) -> datetime:
    """A moment on the calendar and the clock of whatever zone."""
    return datetime.fromisoformat(text)


def arranged(pack: Pack, zone: str = "UTC", start: date = MONDAY) -> Arrangement:
    return arrange(pack, start=start, zone=zone)


def table(before: Arrangement, after: Arrangement) -> list[Row]:
    """What moves: id, from and to, in the cohort's zone with its offset."""
    moves = compare(plan_dates(before), plan_dates(after))
    return [(move.id, write_local(move.before, before.zone), write_local(move.after, before.zone)) for move in moves]


def walls(arrangement: Arrangement) -> dict[str, str | None]:
    """Where everything that is held lies on the calendar and the clock: `2027-03-03 10:00`."""
    return {
        item_id: spot.wall and f"{spot.wall:%Y-%m-%d %H:%M}"
        for item_id, spot in arrangement.spots.items()
        if not arrangement.adjustment(item_id).is_dropped
    }


def why(arrangement: Arrangement, item_id: str) -> str:
    return next(item.why for item in plan_dates(arrangement).items if item.id == item_id)
