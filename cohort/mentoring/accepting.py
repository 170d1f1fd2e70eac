"""A mentor's answer to the invitation, and the number of mentees they take."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState

MOST_MENTEES = 99


def accept(mentor: Mentor, *, capacity: int, now: datetime) -> None:
    """Say yes with room for `capacity` mentees, or change that number later; also after having declined.

    Raises DomainError when the mentor has more mentees already, Conflict when the cohort or the role has ended.
    """
    if not 0 <= capacity <= MOST_MENTEES:
        raise DomainError(f"Write a number from 0 to {MOST_MENTEES}.", field="capacity")
    _refuse_ended(mentor)
    answered_at = mentor.answered_at if mentor.state is MentorState.ACCEPTED else now
    values = {"state": MentorState.ACCEPTED, "capacity": capacity, "answered_at": answered_at, "reason": ""}
    if not _change(mentor, values, _open_pairs(mentor) <= capacity):
        raise DomainError(
            "You have more mentees than that. Ask the program team to find another mentor for one of them first.",
            field="capacity",
        )


def decline(mentor: Mentor, *, reason: str, now: datetime) -> None:
    """Say no, also after having said yes, as long as nobody is paired with the mentor. Staff read the reason."""
    _refuse_ended(mentor)
    values = {"state": MentorState.DECLINED, "answered_at": now, "reason": reason}
    if not _change(mentor, values, _open_pairs(mentor) == 0):
        raise Conflict("You have mentees in this cohort. Ask the program team to find another mentor for them first.")


def _open_pairs(mentor: Mentor) -> Any:
    pairs = select(func.count(Pairing.id)).where(Pairing.mentor_id == mentor.id, Pairing.state != PairingState.CLOSED)
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
