"""Agreeing on a time: one of a pair proposes up to three, the other takes one."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, me
from cohort.mentoring.blueprint import bp
from cohort.mentoring.finding import open_meeting_proposal, open_pair
from cohort.mentoring.forms import USUAL_MINUTES, MeetingForm, other_of
from cohort.mentoring.meeting_proposals import (
    MOST_STARTS,
    call_off,
    propose_meeting,
    suggest_for,
    take_meeting,
)
from cohort.mentoring.mentees import next_planned
from cohort.mentoring.models import MeetingProposal, Pairing, PairingState
from cohort.mentoring.queries import find_logged_keys
from cohort.programs.queries import pack_of
from cohort.templating import count, first_name, moment

USUAL = 45


@bp.get("/pairs/<id:pair>/meeting")
@access("session.plan", open_pair)
def meeting(pairing: Pairing) -> ResponseReturnValue:
    _refuse_ended(pairing)
    form = MeetingForm(formdata=None, minutes=str(_planned_minutes(pairing)))
    return _page(form, pairing)


@bp.post("/pairs/<id:pair>/meeting")
@access("session.plan", open_pair)
def propose(pairing: Pairing) -> ResponseReturnValue:
    _refuse_ended(pairing)
    form = MeetingForm()
    _offer(form, pairing)
    if not form.validate():
        return _page(form, pairing), 422
    try:
        starts = form.chosen(me().time_zone)
        proposal = propose_meeting(pairing, by=me(), starts=starts, minutes=int(form.minutes.data), now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(form, pairing), refusal.status
    db.session.commit()
    other = first_name(other_of(pairing, me()).name)
    flash(
        f"{count(len(proposal.starts), 'time is', 'times are', words=True).capitalize()} proposed to {other}, who gets "
        "a mail and takes one. You see it here and in your calendar.",
        "success",
    )
    return _to_pair(pairing)


@bp.post("/meetings/<id:proposal>/take")
@access("session.plan", open_meeting_proposal)
def take(proposal: MeetingProposal) -> ResponseReturnValue:
    pairing, start = proposal.pairing, _instant(request.form.get("start", ""))
    take_meeting(proposal, start, by=me(), now=clock.now())
    db.session.commit()
    other = other_of(pairing, me())
    flash(f"You meet {first_name(other.name)} on {moment(start, host=other.time_zone)}.", "success")
    return _to_pair(pairing)


@bp.post("/meetings/<id:proposal>/call-off")
@access("session.plan", open_meeting_proposal)
def call_off_times(proposal: MeetingProposal) -> ResponseReturnValue:
    pairing = proposal.pairing
    call_off(proposal, by=me(), now=clock.now())
    db.session.commit()
    other = first_name(other_of(pairing, me()).name)
    flash(f"Called off: {other} gets a mail. A date that you two agreed before still stands.", "success")
    return _to_pair(pairing)


def _instant(text: str) -> datetime:
    """A start as the buttons send it; one that nobody proposed for what is no instant."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _to_pair(pairing: Pairing) -> ResponseReturnValue:
    """A mentor to the page of the pair, a participant to the one of the mentor."""
    if me().id == pairing.mentor.person_id:
        return redirect(url_for("mentoring.pair", pair=pairing.id))
    return redirect(url_for("learning.mentor", slug=pairing.enrolment.cohort.slug))


def _planned_minutes(pairing: Pairing) -> int:
    """How long the next session of the program takes."""
    pack = pack_of(pairing.enrolment.cohort.version)
    ahead = next_planned(pack, find_logged_keys(pairing.enrolment_id), {}, me().time_zone)
    minutes = pack.mentor_session(ahead.key).minutes if ahead else USUAL
    return minutes if minutes in USUAL_MINUTES else USUAL


def _offer(form: MeetingForm, pairing: Pairing) -> None:
    other = other_of(pairing, me())
    suggested = suggest_for(pairing, me(), minutes=_planned_minutes(pairing), now=clock.now())
    form.offer(suggested, lambda start: moment(start, host=other.time_zone), me())


def _page(form: MeetingForm, pairing: Pairing) -> str:
    _offer(form, pairing)
    return render_template(
        "mentoring/meeting.html",
        form=form,
        pairing=pairing,
        cohort=pairing.enrolment.cohort,
        other=other_of(pairing, me()),
        is_mentor=me().id == pairing.mentor.person_id,
        most=MOST_STARTS,
    )


def _refuse_ended(pairing: Pairing) -> None:
    if pairing.state is not PairingState.ACTIVE:
        raise Conflict("This pair has ended: what you wrote can be read, not changed.")
