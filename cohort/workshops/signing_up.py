"""Taking a place in a sitting, waiting for one, giving it up, and saying that one cannot come."""

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.models import Person
from cohort.schedule.models import DatedItem
from cohort.workshops.models import WAS_THERE, Place, PlaceState, Sitting
from cohort.workshops.seats import Turn, change, hand_on, has_seat, hold, is_over, tell

log = logging.getLogger("cohort.workshops")
WAITED = (PlaceState.WAITING, PlaceState.OFFERED)


def take_place(enrolment: Enrolment, item: DatedItem, *, now: datetime) -> Place:
    """Give the person a seat in the sitting, or a place at the end of its waiting line; the state of the place tells.

    Takes up an offer, too. Who gets a seat gives up the one they held in another sitting of the workshop; who waits
    keeps it until then. Raises Conflict when the sitting takes nobody any more.
    """
    turn = hold(item, now=now)
    sitting = turn.sitting(item.id)
    place = _place_in(turn, enrolment, item)
    if place.state is PlaceState.HELD:
        return place
    if place.state is not PlaceState.OFFERED:
        hand_on(turn, sitting)
    if place.state is PlaceState.OFFERED or has_seat(sitting):
        return _seat(turn, place, sitting)
    if place.state is not PlaceState.WAITING:
        change(place, PlaceState.WAITING, now=now)
        db.session.add(place)
        db.session.flush()
    return place


def claim_place(enrolment: Enrolment, item: DatedItem, *, now: datetime) -> Place:
    """Take the seat that is kept for the person. Raises Conflict when the offer has ended."""
    turn = hold(item, now=now)
    place = _place_in(turn, enrolment, item)
    if place.state is PlaceState.HELD:
        return place
    if place.state is not PlaceState.OFFERED:
        raise Conflict("This offer has ended and the seat went to the next in line. You can join the line again.")
    return _seat(turn, place, turn.sitting(item.id))


def leave_place(enrolment: Enrolment, item: DatedItem, *, now: datetime) -> None:
    """Give up a seat, an offer or the wait; a freed seat goes to the first in line.

    Raises Conflict when there is nothing to give up, or the sitting is over.
    """
    turn = hold(item, now=now)
    place = _find_places(turn, enrolment).get(item.id)
    if place is None or place.state not in (PlaceState.HELD, *WAITED):
        raise Conflict("There is no place to give up in this sitting.")
    sitting = turn.sitting(item.id)
    if place.attendance in WAS_THERE:
        raise Conflict("The attendance of this sitting says that you were there.")
    change(place, PlaceState.LEFT, now=now)
    hand_on(turn, sitting)


def excuse(enrolment: Enrolment, item: DatedItem, *, now: datetime) -> None:
    """Note that the person cannot come to the workshop at all, told of the sitting `item` where they hold no place.

    Raises Conflict when the sitting they would be excused from is over.
    """
    turn = hold(item, now=now)
    places = _find_places(turn, enrolment)
    held = next((place for place in places.values() if place.state is PlaceState.HELD), None)
    sitting = turn.sitting(held.item_id if held else item.id)
    place = held or places.get(item.id) or _new_place(enrolment, item)
    if place.attendance in WAS_THERE:
        raise Conflict("The attendance of this sitting says that you were there.")
    if place.state is PlaceState.EXCUSED:
        return
    for other in places.values():
        if other is not place and other.state in WAITED:
            change(other, PlaceState.LEFT, now=now)
            hand_on(turn, turn.sittings[other.item_id])
    change(place, PlaceState.EXCUSED, now=now)
    db.session.add(place)
    hand_on(turn, sitting)


def confirm(enrolment: Enrolment, item: DatedItem, *, now: datetime) -> None:
    """Say yes to the new date of a sitting that was moved. Raises Conflict for who holds no place in it."""
    turn = hold(item, now=now)
    turn.sitting(item.id)
    place = _find_places(turn, enrolment).get(item.id)
    if place is None or place.state is not PlaceState.HELD:
        raise Conflict("You hold no place in this sitting any more.")
    place.confirmed_at = now


def ask_to_confirm(item_ids: Collection[int], *, now: datetime) -> None:
    """Ask all who hold a place in these sittings whether they can still come, after a move."""
    db.session.execute(
        update(Place)
        .where(Place.item_id.in_(item_ids), Place.state == PlaceState.HELD)
        .values(confirm_asked_at=now, confirmed_at=None)
        .execution_options(synchronize_session=False)
    )


def forget_answers(item_ids: Collection[int]) -> None:
    """Ask nobody any more, and take no yes for one, about a date that these sittings had before a move."""
    db.session.execute(
        update(Place)
        .where(Place.item_id.in_(item_ids), Place.confirm_asked_at.is_not(None))
        .values(confirm_asked_at=None, confirmed_at=None)
        .execution_options(synchronize_session=False)
    )


def seat_above(enrolment: Enrolment, item: DatedItem, *, reason: str, by: Person, now: datetime) -> Place:
    """Give the person a seat although all are taken. Raises DomainError without a reason."""
    if not reason.strip():
        raise DomainError("Write the reason in a few words.", field="reason")
    turn = hold(item, now=now)
    sitting = turn.sitting(item.id)
    place = _place_in(turn, enrolment, item)
    if place.state is PlaceState.HELD:
        raise Conflict(f"{enrolment.person.name} has a place already.")
    is_above = not has_seat(sitting)
    place = _seat(turn, place, sitting, is_told=True)
    if is_above:
        place.above_reason = reason
        log.info("seat above capacity sitting=%s enrolment=%s by=%s", item.id, enrolment.id, by.id)
    return place


def _place_in(turn: Turn, enrolment: Enrolment, item: DatedItem) -> Place:
    """The person's place in a sitting, made when there is none. Raises Conflict for who may have none."""
    db.session.refresh(enrolment, ["state"])
    if enrolment.cohort_id != item.cohort_id or not enrolment.is_in:
        raise Conflict("Only people who take part in the cohort have places in its workshops.")
    places = _find_places(turn, enrolment)
    if any(place.attendance in WAS_THERE for place in places.values() if place.item_id != item.id):
        raise Conflict("The attendance says that you were at this workshop already.")
    return places.get(item.id) or _new_place(enrolment, item)


def _new_place(enrolment: Enrolment, item: DatedItem) -> Place:
    """Not in the session yet: it is added once it is known what becomes of it."""
    return Place(item_id=item.id, enrolment=enrolment, enrolment_id=enrolment.id, state=PlaceState.LEFT)


def _find_places(turn: Turn, enrolment: Enrolment) -> dict[int, Place]:
    """What the person has to do with the sittings of this workshop, as it stands now."""
    places = db.session.scalars(
        select(Place)
        .where(Place.enrolment_id == enrolment.id, Place.item_id.in_(turn.sittings))
        .execution_options(populate_existing=True)
    )
    return {place.item_id: place for place in places}


def _seat(turn: Turn, place: Place, sitting: Sitting, *, is_told: bool = False) -> Place:
    """Give the place its seat, and hand on the one that the person held elsewhere in this workshop."""
    has_waited = place.state in WAITED
    change(place, PlaceState.HELD, now=turn.now)
    place.is_walk_in = False
    db.session.add(place)
    db.session.flush()
    others = (other for other in _find_places(turn, place.enrolment).values() if other is not place)
    for other in others:
        if other.state in (PlaceState.HELD, PlaceState.EXCUSED):
            change(other, PlaceState.LEFT, now=turn.now)
            if not is_over(turn.sittings[other.item_id].item, turn.now):
                hand_on(turn, turn.sittings[other.item_id])
    if has_waited or is_told:
        tell("workshop-place", [place], sitting.item, now=turn.now)
    return place
