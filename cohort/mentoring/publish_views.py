"""Publishing for staff, after a preview."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import Conflict
from cohort.gate import access
from cohort.mentoring.forms import PublishForm
from cohort.mentoring.gathering import list_people
from cohort.mentoring.models import Pairing, PairingState
from cohort.mentoring.publishing import MAILS_PER_PAIR, publish
from cohort.mentoring.queries import list_pairings
from cohort.schedule.queries import list_items
from cohort.templating import count

bp = Blueprint("publishing", __name__)

LARGEST_ID = 2_147_483_647


@bp.get("/cohorts/<key:slug>/matching/publish")
@access("match.decide", open_cohort)
def preview(cohort: Cohort) -> ResponseReturnValue:
    """What publishing would do: of the pairs named in the address, or of all that are proposed."""
    if "some" not in request.args:
        pairings = list_people(cohort).proposed
    else:
        found = list_pairings(cohort.id, _ids(request.args.getlist("pair", type=int)))
        pairings = [one for one in found if one.state is PairingState.PROPOSED]
    if not pairings:
        flash("Choose at least one proposed pair to publish.", "warning")
        return redirect(url_for("matching.show", slug=cohort.slug))
    return _preview_page(cohort, pairings, PublishForm(formdata=None))


@bp.post("/cohorts/<key:slug>/matching/publish")
@access("match.decide", open_cohort)
def publish_pairs(cohort: Cohort) -> ResponseReturnValue:
    form = PublishForm()
    ids = _ids(request.form.getlist("pair", type=int))
    pairings = list_pairings(cohort.id, ids)
    try:
        if len(pairings) < len(ids):
            raise Conflict("The proposals have changed since you looked. Nothing was published; look at these again.")
        published = publish(cohort, pairings, now=clock.now())
    except Conflict as refusal:
        if not pairings:
            raise
        form.refuse(refusal)
        return _preview_page(cohort, pairings, form), refusal.status
    db.session.commit()
    mails = count(MAILS_PER_PAIR * len(published), "mail is", "mails are")
    flash(f"{count(len(published), 'pair', 'pairs')} published; {mails} on the way.", "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


def _ids(given: Sequence[int]) -> list[int]:
    return sorted({number for number in given if 0 < number <= LARGEST_ID})


def _preview_page(cohort: Cohort, pairings: Sequence[Pairing], form: PublishForm) -> str:
    waiting = [] if cohort.matched_on else [item for item in list_items(cohort.id) if item.at is None]
    return render_template(
        "matching/publish.html",
        cohort=cohort,
        pairings=pairings,
        form=form,
        mails=MAILS_PER_PAIR * len(pairings),
        waiting=waiting,
    )
