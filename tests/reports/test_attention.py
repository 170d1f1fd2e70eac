"""What waits for staff: each kind appears when it should, for its own cohort, and goes when it is settled."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mentoring.models import MentoringSession, MentorState, Pairing
from cohort.reports.attention import Concern, list_concerns
from cohort.schedule.asking import ask_for_more_time, decline_request
from cohort.schedule.models import DatedItem, Extension
from cohort.workshops.models import Place, PlaceState, Sitting
from tests.build import Build
from tests.client import QueryCount


@pytest.fixture
def cohort(build: Build) -> Cohort:
    """Day 70, nobody in it, its next workshop has a link; another one beside it in which everything waits."""
    other = build.cohort()
    build.enrolment(other, state=EnrolmentState.INVITED, invited_at=build.now - timedelta(days=30))
    build.enrolment(other, state=EnrolmentState.WAITLISTED)
    build.pairing(build.mentor(other), build.enrolment(other))
    mine = build.cohort()
    for item in sittings(build, mine):
        settle(item, join_url="https://meet.example/1")
    return mine


def sittings(build: Build, cohort: Cohort) -> list[DatedItem]:
    """Those of module 4, on Wed 25 and Thu 26 November; those of module 5 are three weeks later."""
    return [build.item(cohort, f"{kind}:hard-talks") for kind in ("workshop", "workshop.alternative")]


def settle(item: DatedItem, **values: Any) -> Sitting:
    sitting = Sitting(item_id=item.id, **values)
    db.session.add(sitting)
    db.session.flush()
    return sitting


def concerns(cohort: Cohort, build: Build, kind: str) -> list[Concern]:
    return [concern for concern in list_concerns(cohort, now=build.now) if concern.kind == kind]


def submit(enrolment: Enrolment, key: str, now: datetime, **values: Any) -> None:
    ordinary = {"state": SubmissionState.SUBMITTED, "text": "", "saved_at": now, "submitted_at": now}
    db.session.add(Submission(enrolment_id=enrolment.id, assignment_key=key, reviewed_by="mentor", **ordinary | values))
    db.session.flush()


def meet(pairing: Pairing, held_on: date, now: datetime) -> None:
    person_id = pairing.enrolment.person_id
    db.session.add(
        MentoringSession(
            pairing_id=pairing.id,
            held_on=held_on,
            minutes=45,
            form_key=f"{pairing.id}-{held_on}",
            logged_by_id=person_id,
            logged_at=now,
        )
    )
    db.session.flush()


def keys(build: Build, cohort: Cohort) -> list[str]:
    """The assignments due before day 70."""
    return [module["assignment"]["key"] for module in cohort.version.document["modules"][:3]]


def test_nothing_waits_in_an_empty_cohort(build: Build, cohort: Cohort) -> None:
    assert list_concerns(cohort, now=build.now) == []


@pytest.mark.parametrize(("days", "waits"), [(6, False), (7, True)])
def test_invitation_waits_after_seven_days(build: Build, cohort: Cohort, days: int, waits: bool) -> None:
    sent = build.now - timedelta(days=days)
    enrolment = build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None, invited_at=sent)
    mentor = build.mentor(cohort, state=MentorState.INVITED, answered_at=None, invited_at=sent)

    found = concerns(cohort, build, "invitation") + concerns(cohort, build, "mentor-invitation")

    people = [(enrolment.person.name, sent, enrolment.id), (mentor.person.name, sent, None)]
    assert [(concern.who, concern.since, concern.enrolment_id) for concern in found] == (people if waits else [])


def test_answered_invitation_does_not_wait(build: Build, cohort: Cohort) -> None:
    for state in (EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN):
        build.enrolment(cohort, state=state, invited_at=build.now - timedelta(days=9))
    build.mentor(cohort, invited_at=build.now - timedelta(days=9))

    assert list_concerns(cohort, now=build.now) == []


def test_late_work_is_named_once_for_each_person(build: Build, cohort: Cohort) -> None:
    first, second, third = keys(build, cohort)
    ann = build.enrolment(cohort, build.person("Ann Lee"))
    submit(ann, second, build.now)
    submit(ann, third, build.now, state=SubmissionState.DRAFT, submitted_at=None)

    (late,) = concerns(cohort, build, "late")

    titles = [build.item(cohort, f"assignment.due:{key}").title for key in (first, third)]
    assert late.who == "Ann Lee"
    assert late.what == f"Not handed in yet: “{titles[0]}” and “{titles[1]}”."
    assert late.since == build.item(cohort, f"assignment.due:{first}").at
    assert late.enrolment_id == ann.id


def test_people_of_the_same_name_are_kept_apart(build: Build, cohort: Cohort) -> None:
    twins = [build.enrolment(cohort, build.person("Ann Lee")) for _ in range(2)]

    assert [concern.enrolment_id for concern in concerns(cohort, build, "late")] == [twin.id for twin in twins]


def test_extension_late_entry_and_withdrawal_are_no_lateness(build: Build, cohort: Cohort) -> None:
    first, second, third = keys(build, cohort)
    extended = build.enrolment(cohort)
    submit(extended, first, build.now)
    submit(extended, second, build.now)
    item = build.item(cohort, f"assignment.due:{third}")
    more = Extension(item_id=item.id, enrolment_id=extended.id, until=build.now + timedelta(days=1))
    more.granted_at = build.now
    db.session.add(more)
    build.enrolment(cohort, answered_at=build.now - timedelta(days=1))
    build.enrolment(cohort, state=EnrolmentState.WITHDRAWN)

    assert concerns(cohort, build, "late") == []

    more.until = build.now - timedelta(hours=1)
    (late,) = concerns(cohort, build, "late")
    assert late.since == more.until


@pytest.mark.parametrize(("held_on", "waits"), [(date(2026, 11, 2), True), (date(2026, 11, 3), False)])
def test_pair_is_quiet_after_21_days(build: Build, cohort: Cohort, held_on: date, waits: bool) -> None:
    pairing = build.pairing(build.mentor(cohort, build.person("Ruth")), build.enrolment(cohort, build.person("Ann")))
    meet(pairing, date(2026, 9, 20), build.now)
    meet(pairing, held_on, build.now)

    found = concerns(cohort, build, "quiet")

    assert [(concern.who, concern.what) for concern in found] == (
        [("Ann and Ruth", "No session since then.")] if waits else []
    )


def test_pair_that_never_met_is_quiet_since_it_was_matched(build: Build, cohort: Cohort) -> None:
    matched = build.now - timedelta(days=21)
    build.pairing(build.mentor(cohort), build.enrolment(cohort), published_at=matched)
    build.pairing(build.mentor(cohort), build.enrolment(cohort), published_at=matched + timedelta(minutes=1))

    (quiet,) = concerns(cohort, build, "quiet")

    assert (quiet.since, quiet.urgent) == (matched, True)


def test_failed_mail_waits_until_one_arrives(build: Build, cohort: Cohort) -> None:
    person = build.person("Ann Lee")
    values = {"person_id": person.id, "cohort_id": cohort.id, "template": "reminder", "created_at": build.now}
    for number in range(2):
        failed = Message(
            dedup_key=f"failed-{number}",
            state=MessageState.FAILED,
            reason="550 no such mailbox",
            due_at=build.now - timedelta(days=3 - number),
            **values,
        )
        db.session.add(failed)
    db.session.flush()

    (concern,) = concerns(cohort, build, "failed")
    assert (concern.who, concern.what) == ("Ann Lee", "Mail failed: 550 no such mailbox.")
    assert concern.since == build.now - timedelta(days=3)

    db.session.add(Message(dedup_key="sent", state=MessageState.SENT, due_at=build.now, sent_at=build.now, **values))
    assert concerns(cohort, build, "failed") == []


def test_people_without_a_mentor_and_those_who_wait_are_one_row_each(build: Build, cohort: Cohort) -> None:
    for name in ("Dee", "Cy", "Ben", "Ann", "Eli"):
        build.enrolment(cohort, build.person(name), answered_at=build.now)
    waiting = build.enrolment(cohort, build.person("Wanda"), state=EnrolmentState.WAITLISTED)
    build.pairing(build.mentor(cohort), build.enrolment(cohort, build.person("Paul"), answered_at=build.now))

    (unpaired,) = concerns(cohort, build, "unpaired")
    (queue,) = concerns(cohort, build, "waiting")

    assert (unpaired.who, unpaired.what) == ("Ann, Ben, Cy and 2 more", "These people have no mentor.")
    assert (queue.who, queue.what, queue.enrolment_id) == ("Wanda", "This person waits for a place.", waiting.id)


def test_draft_asks_only_about_people_and_mail(build: Build) -> None:
    draft = build.cohort(state=CohortState.DRAFT)
    build.enrolment(draft, state=EnrolmentState.INVITED, answered_at=None, invited_at=build.now - timedelta(days=9))
    build.pairing(build.mentor(draft), build.enrolment(draft))
    build.enrolment(draft)

    assert [concern.kind for concern in list_concerns(draft, now=build.now)] == ["invitation"]


def test_archived_cohort_asks_for_nothing(build: Build) -> None:
    archived = build.cohort(state=CohortState.ARCHIVED)
    build.enrolment(archived)

    assert list_concerns(archived, now=build.now) == []


def test_urgent_rows_come_first_then_the_oldest(build: Build, cohort: Cohort) -> None:
    build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None, invited_at=build.now - timedelta(days=99))
    build.pairing(build.mentor(cohort), build.enrolment(cohort, answered_at=build.now))
    build.enrolment(cohort, answered_at=build.now)

    assert [concern.kind for concern in list_concerns(cohort, now=build.now)] == ["quiet", "invitation", "unpaired"]


def take_place(build: Build, enrolment: Enrolment, item: DatedItem, **values: Any) -> Place:
    place = Place(item_id=item.id, enrolment_id=enrolment.id, **{"state": PlaceState.HELD, "since": build.now} | values)
    db.session.add(place)
    db.session.flush()
    return place


def test_sitting_of_the_next_week_waits_for_a_room_or_a_link(build: Build, cohort: Cohort) -> None:
    first, second = sittings(build, cohort)
    settled = db.session.get_one(Sitting, first.id)
    settled.join_url = ""
    db.session.delete(db.session.get_one(Sitting, second.id))

    found = [(one.who, one.what, one.item_id, one.since) for one in concerns(cohort, build, "bare")]
    where = "and nobody knows where: it has neither a room nor a link."
    assert first.at is not None
    assert second.at is not None
    assert found == [
        (first.title, f"Is held on Wed 25 Nov 2026, {where}", first.id, first.at - timedelta(days=7)),
        (first.title, f"Is held on Thu 26 Nov 2026, {where}", second.id, second.at - timedelta(days=7)),
    ]

    settled.room = "Training room"
    assert [one.item_id for one in concerns(cohort, build, "bare")] == [second.id]
    settle(second, join_url="https://meet.example/2")
    assert concerns(cohort, build, "bare") == []


def test_sitting_that_is_dropped_or_over_waits_for_no_room(build: Build, cohort: Cohort) -> None:
    first, second = sittings(build, cohort)
    for item in (first, second):
        db.session.delete(db.session.get_one(Sitting, item.id))
    first.dropped_at, second.at = build.now, build.now - timedelta(minutes=1)

    assert concerns(cohort, build, "bare") == []


@pytest.mark.parametrize(("hours", "waits"), [(47, False), (48, True)])
def test_attendance_waits_two_days_after_the_end(build: Build, cohort: Cohort, hours: int, waits: bool) -> None:
    item = build.item(cohort, "workshop:pressure-lab")
    item.ends_at = build.now - timedelta(hours=hours)
    take_place(build, build.enrolment(cohort), item)

    found = [(one.who, one.item_id, one.since) for one in concerns(cohort, build, "unclosed")]
    assert found == ([(item.title, item.id, item.ends_at)] if waits else [])

    settle(item, closed_at=build.now)
    assert concerns(cohort, build, "unclosed") == []


def test_attendance_of_a_sitting_without_places_waits_for_nobody(build: Build, cohort: Cohort) -> None:
    take_place(build, build.enrolment(cohort), build.item(cohort, "workshop:pressure-lab"), state=PlaceState.LEFT)

    assert concerns(cohort, build, "unclosed") == []


def test_who_has_not_confirmed_a_new_date_is_one_row_for_each_sitting(build: Build, cohort: Cohort) -> None:
    first, second = sittings(build, cohort)
    asked = {"confirm_asked_at": build.now - timedelta(days=2)}
    places = [
        take_place(build, build.enrolment(cohort, build.person(name)), item, **asked)
        for name, item in [("Sofia", first), ("Nadia", first), ("Aroha", second)]
    ]
    take_place(build, build.enrolment(cohort), first, confirmed_at=build.now, **asked)
    take_place(build, build.enrolment(cohort), first, state=PlaceState.EXCUSED, **asked)
    take_place(build, build.enrolment(cohort), first)

    words = f"not confirmed the new date of “{first.title}”."
    assert {(one.who, one.what, one.item_id) for one in concerns(cohort, build, "unconfirmed")} == {
        ("Nadia and Sofia", f"2 have {words}", first.id),
        ("Aroha", f"1 has {words}", second.id),
    }

    for place in places:
        place.confirmed_at = build.now
    assert concerns(cohort, build, "unconfirmed") == []


def test_nobody_is_waited_for_once_the_moved_sitting_is_over(build: Build, cohort: Cohort) -> None:
    past = build.item(cohort, "workshop:pressure-lab")
    take_place(build, build.enrolment(cohort), past, confirm_asked_at=build.now - timedelta(days=30))

    assert concerns(cohort, build, "unconfirmed") == []


@pytest.mark.parametrize("number", [1, 3])
def test_one_query_finds_everything(build: Build, cohort: Cohort, queries: QueryCount, number: int) -> None:
    for _ in range(number):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))
        build.enrolment(cohort, state=EnrolmentState.WAITLISTED)
        comer = build.enrolment(cohort)
        take_place(build, comer, build.item(cohort, "workshop:pressure-lab"))
        take_place(build, comer, build.item(cohort, "workshop:hard-talks"), confirm_asked_at=build.now)

    with queries as seen:
        list_concerns(cohort, now=build.now)

    assert seen.count == 1


def test_who_asks_for_more_time_waits_until_somebody_answers(build: Build, cohort: Cohort) -> None:
    ann, lead = build.enrolment(cohort), build.staff(cohort).person
    item = build.item(cohort, "assignment.due:three-conversations")
    assert item.at is not None
    request = ask_for_more_time(ann, item, until=item.at + timedelta(days=2), now=build.now)

    found = [(one.who, one.what, one.since, one.enrolment_id) for one in concerns(cohort, build, "asking")]
    assert found == [(ann.person.name, "Asks for more time for “Three conversations”.", build.now, ann.id)]
    decline_request(request, answer="No.", by=lead, now=build.now)
    assert concerns(cohort, build, "asking") == []


def test_who_has_done_it_meanwhile_asks_for_no_more_time(build: Build, cohort: Cohort) -> None:
    ann = build.enrolment(cohort)
    item = build.item(cohort, "assignment.due:three-conversations")
    assert item.at is not None
    ask_for_more_time(ann, item, until=item.at + timedelta(days=2), now=build.now)

    submit(ann, "three-conversations", build.now)

    assert concerns(cohort, build, "asking") == []
