"""The forecast as the mail room shows it: one line for each occasion, with how many get the mail and how many not."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cohort.reminders.forecast import ForecastRow


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One mail of the forecast to everybody whom it concerns."""

    rule: str
    item: str
    title: str
    first_at: datetime
    local: datetime
    """What the clocks of the first who gets it show; of everybody when `is_wall_clock`."""
    is_wall_clock: bool
    to: int
    not_to: tuple[tuple[str, int], ...]
    """(reason, number of people), the most frequent first."""
    is_essential: bool


def group(rows: Iterable[ForecastRow]) -> list[Foreseen]:
    """By rule, occasion and time, ordered by when the first mail leaves."""
    groups: dict[tuple[str, str, str], list[ForecastRow]] = defaultdict(list)
    for row in rows:
        groups[row.rule, _occasion(row), _time(row)].append(row)
    return sorted((_line(one) for one in groups.values()), key=lambda line: (line.first_at, line.rule, line.item))


def _occasion(row: ForecastRow) -> str:
    """Pairs are told alike, whichever they are."""
    return row.about if row.about.startswith(("pair.", "match.")) else row.item


def _time(row: ForecastRow) -> str:
    return f"{row.local:%Y-%m-%dT%H:%M}" if row.is_wall_clock else f"{row.utc:%Y-%m-%dT%H:%M}Z"


def _line(rows: list[ForecastRow]) -> Foreseen:
    first = min(rows, key=lambda row: row.utc)
    reasons = Counter(row.reason for row in rows if row.reason)
    return Foreseen(
        rule=first.rule,
        item=_occasion(first),
        title=first.title,
        first_at=first.utc,
        local=first.local,
        is_wall_clock=first.is_wall_clock,
        to=sum(not row.reason for row in rows),
        not_to=tuple(reasons.most_common()),
        is_essential=first.is_essential,
    )
