"""Pages on which staff change dates: one item, one change seen before it happens, and what was changed so far."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, may, me
from cohort.programs.outline import compare
from cohort.programs.queries import find_version, pack_of
from cohort.schedule import changing
from cohort.schedule.changing import HOLD, Preview, find_undoable
from cohort.schedule.deed_views import COHORT_DEEDS, ITEM_DEEDS, Asked, ask_cohort, ask_item
from cohort.schedule.deriving import arrangement_of
from cohort.schedule.finding import ChangePage, DeedPage, ItemPage, open_change, open_deed, open_item
from cohort.schedule.forms import ApplyForm
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import UNDO_WITHIN, ScheduleChange
from cohort.schedule.preview_rows import (
    MOST_MAILS,
    clash_rows,
    list_weeks,
    mail_rows,
    move_rows,
    stay_rows,
    zone_rows,
)
from cohort.schedule.queries import list_items
from cohort.schedule.words import KIND_WORDS
from cohort.templating import count, moment

bp = Blueprint("schedule", __name__)

PER_PAGE = 50
_ITEM_DEEDS = ", ".join(f'"{name}"' for name in ITEM_DEEDS)
_COHORT_DEEDS = ", ".join(f'"{name}"' for name in COHORT_DEEDS)


@bp.get("/cohorts/<key:slug>/schedule/items/<item:item_id>")
@access("cohort.run", open_item)
def item(page: ItemPage) -> ResponseReturnValue:
    """Why one item is on its day, what hangs on it, and what can be done with it."""
    arrangement = arrangement_of(page.cohort)
    hanging = {item_id for item_id, spot in arrangement.spots.items() if spot.parent == page.item.item_id}
    adjustment = arrangement.adjustment(page.item.item_id)
    return render_template(
        "schedule/item.html",
        cohort=page.cohort,
        item=page.item,
        kind=KIND_WORDS[Kind(page.item.kind)],
        hanging=[_hanging_row(it, page.cohort) for it in list_items(page.cohort.id) if it.item_id in hanging],
        is_dropped=page.item.dropped_at is not None,
        is_pinned=adjustment.pinned_on is not None,
        is_changed=bool(adjustment.override or adjustment.days or adjustment.clock or adjustment.pinned_on),
        is_first_sitting=page.item.kind == Kind.WORKSHOP,
        may_change=_may_change(page.cohort),
    )


@bp.route(f"/cohorts/<key:slug>/schedule/items/<item:item_id>/<any({_ITEM_DEEDS}):deed>", methods=["GET", "POST"])
@access("schedule.change", open_item)
def change_item(page: ItemPage) -> ResponseReturnValue:
    return _answer(page.cohort, ask_item(page), (page.item.title, _item_url(page)))


@bp.route(f"/cohorts/<key:slug>/schedule/change/<any({_COHORT_DEEDS}):deed>", methods=["GET", "POST"])
@access("schedule.change", open_deed)
def change_cohort(page: DeedPage) -> ResponseReturnValue:
    return _answer(page.cohort, ask_cohort(page), None)


@bp.get("/cohorts/<key:slug>/schedule/changes")
@access("cohort.run", open_cohort)
def changes(cohort: Cohort) -> ResponseReturnValue:
    """Every change of dates so far, the latest first."""
    page = db.paginate(
        select(ScheduleChange)
        .options(joinedload(ScheduleChange.made_by))
        .where(ScheduleChange.cohort_id == cohort.id)
        .order_by(ScheduleChange.id.desc()),
        per_page=PER_PAGE,
    )
    return render_template(
        "schedule/changes.html",
        cohort=cohort,
        page=page,
        rows=[_history_row(change) for change in page.items],
        undoable=find_undoable(cohort.id, clock.now()) if _may_change(cohort) else None,
    )


@bp.post("/cohorts/<key:slug>/schedule/changes/<id:change_id>/undo")
@access("schedule.change", open_change)
def undo(page: ChangePage) -> ResponseReturnValue:
    try:
        changing.undo(page.change, page.cohort, by=me(), now=clock.now())
    except DomainError as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
    else:
        db.session.commit()
        flash(f"Taken back: {page.change.summary}. Who was told of it already gets one mail more.", "success")
    return redirect(url_for("cohorts.schedule", slug=page.cohort.slug))


def _may_change(cohort: Cohort) -> bool:
    return cohort.state is not CohortState.ARCHIVED and may("schedule.change", cohort)


def _answer(cohort: Cohort, asked: Asked, above: tuple[str, str] | None) -> ResponseReturnValue:
    """Show what the change would do; apply it when that is asked for."""
    form = ApplyForm()
    if request.method == "POST" and asked.alteration is not None and form.validate():
        try:
            change = changing.apply(
                cohort,
                asked.alteration,
                summary=asked.summary,
                by=me(),
                now=clock.now(),
                message=form.message.data or "",
                asks=form.asks.data,
                seen=form.seen.data,
                version=asked.version,
            )
        except DomainError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            return _show(cohort, asked, above, form), refusal.status
        db.session.commit()
        flash(_applied_words(change), "success")
        return redirect(url_for("cohorts.schedule", slug=cohort.slug))
    refused = bool(form.errors or form.form_errors) and request.method == "POST"
    return _show(cohort, asked, above, form), 422 if refused or _has_errors(asked) else 200


def _has_errors(asked: Asked) -> bool:
    return bool(asked.form is not None and request.args and (asked.form.errors or asked.form.form_errors))


def _applied_words(change: ScheduleChange) -> str:
    moved = count(len(change.moves), "date has moved", "dates have moved")
    wait = f"{HOLD // timedelta(minutes=1)} minutes"
    return (
        f"{change.summary}. {moved}; whom it concerns gets one mail in {wait}. You can take it back until "
        f"{moment(change.undo_until)}."
    )


def _show(cohort: Cohort, asked: Asked, above: tuple[str, str] | None, form: ApplyForm) -> str:
    seen = _look(cohort, asked)
    return render_template(
        "schedule/change.html",
        cohort=cohort,
        asked=asked,
        above=above,
        form=form,
        seen=seen,
        diff=_version_lines(cohort, asked),
        undo_until=moment(clock.now() + UNDO_WITHIN),
        **(_preview_words(cohort, seen) if seen else {}),
    )


def _look(cohort: Cohort, asked: Asked) -> Preview | None:
    if asked.alteration is None:
        return None
    try:
        domain = current_app.extensions["settings"].mail_domain
        return changing.preview(cohort, asked.alteration, by=me(), mail_domain=domain, now=clock.now())
    except DomainError as refusal:
        if asked.form is None or isinstance(refusal, Conflict):
            flash(refusal.message, "error")
        else:
            asked.form.refuse(refusal)
        return None


def _preview_words(cohort: Cohort, seen: Preview) -> dict[str, Any]:
    moves = seen.moves
    return {
        "moves": move_rows(moves, cohort.zone),
        "stays": stay_rows(seen),
        "zones": zone_rows(seen.told, moves[0] if len(moves) == 1 else _first_sitting(seen), cohort.zone),
        "weeks": list_weeks(seen),
        "clashes": clash_rows(seen.clashes),
        "mails": mail_rows(seen.following, pack_of(cohort.version), cohort.zone),
        "more_mails": max(0, len(seen.following) - MOST_MAILS),
        "told": [{"face": it.name, "title": it.name, "meta": _told_words(it.role, len(it.moves))} for it in seen.told],
    }


def _first_sitting(seen: Preview) -> Any:
    return next((move for move in seen.moves if move.id.partition(":")[0] in SITTINGS), None)


def _told_words(role: str, dates: int) -> str:
    return f"{role.capitalize()}, {count(dates, 'date moves', 'dates move')}"


def _version_lines(cohort: Cohort, asked: Asked) -> list[str]:
    """What differs between the version that the cohort has and the one it would take."""
    if asked.version is None:
        return []
    own = find_version(cohort.version.program.key, cohort.version.number)
    return list(compare(own.document, asked.version.document).lines) if own else []


def _hanging_row(it: Any, cohort: Cohort) -> dict[str, Any]:
    return {
        "title": f"{KIND_WORDS[Kind(it.kind)]}: {it.title}",
        "url": url_for("schedule.item", slug=cohort.slug, item_id=it.item_id),
        "date": it.at,
        "zone": cohort.zone,
        "meta": it.why,
    }


def _history_row(change: ScheduleChange) -> dict[str, Any]:
    by = change.made_by.name if change.made_by else "the command line"
    moved = count(len(change.moves), "date", "dates") if change.moves else "No date"
    words = f"{moment(change.made_at)}, by {by}. {moved} moved."
    return {
        "icon": "arrow-counterclockwise" if change.undone_at else "calendar-check",
        "title": change.summary,
        "meta": f"{words}{' Taken back.' if change.undone_at else ''}",
    }


def _item_url(page: ItemPage) -> str:
    return url_for("schedule.item", slug=page.cohort.slug, item_id=page.item.item_id)
