"""Pairing mentors and participants: proposed by the engine or by hand, ended.

The deeds of one cohort take turns (see `take_turn`), so that no mentor ever gets more mentees than they have room for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.models import Cohort, Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring import matching
from cohort.mentoring.matching.words import reasons
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.proposing import (
    Run,
    Unmatched,
    engine_id,
    engine_mentee,
    engine_mentor,
    list_people,
    rules_of,
    run,
    titles_of,
)

AS_WRITTEN: dict[str, Any] = {"synchronize_session": False}
_APART = {
    "same_person": "This is the same person twice.",
    "line_manager": "One of the two reports to the other. A mentor is never the own manager.",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a run left behind: its pairs, and who has none."""

    pairings: Sequence[Pairing]
    """Every proposed pair of the cohort, those made by hand too."""
    unmatched: Sequence[Unmatched]


def propose_pairs(cohort: Cohort, *, now: datetime) -> Proposal:
    """Run the engine and keep its pairs as proposals in the place of those of the run before.

    Published pairs and pairs made by hand stay as they are and keep their places. Needs the cohort's version loaded;
    raises Conflict when the cohort is archived.
    """
    take_turn(cohort.id)
    made = run(list_people(cohort))
    kept = _keep_proposals(made, now)
    by_hand = [one for one in made.people.proposed if one.score is None]
    return Proposal([*kept, *by_hand], made.unmatched)


def _keep_proposals(made: Run, now: datetime) -> list[Pairing]:
    """Make the stored proposals those of the run; a pair that was proposed before keeps its row."""
    stored = {(one.enrolment_id, one.mentor_id): one for one in made.people.proposed if one.score is not None}
    kept = {pair: one for pair, one in stored.items() if made.best.get(pair[0]) == pair[1]}
    _delete(one for pair, one in stored.items() if pair not in kept)
    mentors = {mentor.id: mentor for mentor in made.people.mentors}
    enrolments = {enrolment.id: enrolment for enrolment in made.people.free}
    for pair in made.best.items():
        if pair not in kept:
            kept[pair] = _new_pairing(mentors[pair[1]], enrolments[pair[0]])
        pairing = kept[pair]
        pairing.reasons, pairing.score = made.reasons(pair[0]), made.scores[pair[0]]
        pairing.proposed_at = now
    db.session.flush()
    return [kept[pair] for pair in sorted(made.best.items())]


def _new_pairing(mentor: Mentor, enrolment: Enrolment) -> Pairing:
    pairing = Pairing(cohort_id=mentor.cohort_id, mentor=mentor, enrolment=enrolment, state=PairingState.PROPOSED)
    db.session.add(pairing)
    return pairing


def _delete(pairings: Iterable[Pairing]) -> None:
    for pairing in pairings:
        db.session.delete(pairing)
    db.session.flush()  # a deleted pair makes room in the unique index before another takes its place


def pair_by_hand(mentor: Mentor, enrolment: Enrolment, *, now: datetime) -> Pairing:
    """Propose this pair whatever the engine thinks of it; a rerun leaves it alone.

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
    standing = next((one for one in people.pairings if one.enrolment_id == enrolment.id), None)
    if standing and standing.state is PairingState.ACTIVE:
        raise Conflict(f"{enrolment.person.name} has a mentor already. End that pair first.", field="enrolment")
    freed = int(standing is not None and standing.mentor_id == mentor.id)
    if people.loads[mentor.id] - freed >= mentor.capacity:
        raise DomainError(f"{mentor.person.name} has no place left. Remove another pair first.", field="mentor")
    because = _reasons_by_hand(cohort, mentor, enrolment)
    if standing:
        _delete([standing])
    pairing = _new_pairing(mentor, enrolment)
    pairing.reasons, pairing.score, pairing.proposed_at = because, None, now
    db.session.flush()
    return pairing


def _reasons_by_hand(cohort: Cohort, mentor: Mentor, enrolment: Enrolment) -> list[list[str]]:
    """The engine's words for a pair that staff pin, or its refusal as a DomainError."""
    titles = titles_of(cohort)
    mentors = [engine_mentor(mentor, seats=1, titles=titles)]
    mentees = [engine_mentee(enrolment, titles=titles)]
    pin = (mentees[0].id, mentors[0].id)
    try:
        result = matching.match_people(mentors, mentees, rules_of(cohort, pins=(pin,)))
    except matching.PinConflictError as refusal:
        raise DomainError(_APART[refusal.conflicts[0].rules[0]], field="mentor") from refusal
    return [[reason.kind, reason.text] for reason in reasons(result, engine_id(enrolment.id))]


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
        raise Conflict("This pair has ended already. Nothing was changed.")
    for name, value in values.items():
        set_committed_value(pairing, name, value)
