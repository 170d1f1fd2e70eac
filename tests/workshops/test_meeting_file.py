"""Exports of meeting tools: Teams old and new, Zoom, and whatever else somebody chooses by mistake."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.workshops.meeting_file import LONGEST, Meeting, duration_of, read_meeting

OLD_TEAMS = (
    "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\r\n"
    "Priya Raman\t11/25/2026, 4:00:01 PM\t11/25/2026, 5:00:00 PM\t59m 59s\tpriya@example.com\tPresenter\t\r\n"
    "Priya Raman\t11/25/2026, 5:01:00 PM\t11/25/2026, 6:00:00 PM\t59m\tPriya@Example.com\tPresenter\t\r\n"
    "Ben\t11/25/2026, 4:00:01 PM\t11/25/2026, 4:10:00 PM\t9m 59s\t\tAttendee\tben@example.com\r\n"
    "Guest\t11/25/2026, 4:00:01 PM\t11/25/2026, 4:10:00 PM\t9m 59s\t\tAttendee\t\r\n"
)
NEW_TEAMS = (
    "1. Summary\r\n"
    "Meeting title\tHard talks rehearsal\r\n"
    "Attended participants\t2\r\n"
    "\r\n"
    "2. Participants\r\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\r\n"
    "Priya Raman\t11/25/26, 4:00:01 PM\t11/25/26, 6:00:00 PM\t1h 32m 5s\tpriya@example.com\t\tPresenter\r\n"
    "\r\n"
    "3. In-Meeting Activities\r\n"
    "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\r\n"
    "Priya Raman\t11/25/26, 4:00:01 PM\t11/25/26, 6:00:00 PM\t1h 32m 5s\tpriya@example.com\tPresenter\r\n"
)
ZOOM = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\r\n"
    "812,Hard talks,11/25/2026,11/25/2026,host@example.com,120,2\r\n"
    "\r\n"
    '"Name (Original Name)","User Email","Total Duration (Minutes)","Guest"\r\n'
    '"Raman, Priya",priya@example.com,118,No\r\n'
)
BARE_ZOOM = ZOOM.split("\r\n\r\n")[1]


def minutes(meeting: Meeting) -> list[tuple[str, tuple[str, ...], float]]:
    return [(it.name, it.addresses, it.lasted / timedelta(minutes=1)) for it in meeting.presences]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("sign", ["\t", ","])
def test_teams_of_old_is_summed_by_address(encoding: str, sign: str) -> None:
    text = OLD_TEAMS.replace(", ", " ").replace("\t", sign)

    meeting = read_meeting(text.encode(encoding))

    assert minutes(meeting) == [
        ("Priya Raman", ("priya@example.com",), pytest.approx(118 + 59 / 60)),
        ("Ben", ("ben@example.com",), pytest.approx(9 + 59 / 60)),
        ("Guest", (), pytest.approx(9 + 59 / 60)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_teams_of_today_is_read_from_its_participants_alone(encoding: str) -> None:
    meeting = read_meeting(NEW_TEAMS.encode(encoding))

    assert minutes(meeting) == [("Priya Raman", ("priya@example.com",), pytest.approx(92 + 5 / 60))]


@pytest.mark.parametrize("tool", ["bare", "with a head"])
def test_zoom_is_read(tool: str) -> None:
    meeting = read_meeting((BARE_ZOOM if tool == "bare" else ZOOM).encode())

    assert minutes(meeting) == [("Raman, Priya", ("priya@example.com",), 118)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 32m 5s", 5525),
        ("2h", 7200),
        ("45s", 45),
        ("1 hr 5 min", 3900),
        ("01:32:05", 5525),
        ("92", 5520),
        ("92.5", 5550),
        ("92,5", 5550),
        ("", None),
        ("long", None),
        ("-5", None),
        ("1h 2", None),
        ("٣", 180),
        ("9" * 40, None),
    ],
)
def test_duration_is_read_as_tools_write_it(text: str, seconds: int | None) -> None:
    found = duration_of(text)

    assert (found.total_seconds() if found is not None else None) == seconds


def test_row_without_a_duration_is_left_out_with_a_notice() -> None:
    meeting = read_meeting(b"Name,Email,Duration\nAnn,ann@example.com,soon\nBen,ben@example.com,10\n")

    assert [it.name for it in meeting.presences] == ["Ben"]
    assert meeting.notices == ("Left out, because no name or no duration can be read in them: rows 2.",)


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 a workbook", b"Name,Points\nAnn,3\n", b"\x00\x01", b"email\nann@example.com\n", b"\xff\xfe\x00"],
)
def test_what_is_no_attendance_is_refused_with_a_sentence(data: bytes) -> None:
    meeting = read_meeting(data)

    assert meeting.presences == ()
    assert meeting.problem
    assert meeting.problem.endswith((".", "”."))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    meeting = read_meeting(data)

    assert (meeting.problem is None) or not meeting.presences


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\x00"'), max_size=12) | st.sampled_from(
    ["ann@example.com", "ANN@example.com", "1h 2m", "59m 59s", "99999", "01:00:00", "Email", "Duration", "=1+1", ""]
)


@given(st.lists(st.lists(CELL, max_size=5), max_size=12), st.sampled_from([",", "\t", ";"]))
def test_any_table_below_a_header_gives_bounded_presences(rows: list[list[str]], sign: str) -> None:
    text = "\r\n".join(sign.join(f'"{cell}"' for cell in row) for row in [["Name", "Email", "Duration"], *rows])

    meeting = read_meeting(text.encode())

    assert all(timedelta() <= presence.lasted <= LONGEST for presence in meeting.presences)
    assert all("@" in address for presence in meeting.presences for address in presence.addresses)
    keys = [presence.addresses[0] for presence in meeting.presences if presence.addresses]
    assert len(keys) == len(set(keys))
