"""Who was there: marks, walk-ins, the code and its window, closing, make-up, stars."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Enrolment
from cohort.errors import Conflict, DomainError
from cohort.workshops.attending import (
    check_in,
    close_attendance,
    make_up,
    rate,
    record,
    renew_code,
    reopen_attendance,
    walk_in,
)
from cohort.workshops.models import Attendance, Place, PlaceState
from cohort.workshops.queries import list_sittings
from cohort.workshops.signing_up import excuse, take_place
from tests.build import Build
from tests.workshops.hall import Hall

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall(build: Build) -> Hall:
    return Hall(build, capacity=3)


def seated(hall: Hall, name: str = "") -> Enrolment:
    enrolment = hall.comer(name)
    take_place(enrolment, hall.first, now=hall.build.now)
    return enrolment


def mark(hall: Hall, enrolment: Enrolment) -> Attendance | None:
    place = hall.place(enrolment, hall.first)
    assert place
    return place.attendance


def test_staff_note_who_was_there_and_take_a_mark_back(hall: Hall) -> None:
    ann, ben, stranger = seated(hall), seated(hall), hall.comer()
    marks = {ann.id: Attendance.ATTENDED, ben.id: Attendance.PART, stranger.id: Attendance.ATTENDED}

    assert record(hall.first, marks, now=hall.starts_at) == 2
    assert record(hall.first, marks | {ann.id: None}, now=hall.starts_at) == 1

    assert (mark(hall, ann), mark(hall, ben), hall.place(stranger, hall.first)) == (None, Attendance.PART, None)


def test_attendance_is_not_noted_before_the_start(hall: Hall) -> None:
    ann = seated(hall)

    with pytest.raises(Conflict, match="from five minutes before"):
        record(hall.first, {ann.id: Attendance.ATTENDED}, now=hall.starts_at - 6 * MINUTE)


@pytest.mark.parametrize(("minutes", "is_taken"), [(-6, False), (-5, True), (24, True), (25, False)])
def test_code_is_taken_in_its_window(hall: Hall, minutes: int, is_taken: bool) -> None:
    ann, now = seated(hall), hall.starts_at + minutes * MINUTE

    if is_taken:
        place = check_in(ann, [hall.first, hall.second], code=" 123 456 ", now=now)
        assert (place.attendance, place.checked_in_at) == (Attendance.ATTENDED, now)
    else:
        with pytest.raises(Conflict):
            check_in(ann, [hall.first, hall.second], code="123456", now=now)
        assert mark(hall, ann) is None


@pytest.mark.parametrize("code", ["123457", "", "12345", "１２３４５６", "123456 or 1=1"])
def test_wrong_code_is_refused(hall: Hall, code: str) -> None:
    ann = seated(hall)

    with pytest.raises(DomainError, match="That is not the code"):
        check_in(ann, [hall.first], code=code, now=hall.starts_at)
    assert mark(hall, ann) is None


def test_renewed_code_makes_the_old_one_worthless(hall: Hall) -> None:
    ann = seated(hall)
    hall.sitting(hall.first).code = "0"
    new = renew_code(hall.first, now=hall.starts_at).code

    with pytest.raises(DomainError):
        check_in(ann, [hall.first], code="0", now=hall.starts_at)
    assert check_in(ann, [hall.first], code=new, now=hall.starts_at).attendance is Attendance.ATTENDED


def test_who_checks_in_without_a_place_takes_a_free_seat_and_else_is_refused(hall: Hall) -> None:
    for _ in range(2):
        seated(hall)
    late, later = hall.comer(), hall.comer()

    assert check_in(late, [hall.first], code="123456", now=hall.starts_at).state is PlaceState.HELD
    with pytest.raises(Conflict, match="All seats of this sitting are taken"):
        check_in(later, [hall.first], code="123456", now=hall.starts_at)


def test_walk_in_takes_no_seat_and_gives_up_the_other_sitting(hall: Hall) -> None:
    for _ in range(3):
        seated(hall)
    ann = hall.comer()
    take_place(ann, hall.second, now=hall.build.now)

    place = walk_in(ann, hall.first, attendance=Attendance.ATTENDED, now=hall.starts_at)

    assert (place.state, place.is_walk_in, hall.state(ann, hall.second)) == (PlaceState.HELD, True, "left")
    (held, _) = list_sittings(hall.cohort.id, hall.first.key)
    assert (held.tally.held, held.tally.seats_taken, held.free) == (4, 3, 0)


def test_closing_makes_no_shows_and_mails_each_of_them_once(hall: Hall) -> None:
    ann, ben, cleo, dan = seated(hall), seated(hall), seated(hall), hall.comer()
    excuse(cleo, hall.first, now=hall.build.now)
    take_place(dan, hall.second, now=hall.build.now)
    record(hall.first, {ann.id: Attendance.ATTENDED}, now=hall.starts_at)

    assert close_attendance(hall.first, now=hall.ends_at) == 1

    assert [mark(hall, one) for one in (ann, ben, cleo)] == [
        Attendance.ATTENDED,
        Attendance.NO_SHOW,
        Attendance.EXCUSED,
    ]
    assert hall.mails() == [("no-show", ben.person_id)]
    with pytest.raises(Conflict, match="The attendance is closed"):
        record(hall.first, {ben.id: Attendance.ATTENDED}, now=hall.ends_at)
    reopen_attendance(hall.first, now=hall.ends_at)
    assert close_attendance(hall.first, now=hall.ends_at) == 0


def test_make_up_is_ticked_by_who_missed_it(hall: Hall) -> None:
    ann, ben = seated(hall), seated(hall)
    record(hall.first, {ann.id: Attendance.ATTENDED}, now=hall.starts_at)
    close_attendance(hall.first, now=hall.ends_at)

    make_up(ben, hall.first, is_done=True, now=hall.ends_at)
    with pytest.raises(Conflict):
        make_up(ann, hall.first, is_done=True, now=hall.ends_at)

    place = hall.place(ben, hall.first)
    assert place and place.made_up_at == hall.ends_at
    make_up(ben, hall.first, is_done=False, now=hall.ends_at)
    assert place.made_up_at is None


def test_stars_are_given_afterwards_by_those_who_were_there(hall: Hall) -> None:
    ann, ben = seated(hall), seated(hall)
    record(hall.first, {ann.id: Attendance.PART}, now=hall.starts_at)

    with pytest.raises(Conflict, match="once the workshop is over"):
        rate(ann, hall.first, stars=3, now=hall.ends_at - MINUTE)
    with pytest.raises(Conflict, match="by those who were there"):
        rate(ben, hall.first, stars=3, now=hall.ends_at)
    with pytest.raises(DomainError, match="one, two or three"):
        rate(ann, hall.first, stars=4, now=hall.ends_at)
    rate(ann, hall.first, stars=1, now=hall.ends_at)
    rate(ann, hall.first, stars=2, now=hall.ends_at)

    place = hall.place(ann, hall.first)
    assert place and place.stars == 2


@pytest.mark.parametrize(("given", "shown"), [((3,), None), ((3, 2), None), ((3, 2, 2), 7 / 3)])
def test_mean_of_stars_shows_no_single_ones(hall: Hall, given: tuple[int, ...], shown: float | None) -> None:
    for stars in given:
        ann = seated(hall)
        place: Place | None = hall.place(ann, hall.first)
        assert place
        place.attendance, place.stars = Attendance.ATTENDED, stars

    tally = list_sittings(hall.cohort.id, hall.first.key)[0].tally

    assert (tally.ratings, tally.stars) == (len(given), shown)
