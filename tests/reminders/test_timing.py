"""When rules speak: own zones, both clock changes, and zones where clocks do odd things."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort import clock
from cohort.programs.pack import ReminderRule
from cohort.reminders.timing import due_at, not_after, rule_words

DUE = datetime(2026, 12, 4, 23, 59, tzinfo=UTC)


def rule(offset: str, at: str | None = None, about: str = "assignment.due", unless: str | None = None) -> ReminderRule:
    return ReminderRule("r", about, offset, "participant", "critical", at, unless)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/New_York", "2026-12-02T14:00"),
        ("Europe/London", "2026-12-02T09:00"),
        ("Australia/Lord_Howe", "2026-12-02T22:00"),
        ("Asia/Kathmandu", "2026-12-03T03:15"),
        ("America/Sao_Paulo", "2026-12-02T12:00"),
        ("Pacific/Apia", "2026-12-02T20:00"),
        ("Pacific/Pago_Pago", "2026-12-02T20:00"),
    ],
)
def test_days_before_at_nine_on_everybodys_own_clock(zone: str, expected: str) -> None:
    assert due_at(rule("-2d", "09:00"), DUE, zone) == utc(expected)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
def test_hours_count_from_the_moment_itself(zone: str) -> None:
    assert due_at(rule("-3h"), DUE, zone) == utc("2026-12-04T20:59")


@pytest.mark.parametrize(
    ("zone", "anchor", "offset", "at", "expected"),
    [
        ("America/New_York", "2026-03-09T15:00", "-1d", "02:30", "2026-03-08T07:30"),  # skipped: read as 03:30
        ("America/New_York", "2026-11-02T15:00", "-1d", "01:30", "2026-11-01T05:30"),  # comes twice: the first
        ("Europe/London", "2027-03-29T12:00", "-1d", "01:30", "2027-03-28T01:30"),
        ("Europe/London", "2026-10-26T12:00", "-1d", "01:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-10-04T22:00", "-1d", "02:15", "2026-10-03T15:45"),
        ("Africa/Cairo", "2026-04-24T22:00", "-1d", "00:00", "2026-04-23T22:00"),
        ("America/Havana", "2027-03-15T16:00", "-1d", "00:30", "2027-03-14T05:30"),
        ("Europe/London", "2026-10-25T09:00", "-1d", "09:00", "2026-10-24T08:00"),
        ("Europe/London", "2028-03-01T12:00", "-1d", "09:00", "2028-02-29T09:00"),
        ("Asia/Kathmandu", "2026-12-31T23:30", "-7d", "08:00", "2026-12-25T02:15"),
        ("Pacific/Apia", "2026-12-05T10:00", "-1d", "09:00", "2026-12-03T20:00"),
        ("Pacific/Pago_Pago", "2026-12-05T10:00", "-1d", "09:00", "2026-12-03T20:00"),
    ],
)
def test_local_times_follow_the_clocks(zone: str, anchor: str, offset: str, at: str, expected: str) -> None:
    assert due_at(rule(offset, at), utc(anchor), zone) == utc(expected)


def test_hours_before_a_workshop_ignore_the_clock_change() -> None:
    workshop = utc("2026-10-25T09:00")

    assert due_at(rule("-24h", about="workshop.starts"), workshop, "Europe/London") == utc("2026-10-24T09:00")


def test_a_date_is_that_date_on_every_wall() -> None:
    first_day = rule("+0d", "08:00", about="cohort.start")
    midnight_in_chicago = utc("2026-09-14T05:00")

    mornings = [
        due_at(first_day, midnight_in_chicago, zone, date(2026, 9, 14))
        for zone in ("America/Los_Angeles", "America/Chicago", "Pacific/Auckland")
    ]

    assert mornings == [utc("2026-09-14T15:00"), utc("2026-09-14T13:00"), utc("2026-09-13T20:00")]


def test_on_the_day_is_before_the_due_time_also_far_away() -> None:
    """Due 17:00 in Chicago is 04:45 of the next day in Kathmandu: there it is said the morning before."""
    due = utc("2026-12-04T23:00")

    assert due_at(rule("+0d", "09:00"), due, "America/Chicago") == utc("2026-12-04T15:00")
    assert due_at(rule("+0d", "09:00"), due, "Asia/Kathmandu") == utc("2026-12-04T03:15")


def test_on_the_day_is_after_the_opening_also_far_away() -> None:
    opens = utc("2026-11-17T06:00")  # midnight in Chicago, 22:00 of the day before in Los Angeles

    assert due_at(rule("+0d", "08:00", about="module.opens"), opens, "America/Los_Angeles") == utc("2026-11-17T16:00")


@given(
    seconds=st.integers(0, 15 * 366 * 86_400),
    zone=st.sampled_from(sorted(clock.zones())),
    days=st.integers(-30, 30).filter(bool),
    hour=st.integers(0, 23),
)
def test_days_are_counted_on_the_readers_calendar(seconds: int, zone: str, days: int, hour: int) -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    due = clock.in_zone(due_at(rule(f"{days:+d}d", f"{hour:02d}:30"), at, zone), zone)

    wanted = datetime.combine(clock.in_zone(at, zone).date() + timedelta(days=days), time(hour, 30))
    skipped = due.replace(tzinfo=None) - wanted
    assert timedelta() <= skipped <= timedelta(hours=1), "what the clocks skip is read with the offset before"


@pytest.mark.parametrize(
    ("about", "offset", "at", "expected"),
    [
        ("assignment.due", "-3d", "09:00", timedelta(hours=6)),
        ("assignment.due", "+4d", "09:00", timedelta(days=3)),
        ("workshop.starts", "-24h", None, timedelta(hours=24)),
        ("workshop.starts", "-1h", None, timedelta(hours=1)),
        ("cohort.start", "+0d", "08:00", timedelta(hours=16)),
        ("module.opens", "+0d", "08:00", timedelta(hours=16)),
    ],
)
def test_lateness_depends_on_what_it_is_about(about: str, offset: str, at: str | None, expected: timedelta) -> None:
    anchor = utc("2026-12-04T23:00")
    one = rule(offset, at, about=about)
    due = due_at(one, anchor, "UTC", anchor.date() if about == "cohort.start" else None)

    assert not_after(one, anchor, due, "UTC") - due == expected


def test_rules_in_words() -> None:
    words = [rule_words(one) for one in (rule("-3d", "09:00"), rule("+0d", "09:00"), rule("-1h"), rule("+24h"))]

    assert words == [
        "assignment due, 3 days before",
        "assignment due, on the day",
        "assignment due, one hour before",
        "assignment due, 24 hours after",
    ]
