"""The last look before reminders leave: are they still owed, to these people, about these dates, and now?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from cohort.db import db
from cohort.mail.models import Message
from cohort.reminders.listing import list_occasions
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.occasions import Occasion, Occasions
from cohort.reminders.owing import TOO_LATE, Owed, list_owed
from cohort.reminders.ruling import Rules

NOTHING_LEFT = "nothing left to say"
"""Of a mail whose reminders are all dropped; each of them has its own reason."""
MOVED = "moved"
WITHDRAWN = "withdrawn"
RULE_OFF = "rule turned off"
GONE = "not so any more"
"""The item or the pair is gone."""


def still_owed(
    messages: Collection[Message], rules: Mapping[int, Rules], *, now: datetime
) -> Mapping[int, Sequence[Owed]]:
    """What each mail still has to say, by the mail's id; `rules` by the cohort's.

    What it has not to say any more is dropped with its reason, so that a moved date counts anew. However many mails
    there are, they are looked at in as many statements as one.
    """
    held_at = {message.id: message.held_at for message in messages}
    rows = db.session.scalars(
        select(Reminder)
        .where(Reminder.message_id.in_(held_at), Reminder.state == ReminderState.QUEUED)
        .order_by(Reminder.due_at, Reminder.id)
        .execution_options(populate_existing=True)
    ).all()
    seen = _Seen(rows, rules)
    found: dict[int, list[Owed]] = defaultdict(list)
    for row in rows:
        owed, reason = seen.look_at(row, now, held_at[row.message_id or 0])
        if owed is None or reason:
            row.state, row.reason = ReminderState.DROPPED, reason
        else:
            found[row.message_id or 0].append(owed)
    return found


def opens_at(owed: Iterable[Owed], now: datetime) -> datetime:
    """When a mail that says `owed` may leave: `now`, or when its reader's quiet hours are over."""
    return min((one.leaves_at(now) for one in owed), default=now)


class _Seen:
    """What there is to speak of for the people of these reminders."""

    def __init__(self, rows: Sequence[Reminder], rules: Mapping[int, Rules]) -> None:
        self._rules = {(cohort_id, rule.key): rule for cohort_id, its in rules.items() for rule in its}
        self._occasions = list_occasions(
            {row.cohort_id for row in rows},
            enrolment_ids={row.enrolment_id for row in rows},
            keys={row.subject.partition(":")[2] for row in rows},
        )
        self._by_subject: dict[tuple[int, str], list[Occasion]] = defaultdict(list)
        self._taking_part: set[int] = set()
        for occasion in (one for each in self._occasions.values() for one in each.of_participants):
            self._by_subject[occasion.enrolment_id, occasion.subject].append(occasion)
            self._taking_part.add(occasion.enrolment_id)

    def look_at(self, row: Reminder, now: datetime, held_at: datetime | None) -> tuple[Owed | None, str]:
        """What is owed, and why it is not any more."""
        key = (row.enrolment_id, row.person_id, row.rule_key, row.subject)
        owed = next((one for one in self._owed(row) if one.key == key), None)
        if owed is None:
            return None, self._why_gone(row)
        owed = owed.as_decided(row.due_at)
        return owed, MOVED if owed.occasion.at != row.anchor_at else _reason_against(owed, now, held_at)

    def _why_gone(self, row: Reminder) -> str:
        if row.enrolment_id not in self._taking_part:
            return WITHDRAWN
        return GONE if (row.cohort_id, row.rule_key) in self._rules else RULE_OFF

    def _owed(self, row: Reminder) -> Iterator[Owed]:
        rule = self._rules.get((row.cohort_id, row.rule_key))
        about = tuple(self._by_subject[row.enrolment_id, row.subject])
        return list_owed([rule] if rule else [], Occasions(about, self._occasions[row.cohort_id].staff))


def _reason_against(owed: Owed, now: datetime, held_at: datetime | None) -> str:
    """The wait for somebody to decide makes nothing too late but what would speak of the past as of things to come."""
    if held_at is None:
        return owed.reason_against(now)
    if owed.is_ahead and owed.occasion.at <= now:
        return TOO_LATE
    return owed.reason_against(min(held_at, now))
