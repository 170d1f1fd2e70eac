"""How routes about mentoring find what their address names; the shell draws its bars from the cohort found."""

from flask import g

from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Enrolment
from cohort.gate import me
from cohort.mentoring.apart import find_apart
from cohort.mentoring.models import Commitment, KeptApart, MatchRun, Mentor, MentorState, Pairing
from cohort.mentoring.queries import find_commitment, find_enrolled, find_own_mentor, find_pairing
from cohort.mentoring.runs import find_run


def open_own_place(slug: str, **_: object) -> Mentor | None:
    """The reader's own place as mentor of the cohort; none for somebody whose time as a mentor has ended."""
    cohort = open_cohort(slug)
    mentor = find_own_mentor(cohort, me()) if cohort else None
    return mentor if mentor and mentor.state is not MentorState.ENDED else None


def open_pair(pair: int, **_: object) -> Pairing | None:
    """The pairing of the address, and the cohort it belongs to."""
    pairing = find_pairing(pair)
    if pairing is not None:
        g.cohort = pairing.enrolment.cohort
    return pairing


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
    """Two people of the cohort who are kept apart."""
    cohort = open_cohort(slug)
    return find_apart(cohort.id, apart_id) if cohort else None


def open_run(slug: str, number: int, **_: object) -> MatchRun | None:
    """A run of the cohort."""
    cohort = open_cohort(slug)
    return find_run(cohort.id, number) if cohort else None
