"""Days out of calendar files: what is found, what is left out, and that odd input is a sentence."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.errors import DomainError
from cohort.people.away_file import LARGEST, MOST_EVENTS, Reading, read_calendar
from cohort.people.models import AwayKind

TODAY = date(2026, 11, 23)
CHICAGO = "America/Chicago"


def calendar(*entries: str) -> bytes:
    """A file with entries of the lines given."""
    blocks = [
        "\r\n".join(["BEGIN:VEVENT", f"UID:{number}", *entry.split("\n"), "END:VEVENT"])
        for number, entry in enumerate(entries)
    ]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""]).encode()


def read(*entries: str, zone: str = CHICAGO) -> Reading:
    return read_calendar(calendar(*entries), zone=zone, today=TODAY)


def spans(*entries: str, zone: str = CHICAGO) -> list[tuple[str, str]]:
    return [(one.first.isoformat(), one.last.isoformat()) for one in read(*entries, zone=zone).days]


WEEK = "DTSTART;VALUE=DATE:20261130\nDTEND;VALUE=DATE:20261207\nSUMMARY:On-call week"


def test_whole_days_end_before_their_last_day_begins() -> None:
    assert spans(WEEK) == [("2026-11-30", "2026-12-06")]


def test_whole_day_without_an_end_is_one_day() -> None:
    assert spans("DTSTART;VALUE=DATE:20261224") == [("2026-12-24", "2026-12-24")]


def test_title_suggests_what_it_is() -> None:
    titles = ("On-call week", "Pager", "Vacation in Oslo", "Quarterly review")
    reading = read(*(f"DTSTART;VALUE=DATE:2026120{n}\nSUMMARY:{title}" for n, title in enumerate(titles, start=1)))

    found = [(one.title, one.kind, one.is_likely) for one in reading.days]
    assert found == [
        ("On-call week", AwayKind.ON_CALL, True),
        ("Pager", AwayKind.ON_CALL, True),
        ("Vacation in Oslo", AwayKind.AWAY, True),
        ("Quarterly review", AwayKind.AWAY, False),
    ]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("America/Chicago", ("2026-12-01", "2026-12-02")),
        ("Europe/London", ("2026-12-01", "2026-12-02")),
        ("Pacific/Auckland", ("2026-12-02", "2026-12-03")),
    ],
)
def test_hours_cover_days_on_the_readers_calendar(zone: str, days: tuple[str, str]) -> None:
    """17:00 to 08:00 in Chicago."""
    night = "DTSTART;TZID=America/Chicago:20261201T170000\nDTEND;TZID=America/Chicago:20261202T080000"

    assert spans(night, zone=zone) == [days]


def test_floating_times_are_those_of_the_reader() -> None:
    assert spans("DTSTART:20261201T080000\nDTEND:20261201T170000", zone="Pacific/Auckland") == [
        ("2026-12-01", "2026-12-01")
    ]


def test_meetings_are_left_out_and_counted() -> None:
    reading = read("DTSTART:20261201T090000Z\nDTEND:20261201T125900Z", "DTSTART:20261201T090000Z\nDURATION:PT4H")

    assert (len(reading.days), reading.short) == (1, 1)


def test_what_is_over_or_far_ahead_is_left_out() -> None:
    assert spans(*(f"DTSTART;VALUE=DATE:{day}" for day in ("20261122", "20261123", "20271228", "20271229"))) == [
        ("2026-11-23", "2026-11-23"),
        ("2027-12-28", "2027-12-28"),
    ]


def test_cancelled_entry_is_left_out() -> None:
    assert spans(f"{WEEK}\nSTATUS:CANCELLED") == []


def test_rota_repeats_every_third_week_but_for_exceptions_and_replacements() -> None:
    series = f"{WEEK}\nRRULE:FREQ=WEEKLY;INTERVAL=3;UNTIL=20270201\nEXDATE;VALUE=DATE:20261221"
    data = calendar(series, "DTSTART;VALUE=DATE:20270113\nRECURRENCE-ID;VALUE=DATE:20270111\nSUMMARY:On-call week")
    data = data.replace(b"UID:1", b"UID:0")

    found = read_calendar(data, zone=CHICAGO, today=TODAY).days

    assert [(one.first.isoformat(), one.last.isoformat()) for one in found] == [
        ("2026-11-30", "2026-12-06"),
        ("2027-01-13", "2027-01-13"),
        ("2027-02-01", "2027-02-07"),
    ]


def test_old_series_is_found_in_step_with_its_beginning() -> None:
    """Every second week from Monday 5 January 2015."""
    old = "DTSTART;VALUE=DATE:20150105\nDTEND;VALUE=DATE:20150110\nRRULE:FREQ=WEEKLY;INTERVAL=2"

    first = spans(old)[0]

    assert (date.fromisoformat(first[0]) - date(2015, 1, 5)).days % 14 == 0
    assert first == ("2026-11-23", "2026-11-27")


def test_nights_in_a_row_become_one_range() -> None:
    night = "DTSTART;TZID=America/Chicago:20261130T170000\nDTEND;TZID=America/Chicago:20261201T080000\nSUMMARY:Pager"

    assert spans(f"{night}\nRRULE:FREQ=DAILY;COUNT=7") == [("2026-11-30", "2026-12-07")]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO,TU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=MONTHLY;BYDAY=5FR",
        "FREQ=WEEKLY;BYHOUR=9",
        "FREQ=FORTNIGHTLY",
        "FREQ=WEEKLY;INTERVAL=0",
    ],
)
def test_rule_that_might_never_end_is_counted_as_unread(rule: str) -> None:
    reading = read(f"DTSTART;VALUE=DATE:20261201\nRRULE:{rule}")

    assert (reading.days, reading.unread) == ((), 1)


def test_entry_without_a_date_is_counted_and_the_others_are_read() -> None:
    reading = read("SUMMARY:Nothing", "DTSTART:tomorrow", "DTSTART:20261202T090000Z\nDTEND:20261201T090000Z", WEEK)

    assert (len(reading.days), reading.unread) == (1, 3)


def test_range_of_more_than_a_year_is_counted_as_unread() -> None:
    reading = read(
        "DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20281201", "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY"
    )

    assert (reading.days, reading.unread) == ((), 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no calendar file"),
        (b"%PDF-1.7", "no calendar file"),
        (b"BEGIN:VCALENDAR" + b" " * LARGEST, "larger than 1 MB"),
        (calendar(*["DTSTART;VALUE=DATE:20261201"] * (MOST_EVENTS + 1)), "more than 2,000 entries"),
    ],
)
def test_what_cannot_be_taken_is_said(data: bytes, words: str) -> None:
    with pytest.raises(DomainError, match=words) as refusal:
        read_calendar(data, zone=CHICAGO, today=TODAY)

    assert refusal.value.field == "calendar"


def test_file_that_repeats_too_much_is_refused() -> None:
    often = "DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=MONTHLY"

    with pytest.raises(DomainError, match="repeats too much"):
        read(*[often] * 60)


def test_time_zones_of_the_file_itself_are_not_worked_out() -> None:
    """Their rules may repeat without end."""
    rule = b"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD"
    zone = b"BEGIN:VTIMEZONE\r\nTZID:X\r\n" + rule + b"\r\nEND:VTIMEZONE\r\n"
    data = calendar("DTSTART;TZID=X:20261201T080000\nDTEND;TZID=X:20261201T170000")

    found = read_calendar(data.replace(b"BEGIN:VEVENT", zone + b"BEGIN:VEVENT", 1), zone=CHICAGO, today=TODAY)

    assert [one.first for one in found.days] == [date(2026, 12, 1)]


LINES = st.sampled_from(
    [
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VALARM",
        "END:VALARM",
        "DTSTART;VALUE=DATE:20261130",
        "DTSTART:20261130T090000Z",
        "DTSTART;TZID=Nowhere/Else:20261130T090000",
        "DTSTART:99991231T235959Z",
        "DTEND;VALUE=DATE:20261207",
        "DTEND:00010101T000000",
        "DURATION:P1W",
        "DURATION:-P9999999W",
        "RRULE:FREQ=WEEKLY;BYDAY=MO",
        "RRULE:FREQ=YEARLY;UNTIL=x",
        "RRULE:",
        "EXDATE:20261130T090000Z,x",
        "RECURRENCE-ID:20261130",
        "SUMMARY:On call",
        "UID:1",
        " folded",
        "\x00",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=40)), max_size=25))
def test_whatever_a_file_holds_is_read_or_refused(lines: list[str]) -> None:
    data = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]).encode()

    try:
        reading = read_calendar(data, zone=CHICAGO, today=TODAY)
    except DomainError:
        return

    assert all(one.first <= one.last < one.first + timedelta(days=366) for one in reading.days)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(DomainError):
        read_calendar(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data + b"\nEND:VEVENT", zone=CHICAGO, today=TODAY)
