"""What the page says about reminders is what the rules say."""

from datetime import UTC, datetime

from cohort.assignments.reminding import list_reminders
from cohort.people.wishes import AS_SHIPPED
from tests.learning.cast import PACK

DUE = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_reminders_come_at_nine_by_the_readers_clock() -> None:
    found = list_reminders(PACK.reminders, DUE, zone="Europe/London", wishes=AS_SHIPPED, now=NOW)

    assert [f"{at:%a %d %b %H:%M}" for at in found] == [
        "Tue 01 Dec 09:00",
        "Fri 04 Dec 09:00",
        "Sat 05 Dec 09:00",
        "Tue 08 Dec 09:00",
        "Sat 12 Dec 09:00",
    ]


def test_reminders_count_from_the_readers_own_date() -> None:
    found = list_reminders(PACK.reminders, DUE, zone="Pacific/Auckland", wishes=AS_SHIPPED, now=NOW)

    assert found[0] == datetime(2026, 12, 1, 20, 0, tzinfo=UTC)  # Wed 2 Dec, 09:00: due on Sat 5 Dec there


def test_reminders_leave_out_what_is_past_and_what_is_turned_off() -> None:
    later = datetime(2026, 12, 2, 0, 0, tzinfo=UTC)

    assert len(list_reminders(PACK.reminders, DUE, zone="Europe/London", wishes=AS_SHIPPED, now=later)) == 4
    assert len(list_reminders(PACK.reminders, DUE, zone="Europe/London", wishes=AS_SHIPPED.without(None), now=NOW)) == 4
