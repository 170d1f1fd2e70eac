"""What one of a pair tells program leads about it, in confidence."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.models import Mentor, PairConcern, Pairing
from cohort.people.models import Person

LONGEST = 2000


def raise_concern(pairing: Pairing, *, by: Person, text: str, now: datetime) -> PairConcern:
    """Keep it for the program leads. The same words, sent twice, are kept once.

    Raises DomainError for no words or too many, Conflict when the cohort is archived.
    """
    if not 1 <= len(text) <= LONGEST:
        raise DomainError(f"Write what is wrong, in at most {LONGEST:,} characters.", field="text")
    take_turn(pairing.cohort_id)
    mine = (PairConcern.pairing_id == pairing.id, PairConcern.raised_by_id == by.id)
    kept = db.session.scalar(
        select(PairConcern).where(*mine, PairConcern.settled_at.is_(None), PairConcern.text == text)
    )
    if kept is None:
        kept = PairConcern(pairing_id=pairing.id, raised_by_id=by.id, text=text, raised_at=now)
        db.session.add(kept)
        db.session.flush()
    return kept


def settle_concern(concern: PairConcern, *, by: Person, now: datetime) -> None:
    """A program lead has seen to it; the first who says so counts. Needs its pairing loaded."""
    take_turn(concern.pairing.cohort_id)
    values = {"settled_at": now, "settled_by_id": by.id}
    settled = db.session.scalar(
        update(PairConcern)
        .where(PairConcern.id == concern.id, PairConcern.settled_at.is_(None))
        .values(values)
        .returning(PairConcern.id)
    )
    if settled is None:
        raise Conflict("Somebody has settled this already. Nothing was changed.")


def find_concern(concern_id: int) -> PairConcern | None:
    """A concern with its pair and the cohort."""
    cohort = joinedload(PairConcern.pairing).joinedload(Pairing.enrolment).joinedload(Enrolment.cohort)
    return db.session.scalar(
        select(PairConcern).options(cohort.joinedload(Cohort.version)).where(PairConcern.id == concern_id)
    )


def list_concerns_of(cohort: Cohort) -> list[tuple[PairConcern, Person]]:
    """Every concern of the cohort with who raised it and its pair: open ones first, the oldest on top."""
    pair = joinedload(PairConcern.pairing)
    rows = db.session.execute(
        select(PairConcern, Person)
        .join(PairConcern.pairing)
        .join(Person, Person.id == PairConcern.raised_by_id)
        .options(
            pair.joinedload(Pairing.mentor).joinedload(Mentor.person),
            pair.joinedload(Pairing.enrolment).joinedload(Enrolment.person),
        )
        .where(Pairing.cohort_id == cohort.id)
        .order_by(PairConcern.settled_at.is_not(None), PairConcern.raised_at, PairConcern.id)
    )
    return [(concern, person) for concern, person in rows]
