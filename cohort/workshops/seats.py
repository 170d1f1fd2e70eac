"""The seats of a workshop: counted by one at a time, each that becomes free offered to the first in line.

Every deed about places holds all sittings of the workshop first, because a person holds a place in one of them only.
Offers that were let pass end before anything is counted, so no deed sees a seat that nobody wants any more.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict
from cohort.mail.outbox import queue_all
from cohort.schedule.items import SITTINGS
from cohort.schedule.models import DatedItem
from cohort.workshops.models import TAKES_SEAT, Place, PlaceState, Sitting
from cohort.workshops.rules import OPEN_BEFORE, claim_ends

SITS: ColumnElement[bool] = and_(Place.state.in_(TAKES_SEAT), Place.is_walk_in.is_(False))
"""Walk-ins are noted after they came; they take no seat from anybody."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The sittings of one workshop, held by one deed until its transaction ends."""

    now: datetime
    sittings: Mapping[int, Sitting]
    """By the row id of the dated item, with it; also those that were dropped."""

    def sitting(self, item_id: int) -> Sitting:
        """One that is held. Raises Conflict when it was dropped, has no date or is over."""
        sitting = self.sittings[item_id]
        if sitting.item.dropped_at is not None:
            raise Conflict("This sitting was cancelled. Look at the other dates of the workshop.")
        if sitting.item.at is None:
            raise Conflict("This sitting has no date yet.")
        if is_over(sitting.item, self.now):
            raise Conflict("This sitting is over.")
        return sitting


def is_over(item: DatedItem, now: datetime) -> bool:
    ends_at = item.ends_at or item.at
    return ends_at is not None and ends_at <= now


def hold(item: DatedItem, *, now: datetime) -> Turn:
    """Make the deeds of a workshop wait for each other until they commit, and let the reminder planner see the change.

    Raises Conflict when the cohort is archived.
    """
    take_turn(item.cohort_id)
    sittings = _hold_sittings(item)
    _end_lapsed_offers(sittings, now)
    return Turn(now, sittings)


def _hold_sittings(item: DatedItem) -> dict[int, Sitting]:
    """Lock the rows of every sitting of the workshop, in the order of their ids; one that has none yet gets it."""
    alike = and_(DatedItem.cohort_id == item.cohort_id, DatedItem.key == item.key, DatedItem.kind.in_(SITTINGS))
    bare = db.session.scalars(
        select(DatedItem.id).outerjoin(Sitting, Sitting.item_id == DatedItem.id).where(alike, Sitting.item_id.is_(None))
    ).all()
    if bare:
        db.session.execute(insert(Sitting), [{"item_id": item_id, "code": new_code()} for item_id in bare])
    held = db.session.scalars(
        select(Sitting)
        .join(Sitting.item)
        .options(contains_eager(Sitting.item))
        .where(alike)
        .order_by(Sitting.item_id)
        .with_for_update(of=Sitting)
        .execution_options(populate_existing=True)
    )
    return {sitting.item_id: sitting for sitting in held}


def new_code() -> str:
    """Six digits with which people check themselves in."""
    return f"{secrets.randbelow(10**6):06}"


def _end_lapsed_offers(sittings: Collection[int], now: datetime) -> None:
    lapsed = select(Place).where(
        Place.item_id.in_(sittings), Place.state == PlaceState.OFFERED, Place.offered_until <= now
    )
    for place in db.session.scalars(lapsed):
        change(place, PlaceState.LEFT, now=now)


def change(place: Place, state: PlaceState, *, now: datetime, until: datetime | None = None) -> None:
    """Bring a place into another state; `until` is given with an offer."""
    place.state, place.since, place.offered_until = state, now, until
    place.revision = (place.revision or 0) + 1
    place.confirm_asked_at = place.confirmed_at = None


def count_free(sitting: Sitting) -> int | None:
    """How many seats are free; None for as many as want to come."""
    if sitting.capacity is None:
        return None
    taken = db.session.scalar(select(func.count(Place.id)).where(Place.item_id == sitting.item_id, SITS))
    return max(0, sitting.capacity - (taken or 0))


def has_seat(sitting: Sitting) -> bool:
    free = count_free(sitting)
    return free is None or free > 0


def hand_on(turn: Turn, sitting: Sitting) -> None:
    """Offer each free seat to the first who wait, and tell them by mail; so near to the start to nobody."""
    item = sitting.item
    until = claim_ends(item.at, turn.now) if item.at and item.dropped_at is None else None
    free = count_free(sitting)
    if until is None or free == 0:
        return
    first = db.session.scalars(
        select(Place)
        .options(joinedload(Place.enrolment))
        .where(Place.item_id == sitting.item_id, Place.state == PlaceState.WAITING)
        .order_by(Place.since, Place.id)
        .limit(free)
    ).all()
    for place in first:
        change(place, PlaceState.OFFERED, now=turn.now, until=until)
    tell("workshop-offer", first, item, now=turn.now)


def tell(template: str, places: Collection[Place], item: DatedItem, *, now: datetime) -> None:
    """Mail people about what has just become of their places. Needs `enrolment` of each loaded."""
    db.session.flush()
    mails = (
        (
            place.enrolment.person_id,
            {"place_id": place.id, "revision": place.revision},
            f"{template}:{place.id}:{place.revision}",
        )
        for place in places
    )
    queue_all(template, mails, now=now, cohort_id=item.cohort_id)


def free_places(enrolment: Enrolment, *, now: datetime) -> None:
    """Give up every place, wait and offer of somebody who leaves the cohort; what is over stays as it was."""
    wanted = (*TAKES_SEAT, PlaceState.WAITING)
    places = db.session.scalars(
        select(Place)
        .join(Place.item)
        .options(contains_eager(Place.item))
        .where(Place.enrolment_id == enrolment.id, Place.state.in_(wanted))
        .order_by(Place.item_id)
    ).all()
    for place in places:
        if not is_over(place.item, now):
            turn = hold(place.item, now=now)
            change(place, PlaceState.LEFT, now=now)
            hand_on(turn, turn.sittings[place.item_id])


def list_unsettled(now: datetime) -> list[DatedItem]:
    """One sitting of each workshop in which an offer was let pass, or somebody waits although a seat is free."""
    taken = select(Place.item_id, func.count().label("number")).where(SITS).group_by(Place.item_id).subquery()
    lapsed = and_(Place.state == PlaceState.OFFERED, Place.offered_until <= now)
    is_free = or_(Sitting.capacity.is_(None), func.coalesce(taken.c.number, 0) < Sitting.capacity)
    may_move_up = and_(Place.state == PlaceState.WAITING, is_free, DatedItem.at > now + OPEN_BEFORE)
    items = db.session.scalars(
        select(DatedItem)
        .join(Place, Place.item_id == DatedItem.id)
        .join(Sitting, Sitting.item_id == DatedItem.id)
        .join(Cohort, Cohort.id == DatedItem.cohort_id)
        .outerjoin(taken, taken.c.item_id == DatedItem.id)
        .where(
            Cohort.state != CohortState.ARCHIVED,
            or_(lapsed, and_(may_move_up, DatedItem.dropped_at.is_(None))),
        )
        .distinct()
        .order_by(DatedItem.id)
    )
    return list({(item.cohort_id, item.key): item for item in items}.values())


def expire_offers(item: DatedItem, *, now: datetime) -> None:
    """Pass on the seats of a workshop whose offers were let pass."""
    turn = hold(item, now=now)
    for sitting in turn.sittings.values():
        hand_on(turn, sitting)
