"""A concern about a pair: raised by one of the two, read and settled by program leads, seen by nobody else."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, me
from cohort.mentoring.blueprint import bp
from cohort.mentoring.concerns import list_concerns_of, raise_concern, settle_concern
from cohort.mentoring.finding import open_concern, open_pair
from cohort.mentoring.forms import ConcernForm, other_of
from cohort.mentoring.models import PairConcern, Pairing
from cohort.people.models import Person
from cohort.templating import day


@bp.get("/pairs/<id:pair>/concern")
@access("concern.raise", open_pair)
def concern(pairing: Pairing) -> ResponseReturnValue:
    return _page(ConcernForm(formdata=None), pairing)


@bp.post("/pairs/<id:pair>/concern")
@access("concern.raise", open_pair)
def send_concern(pairing: Pairing) -> ResponseReturnValue:
    form = ConcernForm()
    if not form.validate():
        return _page(form, pairing), 422
    try:
        raise_concern(pairing, by=me(), text=form.text.data, now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(form, pairing), refusal.status
    db.session.commit()
    flash("The program leads have it now, in confidence. They come to you.", "success")
    if me().id == pairing.mentor.person_id:
        return redirect(url_for("mentoring.pair", pair=pairing.id))
    return redirect(url_for("learning.mentor", slug=pairing.enrolment.cohort.slug))


@bp.get("/cohorts/<key:slug>/matching/concerns")
@access("concern.read", open_cohort)
def concerns(cohort: Cohort) -> ResponseReturnValue:
    found = list_concerns_of(cohort)
    return render_template(
        "mentoring/concerns.html",
        cohort=cohort,
        waiting=[_row(*one, cohort) for one in found if one[0].settled_at is None],
        settled=[_row(*one, cohort) for one in found if one[0].settled_at is not None],
    )


@bp.post("/concerns/<id:concern>/settle")
@access("concern.settle", open_concern)
def settle(concern: PairConcern) -> ResponseReturnValue:
    settle_concern(concern, by=me(), now=clock.now())
    db.session.commit()
    flash("Settled. It has left the list of what needs attention; nobody was mailed.", "success")
    return redirect(url_for("mentoring.concerns", slug=concern.pairing.enrolment.cohort.slug))


def _row(concern: PairConcern, by: Person, cohort: Cohort) -> dict[str, Any]:
    pairing = concern.pairing
    settled = f", settled {day(concern.settled_at, cohort.zone)}" if concern.settled_at else ""
    return {
        "id": concern.id,
        "by": by.name,
        "role": "mentor" if by.id == pairing.mentor.person_id else "participant",
        "other": other_of(pairing, by).name,
        "text": concern.text,
        "when": f"Raised {day(concern.raised_at, cohort.zone)}{settled}",
        "pair": pairing.id,
        "email": by.email,
    }


def _page(form: ConcernForm, pairing: Pairing) -> str:
    return render_template(
        "mentoring/concern.html",
        form=form,
        pairing=pairing,
        cohort=pairing.enrolment.cohort,
        other=other_of(pairing, me()),
        is_mentor=me().id == pairing.mentor.person_id,
    )
