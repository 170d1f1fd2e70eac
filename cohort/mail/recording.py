"""What is written down of each mail: that it is about to leave, and what became of it. Nothing here commits.

Two statements for a mail, built once. Both name the lease's token, and change nothing when another process has taken
the mail over.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Boolean, Table, bindparam, case, exists, func, null, or_, update

from cohort.cohorts.models import Cohort
from cohort.db import Json, UTCDateTime, db
from cohort.mail import claiming
from cohort.mail.judging import Change, Tried
from cohort.mail.models import Lane, Message, MessageState, Suppression
from cohort.mail.preparing import Ready
from cohort.people.models import Person

_mails = cast(Table, Message.__table__)
_now = bindparam("the_now", type_=UTCDateTime())

_person_is_the_same = exists().where(
    Person.id == bindparam("the_person_id"),
    Person.email == bindparam("the_email"),
    Person.time_zone == bindparam("the_zone"),
    Person.mail_wishes == bindparam("the_wishes", type_=Json),
    Person.deactivated_at.is_(None),
)
_cohort_is_the_same = exists().where(
    Cohort.id == _mails.c.cohort_id,
    Cohort.plan_revision == bindparam("the_revision"),
    Cohort.mail_paused_at.is_(None),
)
_is_suppressed = exists().where(
    Suppression.address_key == bindparam("the_email_key"),
    or_(Suppression.until.is_(None), Suppression.until > _now),
)
_is_paused = exists().where(Lane.domain == Lane.ALL, Lane.paused_at.is_not(None))

_begin = (
    update(_mails)
    .where(
        _mails.c.id == bindparam("the_id"),
        _mails.c.lease_token == bindparam("the_token"),
        _mails.c.state == MessageState.LEASED,
        _person_is_the_same,
        or_(_mails.c.cohort_id.is_(None), _cohort_is_the_same),
        or_(bindparam("may_be_suppressed", type_=Boolean()), ~_is_suppressed),
        ~_is_paused,
    )
    .values(
        state=MessageState.SENDING,
        attempts=_mails.c.attempts + 1,
        lease_until=bindparam("new_lease_until"),
        begun_at=bindparam("new_begun_at"),
        to_address=bindparam("new_to_address"),
        subject=bindparam("new_subject"),
        message_id=bindparam("new_message_id"),
        frozen=bindparam("new_frozen"),
    )
)

_outcome = {
    "state": bindparam("new_state", type_=_mails.c.state.type),
    "reason": bindparam("new_reason"),
    "due_at": func.coalesce(bindparam("new_due_at", type_=UTCDateTime()), _mails.c.due_at),
    "attempts": bindparam("new_attempts"),
    "sent_at": bindparam("new_sent_at"),
    "lease_token": null(),
    "lease_until": null(),
    "frozen": case((bindparam("stays_frozen", type_=Boolean()), _mails.c.frozen), else_=null()),
}
_record = (
    update(_mails)
    .where(
        _mails.c.id == bindparam("the_id"),
        _mails.c.lease_token == bindparam("the_token"),
        _mails.c.state == MessageState.SENDING,
    )
    .values(_outcome)
)
_record_late = (
    update(_mails)
    .where(
        _mails.c.id == bindparam("the_id"),
        _mails.c.state == MessageState.PENDING,
        _mails.c.attempts == bindparam("new_attempts"),
    )
    .values(_outcome)
)


def begin(ready: Ready, now: datetime) -> bool:
    """Write down that the mail is about to leave; False, and nothing is written, when anything is not as it was seen.

    That is: the lease, the person's address, zone and wishes, the cohort's plan, and every pause and suppression.
    """
    values = {**ready.proof, "the_now": now, "new_lease_until": now + claiming.LEASE}
    return _changes_one(_begin, values)


def record(tried: Tried, token: str, change: Change, now: datetime, *, keep: bool) -> bool:
    """Write down what became of a mail; False when another process has taken it over meanwhile.

    An acceptance counts also then, as long as nobody has begun to send the mail again: it is out. `keep`: its bytes
    stay, as they do while there is to be another attempt.
    """
    is_sent = change.state is MessageState.SENT
    values = {
        "the_id": tried.id,
        "the_token": token,
        "new_state": change.state,
        "new_reason": change.reason,
        "new_due_at": change.due_at,
        "new_attempts": tried.attempts if change.is_counted else tried.attempts - 1,
        "new_sent_at": now if is_sent else None,
        "stays_frozen": not change.is_final or (is_sent and keep),
    }
    if _changes_one(_record, values):
        return True
    del values["the_token"]
    return is_sent and _changes_one(_record_late, values)


def _changes_one(statement: Any, values: dict[str, Any]) -> bool:
    return db.session.connection().execute(statement, values).rowcount == 1


def forget_what_was_read() -> None:
    """Let whoever holds a mail in this session read it anew: what is written here goes past the session."""
    for held in list(db.session.identity_map.values()):
        if isinstance(held, Message):
            db.session.expire(held, _WRITTEN)


_WRITTEN = (*_outcome, "begun_at", "to_address", "subject", "message_id")
