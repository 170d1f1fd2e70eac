"""The table of people and items, and the figures above it."""

from datetime import date, timedelta
from typing import Any

import pytest

from cohort.assignments.models import Submission, SubmissionState
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.learning.models import Progress
from cohort.mentoring.models import MentoringSession
from cohort.programs.queries import pack_of
from cohort.reports.figures import Figure, count_done
from cohort.reports.heat import Heat, build_heat
from cohort.schedule.items import Kind
from cohort.schedule.models import Extension
from cohort.schedule.queries import list_items
from tests.build import Build
from tests.client import QueryCount


def heat(cohort: Cohort, build: Build, **values: Any) -> Heat:
    return build_heat(cohort, pack_of(cohort.version), list_items(cohort.id), **{"now": build.now} | values)


def cells(table: Heat, enrolment: Enrolment) -> dict[str, tuple[str, str, str]]:
    (row,) = [row for row in table.rows if row.enrolment is enrolment]
    return {column.title: cell for column, cell in zip(table.columns, row.cells, strict=True)}


def add(*things: Any) -> None:
    db.session.add_all(things)
    db.session.flush()


def submitted(enrolment: Enrolment, key: str, build: Build) -> Submission:
    return Submission(
        enrolment_id=enrolment.id,
        assignment_key=key,
        reviewed_by="mentor",
        state=SubmissionState.SUBMITTED,
        saved_at=build.now,
        submitted_at=build.now,
    )


def test_columns_are_those_of_the_open_module_and_the_next(build: Build) -> None:
    table = heat(build.cohort(), build)

    assert table.modules == "Modules 4 and 5"
    assert [f"{column.title}, {column.note}" for column in table.columns] == [
        "Lessons 4, 4 to read",
        "Lessons 5, 4 to read",
        "Check-in 5, closes 23 Nov",
        "Pre-work 4, due 24 Nov",
        "Session 4, by 28 Nov",
        "Assignment 4, due 4 Dec",
        "Check-in 6, closes 7 Dec",
        "Pre-work 5, due 15 Dec",
        "Session 5, by 19 Dec",
        "Check-in 7, closes 21 Dec",
        "Assignment 5, due 25 Dec",
    ]


@pytest.mark.parametrize(
    ("starts_on", "modules"),
    [(date(2027, 3, 1), "Modules 1 and 2"), (date(2026, 11, 23), "Modules 1 and 2"), (date(2026, 5, 4), "Module 8")],
)
def test_modules_follow_the_calendar(build: Build, starts_on: date, modules: str) -> None:
    assert heat(build.cohort(starts_on=starts_on), build).modules == modules


def test_cells_say_what_is_done(build: Build) -> None:
    cohort = build.cohort()
    enrolment = build.enrolment(cohort)
    pairing = build.pairing(build.mentor(cohort), enrolment)
    pack = pack_of(cohort.version)
    fourth, fifth = pack.modules[3], pack.modules[4]
    assert fourth.assignment and fourth.workshop and fourth.mentor_session
    lessons = [f"{fourth.key}/{lesson.key}" for lesson in fourth.lessons]
    lessons.append(f"{fifth.key}/{fifth.lessons[0].key}")
    add(
        *(Progress(enrolment_id=enrolment.id, kind="lesson", key=key, done_at=build.now) for key in lessons),
        Progress(enrolment_id=enrolment.id, kind="prework", key=fourth.workshop.key, done_at=build.now),
        submitted(enrolment, fourth.assignment.key, build),
        CheckInAnswer(enrolment_id=enrolment.id, checkin_key="checkin-5", saved_at=build.now, answered_at=build.now),
        MentoringSession(
            pairing_id=pairing.id,
            held_on=date(2026, 11, 20),
            minutes=45,
            session_key=fourth.mentor_session.key,
            form_key="key",
            logged_by_id=enrolment.person_id,
            logged_at=build.now,
        ),
    )

    found = cells(heat(cohort, build), enrolment)

    done = {title for title, cell in found.items() if cell == ("ok", "check-lg", "Done")}
    assert done == {"Lessons 4", "Pre-work 4", "Assignment 4", "Check-in 5", "Session 4"}
    assert found["Lessons 5"] == ("", "circle", "1 of 4")
    assert found["Assignment 5"] == ("", "circle", "Open")


def test_cells_say_what_is_open_late_extended_or_not_asked(build: Build) -> None:
    cohort = build.cohort()
    alone, newcomer = build.enrolment(cohort), build.enrolment(cohort, answered_at=build.now + timedelta(days=20))
    paired = build.enrolment(cohort)
    build.pairing(build.mentor(cohort), paired)
    extended = build.item(cohort, "assignment.due:" + _assignment(cohort, 3))
    until = build.now + timedelta(days=20)
    add(Extension(item_id=extended.id, enrolment_id=paired.id, until=until, granted_at=build.now))

    now = heat(cohort, build)
    later = heat(cohort, build, now=build.now + timedelta(days=13))

    assert cells(now, alone)["Check-in 5"] == ("warn", "clock-fill", "Today")
    assert cells(now, alone)["Session 4"] == ("", "dash-lg", "No mentor")
    assert cells(now, paired)["Session 4"] == ("", "circle", "Open")
    assert cells(now, paired)["Assignment 4"] == ("info", "calendar-plus", "To 13 Dec")
    assert cells(later, paired)["Assignment 4"] == ("info", "calendar-plus", "To 13 Dec")
    assert cells(later, alone)["Assignment 4"] == ("bad", "exclamation-triangle-fill", "Late 2 d")
    assert cells(later, newcomer)["Assignment 4"] == ("", "dash-lg", "Joined later")
    assert cells(later, alone)["Check-in 5"] == ("warn", "question-lg", "No answer")
    assert cells(later, paired)["Session 4"] == ("warn", "journal-x", "Not logged")
    assert cells(later, alone)["Pre-work 4"] == ("", "dash-lg", "Not ticked")


def _assignment(cohort: Cohort, module: int) -> str:
    assignment = pack_of(cohort.version).modules[module].assignment
    assert assignment is not None
    return assignment.key


def test_only_people_with_a_seat_stand_in_the_table_by_name(build: Build) -> None:
    cohort = build.cohort()
    for name, state in (("Cy", "enrolled"), ("Ann", "completed"), ("Ben", "withdrawn"), ("Dee", "invited")):
        build.enrolment(cohort, build.person(name), state=EnrolmentState(state))
    build.enrolment(build.cohort())

    assert [row.enrolment.person.name for row in heat(cohort, build).rows] == ["Ann", "Cy"]


def test_figures_count_what_is_due_so_far(build: Build) -> None:
    cohort = build.cohort()
    first, second = build.enrolment(cohort), build.enrolment(cohort)
    gone = build.enrolment(cohort, state=EnrolmentState.WITHDRAWN)
    stranger = build.enrolment(build.cohort())
    add(
        *(submitted(enrolment, _assignment(cohort, 0), build) for enrolment in (first, second, gone, stranger)),
        submitted(first, _assignment(cohort, 4), build),
        CheckInAnswer(enrolment_id=first.id, checkin_key="checkin-1", saved_at=build.now),
    )

    figures = count_done(cohort, list_items(cohort.id), enrolled=2, now=build.now)

    assert figures == {
        Kind.ASSIGNMENT_DUE: Figure(done=2, due=6, items=3),
        Kind.CHECKIN_CLOSES: Figure(done=0, due=8, items=4),
        Kind.MENTOR_SESSION_BY: Figure(done=0, due=6, items=3),
    }


@pytest.mark.parametrize("number", [1, 3])
def test_table_takes_the_same_queries(build: Build, queries: QueryCount, number: int) -> None:
    cohort = build.cohort()
    for _ in range(number):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))
    items = list_items(cohort.id)

    with queries as seen:
        build_heat(cohort, pack_of(cohort.version), items, now=build.now)

    assert seen.count == 3
