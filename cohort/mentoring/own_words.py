"""What a mentor wrote in one pair. What the participant wrote is not even read."""

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from cohort.db import db
from cohort.mentoring.models import Commitment, MentoringSession, Note
from cohort.people.models import Person


def list_own_sessions(pairing_id: int, author: Person) -> list[MentoringSession]:
    """Those that `author` logged or noted something about, the latest first, with their own notes alone.

    What a session was about is told by whoever logged it.
    """
    is_own = Note.author_id == author.id
    return list(
        db.session.scalars(
            select(MentoringSession)
            .options(selectinload(MentoringSession.notes.and_(is_own)))
            .where(
                MentoringSession.pairing_id == pairing_id,
                or_(MentoringSession.logged_by_id == author.id, MentoringSession.notes.any(is_own)),
            )
            .order_by(MentoringSession.held_on.desc(), MentoringSession.id.desc())
        )
    )


def list_own_promises(pairing_id: int, owner: Person) -> list[Commitment]:
    """Open ones first, the latest first."""
    return list(
        db.session.scalars(
            select(Commitment)
            .join(MentoringSession, MentoringSession.id == Commitment.session_id)
            .where(Commitment.pairing_id == pairing_id, Commitment.owner_id == owner.id)
            .order_by(Commitment.kept_at.is_not(None), MentoringSession.held_on.desc(), Commitment.id)
        )
    )
