"""The demo: the states it shows, its pages for every role, its mails."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from cohort.assignments.models import Submission, SubmissionState
from cohort.calendars.models import CalendarInvitation
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.cohorts.queries import find_cohort
from cohort.db import db
from cohort.demo.people import LEAD, PASSWORD, find_person
from cohort.demo.script import Calendar, read_story
from cohort.demo.story import is_loaded
from cohort.mail.models import Message, MessageState
from cohort.mail.transports import MailboxTransport
from cohort.mentoring.models import Mentor, MentoringSession, Pairing, PairingState
from cohort.people.models import Person
from cohort.people.passwords import is_right
from cohort.reminders.forecast import forecast
from cohort.reminders.models import Reminder
from cohort.reminders.tick import TickCounts, run_tick
from cohort.schedule.models import Extension, ExtensionRequest
from cohort.schedule.queries import find_item, list_rows
from cohort.workshops.models import Attendance, Place, PlaceState
from tests.conftest import NOW
from tests.demo.conftest import Demo

pytestmark = [pytest.mark.slow, pytest.mark.sqlite_only]  # told by deeds that have tests of their own on both

SPRING = "/cohorts/spring-emerging-leaders"
AUTUMN = "/cohorts/autumn-emerging-leaders"
EMPTY = 'class="empty"'


def spring() -> Cohort:
    cohort = find_cohort("spring-emerging-leaders")
    assert cohort is not None
    return cohort


@pytest.mark.parametrize("weekday", range(7))
def test_start_lies_so_that_module_4_is_open_and_its_workshop_is_not_past(weekday: int) -> None:
    today = date(2026, 11, 23) + timedelta(days=weekday)
    start = Calendar(today).start
    assert start.weekday() == 0
    assert 66 <= (today - start).days <= 72


@pytest.mark.parametrize("weekday", range(7))
def test_moved_workshop_is_ahead_and_everybody_who_will_has_confirmed(weekday: int) -> None:
    calendar = Calendar(date(2026, 11, 23) + timedelta(days=weekday))
    move = next(change for change in read_story()["changes"] if "move" in change)
    answers = read_story()["workshops"]["hard-talks"]["confirmed"].values()
    today = calendar.moment("today+0d 00:00")
    assert max(map(calendar.moment, answers)) < today
    assert min(map(calendar.moment, answers)) > calendar.moment(move["at"])
    assert calendar.moment(move["move"][1]) > calendar.moment("today+1d 00:00")


def test_moved_workshop_waits_for_two_to_confirm(demo: Demo) -> None:
    held = place_states("workshop:hard-talks")
    assert held == {PlaceState.HELD: 8}
    asked = select(Person.email).join(Enrolment).join(Place).where(Place.confirm_asked_at.is_not(None))
    waiting = db.session.scalars(asked.where(Place.confirmed_at.is_(None)).order_by(Person.email))
    assert waiting.all() == ["nadia.haddad@northwind.example", "sofia.lindqvist@lakeshore.example"]


def test_one_sitting_is_full_with_a_seat_offered_and_somebody_waiting(demo: Demo) -> None:
    assert place_states("workshop:delegation-dojo") == {
        PlaceState.HELD: 4,
        PlaceState.OFFERED: 1,
        PlaceState.WAITING: 1,
        PlaceState.EXCUSED: 1,
    }
    offered = db.session.scalars(select(Place).where(Place.state == PlaceState.OFFERED)).one()
    assert offered.enrolment_id == enrolment_of("priya.raman").id
    assert offered.offered_until is not None
    assert offered.offered_until > NOW


def test_past_workshops_have_every_mark_and_a_make_up_that_is_open(demo: Demo) -> None:
    marks = select(Place.attendance, func.count()).where(Place.attendance.is_not(None)).group_by(Place.attendance)
    assert dict(db.session.execute(marks).all()) == {
        Attendance.ATTENDED: 28,
        Attendance.PART: 2,
        Attendance.EXCUSED: 1,
        Attendance.NO_SHOW: 3,
    }
    missed = select(Person.email).join(Enrolment).join(Place).where(Place.attendance == Attendance.NO_SHOW)
    assert db.session.scalars(missed.where(Place.made_up_at.is_(None))).all() == ["tomasz.nowak@lakeshore.example"]
    assert [len(stars) >= 3 for stars in stars_by_sitting().values()].count(True) >= 3


def test_schedule_shows_every_kind_of_reason(demo: Demo) -> None:
    items = {item.item_id: item for item in list_rows(spring().id)}
    assert items["workshop:hard-talks"].days == 1
    assert items["assignment.due:three-conversations"].pinned_on is not None
    assert items["milestone:farewell"].dropped_at is not None
    assert items["milestone:showcase"].override == "start+178d 10:00"
    assert items["milestone:dinner-with-the-owners"].is_added
    pushed = [item.item_id for item in items.values() if item.reason.startswith("because of the blackout")]
    assert sorted(pushed) == ["assignment.due:one-real-handover", "module.closes:hand-it-over"]


def test_one_person_asks_for_more_time(demo: Demo) -> None:
    request = db.session.scalars(select(ExtensionRequest)).one()
    assert request.is_open
    assert request.enrolment_id == enrolment_of("marcus.bell").id


def test_a_mentor_and_a_participant_take_invitations(demo: Demo) -> None:
    takers = {find_person("ingrid.dahl").id, find_person("aroha.ngata").id}
    assert set(db.session.scalars(select(CalendarInvitation.person_id))) == takers


@pytest.mark.parametrize("weekday", range(7))
def test_somebody_is_on_call_this_week(weekday: int) -> None:
    calendar = Calendar(date(2026, 11, 23) + timedelta(days=weekday))
    on_call = [days for days in read_story()["away"] if days["kind"] == "on call"]
    assert any(calendar.day(days["first"]) <= calendar.today <= calendar.day(days["last"]) for days in on_call)


def place_states(item_id: str) -> dict[PlaceState, int]:
    kind, key = item_id.split(":")
    item = find_item(spring().id, kind, key)
    assert item is not None
    states = select(Place.state, func.count()).where(Place.item_id == item.id).group_by(Place.state)
    return dict(db.session.execute(states).all())


def stars_by_sitting() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for item_id, stars in db.session.execute(select(Place.item_id, Place.stars).where(Place.stars.is_not(None))):
        found.setdefault(item_id, []).append(stars)
    return found


def enrolment_of(name: str) -> Enrolment:
    mine = select(Enrolment).where(Enrolment.cohort_id == spring().id, Enrolment.person_id == find_person(name).id)
    return db.session.scalars(mine).one()


def test_the_cohorts_are_a_past_a_running_and_a_fresh_one(demo: Demo) -> None:
    assert dict(db.session.execute(select(Cohort.slug, Cohort.state)).all()) == {
        "winter-emerging-leaders": CohortState.ARCHIVED,
        "spring-emerging-leaders": CohortState.RUNNING,
        "autumn-emerging-leaders": CohortState.DRAFT,
    }
    assert is_loaded()


def test_participants_are_in_every_state(demo: Demo) -> None:
    states = select(Enrolment.state, func.count()).where(Enrolment.cohort_id == spring().id).group_by(Enrolment.state)
    assert dict(db.session.execute(states).all()) == {
        EnrolmentState.ENROLLED: 11,
        EnrolmentState.WITHDRAWN: 1,
        EnrolmentState.WAITLISTED: 1,
    }


def test_everybody_enrolled_has_a_mentor_and_one_mentor_is_full(demo: Demo) -> None:
    mentees = Counter(
        db.session.scalars(
            select(Person.email)
            .join(Mentor, Mentor.person_id == Person.id)
            .join(Pairing, Pairing.mentor_id == Mentor.id)
            .where(Pairing.cohort_id == spring().id, Pairing.state == PairingState.ACTIVE)
        )
    )
    assert sum(mentees.values()) == 11
    assert mentees["ruth.okafor@harborpine.example"] == 3


def test_one_pair_has_been_quiet_for_16_days(demo: Demo) -> None:
    quiet = db.session.scalar(
        select(func.max(MentoringSession.held_on))
        .join(MentoringSession.pairing)
        .join(Pairing.enrolment)
        .where(Enrolment.person_id == find_person("sofia.lindqvist").id)
    )
    assert quiet == date(2026, 11, 23) - timedelta(days=16)


def test_one_person_has_more_time(demo: Demo) -> None:
    extension = db.session.scalars(select(Extension)).one()
    assert extension.until > NOW


def test_one_draft_is_not_handed_in_and_keeps_its_file(demo: Demo) -> None:
    drafts = select(Submission).where(Submission.state == SubmissionState.DRAFT)
    assert [draft.assignment_key for draft in db.session.scalars(drafts)] == ["three-conversations"]
    files = [path for path in demo.settings.uploads_dir.rglob("*") if path.is_file()]
    assert len(files) == 1


def test_one_address_fails_and_all_other_mail_was_sent_before_now(demo: Demo) -> None:
    nadia = find_person("nadia.haddad").email
    assert set(db.session.scalars(select(Message.state))) == {MessageState.SENT, MessageState.FAILED}
    failed = select(Message.to_address).where(Message.state == MessageState.FAILED)
    assert set(db.session.scalars(failed)) == {nadia}
    assert db.session.scalar(select(func.max(Message.sent_at))) < NOW + timedelta(minutes=1)


def test_every_mail_has_a_subject_and_the_recent_ones_their_bytes(demo: Demo) -> None:
    assert db.session.scalar(select(func.count()).where(Message.subject.is_(None))) == 0
    recent = select(Message.frozen).where(Message.sent_at > NOW - timedelta(days=4))
    kept = db.session.scalars(recent).all()
    assert len(kept) > 10
    assert all(kept)


def test_no_reminder_was_too_late(demo: Demo) -> None:
    reasons = set(db.session.scalars(select(Reminder.reason)))
    assert reasons == {"", "answered", "submitted", "booked", "logged", "done", "declined"} & reasons
    assert {"", "submitted"} <= reasons


def test_first_round_after_loading_has_nothing_to_catch_up_with(demo: Demo) -> None:
    counts = run_tick(NOW, demo.settings, MailboxTransport())
    assert counts == TickCounts(looked=1)


def test_the_days_ahead_bring_each_person_a_few_mails(demo: Demo) -> None:
    rows = forecast(spring(), now=NOW, until=NOW + timedelta(days=7))
    mails = Counter(row.person for row in rows if row.state == "planned")
    assert 12 <= len(mails) <= 20
    assert max(mails.values()) <= 12


def test_everybody_signs_in_with_the_password_that_is_printed(demo: Demo) -> None:
    hashes = set(db.session.scalars(select(Person.password_hash)))
    assert len(hashes) == 1
    assert is_right(hashes.pop(), PASSWORD)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (LEAD, "/cohorts"),
        (LEAD, "/programs"),
        (LEAD, SPRING),
        (LEAD, f"{SPRING}/people"),
        (LEAD, f"{SPRING}/people?list=mentors"),
        (LEAD, f"{SPRING}/people?list=staff"),
        (LEAD, f"{SPRING}/schedule"),
        (LEAD, f"{SPRING}/workshops"),
        (LEAD, f"{SPRING}/extensions"),
        (LEAD, f"{SPRING}/mail-room"),
        (LEAD, f"{SPRING}/mail-room?list=forecast"),
        (LEAD, f"{SPRING}/mail-room?list=sent"),
        (LEAD, f"{SPRING}/mail-room?list=failed"),
        (LEAD, f"{SPRING}/mail-room?list=held"),
        (LEAD, "/mailbox"),
        (LEAD, "/cohorts/winter-emerging-leaders/people"),
        ("joel.merritt", "/cohorts"),
        ("joel.merritt", SPRING),
        ("joel.merritt", f"{SPRING}/people"),
        ("ruth.okafor", f"{SPRING}/mentees"),
        ("priya.raman", f"{SPRING}/home"),
        ("priya.raman", f"{SPRING}/program"),
        ("priya.raman", f"{SPRING}/my-schedule"),
        ("priya.raman", f"{SPRING}/my-mentor"),
        ("aroha.ngata", f"{SPRING}/my-mentor"),
    ],
)
def test_lists_are_not_empty(demo: Demo, name: str, path: str) -> None:
    page = demo.visitor(name).get(path)
    assert page.status_code == 200
    assert EMPTY not in page.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/people", "/people?list=mentors", "/matching", "/mail-room", "/mail-room?list=sent"])
def test_lists_of_the_fresh_cohort_are_empty(demo: Demo, path: str) -> None:
    page = demo.visitor(LEAD).get(AUTUMN + path)
    assert page.status_code == 200
    assert EMPTY in page.get_data(as_text=True)
