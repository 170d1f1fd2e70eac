"""Months as grids: whole weeks from Monday, each thing on the day that the reader's calendar shows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cohort.calendars.events import Event, Status
from cohort.calendars.months import Entry, entry_of, first_of, month_of

TODAY = date(2026, 11, 23)
EVENT = Event(
    uid="item-7",
    kind="workshop",
    title="Workshop: Kickoff",
    cohort_id=1,
    cohort="Spring",
    starts_at=datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
    ends_at=datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
    status=Status.CONFIRMED,
    sequence=0,
    stamp=datetime(2026, 11, 1, tzinfo=UTC),
    path="/x",
)


def test_weeks_begin_on_monday_and_hold_the_whole_month() -> None:
    month = month_of([], date(2027, 2, 1), today=TODAY, zone="UTC")

    assert [[day.date.day for day in week] for week in month.weeks] == [
        [1, 2, 3, 4, 5, 6, 7],
        [8, 9, 10, 11, 12, 13, 14],
        [15, 16, 17, 18, 19, 20, 21],
        [22, 23, 24, 25, 26, 27, 28],
    ]
    assert (month.name, month.before, month.after) == ("February 2027", date(2027, 1, 1), date(2027, 3, 1))
    assert [len(month_of([], date(2026, number, 1), today=TODAY, zone="UTC").weeks) for number in (3, 11)] == [6, 6]


def test_day_is_that_of_the_readers_calendar() -> None:
    late = Entry(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), None, "Late")

    def days(zone: str) -> list[int]:
        month = month_of([late], date(2026, 11, 1), today=TODAY, zone=zone)
        return [day.date.day for week in month.weeks for day in week if day.entries]

    assert (days("Europe/London"), days("Pacific/Auckland")) == ([30], [])


def test_only_the_month_itself_is_filled_and_only_one_day_is_today() -> None:
    entries = [Entry(datetime(2026, 12, 1, 12, 0, tzinfo=UTC), None, "Next month")]

    month = month_of(entries, date(2026, 11, 1), today=TODAY, zone="UTC")

    assert month.number == 0
    assert [day.date for week in month.weeks for day in week if day.is_today] == [TODAY]
    assert [day.date.isoformat() for day in month.weeks[-1] if not day.is_in][:1] == ["2026-12-01"]


def test_entries_of_a_day_stand_by_time() -> None:
    entries = [Entry(datetime(2026, 11, 25, hour, 0, tzinfo=UTC), None, str(hour)) for hour in (18, 9, 12)]

    month = month_of(entries, date(2026, 11, 1), today=TODAY, zone="UTC")

    assert [entry.title for week in month.weeks for day in week for entry in day.entries] == ["9", "12", "18"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2027-03", date(2027, 3, 1)),
        ("2100-12", date(2100, 12, 1)),
        ("", date(2026, 11, 1)),
        ("2027-13", date(2026, 11, 1)),
        ("2027-00", date(2026, 11, 1)),
        ("9999-12", date(2026, 11, 1)),
        ("0000-01", date(2026, 11, 1)),
        ("2027-3", date(2026, 11, 1)),
        ("２０２７-03", date(2026, 11, 1)),
        ("2027-03-01", date(2026, 11, 1)),
    ],
)
def test_month_of_an_address_is_this_one_when_it_is_none(text: str, first: date) -> None:
    assert first_of(text, TODAY) == first


def test_due_date_stands_at_its_time_and_a_cancelled_one_says_so() -> None:
    due = replace(EVENT, kind="assignment.due", starts_at=EVENT.ends_at - timedelta(minutes=15))
    off = replace(EVENT, status=Status.CANCELLED, description="You go to another sitting.")
    asked = replace(EVENT, status=Status.TENTATIVE, description="You have not said yet whether you come.")

    assert (entry_of(due).at, entry_of(due).ends_at) == (EVENT.ends_at, None)
    assert (entry_of(EVENT).at, entry_of(EVENT).ends_at, entry_of(EVENT).note) == (EVENT.starts_at, EVENT.ends_at, "")
    assert (entry_of(off).icon, entry_of(off).note) == ("x-circle", "Cancelled. You go to another sitting.")
    assert entry_of(asked).note == "You have not said yet whether you come."
