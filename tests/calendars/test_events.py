"""What one person's calendar holds: whose items, in which state, with which sequence; never more than they may know."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cohort.calendars.events import KEPT_FOR, OF_PARTICIPANTS, Event, Status, fingerprint, list_events
from cohort.calendars.ical import feed
from cohort.cohorts.models import EnrolmentState, StaffRole
from cohort.config import Settings
from cohort.db import db
from cohort.gate import load_actor
from cohort.mentoring.models import PairingState
from cohort.people.models import Person
from cohort.schedule.extending import grant_extension
from cohort.schedule.items import SITTINGS
from cohort.schedule.queries import list_items
from cohort.workshops.models import PlaceState, Sitting
from cohort.workshops.rules import shows_link
from tests.build import Build
from tests.calendars.cast import EARLIER, SECOND, WORKSHOP, Cast
from tests.client import QueryCount
from tests.world import make_world

TEN = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""When the workshop of the cast begins."""


@pytest.fixture
def cast(build: Build) -> Cast:
    return Cast(build)


def events_of(person: Person, now: datetime, **values: Any) -> dict[str, Event]:
    db.session.flush()
    return {event.uid: event for event in list_events(load_actor(person), now=now, **values)}


def state_of(cast: Cast, item_id: str) -> tuple[str, int] | None:
    """Status and sequence of an item in Priya's calendar."""
    event = events_of(cast.priya, cast.build.now).get(f"item-{cast.build.item(cast.cohort, item_id).id}")
    return (event.status.value, event.sequence) if event else None


def test_participant_has_what_concerns_them_and_the_first_sitting_of_each_workshop(cast: Cast) -> None:
    found = {f"item-{item.id}" for item in list_items(cast.cohort.id) if item.kind in OF_PARTICIPANTS}
    others = {f"item-{it.id}" for it in list_items(cast.cohort.id) if it.kind in SITTINGS[1:]}

    assert set(events_of(cast.priya, cast.build.now)) == found - others


def test_due_date_ends_when_it_is_due_and_makes_nobody_busy(cast: Cast) -> None:
    item = cast.build.item(cast.cohort, "assignment.due:three-conversations")
    event = events_of(cast.priya, cast.build.now)[f"item-{item.id}"]

    assert (event.ends_at, event.ends_at - event.starts_at, event.is_busy) == (item.at, timedelta(minutes=15), False)
    assert event.summary == "Assignment due: Three conversations (Spring Emerging Leaders)"
    assert event.path == "/cohorts/spring/modules/say-it"


def test_extension_moves_the_due_date_of_this_person_alone(cast: Cast) -> None:
    other = cast.build.enrolment(cast.cohort).person
    item = cast.build.item(cast.cohort, "assignment.due:three-conversations")
    before = {person.id: events_of(person, cast.build.now)[f"item-{item.id}"] for person in (cast.priya, other)}
    assert item.at is not None
    until = item.at + timedelta(days=3)

    grant_extension(cast.enrolment, item, until=until, reason="On call", by=cast.ruth, now=cast.build.now)

    mine, theirs = (events_of(person, cast.build.now)[f"item-{item.id}"] for person in (cast.priya, other))
    assert (mine.ends_at, mine.sequence, mine.stamp) == (until, 1, cast.build.now)
    assert "On call" not in mine.description
    assert theirs == before[other.id]


@pytest.mark.parametrize(
    ("states", "first", "second"),
    [
        ({}, ("TENTATIVE", 0), None),
        ({WORKSHOP: PlaceState.HELD}, ("CONFIRMED", 1), None),
        ({WORKSHOP: PlaceState.WAITING}, ("TENTATIVE", 1), None),
        ({WORKSHOP: PlaceState.EXCUSED}, ("CANCELLED", 1), None),
        ({WORKSHOP: PlaceState.LEFT}, ("CANCELLED", 1), None),
        ({SECOND: PlaceState.HELD}, ("CANCELLED", 1), ("CONFIRMED", 1)),
        ({SECOND: PlaceState.LEFT}, ("TENTATIVE", 1), ("CANCELLED", 1)),
        ({WORKSHOP: PlaceState.LEFT, SECOND: PlaceState.HELD}, ("CANCELLED", 2), ("CONFIRMED", 2)),
    ],
)
def test_sittings_are_what_the_participant_said(
    cast: Cast, states: dict[str, PlaceState], first: tuple[str, int], second: tuple[str, int] | None
) -> None:
    for item_id, state in states.items():
        cast.place(item_id, state)

    assert (state_of(cast, WORKSHOP), state_of(cast, SECOND)) == (first, second)


def test_every_change_of_place_item_or_room_is_a_later_one(cast: Cast) -> None:
    seen = [state_of(cast, WORKSHOP)]
    place = cast.place(WORKSHOP, PlaceState.HELD)
    seen.append(state_of(cast, WORKSHOP))
    place.state, place.revision = PlaceState.LEFT, 1
    seen.append(state_of(cast, WORKSHOP))
    cast.build.item(cast.cohort, WORKSHOP).sequence = 1
    seen.append(state_of(cast, WORKSHOP))
    db.session.add(Sitting(item_id=place.item_id, room="Room 4", version=1))
    seen.append(state_of(cast, WORKSHOP))

    assert seen == [("TENTATIVE", 0), ("CONFIRMED", 1), ("CANCELLED", 2), ("CANCELLED", 3), ("CANCELLED", 4)]


def test_dropped_item_stays_as_cancelled_for_sixty_days(cast: Cast) -> None:
    item = cast.build.item(cast.cohort, WORKSHOP)
    item.dropped_at = item.changed_at = cast.build.now
    item.sequence = 1
    last = TEN + KEPT_FOR

    states = [
        event.status if (event := events_of(cast.priya, moment).get(f"item-{item.id}")) else None
        for moment in (cast.build.now, last - timedelta(seconds=1), last)
    ]

    assert states == [Status.CANCELLED, Status.CANCELLED, None]


def test_stamp_is_when_it_changed_never_now(cast: Cast) -> None:
    later = cast.build.now + timedelta(days=1)

    assert {event.stamp for event in events_of(cast.priya, later).values()} == {cast.build.now - EARLIER}
    assert events_of(cast.priya, later) == events_of(cast.priya, cast.build.now)


def test_join_link_stands_only_for_who_asked_holds_a_place_and_when_it_is_open(cast: Cast) -> None:
    place = cast.place(WORKSHOP, PlaceState.HELD)
    db.session.add(Sitting(item_id=place.item_id, join_url="https://meet.example/x"))
    moments = [TEN - timedelta(hours=24, seconds=1), TEN - timedelta(hours=24), TEN + timedelta(hours=2)]

    def shown(now: datetime, **values: Any) -> bool:
        return "meet.example" in events_of(cast.priya, now, **values)[f"item-{place.item_id}"].description

    assert [shown(moment, shows_links=True) for moment in moments] == [False, True, False]
    assert [shows_link(TEN, TEN + timedelta(hours=2), moment) for moment in moments] == [False, True, False]
    assert [shown(moment) for moment in moments] == [False, False, False]
    place.state = PlaceState.WAITING
    assert not shown(TEN, shows_links=True)


def test_meeting_has_no_name_and_leads_each_to_their_own_page(cast: Cast) -> None:
    session = cast.meeting(TEN, cast.build.now - EARLIER)
    mine, hers = (events_of(person, cast.build.now)[f"meeting-{session.id}"] for person in (cast.priya, cast.ruth))

    assert (mine.summary, mine.starts_at, mine.is_busy) == ("Mentoring session (Spring Emerging Leaders)", TEN, True)
    assert (mine.path, hers.path) == ("/cohorts/spring/my-mentor", f"/pairs/{cast.pairing.id}")
    assert not re.search("Priya|Ruth", f"{mine} {hers}")


def test_meeting_that_was_agreed_anew_is_cancelled_one_that_took_place_is_not(cast: Cast) -> None:
    held = cast.meeting(cast.build.now - timedelta(days=3), cast.build.now - EARLIER)
    replaced = cast.meeting(TEN + timedelta(days=9), cast.build.now - timedelta(days=2))
    agreed = cast.meeting(TEN + timedelta(days=2), cast.build.now - timedelta(days=1))

    found = events_of(cast.priya, cast.build.now)

    assert [
        (found[f"meeting-{one.id}"].status, found[f"meeting-{one.id}"].sequence) for one in (held, replaced, agreed)
    ] == [(Status.CONFIRMED, 0), (Status.CANCELLED, 1), (Status.CONFIRMED, 0)]


def test_end_of_a_pair_cancels_what_was_still_to_come(cast: Cast) -> None:
    past = cast.meeting(cast.build.now - timedelta(days=3), cast.build.now - EARLIER)
    ahead = cast.meeting(TEN, cast.build.now - timedelta(days=2))
    cast.pairing.state, cast.pairing.closed_at = PairingState.CLOSED, cast.build.now

    for person in (cast.priya, cast.ruth):
        found = events_of(person, cast.build.now)
        assert (found[f"meeting-{past.id}"].status, found[f"meeting-{ahead.id}"].status) == (
            Status.CONFIRMED,
            Status.CANCELLED,
        )


def test_mentor_has_meetings_and_the_dates_to_meet_by_once(cast: Cast) -> None:
    cast.build.pairing(cast.pairing.mentor, cast.build.enrolment(cast.cohort))
    session = cast.meeting(TEN, cast.build.now - EARLIER)

    found = list_events(load_actor(cast.ruth), now=cast.build.now)

    by = [f"item-{item.id}" for item in list_items(cast.cohort.id) if item.kind == "mentor_session.by"]
    assert sorted(event.uid for event in found) == sorted([*by, f"meeting-{session.id}"])


@pytest.mark.parametrize("role", list(StaffRole))
def test_staff_have_every_sitting(cast: Cast, role: StaffRole) -> None:
    staff = cast.build.staff(cast.cohort, role=role).person
    sittings = {f"item-{item.id}" for item in list_items(cast.cohort.id) if item.kind in SITTINGS}

    found = events_of(staff, cast.build.now)

    assert set(found) == sittings
    assert {event.status for event in found.values()} == {Status.CONFIRMED}


def test_facilitator_who_mentors_has_both(cast: Cast) -> None:
    cast.build.staff(cast.cohort, cast.ruth, StaffRole.FACILITATOR)

    kinds = {event.kind for event in events_of(cast.ruth, cast.build.now).values()}

    assert kinds == {"workshop", "workshop.alternative", "mentor_session.by"}


def test_who_left_has_nothing_of_that_cohort_and_keeps_the_others(cast: Cast) -> None:
    other = cast.build.cohort(title="Another cohort")
    cast.build.enrolment(other, cast.priya)
    cast.enrolment.state, cast.enrolment.ended_at = EnrolmentState.WITHDRAWN, cast.build.now

    assert {event.cohort for event in events_of(cast.priya, cast.build.now).values()} == {"Another cohort"}


def test_stranger_peer_and_admin_have_nothing(cast: Cast) -> None:
    people = [cast.build.person(), cast.build.person(is_admin=True), cast.build.enrolment(cast.cohort).person]
    session = cast.meeting(TEN, cast.build.now - EARLIER)

    assert [len(events_of(person, cast.build.now)) > 0 for person in people] == [False, False, True]
    assert f"meeting-{session.id}" not in events_of(people[2], cast.build.now)


@pytest.mark.parametrize("cohorts", [1, 3])
def test_number_of_queries_does_not_grow(build: Build, queries: QueryCount, cohorts: int) -> None:
    person = build.person()
    for _ in range(cohorts):
        build.enrolment(build.cohort(), person)
    actor = load_actor(person)

    with queries as seen:
        list_events(actor, now=build.now)
        reading = seen.count
        fingerprint(actor, now=build.now)

    assert (reading, seen.count) == (2, 4)


def test_fingerprint_changes_with_what_is_read_and_with_nothing_else(cast: Cast) -> None:
    actor, now = load_actor(cast.priya), cast.build.now
    place = cast.place(WORKSHOP, PlaceState.HELD)
    db.session.add(sitting := Sitting(item_id=place.item_id, join_url="https://meet.example/x"))
    item = cast.build.item(cast.cohort, "module.opens:aim")

    def after(change: Any) -> str:
        change()
        db.session.flush()
        return fingerprint(actor, now=now)

    prints = [
        after(lambda: None),
        after(lambda: setattr(item, "sequence", 1)),
        after(lambda: setattr(place, "revision", 1)),
        after(lambda: setattr(sitting, "version", 1)),
        after(lambda: setattr(cast.cohort, "title", "Spring")),
        after(lambda: cast.meeting(TEN, now)),
        fingerprint(actor, now=TEN),  # the link is open by then
    ]

    assert len(set(prints)) == len(prints)
    assert fingerprint(actor, now=now + timedelta(minutes=1)) == prints[-2]


def test_no_private_word_is_in_anybodys_calendar(build: Build, settings: Settings) -> None:
    world = make_world(build, settings.uploads_dir)
    data = b"".join(
        feed(list_events(actor, shows_links=True, now=build.now), name="", base="", domain="d.example")
        for actor in world.actors.values()
    )

    assert b"BEGIN:VEVENT" in data
    assert re.search(rb"canary|Name of", data) is None
    assert Path(settings.uploads_dir).exists()
