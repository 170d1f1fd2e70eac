"""Made-up cohorts: as many as asked for, the same for the same seed, and whole enough for every page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from cohort.assignments.models import Submission
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Cohort, Enrolment, Staff
from cohort.db import db
from cohort.demo.people import find_person, hash_for_all
from cohort.demo.seeding import is_seeded, seed
from cohort.learning.models import Progress
from cohort.mentoring.models import Mentor, MentoringSession, Pairing
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion
from tests.build import Build
from tests.client import PageClient

WORK = (Progress, Submission, CheckInAnswer, MentoringSession)


def sow(build: Build, version: ProgramVersion, **sizes: int) -> list[Cohort]:
    sizes = {"cohorts": 3, "people": 10, "random_seed": 1} | sizes
    return list(seed(version, password_hash=hash_for_all(), now=build.now, **sizes))


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def names_of(cohort: Cohort) -> Sequence[str]:
    people = select(Person.name).join(Enrolment, Enrolment.person_id == Person.id).order_by(Enrolment.id)
    return db.session.scalars(people.where(Enrolment.cohort_id == cohort.id)).all()


def test_seed_shares_the_people_between_the_cohorts(build: Build) -> None:
    cohorts = sow(build, build.program())
    assert [len(names_of(cohort)) for cohort in cohorts] == [4, 3, 3]
    assert is_seeded()


def test_seed_gives_everybody_a_mentor_and_each_cohort_its_staff(build: Build) -> None:
    sow(build, build.program())
    assert {model: count(model) for model in (Enrolment, Pairing, Mentor, Staff)} == {
        Enrolment: 10,
        Pairing: 10,
        Mentor: 4,
        Staff: 6,
    }


def test_seed_leaves_work_behind_in_cohorts_that_are_under_way(build: Build) -> None:
    sow(build, build.program(), cohorts=20, people=40)
    assert all(count(model) > 40 for model in WORK)


def test_same_seed_makes_the_same_people(build: Build) -> None:
    version = build.program()
    first = [names_of(cohort) for cohort in sow(build, version)]
    for cohort in db.session.scalars(select(Cohort)):
        db.session.delete(cohort)
    db.session.flush()
    db.session.query(Person).delete()
    assert [names_of(cohort) for cohort in sow(build, version)] == first
    assert first[0] != first[1][:4]


def test_staff_of_a_seeded_cohort_see_its_people(build: Build, client: PageClient) -> None:
    first, *_ = sow(build, build.program())
    db.session.commit()
    page = client.sign_in(find_person("staff1@seeded-001.example")).get(f"/cohorts/{first.slug}/people")
    assert page.status_code == 200
    assert all(name in page.get_data(as_text=True) for name in names_of(first))
