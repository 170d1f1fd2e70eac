"""A mentor's answer to the invitation, and the number of mentees they take."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.mentoring.publishing import HELD, close_offers_of_full

MOST_MENTEES = 99
DOES_NOT_MENTOR = "The mentor does not mentor this time."


def accept(mentor: Mentor, *, capacity: int, now: datetime) -> None:
    """Say yes with room for `capacity` mentees, or change that number later; also after having declined.

    Proposals, which staff alone know of, do not count; with the last place, what the mentor is still asked is closed.
    Raises DomainError when the mentor has more mentees already, Conflict when the cohort or the role has ended.
    """
    if not 0 <= capacity <= MOST_MENTEES:
        raise DomainError(f"Write a number from 0 to {MOST_MENTEES}.", field="capacity")
    _refuse_ended(mentor)
    answered_at = mentor.answered_at if mentor.state is MentorState.ACCEPTED else now
    values = {"state": MentorState.ACCEPTED, "capacity": capacity, "answered_at": answered_at, "reason": ""}
    if not _change(mentor, values, _held(mentor) <= capacity):
        raise DomainError(
            "You have more mentees than that. Ask the program team to find another mentor for one of them first.",
            field="capacity",
        )
    close_offers_of_full([mentor.id], now=now)


def decline(mentor: Mentor, *, reason: str, now: datetime) -> None:
    """Say no, also after having said yes, as long as the mentor has no mentees. Staff read the reason.

    Proposals go, and what the mentor is asked is closed without being a no to anybody. Raises Conflict.
    """
    _refuse_ended(mentor)
    values = {"state": MentorState.DECLINED, "answered_at": now, "reason": reason}
    if not _change(mentor, values, _held(mentor) == 0):
        raise Conflict("You have mentees in this cohort. Ask the program team to find another mentor for them first.")
    mine = Pairing.mentor_id == mentor.id
    proposed = delete(Pairing).where(mine, Pairing.state == PairingState.PROPOSED)
    db.session.execute(proposed, execution_options=AS_WRITTEN)
    closed = {"state": PairingState.CLOSED, "closed_at": now, "close_reason": DOES_NOT_MENTOR}
    asked = update(Pairing).where(mine, Pairing.state == PairingState.OFFERED).values(closed)
    db.session.execute(asked, execution_options=AS_WRITTEN)


def _held(mentor: Mentor) -> Any:
    """Mentees the mentor has or has said yes to."""
    pairs = select(func.count(Pairing.id)).where(Pairing.mentor_id == mentor.id, Pairing.state.in_(HELD))
    return pairs.scalar_subquery()


def _change(mentor: Mentor, values: dict[str, Any], condition: Any) -> bool:
    """Change the mentor while `condition` holds, and let the reminder planner see it."""
    take_turn(mentor.cohort_id)
    changed = db.session.execute(
        update(Mentor)
        .where(Mentor.id == mentor.id, condition)
        .values(values)
        .returning(Mentor.id)
        .execution_options(synchronize_session=False)
    )
    if changed.scalar() is None:
        return False
    for name, value in values.items():
        set_committed_value(mentor, name, value)
    return True


def _refuse_ended(mentor: Mentor) -> None:
    if mentor.state is MentorState.ENDED:
        raise Conflict("Your time as a mentor of this cohort has ended.")
