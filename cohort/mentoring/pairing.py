"""Pairs that are not public yet, kept as proposals: of a run, by hand, locked, taken back; and ending a pair.

The deeds of one cohort take turns (see `take_turn`), so that no mentor ever gets more mentees than they have room for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, delete, insert, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.models import Cohort, Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.gathering import People, is_known, list_people
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.proposing import Run, plan_with
from cohort.mentoring.run_input import absolute_reasons
from cohort.mentoring.settings import RunSettings

_APART: Mapping[str, str] = {
    "same_person": "This is the same person twice.",
    "line_manager": "One of the two reports to the other. A mentor is never the own manager.",
    "mentee_veto": "The participant asked not to be paired with this mentor.",
    "mentor_veto": "The mentor asked not to be paired with this participant.",
    "staff_forbid": "Program staff keep these two apart. Allow the pair first.",
}


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proposals:
    """What a run makes of the stored proposals of its cohort: rows that only wait to be written."""

    dropped: Sequence[int]
    """Ids of those that go."""
    kept: Sequence[Row]
    """Those that stay, with the fit and the reasons of now."""
    locked: Sequence[Row]
    """Those that staff decided on, with the fit of now."""
    new: Sequence[Row]


def proposals_of(made: Run) -> Proposals:
    """Made without the database; a pair that was proposed before keeps its row."""
    stored = {(one.enrolment_id, one.mentor_id): one.id for one in made.people.open_to_change}
    said = {
        couple: {"reasons": made.reasons(couple[0]), "score": made.scores[couple[0]]}
        for couple in sorted(made.best.items())
    }
    cohort_id = made.people.cohort.id
    return Proposals(
        dropped=[number for couple, number in stored.items() if couple not in said],
        kept=[{"id": stored[couple]} | row for couple, row in said.items() if couple in stored],
        locked=[
            {"id": one.id, "score": made.scores[one.enrolment_id]}
            for one in made.people.locked
            if one.enrolment_id in made.scores
        ],
        new=[
            {"cohort_id": cohort_id, "enrolment_id": couple[0], "mentor_id": couple[1]} | row
            for couple, row in said.items()
            if couple not in stored
        ],
    )


def keep_proposals(wanted: Proposals, *, now: datetime) -> None:
    """Write them down; pairs in hand are brought up by whoever lists the people again."""
    gone = delete(Pairing).where(Pairing.id.in_(wanted.dropped))
    db.session.execute(gone, execution_options={"synchronize_session": "fetch"})  # a new row may get the same id
    _write(update(Pairing), wanted.kept, proposed_at=now)
    _write(update(Pairing), wanted.locked)
    _write(insert(Pairing), wanted.new, proposed_at=now)


def _write(statement: Executable, rows: Iterable[Row], **alike: object) -> None:
    """All in one call of the driver: while a run is written, nobody else writes."""
    if lines := [{**row, **alike} for row in rows]:
        db.session.execute(statement, lines)


def _delete(pairings: Iterable[Pairing]) -> None:
    for pairing in pairings:
        db.session.delete(pairing)
    db.session.flush()  # a deleted pair makes room in the unique index before another takes its place


def pair_by_hand(
    mentor: Mentor, enrolment: Enrolment, *, now: datetime, settings: RunSettings | None = None
) -> Pairing:
    """Propose this pair and lock it, within what is absolute. Where the mentor is full, the unlocked proposal that fits
    least gives way. `settings`: those by which the fit is counted.

    Raises DomainError when the two must never be a pair or the mentor has no place left, Conflict when one of them is
    not available any more.
    """
    take_turn(mentor.cohort_id)
    cohort = db.session.scalars(
        select(Cohort).options(joinedload(Cohort.version)).where(Cohort.id == mentor.cohort_id)
    ).one()
    people = list_people(cohort)
    if mentor not in people.mentors or enrolment not in people.enrolments:
        raise Conflict("One of the two left this cohort meanwhile. Nothing was changed.")
    if codes := absolute_reasons(people, mentor, enrolment):
        raise DomainError(_APART[codes[0]], field="mentor")
    present = people.pairing_of(enrolment.id)
    if present and is_known(present):
        raise Conflict(f"{enrolment.person.name} has a mentor who knows of it. End that pair first.", field="enrolment")
    _delete([*([present] if present else []), *_give_way(people, mentor, present)])
    pairing = Pairing(
        cohort_id=mentor.cohort_id,
        mentor=mentor,
        enrolment=enrolment,
        state=PairingState.PROPOSED,
        is_locked=True,
        proposed_at=now,
    )
    db.session.add(pairing)
    db.session.flush()
    made = plan_with(list_people(cohort), pairing, settings)
    pairing.reasons, pairing.score = made.reasons(enrolment.id), made.scores[enrolment.id]
    db.session.flush()
    return pairing


def _give_way(people: People, mentor: Mentor, present: Pairing | None) -> list[Pairing]:
    """The proposals that have to go for one more pair of the mentor. Raises DomainError when none may."""
    held = [one for one in people.pairings if one.mentor_id == mentor.id and one is not present]
    if len(held) < mentor.capacity:
        return []
    loose = [one for one in held if one in people.open_to_change]
    if len(held) > mentor.capacity or not loose:
        raise DomainError(f"{mentor.person.name} has no place left. Remove another pair first.", field="mentor")
    return loose[:1]  # pairs come by their fit, the least first


def lock(pairing: Pairing) -> None:
    """Let runs leave a proposal alone. Raises Conflict when it is no proposal any more."""
    _set_lock(pairing, locked=True)


def unlock(pairing: Pairing) -> None:
    """Let the next run decide anew. Raises Conflict when it is no proposal any more."""
    _set_lock(pairing, locked=False)


def _set_lock(pairing: Pairing, *, locked: bool) -> None:
    take_turn(pairing.cohort_id)
    changed = db.session.scalar(
        update(Pairing)
        .where(Pairing.id == pairing.id, Pairing.state == PairingState.PROPOSED)
        .values(is_locked=locked)
        .returning(Pairing.id),
        execution_options=AS_WRITTEN,
    )
    if changed is None:
        raise Conflict("This pair is not a proposal any more. Nothing was changed.")
    set_committed_value(pairing, "is_locked", locked)


def remove(pairing: Pairing) -> None:
    """Take a proposal back; nobody knew of it. Raises Conflict once it is published."""
    take_turn(pairing.cohort_id)
    gone = delete(Pairing).where(Pairing.id == pairing.id, Pairing.state == PairingState.PROPOSED).returning(Pairing.id)
    if db.session.scalar(gone, execution_options=AS_WRITTEN) is None:
        raise Conflict("This pair is not a proposal any more. Nothing was changed.")


def end_pair(pairing: Pairing, *, now: datetime, reason: str = "") -> None:
    """Close an active pair: the mentor has a free place, the participant may be paired anew; what they wrote is kept.

    Raises Conflict when it is not active.
    """
    take_turn(pairing.cohort_id)
    values: Mapping[str, Any] = {"state": PairingState.CLOSED, "closed_at": now, "close_reason": reason}
    ended = db.session.scalar(
        update(Pairing)
        .where(Pairing.id == pairing.id, Pairing.state == PairingState.ACTIVE)
        .values(**values)
        .returning(Pairing.id),
        execution_options=AS_WRITTEN,
    )
    if ended is None:
        published = select(Pairing.id).where(Pairing.id == pairing.id, Pairing.published_at.is_not(None))
        words = "has ended already" if db.session.scalar(published) else "was never published: take it back instead"
        raise Conflict(f"This pair {words}. Nothing was changed.")
    for name, value in values.items():
        set_committed_value(pairing, name, value)
