"""Sending a rule to oneself, to see how its mail arrives. No reminder is decided by it."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select

from cohort.cohorts.models import Cohort, EnrolmentState
from cohort.db import db
from cohort.errors import DomainError
from cohort.mail.models import Message
from cohort.mail.outbox import queue
from cohort.people.models import Person
from cohort.reminders.listing import SEATED, list_occasions
from cohort.reminders.occasions import Occasion
from cohort.reminders.ruling import find_rule

MOST_TESTS = 10
"""To one person in one hour, of any cohort."""
_HOUR = timedelta(hours=1)
TEMPLATE = "rule-test"


def send_test(cohort: Cohort, key: str, *, enrolment_id: int, subject: str, to: Person, now: datetime) -> None:
    """Queue the mail of the rule as it is stored, about one participant's occasion, to `to` alone."""
    found, occasion = find_rule(cohort, key), find_occasion(cohort, enrolment_id, subject)
    if found is None or occasion is None or occasion.about != found.rule.about:
        raise DomainError("There is nothing to write this mail about any more. Choose somebody else as the example.")
    db.session.execute(select(Person.id).where(Person.id == to.id).with_for_update())  # one test after the other
    number, first = db.session.execute(
        select(func.count(), func.min(Message.created_at)).where(
            Message.person_id == to.id, Message.template == TEMPLATE, Message.created_at > now - _HOUR
        )
    ).one()
    if number >= MOST_TESTS:
        minutes = -(-(first + _HOUR - now).total_seconds() // 60)
        raise DomainError(f"You sent {MOST_TESTS} tests in the last hour. The next one can leave in {minutes:.0f} min.")
    params = {"rule": key, "enrolment_id": enrolment_id, "subject": subject}
    queue(to, TEMPLATE, params, key=f"test:{uuid4()}", now=now, cohort_id=cohort.id)


def find_occasion(cohort: Cohort, enrolment_id: int, subject: str) -> Occasion | None:
    """One participant's occasion, also of somebody who is only invited yet."""
    taking_part = (*SEATED, EnrolmentState.INVITED)
    found = list_occasions([cohort.id], enrolment_ids=[enrolment_id], taking_part=taking_part)[cohort.id]
    return next((one for one in found.of_participants if one.subject == subject), None)
