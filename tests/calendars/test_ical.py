"""The bytes of calendars: the same as the golden files, and understood by two other programs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from cohort.calendars.events import Event, Status
from cohort.calendars.ical import Attendance, feed, invitation
from tests.calendars.cast import GOLDEN, read_back

NINE = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
STAMP = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
HARD = "A, B; C\\D\n" + "Führung für alle – " * 6
EVENT = Event(
    uid="item-7",
    kind="workshop",
    title="Workshop: Kickoff",
    cohort_id=1,
    cohort="Spring Emerging Leaders",
    starts_at=NINE,
    ends_at=NINE + timedelta(minutes=90),
    status=Status.CONFIRMED,
    sequence=0,
    stamp=STAMP,
    path="/cohorts/spring/workshops/kickoff",
    location="Room 4, Lakeshore",
    is_busy=True,
)
WHO = Attendance("cohort@cohorts.example.org", "Spring Emerging Leaders", "zoe@example.com", 'Zoë "Z" O\'Neil, PhD')


def request(event: Event, method: str = "REQUEST") -> bytes:
    return invitation(event, WHO, method=method, base="https://cohort.example", domain="cohorts.example.org")


def published(*events: Event) -> bytes:
    return feed(events, name="Prairie: my dates", base="https://cohort.example", domain="cohorts.example.org")


MOVED = replace(EVENT, starts_at=NINE.replace(hour=10), ends_at=NINE.replace(hour=11, minute=30), sequence=1)
OFF = replace(MOVED, status=Status.CANCELLED, sequence=2, is_busy=False)
DUE = replace(
    EVENT, uid="item-8", kind="assignment.due", title=f"Assignment due: {HARD}", location="", is_busy=False, sequence=3
)
OPEN = replace(
    EVENT,
    uid="item-9",
    status=Status.TENTATIVE,
    description="You have not said yet whether you come.",
    location="",
    is_busy=False,
)
MEETING = replace(EVENT, uid="meeting-3", kind="meeting", title="Mentoring session", location="")
FILES = {
    "feed.ics": published(EVENT, DUE, OPEN, MEETING, OFF),
    "request.ics": request(EVENT),
    "update.ics": request(MOVED),
    "cancel.ics": request(OFF, "CANCEL"),
}


@pytest.mark.parametrize("name", FILES)
def test_bytes_are_those_of_the_golden_file(name: str) -> None:
    assert FILES[name] == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_lines_are_short_and_end_as_they_must(name: str) -> None:
    """I01, I03."""
    lines = FILES[name].split(b"\r\n")

    assert (lines[0], lines[-2:]) == (b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
    assert max(map(len, lines)) <= 75
    assert [line for line in lines if b"\n" in line or b"\r" in line] == []
    assert [line.decode() for line in lines] != []  # no character is split between two lines


def test_invitation_its_change_and_its_end_keep_one_uid() -> None:
    """I01, I02."""
    told = [read_back(FILES[name])[0] for name in ("request.ics", "update.ics", "cancel.ics")]
    methods = [str(Calendar.from_ical(FILES[name])["METHOD"]) for name in ("request.ics", "update.ics", "cancel.ics")]

    assert methods == ["REQUEST", "REQUEST", "CANCEL"]
    assert {one["uid"] for one in told} == {"item-7@cohorts.example.org"}
    assert [FILES[name].count(b"\r\nUID:") for name in ("request.ics", "update.ics", "cancel.ics")] == [1, 1, 1]
    assert [(one["sequence"], one["starts"], one["ends"], one["status"]) for one in told] == [
        (0, NINE, datetime(2026, 10, 25, 10, 30, tzinfo=UTC), "CONFIRMED"),
        (1, datetime(2026, 10, 25, 10, 0, tzinfo=UTC), datetime(2026, 10, 25, 11, 30, tzinfo=UTC), "CONFIRMED"),
        (2, datetime(2026, 10, 25, 10, 0, tzinfo=UTC), datetime(2026, 10, 25, 11, 30, tzinfo=UTC), "CANCELLED"),
    ]
    assert b"DTSTART:20261025T090000Z\r\nDTEND:20261025T103000Z\r\n" in FILES["request.ics"]


def test_people_of_an_invitation_are_read_as_they_are() -> None:
    (event,) = Calendar.from_ical(FILES["request.ics"]).walk("VEVENT")

    assert (str(event["ORGANIZER"]), event["ORGANIZER"].params["CN"]) == (
        "mailto:cohort@cohorts.example.org",
        "Spring Emerging Leaders",
    )
    assert str(event["ATTENDEE"]) == "mailto:zoe@example.com"
    assert dict(event["ATTENDEE"].params) == {
        "CN": 'Zoë "Z" O\'Neil, PhD',
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


def test_text_of_a_feed_comes_back_as_it_was() -> None:
    """I03: commas, semicolons, backslashes and line breaks."""
    events = read_back(FILES["feed.ics"])

    assert [(one["uid"].split("@")[0], one["status"], one["sequence"]) for one in events] == [
        ("item-7", "CONFIRMED", 0),
        ("item-8", "CONFIRMED", 3),
        ("item-9", "TENTATIVE", 0),
        ("meeting-3", "CONFIRMED", 0),
        ("item-7", "CANCELLED", 2),
    ]
    assert events[1]["title"] == f"Assignment due: {HARD} (Spring Emerging Leaders)"
    assert events[4]["title"] == "Cancelled: Workshop: Kickoff (Spring Emerging Leaders)"
    assert events[0]["where"] == "Room 4, Lakeshore"
    assert {one["stamp"] for one in events} == {STAMP}
    assert rb"SUMMARY:Assignment due: A\, B\; C\\D\nF" in FILES["feed.ics"]


def test_feed_has_no_method_and_says_how_often_to_look() -> None:
    calendar = Calendar.from_ical(FILES["feed.ics"])

    assert "METHOD" not in calendar
    assert (str(calendar["X-WR-CALNAME"]), calendar["REFRESH-INTERVAL"].dt) == (
        "Prairie: my dates",
        timedelta(hours=1),
    )


def test_hard_title_of_an_invitation_is_escaped_and_folded_between_characters() -> None:
    """I03."""
    data = request(replace(EVENT, title=HARD))

    assert rb"SUMMARY:A\, B\; C\\D\nF" in data
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert [line.decode() for line in data.split(b"\r\n")]
    (event,) = read_back(data)
    assert event["title"] == f"{HARD} (Spring Emerging Leaders)"


def test_hostile_name_adds_no_line() -> None:
    who = replace(WHO, attendee_name="x\r\nATTENDEE:mailto:evil@example.org", organizer_name='"\nX: y')

    data = invitation(EVENT, who, method="REQUEST", base="", domain="d.example")

    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:zoe@example.com"
    assert data.count(b"\r\nATTENDEE") == 1
