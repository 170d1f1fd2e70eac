"""Asking for more time, and answering."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import CohortState, Enrolment, EnrolmentState, StaffRole
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.people.models import Person
from cohort.schedule.asking import (
    ask_for_more_time,
    decline_request,
    grant_request,
    is_reviewed_by_mentor,
    take_back,
    until_on,
)
from cohort.schedule.extending import foresee, grant_extension, grant_to_several
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import effective_due, list_extensions
from tests.build import Build
from tests.learning.cast import PACK, Cast

KEY = "three-conversations"
DAY = timedelta(days=1)


def ask(build: Build, cast: Cast, item: DatedItem, days: int = 5) -> ExtensionRequest:
    return ask_for_more_time(cast.mine, item, until=at(item) + days * DAY, now=build.now)


def at(item: DatedItem) -> datetime:
    assert item.at is not None
    return item.at


def hand_in(enrolment: Enrolment, now: datetime) -> None:
    moments = {"saved_at": now, "submitted_at": now}
    db.session.add(
        Submission(
            enrolment=enrolment,
            assignment_key=KEY,
            reviewed_by="mentor",
            state=SubmissionState.SUBMITTED,
            text="",
            **moments,
        )
    )
    db.session.flush()


def mailed(template: str) -> list[int]:
    return list(db.session.scalars(select(Message.person_id).where(Message.template == template).order_by(Message.id)))


def revision(cast: Cast) -> int:
    db.session.refresh(cast.cohort, ["plan_revision"])
    return cast.cohort.plan_revision


def test_mentor_who_reviews_is_asked(build: Build, cast: Cast, item: DatedItem, dana: Person) -> None:
    request = ask(build, cast, item)

    assert (request.is_open, request.until) == (True, at(item) + 5 * DAY)
    assert is_reviewed_by_mentor(PACK, item.kind, item.key)
    assert mailed("extension-asked") == [cast.ruth.id]
    assert effective_due(item, list_extensions(cast.mine.id).get(item.id)) == item.at


def test_staff_are_asked_where_no_mentor_reviews(build: Build, cast: Cast, dana: Person) -> None:
    hosts = build.staff(cast.cohort, role=StaffRole.FACILITATOR).person
    build.staff(cast.cohort, role=StaffRole.OBSERVER)
    build.staff(build.cohort())

    ask(build, cast, build.item(cast.cohort, "checkin.closes:checkin-6"))

    assert mailed("extension-asked") == sorted([dana.id, hosts.id])


def test_staff_are_asked_while_there_is_no_mentor(build: Build, dana: Person, cast: Cast, item: DatedItem) -> None:
    alone = build.enrolment(cast.cohort)

    ask_for_more_time(alone, item, until=at(item) + DAY, now=build.now)

    assert mailed("extension-asked") == [dana.id]


def test_one_request_is_open_at_a_time(build: Build, cast: Cast, item: DatedItem) -> None:
    first = ask(build, cast, item)
    with pytest.raises(Conflict, match="already"):
        ask(build, cast, item)

    take_back(first, now=build.now)

    assert first.is_taken_back
    assert ask(build, cast, item).is_open


def test_date_asked_for_is_a_gain(build: Build, cast: Cast, item: DatedItem, dana: Person) -> None:
    grant_extension(cast.mine, item, until=at(item) + 3 * DAY, reason="", by=dana, now=build.now)

    for until in (build.now, at(item), at(item) + 3 * DAY):
        with pytest.raises(DomainError) as refusal:
            ask_for_more_time(cast.mine, item, until=until, now=build.now)
        assert refusal.value.field == "until"


@pytest.mark.parametrize("kind", ["workshop:kickoff", "mentor_session.by:session-4"])
def test_what_is_not_due_from_one_person_is_not_put_off(build: Build, cast: Cast, kind: str) -> None:
    found = db.session.query(DatedItem).filter_by(cohort_id=cast.cohort.id, kind=kind.split(":")[0]).first()
    assert found is not None

    with pytest.raises(Conflict):
        ask_for_more_time(cast.mine, found, until=build.now + 100 * DAY, now=build.now)


def test_what_is_done_needs_no_more_time(build: Build, cast: Cast, item: DatedItem) -> None:
    hand_in(cast.mine, build.now)

    with pytest.raises(Conflict, match="done"):
        ask(build, cast, item)


def test_day_keeps_the_wall_time_across_a_clock_change(build: Build, cast: Cast) -> None:
    late = build.item(cast.cohort, "assignment.due:capstone")
    at_five = until_on(date(2027, 3, 20), late, "America/Chicago")  # the clocks change on 14 March

    assert f"{at_five:%Y-%m-%d %H:%M}" == "2027-03-20 22:00"


def test_day_far_off_is_refused(build: Build, cast: Cast, item: DatedItem) -> None:
    with pytest.raises(DomainError, match="60 days"):
        until_on(date.max, item, "America/Chicago")


def test_granted_request_becomes_an_extension(build: Build, cast: Cast, item: DatedItem) -> None:
    request, before = ask(build, cast, item), revision(cast)

    extension = grant_request(request, until=request.until, answer="Fine.", by=cast.ruth, now=build.now)

    assert (extension.until, extension.granted_by_id, extension.times) == (at(item) + 5 * DAY, cast.ruth.id, 1)
    assert (request.is_granted, request.decided_by_id, request.answer) == (True, cast.ruth.id, "Fine.")
    assert mailed("extension-granted") == [cast.priya.id]
    assert revision(cast) > before


def test_declined_request_leaves_the_date_and_needs_an_answer(build: Build, cast: Cast, item: DatedItem) -> None:
    request = ask(build, cast, item)
    with pytest.raises(DomainError) as refusal:
        decline_request(request, answer="", by=cast.ruth, now=build.now)
    assert refusal.value.field == "answer"

    decline_request(request, answer="Hand in what you have.", by=cast.ruth, now=build.now)

    assert (request.is_open, request.is_granted, request.answer) == (False, False, "Hand in what you have.")
    assert mailed("extension-declined") == [cast.priya.id]
    assert db.session.scalar(select(func.count(Extension.id))) == 0


def test_slower_of_two_deciders_is_told_who_was_faster(build: Build, cast: Cast, item: DatedItem, dana: Person) -> None:
    request = ask(build, cast, item)
    decline_request(request, answer="No.", by=dana, now=build.now)

    with pytest.raises(Conflict, match="Dana Whitfield has declined this request already"):
        grant_request(request, until=request.until, answer="", by=cast.ruth, now=build.now)
    with pytest.raises(Conflict, match="Dana Whitfield has declined"):
        take_back(request, now=build.now)
    assert db.session.scalar(select(func.count(Extension.id))) == 0


def test_decider_is_told_that_the_request_was_taken_back(build: Build, cast: Cast, item: DatedItem) -> None:
    request = ask(build, cast, item)
    take_back(request, now=build.now)

    with pytest.raises(Conflict, match="Priya Raman has taken this request back"):
        decline_request(request, answer="No.", by=cast.ruth, now=build.now)


def test_more_time_given_unasked_settles_an_open_request(
    build: Build, cast: Cast, item: DatedItem, dana: Person
) -> None:
    request = ask(build, cast, item)

    grant_extension(cast.mine, item, until=at(item) + DAY, reason="", by=dana, now=build.now)

    db.session.refresh(request)
    assert (request.is_open, request.is_granted, request.decided_by_id) == (False, True, dana.id)


def test_second_grant_counts(build: Build, cast: Cast, item: DatedItem, dana: Person) -> None:
    for days in (1, 2):
        grant_extension(cast.mine, item, until=at(item) + days * DAY, reason="", by=dana, now=build.now)

    assert list_extensions(cast.mine.id)[item.id].times == 2
    assert mailed("extension-granted") == [cast.priya.id, cast.priya.id]


def test_several_get_more_time_but_nobody_loses_any(build: Build, cast: Cast, item: DatedItem, dana: Person) -> None:
    ann, ben, cho = (build.enrolment(cast.cohort) for _ in range(3))
    grant_extension(ben, item, until=at(item) + 9 * DAY, reason="", by=dana, now=build.now)
    hand_in(cho, build.now)
    chosen = [cast.mine, ann, ben, cho]

    foreseen = foresee(chosen, item, until=at(item) + 5 * DAY)
    given = grant_to_several(chosen, item, until=at(item) + 5 * DAY, reason="Fair", by=dana, now=build.now)

    assert [one.stays for one in foreseen] == ["", "", "has as much time already", "has done it already"]
    assert [one.enrolment_id for one in given] == [cast.mine.id, ann.id]
    assert list_extensions(ben.id)[item.id].until == at(item) + 9 * DAY
    assert list_extensions(cho.id) == {}


def test_several_of_whom_none_gains_are_refused(build: Build, cast: Cast, item: DatedItem, dana: Person) -> None:
    grant_extension(cast.mine, item, until=at(item) + 9 * DAY, reason="", by=dana, now=build.now)

    with pytest.raises(DomainError) as refusal:
        grant_to_several([cast.mine], item, until=at(item) + DAY, reason="", by=dana, now=build.now)

    assert refusal.value.field == "people"


def test_nobody_who_left_or_whose_cohort_is_archived_is_given_more(
    build: Build, cast: Cast, item: DatedItem, dana: Person
) -> None:
    request = ask(build, cast, item)
    cast.mine.state = EnrolmentState.WITHDRAWN
    with pytest.raises(Conflict):
        grant_request(request, until=request.until, answer="", by=dana, now=build.now)

    cast.mine.state, cast.cohort.state = EnrolmentState.ENROLLED, CohortState.ARCHIVED
    db.session.flush()
    with pytest.raises(Conflict, match="archived"):
        grant_request(request, until=request.until, answer="", by=dana, now=build.now)
