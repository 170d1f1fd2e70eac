"""Logging a session: one page, for either of the two, about a minute."""

from datetime import date
from secrets import token_urlsafe
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, me
from cohort.mentoring.agreed import find_last_agreed
from cohort.mentoring.blueprint import bp
from cohort.mentoring.finding import open_pair
from cohort.mentoring.forms import SessionForm, other_of
from cohort.mentoring.meetings import log_session
from cohort.mentoring.mentees import next_planned, planned_sessions
from cohort.mentoring.models import MentoringSession, NoteAudience, Pairing, PairingState
from cohort.mentoring.pair_views import promise_rows, session_dates
from cohort.mentoring.queries import find_logged_keys, list_sessions
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.templating import count, day, first_name, minutes_words, moment


@bp.get("/pairs/<id:pair>/sessions/new")
@access("session.log", open_pair)
def log(pairing: Pairing) -> ResponseReturnValue:
    _refuse_ended(pairing)
    pack = _pack(pairing)
    sessions = list_sessions(pairing.id, me())
    ahead = next_planned(pack, find_logged_keys(pairing.enrolment_id), {}, me().time_zone)
    form = SessionForm(
        formdata=None,
        held_on=_agreed_day(pairing, sessions) or clock.today(me().time_zone),
        session_key=ahead.key if ahead else "",
        form_key=token_urlsafe(16),
    )
    return _page(form, pairing, sessions)


@bp.post("/pairs/<id:pair>/sessions/new")
@access("session.log", open_pair)
def log_it(pairing: Pairing) -> ResponseReturnValue:
    form = SessionForm()
    form.offer(pairing, me(), planned_sessions(_pack(pairing)))
    if not form.validate():
        return _page(form, pairing, list_sessions(pairing.id, me())), 422
    try:
        session = log_session(pairing, **_told(form), by=me(), form_key=form.form_key.data, now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(form, pairing, list_sessions(pairing.id, me())), refusal.status
    db.session.commit()
    flash(_say_logged(session, form, first_name(other_of(pairing, me()).name)), "success")
    return redirect(url_for("mentoring.pair", pair=pairing.id))


def _told(form: SessionForm) -> dict[str, Any]:
    return {
        "held_on": form.held_on.data,
        "minutes": form.length,
        "topics": form.topics.data,
        "session_key": form.session_key.data or None,
        "commitments": form.promised,
        "note": form.note.data,
        "note_audience": NoteAudience(form.note_for.data),
        "next_at": form.next_at(me().time_zone),
    }


def _say_logged(session: MentoringSession, form: SessionForm, other: str) -> str:
    """What is kept and who sees it: 'Logged: 45 min on Fri 20 Nov. Marcus sees two promises and the note.'"""
    words = [f"Logged: {minutes_words(session.minutes)} on {day(session.held_on)}."]
    shared = [count(len(form.promised), "promise", "promises", words=True)] if form.promised else []
    if form.note.data and form.note_for.data == NoteAudience.PAIR:
        shared.append("the note")
    if shared:
        words.append(f"{other} sees {' and '.join(shared)}.")
    if form.note.data and form.note_for.data == NoteAudience.PRIVATE:
        words.append("The note is yours alone.")
    if session.next_at:
        words.append(f"You meet next on {moment(session.next_at)}.")
    return " ".join(words)


def _page(form: SessionForm, pairing: Pairing, sessions: list[MentoringSession]) -> str:
    pack, other = _pack(pairing), other_of(pairing, me())
    planned = planned_sessions(pack)
    form.offer(pairing, me(), planned)
    ahead = next_planned(pack, find_logged_keys(pairing.enrolment_id), session_dates(pairing), me().time_zone)
    return render_template(
        "mentoring/log.html",
        form=form,
        pairing=pairing,
        cohort=pairing.enrolment.cohort,
        other=other,
        is_mentor=me().id == pairing.mentor.person_id,
        ahead=ahead,
        agenda=pack.mentor_session(ahead.key) if ahead else None,
        promises=promise_rows(sessions[:1], me(), other, with_buttons=False),
        minutes=sum(session.minutes for session in sessions),
        logged=len(sessions),
        planned=len(planned),
        today=clock.today(me().time_zone),
    )


def _agreed_day(pairing: Pairing, sessions: list[MentoringSession]) -> date | None:
    """The day they had agreed on, once it has come and while it is not logged."""
    agreed = find_last_agreed(pairing.id, clock.now())
    day = clock.in_zone(agreed, me().time_zone).date() if agreed else None
    return day if day and not any(session.held_on >= day for session in sessions) else None


def _refuse_ended(pairing: Pairing) -> None:
    if pairing.state is not PairingState.ACTIVE:
        abort(409, "This pair has ended: what you wrote can be read, not changed.")


def _pack(pairing: Pairing) -> Pack:
    return pack_of(pairing.enrolment.cohort.version)
