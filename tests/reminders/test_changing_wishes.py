"""What becomes of mail that is gathered or queued when its reader wishes otherwise."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, Enrolment
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.models import Message
from cohort.people.accounts import change_zone
from cohort.people.wishes import AS_SHIPPED, Choice, Topic
from cohort.people.wishing import choose
from cohort.reminders.looking import still_owed
from cohort.reminders.models import Reminder
from cohort.reminders.ruling import rules_of
from cohort.reminders.tick import TickCounts, plan
from cohort.schedule.models import DatedItem
from tests.build import Build
from tests.client import PageClient

OPENS = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
"""Tuesday 08:00 in Chicago."""
FRIDAY = OPENS + timedelta(days=3)
MONDAY = OPENS + timedelta(days=6)
"""Monday 08:00 in Chicago: when the weekly mail leaves."""


@pytest.fixture
def cohort(build: Build) -> Cohort:
    """A cohort in which one module opens, and nothing else has a date."""
    cohort = build.cohort()
    for item in db.session.scalars(select(DatedItem).where(DatedItem.cohort_id == cohort.id)):
        item.at = OPENS if item.item_id == "module.opens:say-it" else None
    assert db.session.scalar(select(DatedItem.id).where(DatedItem.at == OPENS)) is not None
    return cohort


@pytest.fixture
def weekly(build: Build, cohort: Cohort) -> Enrolment:
    """Somebody whose coursework comes weekly."""
    wishes = AS_SHIPPED.choosing({Topic.COURSEWORK: Choice.WEEKLY})
    return enrol(build, cohort, mail_wishes=wishes.stored())


def enrol(build: Build, cohort: Cohort, **person: Any) -> Enrolment:
    """Somebody who joined just before the module opens."""
    enrolment: Enrolment = build.enrolment(cohort, build.person(**person), answered_at=OPENS - timedelta(hours=12))
    return enrolment


def decided_at(*moments: datetime) -> list[tuple[datetime, str]]:
    """Look at each of `moments`; what was decided, and when."""
    found: list[tuple[datetime, str]] = []
    for moment in moments:
        db.session.commit()
        known = set(db.session.scalars(select(Reminder.id)))
        plan(moment, TickCounts(), everything=False)
        rows = db.session.scalars(select(Reminder).order_by(Reminder.id))
        found += [(moment, row.reason or row.state.value) for row in rows if row.id not in known]
    return found


@pytest.mark.parametrize("choice", [Choice.NOW, Choice.DAILY, Choice.WEEKLY])
def test_what_is_gathered_comes_with_its_mail(cohort: Cohort, weekly: Enrolment, choice: Choice) -> None:
    assert decided_at(OPENS, FRIDAY) == []

    choose(weekly.person, {Topic.COURSEWORK: choice}, now=FRIDAY)

    assert decided_at(FRIDAY, FRIDAY + timedelta(days=1), MONDAY, MONDAY) == [(MONDAY, "queued")]


def test_what_is_gathered_and_turned_off_does_not_come(cohort: Cohort, weekly: Enrolment) -> None:
    assert decided_at(OPENS) == []

    choose(weekly.person, {Topic.COURSEWORK: Choice.OFF}, now=FRIDAY)

    assert decided_at(FRIDAY, MONDAY) == [(FRIDAY, "turned off")]


def test_what_becomes_due_after_the_change_follows_it(cohort: Cohort, weekly: Enrolment) -> None:
    choose(weekly.person, {Topic.COURSEWORK: Choice.NOW}, now=OPENS - timedelta(minutes=1))

    assert decided_at(OPENS) == [(OPENS, "queued")]


def test_new_zone_moves_what_is_gathered_with_its_mail(cohort: Cohort, weekly: Enrolment) -> None:
    """08:00 on Monday comes to London six hours before it comes to Chicago."""
    change_zone(weekly.person, "Europe/London")

    assert decided_at(OPENS, MONDAY - timedelta(hours=6, seconds=1), MONDAY - timedelta(hours=6)) == [
        (MONDAY - timedelta(hours=6), "queued")
    ]


def test_topic_turned_off_after_queueing_is_not_said_and_another_is(cohort: Cohort, build: Build) -> None:
    """The last look asks for the wishes of now."""
    off, other = (enrol(build, cohort).person for _ in range(2))
    assert decided_at(OPENS) == [(OPENS, "queued")] * 2

    choose(off, {Topic.COURSEWORK: Choice.OFF}, now=OPENS)
    choose(other, {Topic.WORKSHOPS: Choice.OFF}, now=OPENS)

    messages = db.session.scalars(select(Message)).all()
    owed = still_owed(messages, {cohort.id: rules_of(cohort)}, now=OPENS)
    assert {message.person_id: len(owed.get(message.id, ())) for message in messages} == {off.id: 0, other.id: 1}


def test_one_click_turns_off_the_topic_of_its_mail(
    app: Flask, settings: Settings, cohort: Cohort, build: Build, client: PageClient
) -> None:
    person = enrol(build, cohort).person
    assert decided_at(OPENS) == [(OPENS, "queued")]
    message = db.session.scalars(select(Message).options(joinedload(Message.person))).one()

    owed = still_owed([message], {cohort.id: rules_of(cohort)}, now=OPENS)[message.id]
    data = Composer(settings, app.jinja_env).compose(message, now=OPENS, owed=owed).data
    mail = message_from_bytes(data, policy=default)
    link = str(mail["List-Unsubscribe"]).strip("<>")
    body = mail.get_body(("plain",))
    client.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})

    assert dict(person.wishes.choices) == {Topic.COURSEWORK: Choice.OFF}
    assert body is not None
    assert ["Choose which mail you get:", f"  {link}"] == body.get_content().splitlines()[-4:-2]
