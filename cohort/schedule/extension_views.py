"""Answering somebody who asks for more time: one page for the mentor who reviews the work and for staff."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, may, me
from cohort.people.away_rows import others_words
from cohort.people.queries import list_own_away
from cohort.programs.queries import pack_of
from cohort.schedule import more_time_views
from cohort.schedule.asking import LONGEST, decline_request, grant_request, is_reviewed_by_mentor, until_on
from cohort.schedule.extension_finding import Asked, find_asked
from cohort.schedule.extension_forms import DecideForm
from cohort.schedule.extensions_blueprint import bp
from cohort.schedule.models import ExtensionRequest
from cohort.schedule.queries import effective_due, list_extensions
from cohort.schedule.suggesting import find_spell
from cohort.templating import day, first_name

__all__ = ["bp", "more_time_views"]


@bp.get("/extension-requests/<id:request_id>")
@access("extension.grant", find_asked)
def decide(asked: Asked) -> ResponseReturnValue:
    on = clock.in_zone(asked.request.until, asked.request.enrolment.cohort.zone).date()
    return _show(asked.request, DecideForm(formdata=None, data={"until": on}))


@bp.post("/extension-requests/<id:request_id>")
@access("extension.grant", find_asked)
def answer(asked: Asked) -> ResponseReturnValue:
    """Grant it, with this date or another, or leave the date as it is."""
    form = DecideForm()
    if not form.validate():
        return _show(asked.request, form), 422
    try:
        words = _decline(asked.request, form) if request.form.get("do") == "decline" else _grant(asked.request, form)
    except Conflict:
        raise
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(asked.request, form), 422
    db.session.commit()
    flash(words, "success")
    return redirect(_back_url(asked.request))


def _grant(asked: ExtensionRequest, form: DecideForm) -> str:
    until = until_on(form.until.data, asked.item, asked.enrolment.cohort.zone)
    grant_request(asked, until=until, answer=form.answer.data or "", by=me(), now=clock.now())
    return f"{asked.enrolment.person.name} has until {day(until)} for “{asked.item.title}” and is told by mail."


def _decline(asked: ExtensionRequest, form: DecideForm) -> str:
    decline_request(asked, answer=form.answer.data or "", by=me(), now=clock.now())
    return f"The date stays. {asked.enrolment.person.name} gets your answer by mail."


def _show(asked: ExtensionRequest, form: DecideForm) -> str:
    enrolment, item = asked.enrolment, asked.item
    person, host = enrolment.person, enrolment.cohort.zone
    due = effective_due(item, list_extensions(enrolment.id).get(item.id))
    spells = list_own_away(person.id, clock.in_zone(due or asked.until, person.time_zone).date())
    hit = find_spell(due, spells, zone=person.time_zone) if due else None
    by_mentor = is_reviewed_by_mentor(pack_of(enrolment.cohort.version), item.kind, item.key)
    return render_template(
        "extensions/decide.html",
        cohort=enrolment.cohort,
        asked=asked,
        item=item,
        person=person,
        form=form,
        due=due,
        away=others_words(first_name(person.name), hit) if hit else "",
        last=clock.in_zone(item.at, host).date() + LONGEST if item.at else None,
        readers=f"{person.name}{', the mentor' if by_mentor else ''}, facilitators and program leads",
        is_staff=may("extension.list", enrolment.cohort),
        back=_back_url(asked),
    )


def _back_url(asked: ExtensionRequest) -> str:
    cohort = asked.enrolment.cohort
    endpoint = "cohorts.extensions" if may("extension.list", cohort) else "mentoring.mentees"
    return url_for(endpoint, slug=cohort.slug)
