"""People to be matched, and runs of theirs, for the tests of the studio."""

from typing import Any

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.gathering import list_people
from cohort.mentoring.kept_runs import SavedRun
from cohort.mentoring.models import KeptApart, MatchRun, Mentor, Pairing, Side
from cohort.mentoring.runs import ask_run
from cohort.mentoring.settings import STANDARD_WEIGHTS, RunSettings
from tests.build import Build
from tests.client import PageClient

AREAS = ["communication", "strategic-thinking", "empowering-others"]
FORM = {**STANDARD_WEIGHTS, "different_employer": "y", "shared_language": "y", "shared_hours": "y", "least_starts": 1}
"""The settings as a browser sends them when nobody touched them."""


def mentor(build: Build, cohort: Cohort, name: str, **values: Any) -> Mentor:
    person = build.person(
        name,
        company=values.pop("company", f"{name}'s firm"),
        languages=values.pop("languages", ["en"]),
        seniority=values.pop("seniority", None),
    )
    return build.mentor(cohort, person, **({"strengths": AREAS, "availability": "tue 09:00-12:00"} | values))


def enrolment(build: Build, cohort: Cohort, name: str, **values: Any) -> Enrolment:
    person = build.person(
        name,
        company=values.pop("company", "Northwind"),
        languages=values.pop("languages", ["en"]),
        seniority=values.pop("seniority", None),
    )
    return build.enrolment(cohort, person, **({"growth_areas": AREAS, "availability": "tue 09:00-12:00"} | values))


def lead(build: Build, cohort: Cohort, client: PageClient) -> PageClient:
    return client.sign_in(build.staff(cohort).person)


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def ask(build: Build, cohort: Cohort, settings: RunSettings | None = None, **values: Any) -> MatchRun:
    """A run as somebody of the staff asks for it."""
    return ask_run(cohort, settings, by=build.person(), now=build.now, **values)


def proposals(cohort: Cohort) -> list[Pairing]:
    """By the names of the participants."""
    return sorted(list_people(cohort).proposed, key=lambda one: one.enrolment.person.name)


def names(pairs: list[Pairing]) -> list[tuple[str, str]]:
    return [(one.enrolment.person.name, one.mentor.person.name) for one in pairs]


def saved(row: MatchRun) -> SavedRun:
    return SavedRun(row, "Dana")


def veto(build: Build, one: Mentor, other: Enrolment, side: Side = Side.PARTICIPANT, **values: Any) -> KeptApart:
    by = other.person_id if side is Side.PARTICIPANT else one.person_id
    kept = KeptApart(
        cohort_id=one.cohort_id,
        mentor=one,
        enrolment=other,
        side=side,
        **{"reason": "We know each other", "said_at": build.now, "said_by_id": by} | values,
    )
    db.session.add(kept)
    db.session.flush()
    return kept
