"""Who is ready for matching, for staff, and the reminder to those who are not, after a preview."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.forms import BaseForm
from cohort.gate import access, may
from cohort.mail.composing import Composer
from cohort.mail.letters import Letter
from cohort.mail.models import Message
from cohort.mentoring.gathering import list_people
from cohort.mentoring.models import Mentor
from cohort.mentoring.nudge_letters import profile_nudge
from cohort.mentoring.readiness import NUDGE, Readiness, list_readiness, remind
from cohort.mentoring.vetoing import HeavyVetoes, has_vetoes, list_heavy_vetoes
from cohort.templating import count, moment

bp = Blueprint("readiness", __name__)

PER_PAGE = 50


class EmptyForm(BaseForm):
    """One button; whom it mails travels as hidden fields of their own."""


@bp.get("/cohorts/<key:slug>/matching/readiness")
@access("match.see-all", open_cohort)
def show(cohort: Cohort) -> ResponseReturnValue:
    rows, now = list_readiness(cohort), clock.now()
    page = min(max(1, request.args.get("page", 1, type=int)), -(-len(rows) // PER_PAGE) or 1)
    return render_template(
        "matching/readiness.html",
        cohort=cohort,
        rows=[_row(row) for row in rows[(page - 1) * PER_PAGE : page * PER_PAGE]],
        page=page,
        pages=-(-len(rows) // PER_PAGE),
        everybody=len(rows),
        ready=sum(row.is_ready for row in rows),
        due=sum(row.is_due(now) for row in rows),
        heavy=_heavy(cohort),
        may_remind=may("match.decide", cohort) and cohort.state is not CohortState.ARCHIVED,
    )


@bp.get("/cohorts/<key:slug>/matching/readiness/remind")
@access("match.decide", open_cohort)
def preview(cohort: Cohort) -> ResponseReturnValue:
    """Who would get the reminder, who would not, and how it reads."""
    rows, now = list_readiness(cohort), clock.now()
    due = [row for row in rows if row.is_due(now)]
    return render_template(
        "matching/remind.html",
        cohort=cohort,
        form=EmptyForm(formdata=None),
        due=due,
        rows=[_row(row) for row in due],
        others=[_row(row) for row in rows if not row.is_ready and row not in due],
        examples=_examples(cohort, due),
    )


@bp.post("/cohorts/<key:slug>/matching/readiness/remind")
@access("match.decide", open_cohort)
def send(cohort: Cohort) -> ResponseReturnValue:
    number = remind(cohort, set(request.form.getlist("person", type=int)), now=clock.now())
    db.session.commit()
    if number:
        flash(f"{count(number, 'reminder is', 'reminders are')} on the way.", "success")
    else:
        flash("Nobody was mailed: nothing is missing any more, or they were reminded less than three days ago.", "info")
    return redirect(url_for("readiness.show", slug=cohort.slug))


def _heavy(cohort: Cohort) -> Sequence[HeavyVetoes]:
    """For leads, who may read the vetoes; until the first pairs are published."""
    is_over = cohort.matched_on or not may("match.decide", cohort)
    return [] if is_over or not has_vetoes(cohort.id) else list_heavy_vetoes(list_people(cohort))


def _row(row: Readiness) -> dict[str, Any]:
    place = row.place
    person = place.person
    url = ""
    if isinstance(place, Enrolment):
        url = url_for("cohorts.person", slug=place.cohort.slug, enrolment_id=place.id)
    return {
        "name": person.name,
        "person_id": person.id,
        "url": url,
        "role": "Mentor" if isinstance(place, Mentor) else "Participant",
        "missing": row.missing,
        "nudged": moment(row.nudged_at) if row.nudged_at else "",
        "tag": _tag(row),
    }


def _tag(row: Readiness) -> tuple[str, str, str]:
    if row.is_ready:
        return ("ok", "check-lg", "Ready")
    if not row.is_invited:
        return ("info", "envelope", "Not invited yet")
    if not row.place.person.is_active:
        return ("", "dash-circle", "Account closed")
    return ("warn", "pencil", "Not ready")


def _examples(cohort: Cohort, due: Sequence[Readiness]) -> list[tuple[str, Letter]]:
    """The mail to the first who has not answered, and to the first whose profile lacks something, with their names."""
    first = {row.awaits_answer: row for row in reversed(due)}
    return [(row.place.person.name, _example(cohort, row)) for _, row in sorted(first.items())]


def _example(cohort: Cohort, row: Readiness) -> Letter:
    """The mail as it would read; the one-time link in it is none."""
    params = {"mentor_id" if isinstance(row.place, Mentor) else "enrolment_id": row.place.id}
    message = Message(template=NUDGE, params=params, person_id=row.place.person_id, cohort_id=cohort.id, frozen=b"")
    composer = Composer(current_app.extensions["settings"], current_app.jinja_env)
    return profile_nudge(composer.desk(message, row.place.person, cohort, now=clock.now()))
