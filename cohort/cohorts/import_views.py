"""Pages of an import: choose a file, say what the columns are, see what would happen, then import."""

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard, Verdict, decide
from cohort.cohorts.blueprint import bp
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.import_forms import ImportForm, chosen_mapping, column_name
from cohort.cohorts.importing import ImportResult, import_people, preview
from cohort.cohorts.models import Cohort
from cohort.cohorts.roster_fields import RosterKind, fields_of
from cohort.cohorts.roster_file import Table, read_table
from cohort.cohorts.rosters import Roster, check_roster, error_csv
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.exports import write_csv
from cohort.gate import access, current_actor, me
from cohort.programs.queries import pack_of
from cohort.templating import count

ROWS_SHOWN = 50
EXAMPLES = {
    "email": "ann.lee@example.com",
    "name": "Ann Lee",
    "company": "Northwind Managed IT",
    "job_title": "Service Desk Lead",
    "seniority": "5",
    "manager_email": "kim.park@example.com",
    "time_zone": "Europe/London",
    "languages": "en;cy",
    "on_call": "1 week in 4",
    "availability": "tue 09:00-11:00;thu 13:00-15:00",
    "goal": "Give feedback in the same week.",
    "capacity": "2",
    "style": "direct;patient",
    "bio": "Twenty years of running service desks.",
    "role": "facilitator",
}
LISTS = {RosterKind.PARTICIPANT: "participants", RosterKind.MENTOR: "mentors", RosterKind.STAFF: "staff"}


@dataclass(frozen=True)
class Template:
    """An empty file of one kind for one cohort."""

    cohort: Cohort
    kind: RosterKind

    def guard(self) -> Guard:
        return self.cohort.guard()


def open_template(slug: str, kind: str) -> Template | None:
    cohort = open_cohort(slug)
    return Template(cohort, RosterKind(kind)) if cohort and kind in list(RosterKind) else None


@bp.get("/cohorts/<key:slug>/people/import")
@access("people.import", open_cohort)
def choose_import(cohort: Cohort) -> ResponseReturnValue:
    asked = request.args.get("kind")
    kind = asked if asked in list(RosterKind) else RosterKind.PARTICIPANT
    return _upload_page(cohort, ImportForm(formdata=None, kind=kind))


@bp.get("/cohorts/<key:slug>/people/import/<key:kind>.csv")
@access("people.import", open_template)
def import_template(template: Template) -> ResponseReturnValue:
    areas = [competency.key for competency in pack_of(template.cohort.version).competencies]
    fields = [field.key for field in fields_of(template.kind)]
    examples = EXAMPLES | {
        "growth_areas": ";".join(areas[:3]),
        "strengths": ";".join(f"{area}:4" for area in areas[:2]),
    }
    text = write_csv(fields, [[examples[field] for field in fields]])
    return _download(text, f"{LISTS[template.kind]}.csv")


@bp.post("/cohorts/<key:slug>/people/import")
@access("people.import", open_cohort)
def take_import(cohort: Cohort) -> ResponseReturnValue:
    """One step of the import, told by the button: look at the file, its columns, its rows; get the errors; import."""
    form = ImportForm()
    try:
        table, roster = _read(cohort, form)
    except DomainError as refusal:
        form.refuse(refusal)
        return _upload_page(cohort, form, status=422)
    step = request.form.get("step")
    if roster.problems or roster.unrecognised or step == "columns":
        return _columns_page(cohort, form, table, roster)
    if step == "import":
        return _import(cohort, form, roster)
    result = preview(cohort, roster, may_appoint_admins=_may_appoint(cohort))
    if step == "errors":
        return _download(error_csv(table, result.roster), f"{LISTS[roster.kind]}-to-correct.csv")
    return _rows_page(cohort, form, result)


def _import(cohort: Cohort, form: ImportForm, roster: Roster) -> ResponseReturnValue:
    slug, now = cohort.slug, clock.now()
    try:
        result = import_people(cohort, roster, by=me(), may_appoint_admins=_may_appoint(cohort), enrol=False, now=now)
    except Conflict as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _upload_page(open_cohort(slug), form, status=refusal.status)
    db.session.commit()
    flash(_done_words(result), "success")
    return redirect(url_for("cohorts.people", slug=slug, list=LISTS[roster.kind]))


def _read(cohort: Cohort, form: ImportForm) -> tuple[Table, Roster]:
    """The file as a table and as a roster, by the mapping of the person if there is one."""
    if not form.validate():
        raise DomainError("Choose who is in the file, and the file.")
    table = read_table(form.read(), delimiter=form.delimiter.data or None)
    if table.problem:
        raise DomainError(table.problem, field="file")
    kind = form.roster_kind
    mapping = chosen_mapping(request.form, table.header, kind) if form.mapped.data else None
    areas = [competency.key for competency in pack_of(cohort.version).competencies]
    return table, check_roster(table, kind, growth_areas=areas, mapping=mapping)


def _may_appoint(cohort: Cohort) -> bool:
    return _verdict_on_admins(cohort) is Verdict.ALLOW


def _verdict_on_admins(cohort: Cohort) -> Verdict:
    return decide(current_actor(), "people.make-admin", cohort.guard(), clock.now())


def _upload_page(cohort: Cohort | None, form: ImportForm, *, status: int = 200) -> ResponseReturnValue:
    must_confirm = cohort is not None and _verdict_on_admins(cohort) is Verdict.CONFIRM
    page = render_template("cohorts/people_import.html", cohort=cohort, form=form, must_confirm=must_confirm)
    return page, status


def _columns_page(cohort: Cohort, form: ImportForm, table: Table, roster: Roster) -> ResponseReturnValue:
    """Ask what each column is; the suggestion is chosen, what is unknown is marked."""
    columns = [
        {
            "name": column_name(place),
            "header": header,
            "chosen": roster.mapping[header] or "",
            "unknown": header in roster.unrecognised,
            "examples": [row.cells[place] for row in table.rows[:3] if place < len(row.cells) and row.cells[place]],
        }
        for place, header in enumerate(table.header)
    ]
    fields = [(field.key, field.label + (" (required)" if field.required else "")) for field in fields_of(roster.kind)]
    for problem in roster.problems:
        form.refuse(DomainError(problem))
    page = render_template(
        "cohorts/people_import_columns.html", cohort=cohort, form=form, columns=columns, fields=fields, roster=roster
    )
    return page, 422 if form.form_errors else 200


def _rows_page(cohort: Cohort, form: ImportForm, result: ImportResult) -> ResponseReturnValue:
    wrong = [row for row in result.rows if row.problems]
    return render_template(
        "cohorts/people_import_rows.html",
        cohort=cohort,
        form=form,
        result=result,
        counts=result.roster.counts,
        columns=[(column_name(place), key or "") for place, key in enumerate(result.roster.mapping.values())],
        wrong=wrong[:ROWS_SHOWN],
        more_wrong=max(0, len(wrong) - ROWS_SHOWN),
        warned=[row for row in result.rows if row.warnings and not row.problems][:ROWS_SHOWN],
        taken=[row for row in result.rows if row.name][:ROWS_SHOWN],
        to_import=result.created + result.updated,
        labels={field.key: field.label for field in fields_of(result.roster.kind)},
    )


def _done_words(result: ImportResult) -> str:
    parts = [count(result.created, "person imported", "people imported")]
    if result.updated:
        parts.append(f"{result.updated} updated")
    if result.unchanged:
        parts.append(f"{result.unchanged} unchanged")
    left_out = result.roster.counts.with_errors
    if left_out:
        parts.append(f"{count(left_out, 'row', 'rows')} left out")
    return f"{', '.join(parts)}. Nobody was mailed: invite them when you are ready."


def _download(text: str, name: str) -> Response:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), mimetype="text/csv", headers=headers)
