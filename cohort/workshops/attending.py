"""Who was there: noted by staff, by the person with the code, or for somebody who walked in; and what follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hmac import compare_digest

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.mail.outbox import queue_all
from cohort.schedule.models import DatedItem
from cohort.workshops.models import WAS_THERE, Attendance, Place, PlaceState, Sitting
from cohort.workshops.rules import code_opens, takes_code
from cohort.workshops.seats import Turn, change, hand_on, hold, is_over, new_code
from cohort.workshops.signing_up import take_place

Marks = Mapping[int, Attendance | None]
"""Of each enrolment; None takes the mark away."""


def record(item: DatedItem, marks: Marks, *, now: datetime) -> int:
    """Note who was there; gives how many marks changed. People without a place in this sitting are passed over.

    Raises Conflict while the attendance is closed, or before the sitting.
    """
    turn = hold(item, now=now)
    open_attendance(turn, item)
    return mark_places(list_places(item), marks)


def walk_in(enrolment: Enrolment, item: DatedItem, *, attendance: Attendance, now: datetime) -> Place:
    """Note somebody who came without a place. It takes no seat; a place in another sitting is given up for it."""
    turn = hold(item, now=now)
    open_attendance(turn, item)
    return add_walk_in(turn, enrolment, item, attendance)


def add_walk_in(turn: Turn, enrolment: Enrolment, item: DatedItem, attendance: Attendance) -> Place:
    if enrolment.cohort_id != item.cohort_id or not enrolment.is_in:
        raise Conflict("Only people who take part in the cohort can be noted.")
    places = {place.item_id: place for place in _list_places_of(turn, enrolment)}
    place = places.get(item.id) or Place(item_id=item.id, enrolment_id=enrolment.id, state=PlaceState.LEFT)
    if place.state is not PlaceState.HELD:
        place.is_walk_in = True
        change(place, PlaceState.HELD, now=turn.now)
    place.attendance = attendance
    db.session.add(place)
    for other in places.values():
        if other is not place and other.state not in (PlaceState.LEFT, PlaceState.EXCUSED):
            change(other, PlaceState.LEFT, now=turn.now)
            hand_on(turn, turn.sittings[other.item_id])
    db.session.flush()
    return place


def check_in(enrolment: Enrolment, items: Sequence[DatedItem], *, code: str, now: datetime) -> Place:
    """Note that the person is at that of the sittings `items` which takes `code` now.

    Who has no place in it takes a free seat. Raises DomainError for a wrong code, Conflict outside the window, when
    all seats are taken, or when the attendance is closed.
    """
    open_now = [item for item in items if item.at is not None and takes_code(item.at, now)]
    if not open_now:
        raise Conflict("The code is taken from 5 minutes before the start until 25 minutes after it, not now.")
    turn = hold(open_now[0], now=now)
    typed = "".join(code.split()).encode()
    fitting = [item for item in open_now if _is_code(typed, turn.sittings[item.id])]
    if not fitting:
        raise DomainError("That is not the code of this sitting. It stands on the screen of the room.", field="code")
    item = fitting[0]
    open_attendance(turn, item)
    place = take_place(enrolment, item, now=now)
    if place.state is not PlaceState.HELD:
        raise Conflict("All seats of this sitting are taken. Tell the facilitator, who notes that you came.")
    if place.attendance is None or place.attendance is Attendance.NO_SHOW:
        place.attendance = Attendance.ATTENDED
    place.checked_in_at = place.checked_in_at or now
    return place


def _is_code(typed: bytes, sitting: Sitting) -> bool:
    return bool(sitting.code) and compare_digest(typed, sitting.code.encode())


def renew_code(item: DatedItem, *, now: datetime) -> Sitting:
    """Give the sitting a new code; the one before is worth nothing from now on."""
    sitting = hold(item, now=now).sittings[item.id]
    sitting.code = new_code()
    return sitting


def close_attendance(item: DatedItem, *, now: datetime) -> int:
    """Close the list: who has a place and no mark was not there. Gives how many are mailed their make-up task.

    Nobody is mailed twice about one sitting. Raises Conflict before the start, and when it is closed already.
    """
    turn = hold(item, now=now)
    sitting = open_attendance(turn, item)
    places = list_places(item)
    for place in places:
        if place.attendance is None and place.state is PlaceState.HELD:
            place.attendance = Attendance.NO_SHOW
        elif place.attendance is None and place.state is PlaceState.EXCUSED:
            place.attendance = Attendance.EXCUSED
    sitting.closed_at = now
    db.session.flush()
    missed = [place for place in places if place.attendance is Attendance.NO_SHOW and place.enrolment.is_in]
    return _tell_make_up(missed, item, now)


def reopen_attendance(item: DatedItem, *, now: datetime) -> None:
    """Let the marks be corrected; those that are there stay."""
    sitting = hold(item, now=now).sittings[item.id]
    if sitting.closed_at is None:
        raise Conflict("The attendance of this sitting is open.")
    sitting.closed_at = None


def make_up(enrolment: Enrolment, item: DatedItem, *, is_done: bool, now: datetime) -> None:
    """Note that the person did what makes up for the sitting they missed, or take that back."""
    place = _own_place(enrolment, item)
    if place.attendance is not Attendance.NO_SHOW:
        raise Conflict("There is nothing to make up for in this workshop.")
    place.made_up_at = now if is_done else None


def rate(enrolment: Enrolment, item: DatedItem, *, stars: int, now: datetime) -> None:
    """Give the sitting one to three stars, once it is over; a later answer replaces the first."""
    place = _own_place(enrolment, item)
    if not 1 <= stars <= 3:
        raise DomainError("Choose one, two or three stars.", field="stars")
    if not is_over(item, now):
        raise Conflict("Stars can be given once the workshop is over.")
    if place.attendance not in WAS_THERE:
        raise Conflict("Stars are given by those who were there. Tell the facilitator if the list is wrong.")
    place.stars = stars


def _own_place(enrolment: Enrolment, item: DatedItem) -> Place:
    """Held until the transaction ends. Raises Conflict when the person has nothing to do with the sitting."""
    place = db.session.scalar(
        select(Place).where(Place.item_id == item.id, Place.enrolment_id == enrolment.id).with_for_update()
    )
    if place is None:
        raise Conflict("You had no place in this sitting.")
    return place


def open_attendance(turn: Turn, item: DatedItem) -> Sitting:
    sitting = turn.sittings[item.id]
    if item.dropped_at is not None or item.at is None:
        raise Conflict("This sitting is not held.")
    if turn.now < code_opens(item.at):
        raise Conflict("The attendance is noted from five minutes before the start.")
    if sitting.closed_at is not None:
        raise Conflict("The attendance is closed. Reopen it to correct something.")
    return sitting


def list_places(item: DatedItem) -> list[Place]:
    return list(
        db.session.scalars(
            select(Place)
            .options(joinedload(Place.enrolment).joinedload(Enrolment.person))
            .where(Place.item_id == item.id)
            .order_by(Place.id)
            .execution_options(populate_existing=True)
        )
    )


def _list_places_of(turn: Turn, enrolment: Enrolment) -> list[Place]:
    mine = select(Place).where(Place.enrolment_id == enrolment.id, Place.item_id.in_(turn.sittings))
    return list(db.session.scalars(mine.order_by(Place.item_id).execution_options(populate_existing=True)))


def mark_places(places: Sequence[Place], marks: Marks) -> int:
    changed = 0
    for place in places:
        wanted = marks.get(place.enrolment_id, place.attendance)
        if place.state in (PlaceState.HELD, PlaceState.EXCUSED) and place.attendance is not wanted:
            place.attendance = wanted
            changed += 1
    return changed


def _tell_make_up(missed: Sequence[Place], item: DatedItem, now: datetime) -> int:
    keys = {place: f"no-show:{place.id}" for place in missed}
    told = set(db.session.scalars(select(Message.dedup_key).where(Message.dedup_key.in_(keys.values()))))
    new = [place for place in missed if keys[place] not in told]
    mails = ((place.enrolment.person_id, {"place_id": place.id}, keys[place]) for place in new)
    queue_all("no-show", mails, now=now, cohort_id=item.cohort_id)
    return len(new)
