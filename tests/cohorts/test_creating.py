"""Making cohorts: their address, their dates, their lead."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cohort.cohorts.creating import create_cohort, propose_slug
from cohort.cohorts.models import Cohort, CohortState, Staff, StaffRole
from cohort.db import db
from cohort.errors import DomainError
from cohort.programs.queries import pack_of
from cohort.schedule.items import list_entries
from cohort.schedule.queries import list_items
from tests.build import Build

MONDAY = date(2027, 3, 1)


def create(build: Build, **values: Any) -> Cohort:
    ordinary = {"title": "Spring Leaders", "starts_on": MONDAY, "zone": "America/New_York", "lead": None}
    version = values.pop("version", None) or build.program()
    return create_cohort(version, **{**ordinary, **values}, now=build.now)


def test_cohort_is_a_draft_with_its_settings(build: Build) -> None:
    week_off = (date(2027, 4, 5), date(2027, 4, 9))
    day_off = (date(2027, 3, 29), date(2027, 3, 29))

    cohort = create(build, seats=12, blackouts=[week_off, day_off])

    assert (cohort.slug, cohort.state, cohort.seats) == ("spring-leaders", CohortState.DRAFT, 12)
    assert (cohort.starts_on, cohort.zone, cohort.created_at) == (MONDAY, "America/New_York", build.now)
    assert cohort.blackout_days == (day_off, week_off)


def test_every_date_of_the_program_is_on_the_timeline(build: Build) -> None:
    cohort = create(build)

    entries = {f"{entry.kind}:{entry.key}" for entry in list_entries(pack_of(cohort.version))}
    assert {item.item_id for item in list_items(cohort.id)} == entries
    assert build.item(cohort, "module.opens:aim").at == datetime(2027, 3, 22, 12, 0, tzinfo=UTC)


def test_lead_gets_the_role_from_now_on(build: Build) -> None:
    lead = build.person()

    cohort = create(build, lead=lead)

    staff = db.session.query(Staff).one()
    assert (staff.cohort_id, staff.person_id, staff.role, staff.since) == (
        cohort.id,
        lead.id,
        StaffRole.LEAD,
        build.now,
    )


def test_lead_with_a_closed_account_is_refused(build: Build) -> None:
    lead = build.person(deactivated_at=build.now)

    with pytest.raises(DomainError) as refusal:
        create(build, lead=lead)

    assert refusal.value.field == "lead"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Spring Emerging Leaders", "spring-emerging-leaders"),
        ("  Führung & Größe: 2027! ", "fuhrung-groe-2027"),
        ("Ведущие", "cohort"),
        ("--", "cohort"),
        ("a" * 120, "a" * 80),
    ],
)
def test_slug_is_made_from_the_title(build: Build, title: str, slug: str) -> None:
    assert propose_slug(title) == slug


def test_taken_slugs_are_numbered(build: Build) -> None:
    version = build.program()
    slugs = [create(build, version=version).slug for _ in range(3)]
    other = create(build, version=version, title="Spring").slug

    assert slugs == ["spring-leaders", "spring-leaders-2", "spring-leaders-3"]
    assert other == "spring"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": ""}),
        ("title", {"title": "a" * 121}),
        ("zone", {"zone": "Mars/Olympus"}),
        ("seats", {"seats": 0}),
        ("seats", {"seats": 10_001}),
        ("blackouts", {"blackouts": [(date(2027, 4, 9), date(2027, 4, 5))]}),
        ("starts_on", {"starts_on": date(1900, 1, 1)}),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(build: Build, field: str, values: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refusal:
        create(build, **values)

    assert refusal.value.field == field
    assert db.session.query(Cohort).count() == 0
