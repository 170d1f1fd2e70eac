"""Inviting: who gets a mail, once, and again only on purpose."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cohort.cohorts.inviting import RESEND_AFTER, invite_mentors, invite_participants, invite_staff
from cohort.cohorts.models import CohortState, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict
from cohort.mail.models import Message
from cohort.mentoring.models import MentorState
from tests.build import Build
from tests.client import QueryCount


def mails() -> list[tuple[str, dict[str, int], int]]:
    messages = db.session.scalars(select(Message).order_by(Message.id))
    return [(message.template, message.params, message.person_id) for message in messages]


def test_only_those_who_have_not_answered_are_invited_once(build: Build) -> None:
    cohort = build.cohort()
    new, _, _ = (build.enrolment(cohort, state=state) for state in list(EnrolmentState)[:3])

    first = invite_participants(cohort, [new, _], now=build.now)
    second = invite_participants(cohort, [new, _], now=build.now + timedelta(days=1))

    assert (first, second) == (1, 0)
    assert mails() == [("invitation", {"enrolment_id": new.id}, new.person_id)]
    assert new.invited_at == build.now


def test_invitation_is_sent_again_on_purpose_but_not_by_a_double_click(build: Build) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort, state=EnrolmentState.INVITED)
    sent = [
        invite_participants(cohort, [ann], now=build.now + wait, resend=True)
        for wait in (timedelta(0), timedelta(seconds=2), RESEND_AFTER + timedelta(seconds=2))
    ]

    assert sent == [1, 0, 1]
    assert len(mails()) == 2


def test_mentors_are_invited_like_participants(build: Build) -> None:
    cohort = build.cohort()
    new = build.mentor(cohort, state=MentorState.INVITED)
    accepted = build.mentor(cohort)

    assert invite_mentors(cohort, [new, accepted], now=build.now) == 1
    assert invite_mentors(cohort, [new, accepted], now=build.now) == 0

    assert mails() == [("mentor-invitation", {"mentor_id": new.id}, new.person_id)]


def test_staff_are_told_once_and_not_when_their_role_has_ended(build: Build) -> None:
    cohort = build.cohort()
    lead, gone = build.staff(cohort), build.staff(cohort)
    gone.until = build.now

    first = invite_staff(cohort, [lead, gone], now=build.now)
    second = invite_staff(cohort, [lead, gone], now=build.now)
    again = invite_staff(cohort, [lead], now=build.now, resend=True)

    assert (first, second, again) == (1, 0, 1)
    assert mails() == [("staff-invitation", {"staff_id": lead.id}, lead.person_id)] * 2


def test_archived_cohort_invites_nobody(build: Build) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)
    ann = build.enrolment(cohort, state=EnrolmentState.INVITED)

    with pytest.raises(Conflict):
        invite_participants(cohort, [ann], now=build.now)

    assert mails() == []


@pytest.mark.parametrize("number", [1, 3])
def test_many_are_invited_in_as_many_queries_as_one(build: Build, queries: QueryCount, number: int) -> None:
    cohort = build.cohort()
    enrolments = [build.enrolment(cohort, state=EnrolmentState.INVITED) for _ in range(number)]

    with queries as seen:
        invite_participants(cohort, enrolments, now=build.now)

    assert seen.count == 2  # claim, insert the mails
