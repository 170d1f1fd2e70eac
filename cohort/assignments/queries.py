"""Reads of submitted work."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from cohort.assignments.models import Submission, SubmissionFile
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db


def find_submission(enrolment_id: int, assignment_key: str) -> Submission | None:
    """A participant's work on an assignment, with its files."""
    return db.session.scalar(
        select(Submission)
        .options(selectinload(Submission.files))
        .where(Submission.enrolment_id == enrolment_id, Submission.assignment_key == assignment_key)
    )


def find_work(submission_id: int) -> Submission | None:
    """The submission with its files, whose it is, and the cohort's program."""
    return db.session.scalar(
        select(Submission)
        .options(
            selectinload(Submission.files),
            joinedload(Submission.enrolment).options(
                joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version)
            ),
        )
        .where(Submission.id == submission_id)
    )


def find_file(submission_id: int, file_id: int) -> SubmissionFile | None:
    """One file of the submission, with whose it is."""
    return db.session.scalar(
        select(SubmissionFile)
        .options(joinedload(SubmissionFile.submission).joinedload(Submission.enrolment))
        .where(SubmissionFile.id == file_id, SubmissionFile.submission_id == submission_id)
    )


def list_own_work(enrolment_id: int) -> list[Submission]:
    """Everything a participant has begun or handed in, the latest first."""
    return list(
        db.session.scalars(
            select(Submission)
            .where(Submission.enrolment_id == enrolment_id)
            .order_by(Submission.saved_at.desc(), Submission.id.desc())
        )
    )
