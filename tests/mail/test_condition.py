"""What is wrong with mail: said once, to staff, to the launch checklist and to machines that watch."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from cohort.cohorts.models import Cohort
from cohort.config import MailMode, Settings
from cohort.db import db
from cohort.mail.condition import Check, read_condition
from cohort.mail.lanes import BREAKS_AT, DISK_FULL, note_relay_failed, note_relay_works, pause_all, resume_all
from cohort.mail.metrics import Gauge, as_text, read_gauges
from cohort.mail.models import Lane, Message, MessageState
from cohort.mail.outbox import queue
from cohort.people.models import Person
from cohort.reminders.models import Tick
from tests.build import Build
from tests.client import PageClient, QueryCount

TOKEN = "a token of the monitoring, long enough"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ticked(build: Build) -> None:
    """The worker has just looked."""
    note_tick(build.now)


def note_tick(at: datetime) -> None:
    db.session.merge(Tick(kind="tick", began_at=at, ended_at=at + timedelta(seconds=1.5)))
    db.session.flush()


def mail(build: Build, *, due: timedelta = timedelta(), cohort: Cohort | None = None, **values: object) -> Message:
    """A mail that was due so long ago."""
    person: Person = build.person()
    key = f"link:{person.id}"
    made = queue(person, "sign-in-link", key=key, now=build.now - due, cohort_id=cohort.id if cohort else None)
    assert made is not None
    for name, value in values.items():
        setattr(made, name, value)
    db.session.flush()
    return made


def failing(now: datetime, mode: MailMode = MailMode.LIVE) -> list[Check]:
    return [trouble.check for trouble in read_condition(now, mode).faults]


def test_nothing_is_wrong_where_the_worker_runs_and_nothing_waits(build: Build, ticked: None) -> None:
    mail(build, due=14 * MINUTE)

    assert read_condition(build.now, MailMode.LIVE).troubles == []


def test_worker_that_never_ran_or_fell_silent_is_a_fault(build: Build) -> None:
    assert failing(build.now) == [Check.WORKER]

    note_tick(build.now - timedelta(seconds=120))
    assert failing(build.now) == []
    assert failing(build.now + timedelta(seconds=1)) == [Check.WORKER]


def test_mail_that_waits_is_a_fault_after_a_quarter_of_an_hour(build: Build, ticked: None) -> None:
    waiting = mail(build, due=16 * MINUTE)

    [trouble] = read_condition(build.now, MailMode.LIVE).troubles
    assert (trouble.check, trouble.since) == (Check.WAITING, waiting.due_at)


def test_mail_that_waits_because_somebody_paused_it_is_no_fault(build: Build, ticked: None) -> None:
    cohort = build.cohort(mail_paused_at=build.now - 30 * MINUTE)
    mail(build, due=20 * MINUTE, cohort=cohort)
    assert failing(build.now) == []

    mail(build, due=20 * MINUTE)
    pause_all("The speaker is ill", now=build.now)
    [trouble] = read_condition(build.now, MailMode.LIVE).troubles
    assert (trouble.check, trouble.is_fault) == (Check.PAUSED, False)
    assert trouble.words == "All mail of every cohort is paused (The speaker is ill)."


def test_pause_that_the_engine_made_itself_is_a_fault(build: Build, ticked: None) -> None:
    pause_all(DISK_FULL, now=build.now)
    assert failing(build.now) == [Check.PAUSED]

    resume_all()
    assert failing(build.now) == []


def test_mail_server_that_refuses_us_is_told_in_its_words(build: Build, ticked: None) -> None:
    for _ in range(BREAKS_AT):
        assert failing(build.now) == []
        note_relay_failed("535 5.7.8 bad credentials", now=build.now)
    [trouble] = read_condition(build.now, MailMode.LIVE).faults
    assert trouble.words == "The mail server takes no mail (535 5.7.8 bad credentials). It is tried again by itself."

    note_relay_works()
    assert failing(build.now) == []


def test_mail_left_unclear_is_a_fault_after_an_hour(build: Build, ticked: None) -> None:
    left = mail(build, state=MessageState.SENDING, lease_until=build.now - 60 * MINUTE)
    assert failing(build.now) == []

    left.lease_until = build.now - 61 * MINUTE
    db.session.flush()
    assert failing(build.now) == [Check.UNCLEAR]


@pytest.mark.parametrize("mode", [MailMode.OFF, MailMode.LOG, MailMode.ALLOWLIST])
def test_mode_is_said_and_what_it_holds_back_is_no_fault(build: Build, ticked: None, mode: MailMode) -> None:
    mail(build, due=20 * MINUTE)

    [trouble] = read_condition(build.now, mode).troubles
    assert (trouble.check, trouble.is_fault) == (Check.MODE, False)
    assert trouble.words.startswith(f"Mail mode is {mode}: ")


def test_health_of_mail_names_the_check_and_no_number(build: Build, client: PageClient) -> None:
    answer = client.get("/health/mail")
    assert (answer.status_code, answer.json) == (503, {"status": "failing", "failing": ["worker"]})

    note_tick(build.now)
    answer = client.get("/health/mail")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "failing": []})


def test_liveness_does_not_depend_on_mail(client: PageClient, build: Build) -> None:
    mail(build, due=20 * MINUTE)

    assert client.get("/health").json == {"status": "ok"}


@pytest.fixture
def scraped(app: Flask, settings: Settings) -> Iterator[None]:
    """The installation has a token for its metrics."""
    app.extensions["settings"] = replace(settings, metrics_token=TOKEN)
    yield
    app.extensions["settings"] = settings


def test_metrics_are_not_there_without_a_token_of_the_installation(client: PageClient) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"])
def test_metrics_are_refused_without_the_token(client: PageClient, scraped: None, given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})

    assert (answer.status_code, "cohort_" in answer.text) == (401, False)


def test_metrics_are_the_text_format_of_prometheus(client: PageClient, build: Build, scraped: None) -> None:
    note_tick(build.now)

    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[:3] == [
        "# HELP cohort_mail_pending Mails that wait, due or not yet.",
        "# TYPE cohort_mail_pending gauge",
        "cohort_mail_pending 0",
    ]
    assert f"cohort_tick_last_timestamp_seconds {build.now.timestamp():.0f}" in lines


def test_labels_are_escaped() -> None:
    gauge = Gauge("g", "Help.", [({"domain": 'a"b\\c\nd'}, 1.0)])

    assert as_text([gauge]).splitlines()[-1] == 'g{domain="a\\"b\\\\c\\nd"} 1'


def values(now: datetime) -> dict[str, float]:
    return {
        gauge.name + "".join(f" {value}" for value in labels.values()): value
        for gauge in read_gauges(now)
        for labels, value in gauge.samples
    }


def test_metrics_count_each_state_once(build: Build, ticked: None) -> None:
    now = build.now
    build.cohort(look_at=now - 3 * MINUTE)
    build.cohort()  # to be looked at once
    build.cohort(look_at=now - 9 * MINUTE, mail_paused_at=now)
    mail(build, due=2 * MINUTE)
    mail(build, due=-5 * MINUTE)
    mail(build, due=-5 * MINUTE, held_at=now)
    mail(build, state=MessageState.LEASED, lease_until=now + MINUTE)
    mail(build, state=MessageState.SENDING, lease_until=now + MINUTE)
    mail(build, state=MessageState.FAILED)
    mail(build, state=MessageState.SENT)
    db.session.add(Lane(domain="example.com", blocked_until=now + MINUTE))
    db.session.add(Lane(domain="example.net", blocked_until=now - MINUTE))
    db.session.flush()

    assert values(now) == {
        "cohort_mail_pending": 3,
        "cohort_mail_due": 1,
        "cohort_mail_oldest_due_seconds": 120,
        "cohort_mail_held": 1,
        "cohort_mail_leased": 1,
        "cohort_mail_sending": 1,
        "cohort_mail_failed": 1,
        "cohort_lane_blocked example.com": 1,
        "cohort_lane_blocked example.net": 0,
        "cohort_planner_looks_due": 2,
        "cohort_planner_lag_seconds": 180,
        "cohort_tick_last_timestamp_seconds": now.timestamp(),
        "cohort_tick_seconds": 1.5,
    }


@pytest.mark.parametrize("read", [lambda now: read_condition(now, MailMode.LIVE), read_gauges])
def test_looking_at_mail_reads_no_mail_that_was_sent(build: Build, read: Callable[[datetime], object]) -> None:
    """Each statement finds mails by an index of the states that it is about, whatever the table holds besides."""
    if db.engine.dialect.name == "postgresql":
        for way in ("seqscan", "bitmapscan"):  # a table this small would be read as a whole
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    with Explained() as seen:
        read(build.now)

    assert seen.count <= 2
    finding = [row for row in seen.plan() if re.search(r"(?i)(on|search|scan) message\b", row)]
    assert finding
    assert [row for row in finding if not re.search("ix_message_(due|leased|failed)", row)] == []


class Explained(QueryCount):
    """Statements with their values, so that the database can say how it answers them."""

    def __init__(self) -> None:
        super().__init__(db.engines[None])
        self.asked: list[tuple[str, Any]] = []

    def _note(self, connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        super()._note(connection, cursor, statement, parameters, *rest)
        if statement in self.statements:
            self.asked.append((statement, parameters))

    def plan(self) -> list[str]:
        explain = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        connection = db.session.connection()
        asked = [connection.exec_driver_sql(f"{explain} {words}", values) for words, values in self.asked]
        return [str(row[-1]) for rows in asked for row in rows]


@pytest.mark.parametrize("path", ["/cohorts", "/cohorts/{slug}", "/cohorts/{slug}/mail-room"])
def test_staff_read_what_is_wrong_where_they_land(build: Build, client: PageClient, ticked: None, path: str) -> None:
    cohort = build.cohort()
    lead = build.person()
    build.staff(cohort, lead)
    client.sign_in(lead)
    assert "still waits" not in client.get(path.format(slug=cohort.slug)).text

    mail(build, due=16 * MINUTE)
    db.session.commit()
    assert "Mail that should have left still waits. Since " in client.get(path.format(slug=cohort.slug)).text


def test_looking_costs_no_query_more(build: Build, client: PageClient, queries: QueryCount, ticked: None) -> None:
    """The page that says what is wrong does not ask for the last round a second time."""
    cohort = build.cohort()
    lead = build.person()
    build.staff(cohort, lead)
    client.sign_in(lead)
    path = f"/cohorts/{cohort.slug}"
    client.get(path)

    with queries as seen:
        client.get(path)

    assert sum("FROM tick" in statement for statement in seen.statements) == 1
