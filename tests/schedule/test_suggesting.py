"""What falls into days away, and the day that would do instead."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from cohort.schedule.suggesting import find_spell, next_free_day

CHICAGO, AUCKLAND = "America/Chicago", "Pacific/Auckland"
DUE = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)
"""Friday 4 December, 17:00 in Chicago; Saturday noon in Auckland."""


@dataclass(frozen=True)
class Span:
    first: date
    last: date


WEEK = Span(date(2026, 11, 30), date(2026, 12, 6))


def free(spells: list[Span], *, zone: str = CHICAGO, breaks: tuple[tuple[date, date], ...] = ()) -> date | None:
    return next_free_day(DUE, spells, zone=zone, host=CHICAGO, breaks=breaks)


def test_date_in_days_away_is_found_on_the_persons_calendar() -> None:
    friday = Span(date(2026, 12, 4), date(2026, 12, 4))

    assert find_spell(DUE, [friday], zone=CHICAGO) == friday
    assert find_spell(DUE, [friday], zone=AUCKLAND) is None


def test_of_several_the_last_to_end_counts() -> None:
    longer = Span(date(2026, 12, 1), date(2026, 12, 10))

    assert find_spell(DUE, [longer, WEEK], zone=CHICAGO) == longer


def test_first_working_day_after_the_days_is_suggested() -> None:
    assert free([WEEK]) == date(2026, 12, 7)


def test_weekend_break_and_further_days_are_passed_over() -> None:
    more = Span(date(2026, 12, 7), date(2026, 12, 8))

    assert free([Span(date(2026, 12, 4), date(2026, 12, 4))]) == date(2026, 12, 7)
    assert free([WEEK, more]) == date(2026, 12, 9)
    assert free([WEEK], breaks=((date(2026, 12, 7), date(2026, 12, 9)),)) == date(2026, 12, 10)


def test_day_is_a_working_day_where_the_person_is() -> None:
    """Friday in Chicago is Saturday in Auckland."""
    assert free([Span(date(2026, 12, 5), date(2026, 12, 11))], zone=AUCKLAND) == date(2026, 12, 13 + 1)


def test_nothing_is_suggested_when_no_day_is_free() -> None:
    assert free([Span(date(2026, 12, 1), date(2028, 12, 1))]) is None
