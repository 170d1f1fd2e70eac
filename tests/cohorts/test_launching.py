"""The checklist before a launch, and the launch."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cohort.cohorts.launching import Check, checklist, first_mails, launch
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState, StaffRole
from cohort.config import MailServer, Settings
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.mentoring.models import MentorState
from cohort.reminders.models import Tick
from cohort.workshops.models import Sitting
from tests.build import Build
from tests.client import QueryCount

FUTURE = date(2027, 3, 1)


def draft(build: Build, **values: Any) -> Cohort:
    return build.cohort(**{"state": CohortState.DRAFT, "starts_on": FUTURE} | values)


def checks(cohort: Cohort, build: Build, settings: Settings) -> dict[str, Check]:
    return {check.word: check for check in checklist(cohort, now=build.now, settings=settings)}


def test_launch_sets_running_and_invites_who_was_not_invited(build: Build) -> None:
    cohort = draft(build)
    waiting = build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None, invited_at=build.now - timedelta(days=9))
    build.enrolment(cohort)
    mentor = build.mentor(cohort, state=MentorState.INVITED, answered_at=None)
    build.mentor(cohort)
    staff = build.staff(cohort)
    build.staff(cohort, build.person(password_hash="set"))

    launch(cohort, now=build.now)

    assert (cohort.state, cohort.launched_at, cohort.plan_revision > 0) == (CohortState.RUNNING, build.now, True)
    mails = {(mail.template, mail.person_id) for mail in db.session.query(Message)}
    assert mails == {
        ("invitation", waiting.person_id),
        ("mentor-invitation", mentor.person_id),
        ("staff-invitation", staff.person_id),
    }
    assert (waiting.invited_at, mentor.invited_at) == (build.now, build.now)
    assert first_mails(cohort).count == 0


def test_preview_names_exactly_those_who_are_mailed(build: Build) -> None:
    cohort = draft(build)
    waiting = build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    mentor = build.mentor(cohort, state=MentorState.INVITED, answered_at=None)
    build.enrolment(draft(build), state=EnrolmentState.INVITED, answered_at=None)

    mails = first_mails(cohort)

    assert (mails.enrolments, mails.mentors, mails.count) == ([waiting], [mentor], 2)


def test_second_launch_is_a_conflict_and_mails_nobody(build: Build) -> None:
    cohort = draft(build)
    build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    launch(cohort, now=build.now)

    with pytest.raises(Conflict):
        launch(cohort, now=build.now)

    assert db.session.query(Message).count() == 1


def test_cohort_without_participants_is_not_launched(build: Build) -> None:
    cohort = draft(build)
    build.enrolment(cohort, state=EnrolmentState.DECLINED)

    with pytest.raises(DomainError):
        launch(cohort, now=build.now)

    assert cohort.state is CohortState.DRAFT


def test_cohort_that_started_may_be_launched(build: Build) -> None:
    cohort = draft(build, starts_on=date(2026, 9, 14))
    build.enrolment(cohort)

    launch(cohort, now=build.now)

    assert cohort.state is CohortState.RUNNING


def test_fresh_cohort_has_all_open(build: Build, settings: Settings) -> None:
    found = checks(draft(build), build, settings)

    assert {word: check.ok for word, check in found.items()} == {
        "Program lead": False,
        "Participants": False,
        "Mentors": False,
        "Pairs": False,
        "Mentors’ answers": False,
        "Workshop dates": True,
        "Rooms and links": False,
        "Mail": True,
        "Worker": False,
    }
    assert [word for word, check in found.items() if check.blocks] == ["Participants"]


def test_ready_cohort_has_all_ticked(build: Build, settings: Settings) -> None:
    cohort = draft(build)
    build.staff(cohort, build.person("Dana Whitfield"))
    build.pairing(build.mentor(cohort), build.enrolment(cohort))
    settle_first_weeks(build, cohort)
    db.session.add(Tick(kind="tick", began_at=build.now - timedelta(minutes=2)))
    db.session.flush()

    found = checks(cohort, build, settings)

    assert {check.ok for check in found.values()} == {True}
    assert found["Program lead"].detail == "Dana Whitfield leads it."
    assert found["Participants"].detail == "1 enrolled."
    assert found["Workshop dates"].detail == "8 workshops, the first on Wed 3 Mar 2027."


def test_facilitator_and_former_lead_are_no_lead(build: Build, settings: Settings) -> None:
    cohort = draft(build)
    build.staff(cohort, role=StaffRole.FACILITATOR)
    build.staff(cohort).until = build.now

    assert checks(cohort, build, settings)["Program lead"].ok is False


def test_who_has_no_mentor_is_named(build: Build, settings: Settings) -> None:
    cohort = draft(build)
    mentor = build.mentor(cohort)
    build.pairing(mentor, build.enrolment(cohort, build.person("Ann Lee")))
    for name in ("Zoe", "Yan", "Xenia", "Will", "Vera", "Uma", "Tom"):
        build.enrolment(cohort, build.person(name))

    pairs = checks(cohort, build, settings)["Pairs"]

    assert pairs.ok is False
    assert "Without a mentor: Tom, Uma, Vera, Will, Xenia and 2 more." in pairs.detail


def test_mentors_without_room_for_all_are_not_enough(build: Build, settings: Settings) -> None:
    cohort = draft(build)
    build.mentor(cohort, capacity=1)
    build.mentor(cohort, capacity=3, state=MentorState.INVITED)
    for _ in range(2):
        build.enrolment(cohort)

    mentors = checks(cohort, build, settings)["Mentors"]

    assert (mentors.ok, mentors.detail) == (
        False,
        "1 accepted, with room for 1; 1 did not answer yet. 2 participants are enrolled.",
    )


def test_past_workshops_are_counted(build: Build, settings: Settings) -> None:
    cohort = draft(build, starts_on=date(2026, 9, 14))

    workshops = checks(cohort, build, settings)["Workshop dates"]

    assert workshops.ok is False
    assert workshops.detail.startswith("3 of 8 workshops lie in the past.")


def settle_first_weeks(build: Build, cohort: Cohort) -> list[Sitting]:
    """Both sittings of the kickoff, on Wed 3 and Thu 4 March; the next workshop is later."""
    kinds = ("workshop", "workshop.alternative")
    items = [build.item(cohort, f"{kind}:kickoff") for kind in kinds]
    sittings = [Sitting(item_id=item.id, join_url="https://meet.example/1") for item in items]
    db.session.add_all(sittings)
    db.session.flush()
    return sittings


def test_sittings_of_the_first_weeks_need_a_room_or_a_link(build: Build, settings: Settings) -> None:
    cohort = draft(build)
    title = build.item(cohort, "workshop:kickoff").title
    check = checks(cohort, build, settings)["Rooms and links"]
    assert (check.ok, check.blocks) == (False, False)
    assert check.detail == f"Neither room nor link yet: {title} on Wed 3 Mar 2027 and {title} on Thu 4 Mar 2027."

    first, second = settle_first_weeks(build, cohort)
    first.room, first.join_url = "Training room", ""
    assert checks(cohort, build, settings)["Rooms and links"].ok is True

    second.join_url = ""
    check = checks(cohort, build, settings)["Rooms and links"]
    assert check.detail == f"Neither room nor link yet: {title} on Thu 4 Mar 2027."


def test_sittings_that_are_dropped_or_later_need_no_room_yet(build: Build, settings: Settings) -> None:
    cohort = draft(build)
    for kind in ("workshop", "workshop.alternative"):
        build.item(cohort, f"{kind}:kickoff").dropped_at = build.now

    check = checks(cohort, build, settings)["Rooms and links"]

    assert (check.ok, check.detail) == (True, "No workshop is held in the first four weeks.")


def test_links_that_only_this_machine_can_open_are_no_mail(build: Build, settings: Settings) -> None:
    server = replace(settings, mail_server=MailServer("smtp", "mail.example.org", 587))
    cohort = draft(build)

    assert checks(cohort, build, server)["Mail"].ok is False
    public = replace(server, base_url="https://cohort.example.org")
    assert checks(cohort, build, public)["Mail"].detail == (
        "Mails leave through mail.example.org:587 from cohort@cohorts.example.org."
    )


def test_worker_that_fell_silent_is_noticed(build: Build, settings: Settings) -> None:
    db.session.add(Tick(kind="tick", began_at=build.now - timedelta(minutes=6)))
    db.session.flush()

    assert checks(draft(build), build, settings)["Worker"].ok is False


@pytest.mark.parametrize("number", [1, 3])
def test_checklist_takes_the_same_queries(build: Build, settings: Settings, queries: QueryCount, number: int) -> None:
    cohort = draft(build)
    for _ in range(number):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))
        build.staff(cohort)

    with queries as seen:
        checklist(cohort, now=build.now, settings=settings)

    assert seen.count == 8
