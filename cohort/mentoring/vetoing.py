"""Vetoes: with whom somebody asks not to be paired, at most three, with a reason, until the first run of the matching.

Staff read who said what and why, and confirm it or turn it down; nobody else ever learns of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cohort.cohorts.models import Cohort, Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.gathering import People
from cohort.mentoring.matching.model import Model
from cohort.mentoring.models import KeptApart, MatchRun, Mentor, Side
from cohort.mentoring.run_input import write_input
from cohort.mentoring.settings import RunSettings
from cohort.mentoring.wishing import Place, refuse_outsiders, refuse_strangers

MOST_VETOES = 3
LONGEST_REASON = 500
ASK_STAFF = (
    "The first matching has been run, so whom you ask not to get cannot be changed here any more. Ask program staff. "
    "Nothing was saved: open the page anew to change your wishes."
)


@dataclass(frozen=True, slots=True)
class HeavyVetoes:
    """Vetoes that leave somebody few mentors to be paired with."""

    enrolment: Enrolment
    removed: int
    """Mentors who would fit by every rule but are ruled out by a veto of either side."""
    eligible: int
    """Mentors who would fit by every rule, the removed among them."""


def keep_vetoes(place: Place, reasons: Mapping[int, str], *, now: datetime) -> None:
    """Make `reasons`, by the id of the mentor or participant meant, the vetoes of this participant or mentor.

    One that is not among them is withdrawn; one whose reason is new waits for staff anew. Needs person and cohort
    loaded. Raises DomainError for more than three, a missing reason or a stranger, Conflict after the first run.
    """
    refuse_outsiders(place)
    _check(reasons)
    refuse_strangers(place, reasons, field="vetoes")
    matched_on = take_turn(place.cohort_id, Cohort.matched_on).matched_on
    standing = {_other(veto): veto for veto in _list_vetoes(place)}
    if {who: veto.reason for who, veto in standing.items()} == reasons:
        return
    if matched_on or _has_run(place.cohort_id):
        raise Conflict(ASK_STAFF, field="vetoes")
    for who, veto in standing.items():
        if who not in reasons:
            db.session.delete(veto)
    for who, reason in reasons.items():
        veto = standing.get(who) or _new_veto(place, who)
        if veto.reason != reason:
            veto.reason, veto.said_at, veto.confirmed_at = reason, now, None
            db.session.add(veto)
    db.session.flush()


def reasons_of(place: Place) -> dict[int, str]:
    """The vetoes that this participant or mentor said: reasons by the id of the other's place, the first said first."""
    return {_other(veto): veto.reason for veto in _list_vetoes(place)}


def said_by(place: Place, others: Sequence[Place]) -> list[tuple[str, str]]:
    """Names and reasons of the vetoes that this participant or mentor said about any of `others`."""
    reasons = reasons_of(place) if others else {}
    return [(one.person.name, reasons[one.id]) for one in others if one.id in reasons]


def takes_vetoes(cohort: Cohort) -> bool:
    """Until the first run, and until the first pairs are published."""
    return cohort.matched_on is None and not _has_run(cohort.id)


def has_vetoes(cohort_id: int) -> bool:
    """Somebody besides staff said one."""
    said = select(KeptApart.id).where(KeptApart.cohort_id == cohort_id, KeptApart.side != Side.STAFF)
    return db.session.scalar(said.limit(1)) is not None


def list_heavy_vetoes(people: People) -> Sequence[HeavyVetoes]:
    """Those who lose more than a quarter of the mentors they might get to vetoes, confirmed or waiting, by name."""
    apart = {(veto.enrolment_id, veto.mentor_id) for veto in people.apart if veto.side is not Side.STAFF}
    if not apart:
        return []
    heavy = (HeavyVetoes(one, *_count(one, fitting, apart)) for one, fitting in _list_fitting(people, apart))
    return [one for one in heavy if 4 * one.removed > one.eligible]


def _count(enrolment: Enrolment, fitting: Sequence[int], apart: set[tuple[int, int]]) -> tuple[int, int]:
    return sum((enrolment.id, mentor_id) in apart for mentor_id in fitting), len(fitting)


def _list_fitting(people: People, apart: set[tuple[int, int]]) -> list[tuple[Enrolment, list[int]]]:
    """Participants with a veto, each with the ids of the mentors whom no other rule of the cohort rules out."""
    mentors, mentees, rules, _ = write_input(replace(people, apart=()), RunSettings()).read
    model = Model(mentors, mentees, rules)
    concerned = {enrolment_id for enrolment_id, _ in apart}
    return [
        (
            people.by_enrolment_id[int(mentee.id)],
            [int(model.mentors[other].id) for other in model.eligible_places(place)],
        )
        for place, mentee in enumerate(model.mentees)
        if int(mentee.id) in concerned
    ]


def _check(reasons: Mapping[int, str]) -> None:
    if len(reasons) > MOST_VETOES:
        raise DomainError(f"At most {MOST_VETOES}. For more, talk to program staff.", field="vetoes")
    if not all(reason.strip() for reason in reasons.values()):
        raise DomainError("Write why. Program staff read it, and nobody else.", field="vetoes")


def _list_vetoes(place: Place) -> list[KeptApart]:
    side, column = _of(place)
    return list(
        db.session.scalars(select(KeptApart).where(column == place.id, KeptApart.side == side).order_by(KeptApart.id))
    )


def _of(place: Place) -> tuple[Side, Any]:
    if isinstance(place, Mentor):
        return Side.MENTOR, KeptApart.mentor_id
    return Side.PARTICIPANT, KeptApart.enrolment_id


def _other(veto: KeptApart) -> int:
    return veto.enrolment_id if veto.side is Side.MENTOR else veto.mentor_id


def _new_veto(place: Place, who: int) -> KeptApart:
    side, _ = _of(place)
    ids = (place.id, who) if side is Side.MENTOR else (who, place.id)
    mentor_id, enrolment_id = ids
    return KeptApart(
        cohort_id=place.cohort_id,
        mentor_id=mentor_id,
        enrolment_id=enrolment_id,
        side=side,
        said_by_id=place.person_id,
    )


def _has_run(cohort_id: int) -> bool:
    return db.session.scalar(select(MatchRun.id).where(MatchRun.cohort_id == cohort_id).limit(1)) is not None
