"""Runs over people of all kinds: promises that hold whoever they are."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.mentoring.gathering import People
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.mentoring.proposing import run
from cohort.people.languages import language_name
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion
from tests.build import shipped_document

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AREAS = ("leading-by-example", "communication", "strategic-thinking", "empowering-others")
HOURS = ("", "tue 09:00-12:00", "tue 10:00-11:00;fri 08:00-12:00", "sun 20:00-24:00")

people_facts = st.fixed_dictionaries(
    {
        "company": st.sampled_from(["", "Northwind", "Lakeshore"]),
        "zone": st.sampled_from(["America/Chicago", "Europe/London", "Pacific/Auckland"]),
        "languages": st.lists(st.sampled_from(["en", "es", "pt-br"]), unique=True, max_size=2),
        "areas": st.lists(st.sampled_from(AREAS), unique=True, max_size=3),
        "hours": st.sampled_from(HOURS),
    }
)


def person(number: int, facts: dict[str, object]) -> Person:
    return Person(
        id=number,
        name=f"Person {number}",
        email=f"person{number}@example.com",
        company=facts["company"],
        time_zone=facts["zone"],
        languages=facts["languages"],
    )


def cohort() -> Cohort:
    document = shipped_document()
    return Cohort(id=1, starts_on=date(2026, 9, 14), version=ProgramVersion(document=document, digest="proposing"))


def mentor(number: int, facts: dict[str, object], capacity: int) -> Mentor:
    return Mentor(
        id=number,
        cohort_id=1,
        person=person(1000 + number, facts),
        state=MentorState.ACCEPTED,
        capacity=capacity,
        strengths=facts["areas"],
        availability=facts["hours"],
    )


def enrolment(number: int, facts: dict[str, object], manager: int) -> Enrolment:
    return Enrolment(
        id=number,
        cohort_id=1,
        person=person(number, facts),
        state=EnrolmentState.ENROLLED,
        growth_areas=facts["areas"],
        availability=facts["hours"],
        manager_email=f"person{1000 + manager}@example.com",
    )


def standing(number: int, one: Enrolment, other: Mentor) -> Pairing:
    return Pairing(
        id=number,
        enrolment_id=one.id,
        enrolment=one,
        mentor_id=other.id,
        mentor=other,
        state=PairingState.ACTIVE,
        score=None,
        proposed_at=NOW,
    )


@st.composite
def worlds(draw: st.DrawFn) -> People:
    mentors = [
        mentor(number, facts, capacity)
        for number, (facts, capacity) in enumerate(
            draw(st.lists(st.tuples(people_facts, st.integers(0, 3)), max_size=4)), start=1
        )
    ]
    enrolments = [
        enrolment(number, facts, draw(st.integers(1, 4)))
        for number, facts in enumerate(draw(st.lists(people_facts, max_size=6)), start=1)
    ]
    taken = draw(st.integers(0, min(2, len(enrolments)))) if mentors else 0
    pairs = [standing(number, enrolments[number], mentors[0]) for number in range(taken)]
    return People(cohort(), mentors, enrolments, pairs)


@given(worlds())
def test_proposals_never_exceed_a_capacity_and_touch_nobody_who_has_a_mentor(people: People) -> None:
    best = run(people).best

    proposed = Counter(best.values())
    over = [one.id for one in people.mentors if proposed[one.id] > max(0, one.capacity - people.loads[one.id])]
    assert over == []
    assert best.keys() <= {one.id for one in people.free}


@given(worlds())
def test_the_same_people_get_the_same_plan_in_any_order(people: People) -> None:
    turned = People(people.cohort, people.mentors[::-1], people.enrolments[::-1], people.pairings)

    assert run(turned).best == run(people).best


@given(worlds())
def test_everybody_free_has_a_mentor_or_a_reason(people: People) -> None:
    made = run(people)

    assert {one.id for one in people.free} == made.best.keys() | {one.enrolment.id for one in made.unmatched}
    assert all(one.reason.endswith(".") for one in made.unmatched)
    for enrolment_id in made.best:
        assert [kind for kind, _ in made.reasons(enrolment_id)] == ["because", "because", "watch"]
        assert 0 <= made.scores[enrolment_id] <= 100


@given(worlds())
def test_nobody_is_proposed_to_the_own_manager_or_a_colleague(people: People) -> None:
    mentors = {one.id: one for one in people.mentors}
    enrolments = {one.id: one for one in people.enrolments}

    for enrolment_id, mentor_id in run(people).best.items():
        mentee, chosen = enrolments[enrolment_id], mentors[mentor_id]
        assert mentee.manager_email != chosen.person.email
        assert not mentee.person.company or mentee.person.company != chosen.person.company


@pytest.mark.parametrize(("code", "name"), [("es", "Spanish"), ("PT-br", "Portuguese"), ("tlh", "tlh")])
def test_languages_have_names(code: str, name: str) -> None:
    assert language_name(code) == name
