"""Stopping and letting go the mail of a whole cohort, and giving a failed mail another chance."""

from datetime import datetime

from sqlalchemy import update

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import Conflict
from cohort.mail.models import Message, MessageState


def pause(cohort: Cohort, *, now: datetime) -> None:
    """Hold all mail of the cohort, invitations too; mail about accounts still leaves. Pausing twice changes nothing."""
    cohort.mail_paused_at = cohort.mail_paused_at or now
    db.session.flush()


def resume(cohort: Cohort) -> None:
    """Let mail leave again. What has become too late in the meantime is dropped with that reason, not sent."""
    cohort.mail_paused_at = None
    db.session.flush()


def send_again(message: Message, *, now: datetime) -> None:
    """Queue a failed mail anew, to the address the person has now. Raises Conflict when it has not failed."""
    changed = db.session.execute(
        update(Message)
        .where(Message.id == message.id, Message.state == MessageState.FAILED)
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
