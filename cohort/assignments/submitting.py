"""Working on an assignment: drafts, files, handing in, taking back.

Every deed expects that the caller holds the participant's place (see learning.finding), so that two saves at the same
moment come one after the other.
"""

import re
from datetime import datetime
from pathlib import Path

from cohort.assignments.files import KeptFile, keep_file
from cohort.assignments.models import Submission, SubmissionFile, SubmissionState
from cohort.assignments.queries import find_submission
from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.outbox import queue
from cohort.programs.pack import Assignment

LONGEST_TEXT = 100_000
MOST_FILES = 10


def save_draft(enrolment: Enrolment, assignment: Assignment, *, text: str, version: int, now: datetime) -> Submission:
    """Keep `text` as the draft. `version` is that of the page it was typed on, 0 when there was no draft yet.

    Saving what is there already changes nothing, from whatever page. Raises Conflict when another page has saved a
    different text since, or when the work is handed in; DomainError when the text is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise DomainError(f"At most {LONGEST_TEXT:,} characters; this has {len(text):,}. Attach a file.", field="text")
    submission = find_submission(enrolment.id, assignment.key)
    if submission is not None and submission.text == text:
        return submission
    if submission is not None:
        _check_is_draft(submission)
    if version != (submission.version if submission else 0):
        raise Conflict("This draft was saved in another window since you opened this page.", field="text")
    submission = submission or _begin(enrolment, assignment)
    submission.text, submission.saved_at = text, now
    submission.version += 1
    db.session.flush()
    return submission


def submit(submission: Submission, assignment: Assignment, *, now: datetime) -> None:
    """Hand the draft in and mail a receipt. Late work is taken: whether it is late shows when it was handed in.

    Raises DomainError when there is nothing to hand in, Conflict when it is handed in already.
    """
    _check_is_draft(submission)
    _check_content(submission, assignment)
    submission.state, submission.submitted_at = SubmissionState.SUBMITTED, now
    submission.version += 1
    db.session.flush()
    queue(
        submission.enrolment.person,
        "submission-receipt",
        {"submission_id": submission.id},
        key=f"submission-receipt:{submission.id}:{submission.version}",
        now=now,
        cohort_id=submission.enrolment.cohort_id,
    )


def take_back(submission: Submission, *, due: datetime | None, now: datetime) -> None:
    """Make handed-in work a draft again, so that it can be changed. Raises Conflict once it is due."""
    if submission.state is not SubmissionState.SUBMITTED:
        raise Conflict("This work is a draft already.")
    if due is not None and now >= due:
        raise Conflict("The due date has passed, so what you handed in stays as it is.")
    submission.state, submission.submitted_at = SubmissionState.DRAFT, None
    submission.saved_at = now
    submission.version += 1
    db.session.flush()


def add_file(submission: Submission, *, name: str, data: bytes, now: datetime, uploads_dir: Path) -> SubmissionFile:
    """Store a file and attach it to the draft. Raises DomainError when it is not taken."""
    return attach(submission, keep_file(name, data, uploads_dir), now=now)


def attach(submission: Submission, kept: KeptFile, *, now: datetime) -> SubmissionFile:
    """Attach a stored file to the draft; the same file under the same name is attached once."""
    for file in submission.files:
        if (file.sha256, file.name) == (kept.sha256, kept.name):
            return file
    _check_is_draft(submission)
    if len(submission.files) >= MOST_FILES:
        raise DomainError(f"At most {MOST_FILES} files. Remove one first.", field="files")
    file = SubmissionFile(name=kept.name, media_type=kept.media_type, size=kept.size, sha256=kept.sha256, added_at=now)
    submission.files.append(file)
    db.session.flush()
    return file


def remove_file(submission: Submission, file_id: int) -> None:
    """Take a file off the draft. A file that is gone already is no error: a second click finds it so."""
    _check_is_draft(submission)
    for file in [file for file in submission.files if file.id == file_id]:
        submission.files.remove(file)
        db.session.delete(file)
    db.session.flush()


def is_late(submission: Submission, due: datetime | None) -> bool:
    """True when it was handed in after it was due."""
    return submission.submitted_at is not None and due is not None and submission.submitted_at > due


def _begin(enrolment: Enrolment, assignment: Assignment) -> Submission:
    submission = Submission(
        enrolment=enrolment,
        assignment_key=assignment.key,
        reviewed_by=assignment.reviewed_by,
        state=SubmissionState.DRAFT,
        version=0,
        files=[],
    )
    db.session.add(submission)
    return submission


def _check_is_draft(submission: Submission) -> None:
    if submission.state is SubmissionState.SUBMITTED:
        raise Conflict("You have submitted this work. Withdraw the submission first, then change it.")


def _check_content(submission: Submission, assignment: Assignment) -> None:
    match assignment.kind:
        case "file" if not submission.files:
            raise DomainError("Attach a file: this work is handed in as one.", field="files")
        case "link" if not re.search(r"https?://\S", submission.text):
            raise DomainError("Write the link to your work; it begins with https://.", field="text")
    if not submission.text and not submission.files:
        raise DomainError("There is nothing to submit yet. Write a text or attach a file.", field="text")
