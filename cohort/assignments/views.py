"""The participant's page of an assignment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from cohort import clock
from cohort.assignments import reading_views
from cohort.assignments.blueprint import bp
from cohort.assignments.files import ACCEPTED_WORDS, LARGEST, KeptFile, keep_file
from cohort.assignments.finding import AssignmentPage, find_assignment
from cohort.assignments.forms import WorkForm
from cohort.assignments.models import Submission, SubmissionState
from cohort.assignments.queries import find_submission
from cohort.assignments.readers import readers_words, reviewer_words
from cohort.assignments.reading_views import REMOVE, file_row
from cohort.assignments.reminding import list_reminders
from cohort.assignments.submitting import attach, is_late, remove_file, save_draft, submit, take_back
from cohort.cohorts.models import CohortState
from cohort.config import Settings
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, may
from cohort.learning.finding import Place
from cohort.learning.queries import find_pairing
from cohort.reminders.ruling import rules_of
from cohort.schedule.extension_queries import find_extension
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.more_time_views import MoreTime, more_time
from cohort.schedule.queries import effective_due, find_item
from cohort.templating import clock_time, day, first_name

__all__ = ["bp", "reading_views"]


@bp.get("/cohorts/<key:slug>/assignments/<key:assignment>")
@access("module.read", find_assignment)
def show(page: AssignmentPage) -> ResponseReturnValue:
    work = find_submission(page.enrolment.id, page.assignment.key) if page.enrolment else None
    kept = {"text": work.text, "version": work.version} if work else {}
    return _show(page, WorkForm(formdata=None, data=kept), work)


@bp.post("/cohorts/<key:slug>/assignments/<key:assignment>")
@access("submission.write", find_assignment)
def save(page: AssignmentPage) -> ResponseReturnValue:
    """Keep text and files as the draft, and then take a file off it or hand it in, whichever button was pressed."""
    form = WorkForm()
    if not form.validate():
        return _show(page, form, find_submission(page.own.id, page.assignment.key))
    uploads = [file for file in form.files.data or () if file.filename]
    try:
        if uploads:
            kept, page = _keep_uploads(uploads), _find_again()
        else:
            kept = []
        work = _save(page, form, kept)
    except Conflict as refusal:
        db.session.rollback()
        return _show_conflict(_find_again(), form, refusal)
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        page = _find_again()
        return _show(page, form, find_submission(page.own.id, page.assignment.key))
    return _act(page, form, work)


@bp.post("/cohorts/<key:slug>/assignments/<key:assignment>/draft")
@access("submission.write", find_assignment)
def autosave(page: AssignmentPage) -> ResponseReturnValue:
    """Keep the text while somebody types. Answers with the version that the next save has to name."""
    form = WorkForm()
    if not form.validate():
        abort(422)
    work = _save(page, form, [])
    db.session.commit()
    return {"saved": clock_time(work.saved_at), "version": work.version}


@bp.post("/cohorts/<key:slug>/assignments/<key:assignment>/withdraw")
@access("submission.write", find_assignment)
def withdraw(page: AssignmentPage) -> ResponseReturnValue:
    """Make handed-in work a draft again."""
    work = find_submission(page.own.id, page.assignment.key)
    if work is None:
        abort(404)
    take_back(work, due=_find_due(page).at, now=clock.now())
    db.session.commit()
    flash("Your work is a draft again. Only you read it until you submit it.", "info")
    return _to(page)


def _save(page: AssignmentPage, form: WorkForm, kept: Sequence[KeptFile]) -> Submission:
    now = clock.now()
    work = save_draft(page.own, page.assignment, text=form.text.data, version=form.version.data, now=now)
    for file in kept:
        attach(work, file, now=now)
    return work


def _act(page: AssignmentPage, form: WorkForm, work: Submission) -> ResponseReturnValue:
    """Do what the button says. What was saved stays saved, also when the work cannot be handed in yet."""
    wish, done = request.form.get("do", ""), "Your draft is saved."
    if wish == "submit" and work.state is SubmissionState.SUBMITTED:
        return _to(page)  # the same form sent twice
    try:
        if wish == "submit":
            submit(work, page.assignment, now=clock.now())
            done = f"Submitted. A receipt goes to {page.own.person.email}."
        elif wish.startswith(REMOVE) and wish.removeprefix(REMOVE).isdecimal():
            remove_file(work, int(wish.removeprefix(REMOVE)))
            done = "The file is removed."
    except DomainError as refusal:
        form.refuse(refusal)
    db.session.commit()
    if form.errors:
        form.version.data = work.version
        return _show(page, form, work)
    flash(done, "success")
    return _to(page)


def _keep_uploads(uploads: Sequence[FileStorage]) -> list[KeptFile]:
    """Store the files with no transaction open: nobody else shall wait for a disk."""
    db.session.rollback()
    settings: Settings = current_app.extensions["settings"]
    return [keep_file(file.filename or "", file.read(LARGEST + 1), settings.uploads_dir) for file in uploads]


def _find_again() -> AssignmentPage:
    """The page once more, in a new transaction, and once more the question whether the reader may change it."""
    page = find_assignment(**(request.view_args or {}))
    if page is None or not may("submission.write", page):
        abort(403)
    return page


@dataclass(frozen=True, slots=True)
class _Due:
    item: DatedItem | None
    extension: Extension | None

    @property
    def at(self) -> datetime | None:
        """When it is due for the reader."""
        return effective_due(self.item, self.extension) if self.item else None

    @property
    def granted_by(self) -> str:
        return self.extension.granted_by.name if self.extension and self.extension.granted_by else ""


def _find_due(page: AssignmentPage) -> _Due:
    item = find_item(page.cohort.id, Kind.ASSIGNMENT_DUE, page.assignment.key)
    return _Due(item, find_extension(page.enrolment.id, item.id) if item and page.enrolment else None)


def _to(page: AssignmentPage) -> ResponseReturnValue:
    return redirect(url_for("assignments.show", slug=page.cohort.slug, assignment=page.assignment.key))


def _show(page: AssignmentPage, form: WorkForm, work: Submission | None) -> ResponseReturnValue:
    now = clock.now()
    dated = _find_due(page)
    item, due = dated.item, dated.at
    pairing = find_pairing(page.enrolment.id) if page.enrolment else None
    mentor = pairing.mentor.person.name if pairing else ""
    submitted = work is not None and work.state is SubmissionState.SUBMITTED
    shown = render_template(
        "assignments/show.html",
        cohort=page.cohort,
        module=page.module,
        module_number=page.number,
        assignment=page.assignment,
        is_own=page.enrolment is not None,
        form=form,
        work=work,
        files=[file_row(file, removable=not submitted) for file in work.files] if work else [],
        item=item,
        due=due,
        is_late=work is not None and is_late(work, due),
        may_withdraw=submitted and (due is None or now < due),
        now=now,
        readers=readers_words(page.assignment.reviewed_by, mentor),
        reviewer=reviewer_words(page.assignment.reviewed_by, first_name(mentor)),
        reminders=_list_reminders(page, due, now) if not submitted else [],
        accepted=ACCEPTED_WORDS,
        granted_by=dated.granted_by,
        more=_more_time(page, item, due, mentor, now) if not submitted else None,
    )
    return shown, 422 if form.errors else 200


def _more_time(
    page: AssignmentPage, item: DatedItem | None, due: datetime | None, mentor: str, now: datetime
) -> MoreTime | None:
    if item is None or page.enrolment is None or not may("extension.ask", page):
        return None
    return more_time(Place(page.cohort, page.enrolment), item, due, mentor=mentor, now=now)


def _list_reminders(page: AssignmentPage, due: datetime | None, now: datetime) -> list[tuple[str, str]]:
    """When mails are to come, as the component `reasons` takes it; none while the cohort's mail is held."""
    cohort, enrolment = page.cohort, page.enrolment
    if enrolment is None or due is None or cohort.state is not CohortState.RUNNING or cohort.mail_paused_at is not None:
        return []
    person = enrolment.person
    moments = list_reminders(rules_of(cohort), due, zone=person.time_zone, wishes=person.wishes, now=now)
    before = [f"{day(at)} at {clock_time(at)}" for at in moments if at <= due]
    after = [day(at) for at in moments if at > due]
    lines = [f"A reminder is sent on {when} unless you have submitted." for when in before[:1]]
    lines += [f"Another on {when}." for when in before[1:]]
    if after:
        days = " and ".join(filter(None, [", ".join(after[:-1]), after[-1]]))
        lines.append(f"If it is late, you are reminded on {days}, until you submit.")
    return [("bell", line) for line in lines]


def _show_conflict(page: AssignmentPage, form: WorkForm, refusal: Conflict) -> ResponseReturnValue:
    """Both texts, side by side; the form names the newer version, so that keeping the own one is a choice."""
    work = find_submission(page.own.id, page.assignment.key)
    form.version.data = work.version if work else 0
    shown = render_template(
        "assignments/conflict.html",
        cohort=page.cohort,
        assignment=page.assignment,
        form=form,
        work=work,
        submitted=work is not None and work.state is SubmissionState.SUBMITTED,
        reason=refusal.message,
    )
    return shown, 409
