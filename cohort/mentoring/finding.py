"""How routes about mentoring find what their address names; the shell draws its bars from the cohort found."""

from dataclasses import dataclass

from flask import g

from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Enrolment
from cohort.gate import may, me
from cohort.mentoring.apart import find_apart
from cohort.mentoring.concerns import find_concern
from cohort.mentoring.kept_runs import find_run
from cohort.mentoring.meeting_proposals import find_proposal
from cohort.mentoring.models import (
    Commitment,
    KeptApart,
    MatchRun,
    MeetingProposal,
    Mentor,
    MentorState,
    PairConcern,
    Pairing,
    PairingState,
)
from cohort.mentoring.queries import find_commitment, find_enrolled, find_own_mentor, find_pairing


@dataclass(frozen=True, slots=True)
class Offer:
    """A pair that its mentor is asked about, and theirs alone; to everybody else there is no such question."""

    pairing: Pairing

    def guard(self) -> Guard:
        return Guard(cohort_id=self.pairing.cohort_id, person_id=self.pairing.mentor.person_id)


@dataclass(frozen=True, slots=True)
class FormerPair:
    """A pair that was public and has ended, as the mentor of then still finds it; to everybody else there is none."""

    pairing: Pairing

    def guard(self) -> Guard:
        return Guard(cohort_id=self.pairing.cohort_id, person_id=self.pairing.mentor.person_id)


def open_own_place(slug: str, **_: object) -> Mentor | None:
    """The reader's own place as mentor of the cohort; none for somebody whose time as a mentor has ended."""
    cohort = open_cohort(slug)
    mentor = find_own_mentor(cohort, me()) if cohort else None
    return mentor if mentor and mentor.state is not MentorState.ENDED else None


def open_pair(pair: int, **_: object) -> Pairing | None:
    """The pairing of the address, and the cohort it belongs to; to all but staff none that was never published."""
    pairing = find_pairing(pair)
    if pairing is None or not (pairing.published_at or may("match.see-all", pairing.enrolment.cohort)):
        return None
    g.cohort = pairing.enrolment.cohort
    return pairing


def open_former_pair(pair: int, **_: object) -> FormerPair | None:
    """A pair that was published and has ended; the menu of its cohort only for a mentor who still has a place in it."""
    pairing = find_pairing(pair)
    if pairing is None or pairing.state is not PairingState.CLOSED or not pairing.published_at:
        return None
    if pairing.mentor.state is MentorState.ACCEPTED:
        g.cohort = pairing.enrolment.cohort
    return FormerPair(pairing)


def open_promise(promise: int, **_: object) -> Commitment | None:
    """A promise; its pair says whose it is."""
    commitment = find_commitment(promise)
    if commitment is not None:
        g.cohort = commitment.pairing.enrolment.cohort
    return commitment


def open_place(slug: str, enrolment_id: int, **_: object) -> Enrolment | None:
    """Somebody enrolled in the cohort of the address."""
    cohort = open_cohort(slug)
    return find_enrolled(cohort, enrolment_id) if cohort else None


def open_apart(slug: str, apart_id: int, **_: object) -> KeptApart | None:
    """Two people of the cohort who are kept apart; nobody but staff can tell whether there are any."""
    cohort = open_cohort(slug)
    return find_apart(cohort.id, apart_id) if cohort and may("match.see-all", cohort) else None


def open_run(slug: str, number: int, **_: object) -> MatchRun | None:
    """A run of the cohort; nobody but staff can tell how many there are."""
    cohort = open_cohort(slug)
    return find_run(cohort.id, number) if cohort and may("match.see-all", cohort) else None


def open_offer(pair: int, **_: object) -> Offer | None:
    """A pair whose mentor was asked about it; none before."""
    pairing = find_pairing(pair)
    if pairing is None or not pairing.asked_at:
        return None
    g.cohort = pairing.enrolment.cohort
    return Offer(pairing)


def open_meeting_proposal(proposal: int, **_: object) -> MeetingProposal | None:
    """Proposed times; their pair says whose they are."""
    found = find_proposal(proposal)
    if found is not None:
        g.cohort = found.pairing.enrolment.cohort
    return found


def open_concern(concern: int, **_: object) -> PairConcern | None:
    found = find_concern(concern)
    if found is not None:
        g.cohort = found.pairing.enrolment.cohort
    return found
