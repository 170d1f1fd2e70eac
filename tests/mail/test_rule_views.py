"""The reminder rules in the browser: the list, the preview by name, saving, two editors at once, the test to oneself."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cohort.cohorts.models import Cohort, CohortState, EnrolmentState, StaffRole
from cohort.db import Base, db
from cohort.people.models import Person
from cohort.reminders.models import CohortRule, Reminder
from cohort.reminders.ruling import find_rule
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of

SOON = "assignment-soon"
"""Three days before an assignment is due, at 09:00, to those who have not handed it in."""


def running(build: Build) -> tuple[Cohort, Person]:
    cohort = build.cohort()
    priya = build.person("Priya Raman", time_zone="Europe/London", password_hash="set")
    build.pairing(build.mentor(cohort, build.person("Luis Ortega")), build.enrolment(cohort, priya))
    return cohort, build.staff(cohort, build.person("Dana Whitfield", email="dana@example.com")).person


def page_of(client: PageClient, cohort: Cohort, path: str = "") -> str:
    answer = client.get(f"/cohorts/{cohort.slug}/mail-room/rules{path}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def filled(page: str) -> dict[str, str]:
    """What the form of a rule would send if it were sent as it stands."""
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    return {
        "number": "3",
        "unit": "d",
        "side": "-",
        "at": "09:00",
        "to": "participant",
        "unless": "submitted",
        "kind": "digest",
        "subject": "",
        "text": "",
        "seen": seen[1],
    }


def test_rule_page(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    page = page_of(client.sign_in(lead), cohort, f"/{SOON}")
    assert "Priya" in page
