"""One of a pair proposes times, the other takes one: deeds, pages, and the calendars that follow."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import true

from cohort.calendars.events import list_events
from cohort.calendars.invitations import tell_calendars
from cohort.calendars.models import CalendarChoice
from cohort.cohorts.models import CohortState
from cohort.config import Settings
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import load_actor
from cohort.mail.models import Message
from cohort.mentoring.agreed import find_last_agreed, find_next_meeting
from cohort.mentoring.meeting_proposals import call_off, propose_meeting, starts_ahead, take_meeting
from cohort.mentoring.meetings import log_session
from cohort.mentoring.models import MeetingProposal, Pairing, PairingState
from cohort.mentoring.pairing import end_pair
from cohort.people.models import Person
from cohort.reminders.occasion_statements import select_pairs
from cohort.schedule.busy import list_agreed
from tests.build import Build
from tests.client import PageClient, path_of

DAY = timedelta(days=1)


def pair(build: Build, **values: Any) -> Pairing:
    cohort = build.cohort()
    mentor = build.mentor(cohort, build.person("Ruth Okafor"), availability="tue 09:00-12:00;wed 09:00-10:00")
    person = build.person("Marcus Bell", time_zone="Europe/London")
    mentee = build.enrolment(cohort, person, availability="tue 15:00-18:00;wed 15:00-18:00")
    made = build.pairing(mentor, mentee, **values)
    assert isinstance(made, Pairing)
    return made


def people(pairing: Pairing) -> tuple[Person, Person]:
    return pairing.mentor.person, pairing.enrolment.person


def propose(build: Build, pairing: Pairing, by: Person, *days: int, **values: Any) -> MeetingProposal:
    starts = [build.now + number * DAY for number in days]
    return propose_meeting(pairing, by=by, starts=starts, **({"minutes": 45, "now": build.now} | values))


def mailed(template: str) -> list[int]:
    return [mail.person_id for mail in db.session.query(Message).filter_by(template=template).order_by(Message.id)]


def log(build: Build, pairing: Pairing, key: str, now: datetime, **values: Any) -> None:
    told = {"held_on": date(2026, 11, 20), "minutes": 45} | values
    log_session(pairing, by=pairing.mentor.person, form_key=key, now=now, **told)


def test_times_are_proposed_once_and_the_newest_replace_the_ones_before(build: Build) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)

    first = propose(build, pairing, marcus, 2, 1, 1)
    again = propose(build, pairing, marcus, 1, 2)
    other = propose(build, pairing, ruth, 3)

    assert (first.id, len(first.starts)) == (again.id, 2)
    assert (first.answered_at, first.taken) == (build.now, None)
    assert starts_ahead(other, build.now) == [build.now + 3 * DAY]
    assert mailed("meeting-proposed") == [ruth.id, marcus.id]


@pytest.mark.parametrize(
    ("days", "minutes", "message"),
    [
        ([], 45, "at least one"),
        ([1, 2, 3, 4], 45, "at most 3"),
        ([-1, 2], 45, "still to come"),
        ([400], 45, "more than a year"),
        ([1], 0, "minutes from 1"),
    ],
)
def test_times_that_cannot_be_are_refused(build: Build, days: list[int], minutes: int, message: str) -> None:
    pairing = pair(build)

    with pytest.raises(DomainError, match=message):
        propose(build, pairing, pairing.mentor.person, *days, minutes=minutes)


def test_the_other_takes_one_and_it_is_the_next_meeting(build: Build) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    proposal = propose(build, pairing, marcus, 1, 2)
    start = build.now + 2 * DAY

    with pytest.raises(Conflict, match="yourself"):
        take_meeting(proposal, start, by=marcus, now=build.now)
    with pytest.raises(Conflict, match="cannot be taken"):
        take_meeting(proposal, build.now + 5 * DAY, by=ruth, now=build.now)
    for _ in range(2):
        take_meeting(proposal, start, by=ruth, now=build.now)
    with pytest.raises(Conflict, match="answered already"):
        take_meeting(proposal, build.now + DAY, by=ruth, now=build.now)

    assert find_next_meeting(pairing.id, build.now) == start
    assert find_next_meeting(pairing.id, start + DAY) is None
    assert find_last_agreed(pairing.id, start) == start
    assert [(one.starts_at, one.ends_at) for one in list_agreed(pairing.cohort_id, build.now)] == [
        (start, start + timedelta(minutes=45))
    ]
    assert mailed("meeting-taken") == [marcus.id]


@pytest.mark.parametrize("by_proposer", [True, False])
def test_either_calls_proposed_times_off_once_and_the_other_is_told(build: Build, by_proposer: bool) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    proposal = propose(build, pairing, marcus, 1, 2)
    who, told = (marcus, ruth) if by_proposer else (ruth, marcus)

    for _ in range(2):
        call_off(proposal, by=who, now=build.now)

    assert mailed("meeting-called-off") == [told.id]
    assert starts_ahead(proposal, build.now) == []
    with pytest.raises(Conflict, match="answered already"):
        take_meeting(proposal, build.now + DAY, by=ruth, now=build.now)


def test_time_that_was_taken_is_not_called_off(build: Build) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    proposal = propose(build, pairing, marcus, 1)
    take_meeting(proposal, build.now + DAY, by=ruth, now=build.now)

    with pytest.raises(Conflict, match="taken already"):
        call_off(proposal, by=marcus, now=build.now)

    assert (mailed("meeting-called-off"), find_next_meeting(pairing.id, build.now)) == ([], build.now + DAY)


def test_reminders_know_the_farthest_date_agreed(build: Build) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)

    def known() -> list[datetime | None]:
        return [row.next_at for row in db.session.execute(select_pairs([pairing.cohort_id], true()))]

    before = known()
    take_meeting(propose(build, pairing, marcus, 4), build.now + 4 * DAY, by=ruth, now=build.now)
    taken = known()
    log(build, pairing, "later", build.now, next_at=build.now + 9 * DAY)

    assert (before, taken, known()) == ([None], [build.now + 4 * DAY], [build.now + 9 * DAY])


@pytest.mark.parametrize("ended", ["pair", "cohort"])
def test_ended_pairs_and_archived_cohorts_agree_on_nothing(build: Build, ended: str) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    proposal = propose(build, pairing, marcus, 1)
    if ended == "pair":
        pairing.state = PairingState.CLOSED
    else:
        pairing.enrolment.cohort.state = CohortState.ARCHIVED
    db.session.flush()

    with pytest.raises(Conflict):
        take_meeting(proposal, build.now + DAY, by=ruth, now=build.now)
    with pytest.raises(Conflict):
        propose(build, pairing, ruth, 2)


def test_pair_that_has_ended_shows_no_date_to_come_and_nothing_to_take(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    take_meeting(propose(build, pairing, ruth, 2), build.now + 2 * DAY, by=marcus, now=build.now)
    propose(build, pairing, ruth, 4)
    client.sign_in(marcus)
    pages = (f"/cohorts/{pairing.enrolment.cohort.slug}/my-mentor", f"/pairs/{pairing.id}")
    before = [client.get(page).get_data(as_text=True) for page in pages]

    end_pair(pairing, now=build.now)
    db.session.commit()

    after = [client.get(page).get_data(as_text=True) for page in pages]
    assert [("25 Nov" in page, "Take this time" in page) for page in before] == [(True, True)] * 2
    assert [("25 Nov" in page, "Take this time" in page) for page in after] == [(False, False)] * 2


def test_newest_agreement_counts_whether_noted_or_taken(build: Build) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    log(build, pairing, "first", build.now, next_at=build.now + 9 * DAY)
    take_meeting(propose(build, pairing, marcus, 4), build.now + 4 * DAY, by=ruth, now=build.now)
    assert find_next_meeting(pairing.id, build.now) == build.now + 4 * DAY

    later = build.now + timedelta(hours=1)
    log(build, pairing, "without a date", later)
    assert find_next_meeting(pairing.id, later) == build.now + 4 * DAY
    log(build, pairing, "with a date", later + timedelta(hours=1), held_on=date(2026, 11, 22), next_at=later + 7 * DAY)
    assert find_next_meeting(pairing.id, later) == later + 7 * DAY


def test_calendars_of_both_follow_and_what_it_replaces_is_cancelled(build: Build) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    first = propose(build, pairing, marcus, 4)
    take_meeting(first, build.now + 4 * DAY, by=ruth, now=build.now)
    later = build.now + timedelta(hours=1)
    second = propose(build, pairing, ruth, 6, now=later)
    take_meeting(second, build.now + 6 * DAY, by=marcus, now=later)

    for person in (ruth, marcus):
        events = [one for one in list_events(load_actor(person), now=later) if one.kind == "meeting"]
        assert [(one.uid, one.status.value, one.sequence) for one in events] == [
            (f"proposal-{first.id}", "CANCELLED", 1),
            (f"proposal-{second.id}", "CONFIRMED", 0),
        ]
        assert events[1].ends_at - events[1].starts_at == timedelta(minutes=45)


def test_who_takes_invitations_is_told_by_the_calendar_alone(build: Build, app: Flask, settings: Settings) -> None:
    pairing = pair(build)
    ruth, marcus = people(pairing)
    db.session.add(CalendarChoice(person_id=marcus.id, takes_invitations=True))
    proposal = propose(build, pairing, marcus, 4)
    take_meeting(proposal, build.now + 4 * DAY, by=ruth, now=build.now)

    tell_calendars(pairing.cohort_id, domain=settings.mail_domain, now=build.now)

    assert (mailed("meeting-taken"), mailed("calendar-request")) == ([], [marcus.id])


# --- pages -----------------------------------------------------------------------------------------------------------


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_form_suggests_three_times_in_both_zones_and_the_other_takes_one(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    slug, (ruth, marcus) = pairing.enrolment.cohort.slug, people(pairing)
    db.session.commit()

    page = text_of(client.sign_in(marcus), f"/pairs/{pairing.id}/meeting")
    assert "Wed 25 Nov, 15:00 London (09:00 Chicago)" in page
    answer = client.send(f"/pairs/{pairing.id}/meeting", {"starts": ["2026-11-25T15:00:00+00:00"], "minutes": "60"})
    assert "One time is proposed to Ruth" in text_of(client, path_of(answer))
    assert "You proposed" in text_of(client, f"/cohorts/{slug}/my-mentor")

    assert "1, you take one" in text_of(client.sign_in(ruth), f"/cohorts/{slug}/mentees")
    assert "Marcus proposes to meet" in text_of(client, f"/pairs/{pairing.id}")
    proposal = db.session.query(MeetingProposal).one()
    answer = client.send(f"/meetings/{proposal.id}/take", {"start": "2026-11-25T15:00:00+00:00"})
    assert "You meet Marcus on Wed 25 Nov, 09:00 Chicago (15:00 London)." in text_of(client, path_of(answer))
    assert "Wed 25 Nov, 15:00 London" in text_of(client.sign_in(marcus), f"/cohorts/{slug}/home")


def test_both_have_a_button_that_calls_the_times_off(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    slug, (ruth, marcus) = pairing.enrolment.cohort.slug, people(pairing)
    proposal = propose(build, pairing, marcus, 1)
    db.session.commit()

    assert "Call it off" in text_of(client.sign_in(marcus), f"/cohorts/{slug}/my-mentor")
    assert "None of them suits" in text_of(client.sign_in(ruth), f"/pairs/{pairing.id}")
    answer = client.send(f"/meetings/{proposal.id}/call-off")

    page = text_of(client, path_of(answer))
    assert "Called off: Marcus gets a mail." in page and "Propose times" in page
    assert "You proposed" not in text_of(client.sign_in(marcus), f"/cohorts/{slug}/my-mentor")


def test_mentor_proposes_a_time_of_their_own_and_the_home_of_the_mentee_says_so(
    build: Build, client: PageClient
) -> None:
    pairing = pair(build)
    slug, (ruth, marcus) = pairing.enrolment.cohort.slug, people(pairing)
    db.session.commit()

    form = {"own_on": "2026-12-03", "own_at": "08:00", "minutes": "30"}
    client.sign_in(ruth).send(f"/pairs/{pairing.id}/meeting", form)

    page = text_of(client.sign_in(marcus), f"/cohorts/{slug}/home")
    assert "Ruth proposes one time to meet." in page
    assert "Thu 3 Dec, 14:00 London (08:00 Chicago)" in text_of(client, f"/pairs/{pairing.id}")


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Choose at least one time."),
        ({"starts": ["2026-11-25T03:00:00+00:00"]}, "does not suit both any more"),
        ({"own_on": "9999-12-31", "own_at": "23:30"}, "Choose a day in this century."),
        ({"own_on": "0001-01-01", "own_at": "00:30"}, "Choose a day in this century."),
        ({"own_on": "2026-12-03"}, "Give both a day and a time, or neither."),
        ({"own_on": "2026-11-03", "own_at": "08:00"}, "Choose times that are still to come."),
    ],
)
def test_odd_times_say_what_to_do(build: Build, client: PageClient, form: dict[str, Any], message: str) -> None:
    pairing = pair(build)
    client.sign_in(pairing.mentor.person)

    answer = client.send(f"/pairs/{pairing.id}/meeting", {"minutes": "45"} | form)

    assert (answer.status_code, message in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize("start", ["", "soon", "2026-11-25T15:00:00", "0001-01-01T00:00:00+23:00"])
def test_odd_start_is_not_taken(build: Build, client: PageClient, start: str) -> None:
    pairing = pair(build)
    proposal = propose(build, pairing, pairing.enrolment.person, 1)
    client.sign_in(pairing.mentor.person)

    assert client.send(f"/meetings/{proposal.id}/take", {"start": start}).status_code == 409


def test_match_card_says_the_mentor_s_hours_by_the_reader_s_clocks(build: Build, client: PageClient) -> None:
    pairing = pair(build, reasons=[["because", "Ruth can help"], ["watch", "6 hours apart"]])
    client.sign_in(pairing.enrolment.person)

    page = text_of(client, f"/cohorts/{pairing.enrolment.cohort.slug}/my-mentor")

    assert [
        word
        for word in ("Ruth can help", "6 hours apart", "Tuesday", "15:00–18:00", "Raise a concern")
        if word not in page
    ] == []
    assert "Propose first session" in page
