"""Reads of cohorts and their people, scoped to the one who asks."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import CompoundSelect, Integer, Select, String, bindparam, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import joinedload

from cohort.access import Actor
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mentoring.models import Mentor, MentorState
from cohort.programs.models import ProgramVersion


def staffed_cohorts(actor: Actor) -> Select[Cohort]:
    """The cohorts that `actor` works for, for an admin all of them; newest start first."""
    cohorts = select(Cohort).order_by(Cohort.starts_on.desc(), Cohort.id.desc())
    if actor.is_admin:
        return cohorts
    return cohorts.where(Cohort.id.in_(actor.cohorts_as("program lead", "facilitator", "observer")))


@dataclass(slots=True)
class PeopleCounts:
    """How many people a cohort has, by what they are and their state: `('participant', 'enrolled')`."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def participants(self, state: EnrolmentState) -> int:
        return self.numbers.get(("participant", state), 0)

    def mentors(self, state: MentorState) -> int:
        return self.numbers.get(("mentor", state), 0)

    @property
    def enrolled(self) -> int:
        return self.participants(EnrolmentState.ENROLLED) + self.participants(EnrolmentState.COMPLETED)


def count_people(cohorts: Collection[Cohort]) -> dict[int, PeopleCounts]:
    """Participants and mentors of every cohort given, by its row id, in one query."""
    counts = {cohort.id: PeopleCounts() for cohort in cohorts}
    for role, cohort_id, state, number in db.session.execute(_COUNTED, {"cohorts": list(counts)}):
        counts[cohort_id].numbers[role, state] = number
    return counts


def _counted() -> CompoundSelect[str, int, str, int]:
    these = bindparam("cohorts", expanding=True, type_=Integer)
    participants = (
        select(literal("participant"), Enrolment.cohort_id, type_coerce(Enrolment.state, String), func.count())
        .where(Enrolment.cohort_id.in_(these))
        .group_by(Enrolment.cohort_id, Enrolment.state)
    )
    mentors = (
        select(literal("mentor"), Mentor.cohort_id, type_coerce(Mentor.state, String), func.count())
        .where(Mentor.cohort_id.in_(these))
        .group_by(Mentor.cohort_id, Mentor.state)
    )
    return union_all(participants, mentors)


_COUNTED = _counted()
"""Built once: it is asked on the first pages of staff."""


def find_cohort(slug: str) -> Cohort | None:
    """The cohort with its program version; whether the reader may know of it is the gate's question."""
    return db.session.scalar(_BY_SLUG, {"slug": slug})


_BY_SLUG = (
    select(Cohort)
    .options(joinedload(Cohort.version).joinedload(ProgramVersion.program))
    .where(Cohort.slug == bindparam("slug"))
)
"""Built once: it is asked on every page of a cohort."""
