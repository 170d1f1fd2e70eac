"""What a change of dates does to the mails to come: foreseen before and after, and told apart."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cohort.cohorts.models import Cohort
from cohort.reminders.forecast import ForecastRow, forecast, read_known
from cohort.reminders.occasions import Moved

AHEAD = timedelta(days=400)
"""Further than any program goes."""

_Key = tuple[str, str, int]
"""Rule, occasion and person."""


@dataclass(frozen=True, slots=True)
class Following:
    """One mail about one thing, to everybody for whom it moves alike."""

    rule: str
    title: str
    before: datetime | None
    """The first of them, on its reader's clocks; None when there was to be no mail."""
    after: datetime | None
    """None when there will be no mail."""
    people: int
    is_wall_clock: bool
    """Leaves at this time on everybody's own clock."""


def list_following(cohort: Cohort, moved: Moved, *, now: datetime) -> list[Following]:
    """The mails that leave at another time, newly, or no more once items have the dates `moved`, by time."""
    until = now + AHEAD
    known = read_known(cohort, now)
    before = _by_key(forecast(cohort, now=now, until=until, known=known))
    after = _by_key(forecast(cohort, now=now, until=until, known=known, moved=moved))
    groups: dict[tuple[str, str, bool, bool], list[tuple[ForecastRow | None, ForecastRow | None]]] = defaultdict(list)
    for key in before.keys() | after.keys():
        was, becomes = before.get(key), after.get(key)
        if (was and was.utc) != (becomes and becomes.utc):
            title = next(row.title for row in (was, becomes) if row)
            groups[key[0], title, was is None, becomes is None].append((was, becomes))
    found = [_follow(pairs) for pairs in groups.values()]
    return sorted(found, key=lambda it: (it.before or it.after or now, it.rule, it.title))


def _by_key(rows: Iterable[ForecastRow]) -> dict[_Key, ForecastRow]:
    return {(row.rule, row.item, row.person_id): row for row in rows if row.state == "planned"}


def _follow(pairs: list[tuple[ForecastRow | None, ForecastRow | None]]) -> Following:
    known = next(row for pair in pairs for row in pair if row)
    was = [row.local for row, _ in pairs if row]
    becomes = [row.local for _, row in pairs if row]
    first, then = min(was, default=None), min(becomes, default=None)
    people = {row.person_id for pair in pairs for row in pair if row}
    return Following(known.rule, known.title, first, then, len(people), known.is_wall_clock)
