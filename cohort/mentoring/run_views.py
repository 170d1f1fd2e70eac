"""Runs that are kept: the list of them, and their files."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.errors import Gone
from cohort.gate import access
from cohort.mentoring import studio_rows
from cohort.mentoring.finding import open_run
from cohort.mentoring.kept_runs import list_summed, read_file
from cohort.mentoring.matching_blueprint import bp
from cohort.mentoring.models import MatchRun, RunState


@bp.get("/cohorts/<key:slug>/matching/runs")
@access("match.decide", open_cohort)
def runs(cohort: Cohort) -> ResponseReturnValue:
    return render_template("matching/runs.html", cohort=cohort, runs=list_summed(cohort.id), rows=studio_rows)


@bp.get("/cohorts/<key:slug>/matching/runs/<id:number>/files")
@access("match.decide", open_run)
def files(row: MatchRun) -> ResponseReturnValue:
    """The archive: `cohort match` makes the same pairs and the same report of the files in it."""
    return _download(row, row.files, f"run-{row.number}.zip", "application/zip")


@bp.get("/cohorts/<key:slug>/matching/runs/<id:number>/certificate")
@access("match.decide", open_run)
def certificate(row: MatchRun) -> ResponseReturnValue:
    """The report, with the prices that prove that no plan is better."""
    content = read_file(row, "report.json") if row.state is RunState.DONE else None
    return _download(row, content, f"run-{row.number}-report.json", "application/json")


def _download(row: MatchRun, content: bytes | None, name: str, kind: str) -> ResponseReturnValue:
    if content is None:
        raise Gone(f"Run {row.number} has no files: it did not come to an end.")
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
