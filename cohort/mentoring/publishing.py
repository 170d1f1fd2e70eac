"""Publishing pairs: from then on the two see each other. The deeds of one cohort take turns (see `take_turn`)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict
from cohort.mail.outbox import queue_all
from cohort.mentoring.models import KeptApart, Mentor, MentorState, Pairing, PairingState
from cohort.people.models import Person
from cohort.schedule.deriving import derive_items

MAILS_PER_PAIR = 2
UNPUBLISHED = (PairingState.PROPOSED, PairingState.OFFERED, PairingState.ACCEPTED)
HELD = (PairingState.ACCEPTED, PairingState.ACTIVE)
"""In these a pair has its place with the mentor for sure."""
ALL_PLACES_TAKEN = "All places of the mentor are taken."


def publish(cohort: Cohort, pairings: Sequence[Pairing], *, now: datetime) -> list[int]:
    """Make pairs active and tell both people of each by mail; gives the ids of the pairs that became active.

    Staff may publish what the mentor has accepted and, without waiting, what is proposed or offered. The first time it
    also settles the day that the program's `match` dates count from. Pairs that are active already are passed over, so
    that pressing twice mails once. Needs mentor and enrolment of each loaded. Raises Conflict when a pair or one of
    its people is gone, a veto stands between the two or a mentor would have more mentees than places; then nothing is
    published.
    """
    db.session.flush()
    matched_on = take_turn(cohort.id, Cohort.matched_on).matched_on
    ids = [pairing.id for pairing in pairings]
    _check_open(ids)
    check_people(ids)
    check_apart(ids)
    check_room(cohort.id, ids, HELD)
    published = db.session.scalars(
        update(Pairing)
        .where(Pairing.id.in_(ids), Pairing.cohort_id == cohort.id, Pairing.state.in_(UNPUBLISHED))
        .values(state=PairingState.ACTIVE, published_at=now)
        .returning(Pairing.id),
        execution_options=AS_WRITTEN,
    ).all()
    set_committed_value(cohort, "matched_on", matched_on)
    if published and matched_on is None:
        cohort.matched_on = in_zone(now, cohort.zone).date()
        derive_items(cohort, now=now)
    told = [pairing for pairing in pairings if pairing.id in published]
    show_written(told, state=PairingState.ACTIVE, published_at=now)
    close_offers_of_full({pairing.mentor_id for pairing in told}, now=now)
    _tell(cohort.id, told, now)
    return sorted(published)


def _check_open(ids: Collection[int]) -> None:
    """Refuse to leave out without a word what was chosen and then declined, taken back or removed."""
    still_open = select(func.count(Pairing.id)).where(Pairing.id.in_(ids), Pairing.state != PairingState.CLOSED)
    if db.session.scalar(still_open) != len(ids):
        raise Conflict("A pair was answered or taken back meanwhile. Nothing was published; look at the others again.")


def check_people(ids: Collection[int]) -> None:
    """Refuse pairs whose mentor or participant is not in the cohort any more."""
    gone = db.session.execute(
        select(Pairing.id)
        .join(Pairing.mentor)
        .join(Pairing.enrolment)
        .where(
            Pairing.id.in_(ids),
            (Mentor.state != MentorState.ACCEPTED)
            | Enrolment.state.not_in([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
        )
    ).first()
    if gone:
        raise Conflict("Somebody in these pairs left the cohort meanwhile. Run matching again; nothing was changed.")


def check_apart(ids: Collection[int]) -> None:
    """Refuse pairs of whom one asked not to get the other, until staff have decided about it."""
    mentor, mentee = aliased(Person), aliased(Person)
    found = db.session.execute(
        select(mentor.name, mentee.name)
        .select_from(Pairing)
        .join(KeptApart, (KeptApart.mentor_id == Pairing.mentor_id) & (KeptApart.enrolment_id == Pairing.enrolment_id))
        .join(Pairing.mentor)
        .join(Pairing.enrolment)
        .join(mentor, mentor.id == Mentor.person_id)
        .join(mentee, mentee.id == Enrolment.person_id)
        .where(Pairing.id.in_(ids), Pairing.state.in_(UNPUBLISHED))
        .order_by(Pairing.id)
        .limit(1)
    ).first()
    if found:
        one, other = found
        raise Conflict(f"A veto stands between {other} and {one}. Decide about it first; nothing was changed.")


def check_room(cohort_id: int, ids: Collection[int], standing: Collection[PairingState]) -> None:
    """Refuse to go past anybody's capacity, when the pairs of these ids come to those that are `standing`."""
    counted = Pairing.state.in_(standing) | (Pairing.id.in_(ids) & Pairing.state.in_(UNPUBLISHED))
    over = db.session.scalar(
        select(Person.name)
        .join(Mentor, Mentor.person_id == Person.id)
        .join(Pairing, Pairing.mentor_id == Mentor.id)
        .where(Pairing.cohort_id == cohort_id, counted)
        .group_by(Mentor.id, Mentor.capacity, Person.name)
        .having(func.count(Pairing.id) > Mentor.capacity)
        .order_by(Person.name)
        .limit(1)
    )
    if over:
        raise Conflict(f"{over} would have more mentees than places. Remove a pair first; nothing was changed.")


def close_offers_of_full(mentor_ids: Collection[int], *, now: datetime) -> int:
    """Close what is still asked of those mentors who have no place left; how many questions that is.

    Nobody said no: a run may propose the same two again.
    """
    taken = select(func.count(Pairing.id)).where(Pairing.mentor_id == Mentor.id, Pairing.state.in_(HELD))
    full = select(Mentor.id).where(Mentor.id.in_(mentor_ids), taken.scalar_subquery() >= Mentor.capacity)
    closed = db.session.scalars(
        update(Pairing)
        .where(Pairing.mentor_id.in_(full), Pairing.state == PairingState.OFFERED)
        .values(state=PairingState.CLOSED, closed_at=now, close_reason=ALL_PLACES_TAKEN)
        .returning(Pairing.id),
        execution_options=AS_WRITTEN,
    ).all()
    return len(closed)


def show_written(pairings: Iterable[Pairing], **values: Any) -> None:
    """Bring objects in hand up to what was written."""
    for pairing in pairings:
        for name, value in values.items():
            set_committed_value(pairing, name, value)


def _tell(cohort_id: int, pairings: Iterable[Pairing], now: datetime) -> None:
    mails = (
        (person_id, {"pairing_id": one.id}, f"match-published:{one.id}:{person_id}")
        for one in pairings
        for person_id in (one.enrolment.person_id, one.mentor.person_id)
    )
    queue_all("match-published", mails, now=now, cohort_id=cohort_id)
