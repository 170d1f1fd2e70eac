"""Reads of pairs and what they leave behind. Notes are read only for a reader, and only those meant for them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from cohort.assignments.models import Submission
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.mentoring.models import (
    Commitment,
    Mentor,
    MentoringSession,
    MentorState,
    Note,
    NoteAudience,
    Pairing,
    PairingState,
)
from cohort.people.addresses import address_key
from cohort.people.models import Person
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.queries import effective_due


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What program staff see of a session: that it happened, and how many promises were kept."""

    held_on: date
    minutes: int
    next_at: datetime | None
    promised: int
    kept: int


def find_pairing(pairing_id: int) -> Pairing | None:
    """A pairing with its people and the cohort with its program."""
    return db.session.scalar(select(Pairing).options(*_whole_pair()).where(Pairing.id == pairing_id))


def _whole_pair() -> tuple[Any, Any]:
    """What the pages of a pair need besides the pairing itself."""
    return (
        joinedload(Pairing.mentor).joinedload(Mentor.person),
        joinedload(Pairing.enrolment).options(
            joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version)
        ),
    )


def list_pairings(cohort_id: int, ids: Collection[int]) -> list[Pairing]:
    """Those of the pairings that belong to the cohort, with their people."""
    return list(
        db.session.scalars(
            select(Pairing)
            .options(*_people_of_pair())
            .where(Pairing.cohort_id == cohort_id, Pairing.id.in_(ids))
            .order_by(Pairing.id)
        )
    )


def _people_of_pair() -> tuple[Any, Any]:
    return (
        joinedload(Pairing.mentor).joinedload(Mentor.person),
        joinedload(Pairing.enrolment).joinedload(Enrolment.person),
    )


def count_unanswered(cohort_id: int) -> tuple[int, int]:
    """How many participants and mentors were invited and have not answered."""
    participants = select(func.count(Enrolment.id)).where(
        Enrolment.cohort_id == cohort_id, Enrolment.state == EnrolmentState.INVITED
    )
    mentors = select(func.count(Mentor.id)).where(Mentor.cohort_id == cohort_id, Mentor.state == MentorState.INVITED)
    row = db.session.execute(select(participants.scalar_subquery(), mentors.scalar_subquery())).one()
    return row[0], row[1]


def list_mentees(mentor: Mentor) -> list[Pairing]:
    """The mentor's active pairs, with the participants."""
    return list(db.session.scalars(_MENTEES, {"mentor_id": mentor.id}))


def list_pairs_of(mentor: Mentor) -> list[Pairing]:
    """The mentor's pairs that are or were public, with the participants."""
    return list(db.session.scalars(_PAIRS, {"mentor_id": mentor.id}))


def list_sessions(pairing_id: int, reader: Person) -> list[MentoringSession]:
    """The sessions of a pair, the latest first, with promises and those notes that `reader` may read.

    Whether the reader may read anything of this pair is the gate's question.
    """
    readable = or_(Note.audience == NoteAudience.PAIR, Note.author_id == reader.id)
    return list(
        db.session.scalars(
            select(MentoringSession)
            .options(selectinload(MentoringSession.notes.and_(readable)), selectinload(MentoringSession.commitments))
            .where(MentoringSession.pairing_id == pairing_id)
            .order_by(MentoringSession.held_on.desc(), MentoringSession.id.desc())
        )
    )


def list_logged_keys(enrolment_ids: Collection[int]) -> Mapping[int, set[str]]:
    """Which sessions of the program each participant has held, with this mentor or one before."""
    rows = db.session.execute(
        select(Pairing.enrolment_id, MentoringSession.session_key)
        .join(MentoringSession.pairing)
        .where(Pairing.enrolment_id.in_(enrolment_ids))
    )
    keys: dict[int, set[str]] = {enrolment_id: set() for enrolment_id in enrolment_ids}
    for enrolment_id, key in rows:
        if key is not None:
            keys[enrolment_id].add(key)
    return keys


def find_logged_keys(enrolment_id: int) -> set[str]:
    return list_logged_keys([enrolment_id])[enrolment_id]


def list_session_facts(pairing_id: int) -> list[SessionFacts]:
    """The sessions of a pair for program staff, the latest first: no words that either wrote."""
    rows = db.session.execute(
        select(
            MentoringSession.held_on,
            MentoringSession.minutes,
            MentoringSession.next_at,
            func.count(Commitment.id),
            func.count(Commitment.kept_at),
        )
        .outerjoin(MentoringSession.commitments)
        .where(MentoringSession.pairing_id == pairing_id)
        .group_by(MentoringSession.id, MentoringSession.held_on, MentoringSession.minutes, MentoringSession.next_at)
        .order_by(MentoringSession.held_on.desc(), MentoringSession.id.desc())
    )
    return [SessionFacts(*row) for row in rows]


def list_meetings_of(mentor: Mentor) -> list[MentoringSession]:
    """Every session of a mentor in one cohort, also with former mentees, the earliest first; without its words."""
    return list(
        db.session.scalars(
            select(MentoringSession)
            .join(MentoringSession.pairing)
            .where(Pairing.mentor_id == mentor.id)
            .order_by(MentoringSession.held_on, MentoringSession.id)
        )
    )


def count_open_commitments(pairing_ids: Collection[int]) -> Counter[tuple[int, int]]:
    """How many promises are open, by pairing and owner."""
    rows = db.session.execute(
        select(Commitment.pairing_id, Commitment.owner_id, func.count(Commitment.id))
        .where(Commitment.pairing_id.in_(pairing_ids), Commitment.kept_at.is_(None))
        .group_by(Commitment.pairing_id, Commitment.owner_id)
    )
    return Counter({(pairing_id, owner_id): number for pairing_id, owner_id, number in rows})


def find_commitment(commitment_id: int) -> Commitment | None:
    """A promise with its pair, whose they are, and the cohort with its program."""
    whole = joinedload(Commitment.pairing).options(*_whole_pair())
    return db.session.scalar(select(Commitment).options(whole).where(Commitment.id == commitment_id))


def list_work(enrolment_ids: Collection[int]) -> list[Submission]:
    """Work handed in that its assignment said a mentor would read, the latest first."""
    return list(
        db.session.scalars(
            select(Submission)
            .where(
                Submission.enrolment_id.in_(enrolment_ids),
                Submission.reviewed_by == "mentor",
                Submission.submitted_at.is_not(None),
            )
            .order_by(Submission.submitted_at.desc(), Submission.id.desc())
        )
    )


def due_dates(
    items: Sequence[DatedItem], enrolment_ids: Collection[int]
) -> Mapping[tuple[int, str, str], datetime | None]:
    """When each of the items is due for each participant, by enrolment, kind and key."""
    extensions = db.session.scalars(
        select(Extension).where(
            Extension.enrolment_id.in_(enrolment_ids), Extension.item_id.in_([item.id for item in items])
        )
    )
    later = {(one.enrolment_id, one.item_id): one for one in extensions}
    return {
        (enrolment_id, item.kind, item.key): effective_due(item, later.get((enrolment_id, item.id)))
        for enrolment_id in enrolment_ids
        for item in items
    }


def find_own_mentor(cohort: Cohort, person: Person) -> Mentor | None:
    """The person's place as mentor of the cohort, whatever its state, with the cohort."""
    return db.session.scalar(_OWN_MENTOR, {"cohort_id": cohort.id, "person_id": person.id})


def find_enrolled(cohort: Cohort, enrolment_id: int) -> Enrolment | None:
    """Somebody who takes part in the cohort, with the person and the cohort."""
    return db.session.scalar(
        select(Enrolment)
        .options(joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version))
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
        )
    )


def list_unpublished(cohort_id: int, *states: PairingState) -> list[Pairing]:
    """The pairs of a cohort in these states, with their people, by mentor."""
    return list(
        db.session.scalars(
            select(Pairing)
            .join(Pairing.mentor)
            .join(Mentor.person)
            .options(*_people_of_pair())
            .where(Pairing.cohort_id == cohort_id, Pairing.state.in_(states))
            .order_by(Person.name, Pairing.id)
        )
    )


def find_who_asks(cohort: Cohort, email: str | None) -> Person | None:
    """In whose name the command line acts: the person of the address, or the first lead of the cohort, or an admin."""
    if email is not None:
        return db.session.scalar(select(Person).where(Person.email_key == address_key(email)))
    lead = (
        select(Person)
        .join(Staff, Staff.person_id == Person.id)
        .where(Staff.cohort_id == cohort.id, Staff.role == StaffRole.LEAD, Staff.until.is_(None))
        .order_by(Staff.id)
    )
    admin = select(Person).where(Person.is_admin).order_by(Person.id)
    return db.session.scalars(lead).first() or db.session.scalars(admin).first()


def list_offers(mentor: Mentor) -> list[Pairing]:
    """What the mentor is asked, and what they accepted that is not published yet."""
    return list(db.session.scalars(_OFFERS, {"mentor_id": mentor.id}))


# Built once: they are asked on every home of a mentor.
_PAIRS_OF_MENTOR = (
    select(Pairing)
    .join(Pairing.enrolment)
    .join(Enrolment.person)
    .options(joinedload(Pairing.enrolment).joinedload(Enrolment.person))
    .where(Pairing.mentor_id == bindparam("mentor_id"))
)
_MENTEES = _PAIRS_OF_MENTOR.where(Pairing.state == PairingState.ACTIVE).order_by(Person.name, Pairing.id)
_PAIRS = _PAIRS_OF_MENTOR.where(
    Pairing.state.in_((PairingState.ACTIVE, PairingState.CLOSED)), Pairing.published_at.is_not(None)
).order_by(Person.name, Pairing.id)
_OFFERS = _PAIRS_OF_MENTOR.where(Pairing.state.in_((PairingState.OFFERED, PairingState.ACCEPTED))).order_by(
    Pairing.answer_by, Person.name, Pairing.id
)
_OWN_MENTOR = (
    select(Mentor)
    .options(joinedload(Mentor.cohort).joinedload(Cohort.version))
    .where(Mentor.cohort_id == bindparam("cohort_id"), Mentor.person_id == bindparam("person_id"))
)
