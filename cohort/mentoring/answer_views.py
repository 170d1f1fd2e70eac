"""A mentor answers about the participants proposed to them: yes, or not this time with a reason for staff."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access
from cohort.mentoring.answer_rows import card
from cohort.mentoring.asking import accept_offer, decline_offer
from cohort.mentoring.blueprint import bp
from cohort.mentoring.finding import Offer, open_offer, open_own_place
from cohort.mentoring.forms import DeclineForm
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.mentoring.queries import list_mentees, list_offers
from cohort.programs.queries import pack_of
from cohort.templating import count


@bp.get("/cohorts/<key:slug>/proposals")
@access("place.see", open_own_place)
def proposals(mentor: Mentor) -> ResponseReturnValue:
    """For somebody who has not said yes to mentoring, the invitation."""
    if mentor.state is not MentorState.ACCEPTED:
        return redirect(url_for("mentoring.invitation", slug=mentor.cohort.slug))
    return _page(mentor)


@bp.post("/proposals/<id:pair>/accept")
@access("mentor.answer", open_offer)
def accept_proposal(offer: Offer) -> ResponseReturnValue:
    pairing = offer.pairing
    closed = accept_offer(pairing, now=clock.now())
    db.session.commit()
    name = pairing.enrolment.person.name
    if pairing.state is PairingState.ACTIVE:
        flash(f"You and {name} are a pair: it was published.", "info")
        return redirect(url_for("mentoring.pair", pair=pairing.id))
    words = f"You said yes to {name}. The place is kept; you both hear when it is published."
    if closed:
        others = count(closed, "question is", "questions are", words=True)
        words += f" That was your last place: {others} closed, and you need not answer."
    flash(words, "success")
    return _to_proposals(pairing.enrolment.cohort.slug)


@bp.post("/proposals/<id:pair>/decline")
@access("mentor.answer", open_offer)
def decline_proposal(offer: Offer) -> ResponseReturnValue:
    pairing, form = offer.pairing, DeclineForm()
    try:
        if not form.validate():
            return _page(pairing.mentor, form, pairing), 422
        decline_offer(pairing, reason=form.reason.data, now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(pairing.mentor, form, pairing), refusal.status
    db.session.commit()
    flash(
        f"Noted: not {pairing.enrolment.person.name} this time. Program staff read why; nobody else hears of it.",
        "success",
    )
    return _to_proposals(pairing.enrolment.cohort.slug)


def _to_proposals(slug: str) -> ResponseReturnValue:
    return redirect(url_for("mentoring.proposals", slug=slug))


def _page(mentor: Mentor, form: DeclineForm | None = None, about: Pairing | None = None) -> str:
    """`form`: the reason as it was typed, of the pair `about`, which may not be among the open ones any more."""
    offers, pack, now = list_offers(mentor), pack_of(mentor.cohort.version), clock.now()
    accepted = [one for one in offers if one.state is PairingState.ACCEPTED]
    held = len(list_mentees(mentor)) + len(accepted)
    return render_template(
        "mentoring/proposals.html",
        cohort=mentor.cohort,
        mentor=mentor,
        waiting=[card(one, mentor, pack, held, now) for one in offers if one.state is PairingState.OFFERED],
        accepted=[card(one, mentor, pack, held, now) for one in accepted],
        empty_form=DeclineForm(formdata=None),
        form=form,
        about=about.id if about else 0,
        name=about.enrolment.person.name if about else "",
    )
