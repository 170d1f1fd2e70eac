"""Inviting people into a cohort: the mails are queued here, and written with their one-time link when they leave."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm.attributes import set_committed_value

from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff
from cohort.db import db
from cohort.errors import Conflict
from cohort.mail.outbox import queue, queue_all
from cohort.mentoring.models import Mentor, MentorState

RESEND_AFTER = timedelta(minutes=10)
"""An invitation is not sent again sooner: two clicks are one mail."""


def invite_participants(cohort: Cohort, enrolments: Iterable[Enrolment], *, now: datetime, resend: bool = False) -> int:
    """Invite those of `enrolments` who have not answered and were not invited; with `resend`, invite them again.

    Gives the number of mails. Raises Conflict when the cohort is archived.
    """
    _refuse_archived(cohort)
    unanswered = update(Enrolment).where(Enrolment.state == EnrolmentState.INVITED)
    return _invite(cohort, enrolments, unanswered, "invitation", "enrolment_id", now=now, resend=resend)


def invite_mentors(cohort: Cohort, mentors: Iterable[Mentor], *, now: datetime, resend: bool = False) -> int:
    """The same for mentors."""
    _refuse_archived(cohort)
    unanswered = update(Mentor).where(Mentor.state == MentorState.INVITED)
    return _invite(cohort, mentors, unanswered, "mentor-invitation", "mentor_id", now=now, resend=resend)


def invite_staff(cohort: Cohort, staff: Iterable[Staff], *, now: datetime, resend: bool = False) -> int:
    """Tell staff of their role, with a link to set a password; once, unless it is sent again. Needs `person` loaded.

    There is nothing to answer, so no row but the mail itself says that somebody was told.
    """
    _refuse_archived(cohort)
    again = f":{int(now.timestamp() / RESEND_AFTER.total_seconds())}" if resend else ""
    mails = [
        queue(
            one.person,
            "staff-invitation",
            {"staff_id": one.id},
            key=f"staff-invitation:{one.id}{again}",
            now=now,
            cohort_id=cohort.id,
        )
        for one in staff
        if one.until is None
    ]
    return sum(mail is not None for mail in mails)


def _invite(
    cohort: Cohort,
    places: Iterable[Enrolment | Mentor],
    unanswered: Any,
    template: str,
    param: str,
    *,
    now: datetime,
    resend: bool,
) -> int:
    """Claim the rows by their `invited_at`, so that of two people who press the button at once one sends the mails."""
    by_id = {place.id: place for place in places}
    kind = unanswered.table.c
    not_lately = kind.invited_at.is_(None)
    if resend:
        not_lately = or_(not_lately, kind.invited_at <= now - RESEND_AFTER)
    claimed = db.session.scalars(
        unanswered.where(kind.id.in_(by_id), not_lately).values(invited_at=now).returning(kind.id),
        execution_options={"synchronize_session": False},
    ).all()
    for row in claimed:
        set_committed_value(by_id[row], "invited_at", now)
    at = int(now.timestamp())
    mails = ((by_id[row].person_id, {param: row}, f"{template}:{row}:{at}") for row in claimed)
    queue_all(template, mails, now=now, cohort_id=cohort.id)
    return len(claimed)


def _refuse_archived(cohort: Cohort) -> None:
    if cohort.state is CohortState.ARCHIVED:
        raise Conflict("This cohort is archived: nobody is invited any more.")
