import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.cohorts.availability import AvailabilityError, Window, format_availability, parse_availability

quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)
windows = st.tuples(st.integers(0, 6), st.lists(quarters, min_size=2, max_size=2, unique=True)).map(
    lambda found: Window(found[0], *sorted(found[1]))
)


@given(st.lists(windows, unique=True))
def test_windows_written_out_read_back_the_same(listed: list[Window]) -> None:
    assert parse_availability(format_availability(listed)) == tuple(listed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" ; ", ()),
        ("TUE 09:00-12:00; Thursday 9:00 – 24:00", (Window(1, 540, 720), Window(3, 540, 1440))),
        ("sat-Sunday 00:00-00:15", (Window(5, 0, 15), Window(6, 0, 15))),
        ("mon 09:45-10:00;mon 09:45-10:00", (Window(0, 585, 600),)),
    ],
)
def test_availability_is_read_in_the_forms_people_write(text: str, expected: tuple[Window, ...]) -> None:
    assert parse_availability(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "mon 09:00-10:00;tuesday mornings",
            "“tuesday mornings” is not understood. Write days and times such as “tue 09:00-12:00;thu 13:00-15:00”.",
        ),
        (
            "someday 09:00-10:00",
            "“someday 09:00-10:00” is not understood. Write days and times such as “tue 09:00-12:00;thu 13:00-15:00”.",
        ),
        ("mon 10:00-09:00", "“mon 10:00-09:00” ends before it starts. Write the earlier time first."),
        (
            "sun-mon 09:00-10:00",
            "“sun-mon 09:00-10:00” runs past Sunday. Write the days before and after as two items.",
        ),
        ("mon 07:50-09:00", "“mon 07:50-09:00” is not on the quarter hour. Write minutes as 00, 15, 30 or 45."),
        ("mon 09:00-24:15", "“mon 09:00-24:15” has a time that no clock shows. Write times from 00:00 to 24:00."),
        ("mon 09:60-11:00", "“mon 09:60-11:00” has a time that no clock shows. Write times from 00:00 to 24:00."),
    ],
)
def test_availability_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(AvailabilityError) as refusal:
        parse_availability(text)

    assert refusal.value.message == message
