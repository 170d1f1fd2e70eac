"""The forecast: what it says for a moment is what a round at that moment does."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cohort.assignments.models import Submission, SubmissionState
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db
from cohort.mentoring.models import MentoringSession, Pairing
from cohort.programs.queries import pack_of
from cohort.reminders.forecast import as_facts, count_mails, forecast
from cohort.reminders.models import Reminder
from cohort.reminders.tick import TickCounts, plan
from cohort.schedule.models import Extension
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import QueryCount

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ZONES = (
    "America/Chicago",
    "Europe/London",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
)


def a_lively_cohort(build: Build, dice: random.Random) -> Cohort:
    """People in many zones, some done with some things, some extended, some paired, some without mail that can wait."""
    cohort = build.cohort(launched_at=START - timedelta(days=80))
    build.staff(cohort)
    for number in range(6):
        person = build.person(time_zone=dice.choice(ZONES), mail_wishes=dice.choice([{}, NO_MAIL_THAT_CAN_WAIT]))
        enrolment = build.enrolment(cohort, person, answered_at=START - timedelta(days=dice.choice([1, 80])))
        if dice.random() < 0.6:
            pairing = build.pairing(
                build.mentor(cohort), enrolment, published_at=START - timedelta(days=dice.randint(0, 30))
            )
            meet(pairing, person.id, dice, number)
        if dice.random() < 0.5:
            hand_in(enrolment.id)
        if dice.random() < 0.5:
            item = build.item(cohort, "assignment.due:three-conversations")
            until = item.at + timedelta(days=dice.randint(-2, 6)) if item.at else START
            db.session.add(Extension(item_id=item.id, enrolment_id=enrolment.id, until=until, granted_at=START))
    db.session.commit()
    return cohort


def meet(pairing: Pairing, person_id: int, dice: random.Random, number: int) -> None:
    held_on = date(2026, 11, dice.randint(1, 22))
    next_at = dice.choice([None, START + timedelta(days=dice.randint(1, 20))])
    values: dict[str, Any] = {"minutes": 45, "logged_by_id": person_id, "logged_at": START, "form_key": f"f{number}"}
    db.session.add(MentoringSession(pairing_id=pairing.id, held_on=held_on, next_at=next_at, **values))


def hand_in(enrolment_id: int) -> None:
    work = Submission(enrolment_id=enrolment_id, assignment_key="three-conversations", reviewed_by="mentor")
    work.state, work.saved_at, work.submitted_at = SubmissionState.SUBMITTED, START, START
    db.session.add(work)
    db.session.add(CheckInAnswer(enrolment_id=enrolment_id, checkin_key="checkin-5", saved_at=START, answered_at=START))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rounds_do_what_the_forecast_says(build: Build, seed: int) -> None:
    cohort = a_lively_cohort(build, random.Random(seed))
    plan(START, TickCounts(), everything=True)
    settled = set(db.session.scalars(select(Reminder.id)))

    foreseen = forecast(cohort, now=START, until=START + timedelta(days=14))
    for moment in sorted({row.utc for row in foreseen}):
        plan(moment, TickCounts(), everything=True)

    rows = [row for row in db.session.scalars(select(Reminder)) if row.id not in settled]
    done = {(row.rule_key, row.subject, row.person_id, row.decided_at, row.state.value, row.reason) for row in rows}
    said = {
        (row.rule, row.item, row.person_id, row.utc, {"planned": "queued"}.get(row.state, row.state), row.reason)
        for row in foreseen
    }
    assert said == done
    assert [row for row in rows if row.decided_at < row.due_at] == []
    assert len(rows) > 40


def test_what_is_due_and_undecided_stands_in_the_forecast(build: Build) -> None:
    cohort = build.cohort()
    build.enrolment(cohort, answered_at=START - timedelta(hours=2))
    build.item(cohort, "checkin.opens:checkin-5").at = START - timedelta(hours=6)

    rows = [row for row in forecast(cohort, now=START + timedelta(hours=1), until=START) if row.rule == "checkin-open"]

    assert [(row.state, row.utc) for row in rows] == [("planned", START)]


def test_cohort_in_preparation_is_foreseen_as_if_launched_now(build: Build) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    build.enrolment(cohort, answered_at=START)

    rows = forecast(cohort, now=START, until=START + timedelta(days=14))

    assert [row.rule for row in rows] == ["profile-nudge", "profile-nudge-again"]


def test_archived_cohort_has_no_mail_to_come(build: Build) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)
    build.enrolment(cohort)

    assert forecast(cohort, now=START, until=START + timedelta(days=90)) == []


def test_what_leaves_in_one_mail_is_counted_once(build: Build) -> None:
    cohort = build.cohort()
    enrolment = build.enrolment(cohort, answered_at=START)
    build.pairing(build.mentor(cohort), enrolment, published_at=START)

    rows = forecast(cohort, now=START, until=START + timedelta(days=14))

    together = [row for row in rows if row.mail and sum(other.mail == row.mail for other in rows) > 1]
    assert {(row.person_id, row.utc) for row in together} != set()
    assert count_mails(rows) == len({(row.person_id, row.mail) for row in rows if not row.reason}) < len(rows)
    assert [row.mail for row in rows if row.reason] == [""] * sum(bool(row.reason) for row in rows)


def test_row_as_facts_names_both_times(build: Build) -> None:
    cohort = build.cohort()
    build.enrolment(cohort, build.person("Priya Raman", time_zone="Europe/London"), answered_at=START)

    facts = [as_facts(row) for row in forecast(cohort, now=START, until=START + timedelta(days=2))]

    assert facts[0] == {
        "person": "Priya Raman",
        "rule": "workshop-day",
        "about": "workshop.starts",
        "item": "workshop.starts:hard-talks",
        "state": "planned",
        "local": "2026-11-24T16:00+00:00",
        "utc": "2026-11-24T16:00:00Z",
        "reason": "",
    }


@pytest.mark.parametrize("number", [1, 3])
def test_forecast_asks_the_same_number_of_questions(build: Build, queries: QueryCount, number: int) -> None:
    cohort = build.cohort()
    for _ in range(number):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))
    db.session.commit()
    pack_of(cohort.version)

    with queries as seen:
        forecast(cohort, now=START, until=START + timedelta(days=14))

    assert seen.count == 11
