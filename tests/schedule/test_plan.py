from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.schedule.dates import parse_expression
from cohort.schedule.plan import Kind, Plan, PlanError, make_plan, plan_as_json
from tests.programs.shipped import PACK
from tests.schedule.packs import make_module, make_pack

MONDAY = date(2027, 3, 1)

# Worked by hand. New York goes to summer time on 14 March, London on 28 March; Auckland leaves it on 4 April.
NEW_YORK = [
    # id, local time with its offset, UTC
    ("assessment.opens:baseline", "2027-02-22T08:00:00-05:00", "2027-02-22T13:00:00Z"),
    ("module.opens:starting-line", "2027-03-01T08:00:00-05:00", "2027-03-01T13:00:00Z"),
    ("prework.due:kickoff", "2027-03-02T17:00:00-05:00", "2027-03-02T22:00:00Z"),
    ("workshop:kickoff", "2027-03-03T10:00:00-05:00", "2027-03-03T15:00:00Z"),
    ("workshop.alternative:kickoff", "2027-03-04T15:00:00-05:00", "2027-03-04T20:00:00Z"),
    ("checkin.opens:checkin-1", "2027-03-11T09:00:00-05:00", "2027-03-11T14:00:00Z"),
    ("mentor_session.by:start-well", "2027-03-13T17:00:00-05:00", "2027-03-13T22:00:00Z"),
    ("milestone:first-goals", "2027-03-15T09:00:00-04:00", "2027-03-15T13:00:00Z"),
    ("checkin.closes:checkin-1", "2027-03-15T17:00:00-04:00", "2027-03-15T21:00:00Z"),
    ("assignment.due:leadership-starting-line", "2027-03-19T17:00:00-04:00", "2027-03-19T21:00:00Z"),
    ("module.closes:starting-line", "2027-03-21T17:00:00-04:00", "2027-03-21T21:00:00Z"),
    ("module.opens:aim", "2027-03-22T08:00:00-04:00", "2027-03-22T12:00:00Z"),
    ("assessment.release:feedback-360", "2027-03-31T09:00:00-04:00", "2027-03-31T13:00:00Z"),
    ("workshop:goals-clinic", "2027-03-31T10:00:00-04:00", "2027-03-31T14:00:00Z"),
    ("milestone:showcase", "2027-08-25T10:00:00-04:00", "2027-08-25T14:00:00Z"),
    ("milestone:farewell", "2027-08-27T15:00:00-04:00", "2027-08-27T19:00:00Z"),
]
LONDON = [
    ("workshop:kickoff", "2027-03-03T10:00:00+00:00", "2027-03-03T10:00:00Z"),
    ("assignment.due:leadership-starting-line", "2027-03-19T17:00:00+00:00", "2027-03-19T17:00:00Z"),
    ("workshop:goals-clinic", "2027-03-31T10:00:00+01:00", "2027-03-31T09:00:00Z"),
    ("assignment.due:board-and-baseline", "2027-04-09T17:00:00+01:00", "2027-04-09T16:00:00Z"),
]
AUCKLAND = [
    ("workshop:kickoff", "2027-03-03T10:00:00+13:00", "2027-03-02T21:00:00Z"),
    ("workshop:goals-clinic", "2027-03-31T10:00:00+13:00", "2027-03-30T21:00:00Z"),
    ("assignment.due:board-and-baseline", "2027-04-09T17:00:00+12:00", "2027-04-09T05:00:00Z"),
    ("milestone:showcase", "2027-08-25T10:00:00+12:00", "2027-08-24T22:00:00Z"),
]

zones = st.sampled_from(
    ["America/New_York", "Europe/London", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kathmandu",
     "America/Havana", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "Africa/Casablanca", "UTC"]
)  # fmt: skip
starts = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def list_codes(plan: Plan) -> list[tuple[str, str | None]]:
    return [(warning.code, warning.id) for warning in plan.warnings]


@pytest.mark.parametrize(
    ("zone", "expected"), [("America/New_York", NEW_YORK), ("Europe/London", LONDON), ("Pacific/Auckland", AUCKLAND)]
)
def test_shipped_pack_has_the_dates_worked_by_hand(zone: str, expected: list[tuple[str, str, str]]) -> None:
    items = plan_as_json(make_plan(PACK, start=MONDAY, zone=zone), zone)["items"]

    wanted = {item_id for item_id, _, _ in expected}
    assert [(item["id"], item["at"], item["utc"]) for item in items if item["id"] in wanted] == expected


def test_shipped_pack_is_planned_whole_and_without_warnings() -> None:
    plan = make_plan(PACK, start=MONDAY, zone="America/New_York")

    counts = {kind: sum(item.kind is kind for item in plan.items) for kind in Kind}
    assert list(counts.values()) == [8, 5, 12, 8, 8, 0, 4, 8, 8, 8, 12, 5, 2, 8]
    assert plan.warnings == ()


def test_json_gives_each_item_its_reason_and_its_end() -> None:
    pack = make_pack(make_module("kickoff", workshop="start+2d 10:00", due="workshop:kickoff+16d 17:00"))

    printed = plan_as_json(make_plan(pack, start=MONDAY, zone="America/New_York"), "America/New_York")

    assert printed["warnings"] == []
    assert printed["items"][1] == {
        "id": "workshop:kickoff",
        "kind": "workshop",
        "key": "kickoff",
        "at": "2027-03-03T10:00:00-05:00",
        "ends_at": "2027-03-03T12:00:00-05:00",
        "utc": "2027-03-03T15:00:00Z",
        "why": "Start + 2 days at 10:00",
    }
    assert printed["items"][2]["why"] == "Workshop Kickoff + 16 days at 17:00"
    assert printed["items"][2]["ends_at"] is None


def test_last_day_counts_the_first() -> None:
    pack = make_pack(milestones={"last": "end+0d 15:00"}, length_days=7)

    (item,) = make_plan(pack, start=MONDAY, zone="UTC").items

    assert item.at == datetime(2027, 3, 7, 15, tzinfo=UTC)


def test_chain_passes_on_days_and_not_times() -> None:
    pack = make_pack(
        make_module("b", opens="workshop:a+5d", closes="module:b+10d 17:00"),
        make_module("a", opens="end-179d 08:00", workshop="module:a+2d 23:30"),
    )

    plan = make_plan(pack, start=MONDAY, zone="America/New_York")

    days = {item["id"]: item["at"] for item in plan_as_json(plan, "America/New_York")["items"]}
    assert days["workshop:a"] == "2027-03-03T23:30:00-05:00"
    assert days["module.opens:b"] == "2027-03-08T00:00:00-05:00"
    assert days["module.closes:b"] == "2027-03-18T17:00:00-04:00"


def test_item_on_match_has_a_date_once_matches_are_published() -> None:
    pack = make_pack(milestones={"meet": "match+10d 09:00", "late": "start+100d"})

    before = make_plan(pack, start=MONDAY, zone="UTC")
    after = make_plan(pack, start=MONDAY, zone="UTC", match=date(2027, 2, 25))

    assert [(item.key, item.at) for item in before.items] == [
        ("late", datetime(2027, 6, 9, tzinfo=UTC)),
        ("meet", None),
    ]
    assert list_codes(before) == [("no-date", "milestone:meet")]
    assert plan_as_json(before, "UTC")["items"][1] == {
        "id": "milestone:meet",
        "kind": "milestone",
        "key": "meet",
        "at": None,
        "ends_at": None,
        "utc": None,
        "why": "Matches published + 10 days at 09:00",
    }
    assert after.items[0].at == datetime(2027, 3, 7, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "local", "utc"),
    [
        # what a clock change skips is read with the offset before the gap
        ("America/New_York", date(2027, 3, 14), "02:30", "2027-03-14T03:30:00-04:00", "2027-03-14T07:30:00Z"),
        ("America/Havana", date(2027, 3, 14), "00:30", "2027-03-14T01:30:00-04:00", "2027-03-14T05:30:00Z"),
        ("Africa/Cairo", date(2027, 4, 30), "00:00", "2027-04-30T01:00:00+03:00", "2027-04-29T22:00:00Z"),
        ("Asia/Beirut", date(2027, 3, 28), "00:00", "2027-03-28T01:00:00+03:00", "2027-03-27T22:00:00Z"),
        ("Australia/Lord_Howe", date(2027, 10, 3), "02:15", "2027-10-03T02:45:00+11:00", "2027-10-02T15:45:00Z"),
        ("Pacific/Apia", date(2011, 12, 30), "09:00", "2011-12-31T09:00:00+14:00", "2011-12-30T19:00:00Z"),
        # what comes twice is the first
        ("Europe/London", date(2027, 10, 31), "01:30", "2027-10-31T01:30:00+01:00", "2027-10-31T00:30:00Z"),
        ("Australia/Lord_Howe", date(2027, 4, 4), "01:45", "2027-04-04T01:45:00+11:00", "2027-04-03T14:45:00Z"),
    ],
)
def test_time_that_clocks_skip_or_show_twice(zone: str, day: date, clock: str, local: str, utc: str) -> None:
    pack = make_pack(milestones={"odd": f"start+3d {clock}"})

    (item,) = plan_as_json(make_plan(pack, start=day - timedelta(days=3), zone=zone), zone)["items"]

    assert (item["at"], item["utc"]) == (local, utc)


def test_skipped_time_is_said() -> None:
    pack = make_pack(milestones={"odd": "start+13d 02:30"})

    plan = make_plan(pack, start=MONDAY, zone="America/New_York")

    assert list_codes(plan) == [("weekend", "milestone:odd"), ("clock-change", "milestone:odd")]
    assert plan.warnings[1].message.endswith("the clocks skip 02:30 then, so it is taken as 03:30.")


def test_two_hours_across_a_clock_change_last_two_hours() -> None:
    pack = make_pack(make_module("night", workshop="start+13d 01:30"))

    items = plan_as_json(make_plan(pack, start=MONDAY, zone="America/New_York"), "America/New_York")["items"]

    assert [item["ends_at"] for item in items if item["id"] == "workshop:night"] == ["2027-03-14T04:30:00-04:00"]


def test_blackout_is_said_and_moves_nothing() -> None:
    pack = make_pack(milestones={"before": "start+1d", "in": "start+2d", "last": "start+4d 23:59", "after": "start+7d"})
    blackout = (date(2027, 3, 3), date(2027, 3, 5))

    plan = make_plan(pack, start=MONDAY, zone="Pacific/Auckland", blackouts=[blackout, blackout])

    assert list_codes(plan) == [("blackout", "milestone:in"), ("blackout", "milestone:last")]
    assert plan.items == make_plan(pack, start=MONDAY, zone="Pacific/Auckland").items
    assert plan.warnings[0].message == (
        "In (milestone) on Wed 3 Mar 2027 falls in the blackout Wed 3 Mar 2027 to Fri 5 Mar 2027."
    )


def test_weekend_is_said_for_what_people_meet_or_hand_in_for() -> None:
    pack = make_pack(
        make_module(
            "a",
            opens="start+5d",
            closes="start+6d",
            workshop="start+5d 10:00",
            alternative="start+6d 10:00",
            due="start+12d 17:00",
        )
    )

    assert list_codes(make_plan(pack, start=MONDAY, zone="UTC")) == [
        ("weekend", "workshop:a"),
        ("weekend", "workshop.alternative:a"),
        ("weekend", "assignment.due:a"),
    ]


def test_items_outside_the_program_are_said() -> None:
    pack = make_pack(milestones={"early": "start-4d", "last": "end+0d 23:00", "late": "end+1d"}, length_days=5)

    assert list_codes(make_plan(pack, start=MONDAY, zone="America/New_York")) == [
        ("before-start", "milestone:early"),
        ("weekend", "milestone:late"),
        ("after-end", "milestone:late"),
    ]


def test_sittings_at_the_same_time_are_said_at_the_later_one() -> None:
    pack = make_pack(
        make_module("a", workshop="start+2d 10:00", alternative="start+3d 10:00"),
        make_module("b", workshop="start+2d 11:59", alternative="start+3d 12:00"),
    )

    plan = make_plan(pack, start=MONDAY, zone="UTC")

    assert list_codes(plan) == [("overlap", "workshop:b")]
    assert plan.warnings[0].message == "B (workshop) begins on Wed 3 Mar 2027 before A (workshop) is over."


def test_start_that_is_no_monday_is_said() -> None:
    plan = make_plan(make_pack(), start=date(2027, 3, 3), zone="UTC")

    assert list_codes(plan) == [("start-not-monday", None)]
    assert plan.warnings[0].message == "The start, Wed 3 Mar 2027, is not a Monday; the next one is Mon 8 Mar 2027."


@pytest.mark.parametrize(
    ("start", "match", "blackouts"),
    [
        (date(9999, 12, 31), None, []),
        (date(1, 1, 1), None, []),
        (MONDAY, date(9999, 1, 1), []),
        (MONDAY, None, [(date(2027, 3, 5), date(2027, 3, 4))]),
    ],
)
def test_dates_that_cannot_be_meant_are_refused(
    start: date, match: date | None, blackouts: list[tuple[date, date]]
) -> None:
    with pytest.raises(PlanError):
        make_plan(PACK, start=start, zone="UTC", match=match, blackouts=blackouts)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), zones)
def test_order_of_the_pack_does_not_matter(random: Random, zone: str) -> None:
    """A module that opens on another's workshop is planned the same before and after it."""
    modules = [
        make_module(f"m{number}", opens=f"module:m{number - 1}+7d 08:00", workshop=f"module:m{number}+2d 10:00")
        for number in range(1, 8)
    ]
    modules.insert(0, make_module("m0", workshop="start+2d 10:00", due="workshop:m0+9d 17:00"))
    shuffled = random.sample(modules, k=len(modules))

    assert make_plan(make_pack(*shuffled), start=MONDAY, zone=zone) == make_plan(
        make_pack(*modules), start=MONDAY, zone=zone
    )


@settings(max_examples=40, deadline=None)
@given(starts, zones)
def test_every_item_keeps_its_day_and_its_wall_time(start: date, zone: str) -> None:
    """Read back from UTC by another road: the standard library's zone and plain counting of days."""
    workshops = {module.workshop.key: module.workshop.at for module in PACK.modules if module.workshop}

    plan = make_plan(PACK, start=start, zone=zone)

    for item in plan.items:
        expression = parse_expression(item.expression)
        days = expression.days
        if expression.key is not None:
            days += parse_expression(workshops[expression.key]).days
        assert item.at is not None
        local = item.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert local == datetime.combine(start + timedelta(days=days), expression.at)


@settings(max_examples=25, deadline=None)
@given(starts, zones, st.integers(-400, 400))
def test_moving_the_start_and_back_restores_every_date(start: date, zone: str, days: int) -> None:
    there = make_plan(PACK, start=start + timedelta(days=days), zone=zone)
    back = make_plan(PACK, start=start, zone=zone)

    assert [item.id for item in there.items] == [item.id for item in back.items]
    for moved, item in zip(there.items, back.items, strict=True):
        assert moved.at is not None
        assert item.at is not None
        gap = moved.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - item.at.astimezone(ZoneInfo(zone)).replace(
            tzinfo=None
        )
        assert gap == timedelta(days=days)


def test_clock_of_an_expression_without_time_is_midnight() -> None:
    pack = make_pack(milestones={"day": "start+0d"})

    (item,) = make_plan(pack, start=MONDAY, zone="Asia/Kathmandu").items

    assert item.at is not None
    assert item.at.astimezone(ZoneInfo("Asia/Kathmandu")).time() == time(0)
