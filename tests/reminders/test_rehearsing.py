"""The rehearsal: it says what rounds at those moments send, leaves nothing behind, and finds what is missing."""

import copy
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from cohort import clock
from cohort.cohorts.launching import launch
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.config import Settings
from cohort.db import Base, db
from cohort.mail.composing import Composer
from cohort.mail.letters import Desk, Letter
from cohort.mail.models import Message, MessageState
from cohort.mail.transports import MailboxTransport
from cohort.programs.pack import Pack
from cohort.reminders import letters, rehearsing
from cohort.reminders.owing import Owed
from cohort.reminders.playing import Reading
from cohort.reminders.rehearsal_facts import as_facts, as_lines
from cohort.reminders.rehearsal_letters import UNWRITTEN, Pen
from cohort.reminders.rehearsing import Rehearsal
from cohort.reminders.staff_digests import TEMPLATE
from cohort.reminders.tick import run_tick
from cohort.workshops.models import Sitting
from tests.build import Build, shipped_document
from tests.client import QueryCount
from tests.reminders.test_forecast import START, a_lively_cohort

pytestmark = pytest.mark.sqlite_only

REMINDERS = select(Message).where(Message.template != TEMPLATE)
"""And what a launch sends; what staff get on weekday mornings hangs on what waits then, and is not rehearsed."""


@pytest.fixture
def composer(app: Any, settings: Settings) -> Composer:
    return Composer(settings, app.jinja_env)


def rehearse(cohort: Cohort, composer: Composer, **values: Any) -> Rehearsal:
    return rehearsing.rehearse(cohort, Pen(composer, cohort).write, **{"now": START} | values)


def everything() -> dict[str, Sequence[Any]]:
    """Every row of every table."""
    db.session.rollback()
    tables = Base.metadata.sorted_tables
    return {table.name: db.session.execute(select(table).order_by(*table.primary_key)).all() for table in tables}


def without(document: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """A copy of the pack without what stands at `path`."""
    changed = inner = copy.deepcopy(document)
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


def tick(at: datetime, settings: Settings) -> None:
    with time_machine.travel(at, tick=False):
        run_tick(at, settings, MailboxTransport())


@pytest.mark.parametrize("seed", [1, 2])
def test_rounds_send_what_the_rehearsal_says(build: Build, composer: Composer, settings: Settings, seed: int) -> None:
    cohort = a_lively_cohort(build, random.Random(seed))
    tick(START, settings)
    known = set(db.session.scalars(select(Message.id)))

    played = rehearse(cohort, composer, until=START + timedelta(days=16))
    for moment in sorted({mail.at for mail in played.mails}):
        tick(moment, settings)

    sent = [message for message in db.session.scalars(REMINDERS) if message.id not in known]
    said = sorted((mail.at, mail.person_id, mail.subject) for mail in played.mails)
    assert said == sorted((message.due_at, message.person_id, message.subject or "") for message in sent)
    assert {message.state for message in sent} == {MessageState.SENT}
    assert len(said) > 40


def test_launch_sends_what_the_rehearsal_of_a_draft_says(build: Build, composer: Composer, settings: Settings) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 7))
    build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    build.enrolment(cohort, build.person(password_hash="set"), answered_at=START)
    build.staff(cohort)
    db.session.commit()

    played = rehearse(cohort, composer)
    launch(cohort, now=START)
    db.session.commit()
    tick(START, settings)

    now = [(mail.person_id, mail.subject) for mail in played.mails if mail.at == START]
    sent = db.session.scalars(REMINDERS)
    assert sorted(now) == sorted((message.person_id, message.subject or "") for message in sent)
    assert len(now) == 2


def test_draft_is_played_as_if_everybody_invited_joined_at_once(build: Build, composer: Composer) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    invited = build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    declined = build.enrolment(cohort, state=EnrolmentState.DECLINED)

    played = rehearse(cohort, composer)

    rules = {mail.rules[0] for mail in played.mails if mail.person_id == invited.person_id}
    assert {"invitation", "profile-nudge", "welcome", "assignment-late-8", "graduation", "alumni-followup"} <= rules
    assert declined.person_id not in played.people


def test_draft_without_people_is_played_for_an_example(build: Build, composer: Composer) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14), zone="Europe/London")

    played = rehearse(cohort, composer)

    assert played.is_example
    assert set(played.people.values()) == {"Example participant"}
    assert {str(mail.local.tzinfo) for mail in played.mails} == {"Europe/London"}
    assert len(played.mails) > 80


def test_running_cohort_without_people_and_archived_one_have_no_mail(build: Build, composer: Composer) -> None:
    empty, archived = build.cohort(), build.cohort(state=CohortState.ARCHIVED)
    build.enrolment(archived)

    assert [rehearse(cohort, composer).mails for cohort in (empty, archived)] == [(), ()]


def test_rehearsal_leaves_nothing_behind(build: Build, composer: Composer) -> None:
    draft = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    build.enrolment(draft, state=EnrolmentState.INVITED, answered_at=None)
    build.mentor(draft, state="invited", answered_at=None)
    build.staff(draft)
    running = a_lively_cohort(build, random.Random(3))
    before = everything()

    assert all(len(rehearse(cohort, composer).mails) > 100 for cohort in (draft, running))

    assert [*db.session.new, *db.session.dirty] == []
    assert everything() == before
    assert before["message"] == before["link"] == []


def test_mail_reads_as_it_will_at_its_moment(build: Build, composer: Composer) -> None:
    cohort = build.cohort()
    build.enrolment(cohort, build.person(time_zone="Europe/London"), answered_at=START)

    played = rehearse(cohort, composer)

    (tomorrow,) = [
        mail
        for mail in played.mails
        if mail.items == ("workshop.starts:story-studio",) and mail.rules == ("workshop-day",)
    ]
    assert (tomorrow.subject, tomorrow.local.isoformat()) == (
        "Tomorrow: Story studio, Wed 17 Feb, 16:00 London",
        "2027-02-16T16:00:00+00:00",
    )
    assert clock.now() == START


def test_on_time_nothing_nags_afterwards(build: Build, composer: Composer) -> None:
    cohort = build.cohort()
    build.pairing(build.mentor(cohort), build.enrolment(cohort))

    rules = {
        reading: {rule for mail in rehearse(cohort, composer, reading=reading).mails for rule in mail.rules}
        for reading in Reading
    }

    assert rules[Reading.NOTHING] - rules[Reading.ON_TIME] == {
        "assignment-late-1",
        "assignment-late-4",
        "assignment-late-8",
        "session-log",
    }


def test_weeks_are_those_of_each_persons_calendar(build: Build, composer: Composer) -> None:
    cohort = build.cohort()
    for zone in ("America/Chicago", "Pacific/Auckland"):
        build.enrolment(cohort, build.person(time_zone=zone), answered_at=START)

    played = rehearse(cohort, composer)

    assert {mail.week.weekday() for mail in played.mails} == {0}
    assert sum(week.mails for week in played.weeks) == len(played.mails)
    busiest = played.busiest
    assert busiest is not None
    assert busiest.mails == max(week.mails for week in played.weeks)
    in_it = [mail.person_id for mail in played.mails if mail.week == busiest.first]
    assert (busiest.mails, busiest.most) == (len(in_it), max(in_it.count(one) for one in in_it))


def test_people_over_the_budget_are_counted_with_what_cannot_wait(build: Build, composer: Composer) -> None:
    cohort = build.cohort()
    build.enrolment(cohort, build.person("Priya Raman"), answered_at=START)

    played = rehearse(cohort, composer)

    theirs: dict[date, list[bool]] = {}
    for mail in played.mails:
        theirs.setdefault(mail.week, []).append(mail.is_essential)
    expected = [(week, len(mails), sum(mails)) for week, mails in sorted(theirs.items()) if len(mails) > 4]
    assert [(one.week, one.mails, one.essential) for one in played.overloads] == expected
    assert {one.person for one in played.overloads} == {"Priya Raman"}


def test_dates_and_mails_on_days_off_are_found(build: Build, composer: Composer) -> None:
    cohort = build.cohort(blackouts=[["2026-11-25", "2026-11-25"]])
    build.enrolment(cohort, answered_at=START)
    build.item(cohort, "assignment.due:three-conversations").at = datetime(2026, 12, 5, 18, 0, tzinfo=UTC)
    build.item(cohort, "workshop:kickoff").at = datetime(2026, 9, 19, 18, 0, tzinfo=UTC)

    played = rehearse(cohort, composer)

    assert [(one.kind, one.title, one.local.date(), one.why) for one in played.on_days_off] == [
        ("workshop", "Hard talks rehearsal", date(2026, 11, 25), "blackout"),
        ("assignment.due", "Three conversations", date(2026, 12, 5), "weekend"),
    ]
    assert [(one.day, one.mails, one.essential) for one in played.mails_on_days_off] == [(date(2026, 11, 25), 2, 1)]


def test_workshop_without_room_and_link_is_to_be_filled_in(build: Build, composer: Composer) -> None:
    cohort = build.cohort()
    for key, place in (("hard-talks", {"room": "Room 4"}), ("delegation-dojo", {"join_url": "https://meet.example"})):
        db.session.add(Sitting(item_id=build.item(cohort, f"workshop:{key}").id, **place))
    db.session.flush()

    gaps = [(gap.title, gap.kind) for gap in rehearse(cohort, composer).gaps]

    assert ("Hard talks rehearsal", "workshop") not in gaps
    assert ("Delegation dojo", "workshop") not in gaps
    assert ("Hard talks rehearsal", "workshop.alternative") in gaps
    assert ("Strategy table", "workshop") in gaps


def test_announced_without_words_is_to_be_filled_in(build: Build, composer: Composer) -> None:
    document = without(shipped_document(), "modules", 3, "workshop", "prework")
    document["modules"][4]["lessons"] = []
    cohort = build.cohort(version=build.program(document))

    gaps = {(gap.kind, gap.what) for gap in rehearse(cohort, composer).gaps if not gap.kind.startswith("workshop")}

    assert gaps == {
        ("prework.due", "It is due, and nothing says what it is."),
        ("module.opens", "It has no lessons: its mail lists nothing to read."),
    }


def test_undated_items_are_counted(build: Build, composer: Composer) -> None:
    cohort = build.cohort()
    build.item(cohort, "workshop:hard-talks").at = None

    assert rehearse(cohort, composer).undated == 1


def broken(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Let letters about assignments lack something, or raise what is given as `error`."""
    error = fields.pop("error", None)
    write = letters.SAYS["assignment.due"]

    def say(desk: Desk, owed: Owed, pack: Pack) -> Letter:
        if error:
            raise error
        return replace(write(desk, owed, pack), **fields)

    monkeypatch.setattr(letters, "SAYS", {**letters.SAYS, "assignment.due": say})


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"subject": " "}, "The subject is empty."),
        ({"title": "Hand in:"}, "The title has a gap: “Hand in:”."),
        ({"paragraphs": ("",)}, "The paragraph is empty."),
        ({"when": ("", "")}, "The time is empty."),
        ({"opening": "write to None."}, "The mail prints “None”: Hello Priya, write to None."),
        ({"opening": "write to {{ name }}."}, "The mail prints “{{”: Hello Priya, write to {{ name }}."),
    ],
)
def test_empty_fields_are_found_once_for_all_who_get_the_mail(
    build: Build, composer: Composer, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], what: str
) -> None:
    cohort = build.cohort()
    for _ in range(2):
        build.enrolment(cohort, build.person("Priya Raman"), answered_at=START)
    broken(monkeypatch, **fields)

    empty = [one for one in rehearse(cohort, composer).empty if one.mail.rules == ("assignment-today",)]

    assert {(one.fault.what, one.mails) for one in empty} >= {(what, 2)}
    assert {one.mail.about for one in empty} >= {"Three conversations"}


def test_letter_that_raises_is_a_finding(build: Build, composer: Composer, monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = build.cohort()
    build.enrolment(cohort, answered_at=START)
    broken(monkeypatch, error=KeyError("three-conversations"))

    played = rehearse(cohort, composer)

    about_it = [mail for mail in played.mails if mail.items == ("assignment.due:three-conversations",)]
    assert {mail.subject for mail in about_it} == {UNWRITTEN}
    assert "The mail cannot be written: KeyError, 'three-conversations'" in {one.fault.what for one in played.empty}
    assert {mail.subject for mail in played.mails} != {UNWRITTEN}


def test_shipped_program_has_no_empty_field(build: Build, composer: Composer) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    build.pairing(build.mentor(cohort), build.enrolment(cohort))
    build.staff(cohort)

    assert rehearse(cohort, composer).empty == ()


@pytest.mark.parametrize("number", [1, 3])
def test_rehearsal_asks_the_same_number_of_questions(
    build: Build, composer: Composer, queries: QueryCount, number: int
) -> None:
    cohort = build.cohort()
    build.staff(cohort)
    for _ in range(number):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))
    db.session.commit()

    with queries as seen:
        rehearse(cohort, composer)

    assert seen.count == 14


def test_facts_and_lines_say_the_same(build: Build, composer: Composer) -> None:
    cohort = build.cohort(blackouts=[["2026-11-25", "2026-11-25"]])
    build.enrolment(cohort, build.person("Priya Raman", time_zone="Europe/London"), answered_at=START)

    played = rehearse(cohort, composer)
    facts, lines = as_facts(played), list(as_lines(played))

    assert facts["mails"][0] == {
        "person": "Priya Raman",
        "subject": "Tomorrow: Hard talks rehearsal, Wed 25 Nov, 16:00 London",
        "rules": ["workshop-day"],
        "items": ["workshop.starts:hard-talks"],
        "class": "critical",
        "local": "2026-11-24T16:00+00:00",
        "utc": "2026-11-24T16:00:00Z",
        "faults": [],
    }
    assert facts["items_on_days_off"] == [
        {"title": "Hard talks rehearsal", "kind": "workshop", "local": "2026-11-25T10:00-06:00", "why": "blackout"}
    ]
    assert lines[0].endswith("Tomorrow: Hard talks rehearsal, Wed 25 Nov, 16:00 London")
    assert f"{len(facts['mails'])} mails to 1 people, as if nobody did anything from now on." in lines
