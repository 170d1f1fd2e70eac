"""Places in workshops: taken, waited for, offered, claimed, swapped, given up; never more than there are seats."""

from datetime import timedelta

import pytest

from cohort.cohorts.enrolling import withdraw
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.workshops.models import Attendance, Place, PlaceState
from cohort.workshops.seats import expire_offers, list_unsettled
from cohort.workshops.settling import Settings, settle
from cohort.workshops.signing_up import (
    ask_to_confirm,
    claim_place,
    confirm,
    excuse,
    leave_place,
    seat_above,
    take_place,
)
from tests.build import Build
from tests.workshops.hall import Hall

HOUR = timedelta(hours=1)


@pytest.fixture
def hall(build: Build) -> Hall:
    """One seat in each sitting."""
    return Hall(build, capacity=1)


def test_free_seat_is_taken_at_once(hall: Hall) -> None:
    ann = hall.comer()

    assert take_place(ann, hall.first, now=hall.build.now).state is PlaceState.HELD
    assert take_place(ann, hall.first, now=hall.build.now).state is PlaceState.HELD
    assert (hall.taken(hall.first), hall.mails()) == (1, [])


def test_without_a_capacity_everybody_has_a_seat(build: Build) -> None:
    hall = Hall(build)

    states = {take_place(hall.comer(), hall.first, now=build.now).state for _ in range(3)}

    assert states == {PlaceState.HELD}


def test_sitting_without_a_row_gets_one_with_a_code(build: Build) -> None:
    hall = Hall(build)
    for item in (hall.first, hall.second):
        db.session.delete(hall.sitting(item))
    db.session.flush()

    take_place(hall.comer(), hall.first, now=build.now)

    assert [(hall.sitting(it).capacity, len(hall.sitting(it).code)) for it in (hall.first, hall.second)] == [
        (None, 6)
    ] * 2


def test_who_comes_to_a_full_sitting_waits_and_the_first_in_line_is_offered_the_freed_seat(hall: Hall) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    for number, one in enumerate((ann, cleo, ben)):
        take_place(one, hall.first, now=hall.build.now + number * timedelta(seconds=1))
    now = hall.build.now + HOUR

    leave_place(ann, hall.first, now=now)

    assert [hall.state(one, hall.first) for one in (ann, ben, cleo)] == ["left", "waiting", "offered"]
    assert hall.mails() == [("workshop-offer", cleo.person_id)]
    offered = hall.place(cleo, hall.first)
    assert offered and offered.offered_until == now + (hall.starts_at - now) / 4


def test_newcomer_does_not_jump_the_line(hall: Hall) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    for one in (ann, ben):
        take_place(one, hall.first, now=hall.build.now)
    leave_place(ann, hall.first, now=hall.build.now)

    assert take_place(cleo, hall.first, now=hall.build.now).state is PlaceState.WAITING
    assert hall.state(ben, hall.first) == "offered"


@pytest.mark.parametrize(
    ("before", "lasts"),
    [
        (timedelta(days=20), timedelta(hours=48)),
        (timedelta(days=4), timedelta(hours=24)),
        (timedelta(hours=3), timedelta(minutes=45)),
        (timedelta(hours=2, seconds=1), timedelta(minutes=30, milliseconds=250)),
    ],
)
def test_offer_lasts_two_days_and_less_near_the_date(hall: Hall, before: timedelta, lasts: timedelta) -> None:
    ann, ben = hall.comer(), hall.comer()
    now = hall.starts_at - before
    take_place(ann, hall.first, now=now)
    take_place(ben, hall.first, now=now)

    leave_place(ann, hall.first, now=now)

    place = hall.place(ben, hall.first)
    assert place and place.offered_until == now + lasts


def test_in_the_last_two_hours_a_freed_seat_is_open_to_all(hall: Hall) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    now = hall.starts_at - 2 * HOUR

    leave_place(ann, hall.first, now=now)

    assert (hall.state(ben, hall.first), hall.mails()) == ("waiting", [])
    assert take_place(cleo, hall.first, now=now).state is PlaceState.HELD
    assert take_place(ben, hall.first, now=now).state is PlaceState.WAITING


def test_claimed_seat_is_held_and_confirmed_by_mail(hall: Hall) -> None:
    ann, ben = hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    leave_place(ann, hall.first, now=hall.build.now)

    assert claim_place(ben, hall.first, now=hall.build.now + HOUR).state is PlaceState.HELD
    assert hall.mails() == [("workshop-offer", ben.person_id), ("workshop-place", ben.person_id)]


def test_offer_that_is_let_pass_goes_to_the_next(hall: Hall) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    for number, one in enumerate((ann, ben, cleo)):
        take_place(one, hall.first, now=hall.build.now + timedelta(seconds=number))
    leave_place(ann, hall.first, now=hall.build.now)
    place = hall.place(ben, hall.first)
    assert place and place.offered_until
    end = place.offered_until

    assert list_unsettled(end - timedelta(seconds=1)) == []
    for item in list_unsettled(end):
        expire_offers(item, now=end)

    assert [hall.state(one, hall.first) for one in (ann, ben, cleo)] == ["left", "left", "offered"]
    assert list_unsettled(end) == []
    with pytest.raises(Conflict, match="This offer has ended"):
        claim_place(ben, hall.first, now=end)


def test_offer_has_ended_at_its_end_although_no_worker_ran(hall: Hall) -> None:
    ann, ben = hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    leave_place(ann, hall.first, now=hall.build.now)
    place = hall.place(ben, hall.first)
    assert place and place.offered_until

    with pytest.raises(Conflict, match="This offer has ended"):
        claim_place(ben, hall.first, now=place.offered_until)


def test_swap_keeps_the_old_place_until_the_new_one_is_held(hall: Hall) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.second, now=hall.build.now)
    take_place(cleo, hall.first, now=hall.build.now)

    assert take_place(ann, hall.second, now=hall.build.now).state is PlaceState.WAITING
    assert hall.state(ann, hall.first) == "held"

    leave_place(ben, hall.second, now=hall.build.now)
    assert [hall.state(ann, item) for item in (hall.first, hall.second)] == ["held", "offered"]
    claim_place(ann, hall.second, now=hall.build.now)

    assert [hall.state(ann, item) for item in (hall.first, hall.second)] == ["left", "held"]
    assert hall.state(cleo, hall.first) == "offered"


def test_excused_person_frees_the_seat_and_leaves_every_line(hall: Hall) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    take_place(cleo, hall.second, now=hall.build.now)
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ann, hall.second, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)

    excuse(ann, hall.first, now=hall.build.now)

    assert [hall.state(ann, item) for item in (hall.first, hall.second)] == ["excused", "left"]
    assert hall.state(ben, hall.first) == "offered"


def test_who_gave_no_answer_can_be_excused_and_come_after_all(hall: Hall) -> None:
    ann = hall.comer()
    excuse(ann, hall.first, now=hall.build.now)
    assert hall.state(ann, hall.first) == "excused"

    take_place(ann, hall.second, now=hall.build.now)

    assert [hall.state(ann, item) for item in (hall.first, hall.second)] == ["left", "held"]


def test_more_seats_are_offered_to_the_line(hall: Hall) -> None:
    people = [hall.comer() for _ in range(4)]
    for number, one in enumerate(people):
        take_place(one, hall.first, now=hall.build.now + timedelta(seconds=number))

    settle(hall.first, Settings(3, "", "", None, "", ""), version=0, now=hall.build.now + HOUR)

    assert [hall.state(one, hall.first) for one in people] == ["held", "offered", "offered", "waiting"]


def test_who_withdraws_from_the_cohort_frees_their_places(hall: Hall) -> None:
    ann, ben = hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)

    withdraw(ann, reason="Moved away", now=hall.build.now)

    assert [hall.state(one, hall.first) for one in (ann, ben)] == ["left", "offered"]
    assert hall.mails() == [("workshop-offer", ben.person_id)]


@pytest.mark.parametrize("why", ["dropped", "over", "undated", "archived", "withdrawn", "was there"])
def test_nobody_signs_up_to_what_is_not_held(hall: Hall, why: str) -> None:
    ann, now = hall.comer(), hall.build.now
    match why:
        case "dropped":
            hall.first.dropped_at = now
        case "over":
            now = hall.ends_at
        case "undated":
            hall.first.at = hall.first.ends_at = None
        case "archived":
            hall.cohort.state = CohortState.ARCHIVED
        case "withdrawn":
            ann.state = EnrolmentState.WITHDRAWN
        case _:
            db.session.add(
                Place(
                    item_id=hall.second.id,
                    enrolment_id=ann.id,
                    state=PlaceState.HELD,
                    since=now,
                    attendance=Attendance.ATTENDED,
                )
            )
    db.session.flush()

    with pytest.raises(Conflict):
        take_place(ann, hall.first, now=now)


def test_staff_seat_somebody_above_the_capacity_with_a_reason(hall: Hall) -> None:
    ann, ben = hall.comer(), hall.comer()
    lead = hall.build.staff(hall.cohort).person
    take_place(ann, hall.first, now=hall.build.now)

    with pytest.raises(DomainError, match="Write the reason"):
        seat_above(ben, hall.first, reason=" ", by=lead, now=hall.build.now)
    place = seat_above(ben, hall.first, reason="Flies in for it", by=lead, now=hall.build.now)

    assert (place.state, place.above_reason, hall.taken(hall.first)) == (PlaceState.HELD, "Flies in for it", 2)
    leave_place(ann, hall.first, now=hall.build.now)
    assert take_place(hall.comer(), hall.first, now=hall.build.now).state is PlaceState.WAITING


def test_moved_sitting_is_confirmed_by_who_holds_a_place(hall: Hall) -> None:
    ann, ben = hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    ask_to_confirm([hall.first.id], now=hall.build.now)

    confirm(ann, hall.first, now=hall.build.now + HOUR)
    with pytest.raises(Conflict):
        confirm(ben, hall.first, now=hall.build.now)

    place = hall.place(ann, hall.first)
    assert place and (place.confirm_asked_at, place.confirmed_at) == (hall.build.now, hall.build.now + HOUR)


def test_every_change_of_places_lets_the_planner_look(hall: Hall) -> None:
    before = db.session.get_one(Cohort, hall.cohort.id).plan_revision

    take_place(hall.comer(), hall.first, now=hall.build.now)

    db.session.refresh(hall.cohort)
    assert hall.cohort.plan_revision == before + 1
