"""One person with a later date: every place says the same of when it is due."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cohort.assignments.models import Submission, SubmissionState
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message
from cohort.mail.smtp import SmtpTransport
from cohort.reminders.forecast import forecast
from cohort.reminders.tick import run_tick
from cohort.reports.concerns import list_rows
from cohort.reports.heat import build_heat
from cohort.schedule.extending import grant_extension
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from tests.build import Build
from tests.client import PageClient
from tests.learning.cast import PACK, Cast, make_cast, text
from tests.mail.smtp import Inbox, smtp_server

KEY, MODULE = "three-conversations", "say-it"
WAS = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
"""Friday 17:00 in Chicago, three days ago."""
UNTIL = WAS + timedelta(days=7)
WORDS = "extended to Fri 27 Nov (was Fri 20 Nov) by Dana Whitfield"


@pytest.fixture
def item(build: Build, cast: Cast) -> DatedItem:
    item = build.item(cast.cohort, f"assignment.due:{KEY}")
    item.at = WAS
    db.session.flush()
    return item


@pytest.fixture
def cast(build: Build) -> Cast:
    return make_cast(build)


@pytest.fixture
def extended(build: Build, cast: Cast, item: DatedItem) -> Cast:
    dana = build.staff(cast.cohort, build.person("Dana Whitfield")).person
    grant_extension(cast.mine, item, until=UNTIL, reason="On call", by=dana, now=build.now)
    db.session.commit()
    return cast


@pytest.mark.parametrize(
    "page", [f"modules/{MODULE}", f"assignments/{KEY}", "my-schedule", f"more-time/assignment/{KEY}"]
)
def test_pages_say_that_it_is_extended(client: PageClient, extended: Cast, page: str) -> None:
    assert WORDS in text(client.sign_in(extended.priya), f"{extended.home}/{page}")


def test_home_asks_for_it_as_what_lies_ahead(client: PageClient, extended: Cast) -> None:
    assert "It is still taken, and marked as late." not in text(client.sign_in(extended.priya), f"{extended.home}/home")


def test_reports_count_it_as_late_for_the_others_alone(build: Build, extended: Cast) -> None:
    peer, now, cohort = build.enrolment(extended.cohort), build.now, extended.cohort
    rows = [row for row in list_rows(cohort, now=now) if row.kind == "late" and row.other == PACK.assignment(KEY).title]
    assert [(row.enrolment_id, row.since) for row in rows] == [(peer.id, WAS)]

    heat = build_heat(cohort, PACK, list_items(cohort.id), now=now)

    place = next(number for number, column in enumerate(heat.columns) if column.title == "Assignment 4")
    words = {row.enrolment.id: row.cells[place][2] for row in heat.rows}
    assert words == {extended.mine.id: "To 27 Nov", peer.id: "Late 3 d"}


def test_reminders_and_mails_go_by_it(build: Build, extended: Cast, settings: Settings) -> None:
    rows = forecast(extended.cohort, now=build.now, until=build.now + timedelta(days=30))
    mine = [(row.rule, row.local.strftime("%d %H:%M")) for row in rows if row.item == f"assignment.due:{KEY}"]
    inbox = Inbox()
    with smtp_server(inbox) as server, SmtpTransport(server) as transport:
        for moment in (build.now, UNTIL - timedelta(hours=14)):
            run_tick(moment, settings, transport)

    assert mine == [
        ("assignment-soon", "24 09:00"),
        ("assignment-today", "27 09:00"),
        ("assignment-late-1", "28 09:00"),
        ("assignment-late-4", "01 09:00"),
        ("assignment-late-8", "05 09:00"),
    ]
    title = PACK.assignment(KEY).title
    subjects = set(db.session.scalars(select(Message.subject).where(Message.person_id == extended.priya.id)))
    assert f"{title}: extended to Fri 27 Nov (was Fri 20 Nov)" in subjects
    assert f"{title}: due Fri 27 Nov, 23:00 London" in subjects


def test_work_handed_in_before_it_is_not_late(build: Build, client: PageClient, extended: Cast) -> None:
    db.session.add(
        Submission(
            enrolment=extended.mine,
            assignment_key=KEY,
            reviewed_by="mentor",
            state=SubmissionState.SUBMITTED,
            text="Done.",
            saved_at=build.now,
            submitted_at=build.now,
        )
    )
    db.session.commit()

    own = text(client.sign_in(extended.priya), f"{extended.home}/assignments/{KEY}")
    read = text(client.sign_in(extended.ruth), f"/submissions/{db.session.query(Submission.id).scalar()}")

    assert ["Submitted late" in page for page in (own, read)] == [False, False]
    assert "Due Fri 27 Nov, 17:00 Chicago" in read
