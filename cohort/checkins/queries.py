"""Reads of check-ins."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased, joinedload

from cohort.access import Guard
from cohort.checkins.models import CheckInAnswer
from cohort.checkins.window import OwnDate, Window, windows_of
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.models import Pairing, PairingState
from cohort.programs.pack import CheckIn, Pack
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.queries import effective_due


def list_answers(enrolment_id: int) -> dict[str, CheckInAnswer]:
    """What a participant has answered or begun, by the check-in's key."""
    answers = db.session.scalars(select(CheckInAnswer).where(CheckInAnswer.enrolment_id == enrolment_id))
    return {answer.checkin_key: answer for answer in answers}


@dataclass(frozen=True, slots=True)
class Told:
    """A check-in, and to whom it was told."""

    answer: CheckInAnswer
    is_for_mentor: bool
    """The mentor of now may read it: it was not sent while another mentor was to read it."""

    def guard(self) -> Guard:
        guard = self.answer.guard()
        return guard if self.is_for_mentor else replace(guard, enrolment_id=None)


def _told_to_another() -> ColumnElement[bool]:
    """A pair with another mentor has ended since it was sent: that mentor was named beside every box."""
    former, present = aliased(Pairing), aliased(Pairing)
    is_mentor_again = exists().where(
        present.enrolment_id == former.enrolment_id,
        present.mentor_id == former.mentor_id,
        present.state == PairingState.ACTIVE,
    )
    return exists().where(
        former.enrolment_id == CheckInAnswer.enrolment_id,
        former.published_at.is_not(None),
        former.closed_at > CheckInAnswer.answered_at,
        ~is_mentor_again,
    )


def list_told(enrolment_ids: Collection[int]) -> list[Told]:
    """What these participants have sent, the latest first; drafts are their author's alone."""
    rows = db.session.execute(
        select(CheckInAnswer, ~_told_to_another())
        .where(CheckInAnswer.enrolment_id.in_(enrolment_ids), CheckInAnswer.answered_at.is_not(None))
        .order_by(CheckInAnswer.answered_at.desc(), CheckInAnswer.id.desc())
    )
    return [Told(answer, bool(is_for_mentor)) for answer, is_for_mentor in rows]


def find_told(answer_id: int) -> Told | None:
    """One sent or begun check-in with whose it is, and the cohort's program."""
    row = db.session.execute(
        select(CheckInAnswer, ~_told_to_another())
        .options(
            joinedload(CheckInAnswer.enrolment).options(
                joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version)
            )
        )
        .where(CheckInAnswer.id == answer_id)
    ).one_or_none()
    return row and Told(row[0], bool(row[1]))


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
