"""The timeline of a cohort, for those who run it."""

from datetime import date
from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.clock import in_zone
from cohort.cohorts.away_views import away_context
from cohort.cohorts.blueprint import bp
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, CohortState
from cohort.exports import write_csv
from cohort.gate import access, may
from cohort.programs.queries import find_newer_version
from cohort.schedule.changing import count_changes, find_undoable
from cohort.schedule.deriving import plan_of
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items, list_rows
from cohort.schedule.words import KIND_WORDS, by_month, list_doubts
from cohort.templating import day

HEADER = ("Item", "What", "Title", "Date", "Weekday", "Time", "Zone", "UTC", "Ends (UTC)", "Why")


@bp.get("/cohorts/<key:slug>/schedule")
@access("cohort.run", open_cohort)
def schedule(cohort: Cohort) -> ResponseReturnValue:
    rows = list_rows(cohort.id)
    items = [item for item in rows if item.dropped_at is None]
    may_change = cohort.state is not CohortState.ARCHIVED and may("schedule.change", cohort)
    return render_template(
        "cohorts/schedule.html",
        cohort=cohort,
        may_change=may_change,
        undoable=find_undoable(cohort.id, clock.now()) if may_change else None,
        changes=count_changes(cohort.id),
        newer=find_newer_version(cohort.version),
        blackouts=[_blackout_row(cohort, first, last, may_change=may_change) for first, last in cohort.blackout_days],
        dropped=[_dropped_row(cohort, item) for item in rows if item.dropped_at is not None],
        months=list(by_month(items, cohort.zone)),
        number=len(items),
        doubts=list_doubts(plan_of(cohort, rows).warnings),
        kinds=KIND_WORDS,
        **away_context(cohort, items),
        may_rehearse=may("mail.log", cohort),
    )


@bp.get("/cohorts/<key:slug>/schedule.csv")
@access("cohort.run", open_cohort)
def schedule_csv(cohort: Cohort) -> ResponseReturnValue:
    table = write_csv(HEADER, [_csv_row(item, cohort.zone) for item in list_items(cohort.id)])
    headers = {"Content-Disposition": f'attachment; filename="{cohort.slug}-schedule.csv"'}
    return Response(table.encode("utf-8-sig"), mimetype="text/csv", headers=headers)


def _blackout_row(cohort: Cohort, first: date, last: date, *, may_change: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"icon": "dash-lg", "title": f"{day(first)} to {day(last)}"}
    if may_change:
        url = url_for("schedule.change_cohort", slug=cohort.slug, deed="open", first=first, last=last)
        row["action"] = {"word": "Remove", "url": url, "about": f"the blackout from {day(first)}"}
    return row


def _dropped_row(cohort: Cohort, item: DatedItem) -> dict[str, Any]:
    return {
        "icon": "dash-circle",
        "title": f"{KIND_WORDS[Kind(item.kind)]}: {item.title}",
        "url": url_for("schedule.item", slug=cohort.slug, item_id=item.item_id),
        "meta": f"Was to be on {day(item.at, cohort.zone)}" if item.at else "",
    }


def _csv_row(item: DatedItem, zone: str) -> tuple[str, ...]:
    local = in_zone(item.at, zone) if item.at else None
    return (
        item.item_id,
        KIND_WORDS[Kind(item.kind)],
        item.title,
        f"{local:%Y-%m-%d}" if local else "",
        f"{local:%A}" if local else "",
        f"{local:%H:%M}" if local else "",
        zone,
        f"{item.at:%Y-%m-%dT%H:%M:%SZ}" if item.at else "",
        f"{item.ends_at:%Y-%m-%dT%H:%M:%SZ}" if item.ends_at else "",
        item.why,
    )
