"""Suggested times for a meeting, and weekly hours by the clocks of a reader."""

from datetime import UTC, date, datetime, timedelta

from cohort.mentoring.slots import Week, suggest_starts, weekly_hours

NOW = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)  # a Monday
LONDON, CHICAGO = "Europe/London", "America/Chicago"


def said(starts: list[datetime]) -> list[str]:
    return [f"{start:%a %d %H:%M}" for start in starts]


def test_three_starts_on_three_days_inside_the_hours_of_both() -> None:
    priya = Week("tue 14:00-18:00;thu 14:00-18:00", LONDON)
    ruth = Week("tue 09:00-12:00;thu 11:00-12:30", CHICAGO)

    starts = suggest_starts(priya, ruth, minutes=45, now=NOW)

    assert said(starts) == ["Tue 24 15:15", "Thu 26 17:00", "Tue 01 15:00"]


def test_neither_is_asked_on_days_away_or_when_something_is_agreed() -> None:
    priya = Week("thu 14:00-18:00", "UTC", away=[(date(2026, 12, 3), date(2026, 12, 3))])
    ruth = Week("thu 15:00-17:00", "UTC")
    agreed = datetime(2026, 11, 26, 15, 30, tzinfo=UTC)
    busy = [(agreed, agreed + timedelta(minutes=45)), (agreed, agreed + timedelta(minutes=15))]

    assert said(suggest_starts(priya, ruth, minutes=30, busy=busy, now=NOW)) == [
        "Thu 26 15:00",
        "Thu 26 16:15",
    ]


def test_one_shared_day_gives_several_starts_on_it() -> None:
    week = Week("wed 09:00-12:00", "UTC")

    assert said(suggest_starts(week, week, minutes=60, now=NOW)) == ["Wed 25 09:00", "Wed 25 10:00", "Wed 02 09:00"]


def test_without_hours_in_common_nothing_is_suggested() -> None:
    assert suggest_starts(Week("mon 09:00-10:00", "UTC"), Week("", "UTC"), minutes=30, now=NOW) == []
    assert suggest_starts(Week("mon 09:00-10:00", "UTC"), Week("mon 09:30-11:00", "UTC"), minutes=45, now=NOW) == []


def test_hours_are_said_by_the_reader_s_clocks_where_days_shift() -> None:
    auckland = weekly_hours("tue 17:00-19:00;fri 09:00-10:00", CHICAGO, "Pacific/Auckland", week_of=date(2026, 11, 25))
    chicago = weekly_hours("mon 09:00-12:00;mon 12:00-13:00", "Pacific/Auckland", CHICAGO, week_of=date(2026, 11, 25))

    assert auckland == [("Wednesday", "12:00–14:00"), ("Saturday", "04:00–05:00")]
    assert chicago == [("Sunday", "14:00–18:00")]


def test_hours_over_midnight_stand_on_both_days() -> None:
    assert weekly_hours("sun 20:00-24:00", LONDON, "Europe/Athens", week_of=date(2026, 11, 25)) == [
        ("Monday", "00:00–02:00"),
        ("Sunday", "22:00–24:00"),
    ]
