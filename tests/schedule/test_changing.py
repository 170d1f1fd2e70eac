"""Changes of dates as they are stored, told and taken back, and reminders that follow them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from cohort.cohorts.changing import change_settings
from cohort.cohorts.models import Cohort, CohortState, StaffRole
from cohort.config import Settings
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message, MessageState
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Away, AwayKind
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import pack_of
from cohort.reminders.models import Reminder
from cohort.reminders.tick import TickCounts, plan, run_tick
from cohort.schedule import moving, pushing
from cohort.schedule.changing import (
    HOLD,
    LONGEST_MESSAGE,
    Preview,
    apply,
    find_latest_change,
    find_undoable,
    preview,
    undo,
)
from cohort.schedule.deriving import arrangement_of, derive_items
from cohort.schedule.items import list_entries
from cohort.schedule.models import UNDO_WITHIN, DatedItem, Extension, ScheduleChange
from cohort.schedule.moving import Alteration, Take
from cohort.schedule.pushing import Push
from cohort.schedule.snapshots import snapshot
from cohort.workshops.models import Place, PlaceState
from tests.build import Build, shipped_document
from tests.client import QueryCount
from tests.schedule.arranged import DOMAIN, wall

# The cohorts here are in Chicago and began on Mon 14 September 2026; it is Monday of their eleventh week.
TABLE = "workshop:strategy-table"
"""Wed 6 January 2027, 10:00; pre-work is due the day before, the assignment on the 15th."""
TO_TUESDAY: Alteration = lambda it: moving.move(it, TABLE, wall("2027-01-12T15:30"))  # noqa: E731
TO_FRIDAY: Alteration = lambda it: moving.move(it, TABLE, wall("2027-01-15T10:00"))  # noqa: E731
BACK: Alteration = lambda it: moving.move(it, TABLE, wall("2027-01-06T10:00"))  # noqa: E731
MOVED = {"prework.due:strategy-table", TABLE, "assignment.due:one-page-strategy"}


def changed(cohort: Cohort, alteration: Alteration, now: datetime, **more: Any) -> ScheduleChange:
    return apply(cohort, alteration, summary="Moved it", by=more.pop("by", None), now=now, **more)


def local(cohort: Cohort, build: Build, item_id: str) -> str:
    item = build.item(cohort, item_id)
    db.session.refresh(item)
    assert item.at
    return f"{item.at:%Y-%m-%dT%H:%M}"


def dates(cohort: Cohort) -> dict[str, tuple[datetime | None, str]]:
    items = db.session.scalars(
        select(DatedItem)
        .where(DatedItem.cohort_id == cohort.id, DatedItem.dropped_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return {item.item_id: (item.at, item.why) for item in items}


def mails(cohort: Cohort) -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.cohort_id == cohort.id).order_by(Message.id)))


# --- before


def test_preview_changes_nothing_and_names_what_it_would_do(build: Build) -> None:
    cohort = build.cohort(launched_at=build.now)
    build.enrolment(cohort)
    before = dates(cohort)

    seen = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now)

    assert {move.id for move in seen.moves} == MOVED
    assert (seen.people, seen.mails, seen.asked, seen.changes_nothing) == (1, 1, 0, False)
    assert dates(cohort) == before
    assert (mails(cohort), db.session.scalar(select(func.count(ScheduleChange.id)))) == ([], 0)
    assert not db.session.dirty


def test_preview_of_nothing_says_so(build: Build) -> None:
    seen = preview(build.cohort(), BACK, by=None, mail_domain=DOMAIN, now=build.now)

    assert (seen.changes_nothing, seen.moves, seen.following, seen.told) == (True, (), (), ())


@pytest.mark.parametrize("participants", [1, 3])
def test_preview_asks_as_much_of_the_database_for_many_people(
    build: Build, queries: QueryCount, participants: int
) -> None:
    cohort = build.cohort(launched_at=build.now)
    build.staff(cohort)
    mentor = build.mentor(cohort)
    for _ in range(participants):
        enrolment = build.enrolment(cohort)
        build.pairing(mentor, enrolment)
        take_place(build, enrolment, TABLE)
        db.session.add(Away(person_id=enrolment.person_id, kind=AwayKind.AWAY, added_at=build.now, **AWAY))
    db.session.flush()
    version = cohort.version

    with queries as seen:
        found = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now)

    assert version is cohort.version
    assert found.people == participants + 2
    assert found.asked == participants
    assert seen.count == 32


AWAY = {"first": date(2027, 1, 11), "last": date(2027, 1, 15)}


def take_place(build: Build, enrolment: Any, item_id: str, state: PlaceState = PlaceState.HELD) -> Place:
    place = Place(item_id=build.item(enrolment.cohort, item_id).id, enrolment_id=enrolment.id, state=state)
    place.since = build.now
    if state is PlaceState.OFFERED:
        place.offered_until = build.now + timedelta(days=1)
    db.session.add(place)
    db.session.flush()
    return place


# --- applied


def test_change_moves_the_rows_and_keeps_what_it_was(build: Build) -> None:
    cohort = build.cohort()
    before = dates(cohort)
    untouched = build.item(cohort, "workshop:change-sprint")

    change = changed(cohort, TO_TUESDAY, build.now)

    after = dates(cohort)
    assert {it for it in after if after[it] != before[it]} == MOVED
    assert local(cohort, build, TABLE) == "2027-01-12T21:30"
    assert local(cohort, build, "assignment.due:one-page-strategy") == "2027-01-21T23:00"
    item = build.item(cohort, TABLE)
    assert (item.days, item.sequence, item.changed_at) == (6, 1, build.now)
    assert (untouched.sequence, untouched.changed_at) == (0, None)
    assert [it["id"] for it in change.moves] == [
        "prework.due:strategy-table",
        TABLE,
        "assignment.due:one-page-strategy",
    ]
    assert change.moves[1]["before"] == "2027-01-06T16:00:00+00:00"
    assert change.moves[1]["after"] == "2027-01-12T21:30:00+00:00"
    db.session.refresh(cohort, ["plan_revision"])
    assert cohort.plan_revision == 1


def test_what_is_applied_is_what_was_seen(build: Build) -> None:
    cohort = build.cohort(launched_at=build.now)
    build.enrolment(cohort)
    seen: Preview = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now)

    change = changed(cohort, TO_TUESDAY, build.now, seen=seen.seen)

    assert [(it["id"], it["after"]) for it in change.moves] == [
        (move.id, move.after and move.after.isoformat()) for move in seen.moves
    ]
    assert len(mails(cohort)) == seen.mails


def test_change_of_what_has_changed_since_it_was_seen_is_refused(build: Build) -> None:
    cohort = build.cohort()
    seen = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now).seen
    changed(cohort, TO_FRIDAY, build.now)

    with pytest.raises(Conflict, match="Somebody else changed these dates"):
        changed(cohort, TO_TUESDAY, build.now, seen=seen)


def test_matches_published_since_it_was_seen_make_it_another_preview(build: Build) -> None:
    cohort = build.cohort()
    seen = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now).seen
    cohort.matched_on = date(2026, 11, 23)
    db.session.flush()

    with pytest.raises(Conflict):
        changed(cohort, TO_TUESDAY, build.now, seen=seen)


def test_change_that_changes_nothing_is_refused(build: Build) -> None:
    cohort = build.cohort()

    with pytest.raises(DomainError, match="This changes nothing"):
        changed(cohort, BACK, build.now)


@pytest.mark.parametrize("deed", [partial(preview, mail_domain=DOMAIN), changed], ids=["preview", "apply"])
def test_dates_that_cannot_be_meant_are_refused_in_a_sentence(build: Build, deed: Callable[..., object]) -> None:
    cohort = build.cohort(starts_on=date(2198, 9, 17))
    too_far: Alteration = lambda it: moving.defer(it, date(2200, 1, 6))  # noqa: E731
    arguments = {"by": None, "now": build.now}

    with pytest.raises(DomainError, match="choose a year from 1970 to 2199"):
        deed(cohort, too_far, **arguments)


def test_too_long_a_message_is_refused(build: Build) -> None:
    with pytest.raises(DomainError) as refusal:
        changed(build.cohort(), TO_TUESDAY, build.now, message="x" * (LONGEST_MESSAGE + 1))

    assert refusal.value.field == "message"


def test_archived_cohort_keeps_its_dates(build: Build) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)

    with pytest.raises(Conflict, match="archived"):
        changed(cohort, TO_TUESDAY, build.now)


def test_dropped_item_keeps_its_row_and_comes_back_as_a_later_version(build: Build) -> None:
    cohort = build.cohort()
    item = build.item(cohort, TABLE)

    changed(cohort, lambda it: moving.drop(it, TABLE), build.now)
    dropped = (item.dropped_at, item.sequence, item.at is not None)
    changed(cohort, lambda it: moving.restore(it, TABLE), build.now + timedelta(hours=1))

    assert dropped == (build.now, 1, True)
    assert (item.dropped_at, item.sequence) == (None, 2)


def test_added_item_is_a_row_and_no_more_once_taken_back(build: Build) -> None:
    cohort = build.cohort()
    add: Alteration = lambda it: moving.add_milestone(it, "Lunch", "start+100d 12:00", 60)  # noqa: E731

    change = changed(cohort, add, build.now)
    item = build.item(cohort, "milestone:lunch")
    held = (item.is_added, item.minutes, item.ends_at and item.at and item.ends_at - item.at, item.dropped_at)
    undo(change, cohort, by=None, now=build.now)
    gone = (item.is_added, item.dropped_at)
    changed(cohort, add, build.now)

    assert held == (True, 60, timedelta(hours=1), None)
    assert gone == (False, build.now)
    assert build.item(cohort, "milestone:lunch").id == item.id
    assert (item.is_added, item.dropped_at) == (True, None)


def test_moves_stand_when_everything_is_derived_anew(build: Build) -> None:
    """As when the matches are published."""
    cohort = build.cohort()
    changed(cohort, TO_TUESDAY, build.now)
    changed(cohort, lambda it: pushing.black_out(it, date(2027, 2, 15), date(2027, 2, 19), Push.NEXT_DAY), build.now)
    before = dates(cohort)

    derive_items(cohort, now=build.now + timedelta(days=1))

    assert dates(cohort) == before
    assert cohort.blackouts == [["2027-02-15", "2027-02-19"]]


def test_new_version_comes_with_its_change_and_goes_with_it(build: Build) -> None:
    cohort = build.cohort()
    old, before = cohort.version, dates(cohort)
    document = shipped_document() | {
        "milestones": [{"key": "new", "title": "New", "at": "end-9d 09:00", "minutes": 30}]
    }
    new = ProgramVersion(program=old.program, number=2, document=document, digest="2" * 64, imported_at=build.now)
    db.session.add(new)
    db.session.flush()

    def take(arrangement: Any) -> Any:
        pack = pack_of(new)
        return moving.adopt(arrangement, list(list_entries(pack)), pack.length_days, Take.ALL, build.now)

    change = changed(cohort, take, build.now, version=new)
    with_new = dates(cohort)
    undo(change, cohort, by=None, now=build.now)

    assert with_new.keys() - before.keys() == {"milestone:new"}
    assert before.keys() - with_new.keys() == {
        "milestone:first-goals",
        "milestone:halfway",
        "milestone:showcase",
        "milestone:farewell",
    }
    assert (dates(cohort), cohort.version_id) == (before, old.id)


# --- told


def test_each_person_gets_one_mail_that_waits(build: Build) -> None:
    cohort = build.cohort()
    people = [build.enrolment(cohort).person_id for _ in range(2)]
    lead, other = build.staff(cohort).person, build.staff(cohort).person

    change = changed(cohort, TO_TUESDAY, build.now, by=lead)

    assert [(it.person_id, it.template, it.params, it.due_at) for it in mails(cohort)] == [
        (person_id, "schedule-changed", {"since": change.id}, build.now + HOLD)
        for person_id in sorted([*people, other.id])
    ]


def test_several_changes_within_the_wait_are_one_mail(build: Build) -> None:
    cohort = build.cohort()
    build.enrolment(cohort)

    changed(cohort, TO_TUESDAY, build.now)
    changed(cohort, TO_FRIDAY, build.now + timedelta(minutes=9))

    assert [it.due_at for it in mails(cohort)] == [build.now + HOLD]


def test_change_after_the_mail_has_left_is_another_mail(build: Build) -> None:
    cohort = build.cohort()
    build.enrolment(cohort)

    changed(cohort, TO_TUESDAY, build.now)
    [first] = mails(cohort)
    first.state = MessageState.SENT
    db.session.flush()
    later = build.now + timedelta(minutes=11)
    second = changed(cohort, TO_FRIDAY, later)

    assert [(it.params["since"], it.due_at) for it in mails(cohort)[1:]] == [(second.id, later + HOLD)]


def test_who_holds_a_place_in_a_moved_sitting_is_asked(build: Build) -> None:
    cohort = build.cohort()
    states = (PlaceState.HELD, PlaceState.WAITING, PlaceState.LEFT)
    places = [take_place(build, build.enrolment(cohort), TABLE, state) for state in states]
    elsewhere = take_place(build, build.enrolment(cohort), "workshop.alternative:strategy-table")
    places[0].confirmed_at = build.now

    asked = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now).asked
    changed(cohort, TO_TUESDAY, build.now, asks=True)

    db.session.expire_all()
    assert asked == 1
    assert [it.confirm_asked_at for it in (*places, elsewhere)] == [build.now, None, None, None]
    assert places[0].confirmed_at is None


def test_answer_about_a_date_that_holds_no_more_is_forgotten(build: Build) -> None:
    cohort = build.cohort()
    place, elsewhere = (
        take_place(build, build.enrolment(cohort), item_id)
        for item_id in (TABLE, "workshop.alternative:strategy-table")
    )
    elsewhere.confirm_asked_at = elsewhere.confirmed_at = build.now
    change = changed(cohort, TO_TUESDAY, build.now, asks=True)
    place.confirmed_at = build.now

    undo(change, cohort, by=None, now=build.now)

    db.session.expire_all()
    assert (place.confirm_asked_at, place.confirmed_at) == (None, None)
    assert (elsewhere.confirm_asked_at, elsewhere.confirmed_at) == (build.now, build.now)


# --- taken back


@pytest.fixture
def cohort(build: Build) -> Iterator[Cohort]:
    cohort = build.cohort()
    build.enrolment(cohort)
    yield cohort


def test_undo_restores_every_date(build: Build, cohort: Cohort) -> None:
    before, was = dates(cohort), snapshot(arrangement_of(cohort))

    change = changed(cohort, TO_TUESDAY, build.now)
    taken_back = undo(change, cohort, by=None, now=build.now + UNDO_WITHIN)

    assert (dates(cohort), snapshot(arrangement_of(cohort))) == (before, was)
    assert change.undone_at == taken_back.undone_at == build.now + UNDO_WITHIN
    assert taken_back.summary == "Took back: Moved it"
    assert find_latest_change(cohort.id) is None


def test_undo_is_refused_after_a_day(build: Build, cohort: Cohort) -> None:
    change = changed(cohort, TO_TUESDAY, build.now)
    late = build.now + UNDO_WITHIN + timedelta(seconds=1)

    assert find_undoable(cohort.id, build.now + UNDO_WITHIN) is change
    assert find_undoable(cohort.id, late) is None
    with pytest.raises(Conflict, match="for 24 hours"):
        undo(change, cohort, by=None, now=late)


def test_undo_is_refused_twice(build: Build, cohort: Cohort) -> None:
    change = changed(cohort, TO_TUESDAY, build.now)
    undo(change, cohort, by=None, now=build.now)

    assert find_undoable(cohort.id, build.now) is None
    with pytest.raises(Conflict, match="taken back already"):
        undo(change, cohort, by=None, now=build.now)


def test_undo_goes_from_the_latest_change_to_the_earlier_ones(build: Build, cohort: Cohort) -> None:
    before = dates(cohort)
    first = changed(cohort, TO_TUESDAY, build.now)
    second = changed(cohort, TO_FRIDAY, build.now)

    with pytest.raises(Conflict, match="Take the later change back first"):
        undo(first, cohort, by=None, now=build.now)
    undo(second, cohort, by=None, now=build.now)
    undo(first, cohort, by=None, now=build.now)

    assert dates(cohort) == before


def test_undo_does_not_take_other_settings_back(build: Build) -> None:
    cohort = build.cohort(state=CohortState.DRAFT)
    change = changed(cohort, TO_TUESDAY, build.now)
    days = [(date(2027, 2, 15), date(2027, 2, 19))]
    change_settings(cohort, title=cohort.title, seats=None, blackouts=days, now=build.now)

    with pytest.raises(Conflict, match="settings of the cohort were changed after this"):
        undo(change, cohort, by=None, now=build.now)


def test_matches_published_after_a_change_do_not_hinder_its_undo(build: Build, cohort: Cohort) -> None:
    before = dates(cohort)
    change = changed(cohort, TO_TUESDAY, build.now)
    cohort.matched_on = date(2026, 11, 23)
    db.session.flush()

    undo(change, cohort, by=None, now=build.now)

    assert dates(cohort) == before


# --- reminders


def reminded(cohort: Cohort, about: str) -> list[tuple[str, datetime]]:
    rows = select(Reminder.rule_key, Reminder.anchor_at).where(
        Reminder.cohort_id == cohort.id, Reminder.subject == about, Reminder.message_id.is_not(None)
    )
    return [(rule, at) for rule, at in db.session.execute(rows.order_by(Reminder.due_at))]


def tick(at: datetime, settings: Settings) -> list[Message]:
    """A round of the worker; gives the mails that leave in it."""
    db.session.commit()
    known = set(db.session.scalars(select(Message.id).where(Message.state == MessageState.SENT)))
    run_tick(at, settings, MailboxTransport())
    sent = db.session.scalars(select(Message).where(Message.state == MessageState.SENT).order_by(Message.id))
    return [message for message in sent if message.id not in known]


def test_nobody_is_reminded_of_the_old_time(build: Build, settings: Settings) -> None:
    """The workshop of 6 January moves to the 12th: rounds every six hours from the new year on."""
    cohort = build.cohort(launched_at=build.now - timedelta(days=80))
    take_place(build, build.enrolment(cohort), TABLE)
    tick(build.now, settings)
    change = changed(cohort, TO_TUESDAY, build.now)

    hours = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(0, 13 * 24, 6)]
    for hour in [build.now + HOLD, *hours]:
        tick(hour, settings)

    new = datetime.fromisoformat(change.moves[1]["after"])
    assert {at for _, at in reminded(cohort, "workshop.starts:strategy-table")} == {new}
    assert len(reminded(cohort, "workshop.starts:strategy-table")) > 0
    mail = [it for it in mails(cohort) if it.template == "schedule-changed"]
    assert [(it.state, it.sent_at) for it in mail] == [(MessageState.SENT, mail[0].sent_at)]


def test_reminder_that_waits_in_the_outbox_does_not_leave_for_the_old_time(build: Build, settings: Settings) -> None:
    """Queued for the morning before, and the workshop moves before it leaves."""
    cohort = build.cohort(launched_at=build.now - timedelta(days=80))
    build.enrolment(cohort)
    eve = datetime(2027, 1, 5, 16, 0, tzinfo=UTC)
    db.session.commit()
    plan(eve, TickCounts(), everything=True)
    assert [rule for rule, _ in reminded(cohort, "workshop.starts:strategy-table")]
    changed(cohort, TO_TUESDAY, eve)

    left = tick(eve + timedelta(minutes=1), settings)

    bodies = [message_from_bytes(message.frozen or b"", policy=default).get_body(("plain",)) for message in left]
    texts = [str(body.get_content()) for body in bodies if body is not None]
    assert len(texts) == len(left) > 0
    assert [text for text in texts if "6 Jan" in text] == []


def test_extension_counts_where_it_is_later(build: Build) -> None:
    cohort = build.cohort()
    ann, ben = build.enrolment(cohort), build.enrolment(cohort)
    item = build.item(cohort, "assignment.due:one-page-strategy")
    assert item.at
    late = Extension(item_id=item.id, enrolment_id=ann.id, until=item.at + timedelta(days=30), granted_at=build.now)
    db.session.add(late)
    db.session.flush()

    told = preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now).told

    about = {it.person_id: [move.id for move in it.moves] for it in told}
    assert item.item_id not in about[ann.person_id]
    assert item.item_id in about[ben.person_id]


def test_observers_are_not_told(build: Build) -> None:
    cohort = build.cohort()
    build.staff(cohort, role=StaffRole.OBSERVER)

    assert preview(cohort, TO_TUESDAY, by=None, mail_domain=DOMAIN, now=build.now).told == ()
