"""Proposing, pairing by hand and ending, against the database."""

import pytest
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring import pairing as deeds
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.publishing import publish
from tests.build import Build
from tests.mentoring.studio import ask, enrolment, mentor, proposals


def pairs(cohort: Cohort) -> list[tuple[str, str, str]]:
    people = (
        joinedload(Pairing.enrolment).joinedload(Enrolment.person),
        joinedload(Pairing.mentor).joinedload(Mentor.person),
    )
    found = db.session.query(Pairing).options(*people).filter_by(cohort_id=cohort.id).order_by(Pairing.id)
    return [(one.enrolment.person.name, one.mentor.person.name, one.state.value) for one in found]


def test_run_proposes_a_mentor_for_everybody_within_capacity(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=1)
    mentor(build, cohort, "Sam", capacity=1)
    people = [enrolment(build, cohort, name) for name in ("Ann", "Ben", "Cy")]

    run = ask(build, cohort)

    assert [one.enrolment.person.name for one in proposals(cohort)] == ["Ann", "Ben"]
    words = (
        "Too few places: Ann, Ben and Cy can only go to Ruth and Sam, who have 2 places for 3 people. "
        "One more place there is enough for one more of them."
    )
    assert run.outcome["unmatched"] == [[people[2].id, words, words]], "all of it is shared"


def test_run_says_why_in_words_for_both(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth Okafor")
    enrolment(build, cohort, "Ann Lee")

    ask(build, cohort)
    (pair,) = proposals(cohort)

    assert pair.reasons == [
        ["because", "Ruth can help with communication, one of Ann’s growth areas"],
        ["because", "They share 10 possible meeting starts a week"],
        ["watch", "Nothing stands out; agree early on what each expects"],
    ]
    assert pair.score == 35


def test_second_run_gives_the_same_rows(build: Build) -> None:
    cohort = build.cohort()
    for name in ("Ruth", "Sam"):
        mentor(build, cohort, name, capacity=2)
    for name in ("Ann", "Ben", "Cy"):
        enrolment(build, cohort, name)

    ask(build, cohort)
    first = [(one.id, one.mentor_id, one.score) for one in proposals(cohort)]
    ask(build, cohort)
    second = [(one.id, one.mentor_id, one.score) for one in proposals(cohort)]

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

    ask(build, cohort)

    assert pairs(cohort) == [
        ("Ann", "Tess", "active"),
        ("Ben", "Sam", "proposed"),
        ("Dee", "Ruth", "proposed"),
        ("Cy", "Ruth", "proposed"),
    ]
    assert {one.enrolment_id for one in proposals(cohort)} >= {ben.id, cy.id}


def test_nobody_is_paired_with_the_own_line_manager_even_by_hand(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth")
    ann = enrolment(build, cohort, "Ann", manager_email=ruth.person.email.upper())

    with pytest.raises(DomainError, match="reports to the other"):
        deeds.pair_by_hand(ruth, ann, now=build.now)
    assert ask(build, cohort).outcome["unmatched"][0][1] == (
        "No mentor with a place is possible: one reports to the other (1 of them). "
        "Without “one reports to the other”, 1 mentor is possible."
    )


def test_by_hand_two_of_one_employer_may_be_a_pair(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", company="Northwind")
    ann = enrolment(build, cohort, "Ann")

    pair = deeds.pair_by_hand(ruth, ann, now=build.now)

    assert (pair.state, pair.is_locked, pair.score) == (PairingState.PROPOSED, True, 35)
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
        ask(build, cohort)
