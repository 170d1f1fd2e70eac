"""Moving, shifting and blacking out: tables worked by hand, the reasons that are given, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from cohort.errors import DomainError
from cohort.schedule.items import Entry, Kind, list_entries
from cohort.schedule.moving import (
    Scope,
    Take,
    add_milestone,
    add_sitting,
    adopt,
    defer,
    drop,
    let_go,
    move,
    override,
    pin,
    restore,
    shift,
)
from cohort.schedule.plan import Arrangement, plan_dates
from cohort.schedule.pushing import Push, black_out, open_up
from cohort.schedule.snapshots import as_it_was, snapshot
from tests.programs.shipped import PACK
from tests.schedule.arranged import MONDAY, Row, arranged, table, wall, walls, why
from tests.schedule.packs import make_module, make_pack

KICKOFF = make_module(
    "kickoff", workshop="start+2d 10:00", alternative="start+3d 15:00", due="workshop:kickoff+16d 17:00"
)
"""Workshop on Wed 3 March; its assignment hangs on it and is due on Fri 19 March."""
SMALL = make_pack(KICKOFF, milestones={"goals": "workshop:kickoff+5d 09:00", "party": "end-3d 15:00"})


# --- tables worked by hand with a printed calendar: the cohort begins on Mon 1 March 2027.
# New York goes to summer time on 14 March and leaves it on 7 November, London goes on 28 March, Auckland leaves it on
# 4 April, Lord Howe leaves its half hour on 4 April.


def workshop_six_days_later(it: Arrangement) -> Arrangement:
    return move(it, "workshop:kickoff", wall("2027-03-09T15:30"))


def clinic_a_week_earlier(it: Arrangement) -> Arrangement:
    return move(it, "workshop:goals-clinic", wall("2027-03-24T09:00"))


def easter_closed(it: Arrangement) -> Arrangement:
    return black_out(it, date(2027, 3, 29), date(2027, 4, 2), Push.NEXT_DAY)


def end_eleven_weeks_later(it: Arrangement) -> Arrangement:
    return shift(it, "milestone:showcase", 77)


NEW_YORK: list[Row] = [
    ("prework.due:kickoff", "2027-03-02T17:00:00-05:00", "2027-03-08T17:00:00-05:00"),
    ("workshop:kickoff", "2027-03-03T10:00:00-05:00", "2027-03-09T15:30:00-05:00"),
    ("assignment.due:leadership-starting-line", "2027-03-19T17:00:00-04:00", "2027-03-25T17:00:00-04:00"),
]
NEW_YORK_IN_AUTUMN: list[Row] = [
    ("milestone:showcase", "2027-08-25T10:00:00-04:00", "2027-11-10T10:00:00-05:00"),
    ("milestone:farewell", "2027-08-27T15:00:00-04:00", "2027-11-12T15:00:00-05:00"),
]
LONDON: list[Row] = [
    ("prework.due:goals-clinic", "2027-03-30T17:00:00+01:00", "2027-03-23T17:00:00+00:00"),
    ("workshop:goals-clinic", "2027-03-31T10:00:00+01:00", "2027-03-24T09:00:00+00:00"),
    ("assignment.due:board-and-baseline", "2027-04-09T17:00:00+01:00", "2027-04-02T17:00:00+01:00"),
]
AUCKLAND: list[Row] = [
    ("checkin.closes:checkin-2", "2027-03-29T17:00:00+13:00", "2027-04-05T17:00:00+12:00"),
    ("prework.due:goals-clinic", "2027-03-30T17:00:00+13:00", "2027-04-04T17:00:00+12:00"),
    ("assessment.release:feedback-360", "2027-03-31T09:00:00+13:00", "2027-04-05T09:00:00+12:00"),
    ("workshop:goals-clinic", "2027-03-31T10:00:00+13:00", "2027-04-05T10:00:00+12:00"),
    ("workshop.alternative:goals-clinic", "2027-04-01T15:00:00+13:00", "2027-04-05T15:00:00+12:00"),
    ("assignment.due:board-and-baseline", "2027-04-09T17:00:00+12:00", "2027-04-14T17:00:00+12:00"),
]
LORD_HOWE: list[Row] = [
    ("checkin.closes:checkin-2", "2027-03-29T17:00:00+11:00", "2027-04-05T17:00:00+10:30"),
    ("prework.due:goals-clinic", "2027-03-30T17:00:00+11:00", "2027-04-04T17:00:00+10:30"),
    ("assessment.release:feedback-360", "2027-03-31T09:00:00+11:00", "2027-04-05T09:00:00+10:30"),
    ("workshop:goals-clinic", "2027-03-31T10:00:00+11:00", "2027-04-05T10:00:00+10:30"),
    ("workshop.alternative:goals-clinic", "2027-04-01T15:00:00+11:00", "2027-04-05T15:00:00+10:30"),
    ("assignment.due:board-and-baseline", "2027-04-09T17:00:00+10:30", "2027-04-14T17:00:00+10:30"),
]


@pytest.mark.parametrize(
    ("zone", "alteration", "expected"),
    [
        ("America/New_York", workshop_six_days_later, NEW_YORK),
        ("America/New_York", end_eleven_weeks_later, NEW_YORK_IN_AUTUMN),
        ("Europe/London", clinic_a_week_earlier, LONDON),
        ("Pacific/Auckland", easter_closed, AUCKLAND),
        ("Australia/Lord_Howe", easter_closed, LORD_HOWE),
    ],
)
def test_shipped_pack_moves_as_worked_by_hand(
    zone: str, alteration: Callable[[Arrangement], Arrangement], expected: list[Row]
) -> None:
    before = arranged(PACK, zone)

    assert table(before, alteration(before)) == expected


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        # midnight of Fri 30 Apr is skipped in Cairo, of Sun 28 Mar in Beirut, of Sun 5 Sep in Santiago
        ("Africa/Cairo", date(2027, 4, 23), ("2027-04-23T00:00:00+02:00", "2027-04-30T01:00:00+03:00")),
        ("Asia/Beirut", date(2027, 3, 21), ("2027-03-21T00:00:00+02:00", "2027-03-28T01:00:00+03:00")),
        ("America/Santiago", date(2027, 8, 29), ("2027-08-29T00:00:00-04:00", "2027-09-05T01:00:00-03:00")),
        # Fri 30 December 2011 was no day in Samoa: what is on it lies on the day after, at its wall time
        ("Pacific/Apia", date(2011, 12, 23), ("2011-12-23T00:00:00-10:00", "2011-12-31T00:00:00+14:00")),
        ("Pacific/Kiritimati", date(2027, 3, 1), ("2027-03-01T00:00:00+14:00", "2027-03-08T00:00:00+14:00")),
    ],
)
def test_move_into_what_a_zone_skips_and_back(zone: str, start: date, expected: tuple[str, str]) -> None:
    before = arranged(make_pack(milestones={"day": "start+0d"}), zone, start)

    there = shift(before, "milestone:day", 7)
    further = shift(there, "milestone:day", 1)

    assert table(before, there) == [("milestone:day", *expected)]
    assert table(before, shift(further, "milestone:day", -8)) == []
    assert snapshot(shift(there, "milestone:day", -7)) == snapshot(before)


def test_day_that_a_zone_skips_is_said() -> None:
    pack = make_pack(milestones={"day": "start+4d 09:00"})

    plan = plan_dates(arranged(pack, "Pacific/Apia", date(2011, 12, 26)))

    assert [(it.code, it.message) for it in plan.warnings] == [
        ("weekend", "Day (milestone) on Sat 31 Dec 2011 falls on a weekend."),
        (
            "clock-change",
            "Day (milestone) on Sat 31 Dec 2011: the calendar skips Fri 30 Dec 2011 there, so it is taken as the day"
            " after.",
        ),
    ]


# --- one item


def test_what_hangs_on_a_moved_item_follows_and_says_no_reason_of_its_own() -> None:
    after = move(arranged(SMALL), "workshop:kickoff", wall("2027-03-09T15:30"))

    assert walls(after) == walls(arranged(SMALL)) | {
        "workshop:kickoff": "2027-03-09 15:30",
        "assignment.due:kickoff": "2027-03-25 17:00",
        "milestone:goals": "2027-03-14 09:00",
    }
    assert why(after, "workshop:kickoff") == "Start + 2 days at 10:00; moved from Wed 3 Mar 10:00"
    assert why(after, "assignment.due:kickoff") == "Workshop Kickoff + 16 days at 17:00"


def test_item_moved_alone_leaves_what_hangs_on_it() -> None:
    before = arranged(SMALL)

    after = move(before, "workshop:kickoff", wall("2027-03-09T15:30"), Scope.ONE)

    assert walls(after) == walls(before) | {"workshop:kickoff": "2027-03-09 15:30"}
    assert why(after, "milestone:goals") == "Workshop Kickoff + 5 days at 09:00; moved from Sun 14 Mar"
    assert snapshot(move(after, "workshop:kickoff", wall("2027-03-03T10:00"), Scope.ONE)) == snapshot(before)


def test_item_moved_with_all_that_is_later_takes_nothing_earlier_along() -> None:
    before = arranged(SMALL)

    after = move(before, "workshop.alternative:kickoff", wall("2027-03-11T16:00"), Scope.LATER)

    assert walls(after) == walls(before) | {
        "workshop.alternative:kickoff": "2027-03-11 16:00",
        "milestone:goals": "2027-03-15 09:00",
        "assignment.due:kickoff": "2027-03-26 17:00",
        "module.closes:kickoff": "2027-03-28 17:00",
        "milestone:party": "2027-08-31 15:00",
    }
    assert why(after, "milestone:goals") == (
        "Workshop Kickoff + 5 days at 09:00; moved from Mon 8 Mar with everything from “Kickoff” on"
    )
    assert why(after, "workshop.alternative:kickoff") == "Start + 3 days at 15:00; moved from Thu 4 Mar 15:00"


def test_pinned_item_moved_with_all_that_is_later_is_pinned_there() -> None:
    before = pin(arranged(SMALL), "workshop:kickoff")

    after = move(before, "workshop:kickoff", wall("2027-03-10T10:00"), Scope.LATER)

    assert after.adjustment("workshop:kickoff").pinned_on == date(2027, 3, 10)
    assert walls(after)["milestone:goals"] == "2027-03-15 09:00"
    assert walls(after)["workshop.alternative:kickoff"] == "2027-03-11 15:00"


def test_another_time_on_the_same_day_moves_that_item_alone() -> None:
    before = arranged(SMALL)

    after = move(before, "workshop:kickoff", wall("2027-03-03T14:00"), reason="because Ruth travels")

    assert walls(after) == walls(before) | {"workshop:kickoff": "2027-03-03 14:00"}
    assert why(after, "workshop:kickoff") == "Start + 2 days at 10:00; moved from 10:00 because Ruth travels"


# --- pins, overrides, what is dropped and added


def test_pinned_item_stays_with_what_hangs_on_it() -> None:
    before = pin(arranged(SMALL), "workshop:kickoff")

    after = defer(before, date(2027, 3, 8))

    assert walls(after) == walls(defer(arranged(SMALL), date(2027, 3, 8))) | {
        "workshop:kickoff": "2027-03-03 10:00",
        "assignment.due:kickoff": "2027-03-19 17:00",
        "milestone:goals": "2027-03-08 09:00",
    }
    assert why(before, "workshop:kickoff") == "Start + 2 days at 10:00; pinned here"
    assert why(after, "workshop:kickoff") == "Start + 2 days at 10:00; pinned here, it would be Wed 10 Mar"


def test_pinned_item_in_the_middle_of_a_shift_stays_with_what_hangs_on_it() -> None:
    before = pin(arranged(SMALL), "workshop:kickoff")

    after = shift(before, "module.opens:kickoff", 7)

    assert {item_id for item_id, _, _ in table(before, after)} == {
        "module.opens:kickoff",
        "workshop.alternative:kickoff",
        "module.closes:kickoff",
        "milestone:party",
    }
    assert table(before, shift(after, "module.opens:kickoff", -7)) == []


def test_item_pinned_before_a_shift_holds_nothing_back() -> None:
    """Past workshops are pinned when a new version is adopted; their homework moves on like everybody's."""
    before = pin(arranged(SMALL), "workshop:kickoff")

    after = shift(before, "milestone:goals", 7)

    assert walls(after)["milestone:goals"] == "2027-03-15 09:00"
    assert walls(after)["assignment.due:kickoff"] == "2027-03-26 17:00"
    assert walls(after)["workshop:kickoff"] == "2027-03-03 10:00"
    assert table(before, shift(after, "milestone:goals", -7)) == []


def test_shift_back_over_a_pinned_item_restores_what_hangs_on_it() -> None:
    before = pin(arranged(SMALL), "workshop:kickoff")

    there = shift(before, "module.opens:kickoff", 10)  # from before the pinned workshop to after it

    assert snapshot(shift(there, "module.opens:kickoff", -10)) == snapshot(before)


def test_pinned_item_that_is_moved_is_pinned_there() -> None:
    before = pin(arranged(SMALL), "workshop:kickoff")

    after = move(before, "workshop:kickoff", wall("2027-03-09T15:30"))

    assert walls(after)["milestone:goals"] == "2027-03-14 09:00"
    assert snapshot(move(after, "workshop:kickoff", wall("2027-03-03T10:00"))) == snapshot(before)


def test_item_let_go_is_where_its_program_puts_it() -> None:
    before = arranged(SMALL)
    changed = pin(move(before, "workshop:kickoff", wall("2027-03-09T15:30")), "workshop:kickoff")

    assert snapshot(let_go(changed, "workshop:kickoff")) == snapshot(before)


def test_override_counts_instead_of_the_program_and_says_both() -> None:
    before = arranged(SMALL)

    after = override(before, "milestone:goals", " start+10d 11:00 ")

    assert walls(after) == walls(before) | {"milestone:goals": "2027-03-11 11:00"}
    assert (
        why(after, "milestone:goals") == "Start + 10 days at 11:00; in the program Workshop Kickoff + 5 days at 09:00"
    )
    assert snapshot(override(after, "milestone:goals", "workshop:kickoff+5d 09:00")) == snapshot(before)


def test_dropped_item_leaves_the_rest_where_it_is_and_comes_back_where_it_was() -> None:
    before = arranged(SMALL)

    after = drop(before, "workshop:kickoff")

    assert table(before, after) == [("workshop:kickoff", "2027-03-03T10:00:00+00:00", None)]
    assert snapshot(restore(after, "workshop:kickoff")) == snapshot(before)


def test_dropped_item_goes_along_with_a_shift() -> None:
    before = arranged(SMALL)

    after = restore(shift(drop(before, "workshop:kickoff"), "module.opens:kickoff", 7), "workshop:kickoff")

    assert snapshot(after) == snapshot(shift(before, "module.opens:kickoff", 7))


def test_added_date_gets_a_key_of_its_own() -> None:
    before = arranged(SMALL)

    after = add_milestone(add_milestone(before, "Goals", "start+1d 09:00", 30), "?!", "end+0d", 15)

    assert table(before, after) == [
        ("milestone:goals-2", None, "2027-03-02T09:00:00+00:00"),
        ("milestone:date", None, "2027-08-27T00:00:00+00:00"),
    ]


def test_workshop_has_three_sittings_at_most() -> None:
    two = arranged(SMALL)

    three = add_sitting(two, "kickoff", "start+4d 11:00")

    assert table(two, three) == [("workshop.third:kickoff", None, "2027-03-05T11:00:00+00:00")]
    assert three.added == (Entry(Kind.WORKSHOP_THIRD, "kickoff", "Kickoff", "start+4d 11:00", 120, "kickoff"),)
    for key in ("kickoff", "nowhere"):
        with pytest.raises(DomainError, match="three sittings at most"):
            add_sitting(three, key, "start+4d 11:00")


# --- blackouts

CLOSED = (date(2027, 3, 3), date(2027, 3, 9))
"""Wednesday to Tuesday."""


def test_blackout_alone_moves_nothing_and_can_be_taken_away() -> None:
    before = arranged(SMALL)

    after = black_out(before, *CLOSED)

    assert table(before, after) == []
    assert after.blackouts == (CLOSED,)
    assert black_out(after, *CLOSED) == after
    assert open_up(after, *CLOSED) == before


def test_next_day_moves_what_is_hit_to_a_working_day_and_says_why() -> None:
    before = arranged(SMALL)

    after = black_out(before, date(2027, 3, 3), date(2027, 3, 5), Push.NEXT_DAY)

    assert walls(after) == walls(before) | {
        "workshop:kickoff": "2027-03-08 10:00",
        "workshop.alternative:kickoff": "2027-03-08 15:00",
        "milestone:goals": "2027-03-13 09:00",
        "assignment.due:kickoff": "2027-03-24 17:00",
    }
    assert why(after, "workshop:kickoff") == (
        "Start + 2 days at 10:00; moved from Wed 3 Mar because of the blackout 3–5 Mar"
    )
    assert why(after, "milestone:goals") == "Workshop Kickoff + 5 days at 09:00"


def test_follower_that_still_lies_in_the_blackout_is_pushed_itself() -> None:
    pack = make_pack(make_module("a", workshop="start+2d 10:00"), milestones={"eve": "workshop:a-5d 09:00"})

    after = black_out(arranged(pack), date(2027, 3, 3), date(2027, 3, 9), Push.NEXT_DAY)

    assert walls(after)["workshop:a"] == "2027-03-10 10:00"  # takes the eve from 26 February to 5 March
    assert walls(after)["milestone:eve"] == "2027-03-10 09:00"
    assert why(after, "milestone:eve") == (
        "Workshop A − 5 days at 09:00; moved from Fri 5 Mar because of the blackout 3–9 Mar"
    )


def test_pinned_and_dropped_items_are_not_pushed() -> None:
    before = drop(pin(arranged(SMALL), "workshop:kickoff"), "workshop.alternative:kickoff")

    for push in (Push.NEXT_DAY, Push.WEEKS):
        assert table(before, black_out(before, date(2027, 3, 3), date(2027, 3, 5), push)) == []


def test_weeks_moves_the_first_hit_item_and_all_that_is_later() -> None:
    before = arranged(SMALL)

    after = black_out(before, date(2027, 3, 4), date(2027, 3, 11), Push.WEEKS)

    assert walls(after) == walls(before) | {
        "workshop.alternative:kickoff": "2027-03-18 15:00",
        "milestone:goals": "2027-03-22 09:00",
        "assignment.due:kickoff": "2027-04-02 17:00",
        "module.closes:kickoff": "2027-04-04 17:00",
        "milestone:party": "2027-09-07 15:00",
    }
    assert (
        why(after, "milestone:party") == "End − 3 days at 15:00; moved from Tue 24 Aug because of the blackout 4–11 Mar"
    )


def test_weeks_clears_what_goes_along_from_before_the_blackout_too() -> None:
    """One week clears the workshop of Wednesday, and would put the eve of it on the last Tuesday of the blackout."""
    pack = make_pack(make_module("a", workshop="start+2d 10:00"), milestones={"eve": "workshop:a-1d 17:00"})
    before = arranged(pack)

    after = black_out(before, *CLOSED, Push.WEEKS)

    assert walls(after) == walls(before) | {
        "milestone:eve": "2027-03-16 17:00",
        "workshop:a": "2027-03-17 10:00",
        "module.closes:a": "2027-04-04 17:00",
    }


def test_weeks_passes_over_what_stays_with_a_pinned_item() -> None:
    pack = make_pack(
        make_module("a", workshop="start+2d 10:00"), milestones={"eve": "workshop:a-1d 17:00", "free": "start+4d"}
    )
    before = pin(arranged(pack), "workshop:a")

    after = black_out(before, date(2027, 3, 2), date(2027, 3, 5), Push.WEEKS)

    assert walls(after) == walls(before) | {"milestone:free": "2027-03-12 00:00", "module.closes:a": "2027-03-28 17:00"}


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2027, 3, 3), date(2027, 3, 3), "3 Mar"),
        (date(2027, 3, 1), date(2027, 4, 2), "1 Mar – 2 Apr"),
        (date(2026, 12, 28), date(2027, 3, 3), "28 Dec – 3 Mar"),
    ],
)
def test_reason_names_the_days_of_the_blackout(first: date, last: date, words: str) -> None:
    after = black_out(arranged(SMALL), first, last, Push.NEXT_DAY)

    assert why(after, "workshop:kickoff").endswith(f"; moved from Wed 3 Mar because of the blackout {words}")


# --- what can be stored

CHANGES: list[Callable[[Arrangement], Arrangement]] = [
    lambda it: move(it, "workshop:kickoff", wall("2027-03-09T15:30"), reason="because Ruth travels"),
    lambda it: pin(it, "milestone:goals"),
    lambda it: override(it, "module.closes:kickoff", "end+0d 17:00"),
    lambda it: drop(it, "workshop.alternative:kickoff"),
    lambda it: add_milestone(it, "Lunch", "start+4d 12:00", 60),
    lambda it: move(it, "milestone:party", wall("2027-08-24T00:00")),
    lambda it: black_out(it, *CLOSED, Push.NEXT_DAY),
    lambda it: defer(it, date(2027, 3, 8)),
]


def test_snapshot_goes_through_json_and_back() -> None:
    before = changed = arranged(SMALL, "Europe/London")
    for change in CHANGES:
        changed = change(changed)

    facts = json.loads(json.dumps(snapshot(changed)))

    assert as_it_was(before, facts) == changed
    assert as_it_was(changed, json.loads(json.dumps(snapshot(before)))) == before
    assert changed.adjustment("milestone:party").clock == time(0)


# --- another version of the program


def test_version_adopted_whole_decides_everything_that_is_not_this_cohorts_own() -> None:
    before = add_milestone(pin(drop(arranged(SMALL), "milestone:goals"), "milestone:party"), "Lunch", "start+4d", 60)
    new = make_pack(make_module("kickoff", workshop="start+9d 10:00"), milestones={"lunch": "start+5d"}, length_days=90)

    after = adopt(before, list(list_entries(new)), 90, Take.ALL, datetime(2027, 3, 10, tzinfo=UTC))

    assert walls(after) == {
        "module.opens:kickoff": "2027-03-01 08:00",
        "module.closes:kickoff": "2027-03-21 17:00",
        "workshop:kickoff": "2027-03-10 10:00",
        "milestone:lunch": "2027-03-06 00:00",
    }
    assert (dict(after.adjustments), after.added) == ({}, ())


def test_version_adopted_for_the_future_leaves_the_past_on_its_days() -> None:
    before = arranged(SMALL)
    new = make_pack(
        make_module("kickoff", workshop="start+20d 11:00", due="workshop:kickoff+20d 17:00"),
        milestones={"early": "start+1d", "late": "start+30d", "next": "workshop:kickoff+1d 09:00"},
    )

    after = adopt(before, list(list_entries(new)), 180, Take.FUTURE, datetime(2027, 3, 5, tzinfo=UTC))

    assert walls(after) == {
        "module.opens:kickoff": "2027-03-01 08:00",
        "workshop:kickoff": "2027-03-03 10:00",  # has been, and stays on its day and at its time
        "workshop.alternative:kickoff": "2027-03-04 15:00",  # has been, and the new version has it no more
        "module.closes:kickoff": "2027-03-21 17:00",
        "assignment.due:kickoff": "2027-03-23 17:00",  # the new expression, from where the workshop was
        "milestone:late": "2027-03-31 00:00",
    }
    assert after.adjustment("milestone:early").is_dropped
    assert after.adjustment("milestone:next").is_dropped  # from the workshop that has been, it would be over
    assert after.adjustment("workshop:kickoff").clock == time(10)
    assert why(after, "workshop:kickoff") == "Start + 20 days at 11:00; pinned here, it would be Sun 21 Mar 11:00"


def test_past_item_whose_anchor_is_gone_stays_on_its_day() -> None:
    pack = make_pack(make_module("kickoff", workshop="start+9d 10:00"), milestones={"eve": "workshop:kickoff-7d 09:00"})
    before = arranged(pack)
    now = datetime(2027, 3, 5, tzinfo=UTC)

    after = adopt(before, list(list_entries(make_pack())), 180, Take.FUTURE, now)

    assert walls(after) == {"module.opens:kickoff": "2027-03-01 08:00", "milestone:eve": "2027-03-03 09:00"}


def test_version_that_makes_a_circle_with_this_cohorts_own_is_refused() -> None:
    """A cohort hangs one workshop on the other; the new version hangs that one on the first."""
    a, b = make_module("a", workshop="start+2d"), make_module("b", workshop="start+9d")
    before = override(arranged(make_pack(a, b)), "workshop:a", "workshop:b-7d")
    new = list(list_entries(make_pack(a, make_module("b", workshop="workshop:a+7d"))))

    for take in Take:
        with pytest.raises(DomainError, match="hang on each other: workshop:a → workshop:b → workshop:a"):
            adopt(before, new, 180, take, datetime(2027, 3, 5, tzinfo=UTC))


# --- what is refused


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda it: move(it, "workshop:nowhere", wall("2027-03-09T00:00")), "item", "nothing called workshop:nowhere"),
        (lambda it: move(it, "milestone:meet", wall("2027-03-09T00:00")), "day", "when the matches are published"),
        (lambda it: move(it, "milestone:goals", wall("2031-03-09T00:00")), "day", "1,462 days away"),
        (lambda it: move(drop(it, "milestone:goals"), "milestone:goals", wall("2027-03-09T00:00")), "item", "dropped"),
        (lambda it: shift(it, "workshop:nowhere", 7), "item", "nothing called"),
        (lambda it: shift(it, "milestone:meet", 7), "item", "no date yet"),
        (lambda it: shift(it, "milestone:goals", -1001), "day", "1,001 days away"),
        (lambda it: pin(it, "milestone:meet"), "item", "no date yet"),
        (lambda it: pin(drop(it, "milestone:goals"), "milestone:goals"), "item", "hold it again"),
        (lambda it: drop(drop(it, "milestone:goals"), "milestone:goals"), "item", "hold it again"),
        (lambda it: restore(it, "milestone:goals"), None, "held already"),
        (lambda it: restore(it, "milestone:nowhere"), None, "held already"),
        (lambda it: let_go(it, "milestone:nowhere"), "item", "nothing called"),
        (lambda it: override(it, "milestone:goals", "whenever"), "expression", "no known anchor"),
        (lambda it: override(it, "milestone:goals", "workshop:nowhere+1d"), "expression", "workshop:nowhere to hang"),
        (lambda it: override(it, "workshop:kickoff", "workshop:kickoff+1d"), "expression", "hang on each other"),
        (lambda it: add_milestone(it, "Lunch", "module:nowhere+1d", 60), "expression", "module:nowhere to hang"),
        (lambda it: add_sitting(it, "kickoff", "noon"), "expression", "no known anchor"),
        (lambda it: black_out(it, date(2027, 3, 5), date(2027, 3, 4)), "last", "ends before it begins"),
        (lambda it: black_out(it, date(2027, 3, 5), date(2037, 3, 4)), "last", "1,000 days at most"),
        (lambda it: open_up(it, *CLOSED), None, "no such blackout"),
        (lambda it: defer(it, date(2032, 3, 1)), "day", "1,827 days away"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    change: Callable[[Arrangement], Arrangement], field: str | None, words: str
) -> None:
    pack = replace(SMALL, milestones=(*SMALL.milestones, *make_pack(milestones={"meet": "match+10d"}).milestones))

    with pytest.raises(DomainError, match=words) as refusal:
        change(arranged(pack, start=MONDAY))

    assert refusal.value.field == field
