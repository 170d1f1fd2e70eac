"""The mail of weekday mornings to staff: when it is due, that it comes once, and what it says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.letters import Moot
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person
from cohort.people.wishes import AS_SHIPPED, Choice, Topic, Wishes
from cohort.reminders.occasions import Reader
from cohort.reminders.staff_digests import TEMPLATE, next_digest, queue_staff_digests
from cohort.reminders.tick import TickCounts, plan, run_tick
from cohort.schedule.models import DatedItem
from tests.build import Build
from tests.client import QueryCount
from tests.reminders.test_letters import text_of

FRIDAY = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
"""Midnight in Chicago."""
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
EIGHT = MONDAY.replace(hour=14)
"""On that Monday, in Chicago."""


def wanting(choice: Choice, **values: object) -> Wishes:
    return replace(AS_SHIPPED.choosing({Topic.STAFF: choice}), **values)  # type: ignore[arg-type]


Moments = Callable[[Reader, datetime, datetime], list[datetime]]


@pytest.fixture
def moments(build: Build) -> Moments:
    """When digests are queued for a reader, by a worker that comes whenever it was told to."""
    cohort = build.cohort()
    person = build.person()

    def list_moments(reader: Reader, first: datetime, until: datetime) -> list[datetime]:
        now = first
        while now < until:
            queue_staff_digests(cohort.id, [replace(reader, person_id=person.id)], since=None, now=now)
            now = next_digest([reader], now)
        return list(db.session.scalars(select(Message.due_at).order_by(Message.due_at)))

    return list_moments


def test_staff_are_told_at_eight_on_their_own_clocks_from_monday_to_friday(moments: Moments) -> None:
    found = moments(Reader(0, "Asha", "Asia/Kathmandu"), FRIDAY - timedelta(hours=6), MONDAY + timedelta(days=1))

    assert found == [datetime(2026, 11, 20, 2, 15, tzinfo=UTC), MONDAY.replace(hour=2, minute=15)]


@pytest.mark.parametrize(
    ("wishes", "days"),
    [
        (wanting(Choice.DAILY), [20, 23, 24, 25, 26, 27]),
        (wanting(Choice.NOW, days=(0, 2, 5)), [23, 25]),
        (wanting(Choice.NOW, days=(5, 6)), []),
        (wanting(Choice.WEEKLY, digest_day=1), [24]),
        (wanting(Choice.WEEKLY, digest_day=5), [21]),
        (wanting(Choice.OFF), []),
    ],
)
def test_wishes_decide_on_which_days_it_comes(moments: Moments, wishes: Wishes, days: list[int]) -> None:
    found = moments(Reader(0, "Dana", "America/Chicago", wishes), FRIDAY, MONDAY + timedelta(days=5))

    assert found == [datetime(2026, 11, day, 14, 0, tzinfo=UTC) for day in days]


def test_it_comes_when_the_reader_wants_digests(moments: Moments) -> None:
    wishes = wanting(Choice.NOW, digest_at=time(17, 30))

    found = moments(Reader(0, "Dana", "America/Chicago", wishes), MONDAY, MONDAY + timedelta(days=1))

    assert found == [MONDAY.replace(hour=23, minute=30)]


def test_nothing_comes_while_the_reader_is_away(moments: Moments) -> None:
    dana = Reader(0, "Dana", "America/Chicago", away=((date(2026, 11, 20), date(2026, 11, 24)),))

    assert moments(dana, FRIDAY, MONDAY + timedelta(days=3)) == [datetime(2026, 11, 25, 14, 0, tzinfo=UTC)]


@pytest.mark.parametrize(("late", "number"), [("21:59", 1), ("22:00", 0)])
def test_late_it_keeps_out_of_quiet_hours(moments: Moments, late: str, number: int) -> None:
    local = datetime.combine(date(2026, 11, 20), time.fromisoformat(late)).replace(tzinfo=UTC)

    assert len(moments(Reader(0, "Bea", "Europe/London"), local, local + timedelta(minutes=1))) == number


class Morning:
    """A cohort that Dana leads, with no dates, in which one thing waits."""

    def __init__(self, app: Flask, build: Build, settings: Settings) -> None:
        self.build = build
        self.settings = replace(settings, base_url="https://cohort.example")
        self.composer = Composer(self.settings, app.jinja_env)
        self.cohort: Cohort = build.cohort()
        db.session.execute(update(DatedItem).values(at=None, ends_at=None))
        self.dana = build.person("Dana Whitfield", password_hash="set")
        self.role: Staff = build.staff(self.cohort, self.dana)
        self.role.since = FRIDAY
        self.ana = self.invite("Ana Souza")

    def invite(self, name: str) -> Enrolment:
        asked_at = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
        person = self.build.person(name)
        values = {"state": EnrolmentState.INVITED, "invited_at": asked_at, "answered_at": None}
        return self.build.enrolment(self.cohort, person, **values)

    def date(self, item_id: str, at: datetime) -> DatedItem:
        item = self.build.item(self.cohort, item_id)
        item.at, item.ends_at = at, at + timedelta(hours=2)
        return item

    def fail(self, person: Person) -> None:
        failed = queue(person, "welcome", key=f"failed:{person.id}", now=FRIDAY, cohort_id=self.cohort.id)
        assert failed is not None
        failed.state, failed.reason = MessageState.FAILED, "550 5.1.1 mailbox unavailable"

    def tick(self, now: datetime) -> None:
        db.session.commit()
        with time_machine.travel(now, tick=False):
            run_tick(now, self.settings, MailboxTransport(), everything=False)

    def digests(self) -> list[tuple[int, datetime | None, str]]:
        """To whom, when, or why not."""
        rows = select(Message).where(Message.template == TEMPLATE).order_by(Message.id)
        found = db.session.scalars(rows)
        return [(row.person_id, row.due_at if row.sent_at else None, row.reason) for row in found]

    def message(self, person: Person | None = None) -> Message:
        person = person or self.dana
        message = queue(
            person, TEMPLATE, {"on": "2026-11-23"}, key=f"digest:{person.id}", now=EIGHT, cohort_id=self.cohort.id
        )
        assert message is not None
        db.session.flush()
        db.session.refresh(message, ["person"])
        return message

    def write(self, person: Person | None = None) -> EmailMessage:
        with time_machine.travel(EIGHT, tick=False):
            data = self.composer.compose(self.message(person), now=EIGHT).data
        return message_from_bytes(data, policy=default)


@pytest.fixture
def morning(app: Flask, build: Build, settings: Settings) -> Morning:
    return Morning(app, build, settings)


def test_worker_that_was_down_in_the_morning_sends_it_the_same_day(morning: Morning) -> None:
    eleven = EIGHT + timedelta(hours=3)
    morning.tick(EIGHT - timedelta(minutes=30))

    morning.tick(eleven)
    morning.tick(eleven + timedelta(hours=2))

    assert morning.digests() == [(morning.dana.id, eleven, "")]


def test_worker_that_was_down_for_days_sends_todays_alone(morning: Morning) -> None:
    morning.tick(EIGHT)

    morning.tick(EIGHT + timedelta(days=3, hours=1))

    assert [sent_at for _, sent_at, _ in morning.digests()] == [EIGHT, EIGHT + timedelta(days=3, hours=1)]


def test_what_did_not_leave_on_its_day_does_not_leave(morning: Morning) -> None:
    db.session.commit()
    plan(EIGHT, TickCounts(), everything=False)

    morning.tick(EIGHT + timedelta(hours=16, minutes=1))

    assert morning.digests() == [(morning.dana.id, None, "too late")]


def test_planner_comes_back_for_it(morning: Morning) -> None:
    db.session.commit()

    plan(EIGHT - timedelta(minutes=40), TickCounts(), everything=False)

    db.session.refresh(morning.cohort)
    assert morning.cohort.look_at == EIGHT


def test_several_planners_queue_one(morning: Morning) -> None:
    dana = [Reader(morning.dana.id, "Dana", "America/Chicago")]

    for _ in range(3):
        queue_staff_digests(morning.cohort.id, dana, since=None, now=EIGHT + timedelta(hours=1))

    message = db.session.scalars(select(Message)).one()
    assert (message.dedup_key, message.topic, message.state, message.not_after) == (
        f"staff-digest:{morning.cohort.id}:{morning.dana.id}:2026-11-23",
        "staff",
        MessageState.PENDING,
        EIGHT + timedelta(hours=16),
    )


@pytest.mark.parametrize(("since", "minute", "number"), [(-60, -1, 0), (-60, 0, 1), (-1, 60, 1), (0, 60, 0)])
def test_planning_asks_nothing_for_it_but_at_its_time(
    morning: Morning, queries: QueryCount, since: int, minute: int, number: int
) -> None:
    dana = [Reader(morning.dana.id, "Dana", "America/Chicago")]
    last_look, look = EIGHT + timedelta(minutes=since), EIGHT + timedelta(minutes=minute)

    with queries as seen:
        queue_staff_digests(morning.cohort.id, dana, since=last_look, now=look)

    assert seen.count == number


def test_only_those_who_run_the_cohort_get_it(morning: Morning) -> None:
    luis, olga, former = (morning.build.person(name) for name in ("Luis Ortega", "Olga Ray", "Finn Lee"))
    morning.build.staff(morning.cohort, luis, StaffRole.FACILITATOR).since = FRIDAY
    morning.build.staff(morning.cohort, olga, StaffRole.OBSERVER)
    morning.build.staff(morning.cohort, former).until = FRIDAY

    morning.tick(EIGHT)

    assert {person_id for person_id, _, _ in morning.digests()} == {morning.dana.id, luis.id}


def test_it_says_what_waits_and_what_comes(morning: Morning) -> None:
    morning.dana.time_zone = "Europe/London"
    sitting = morning.date("workshop:hard-talks", datetime(2026, 11, 25, 16, 0, tzinfo=UTC))
    morning.date("assignment.due:three-conversations", datetime(2026, 11, 30, 13, 59, tzinfo=UTC))
    morning.date("assignment.due:capstone", datetime(2026, 11, 30, 14, 1, tzinfo=UTC))
    morning.fail(morning.build.person("Bo Ek"))

    mail = morning.write()

    page = f"https://cohort.example/cohorts/{morning.cohort.slug}"
    assert mail["Subject"] == "3 things wait in Spring Emerging Leaders, the oldest since Tue 10 Nov"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert text_of(mail) == (
        "Three things wait for you\n\n"
        "Hello Dana, this is where Spring Emerging Leaders stands.\n\n"
        "What needs attention\n"
        "  - Mail to 1 person failed (The mail room says why.)\n"
        f"    {page}/mail-room\n"
        "  - Ana Souza (Has not answered the invitation as participant. Since Tue 10 Nov.)\n"
        f"    {page}/people\n"
        "  - Hard talks rehearsal (Is held on Wed 25 Nov 2026, and nobody knows where: it has neither a room nor a "
        "link. Since Wed 18 Nov.)\n"
        f"    {page}/sittings/{sitting.id}\n\n"
        "The next seven days\n"
        "  - Workshop: Hard talks rehearsal (Wed 25 Nov, 16:00 London (10:00 Chicago))\n"
        f"    {page}/sittings/{sitting.id}\n"
        "  - Assignment due: Three conversations (Mon 30 Nov, 13:59 London (07:59 Chicago))\n"
        f"    {page}/schedule\n\n"
        "Open the cohort:\n"
        f"  {page}\n"
        "What is settled leaves the list by itself.\n\n"
        "Why you get this: you are program lead of Spring Emerging Leaders. It comes on weekdays, when there is "
        "something to say.\n"
        "Choose which mail you get:\n"
        "  https://cohort.example/u/TOKEN\n\n"
        "Spring Emerging Leaders, run by Prairie MSP Peer Group. All times are in your zone, London.\n"
    )


def test_facilitator_is_not_told_of_mail_that_failed(morning: Morning) -> None:
    luis = morning.build.person("Luis Ortega")
    morning.build.staff(morning.cohort, luis, StaffRole.FACILITATOR).since = FRIDAY
    morning.fail(morning.build.person("Bo Ek"))

    to_lead, to_facilitator = text_of(morning.write()), text_of(morning.write(luis))

    assert ("failed" in to_lead, "failed" in to_facilitator) == (True, False)
    assert "mail-room" not in to_facilitator


def test_five_are_shown_and_the_rest_is_counted(morning: Morning, queries: QueryCount) -> None:
    one = morning.message()
    for number in range(6):
        morning.invite(f"Guest {number}")
    db.session.commit()

    with queries as seen:
        text = text_of(message_from_bytes(morning.composer.compose(one, now=EIGHT).data, policy=default))

    assert (text.count("Has not answered"), "\nAnd two more on the page of the cohort.\n" in text) == (5, True)
    assert seen.count == 4  # the cohort with its program, the reader's roles, what waits, the dates


def settle(morning: Morning) -> None:
    morning.ana.state = EnrolmentState.DECLINED


def end_the_role(morning: Morning) -> None:
    morning.role.until = FRIDAY


def archive(morning: Morning) -> None:
    morning.cohort.state = CohortState.ARCHIVED


def begin_later(morning: Morning) -> None:
    morning.cohort.launched_at = EIGHT + timedelta(minutes=1)


def turn_off(morning: Morning) -> None:
    morning.dana.mail_wishes = wanting(Choice.OFF).stored()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (settle, "nothing to say"),
        (end_the_role, "nothing to do with this cohort any more"),
        (archive, "nothing to do with this cohort any more"),
        (begin_later, "it began later that day"),
        (turn_off, "turned off"),
    ],
)
def test_what_has_nothing_to_say_does_not_leave(
    morning: Morning, change: Callable[[Morning], None], reason: str
) -> None:
    change(morning)

    with pytest.raises(Moot, match=f"^{reason}$"):
        morning.write()


def test_date_of_today_is_reason_enough_and_one_of_the_week_only_weekly(morning: Morning) -> None:
    settle(morning)
    item = morning.date("assignment.due:capstone", EIGHT + timedelta(hours=30))
    with pytest.raises(Moot):
        morning.write()

    db.session.query(Message).delete()
    item.at = EIGHT + timedelta(hours=9)
    today = morning.write()
    db.session.query(Message).delete()
    item.at = EIGHT + timedelta(days=4)
    morning.dana.mail_wishes = wanting(Choice.WEEKLY).stored()
    weekly = morning.write()

    title = item.title
    assert today["Subject"] == f"Next in Spring Emerging Leaders: {title}, Mon 23 Nov, 17:00 Chicago"
    assert weekly["Subject"] == f"Next in Spring Emerging Leaders: {title}, Fri 27 Nov, 08:00 Chicago"
    assert "It comes once a week, when there is something to say." in text_of(weekly).replace("\n", " ")
