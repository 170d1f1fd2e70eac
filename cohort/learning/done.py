"""What is done: the one answer for pages, reports and reminders."""

from typing import Any

from sqlalchemy import CompoundSelect, Select, String, literal, select, union_all

from cohort.assignments.models import Submission
from cohort.checkins.models import CheckInAnswer
from cohort.learning.models import Progress
from cohort.mentoring.models import MentoringSession, Pairing


def done_items(of: Select[Any] | None = None) -> CompoundSelect[Any]:
    """(enrolment_id, kind, key, done_at) of everything participants have done.

    Kinds are those of dated items, and `lesson` with the key module/lesson. A thing that was done twice stands here
    twice (two sessions logged for one mentor session). `of` selects the enrolments that are meant, for reads of a whole
    cohort: asked for afterwards, SQLite would read the work of every cohort first.
    """
    submitted = select(
        Submission.enrolment_id,
        _kind("assignment.due"),
        Submission.assignment_key.label("key"),
        Submission.submitted_at.label("done_at"),
    ).where(Submission.submitted_at.is_not(None))
    answered = select(
        CheckInAnswer.enrolment_id, _kind("checkin.closes"), CheckInAnswer.checkin_key, CheckInAnswer.answered_at
    ).where(CheckInAnswer.answered_at.is_not(None))
    lessons = select(Progress.enrolment_id, _kind("lesson"), Progress.key, Progress.done_at).where(
        Progress.kind == "lesson"
    )
    prework = select(Progress.enrolment_id, _kind("prework.due"), Progress.key, Progress.done_at).where(
        Progress.kind == "prework"
    )
    logged = (
        select(
            Pairing.enrolment_id, _kind("mentor_session.by"), MentoringSession.session_key, MentoringSession.logged_at
        )
        .join(Pairing, Pairing.id == MentoringSession.pairing_id)
        .where(MentoringSession.session_key.is_not(None))
    )
    parts: list[Select[Any]] = [submitted, answered, lessons, prework, logged]
    if of is not None:
        parts = [part.where(part.selected_columns[0].in_(of)) for part in parts]
    return union_all(*parts)


def _kind(kind: str) -> Any:
    return literal(kind, String).label("kind")
