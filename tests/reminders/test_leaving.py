"""When mail leaves, on the clocks of seven people: the cases of the specification with their exact times."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort import clock
from cohort.clock import from_local, in_zone
from cohort.people.wishes import AS_SHIPPED, EVERY_DAY, Choice, Topic, Wishes
from cohort.programs.pack import ReminderRule
from cohort.reminders import leaving, timing
from cohort.reminders.leaving import AWAY, TURNED_OFF, Leaving, leave, topic_of
from cohort.reminders.windows import daily_slots, is_open, last_open, next_open
from cohort.templating import moment

ADA, BEA, CAI, DEV = "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu"
EVA, FIA, GUS = "America/Sao_Paulo", "Pacific/Apia", "Pacific/Pago_Pago"
ZONES = {"ada": ADA, "bea": BEA, "cai": CAI, "dev": DEV, "eva": EVA, "fia": FIA, "gus": GUS}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DUE = utc("2026-12-04T23:59")
"""Assignment A7."""


def rule(offset: str, at: str | None = None, **changes: Any) -> ReminderRule:
    values: dict[str, Any] = {"about": "assignment.due", "to": "participant", "kind": "critical", "unless": "submitted"}
    return ReminderRule(**{"key": f"r{offset}", "offset": offset, "at": at, **values, **changes})


S1, S2 = rule("-2d", "09:00"), rule("-3h")


def leaves(which: ReminderRule, at: datetime, zone: str, wishes: Wishes = AS_SHIPPED, **more: Any) -> datetime:
    return leave(which, at, zone, wishes, **more).at


def test_two_days_before_is_nine_o_clock_on_each_wall() -> None:
    """T01."""
    assert {name: leaves(S1, DUE, zone) for name, zone in ZONES.items()} == {
        "ada": utc("2026-12-02T14:00"),
        "bea": utc("2026-12-02T09:00"),
        "cai": utc("2026-12-02T22:00"),
        "dev": utc("2026-12-03T03:15"),
        "eva": utc("2026-12-02T12:00"),
        "fia": utc("2026-12-02T20:00"),
        "gus": utc("2026-12-02T20:00"),
    }


def test_hours_before_are_the_same_moment_unless_quiet_hours_would_outlast_the_date() -> None:
    """T02: for dev it is 02:44, and 07:00 is after the due date, so it comes the evening before."""
    found = {name: leaves(S2, DUE, zone) for name, zone in ZONES.items()}

    assert found.pop("dev") == utc("2026-12-04T16:14")
    assert set(found.values()) == {utc("2026-12-04T20:59")}


@pytest.mark.parametrize(
    ("at", "first", "expected"),
    [
        ("02:30", date(2026, 3, 7), ["2026-03-07T07:30", "2026-03-08T07:30", "2026-03-09T06:30"]),
        ("01:30", date(2026, 10, 31), ["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"]),
    ],
)
def test_daily_moment_comes_once_a_day_across_clock_changes(at: str, first: date, expected: list[str]) -> None:
    """T03 and T04, in New York."""
    slots = daily_slots(first, time.fromisoformat(at), ADA, days=EVERY_DAY)

    assert list(islice(slots, 3)) == [utc(one) for one in expected]


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        (BEA, "2027-03-28T01:30", "2027-03-28T01:30"),  # T05, in the gap
        (BEA, "2026-03-29T01:00", "2026-03-29T01:00"),
        (BEA, "2026-10-25T01:30", "2026-10-25T00:30"),  # T06, the first of two
        (BEA, "2027-10-31T01:59", "2027-10-31T00:59"),
        (CAI, "2026-10-04T02:15", "2026-10-03T15:45"),  # T07, half an hour
        (CAI, "2027-10-03T02:29", "2027-10-02T15:59"),
        (DEV, "2026-12-01T09:00", "2026-12-01T03:15"),  # T09
        (EVA, "2026-11-01T08:00", "2026-11-01T11:00"),  # T10, no summer time since 2019
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),  # T22, midnight does not exist
        ("America/Havana", "2027-03-14T00:30", "2027-03-14T05:30"),
    ],
)
def test_wall_clock_times_that_are_skipped_or_come_twice(zone: str, local: str, expected: str) -> None:
    there = datetime.fromisoformat(local)

    assert from_local(there.date(), there.time(), zone) == utc(expected)


def test_day_that_a_zone_skipped_has_no_slot() -> None:
    """T12: Apia went from the 29th to the 31st."""
    slots = list(islice(daily_slots(date(2011, 12, 29), time(9), FIA, days=EVERY_DAY), 3))

    assert slots == [utc("2011-12-29T19:00"), utc("2011-12-30T19:00"), utc("2011-12-31T19:00")]


def test_one_moment_is_another_day_on_the_other_side_of_the_date_line() -> None:
    """T13."""
    due = utc("2026-12-05T10:00")

    assert {leaves(rule("-1d", "09:00"), due, zone) for zone in (FIA, GUS)} == {utc("2026-12-03T20:00")}
    assert (moment(due, FIA), moment(due, GUS)) == ("Sat 5 Dec, 23:00 Apia", "Fri 4 Dec, 23:00 Pago Pago")


@pytest.mark.parametrize(
    ("which", "at", "zone", "expected"),
    [
        (rule("-1d", "09:00"), "2028-03-01T12:00", BEA, "2028-02-29T09:00"),  # T14, a leap day
        (rule("-1d", "09:00"), "2027-03-01T12:00", BEA, "2027-02-28T09:00"),
        (rule("-24h", about="workshop.starts"), "2026-10-25T09:00", BEA, "2026-10-24T09:00"),  # T16
        (rule("-1d", "09:00", about="workshop.starts"), "2026-10-25T09:00", BEA, "2026-10-24T08:00"),
        (rule("-7d", "08:00"), "2026-12-31T23:30", DEV, "2026-12-25T02:15"),  # T18, next year there
    ],
)
def test_days_are_counted_on_the_readers_calendar(which: ReminderRule, at: str, zone: str, expected: str) -> None:
    assert leaves(which, utc(at), zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "moment_", "expected"),
    [
        (ADA, "2026-11-22T03:30", "2026-11-22T12:00"),  # T19
        (ADA, "2026-11-22T11:59", "2026-11-22T12:00"),
        (ADA, "2026-11-22T12:00", "2026-11-22T12:00"),
        (BEA, "2026-11-21T21:59", "2026-11-21T21:59"),
        (BEA, "2026-11-21T22:00", "2026-11-22T07:00"),
        (ADA, "2026-03-08T05:00", "2026-03-08T11:00"),  # T20, a night of eight hours and one of ten
        (ADA, "2026-11-01T04:00", "2026-11-01T12:00"),
    ],
)
def test_quiet_hours_end_when_the_clock_says_so(zone: str, moment_: str, expected: str) -> None:
    assert next_open(AS_SHIPPED, utc(moment_), zone) == utc(expected)


def test_quiet_hours_end_in_a_gap_or_in_the_second_of_two_hours() -> None:
    """T21."""
    in_a_gap = Wishes(quiet_from=time(23), quiet_until=time(2, 15))
    twice = Wishes(quiet_from=time(20), quiet_until=time(1, 30))

    assert next_open(in_a_gap, utc("2026-10-03T14:30"), CAI) == utc("2026-10-03T15:45")
    assert next_open(twice, utc("2026-10-25T01:10"), BEA) == utc("2026-10-25T01:30")


def test_weekday_slots_of_staff_far_from_greenwich() -> None:
    """T23: Friday and Monday in Kathmandu."""
    slots = daily_slots(date(2026, 11, 20), time(8), DEV, days=(0, 1, 2, 3, 4))

    assert list(islice(slots, 2)) == [utc("2026-11-20T02:15"), utc("2026-11-23T02:15")]


@pytest.fixture
def no_memory() -> Iterator[None]:
    """Nothing that was worked out is remembered, before and after."""
    caches = (clock.zone_named, timing.due_at, timing.not_after, leaving.leave, next_open)
    for one in caches:
        one.cache_clear()
    yield
    for one in caches:
        one.cache_clear()


def test_new_rules_of_a_zone_move_what_has_not_left(monkeypatch: pytest.MonkeyPatch, no_memory: None) -> None:
    """T26: London stays on summer time for ever, where the due date is a day later."""
    assert leaves(S1, DUE, BEA) == utc("2026-12-02T09:00")
    leaving.leave.cache_clear()
    timing.due_at.cache_clear()
    monkeypatch.setattr(clock, "zone_named", lambda _: timezone(timedelta(hours=1)))

    assert leaves(S1, DUE, BEA) == utc("2026-12-03T08:00")


def test_what_repeats_after_a_date_keeps_its_hour_across_a_clock_change() -> None:
    """T27: expected on 20 October; a day after it, then every week."""
    nags = [rule(f"+{days}d", "10:00", about="mentor_session.by") for days in (1, 8, 15)]

    assert [leaves(one, utc("2026-10-20T12:00"), BEA) for one in nags] == [
        utc("2026-10-21T09:00"),
        utc("2026-10-28T10:00"),
        utc("2026-11-04T10:00"),
    ]


def test_date_moved_close_is_told_at_once_or_when_quiet_hours_end() -> None:
    """P06: at 08:00 the due date is moved to the next day at noon; two days before that is past."""
    moved = {"changed_at": utc("2026-12-02T08:00")}

    assert leaves(S1, utc("2026-12-03T12:00"), BEA, **moved) == utc("2026-12-02T08:00")
    assert leaves(S1, utc("2026-12-03T12:00"), ADA, **moved) == utc("2026-12-02T12:00")


def test_digest_gathers_what_is_due_until_it_leaves() -> None:
    """P15: at 18:00 in London; what is over by then does not wait for it."""
    daily = Wishes(digest_at=time(18)).choosing(dict.fromkeys(Topic, Choice.DAILY))

    def digest(at: str, due: str) -> Leaving:
        return leave(rule("-0d", at, kind="digest"), utc(due), BEA, daily)

    evening, next_evening = utc("2026-12-01T18:00"), utc("2026-12-02T18:00")
    far = "2026-12-01T23:30"
    assert [digest(at, far).at for at in ("09:00", "14:00")] == [evening, evening]
    late = leave(rule("-1d", "18:01", kind="digest"), utc("2026-12-02T23:30"), BEA, daily)
    assert (late.at, late.digest) == (next_evening, Choice.DAILY)
    over = digest("09:00", "2026-12-01T17:00")
    assert (over.at, over.digest) == (utc("2026-12-01T09:00"), None)


def test_what_is_turned_off_and_what_cannot_wait_for_the_return() -> None:
    can_wait = rule("-2d", "09:00", kind="digest")
    days = ((date(2026, 12, 1), date(2026, 12, 3)),)
    until_the_due_date = ((date(2026, 12, 1), date(2026, 12, 9)),)

    assert leave(can_wait, DUE, BEA, AS_SHIPPED.without(topic_of(can_wait))).held == TURNED_OFF
    assert leave(can_wait, DUE, BEA, AS_SHIPPED, away=days).at == utc("2026-12-04T08:00")
    assert leave(can_wait, DUE, BEA, AS_SHIPPED, away=until_the_due_date).held == AWAY
    assert leave(S1, DUE, BEA, AS_SHIPPED.without(None), away=until_the_due_date) == leave(S1, DUE, BEA, AS_SHIPPED)


CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))
DAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
WISHES = st.builds(Wishes, quiet_from=CLOCKS, quiet_until=CLOCKS, days=DAYS)
MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: utc("2026-01-01T00:00") + timedelta(minutes=minutes))


@given(WISHES, MOMENTS, st.sampled_from([*ZONES.values(), "Africa/Cairo", "America/Havana"]))
def test_open_moments_lie_on_the_right_side_and_nothing_open_is_passed_over(
    wishes: Wishes, at: datetime, zone: str
) -> None:
    after, before = next_open(wishes, at, zone), last_open(wishes, at, zone)

    assert before <= at <= after
    if is_open(wishes, at, zone):
        assert before == at == after
    if after > at and is_open(wishes, after, zone):
        between = [at + (after - at) * part / 23 for part in range(23)]
        assert not any(is_open(wishes, one, zone) for one in between)


@given(WISHES, MOMENTS, st.sampled_from(list(ZONES.values())), st.sampled_from([S1, S2, rule("+1d", "09:00")]))
def test_what_is_ahead_is_never_told_after_it(wishes: Wishes, at: datetime, zone: str, which: ReminderRule) -> None:
    leaving_ = leave(which, at, zone, wishes)

    if which.offset.startswith("-"):
        assert leaving_.at <= at
        assert leaving_.not_after <= at
    assert in_zone(leaving_.at, zone).tzinfo is not None
