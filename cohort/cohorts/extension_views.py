"""Every later date of a cohort in one report, and giving more time to several people at once."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.blueprint import bp
from cohort.cohorts.extension_forms import PreviewForm, SeveralForm
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, may, me
from cohort.schedule.extending import EXTENDABLE, Prospect, foresee, grant_to_several
from cohort.schedule.extension_queries import list_seated, page_extensions, page_requests
from cohort.schedule.models import DatedItem, ExtensionRequest
from cohort.schedule.queries import list_items
from cohort.templating import count, day, moment

PER_PAGE = 50
DUE_WORDS = {"prework.due": "pre-work", "assignment.due": "assignment", "checkin.closes": "check-in"}


@bp.get("/cohorts/<key:slug>/extensions")
@access("extension.list", open_cohort)
def extensions(cohort: Cohort) -> ResponseReturnValue:
    page = max(1, request.args.get("page", default=1, type=int))
    may_grant = may("extension.grant", cohort)
    waiting = page_requests(cohort.id, page=1, per_page=PER_PAGE)
    return render_template(
        "cohorts/extensions.html",
        cohort=cohort,
        waiting=[_request_row(one, may_grant=may_grant) for one in waiting.items],
        number_waiting=waiting.total or 0,
        page=page_extensions(cohort.id, page=page, per_page=PER_PAGE),
        what=DUE_WORDS,
        may_grant=may_grant,
    )


def _request_row(one: ExtensionRequest, *, may_grant: bool) -> dict[str, Any]:
    """As the component `attention` takes it."""
    name = one.enrolment.person.name
    answer = {
        "word": "Answer",
        "url": url_for("extensions.decide", request_id=one.id),
        "about": f"{name} about {one.item.title}",
    }
    return {
        "icon": "hourglass-split",
        "who": name,
        "what": f"“{one.item.title}” until {day(one.until)}{f', due {day(one.item.at)}' if one.item.at else ''}.",
        "since": f"Asked {day(one.asked_at)}",
        "actions": [answer] if may_grant else [],
    }


@bp.get("/cohorts/<key:slug>/extensions/new")
@access("extension.grant", open_cohort)
def extend_several(cohort: Cohort) -> ResponseReturnValue:
    """Choose what, until when and who; once all three are there, what each of them gets."""
    items, people = _extendable(cohort), list_seated(cohort.id)
    is_asked = "see" in request.args
    form = PreviewForm(request.args)
    _offer(form, items, people)
    if not is_asked:
        form = PreviewForm(formdata=None, data=_prefilled(form))
        _offer(form, items, people)
    prospects = _preview(cohort, form, items, people) if is_asked and form.validate() else None
    return _page(cohort, form, prospects), 422 if form.errors else 200


@bp.post("/cohorts/<key:slug>/extensions/new")
@access("extension.grant", open_cohort)
def give_several(cohort: Cohort) -> ResponseReturnValue:
    items, people = _extendable(cohort), list_seated(cohort.id)
    form = SeveralForm()
    _offer(form, items, people)
    if form.validate():
        chosen = [one for one in people if one.id in form.people.data]
        try:
            item = items[form.item.data]
            until = form.until(item, cohort.zone)
            given = grant_to_several(chosen, item, until=until, reason=form.reason.data or "", by=me(), now=clock.now())
        except Conflict:
            raise
        except DomainError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            number = count(len(given), "person has", "people have", words=True).capitalize()
            flash(f"{number} until {moment(until)} for “{item.title}”. Each is told by mail.", "success")
            return redirect(url_for("cohorts.extensions", slug=cohort.slug))
    return _page(cohort, form, None), 422


def _prefilled(form: PreviewForm) -> dict[str, Any]:
    """What the address says, as far as it can be read."""
    return {name: form[name].data for name in ("item", "until_on", "until_at", "people")}


def _preview(
    cohort: Cohort, form: PreviewForm, items: dict[str, DatedItem], people: list[Enrolment]
) -> list[Prospect] | None:
    item = items[form.item.data]
    try:
        until = form.until(item, cohort.zone)
        if item.at is None or until <= item.at:
            raise DomainError("Choose a time after the date that everybody has.", field="until")
        if until <= clock.now():
            raise DomainError("Choose a time that is still to come.", field="until")
    except DomainError as refusal:
        form.refuse(refusal)
        return None
    return foresee([one for one in people if one.id in form.people.data], item, until=until)


def _page(cohort: Cohort, form: SeveralForm, prospects: list[Prospect] | None) -> str:
    form.until_at.label.text = f"Time in {clock.city(cohort.zone)}"
    item = _extendable(cohort)[form.item.data] if prospects is not None else None
    return render_template(
        "cohorts/extensions_new.html",
        cohort=cohort,
        form=form,
        item=item,
        until=form.until(item, cohort.zone) if item else None,
        prospects=prospects,
        gaining=sum(not one.stays for one in prospects or ()),
        sending=SeveralForm(formdata=None),
    )


def _offer(form: SeveralForm, items: dict[str, DatedItem], people: list[Enrolment]) -> None:
    words = [(it, f"{it.title}, {DUE_WORDS[it.kind]}: {moment(it.at)}") for it in items.values() if it.at]
    form.offer(words, people)


def _extendable(cohort: Cohort) -> dict[str, DatedItem]:
    """What is due from single people and has a date, by its id."""
    return {item.item_id: item for item in list_items(cohort.id) if item.kind in EXTENDABLE and item.at}
