"""Reading handed-in work and its files: the mentor where the assignment says so, facilitators and staff, the owner."""

from flask import abort, current_app, make_response, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from cohort.assignments.blueprint import bp
from cohort.assignments.files import path_of
from cohort.assignments.finding import find_handed_in
from cohort.assignments.models import Submission, SubmissionFile, SubmissionState
from cohort.assignments.queries import find_file
from cohort.assignments.readers import readers_of, readers_words, reviewer_words
from cohort.assignments.submitting import is_late
from cohort.config import Settings
from cohort.gate import access, me
from cohort.learning.item_views import Row
from cohort.programs.queries import pack_of
from cohort.schedule.items import Kind
from cohort.schedule.queries import effective_due, find_item, list_extensions
from cohort.templating import day, size_words

REMOVE = "remove-"
"""What the buttons that take a file off send, followed by the file's number."""
SEALED = "sandbox; default-src 'none'"
"""Content policy of attached files: a browser that shows one all the same runs nothing in it."""


@bp.get("/submissions/<id:submission_id>")
@access("submission.read", find_handed_in)
def read(work: Submission) -> ResponseReturnValue:
    cohort = work.enrolment.cohort
    assignment = pack_of(cohort.version).assignment(work.assignment_key)
    item = find_item(cohort.id, Kind.ASSIGNMENT_DUE, work.assignment_key)
    due = effective_due(item, list_extensions(work.enrolment_id).get(item.id)) if item else None
    return render_template(
        "assignments/read.html",
        cohort=cohort,
        work=work,
        person=work.enrolment.person,
        is_own=work.enrolment.person_id == me().id,
        assignment=assignment,
        files=[file_row(file) for file in work.files],
        readers=_readers(work),
        reviewer=reviewer_words(work.reviewed_by, ""),
        due=due,
        is_late=is_late(work, due),
    )


def _readers(work: Submission) -> str:
    if work.state is SubmissionState.DRAFT:
        return "you"
    owner = work.enrolment.person
    return readers_words(work.reviewed_by, "") if owner.id == me().id else readers_of(owner.name, work.reviewed_by)


def file_row(file: SubmissionFile, *, removable: bool = False) -> Row:
    """An attached file in a list; a draft's can be taken off by a button of the form around it."""
    row: Row = {
        "icon": "paperclip",
        "title": file.name,
        "url": url_for("assignments.download", submission_id=file.submission_id, file_id=file.id),
        "meta": f"{size_words(file.size)}, added {day(file.added_at)}",
    }
    if removable:
        row["action"] = {
            "word": "Remove",
            "about": file.name,
            "name": "do",
            "value": f"{REMOVE}{file.id}",
            "draft": True,
        }
    return row


@bp.get("/submissions/<id:submission_id>/files/<id:file_id>")
@access("submission.file", find_file)
def download(file: SubmissionFile) -> ResponseReturnValue:
    settings: Settings = current_app.extensions["settings"]
    path = path_of(file.sha256, settings.uploads_dir)
    if not path.exists():
        abort(410, "This file is not on the server any more. Ask whoever attached it to send it again.")
    answer = make_response(
        send_file(
            path,
            mimetype=file.media_type,
            as_attachment=True,
            download_name=file.name,
            conditional=False,
        )
    )
    answer.headers["Content-Security-Policy"] = SEALED
    answer.headers["Cache-Control"] = "no-store, private"
    return answer
