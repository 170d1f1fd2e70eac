"""A pair: its page for the two, and the facts about it for program staff. The two ways never share what they load."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.assignments.models import Submission
from cohort.checkins.models import CheckInAnswer
from cohort.checkins.queries import list_told
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, may, me
from cohort.mentoring.agreed import find_next_meeting
from cohort.mentoring.blueprint import bp
from cohort.mentoring.finding import open_pair, open_promise
from cohort.mentoring.forms import EndForm, other_of
from cohort.mentoring.meeting_proposals import find_open
from cohort.mentoring.meeting_rows import proposed_row
from cohort.mentoring.meetings import keep_promise, reopen_promise
from cohort.mentoring.mentees import next_planned, planned_sessions
from cohort.mentoring.models import Commitment, MentoringSession, NoteAudience, Pairing, PairingState
from cohort.mentoring.pairing import end_pair
from cohort.mentoring.queries import (
    due_dates,
    find_logged_keys,
    list_session_facts,
    list_sessions,
    list_work,
)
from cohort.people.models import Person
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.items import Kind
from cohort.schedule.queries import list_items
from cohort.templating import day, first_name, minutes_words, reader_zone
from cohort.workshops.models import WAS_THERE, PlaceState
from cohort.workshops.queries import list_places_of

Row = dict[str, Any]
"""As the components take it."""
LONGEST_LINE = 90
"""Characters of somebody's text in a list; the rest is a click away."""
STATES = {
    PairingState.PROPOSED: ("", "pencil", "Proposed"),
    PairingState.OFFERED: ("info", "hourglass-split", "Mentor asked"),
    PairingState.ACCEPTED: ("info", "check-lg", "Mentor said yes"),
    PairingState.ACTIVE: ("ok", "check-lg", "Published"),
    PairingState.CLOSED: ("", "lock-fill", "Ended"),
}


@bp.get("/pairs/<id:pair>")
@access("session.facts", open_pair)
def pair(pairing: Pairing) -> ResponseReturnValue:
    """For the two the whole page; for staff dates and numbers, without a word that either wrote."""
    if not may("note.read", pairing):
        return _facts_page(pairing, EndForm(formdata=None))
    now, zone, reader = clock.now(), reader_zone(), me()
    is_mentor = reader.id == pairing.mentor.person_id
    pack, other = pack_of(pairing.enrolment.cohort.version), other_of(pairing, reader)
    sessions = list_sessions(pairing.id, reader)
    ahead = next_planned(pack, find_logged_keys(pairing.enrolment_id), session_dates(pairing), zone)
    is_active = pairing.state is PairingState.ACTIVE
    return render_template(
        "mentoring/pair.html",
        pairing=pairing,
        cohort=pairing.enrolment.cohort,
        other=other,
        is_mentor=is_mentor,
        may_log=is_active and may("session.log", pairing),
        next_at=find_next_meeting(pairing.id, now) if is_active else None,
        may_plan=is_active and may("session.plan", pairing),
        may_raise=may("concern.raise", pairing),
        proposed=proposed_row(find_open(pairing.id), reader, other, now) if is_active else None,
        ahead=ahead,
        agenda=pack.mentor_session(ahead.key) if ahead else None,
        planned=len(planned_sessions(pack)),
        promises=promise_rows(sessions, reader, other, with_buttons=is_active),
        sessions=[session_block(session, pairing, reader, pack) for session in sessions],
        minutes=sum(session.minutes for session in sessions),
        checkins=[
            _checkin_row(one.answer, pack)
            for one in (list_told([pairing.enrolment_id]) if is_active else ())
            if one.is_for_mentor
        ],
        work=[_work_row(one, pack) for one in (list_work([pairing.enrolment_id]) if is_active else ())],
        workshops=_workshop_rows(pairing) if is_mentor and may("attendance.read", pairing.enrolment) else [],
    )


@bp.post("/promises/<id:promise>")
@access("commitment.tick", open_promise)
def tick(commitment: Commitment) -> ResponseReturnValue:
    """Either of the two notes that a promise was kept, or takes that back."""
    if request.form.get("kept") == "yes":
        keep_promise(commitment, now=clock.now())
    else:
        reopen_promise(commitment)
    db.session.commit()
    flash("Noted as kept." if commitment.kept_at else "Open again.", "success")
    return redirect(url_for("mentoring.pair", pair=commitment.pairing_id))


@bp.post("/pairs/<id:pair>/end")
@access("match.decide", open_pair)
def end(pairing: Pairing) -> ResponseReturnValue:
    form = EndForm()
    try:
        if not form.validate():
            return _facts_page(pairing, form), 422
        end_pair(pairing, reason=form.reason.data, now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _facts_page(pairing, form), refusal.status
    db.session.commit()
    flash(
        f"{pairing.enrolment.person.name} and {pairing.mentor.person.name} are no longer a pair. Nobody was mailed: "
        "tell both yourself. Only a date that they had agreed is taken out of their calendars.",
        "success",
    )
    return redirect(url_for("matching.show", slug=pairing.enrolment.cohort.slug))


def _facts_page(pairing: Pairing, form: EndForm) -> str:
    sessions = list_session_facts(pairing.id)
    return render_template(
        "mentoring/pair_facts.html",
        pairing=pairing,
        cohort=pairing.enrolment.cohort,
        state=STATES[pairing.state],
        sessions=sessions,
        minutes=sum(session.minutes for session in sessions),
        promised=sum(session.promised for session in sessions),
        kept=sum(session.kept for session in sessions),
        form=form,
        may_end=pairing.state is PairingState.ACTIVE and may("match.decide", pairing),
    )


def session_dates(pairing: Pairing) -> Mapping[str, datetime | None]:
    """By when the program wants each of its mentor sessions held, for this participant."""
    items = [item for item in list_items(pairing.cohort_id) if item.kind == Kind.MENTOR_SESSION_BY]
    return {key: at for (_, _, key), at in due_dates(items, [pairing.enrolment_id]).items()}


def promise_rows(
    sessions: Sequence[MentoringSession], reader: Person, other: Person, *, with_buttons: bool
) -> list[Row]:
    """What the two promised, open ones first, the latest first."""
    promises = [promise for session in sessions for promise in session.commitments]
    promises.sort(key=lambda promise: promise.kept_at is not None)
    return [promise_row(promise, reader, other, with_buttons=with_buttons) for promise in promises]


def promise_row(promise: Commitment, reader: Person, other: Person, *, with_buttons: bool) -> Row:
    owner = "You" if promise.owner_id == reader.id else first_name(other.name)
    if promise.kept_at:
        when = f"kept, {day(promise.kept_at)}"
    else:
        when = f"open, by {day(promise.due_on)}" if promise.due_on else "open"
    row: Row = {
        "icon": "check-circle-fill" if promise.kept_at else "circle",
        "state": "done" if promise.kept_at else "",
        "title": promise.text,
        "meta": f"{owner}: {when}",
    }
    if with_buttons:
        row["action"] = {
            "word": "Open again" if promise.kept_at else "Kept",
            "about": f": {promise.text}",
            "url": url_for("mentoring.tick", promise=promise.id),
            "post": True,
            "fields": {"kept": "no" if promise.kept_at else "yes"},
        }
    return row


def session_block(session: MentoringSession, pairing: Pairing, reader: Person, pack: Pack) -> Row:
    """Once the pair has ended, the mentor keeps what the mentor wrote and no more."""
    name, is_active = first_name(other_of(pairing, reader).name), pairing.state is PairingState.ACTIVE
    titles = {one.key: one.title for one in planned_sessions(pack)}
    return {
        "date": session.held_on,
        "title": f"{day(session.held_on)}, {minutes_words(session.minutes)}",
        "about": ", ".join(filter(None, (titles.get(session.session_key or "", ""), *session.topics))),
        "notes": [
            {
                "text": note.text,
                "by": "You" if note.author_id == reader.id else name,
                "readers": f"you and {name}"
                if note.audience is NoteAudience.PAIR and (is_active or note.author_id == pairing.mentor.person_id)
                else "you alone",
            }
            for note in session.notes
        ],
    }


def _checkin_row(answer: CheckInAnswer, pack: Pack) -> Row:
    number = [checkin.key for checkin in pack.checkins].index(answer.checkin_key) + 1
    text = next(filter(None, [*answer.answers, answer.promise]), "")
    return {
        "icon": "check2-circle",
        "title": f"Check-in {number}, {day(answer.answered_at or answer.saved_at)}",
        "meta": f"“{shorten(text)}”" if text else "",
        "action": {"word": "Read", "url": url_for("checkins.read", answer_id=answer.id), "about": f"check-in {number}"},
    }


def _work_row(piece: Submission, pack: Pack) -> Row:
    title = pack.assignment(piece.assignment_key).title
    return {
        "icon": "file-earmark-text",
        "title": title,
        "meta": f"Handed in {day(piece.submitted_at or piece.saved_at)}",
        "action": {"word": "Read", "url": url_for("assignments.read", submission_id=piece.id), "about": title},
    }


def _workshop_rows(pairing: Pairing) -> list[Row]:
    """Whether the mentee was at each workshop, and no more."""
    marked = [place for place in list_places_of(pairing.enrolment_id) if place.attendance is not None]
    return [
        {
            "icon": "check2-circle" if place.attendance in WAS_THERE else "dash-circle",
            "title": place.item.title,
            "meta": f"{day(place.item.at)}: {'was there' if place.attendance in WAS_THERE else 'was not there'}",
        }
        for place in marked
        if place.item.at is not None and place.state is not PlaceState.LEFT
    ]


def shorten(text: str) -> str:
    """The first line, cut at a word: `Two people out, I am …`"""
    line = text.splitlines()[0]
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE].rsplit(' ', 1)[0]} …"
