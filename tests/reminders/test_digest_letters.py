"""Mails that gather: what stands in them, in which order, and why it came together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.mail.letters import Desk, Letter
from cohort.mail.links import Links
from cohort.mail.models import Message
from cohort.people.wishes import AS_SHIPPED, Choice, Topic
from cohort.programs.queries import pack_of
from cohort.reminders.digest_letters import HEADS
from cohort.reminders.letters import SAYS, write_about
from cohort.reminders.listing import list_occasions
from cohort.reminders.owing import Owed, list_owed
from cohort.schedule.models import DatedItem
from tests.build import Build
from tests.mail.test_composing import links_of, said_only_as_text
from tests.reminders.test_letters import Run, at, text_of

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
EVERYTHING_WEEKLY = AS_SHIPPED.choosing(dict.fromkeys(Topic, Choice.WEEKLY))


@pytest.fixture
def run(build: Build, settings: Settings) -> Run:
    return Run(build, settings)


def put_dates(cohort: Cohort, moments: Mapping[str, datetime]) -> None:
    """The cohort has these dates, by the ids of their items, and no others."""
    for item in db.session.scalars(select(DatedItem).where(DatedItem.cohort_id == cohort.id)):
        item.at = item.ends_at = moments.get(f"{item.kind}:{item.key}")
    db.session.commit()


def test_week_reads_as_a_digest(run: Run) -> None:
    run.priya.mail_wishes = EVERYTHING_WEEKLY.stored()
    put_dates(
        run.cohort,
        {
            "assignment.due:three-conversations": datetime(2026, 12, 2, 23, 0, tzinfo=UTC),
            "prework.due:hard-talks": datetime(2026, 11, 30, 23, 0, tzinfo=UTC),
            "module.opens:aim": datetime(2026, 11, 25, 14, 0, tzinfo=UTC),
            "workshop:kickoff": datetime(2026, 11, 26, 16, 0, tzinfo=UTC),
        },
    )

    (mail,) = run.mails(run.priya, MONDAY)

    page = f"https://cohort.example/cohorts/{run.cohort.slug}"
    assert mail["Subject"] == "Your week in Spring Emerging Leaders: 4 things, first due Mon 30 Nov"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert text_of(mail) == (
        "Your week in Spring Emerging Leaders\n\n"
        "Hello Priya, four things for this week.\n\n"
        "  First due Mon 30 Nov, 23:00 London\n"
        "  Your time. 17:00 Chicago, where the program is run.\n\n"
        "What is due\n"
        "  - Pre-work for Hard talks rehearsal (Mon 30 Nov, 23:00 London)\n"
        f"    {page}/workshops/hard-talks\n"
        "  - Three conversations: due in two days (Wed 2 Dec, 23:00 London)\n"
        f"    {page}/assignments/three-conversations\n\n"
        "What is open\n"
        "  - Aim: goals, vision board, measures (Four lessons, about 48 min)\n"
        f"    {page}/modules/aim\n\n"
        "What happened\n"
        "  - After Kickoff (Next: Leadership starting line)\n"
        f"    {page}/modules/starting-line\n\n"
        "Open your home page:\n"
        f"  {page}/home\n\n"
        "Why you get this: you asked for mail about coursework and workshops once a week.\n"
        "Choose which mail you get:\n"
        "  https://cohort.example/u/TOKEN\n\n"
        "Spring Emerging Leaders, run by Prairie MSP Peer Group. All times are in your zone, London.\n"
    )
    assert said_only_as_text(mail) == []


def test_day_gathers_what_came_until_its_hour(run: Run) -> None:
    """What would be too late then has come at its own time; what comes a minute later is for the next day."""
    wishes = AS_SHIPPED.choosing(dict.fromkeys(Topic, Choice.DAILY))
    run.priya.mail_wishes = replace(wishes, digest_at=time(18)).stored()
    put_dates(
        run.cohort,
        {
            "assignment.due:three-conversations": datetime(2026, 12, 4, 23, 0, tzinfo=UTC),
            "workshop:kickoff": datetime(2026, 12, 1, 12, 0, tzinfo=UTC),
            "workshop:hard-talks": datetime(2026, 12, 1, 16, 1, tzinfo=UTC),
            "checkin.closes:checkin-5": datetime(2026, 12, 1, 17, 0, tzinfo=UTC),
        },
    )
    run.mails(run.priya, datetime(2026, 11, 30, 20, 0, tzinfo=UTC))
    tuesday = datetime(2026, 12, 1, tzinfo=UTC)
    hours = [tuesday.replace(hour=hour, minute=minute) for hour, minute in ((9, 0), (14, 0), (18, 0), (18, 1))]

    mails = {moment: run.mails(run.priya, moment) for moment in [*hours, hours[2] + timedelta(days=1)]}

    assert [[mail["Subject"] for mail in found] for found in mails.values()] == [
        ["Check-in 5 closes Tue 1 Dec, 17:00 London"],
        [],
        ["Your day in Spring Emerging Leaders: 2 things, first due Fri 4 Dec"],
        [],
        ["After Hard talks rehearsal: what comes next"],
    ]


def test_one_thing_is_told_in_its_own_words_and_why_it_comes_now(run: Run) -> None:
    run.priya.mail_wishes = EVERYTHING_WEEKLY.stored()
    put_dates(run.cohort, {"assignment.due:three-conversations": datetime(2026, 12, 2, 23, 0, tzinfo=UTC)})

    (mail,) = run.mails(run.priya, MONDAY)

    assert mail["Subject"] == "Three conversations: due Wed 2 Dec, 23:00 London"
    assert (
        "Why you get this: you have not handed this assignment in. The program sends this 3 days before. You asked for "
        "mail about coursework once a week.\n"
    ) in text_of(mail)


def test_nothing_to_gather_is_no_mail(run: Run) -> None:
    run.priya.mail_wishes = EVERYTHING_WEEKLY.stored()
    put_dates(run.cohort, {})

    assert run.mails(run.priya, MONDAY) == []


def test_five_things_are_shown_and_the_rest_is_counted(run: Run) -> None:
    run.priya.mail_wishes = EVERYTHING_WEEKLY.stored()
    keys = ("three-conversations", "one-real-handover", "capstone", "rhythm-and-review")
    due = {f"assignment.due:{key}": MONDAY + timedelta(days=2, hours=n) for n, key in enumerate(keys)}
    opened = {f"module.opens:{key}": MONDAY - timedelta(days=2) for key in ("starting-line", "aim", "say-it")}
    put_dates(run.cohort, due | opened)

    (mail,) = run.mails(run.priya, MONDAY)

    text = text_of(mail)
    assert mail["Subject"] == "Your week in Spring Emerging Leaders: 7 things, first due Wed 2 Dec"
    assert (text.count("\n  - "), "\nAnd two more on the page below.\n" in text) == (5, True)
    assert len(links_of(mail)) == 7  # each thing, the button, the settings


def test_what_cannot_wait_stays_what_cannot_be_turned_off(run: Run) -> None:
    due = datetime(2026, 12, 4, 20, 0, tzinfo=UTC)
    put_dates(run.cohort, {"assignment.due:three-conversations": due, "assignment.due:capstone": due})

    (mail,) = run.mails(run.priya, datetime(2026, 12, 4, 9, 0, tzinfo=UTC))

    assert mail["Subject"].startswith("Two things for you: ")
    assert mail["List-Unsubscribe"] is None
    assert "This kind of mail is always sent." in text_of(mail)


AWAY = ((date(2026, 11, 24), date(2026, 11, 29)),)


@pytest.mark.parametrize(
    ("digest", "wishes", "away", "why"),
    [
        ("weekly", EVERYTHING_WEEKLY, (), "you asked for mail about coursework and mentoring once a week."),
        (
            "weekly",
            AS_SHIPPED.choosing({Topic.COURSEWORK: Choice.WEEKLY}),
            (),
            "you asked for mail about coursework once a week. You get at most four mails a week that can wait, and "
            "what is more comes together.",
        ),
        (
            "weekly",
            AS_SHIPPED.choosing({Topic.COURSEWORK: Choice.WEEKLY, Topic.MENTORING: Choice.DAILY}),
            (),
            "you asked for mail about mentoring once a day. You asked for mail about coursework once a week.",
        ),
        ("daily", AS_SHIPPED, (), "you get at most six reminders a day, and what is more comes together."),
        ("daily", AS_SHIPPED, AWAY, "you were away, so what could wait came together."),
        (
            None,
            AS_SHIPPED,
            (),
            "you are in Spring Emerging Leaders, and these were due to be told to you at the same time.",
        ),
    ],
)
def test_reader_is_told_why_it_came_together(
    run: Run, digest: str | None, wishes: object, away: object, why: str
) -> None:
    owed = [replace(one, reader=replace(one.reader, wishes=wishes, away=away)) for one in two_things(run)]

    assert letter(run, owed, digest).why == why


def two_things(run: Run) -> list[Owed]:
    """To Priya: one of coursework, one of mentoring."""
    return [first_owed(run, key) for key in ("assignment-soon", "session-due")]


def first_owed(run: Run, key: str) -> Owed:
    rules = [rule for rule in pack_of(run.cohort.version).reminders if rule.key == key]
    owed = list_owed(rules, list_occasions([run.cohort.id])[run.cohort.id])
    return min((one for one in owed if one.reader.person_id == run.priya.id), key=lambda one: one.due_at)


def letter(run: Run, owed: Iterable[Owed], digest: str | None) -> Letter:
    message = Message(params={"digest": digest} if digest else {})
    desk = Desk(message, run.priya, run.cohort, Links("https://cohort.example"), "Prairie", "", MONDAY)
    with at(MONDAY):
        return write_about(desk, list(owed), pack_of(run.cohort.version))


def test_everything_that_is_said_has_its_place_in_a_digest() -> None:
    assert set(HEADS) == set(SAYS)
