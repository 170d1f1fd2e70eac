"""The timeline of a cohort, for those who run it."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from cohort.clock import in_zone
from cohort.cohorts.blueprint import bp
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.exports import write_csv
from cohort.gate import access, may
from cohort.schedule.deriving import plan_of
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.schedule.words import KIND_WORDS, by_month, list_doubts

HEADER = ("Item", "What", "Title", "Date", "Weekday", "Time", "Zone", "UTC", "Ends (UTC)", "Why")


@bp.get("/cohorts/<key:slug>/schedule")
@access("cohort.run", open_cohort)
def schedule(cohort: Cohort) -> ResponseReturnValue:
    items = list_items(cohort.id)
    return render_template(
        "cohorts/schedule.html",
        cohort=cohort,
        months=list(by_month(items, cohort.zone)),
        number=len(items),
        doubts=list_doubts(plan_of(cohort).warnings),
        kinds=KIND_WORDS,
        may_rehearse=may("mail.log", cohort),
    )


@bp.get("/cohorts/<key:slug>/schedule.csv")
@access("cohort.run", open_cohort)
def schedule_csv(cohort: Cohort) -> ResponseReturnValue:
    table = write_csv(HEADER, [_csv_row(item, cohort.zone) for item in list_items(cohort.id)])
    headers = {"Content-Disposition": f'attachment; filename="{cohort.slug}-schedule.csv"'}
    return Response(table.encode("utf-8-sig"), mimetype="text/csv", headers=headers)


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
