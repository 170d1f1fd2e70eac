"""Proposing, pairing by hand and ending, against the database."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring import pairing as deeds
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.publishing import publish
from tests.build import Build

AREAS = ["communication", "strategic-thinking", "empowering-others"]


def mentor(build: Build, cohort: Cohort, name: str, **values: object) -> Mentor:
    person = build.person(name, company=values.pop("company", f"{name}'s firm"), languages=["en"])
    return build.mentor(cohort, person, strengths=AREAS, availability="tue 09:00-12:00", **values)


def enrolment(build: Build, cohort: Cohort, name: str, **values: object) -> Enrolment:
    person = build.person(name, company=values.pop("company", "Northwind"), languages=["en"])
    return build.enrolment(cohort, person, growth_areas=AREAS, availability="tue 09:00-12:00", **values)


def pairs(cohort: Cohort) -> list[tuple[str, str, str]]:
    found = db.session.query(Pairing).filter_by(cohort_id=cohort.id).order_by(Pairing.id)
    return [(one.enrolment.person.name, one.mentor.person.name, one.state.value) for one in found]


def test_run_proposes_a_mentor_for_everybody_within_capacity(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=1)
    mentor(build, cohort, "Sam", capacity=1)
    people = [enrolment(build, cohort, name) for name in ("Ann", "Ben", "Cy")]

    proposal = deeds.propose_pairs(cohort, now=build.now)

    assert [one.enrolment.person.name for one in proposal.pairings] == ["Ann", "Ben"]
    assert [one.enrolment.id for one in proposal.unmatched] == [people[2].id]
    assert proposal.unmatched[0].reason == (
        "Too few places: 3 people can only go to Ruth and Sam, who have 2 places left."
    )


def test_run_says_why_in_words_for_both(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth Okafor")
    enrolment(build, cohort, "Ann Lee")

    (pair,) = deeds.propose_pairs(cohort, now=build.now).pairings

    assert pair.reasons == [
        ["because", "Ruth can help with communication, one of Ann’s growth areas"],
        ["because", "They share 10 possible meeting starts a week"],
        ["watch", "Nothing stands out; agree early on what each expects"],
    ]
    assert pair.score == 64


def test_second_run_gives_the_same_rows(build: Build) -> None:
    cohort = build.cohort()
    for name in ("Ruth", "Sam"):
        mentor(build, cohort, name, capacity=2)
    for name in ("Ann", "Ben", "Cy"):
        enrolment(build, cohort, name)

    first = [(one.id, one.mentor_id, one.score) for one in deeds.propose_pairs(cohort, now=build.now).pairings]
    later = build.now + timedelta(hours=1)
    second = [(one.id, one.mentor_id, one.score) for one in deeds.propose_pairs(cohort, now=later).pairings]

    assert second == first
    assert len(first) == 3


def test_run_replaces_its_own_pairs_and_keeps_published_and_manual_ones(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    tess = mentor(build, cohort, "Tess", capacity=1)
    ann, ben, cy = (enrolment(build, cohort, name) for name in ("Ann", "Ben", "Cy"))
    publish(cohort, [deeds.pair_by_hand(tess, ann, now=build.now)], now=build.now)
    deeds.pair_by_hand(sam, ben, now=build.now)
    build.pairing(ruth, enrolment(build, cohort, "Dee"), state=PairingState.PROPOSED, score=3)
    ruth.capacity = 2

    proposal = deeds.propose_pairs(cohort, now=build.now)

    assert pairs(cohort) == [
        ("Ann", "Tess", "active"),
        ("Ben", "Sam", "proposed"),
        ("Dee", "Ruth", "proposed"),
        ("Cy", "Ruth", "proposed"),
    ]
    assert {one.enrolment_id for one in proposal.pairings} >= {ben.id, cy.id}


def test_nobody_is_paired_with_the_own_line_manager_even_by_hand(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth")
    ann = enrolment(build, cohort, "Ann", manager_email=ruth.person.email.upper())

    with pytest.raises(DomainError, match="reports to the other"):
        deeds.pair_by_hand(ruth, ann, now=build.now)
    assert deeds.propose_pairs(cohort, now=build.now).unmatched[0].reason == (
        "Nobody with a place left fits. Of those mentors, 1 is the line manager. "
        "For 1 of them the only reason is: is the line manager."
    )


def test_by_hand_two_of_one_employer_may_be_a_pair(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", company="Northwind")
    ann = enrolment(build, cohort, "Ann")

    pair = deeds.pair_by_hand(ruth, ann, now=build.now)

    assert (pair.state, pair.score) == (PairingState.PROPOSED, None)
    assert len(pair.reasons) == 3


def test_by_hand_a_full_mentor_is_refused(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", capacity=1)
    deeds.pair_by_hand(ruth, enrolment(build, cohort, "Ann"), now=build.now)

    with pytest.raises(DomainError, match="no place left") as refusal:
        deeds.pair_by_hand(ruth, enrolment(build, cohort, "Ben"), now=build.now)
    assert refusal.value.field == "mentor"


def test_by_hand_replaces_the_proposal_of_the_person(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name) for name in ("Ruth", "Sam"))
    ann = enrolment(build, cohort, "Ann")
    deeds.pair_by_hand(ruth, ann, now=build.now)

    deeds.pair_by_hand(sam, ann, now=build.now)

    assert pairs(cohort) == [("Ann", "Sam", "proposed")]


def test_ended_pair_frees_the_place_for_another(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", capacity=1)
    pair = build.pairing(ruth, enrolment(build, cohort, "Ann"))

    deeds.end_pair(pair, reason="Changed teams", now=build.now)
    deeds.pair_by_hand(ruth, enrolment(build, cohort, "Ben"), now=build.now)

    assert (pair.state, pair.closed_at, pair.close_reason) == (PairingState.CLOSED, build.now, "Changed teams")
    with pytest.raises(Conflict, match="ended already"):
        deeds.end_pair(pair, now=build.now)


def test_removed_proposal_is_gone_and_a_published_one_stays(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth")
    proposed = deeds.pair_by_hand(ruth, enrolment(build, cohort, "Ann"), now=build.now)
    published = build.pairing(ruth, enrolment(build, cohort, "Ben"))

    deeds.remove(proposed)
    with pytest.raises(Conflict):
        deeds.remove(published)

    assert pairs(cohort) == [("Ben", "Ruth", "active")]


def test_archived_cohort_is_not_matched(build: Build) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)

    with pytest.raises(Conflict, match="archived"):
        deeds.propose_pairs(cohort, now=build.now)
