"""Reminders speak of the sitting somebody goes to, and mails about places say what is so when they leave."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from sqlalchemy import select

from cohort.cohorts.models import Enrolment
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.transports import MailboxTransport
from cohort.reminders.listing import list_occasions
from cohort.reminders.models import Reminder
from cohort.reminders.tick import TickCounts, plan, run_tick
from cohort.schedule.models import DatedItem
from cohort.workshops.attending import close_attendance, make_up
from cohort.workshops.signing_up import excuse, leave_place, take_place
from tests.build import Build
from tests.client import QueryCount
from tests.workshops.hall import Hall

HOUR = timedelta(hours=1)
LINK = "https://meet.example/a-secret-room"


@pytest.fixture
def hall(build: Build) -> Hall:
    """The only thing with a date is this workshop."""
    hall = Hall(build, capacity=1)
    for item in db.session.scalars(select(DatedItem).where(DatedItem.cohort_id == hall.cohort.id)):
        if item.key != hall.first.key or not item.kind.startswith("workshop"):
            item.at = item.ends_at = None
    hall.cohort.launched_at = build.now - timedelta(days=90)
    for item in (hall.first, hall.second):
        hall.sitting(item).join_url = LINK
    db.session.commit()
    return hall


def spoken_of(hall: Hall, enrolment: Enrolment) -> list[tuple[str, datetime, str]]:
    found = list_occasions([hall.cohort.id])[hall.cohort.id].of_participants
    return [
        (one.about, one.at, one.held)
        for one in found
        if one.enrolment_id == enrolment.id and one.about.startswith("workshop")
    ]


def test_occasions_are_of_the_sitting_somebody_goes_to(hall: Hall) -> None:
    assert hall.second.at and hall.second.ends_at
    silent, holder, swapped, waiting, excused, left = (hall.comer() for _ in range(6))
    take_place(swapped, hall.first, now=hall.build.now)
    take_place(swapped, hall.second, now=hall.build.now)
    take_place(holder, hall.first, now=hall.build.now)
    take_place(waiting, hall.first, now=hall.build.now)
    excuse(excused, hall.first, now=hall.build.now)
    take_place(left, hall.first, now=hall.build.now)
    leave_place(left, hall.first, now=hall.build.now)
    first = [("workshop.starts", hall.starts_at), ("workshop.ends", hall.ends_at)]
    second = [("workshop.starts", hall.second.at), ("workshop.ends", hall.second.ends_at)]

    expected = {
        silent: [(about, at, "") for about, at in first],
        holder: [(about, at, "") for about, at in first],
        swapped: [(about, at, "") for about, at in second],
        waiting: [(about, at, "no place yet") for about, at in first],
        excused: [(about, at, "declined") for about, at in first],
        left: [(about, at, "declined") for about, at in first],
    }
    assert {one: spoken_of(hall, one) for one in expected} == expected


def test_dropped_sitting_leaves_its_people_to_the_first_that_is_held(hall: Hall) -> None:
    ann, ben = hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    hall.first.dropped_at = hall.build.now
    db.session.flush()
    assert hall.second.at

    assert [spoken_of(hall, one)[0][1:] for one in (ann, ben)] == [(hall.second.at, "")] * 2


@pytest.mark.parametrize("number", [1, 3])
def test_occasions_take_as_many_queries_for_more(hall: Hall, queries: QueryCount, number: int) -> None:
    hall.sitting(hall.first).capacity = None
    for _ in range(number):
        take_place(hall.comer(), hall.first, now=hall.build.now)
        hall.comer()

    with queries as seen:
        list_occasions([hall.cohort.id])

    assert seen.count == 8


def test_excused_person_is_reminded_of_nothing_whatever_the_rule(hall: Hall) -> None:
    ann = hall.comer()
    excuse(ann, hall.first, now=hall.build.now)
    db.session.commit()

    for moment in (hall.starts_at - 24 * HOUR, hall.starts_at - HOUR, hall.ends_at + 2 * HOUR):
        plan(moment, TickCounts(), everything=True)

    rows = db.session.query(Reminder).filter(Reminder.rule_key.startswith("workshop"))
    assert {(row.rule_key, row.state.value, row.reason) for row in rows} == {
        ("workshop-day", "dropped", "declined"),
        ("workshop-hour", "dropped", "declined"),
        ("workshop-after", "dropped", "declined"),
        ("workshop-week", "dropped", "declined"),
    }


def test_after_a_swap_nobody_is_reminded_of_the_old_sitting(hall: Hall, settings: Settings) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    db.session.commit()
    day_before = hall.starts_at - 24 * HOUR
    plan(day_before, TickCounts(), everything=True)
    take_place(ann, hall.second, now=day_before)
    db.session.commit()

    sent = tick(settings, day_before + HOUR)

    reminders = {row.rule_key: (row.state.value, row.reason) for row in db.session.query(Reminder)}
    assert (reminders["workshop-day"], sent) == (("dropped", "moved"), [])
    assert hall.second.at
    assert [subject for subject, _ in tick(settings, hall.second.at - 24 * HOUR)] == [
        "Tomorrow: Hard talks rehearsal, Thu 26 Nov, 15:00 Chicago"
    ]


def tick(settings: Settings, moment: datetime) -> list[tuple[str, str]]:
    """Subject and text of what a round of the worker sends at `moment`."""
    known = set(db.session.scalars(select(Message.id).where(Message.sent_at.is_not(None))))
    with time_machine.travel(moment, tick=False):
        run_tick(moment, replace(settings, base_url="https://cohort.example"), MailboxTransport())
    sent = db.session.scalars(select(Message).where(Message.state == MessageState.SENT).order_by(Message.id))
    mails = [message_from_bytes(it.frozen or b"", policy=default) for it in sent if it.id not in known]
    return [(str(mail["Subject"]), str(mail.get_body(("plain",)).get_content())) for mail in mails]  # type: ignore[union-attr]


def test_reminder_asks_who_has_no_place_to_take_it(hall: Hall, settings: Settings) -> None:
    hall.sitting(hall.first).capacity = 2
    take_place(hall.comer("Ann"), hall.first, now=hall.build.now)
    hall.comer("Ben")
    db.session.commit()

    mails = {
        re.sub(r".*Hello (\w+),.*", r"\1", text, flags=re.DOTALL): "You have not taken a place yet" in text
        for _, text in tick(settings, hall.starts_at - HOUR)
    }

    assert mails == {"Ann": False, "Ben": True}


def test_offer_is_mailed_passed_on_by_the_worker_and_confirmed(hall: Hall, settings: Settings) -> None:
    ann, ben, cleo = hall.comer("Ann"), hall.comer("Ben"), hall.comer("Cleo")
    for number, one in enumerate((ann, ben, cleo)):
        take_place(one, hall.first, now=hall.build.now + timedelta(seconds=number))
    leave_place(ann, hall.first, now=hall.build.now)
    db.session.commit()

    (offer,) = tick(settings, hall.build.now)
    assert offer[0] == "A seat is free for you: Hard talks rehearsal, take it by Mon 23 Nov, 21:15 Chicago"
    assert "Do not need it any more? Let it go to the next in line" in offer[1]
    place = hall.place(ben, hall.first)
    assert place and place.offered_until
    ended = place.offered_until
    (next_offer,) = tick(settings, ended)
    assert "Hello Cleo" in next_offer[1]

    take_place(cleo, hall.first, now=ended + HOUR)
    db.session.commit()
    (got, *_) = tick(settings, ended + HOUR)
    assert got[0] == "You have a place: Hard talks rehearsal, Wed 25 Nov, 10:00 Chicago"
    assert "Cannot come after all?" in got[1]


def test_offer_that_was_taken_before_the_mail_left_is_not_mailed(hall: Hall, settings: Settings) -> None:
    ann, ben = hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    leave_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    db.session.commit()

    assert [subject for subject, _ in tick(settings, hall.build.now)] == [
        "You have a place: Hard talks rehearsal, Wed 25 Nov, 10:00 Chicago"
    ]


@pytest.mark.parametrize("is_made_up", [False, True])
def test_missed_workshop_brings_a_task_unless_it_is_made_up(hall: Hall, settings: Settings, is_made_up: bool) -> None:
    ann = hall.comer()
    hall.sitting(hall.first).make_up = "Watch the recording."
    take_place(ann, hall.first, now=hall.build.now)
    close_attendance(hall.first, now=hall.ends_at)
    make_up(ann, hall.first, is_done=is_made_up, now=hall.ends_at)
    db.session.commit()

    mails = [(subject, "Watch the recording." in text) for subject, text in tick(settings, hall.ends_at)]

    expected = ("We missed you: Hard talks rehearsal, and how to make up for it", True)
    assert [mail for mail in mails if mail[0].startswith("We missed")] == ([] if is_made_up else [expected])


def test_no_mail_holds_the_join_link(hall: Hall, settings: Settings) -> None:
    ann, ben, _ = hall.comer(), hall.comer(), hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    leave_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    take_place(ann, hall.first, now=hall.build.now)
    db.session.commit()
    moments = [hall.build.now, hall.starts_at - 24 * HOUR, hall.starts_at - HOUR, hall.ends_at + 2 * HOUR]

    mails = [text for moment in moments for _, text in tick(settings, moment)]

    assert mails
    assert [text for text in mails if LINK in text or "meet.example" in text] == []
