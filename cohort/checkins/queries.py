"""Reads of check-ins."""

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from cohort.checkins.models import CheckInAnswer
from cohort.checkins.window import OwnDate, Window, windows_of
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.programs.pack import CheckIn, Pack
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.queries import effective_due


def list_answers(enrolment_id: int) -> dict[str, CheckInAnswer]:
    """What a participant has answered or begun, by the check-in's key."""
    answers = db.session.scalars(select(CheckInAnswer).where(CheckInAnswer.enrolment_id == enrolment_id))
    return {answer.checkin_key: answer for answer in answers}


def find_answer(answer_id: int) -> CheckInAnswer | None:
    """One answered or begun check-in with whose it is, and the cohort's program."""
    return db.session.scalar(
        select(CheckInAnswer)
        .options(
            joinedload(CheckInAnswer.enrolment).options(
                joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version)
            )
        )
        .where(CheckInAnswer.id == answer_id)
    )


def find_window(enrolment: Enrolment, pack: Pack, checkin: CheckIn) -> Window:
    """When a check-in takes answers from a participant."""
    rows = db.session.execute(
        select(DatedItem, Extension)
        .outerjoin(Extension, and_(Extension.item_id == DatedItem.id, Extension.enrolment_id == enrolment.id))
        .where(
            DatedItem.cohort_id == enrolment.cohort_id,
            DatedItem.kind.in_([Kind.CHECKIN_OPENS, Kind.CHECKIN_CLOSES]),
            DatedItem.dropped_at.is_(None),
        )
    )
    own = [OwnDate(item.kind, item.key, effective_due(item, extension)) for item, extension in rows]
    return windows_of(pack.checkins, own)[checkin.key]
