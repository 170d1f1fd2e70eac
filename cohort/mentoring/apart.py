"""People whom no run pairs: vetoes of either, which staff confirm or turn down, and what staff decide themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.models import Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict
from cohort.mentoring.models import KeptApart, Mentor, Pairing, PairingState, Side
from cohort.people.models import Person


def find_apart(cohort_id: int, apart_id: int) -> KeptApart | None:
    """Two who are kept apart, with both people and their cohort."""
    return db.session.scalar(
        select(KeptApart)
        .options(
            joinedload(KeptApart.mentor).joinedload(Mentor.person),
            joinedload(KeptApart.enrolment).options(joinedload(Enrolment.person), joinedload(Enrolment.cohort)),
        )
        .where(KeptApart.cohort_id == cohort_id, KeptApart.id == apart_id)
    )


def list_waiting(apart: Sequence[KeptApart]) -> list[KeptApart]:
    """Vetoes that staff have neither confirmed nor turned down."""
    return [one for one in apart if one.confirmed_at is None]


def forbid(mentor: Mentor, enrolment: Enrolment, *, by: Person, now: datetime) -> None:
    """Never pair these two; a proposal of them goes. Saying it twice is saying it once.

    Raises Conflict when somebody besides staff knows of the pair already.
    """
    take_turn(mentor.cohort_id)
    _take_proposal_away(mentor.id, enrolment.id)
    said = select(KeptApart.id).where(
        KeptApart.mentor_id == mentor.id, KeptApart.enrolment_id == enrolment.id, KeptApart.side == Side.STAFF
    )
    if db.session.scalar(said) is None:
        db.session.add(
            KeptApart(
                cohort_id=mentor.cohort_id,
                mentor=mentor,
                enrolment=enrolment,
                side=Side.STAFF,
                said_at=now,
                said_by_id=by.id,
                confirmed_at=now,
            )
        )
    db.session.flush()


def allow(kept: KeptApart) -> None:
    """Take back what staff decided. Raises Conflict when it is not there any more, or is somebody's veto."""
    _drop(kept, KeptApart.side == Side.STAFF)


def confirm(kept: KeptApart, *, now: datetime) -> None:
    """Agree with a veto: it holds for every run, and a proposal of the two goes. Raises Conflict when it is decided."""
    take_turn(kept.cohort_id)
    _take_proposal_away(kept.mentor_id, kept.enrolment_id)
    confirmed = (
        update(KeptApart)
        .where(KeptApart.id == kept.id, KeptApart.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(KeptApart.id)
    )
    if db.session.scalar(confirmed, execution_options=AS_WRITTEN) is None:
        raise Conflict("This was decided meanwhile. Nothing was changed.")
    set_committed_value(kept, "confirmed_at", now)


def turn_down(kept: KeptApart) -> None:
    """Do not follow a veto: it is forgotten. Raises Conflict when it is decided."""
    _drop(kept, KeptApart.confirmed_at.is_(None))


def _drop(kept: KeptApart, still: Any) -> None:
    take_turn(kept.cohort_id)
    gone = delete(KeptApart).where(KeptApart.id == kept.id, still).returning(KeptApart.id)
    if db.session.scalar(gone, execution_options=AS_WRITTEN) is None:
        raise Conflict("This was decided meanwhile. Nothing was changed.")


def _take_proposal_away(mentor_id: int, enrolment_id: int) -> None:
    pair = (Pairing.mentor_id == mentor_id, Pairing.enrolment_id == enrolment_id, Pairing.state != PairingState.CLOSED)
    known = select(Pairing.id).where(*pair, Pairing.state != PairingState.PROPOSED)
    if db.session.scalar(known) is not None:
        raise Conflict("These two are a pair that others know of. End that pair first; nothing was changed.")
    for pairing in db.session.scalars(select(Pairing).where(*pair)):
        db.session.delete(pairing)
    db.session.flush()
