"""Stopping and letting go the mail of a whole cohort, and giving a failed mail another chance."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import Conflict
from cohort.mail.models import Message, MessageState
from cohort.mail.suppressing import BOUNCES


def pause(cohort: Cohort, *, now: datetime) -> None:
    """Hold all mail of the cohort, invitations too; mail about accounts still leaves. Pausing twice changes nothing."""
    cohort.mail_paused_at = cohort.mail_paused_at or now
    db.session.flush()


def resume(cohort: Cohort) -> None:
    """Let mail leave again. What has become too late in the meantime is dropped with that reason, not sent."""
    cohort.mail_paused_at = None
    db.session.flush()


IS_ON_HOLD = exists().where(Cohort.id == Message.cohort_id, Cohort.mail_paused_at.is_not(None))
"""Of a message: asked of what is due, so that it takes no longer the more cohorts there are."""
NOT_ARRIVED = or_(
    Message.state == MessageState.FAILED,
    and_(Message.state == MessageState.CANCELLED, Message.reason == BOUNCES),
)


def send_again(message: Message, *, now: datetime) -> None:
    """Queue a mail anew that failed, to the address the person has now. Raises Conflict when it has not failed."""
    changed = db.session.execute(
        update(Message)
        .where(Message.id == message.id, NOT_ARRIVED)
        .values(
            state=MessageState.PENDING,
            due_at=now,
            attempts=0,
            lost_leases=0,
            begun_at=None,
            not_after=None,
            reason="",
            frozen=None,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise Conflict("This mail is not among the failed ones any more: it was sent again already.")


def list_failed(cohort_id: int, person_id: int) -> Sequence[Message]:
    """The mails of a cohort to one person that did not arrive, the oldest first."""
    failed = select(Message).where(Message.cohort_id == cohort_id, Message.person_id == person_id, NOT_ARRIVED)
    return db.session.scalars(failed.order_by(Message.due_at, Message.id)).all()
