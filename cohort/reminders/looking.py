"""The last look before a reminder leaves: is it still owed, to this person, about this date?"""

from datetime import datetime

from sqlalchemy import select

from cohort.db import db
from cohort.reminders.listing import list_occasions
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.occasions import Occasions
from cohort.reminders.owing import Owed, list_owed
from cohort.reminders.ruling import Rules

NOTHING_LEFT = "nothing left to say"
"""Of a mail whose reminders are all dropped; each of them has its own reason."""
MOVED = "moved"
WITHDRAWN = "withdrawn"
GONE = "not so any more"
"""The rule, the item or the pair is gone."""


def still_owed(message_id: int, rules: Rules, *, now: datetime) -> list[Owed]:
    """What the mail still has to say. What it has not is dropped with its reason, so that a moved date counts anew."""
    rows = db.session.scalars(
        select(Reminder)
        .where(Reminder.message_id == message_id, Reminder.state == ReminderState.QUEUED)
        .order_by(Reminder.due_at, Reminder.id)
    ).all()
    occasions = {
        (row.cohort_id, row.enrolment_id): list_occasions([row.cohort_id], enrolment_ids=[row.enrolment_id])[
            row.cohort_id
        ]
        for row in rows
    }
    return [owed for row in rows if (owed := _look_at(row, occasions[row.cohort_id, row.enrolment_id], rules, now))]


def _look_at(row: Reminder, occasions: Occasions, rules: Rules, now: datetime) -> Owed | None:
    """What is owed still; None when it is not, which is then written down with its reason."""
    its = [rule for rule in rules if rule.key == row.rule_key]
    key = (row.enrolment_id, row.person_id, row.rule_key, row.subject)
    owed = next((one for one in list_owed(its, occasions) if one.key == key), None)
    if owed is None:
        reason = GONE if occasions.of_participants else WITHDRAWN
    else:
        reason = MOVED if owed.occasion.at != row.anchor_at else owed.reason_against(now)
    if reason:
        row.state, row.reason = ReminderState.DROPPED, reason
        return None
    return owed
