"""The one mail about moved dates, word by word, and when it is not sent at all."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.letters import MOST_LINES, Moot
from cohort.mail.models import Message, MessageState
from cohort.mail.smtp import SmtpTransport
from cohort.people.models import Person
from cohort.reminders.tick import run_tick
from cohort.schedule.changing import HOLD, apply, undo
from cohort.schedule.models import ScheduleChange
from cohort.schedule.moving import Alteration, add_milestone, defer, drop, move, override
from cohort.workshops.models import Place, PlaceState
from tests.build import Build
from tests.mail.smtp import Inbox, smtp_server
from tests.schedule.arranged import wall

TABLE = "workshop:strategy-table"
ALONE = "milestone:halfway"
TO_TUESDAY: Alteration = lambda it: move(it, TABLE, wall("2027-01-12T15:30"))  # noqa: E731
MY_SCHEDULE = "Open your schedule:\n  https://cohort.example/cohorts/spring/my-schedule\n\n"
FOOT = (
    "Why you get this: a date that concerns you has changed. Reminders follow the new dates.\n"
    "This kind of mail is always sent. Other mail:\n"
    "  https://cohort.example/u/TOKEN\n\n"
    "Spring Emerging Leaders, run by Prairie MSP Peer Group. All times are in your zone, "
)


@dataclass
class Desk:
    """A running cohort in Chicago with one participant in London, her mentor and the lead."""

    build: Build
    composer: Composer
    cohort: Cohort
    priya: Person
    luis: Person
    dana: Person

    def change(self, alteration: Alteration, minutes: int = 0, message: str = "", asks: bool = False) -> ScheduleChange:
        now = self.build.now + timedelta(minutes=minutes)
        return apply(self.cohort, alteration, summary="Moved", by=None, now=now, message=message, asks=asks)

    def mail(self, person: Person) -> EmailMessage:
        """The mail to `person` as it leaves when its wait is over. Raises Moot when it has nothing to say."""
        message = db.session.scalars(select(Message).where(Message.person_id == person.id)).one()
        written = self.composer.compose(message, now=self.build.now + HOLD)
        return message_from_bytes(written.data, policy=default)  # type: ignore[return-value]

    def text(self, person: Person) -> str:
        body = self.mail(person).get_body(("plain",))
        assert body is not None
        return re.sub(r"/u/[\w-]+", "/u/TOKEN", str(body.get_content()).replace("\r\n", "\n"))


@pytest.fixture
def desk(app: Flask, build: Build, settings: Settings) -> Desk:
    composer = Composer(replace(settings, base_url="https://cohort.example"), app.jinja_env)
    cohort = build.cohort(slug="spring")
    priya = build.person("Priya Raman", email="priya@example.com", time_zone="Europe/London", password_hash="set")
    luis, dana = build.person("Luis Ortega", password_hash="set"), build.person("Dana Whitfield", password_hash="set")
    build.pairing(build.mentor(cohort, luis), build.enrolment(cohort, priya))
    build.staff(cohort, dana)
    return Desk(build, composer, cohort, priya, luis, dana)


def test_one_moved_date_reads_as_it_should(desk: Desk) -> None:
    desk.change(lambda it: move(it, ALONE, wall("2026-12-16T10:00")))

    title = "Halfway: review goals and answer the program survey"
    assert desk.mail(desk.priya)["Subject"] == f"Moved: {title} is now Wed 16 Dec, 16:00 London"
    assert desk.text(desk.priya) == (
        f"{title} is moved\n\n"
        "Hello Priya, a date of Spring Emerging Leaders has changed.\n\n"
        "What has changed\n"
        f"  - Milestone: {title} (now Wed 16 Dec, 16:00 London; was Tue 15 Dec, 15:00)\n\n"
        f"{MY_SCHEDULE}{FOOT}London.\n"
    )


def test_several_moved_dates_and_words_of_the_staff_read_as_they_should(desk: Desk) -> None:
    desk.change(TO_TUESDAY, message="Ruth has to travel.\nSee you <then>.")

    assert desk.mail(desk.priya)["Subject"] == (
        "Moved: Strategy table is now Tue 12 Jan 2027, 21:30 London, and 2 more dates"
    )
    assert desk.text(desk.priya) == (
        "Three dates of Spring Emerging Leaders have changed\n\n"
        "Hello Priya, dates of Spring Emerging Leaders have changed. These are yours, in your own time zone.\n\n"
        "What has changed\n"
        "  - Pre-work due: Strategy table (now Mon 11 Jan 2027, 23:00 London; was Tue 5 Jan, 23:00)\n"
        "  - Workshop: Strategy table (now Tue 12 Jan 2027, 21:30 London; was Wed 6 Jan, 16:00)\n"
        "  - Assignment due: One-page team strategy (now Thu 21 Jan 2027, 23:00 London; was Fri 15 Jan, 23:00)\n\n"
        "Ruth has to travel.\nSee you <then>.\n\n"
        f"{MY_SCHEDULE}{FOOT}London.\n"
    )


def test_moved_pre_work_is_not_called_as_its_workshop(desk: Desk) -> None:
    desk.change(lambda it: move(it, "prework.due:strategy-table", wall("2027-01-04T17:00")))

    called = "Pre-work for Strategy table"
    assert desk.mail(desk.priya)["Subject"] == f"Moved: {called} is now Mon 4 Jan 2027, 23:00 London"
    assert desk.text(desk.priya).startswith(f"{called} is moved\n")


def test_mentor_and_staff_read_what_they_plan_by(desk: Desk) -> None:
    desk.change(TO_TUESDAY)

    homework = "Assignment due: One-page team strategy (now Thu 21 Jan 2027, 17:00 Chicago; was Fri 15 Jan, 17:00)"
    assert desk.text(desk.luis) == (
        "One-page team strategy is moved\n\n"
        "Hello Luis, a date of Spring Emerging Leaders has changed.\n\n"
        f"What has changed\n  - {homework}\n\n"
        f"Open your mentees:\n  https://cohort.example/cohorts/spring/mentees\n\n{FOOT}Chicago.\n"
    )
    assert desk.text(desk.dana).endswith(
        f"  - {homework}\n\nOpen the schedule:\n  https://cohort.example/cohorts/spring/schedule\n\n{FOOT}Chicago.\n"
    )


def test_cancelled_workshop_says_so(desk: Desk) -> None:
    desk.change(lambda it: drop(it, TABLE))

    assert desk.mail(desk.priya)["Subject"] == "Cancelled: Strategy table, Spring Emerging Leaders"
    text = desk.text(desk.priya)
    assert text.startswith("Strategy table is cancelled\n\n")
    assert "  - Workshop: Strategy table (does not take place; was Wed 6 Jan, 16:00)\n" in text


def test_new_date_says_so(desk: Desk) -> None:
    desk.change(lambda it: add_milestone(it, "Lunch together", "start+100d 12:00", 60))

    assert desk.mail(desk.priya)["Subject"] == "New: Lunch together, Wed 23 Dec, 18:00 London"
    text = desk.text(desk.priya)
    assert text.startswith("Lunch together is new\n\n")
    assert "  - Milestone: Lunch together (new: Wed 23 Dec, 18:00 London)\n" in text


def test_more_dates_than_fit_are_counted(desk: Desk) -> None:
    desk.change(lambda it: defer(it, wall("2026-09-21T00:00").date()))

    text = desk.text(desk.priya)
    assert text.startswith("38 dates of Spring Emerging Leaders have changed\n\n")
    assert text.count("\n  - ") == MOST_LINES
    assert "\nAnd 33 more dates on your schedule.\n" in text


def test_several_changes_are_one_mail_that_says_from_where_to_where(desk: Desk) -> None:
    desk.change(lambda it: move(it, ALONE, wall("2026-12-16T10:00")), message="First.")
    desk.change(lambda it: move(it, ALONE, wall("2026-12-17T11:00")), minutes=5, message="Second.")

    text = desk.text(desk.priya)
    assert "(now Thu 17 Dec, 17:00 London; was Tue 15 Dec, 15:00)" in text
    assert "\n\nFirst.\n\nSecond.\n\n" in text
    assert text.count("\n  - ") == 1


def test_change_taken_back_before_its_mail_leaves_is_told_to_nobody(desk: Desk) -> None:
    change = desk.change(lambda it: move(it, ALONE, wall("2026-12-16T10:00")), message="Never mind.")
    undo(change, desk.cohort, by=None, now=desk.build.now + timedelta(minutes=5))

    with pytest.raises(Moot, match="as they were"):
        desk.mail(desk.priya)


def test_words_of_a_change_that_was_taken_back_are_not_told(desk: Desk) -> None:
    desk.change(lambda it: move(it, ALONE, wall("2026-12-16T10:00")), message="This holds.")
    second = desk.change(lambda it: move(it, ALONE, wall("2026-12-17T10:00")), minutes=1, message="This does not.")
    undo(second, desk.cohort, by=None, now=desk.build.now + timedelta(minutes=2))

    text = desk.text(desk.priya)
    assert "(now Wed 16 Dec, 16:00 London; was Tue 15 Dec, 15:00)" in text
    assert "This holds." in text
    assert "This does not." not in text


def test_change_that_only_gives_another_reason_has_nothing_to_say(desk: Desk) -> None:
    with_mail = desk.change(lambda it: move(it, ALONE, wall("2026-12-16T10:00")))
    desk.change(lambda it: override(it, ALONE, "start+92d 09:00"), minutes=1)

    assert with_mail.undone_at is None
    with pytest.raises(Moot):
        desk.mail(desk.priya)


def test_who_holds_a_place_is_asked_to_say_whether_they_can_come(desk: Desk) -> None:
    item = desk.build.item(desk.cohort, TABLE)
    enrolment_id = desk.build.enrolment(desk.cohort, ann := desk.build.person("Ann Lee")).id
    db.session.add(Place(item_id=item.id, enrolment_id=enrolment_id, state=PlaceState.HELD, since=desk.build.now))
    desk.change(TO_TUESDAY, asks=True)

    assert "Say whether you can come:\n  https://cohort.example/cohorts/spring/workshops/strategy-table\n" in (
        desk.text(ann)
    )
    assert "Say whether you can come" not in desk.text(desk.priya)


def test_mail_arrives_once_and_ten_minutes_later(desk: Desk, settings: Settings) -> None:
    inbox = Inbox()
    desk.change(lambda it: move(it, ALONE, wall("2026-12-16T10:00")))
    db.session.query(Message).filter(Message.person_id != desk.priya.id).delete()
    db.session.commit()

    def arrived(at: datetime) -> list[tuple[str, str]]:
        with smtp_server(inbox) as server, SmtpTransport(server) as relay:
            run_tick(at, settings, relay)
        moved = [mail for mail in inbox.mails if str(mail["Subject"]).startswith("Moved: ")]
        return [(str(mail["To"]), str(mail["Subject"])[:14]) for mail in moved]

    assert arrived(desk.build.now + HOLD - timedelta(seconds=1)) == []
    assert arrived(desk.build.now + HOLD) == [("Priya Raman <priya@example.com>", "Moved: Halfway")]
    assert arrived(desk.build.now + 2 * HOLD) == [("Priya Raman <priya@example.com>", "Moved: Halfway")]


def test_mail_about_what_was_taken_back_is_cancelled_in_the_outbox(desk: Desk, settings: Settings) -> None:
    change = desk.change(TO_TUESDAY)
    undo(change, desk.cohort, by=None, now=desk.build.now + timedelta(minutes=5))
    db.session.commit()
    inbox = Inbox()

    with smtp_server(inbox) as server, SmtpTransport(server) as relay:
        run_tick(desk.build.now + HOLD, settings, relay)

    states = db.session.scalars(select(Message.state).where(Message.template == "schedule-changed"))
    assert set(states) == {MessageState.CANCELLED}
    assert [mail["Subject"] for mail in inbox.mails if "Strategy" in str(mail["Subject"])] == []
