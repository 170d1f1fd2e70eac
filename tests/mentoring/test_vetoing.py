"""Vetoes: at most three, with a reason, until the first run; and the warning when they leave somebody few mentors."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.gathering import list_people
from cohort.mentoring.models import KeptApart, MatchRun, Mentor, RunState, Side
from cohort.mentoring.vetoing import keep_vetoes, list_heavy_vetoes, reasons_of, takes_vetoes
from cohort.mentoring.wishing import keep_wishes
from tests.build import Build


@pytest.fixture
def cohort(build: Build) -> Cohort:
    return build.cohort(matched_on=None)


@pytest.fixture
def ann(build: Build, cohort: Cohort) -> Enrolment:
    return build.enrolment(cohort, build.person("Ann Lee", company="Here", languages=["en"]))


@pytest.fixture
def mentors(build: Build, cohort: Cohort) -> list[Mentor]:
    people = [build.person(f"Mentor {number}", company=f"There {number}", languages=["en"]) for number in range(5)]
    return [build.mentor(cohort, person) for person in people]


def run(build: Build, cohort: Cohort) -> None:
    by = build.person()
    db.session.add(
        MatchRun(cohort_id=cohort.id, number=1, state=RunState.QUEUED, asked_at=build.now, asked_by_id=by.id)
    )
    db.session.flush()


def test_veto_waits_for_staff_and_is_withdrawn_by_who_said_it(
    build: Build, ann: Enrolment, mentors: list[Mentor]
) -> None:
    keep_vetoes(ann, {mentors[1].id: "We were married", mentors[0].id: "He was my boss"}, now=build.now)

    [first, _] = db.session.query(KeptApart).order_by(KeptApart.id)
    assert (first.mentor_id, first.enrolment_id, first.side) == (mentors[1].id, ann.id, Side.PARTICIPANT)
    assert (first.said_by_id, first.said_at, first.confirmed_at) == (ann.person_id, build.now, None)
    keep_vetoes(ann, {mentors[0].id: "He was my boss"}, now=build.now)
    assert reasons_of(ann) == {mentors[0].id: "He was my boss"}


def test_what_staff_confirmed_stays_so_until_its_reason_changes(
    build: Build, ann: Enrolment, mentors: list[Mentor]
) -> None:
    keep_vetoes(ann, {mentors[0].id: "He was my boss"}, now=build.now)
    veto = db.session.query(KeptApart).one()
    veto.confirmed_at = build.now

    keep_vetoes(ann, {mentors[0].id: "He was my boss", mentors[1].id: "A rival"}, now=build.now)
    assert veto.confirmed_at == build.now
    later = build.now + timedelta(hours=1)
    keep_vetoes(ann, {mentors[0].id: "He is my boss"}, now=later)
    assert (veto.reason, veto.said_at, veto.confirmed_at) == ("He is my boss", later, None)


def test_more_than_three_and_none_without_a_reason(build: Build, ann: Enrolment, mentors: list[Mentor]) -> None:
    for reasons in ({one.id: "No" for one in mentors[:4]}, {mentors[0].id: "  "}):
        with pytest.raises(DomainError) as refusal:
            keep_vetoes(ann, reasons, now=build.now)
        assert refusal.value.field == "vetoes"
    assert reasons_of(ann) == {}


def test_nobody_of_another_cohort_is_wished_for_or_vetoed(build: Build, ann: Enrolment, mentors: list[Mentor]) -> None:
    stranger = build.mentor(build.cohort())
    with pytest.raises(DomainError):
        keep_vetoes(ann, {stranger.id: "No"}, now=build.now)
    with pytest.raises(DomainError):
        keep_wishes(ann, [mentors[0].id, stranger.id])
    with pytest.raises(DomainError):
        keep_wishes(mentors[0], [build.enrolment(stranger.cohort).id])
    assert (ann.wishes or [], reasons_of(ann), mentors[0].wishes or []) == ([], {}, [])


def test_each_side_has_its_own_three_and_staff_have_theirs(
    build: Build, cohort: Cohort, ann: Enrolment, mentors: list[Mentor]
) -> None:
    ben, staff = build.enrolment(cohort), build.person()
    by_staff = KeptApart(cohort_id=cohort.id, mentor_id=mentors[3].id, enrolment_id=ann.id, side=Side.STAFF)
    by_staff.said_by_id, by_staff.said_at = staff.id, build.now
    db.session.add(by_staff)

    keep_vetoes(ann, {one.id: "No" for one in mentors[:3]}, now=build.now)
    keep_vetoes(mentors[0], {ann.id: "Nor I", ben.id: "My nephew"}, now=build.now)

    assert (list(reasons_of(ann)), list(reasons_of(mentors[0]))) == ([one.id for one in mentors[:3]], [ann.id, ben.id])
    keep_vetoes(ann, {}, now=build.now)
    assert db.session.query(KeptApart).count() == 3


def test_first_run_closes_the_list(build: Build, cohort: Cohort, ann: Enrolment, mentors: list[Mentor]) -> None:
    keep_vetoes(ann, {mentors[0].id: "He was my boss"}, now=build.now)
    run(build, cohort)

    assert not takes_vetoes(cohort)
    for reasons in ({}, {mentors[0].id: "He was my boss", mentors[1].id: "A rival"}):
        with pytest.raises(Conflict, match="Ask program staff"):
            keep_vetoes(ann, reasons, now=build.now)
    keep_vetoes(ann, {mentors[0].id: "He was my boss"}, now=build.now)  # nothing new: nothing to refuse


def test_published_matches_close_it_too(build: Build, ann: Enrolment, mentors: list[Mentor]) -> None:
    ann.cohort.matched_on = build.now.date()
    db.session.flush()

    with pytest.raises(Conflict):
        keep_vetoes(ann, {mentors[0].id: "He was my boss"}, now=build.now)


def test_who_does_not_take_part_says_nothing(build: Build, cohort: Cohort, mentors: list[Mentor]) -> None:
    invited = build.enrolment(cohort, state=EnrolmentState.INVITED)

    with pytest.raises(Conflict):
        keep_vetoes(invited, {mentors[0].id: "No"}, now=build.now)


def test_warning_when_more_than_a_quarter_of_the_fitting_mentors_go(
    build: Build, cohort: Cohort, ann: Enrolment, mentors: list[Mentor]
) -> None:
    """Of five mentors one works for the same employer: one of four is a quarter, and the next one is more."""
    mentors[4].person.company = "Here"
    keep_vetoes(ann, {mentors[0].id: "No", mentors[4].id: "A colleague"}, now=build.now)
    assert list_heavy_vetoes(list_people(cohort)) == []

    keep_vetoes(mentors[1], {ann.id: "My niece"}, now=build.now)

    [heavy] = list_heavy_vetoes(list_people(cohort))
    assert (heavy.enrolment, heavy.removed, heavy.eligible) == (ann, 2, 4)
