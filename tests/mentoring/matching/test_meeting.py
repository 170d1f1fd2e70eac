"""Starts of a meeting: zones, changes of the clocks, quarter hours, the end of the week."""

from datetime import date

import pytest

from cohort.mentoring.matching import Mentee, Mentor, Rules, Window
from cohort.mentoring.matching.meeting import STRIDE, Calendar, free_slots, minutes_apart, whole_starts, zone

WINTER, SUMMER = date(2026, 1, 5), date(2026, 7, 6)


def shared(mentee: dict, mentor: dict, **rules: object) -> int:
    """As counted one by one, and in a row."""
    calendar, person = Calendar([Mentor(id="m", capacity=1, **mentor)], Rules(**rules)), Mentee(id="e", **mentee)
    [starts] = calendar.shared(person)
    assert calendar.row(person) == starts
    return starts


def test_meeting_must_fit_as_a_whole() -> None:
    assert bin(whole_starts(0b1011110, 60, 1)) == bin(0b10)


def test_meeting_may_cross_the_end_of_the_week() -> None:
    free = free_slots((Window(6, 1410, 1440), Window(0, 0, 30)), "UTC", (WINTER,))
    assert whole_starts(free, 60, 1) == 1 << 670


def test_window_wraps_into_the_week_before() -> None:
    assert free_slots((Window(0, 0, 15),), "Europe/Berlin", (WINTER,)) == 1 << 668


def test_clocks_change_between_the_reference_weeks() -> None:
    hours = (Window(0, 540, 600),)
    assert free_slots(hours, "Europe/Berlin", (WINTER, SUMMER)) == 0b1111 << 32 | 0b1111 << STRIDE + 28


def test_fewest_starts_of_the_weeks_count() -> None:
    berlin = {"timezone": "Europe/Berlin", "availability": (Window(0, 600, 720),)}
    lagos = {"timezone": "Africa/Lagos", "availability": (Window(0, 600, 720),)}
    assert shared(berlin, lagos, reference_dates=(WINTER,)) == 5
    assert shared(berlin, lagos) == 1
    assert shared(berlin, lagos, meeting_minutes=75) == 0


def test_zone_of_who_names_none_is_the_rules() -> None:
    hours = {"availability": (Window(0, 600, 660),)}
    assert shared(hours, hours | {"timezone": "Asia/Kathmandu"}, default_timezone="Asia/Kathmandu") == 1


def test_all_week_has_every_start() -> None:
    always = {"availability": tuple(Window(day, 0, 1440) for day in range(7))}
    assert shared(always, always | {"timezone": "Asia/Kathmandu"}, meeting_minutes=480) == 672


@pytest.mark.parametrize("name", ["UTC", "UTC+05:45", "UTC-14:00", "UTC-00:00", "America/Argentina/Buenos_Aires"])
def test_zone_that_is_known(name: str) -> None:
    assert zone(name) is zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "UTC+14:15",
        "UTC+5:00",
        "UTC+05:10",
        "UTC+05:60",
        "GMT+25",
        "Nowhere/City",
        "../etc/passwd",
        "Europe",
        "right/UTC",
        "localtime",
        "zone.tab",
    ],
)
def test_zone_that_is_unknown(name: str) -> None:
    with pytest.raises(ValueError, match=r"time zone|quarter hours"):
        zone(name)


def test_distance_goes_the_short_way_round() -> None:
    assert minutes_apart("UTC-10:00", "UTC+13:00", Rules()) == 60
