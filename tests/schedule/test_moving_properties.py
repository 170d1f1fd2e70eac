"""What holds for every pack, zone and change: found in generated programs, not in chosen ones."""

import json
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.clock import from_local
from cohort.programs.pack import Pack
from cohort.schedule.dates import parse_expression
from cohort.schedule.items import list_entries
from cohort.schedule.moving import Scope, Take, adopt, defer, drop, move, override, pin, restore, shift
from cohort.schedule.plan import Arrangement, arrange, plan_dates
from cohort.schedule.pushing import Push, black_out
from cohort.schedule.snapshots import as_it_was, snapshot
from tests.schedule.arranged import table
from tests.schedule.packs import make_module, make_pack

ZONES = (
    "America/New_York",
    "Europe/London",
    "Pacific/Auckland",
    "Australia/Lord_Howe",  # goes by half an hour
    "Africa/Cairo",  # skips midnight, as do the next two
    "Asia/Beirut",
    "America/Santiago",
    "America/Asuncion",  # gave clock changes up in 2024
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Kiritimati",
)
WORKING = 5
zones = st.sampled_from(ZONES)
starts = st.dates(date(2010, 1, 1), date(2035, 12, 31))
distances = st.integers(-120, 120)
clocks = st.sampled_from(["", " 00:00", " 00:30", " 02:15", " 02:30", " 08:00", " 17:00", " 23:59"])
days = st.integers(-3, 40)


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """Modules and workshops that hang on what comes before them, milestones on any of these, in any order."""
    names: list[str] = []
    modules = []
    for number in range(draw(st.integers(1, 5))):
        key = f"m{number}"
        opens = draw(expressions(names))
        names.append(f"module:{key}")
        workshop = draw(expressions(names)) if draw(st.booleans()) else None
        if workshop:
            names.append(f"workshop:{key}")
        due = draw(expressions(names)) if draw(st.booleans()) else None
        second = draw(expressions(names)) if workshop and draw(st.booleans()) else None
        closes = draw(expressions(names))
        modules.append(make_module(key, opens=opens, closes=closes, workshop=workshop, alternative=second, due=due))
    milestones = {f"d{number}": draw(expressions(names)) for number in range(draw(st.integers(1, 4)))}
    return make_pack(*draw(st.permutations(modules)), milestones=milestones)


def expressions(names: list[str]) -> st.SearchStrategy[str]:
    anchors = st.sampled_from(["start", "end", *names, *names])
    return st.builds(lambda anchor, by, clock: f"{anchor}{by:+d}d{clock}", anchors, days, clocks)


@st.composite
def arrangements(draw: st.DrawFn, *, pins: bool = True) -> Arrangement:
    """A cohort that does some things differently already."""
    made = arrange(draw(packs()), start=draw(starts), zone=draw(zones))
    for item_id in draw(st.lists(st.sampled_from(sorted(made.entries)), max_size=3, unique=True)):
        made = change_one(draw, made, item_id, pins=pins)
    return made


def change_one(draw: st.DrawFn, made: Arrangement, item_id: str, *, pins: bool) -> Arrangement:
    match draw(st.integers(0, 3)):
        case 0 if pins:
            return pin(made, item_id)
        case 1:
            return override(made, item_id, f"start{draw(days):+d}d{draw(clocks)}")
        case 2:
            return drop(made, item_id)
        case _:
            return move(made, item_id, wall_of(made, item_id) + timedelta(days=draw(distances), minutes=draw(days)))


def wall_of(made: Arrangement, item_id: str) -> datetime:
    found = made.spots[item_id].wall
    assert found is not None, "nothing here hangs on matches"
    return found


def one_of(draw: st.DataObject, made: Arrangement) -> str:
    return draw.draw(st.sampled_from([it for it in sorted(made.entries) if not made.adjustment(it).is_dropped]))


def is_something_held(made: Arrangement) -> bool:
    return any(not made.adjustment(it).is_dropped for it in made.entries)


def hangs_on(made: Arrangement, item_id: str) -> list[str]:
    """What the item hangs on, the nearest first, written out anew from the expressions."""
    trail = []
    kinds = {"workshop": "workshop", "module": "module.opens"}
    step: str | None = item_id
    while step is not None:
        expression = parse_expression(made.adjustment(step).override or made.entries[step].expression)
        step = f"{kinds[expression.anchor]}:{expression.key}" if expression.anchor.is_keyed else None
        trail += [step] if step else []
    return trail


def moved_by(before: Arrangement, after: Arrangement) -> dict[str, timedelta]:
    """Of what lies elsewhere afterwards, by how much on the wall."""
    pairs = {it: (wall_of(before, it), wall_of(after, it)) for it in before.entries}
    return {it: becomes - was for it, (was, becomes) in pairs.items() if becomes != was}


EXAMPLES = settings(max_examples=25, deadline=None)


@EXAMPLES
@given(arrangements(), st.randoms(use_true_random=False))
def test_order_of_the_pack_does_not_matter(made: Arrangement, random: Random) -> None:
    shuffled = Arrangement(
        tuple(random.sample(made.program, k=len(made.program))),
        made.length_days,
        made.start,
        made.zone,
        adjustments=made.adjustments,
    )

    assert plan_dates(shuffled) == plan_dates(made)
    later = sorted(made.entries)[0]
    if not made.adjustment(later).is_dropped:
        assert plan_dates(shift(shuffled, later, 7)) == plan_dates(shift(made, later, 7))
    for push in Push:
        hit = (made.start, made.start + timedelta(days=9), push)
        assert plan_dates(black_out(shuffled, *hit)) == plan_dates(black_out(made, *hit))


@EXAMPLES
@given(arrangements(), distances, st.integers(0, 1439), st.data())
def test_moving_there_and_back_restores_everything(
    made: Arrangement, by: int, minute: int, data: st.DataObject
) -> None:
    if not is_something_held(made):
        return
    item_id = one_of(data, made)
    scope = data.draw(st.sampled_from([Scope.CHAIN, Scope.ONE]))
    was = wall_of(made, item_id)
    to = datetime.combine(was.date() + timedelta(days=by), time(minute // 60, minute % 60))

    there = move(made, item_id, to, scope)
    back = move(there, item_id, was, scope)

    assert wall_of(there, item_id) == to
    assert table(made, back) == []
    assert without_reasons(back) == without_reasons(made)


def without_reasons(made: Arrangement) -> dict[str, Any]:
    """A reason that was given for an earlier move is not given again for coming back to where that led."""
    facts = snapshot(made)
    return facts | {"adjustments": {it: own | {"reason": ""} for it, own in facts["adjustments"].items()}}


@EXAMPLES
@given(arrangements(), st.integers(1, 120), st.data())
def test_shifting_there_and_back_restores_everything(made: Arrangement, by: int, data: st.DataObject) -> None:
    if not is_something_held(made):
        return
    item_id = one_of(data, made)

    there = shift(made, item_id, by)

    if item_id in moved_by(made, there):  # what is pinned begins elsewhere in what has moved: its way back is to undo
        assert without_reasons(shift(there, item_id, -by)) == without_reasons(made)
    assert without_reasons(defer(defer(made, made.start + timedelta(days=by)), made.start)) == without_reasons(made)


@EXAMPLES
@given(arrangements(), distances, st.data())
def test_shift_keeps_wall_times_and_moves_all_by_as_much(made: Arrangement, by: int, data: st.DataObject) -> None:
    if not is_something_held(made):
        return
    item_id = one_of(data, made)
    begins = wall_of(made, item_id)

    after = shift(made, item_id, by)

    moved = moved_by(made, after)
    assert set(moved.values()) <= {timedelta(days=by)}
    pinned = {it for it in made.entries if made.adjustment(it).pinned_on}
    assert not pinned & set(moved)
    free = {it for it in made.entries if not pinned & {it, *hangs_on(made, it)}}
    later = {it for it in made.entries if wall_of(made, it) >= begins}
    with_anchor = {it for it in free if {it, *hangs_on(made, it)} & later}
    assert (with_anchor & free if by else set()) == set(moved) & free


@EXAMPLES
@given(arrangements(), st.integers(-10, 10), st.data())
def test_whole_weeks_keep_the_weekday_and_no_zone_loses_a_day(
    made: Arrangement, weeks: int, data: st.DataObject
) -> None:
    if not is_something_held(made):
        return

    after = shift(made, one_of(data, made), 7 * weeks)

    for item in plan_dates(after).items:
        was, becomes = wall_of(made, item.id), wall_of(after, item.id)
        assert (becomes.weekday(), becomes.time()) == (was.weekday(), was.time())
        assert item.at == from_local(becomes.date(), becomes.time(), made.zone)


@EXAMPLES
@given(arrangements(), distances, st.data())
def test_only_what_hangs_on_a_moved_item_follows_it(made: Arrangement, by: int, data: st.DataObject) -> None:
    if not is_something_held(made):
        return
    item_id = one_of(data, made)

    after = move(made, item_id, wall_of(made, item_id) + timedelta(days=by))

    def follows(other: str) -> bool:
        """On the way from the item to `other` nothing is pinned."""
        trail = [other, *hangs_on(made, other)]
        return item_id in trail and not any(made.adjustment(it).pinned_on for it in trail[: trail.index(item_id)])

    expected = {it: timedelta(days=by) for it in made.entries if by and follows(it)}
    assert moved_by(made, after) == expected


@EXAMPLES
@given(arrangements(), st.data())
def test_dropping_moves_nothing_else_and_is_taken_back(made: Arrangement, data: st.DataObject) -> None:
    if not is_something_held(made):
        return
    item_id = one_of(data, made)

    after = drop(made, item_id)

    assert [it for it, _, becomes in table(made, after) if becomes or it != item_id] == []
    assert snapshot(restore(after, item_id)) == snapshot(made)


@EXAMPLES
@given(arrangements(), st.integers(0, 60), st.integers(0, 15))
def test_next_day_moves_what_is_hit_to_a_working_day(made: Arrangement, begins: int, length: int) -> None:
    first = made.start + timedelta(days=begins)
    last = first + timedelta(days=length)

    after = black_out(made, first, last, Push.NEXT_DAY)

    target = next(day for day in (last + timedelta(days=n) for n in range(1, 4)) if day.weekday() < WORKING)
    moved = moved_by(made, after)
    pushed = {it for it in made.entries if after.adjustment(it) != made.adjustment(it)}
    for it in made.entries:
        own, day = made.adjustment(it), wall_of(after, it).date()
        if own.pinned_on or own.is_dropped:
            assert it not in pushed
        else:
            assert not first <= day <= last
        assert wall_of(after, it).time() == wall_of(made, it).time()
        if it in pushed:
            assert day == target
        elif it in moved:
            assert set(hangs_on(made, it)) & pushed
    assert black_out(after, first, last, Push.NEXT_DAY) == after


@EXAMPLES
@given(arrangements(), st.integers(0, 60), st.integers(0, 15))
def test_weeks_clears_the_blackout_by_the_fewest(made: Arrangement, begins: int, length: int) -> None:
    first = made.start + timedelta(days=begins)
    last = first + timedelta(days=length)

    after = black_out(made, first, last, Push.WEEKS)

    moved = moved_by(made, after)
    assert len(set(moved.values())) <= 1
    assert black_out(after, first, last, Push.WEEKS) == after or has_pins(made)
    free = {it for it in made.entries if may_move(made, it)}
    assert not [it for it in free if first <= wall_of(after, it).date() <= last]
    hit = [wall_of(made, it) for it in free if first <= wall_of(made, it).date() <= last]
    if not hit:
        assert not moved or has_pins(made)
        return
    [by] = set(moved.values())
    assert by.days % 7 == 0
    assert by.seconds == 0
    earlier = {it for it in moved if wall_of(made, it) < min(hit)}
    if not has_pins(made):
        assert all(set(hangs_on(made, it)) & (moved.keys() - earlier) for it in earlier)
        fewer = by - timedelta(days=7)
        assert not fewer or any(first <= (wall_of(made, it) + fewer).date() <= last for it in moved)


def has_pins(made: Arrangement) -> bool:
    return any(own.pinned_on for own in made.adjustments.values())


def may_move(made: Arrangement, item_id: str) -> bool:
    """True for what is held and neither pinned nor hangs on something that is."""
    trail = [item_id, *hangs_on(made, item_id)]
    return not made.adjustment(item_id).is_dropped and not any(made.adjustment(it).pinned_on for it in trail)


@EXAMPLES
@given(arrangements(), arrangements())
def test_snapshot_goes_through_json_and_back(made: Arrangement, other: Arrangement) -> None:
    facts = json.loads(json.dumps(snapshot(made)))

    assert as_it_was(made, facts) == made
    assert snapshot(as_it_was(other, facts)) == snapshot(made)


@EXAMPLES
@given(arrangements(), packs(), st.integers(0, 60))
def test_version_for_the_future_leaves_the_past_on_its_days(made: Arrangement, new: Pack, day: int) -> None:
    now = from_local(made.start + timedelta(days=day), time(12), made.zone)
    before = {item.id: item.at for item in plan_dates(made).items}

    after = adopt(made, list(list_entries(new)), new.length_days, Take.FUTURE, now)

    then = {item.id: item.at for item in plan_dates(after).items}
    past = {it: at for it, at in before.items() if at and at <= now}
    assert {it: then.get(it) for it in past} == past
    assert not [it for it, at in then.items() if at and at <= now and it not in before]
    assert snapshot(adopt(after, list(list_entries(new)), new.length_days, Take.FUTURE, now)) == snapshot(after)


@EXAMPLES
@given(arrangements(), packs())
def test_version_taken_whole_holds_all_that_is_in_it_or_in_its_place(made: Arrangement, new: Pack) -> None:
    after = adopt(made, list(list_entries(new)), new.length_days, Take.ALL, from_local(made.start, time(0), "UTC"))

    assert set(after.entries) == {entry.id for entry in list_entries(new)}
    untouched = {it for it in after.entries if not {it, *hangs_on(after, it)} & set(after.adjustments)}
    alone = arrange(new, start=made.start, zone=made.zone)
    assert {it: after.spots[it] for it in untouched} == {it: alone.spots[it] for it in untouched}
