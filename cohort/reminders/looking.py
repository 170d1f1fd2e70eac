"""The last look before a reminder leaves: is it still owed, to this person, about this date?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from cohort.db import db
from cohort.programs.pack import Pack
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.occasions import list_occasions
from cohort.reminders.owing import Owed, list_owed

NOTHING_LEFT = "nothing left to say"
"""Of a mail whose reminders are all dropped; each of them has its own reason."""
MOVED = "moved"
WITHDRAWN = "withdrawn"
GONE = "not in the program any more"


def still_owed(message_id: int, pack: Pack, *, now: datetime) -> list[Owed]:
    """What the mail still has to say. What it has not is dropped with its reason, so that a moved date counts anew."""
    rows = db.session.scalars(
        select(Reminder)
        .where(Reminder.message_id == message_id, Reminder.state == ReminderState.QUEUED)
        .order_by(Reminder.due_at, Reminder.id)
    ).all()
    found = [
        owed for enrolment_id in sorted({row.enrolment_id for row in rows}) for owed in _list(enrolment_id, rows, pack)
    ]
    by_key = {owed.key: owed for owed in found}
    kept = []
    for row in rows:
        owed = by_key.get((row.enrolment_id, row.person_id, row.rule_key, row.subject))
        reason = _reason_against(row, owed, pack, now)
        if owed is None or reason:
            row.state, row.reason = ReminderState.DROPPED, reason
        else:
            kept.append(owed)
    return kept


def _list(enrolment_id: int, rows: Sequence[Reminder], pack: Pack) -> list[Owed]:
    cohort_id = rows[0].cohort_id
    keys = {row.rule_key for row in rows}
    rules = [rule for rule in pack.reminders if rule.key in keys]
    return list(list_owed(rules, list_occasions([cohort_id], enrolment_id=enrolment_id)[cohort_id]))


def _reason_against(row: Reminder, owed: Owed | None, pack: Pack, now: datetime) -> str:
    if owed is None:
        return WITHDRAWN if any(rule.key == row.rule_key for rule in pack.reminders) else GONE
    if owed.occasion.at != row.anchor_at:
        return MOVED
    return owed.reason_against(now)
