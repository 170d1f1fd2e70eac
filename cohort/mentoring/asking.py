"""Asking mentors about the participants proposed to them, and what they answer. Nobody is paired by silence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, update

from cohort.clock import from_local, in_zone
from cohort.cohorts.models import Cohort
from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict, DomainError
from cohort.mail.outbox import queue_all
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.mentoring.publishing import (
    HELD,
    check_apart,
    check_people,
    check_room,
    close_offers_of_full,
    show_written,
)

TO_ANSWER = 5
"""Working days that mentors have when staff say nothing else."""
ANSWER_AT = time(12)
LATEST = timedelta(days=60)
LONGEST_REASON = 1000
TAKEN_BACK = "Taken back by program staff."
_NOT_OPEN = "This question is not open any more. Nothing was changed."
_PUBLISHED = "You two are a pair already: it was published. Ask the program team to end it; nothing was changed."


def usual_answer_by(cohort: Cohort, now: datetime) -> datetime:
    """Five working days ahead, at noon where the cohort is run."""
    return from_local(_workdays_from(in_zone(now, cohort.zone).date(), TO_ANSWER), ANSWER_AT, cohort.zone)


def _workdays_from(day: date, number: int) -> date:
    """The working day so many after `day`; before it, where `number` is below 0."""
    step = timedelta(days=1 if number > 0 else -1)
    for _ in range(abs(number)):
        day += step
        while day.weekday() > 4:
            day += step
    return day


def ask_mentors(cohort: Cohort, pairings: Sequence[Pairing], *, answer_by: datetime, now: datetime) -> list[Pairing]:
    """Ask the mentor of each proposed pair, in one mail to each mentor; gives the pairs that are asked about by it.

    Pairs that are not mere proposals any more are passed over, so that pressing twice mails once. A second mail comes
    a working day before the date, to those who have not answered by then. Needs the mentor of each pair loaded. Raises
    Conflict when one of the people is gone, a veto stands between the two or a mentor would have more mentees than
    places, DomainError for the date.
    """
    db.session.flush()
    take_turn(cohort.id)
    if not now < answer_by <= now + LATEST:
        raise DomainError(f"Choose a time in the next {LATEST.days} days.", field="answer_on")
    ids = [pairing.id for pairing in pairings]
    check_people(ids)
    check_apart(ids)
    check_room(cohort.id, ids, (*HELD, PairingState.OFFERED))
    values = {"state": PairingState.OFFERED, "asked_at": now, "answer_by": answer_by}
    asked = db.session.scalars(
        update(Pairing)
        .where(Pairing.id.in_(ids), Pairing.cohort_id == cohort.id, Pairing.state == PairingState.PROPOSED)
        .values(values)
        .returning(Pairing.id),
        execution_options=AS_WRITTEN,
    ).all()
    offered = [pairing for pairing in pairings if pairing.id in asked]
    show_written(offered, **values)
    _tell_mentors(cohort, offered, answer_by=answer_by, now=now)
    return offered


def _tell_mentors(cohort: Cohort, pairings: Iterable[Pairing], *, answer_by: datetime, now: datetime) -> None:
    by_mentor: dict[Mentor, list[int]] = defaultdict(list)
    for pairing in pairings:
        by_mentor[pairing.mentor].append(pairing.id)

    def mails(key: str, **params: Any) -> list[tuple[int, dict[str, Any], str]]:
        return [
            (mentor.person_id, {"pairings": sorted(ids), **params}, f"{key}:{mentor.id}:{min(ids)}")
            for mentor, ids in by_mentor.items()
        ]

    queue_all("match-offered", mails("match-offered"), now=now, cohort_id=cohort.id)
    local = in_zone(answer_by, cohort.zone)
    again_at = from_local(_workdays_from(local.date(), -1), local.time(), cohort.zone)
    if again_at > now:
        queue_all(
            "match-offered",
            mails("match-offered-again", is_again=True),
            now=now,
            cohort_id=cohort.id,
            due_at=again_at,
            not_after=answer_by,
        )


def accept_offer(pairing: Pairing, *, now: datetime) -> int:
    """The mentor says yes, and the place is held. Gives how many other questions to the mentor are closed by it.

    Saying it twice, or once the pair is published, changes nothing. Raises Conflict when nothing is asked any more or
    the mentor has no place left.
    """
    take_turn(pairing.cohort_id)
    held = select(func.count(Pairing.id)).where(Pairing.mentor_id == pairing.mentor_id, Pairing.state.in_(HELD))
    capacity = select(Mentor.capacity).where(Mentor.id == pairing.mentor_id, Mentor.state == MentorState.ACCEPTED)
    values = {"state": PairingState.ACCEPTED, "answered_at": now}
    has_room = held.scalar_subquery() < capacity.scalar_subquery()
    if _answer(pairing, (PairingState.OFFERED,), values, has_room):
        return close_offers_of_full([pairing.mentor_id], now=now)
    state = _state_of(pairing)
    if state is PairingState.OFFERED:
        raise Conflict("You have as many mentees as places. Change the number of places first, or say not this time.")
    if state not in HELD:
        raise Conflict(_NOT_OPEN)
    show_written([pairing], state=state)
    return 0


def decline_offer(pairing: Pairing, *, reason: str, now: datetime) -> None:
    """The mentor says no, also after a yes, until the pair is published. Staff alone read the reason.

    Raises DomainError without a reason, Conflict when nothing is asked any more.
    """
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise DomainError(f"Write a few words, at most {LONGEST_REASON:,} characters.", field="reason")
    take_turn(pairing.cohort_id)
    values = {"state": PairingState.CLOSED, "answered_at": now, "closed_at": now, "close_reason": reason}
    if _answer(pairing, (PairingState.OFFERED, PairingState.ACCEPTED), values):
        return
    said_no = select(Pairing.id).where(Pairing.id == pairing.id, *is_declined())
    if db.session.scalar(said_no) is None:
        raise Conflict(_PUBLISHED if _state_of(pairing) is PairingState.ACTIVE else _NOT_OPEN)


def take_back(pairing: Pairing, *, now: datetime) -> bool:
    """Staff do not ask any more, or not wait for a publishing; says whether the mentor had agreed by then.

    Raises Conflict when the pair is neither asked about nor agreed to.
    """
    take_turn(pairing.cohort_id)
    values = {"state": PairingState.CLOSED, "answered_at": None, "closed_at": now, "close_reason": TAKEN_BACK}
    had_agreed = _answer(pairing, (PairingState.ACCEPTED,), values)
    if not had_agreed and not _answer(pairing, (PairingState.OFFERED,), values):
        raise Conflict(_NOT_OPEN)
    return had_agreed


def is_declined() -> tuple[Any, ...]:
    """Of a pairing: its mentor said no."""
    return (
        Pairing.state == PairingState.CLOSED,
        Pairing.answered_at.is_not(None),
        Pairing.published_at.is_(None),
    )


def _answer(pairing: Pairing, states: Sequence[PairingState], values: dict[str, Any], condition: Any = True) -> bool:
    """Write `values` while the pair is in one of the states and `condition` holds."""
    done = db.session.scalar(
        update(Pairing)
        .where(Pairing.id == pairing.id, Pairing.state.in_(states), condition)
        .values(values)
        .returning(Pairing.id),
        execution_options=AS_WRITTEN,
    )
    if done is None:
        return False
    show_written([pairing], **values)
    return True


def _state_of(pairing: Pairing) -> PairingState | None:
    return db.session.scalar(select(Pairing.state).where(Pairing.id == pairing.id))
