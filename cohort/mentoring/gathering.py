"""Everybody a run of matching is about, as they are now: mentors, participants, open pairs, who is kept apart."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Integer, Select, bindparam, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mentoring.asking import is_declined
from cohort.mentoring.models import KeptApart, Mentor, MentorState, Pairing, PairingState
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of

Couple = tuple[int, int]
"""Row ids of an enrolment and a mentor."""

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class People:
    """Who takes part. Pairs that somebody knows of, and pairs that staff locked, stand; a run works around them."""

    cohort: Cohort
    mentors: Sequence[Mentor]
    enrolments: Sequence[Enrolment]
    pairings: Sequence[Pairing]
    """Open ones of every state."""
    apart: Sequence[KeptApart] = ()
    unheard: Sequence[Pairing] = ()
    """Pairs that were closed before they were published."""
    freed: frozenset[int] = frozenset()
    """Ids of pairings that are looked at as if they did not stand."""

    @cached_property
    def standing(self) -> list[Pairing]:
        return [one for one in self.pairings if (is_known(one) or one.is_locked) and one.id not in self.freed]

    @cached_property
    def proposed(self) -> list[Pairing]:
        return [one for one in self.pairings if one.state is PairingState.PROPOSED]

    @cached_property
    def locked(self) -> list[Pairing]:
        """Proposals that staff decided on."""
        return [one for one in self.proposed if one.is_locked]

    @cached_property
    def open_to_change(self) -> list[Pairing]:
        """Proposals that the next run decides anew."""
        return [one for one in self.proposed if not one.is_locked]

    @cached_property
    def active(self) -> list[Pairing]:
        return [one for one in self.pairings if one.state is PairingState.ACTIVE]

    @cached_property
    def declined(self) -> frozenset[Couple]:
        """Pairs whose mentor said no."""
        return frozenset((one.enrolment_id, one.mentor_id) for one in self.unheard if one.answered_at)

    @cached_property
    def asked(self) -> list[Pairing]:
        """Every pair whose mentor was asked and that is not published, by mentor; of those that were closed only the
        latest of each mentor and participant."""
        asked = [one for one in (*self.unheard, *self.pairings) if one.asked_at and not one.published_at]
        asked.sort(key=lambda one: (one.mentor.person.name.casefold(), one.id))
        return list({(one.mentor_id, one.enrolment_id): one for one in asked}.values())

    @cached_property
    def free(self) -> list[Enrolment]:
        """Participants whom a run may pair."""
        taken = {pairing.enrolment_id for pairing in self.standing}
        return [enrolment for enrolment in self.enrolments if enrolment.id not in taken]

    @cached_property
    def alone(self) -> list[Enrolment]:
        """Participants without any pair, proposed or active."""
        taken = {pairing.enrolment_id for pairing in self.pairings}
        return [enrolment for enrolment in self.enrolments if enrolment.id not in taken]

    @cached_property
    def loads(self) -> Counter[int]:
        """Open pairs by mentor."""
        return Counter(pairing.mentor_id for pairing in self.pairings)

    @cached_property
    def by_mentor_id(self) -> dict[int, Mentor]:
        return {one.id: one for one in self.mentors}

    @cached_property
    def by_enrolment_id(self) -> dict[int, Enrolment]:
        return {one.id: one for one in self.enrolments}

    @cached_property
    def pack(self) -> Pack:
        return pack_of(self.cohort.version)

    @property
    def couples(self) -> int:
        """How many pairs are thinkable: the size of a run."""
        return len(self.mentors) * len(self.enrolments)

    def pairing_of(self, enrolment_id: int) -> Pairing | None:
        """The open pair of a participant."""
        return next((one for one in self.pairings if one.enrolment_id == enrolment_id), None)

    def without(self, pairings: Collection[Pairing]) -> "People":
        """The same people, with these pairs free to change."""
        return replace(self, freed=self.freed | {one.id for one in pairings})


def is_known(pairing: Pairing) -> bool:
    """Somebody besides staff knows of the open pair."""
    return pairing.state is not PairingState.PROPOSED


def list_people(cohort: Cohort) -> People:
    """Accepted mentors, enrolled participants and open pairs of a cohort, by name; needs its version loaded.

    Everybody is read once, in whatever state, and pairs find their people among them.
    """
    pairs, apart = _read(_PAIRS, cohort), _read(_APART, cohort)  # first: whoever is in a pair by now is found below
    mentors, enrolments = _read(_MENTORS, cohort), _read(_ENROLMENTS, cohort)
    mentor_of, enrolment_of = {one.id: one for one in mentors}, {one.id: one for one in enrolments}
    couples: Iterable[Pairing | KeptApart] = (*pairs, *apart)
    for one in couples:
        set_committed_value(one, "mentor", mentor_of[one.mentor_id])
        set_committed_value(one, "enrolment", enrolment_of[one.enrolment_id])
    return People(
        cohort,
        sorted((one for one in mentors if one.state is MentorState.ACCEPTED), key=_name),
        sorted((one for one in enrolments if one.state is EnrolmentState.ENROLLED), key=_name),
        [one for one in pairs if one.state is not PairingState.CLOSED],
        apart,
        [one for one in pairs if one.state is PairingState.CLOSED],
    )


def _read(query: Select[Thing], cohort: Cohort) -> Sequence[Thing]:
    """As the rows are now: others may have changed them since they were read."""
    options = {"populate_existing": True}
    return db.session.scalars(query, {"cohort_id": cohort.id}, execution_options=options).all()


# Built once: they are asked on every page of matching.
_COHORT_ID = bindparam("cohort_id", type_=Integer)
_MENTORS = select(Mentor).options(joinedload(Mentor.person)).where(Mentor.cohort_id == _COHORT_ID)
_ENROLMENTS = select(Enrolment).options(joinedload(Enrolment.person)).where(Enrolment.cohort_id == _COHORT_ID)
_PAIRS = (
    select(Pairing)
    .where(Pairing.cohort_id == _COHORT_ID, or_(Pairing.state != PairingState.CLOSED, Pairing.published_at.is_(None)))
    .order_by(Pairing.score, Pairing.id)
)
_APART = select(KeptApart).where(KeptApart.cohort_id == _COHORT_ID).order_by(KeptApart.said_at, KeptApart.id)


def _name(one: Mentor | Enrolment) -> tuple[str, int]:
    return one.person.name.casefold(), one.id


def read_places(cohort_id: int) -> tuple[frozenset[Any], ...]:
    """Which pairs there are, who takes part, with how much room: what must be the same when a run is kept as when it
    began. In columns, because the rows in hand may be read anew meanwhile, and nobody else writes while it is asked."""
    stands = or_(Pairing.is_locked, Pairing.state != PairingState.PROPOSED)
    queries: tuple[Select[*tuple[Any, ...]], ...] = (
        select(Mentor.id, Mentor.capacity).where(Mentor.cohort_id == cohort_id, Mentor.state == MentorState.ACCEPTED),
        select(Enrolment.id).where(Enrolment.cohort_id == cohort_id, Enrolment.state == EnrolmentState.ENROLLED),
        select(Pairing.id, stands).where(Pairing.cohort_id == cohort_id, Pairing.state != PairingState.CLOSED),
        select(KeptApart.enrolment_id, KeptApart.mentor_id, KeptApart.confirmed_at.is_(None)).where(
            KeptApart.cohort_id == cohort_id
        ),
    )
    rows = (frozenset(tuple(row) for row in db.session.execute(query)) for query in queries)
    return (*rows, _list_declined(cohort_id))


def _list_declined(cohort_id: int) -> frozenset[Couple]:
    """Pairs whose mentor said no."""
    rows = db.session.execute(
        select(Pairing.enrolment_id, Pairing.mentor_id).where(Pairing.cohort_id == cohort_id, *is_declined())
    )
    return frozenset((enrolment_id, mentor_id) for enrolment_id, mentor_id in rows)
