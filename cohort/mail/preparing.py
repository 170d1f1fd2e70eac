"""Getting claimed mails ready to leave: looked at once more, many at a time, and written. Nothing here commits."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.mail.claiming import put
from cohort.mail.composing import Composer
from cohort.mail.judging import Change, Tried
from cohort.mail.letters import Moot
from cohort.mail.models import Message, MessageState, Suppression, SuppressionReason
from cohort.mail.suppressing import BOUNCES, OWN_ACCOUNT
from cohort.people.models import Person
from cohort.programs.queries import pack_of
from cohort.reminders.looking import opens_at, still_owed
from cohort.reminders.owing import Owed
from cohort.reminders.ruling import Rules, apply_changes, list_changes

OF_WHAT_IS_OWED = frozenset({"reminder"})
"""Mails that say what the last look finds still owed."""
QUIET_HOURS = "waits for the end of quiet hours"
SUPPRESSED = {
    SuppressionReason.BOUNCE: BOUNCES,
    SuppressionReason.COMPLAINT: "reported as unwanted",
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail that may leave, as plain values: no transaction is open while it does."""

    tried: Tried
    recipient: str
    data: bytes
    looked_at: datetime
    proof: Mapping[str, Any]
    """What the look rests on and what it wrote, as `recording.begin` takes it."""


class _Later(Exception):
    """The mail may leave at another moment, or nobody knows when."""

    def __init__(self, until: datetime | None = None, reason: str = "") -> None:
        self.until = until
        self.reason = reason


def prepare(ids: Collection[int], token: str, composer: Composer, *, now: datetime) -> tuple[list[Ready], Counter[str]]:
    """Those of the mails claimed under `token` that may leave now, and how many of the others became what.

    What has nothing to say any more is cancelled with its reason; what may leave later is given back.
    """
    messages = _list_claimed(ids, token)
    cohorts = _list_cohorts({message.cohort_id for message in messages if message.cohort_id is not None})
    suppressed = _list_suppressions({message.person.email_key for message in messages}, now)
    about_what_is_owed = [
        one for one in messages if one.template in OF_WHAT_IS_OWED and not _is_out(one, cohorts, suppressed, now)
    ]
    owed = still_owed(about_what_is_owed, _rules_of(cohorts), now=now)
    ready: list[Ready] = []
    counts: Counter[str] = Counter()
    for message in messages:
        try:
            _check(message, cohorts, suppressed, now)
            ready.append(_make_ready(message, cohorts, owed.get(message.id, ()), composer, now))
        except Moot as reason:
            put(message, Change(MessageState.CANCELLED, str(reason)))
            counts["cancelled"] += 1
        except _Later as later:
            put(message, Change(MessageState.PENDING, message.reason or later.reason, later.until))
            counts["held"] += 1
    db.session.flush()
    return ready, counts


def _list_claimed(ids: Collection[int], token: str) -> Sequence[Message]:
    return db.session.scalars(
        select(Message)
        .options(joinedload(Message.person))
        .where(Message.id.in_(ids), Message.lease_token == token, Message.state == MessageState.LEASED)
        .order_by(Message.due_at, Message.id)
        .execution_options(populate_existing=True)
    ).all()


def _list_cohorts(ids: Collection[int]) -> Mapping[int, Cohort]:
    rows = db.session.scalars(
        select(Cohort)
        .options(joinedload(Cohort.version))
        .where(Cohort.id.in_(ids))
        .execution_options(populate_existing=True)
    ).all()
    return {cohort.id: cohort for cohort in rows}


def _list_suppressions(keys: Collection[str], now: datetime) -> Mapping[str, Suppression]:
    rows = db.session.scalars(
        select(Suppression)
        .where(Suppression.address_key.in_(keys), or_(Suppression.until.is_(None), Suppression.until > now))
        .execution_options(populate_existing=True)
    ).all()
    return {row.address_key: row for row in rows}


def _rules_of(cohorts: Mapping[int, Cohort]) -> Mapping[int, Rules]:
    changes = list_changes(list(cohorts))
    return {key: apply_changes(pack_of(one.version).reminders, changes[key]) for key, one in cohorts.items()}


def _is_out(
    message: Message, cohorts: Mapping[int, Cohort], suppressed: Mapping[str, Suppression], now: datetime
) -> bool:
    try:
        _check(message, cohorts, suppressed, now)
    except (Moot, _Later):
        return True
    return False


def _check(
    message: Message, cohorts: Mapping[int, Cohort], suppressed: Mapping[str, Suppression], now: datetime
) -> None:
    """Raises Moot or _Later for what does not leave, whatever it says."""
    person = message.person
    if message.cohort_id is not None and cohorts[message.cohort_id].mail_paused_at is not None:
        raise _Later
    if message.not_after is not None and now > message.not_after:
        raise Moot("too late")
    if not person.is_active:
        raise Moot("account closed")
    if person.email_key in suppressed and message.template not in OWN_ACCOUNT:
        raise Moot(SUPPRESSED[suppressed[person.email_key].reason])


def _make_ready(
    message: Message, cohorts: Mapping[int, Cohort], owed: Sequence[Owed], composer: Composer, now: datetime
) -> Ready:
    cohort = cohorts.get(message.cohort_id or 0)
    opens = opens_at(owed, now)
    if opens > now:
        raise _Later(opens, QUIET_HOURS)
    if message.frozen is not None and message.to_address != message.recipient:
        message.frozen = None  # nobody took it at the old address
    if message.frozen is not None:
        composer.look_again(message, now=now, cohort=cohort, owed=owed)
        subject, message_id, data = message.subject, message.message_id, message.frozen
    else:
        written = composer.compose(message, now=now, cohort=cohort, owed=owed)
        subject, message_id, data = written.subject, written.message_id, written.data
    person = message.person
    tried = Tried(
        id=message.id,
        topic=message.topic,
        reason=message.reason,
        attempts=message.attempts + 1,
        begun_at=message.begun_at or now,
        not_after=message.not_after,
    )
    proof = {
        "the_id": message.id,
        "the_token": message.lease_token,
        "new_to_address": message.recipient,
        "new_subject": subject,
        "new_message_id": message_id,
        "new_frozen": data,
        "new_begun_at": tried.begun_at,
        **_facts_about(person),
        "the_revision": cohort.plan_revision if cohort else None,
        "may_be_suppressed": message.template in OWN_ACCOUNT,
    }
    return Ready(tried, message.recipient, data, now, proof)


def _facts_about(person: Person) -> dict[str, Any]:
    return {
        "the_person_id": person.id,
        "the_email": person.email,
        "the_email_key": person.email_key,
        "the_zone": person.time_zone,
        "the_wishes": person.mail_wishes,
    }
