"""Drafts, files, handing in, taking back."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohort.assignments.models import Submission, SubmissionState
from cohort.assignments.submitting import (
    MOST_FILES,
    add_file,
    is_late,
    remove_file,
    save_draft,
    submit,
    take_back,
)
from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.programs.pack import Assignment
from cohort.programs.queries import pack_of
from tests.build import Build


@pytest.fixture
def enrolment(build: Build) -> Enrolment:
    return build.enrolment(build.cohort())


@pytest.fixture
def page(enrolment: Enrolment) -> Assignment:
    """An assignment that is handed in as a text."""
    return pack_of(enrolment.cohort.version).assignment("leadership-starting-line")


def of_kind(enrolment: Enrolment, kind: str) -> Assignment:
    modules = pack_of(enrolment.cohort.version).modules
    return next(m.assignment for m in modules if m.assignment is not None and m.assignment.kind == kind)


def test_save_draft_grows_the_version(build: Build, enrolment: Enrolment, page: Assignment) -> None:
    first = save_draft(enrolment, page, text="One", version=0, now=build.now)
    assert (first.text, first.version, first.reviewed_by) == ("One", 1, "mentor")

    second = save_draft(enrolment, page, text="Two", version=1, now=build.now)

    assert (second.id, second.text, second.version) == (first.id, "Two", 2)


def test_save_draft_from_an_older_page_is_refused_and_overwrites_nothing(
    build: Build, enrolment: Enrolment, page: Assignment
) -> None:
    save_draft(enrolment, page, text="One", version=0, now=build.now)

    for stale in (0, 2):
        with pytest.raises(Conflict):
            save_draft(enrolment, page, text="Other", version=stale, now=build.now)

    assert db.session.query(Submission.text).all() == [("One",)]


def test_save_draft_of_the_same_text_is_no_conflict(build: Build, enrolment: Enrolment, page: Assignment) -> None:
    save_draft(enrolment, page, text="One", version=0, now=build.now)

    assert save_draft(enrolment, page, text="One", version=0, now=build.now).version == 1


def test_save_draft_refuses_more_than_a_hundred_thousand_characters(
    build: Build, enrolment: Enrolment, page: Assignment
) -> None:
    with pytest.raises(DomainError):
        save_draft(enrolment, page, text="x" * 100_001, version=0, now=build.now)


def test_submit_mails_one_receipt(build: Build, enrolment: Enrolment, page: Assignment) -> None:
    submission = save_draft(enrolment, page, text="My line", version=0, now=build.now)

    submit(submission, page, now=build.now)
    with pytest.raises(Conflict):
        submit(submission, page, now=build.now)

    assert (submission.state, submission.submitted_at) == (SubmissionState.SUBMITTED, build.now)
    mails = [(mail.template, mail.params, mail.person_id) for mail in db.session.query(Message)]
    assert mails == [("submission-receipt", {"submission_id": submission.id}, enrolment.person_id)]


def test_submit_needs_something_to_hand_in(build: Build, enrolment: Enrolment, page: Assignment) -> None:
    submission = save_draft(enrolment, page, text="", version=0, now=build.now)

    with pytest.raises(DomainError) as refusal:
        submit(submission, page, now=build.now)

    assert refusal.value.field == "text"


def test_submit_of_a_file_needs_a_file(build: Build, enrolment: Enrolment, tmp_path: Path) -> None:
    assignment = of_kind(enrolment, "file")
    submission = save_draft(enrolment, assignment, text="It is attached", version=0, now=build.now)
    with pytest.raises(DomainError) as refusal:
        submit(submission, assignment, now=build.now)
    assert refusal.value.field == "files"

    add_file(submission, name="plan.txt", data=b"The plan", now=build.now, uploads_dir=tmp_path)
    submit(submission, assignment, now=build.now)

    assert submission.state is SubmissionState.SUBMITTED


def test_submit_of_a_link_needs_a_link(build: Build, enrolment: Enrolment) -> None:
    assignment = of_kind(enrolment, "link")
    submission = save_draft(enrolment, assignment, text="see the wiki", version=0, now=build.now)
    with pytest.raises(DomainError):
        submit(submission, assignment, now=build.now)

    save_draft(enrolment, assignment, text="see https://wiki.example/plan", version=1, now=build.now)
    submit(submission, assignment, now=build.now)

    assert submission.state is SubmissionState.SUBMITTED


def test_submitted_work_is_not_changed(build: Build, enrolment: Enrolment, page: Assignment, tmp_path: Path) -> None:
    submission = save_draft(enrolment, page, text="My line", version=0, now=build.now)
    file = add_file(submission, name="a.txt", data=b"a", now=build.now, uploads_dir=tmp_path)
    submit(submission, page, now=build.now)

    with pytest.raises(Conflict):
        save_draft(enrolment, page, text="Another", version=submission.version, now=build.now)
    with pytest.raises(Conflict):
        add_file(submission, name="b.txt", data=b"b", now=build.now, uploads_dir=tmp_path)
    with pytest.raises(Conflict):
        remove_file(submission, file.id)

    assert (submission.text, [kept.name for kept in submission.files]) == ("My line", ["a.txt"])


def test_take_back_makes_a_draft_until_it_is_due(build: Build, enrolment: Enrolment, page: Assignment) -> None:
    submission = save_draft(enrolment, page, text="My line", version=0, now=build.now)
    submit(submission, page, now=build.now)
    with pytest.raises(Conflict):
        take_back(submission, due=build.now, now=build.now)

    take_back(submission, due=build.now + timedelta(hours=1), now=build.now)
    submit(submission, page, now=build.now)

    assert db.session.query(Message).count() == 2


def test_is_late_only_after_it_was_due(build: Build, enrolment: Enrolment, page: Assignment) -> None:
    submission = save_draft(enrolment, page, text="My line", version=0, now=build.now)
    assert not is_late(submission, build.now - timedelta(days=1))

    submit(submission, page, now=build.now)

    assert not is_late(submission, build.now)
    assert is_late(submission, build.now - timedelta(seconds=1))


def test_same_file_is_attached_once_and_removed_once(
    build: Build, enrolment: Enrolment, page: Assignment, tmp_path: Path
) -> None:
    submission = save_draft(enrolment, page, text="", version=0, now=build.now)
    first = add_file(submission, name="a.txt", data=b"same", now=build.now, uploads_dir=tmp_path)
    again = add_file(submission, name="a.txt", data=b"same", now=build.now, uploads_dir=tmp_path)
    assert (again.id, len(submission.files)) == (first.id, 1)

    remove_file(submission, first.id)
    remove_file(submission, first.id)

    assert submission.files == []


def test_files_are_at_most_ten(build: Build, enrolment: Enrolment, page: Assignment, tmp_path: Path) -> None:
    submission = save_draft(enrolment, page, text="", version=0, now=build.now)
    for number in range(MOST_FILES):
        add_file(submission, name=f"{number}.txt", data=b"text", now=build.now, uploads_dir=tmp_path)

    with pytest.raises(DomainError):
        add_file(submission, name="more.txt", data=b"text", now=build.now, uploads_dir=tmp_path)
