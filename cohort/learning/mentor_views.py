"""A participant's mentor: why the two were matched, and what came of it."""

from collections.abc import Sequence
from datetime import datetime

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.gate import access
from cohort.learning.blueprint import bp
from cohort.learning.finding import Place, find_place
from cohort.learning.item_views import Row
from cohort.learning.queries import find_latest_pairing, list_meetings
from cohort.learning.timeline import OwnItem, load_timeline
from cohort.mentoring.agreed import find_next_meeting
from cohort.mentoring.meeting_proposals import find_open
from cohort.mentoring.meeting_rows import proposed_row
from cohort.mentoring.models import Commitment, Mentor, MentoringSession, PairingState
from cohort.mentoring.slots import weekly_hours
from cohort.schedule.items import Kind
from cohort.templating import clock_time, day, minutes_words, reader_zone


@bp.get("/cohorts/<key:slug>/my-mentor")
@access("mentor.see", find_place)
def mentor(place: Place) -> ResponseReturnValue:
    """For somebody who left, the pair as it stood."""
    now = clock.now()
    pairing = find_latest_pairing(place.enrolment.id)
    sessions = list_meetings(pairing.id) if pairing else []
    items = load_timeline(place.cohort.id, place.enrolment.id).items
    planned = _find_planned([own for own in items if own.kind == Kind.MENTOR_SESSION_BY])
    me, other = place.enrolment.person, pairing.mentor.person if pairing else None
    is_active = pairing is not None and pairing.state is PairingState.ACTIVE and place.enrolment.is_in
    return render_template(
        "learning/mentor.html",
        cohort=place.cohort,
        pairing=pairing,
        is_active=is_active,
        hours=_hours(pairing.mentor, now) if pairing and is_active else [],
        proposed=proposed_row(find_open(pairing.id), me, pairing.mentor.person, now) if pairing and is_active else None,
        meeting=find_next_meeting(pairing.id, now) if pairing and is_active else None,
        sessions=[_session_row(session) for session in sessions],
        planned=planned,
        agenda=place.pack.mentor_session(planned.key) if planned else None,
        promises=[
            _promise_row(promise, "you" if promise.owner_id == me.id else other.name if other else "")
            for session in sessions
            for promise in session.commitments
        ],
    )


def _hours(mentor: Mentor, now: datetime) -> list[tuple[str, str]]:
    """The mentor's weekly hours by the reader's clocks."""
    zone = reader_zone()
    return weekly_hours(mentor.availability, mentor.person.time_zone, zone, week_of=clock.in_zone(now, zone).date())


def _find_planned(sessions: Sequence[OwnItem]) -> OwnItem | None:
    """The program's session that comes after the last one logged; those passed over are not asked for again."""
    logged = [position for position, own in enumerate(sessions) if own.done_at is not None]
    rest = sessions[logged[-1] + 1 :] if logged else sessions
    return rest[0] if rest else None


def meeting_row(slug: str, meeting: datetime) -> Row:
    """The next meeting of the pair in a list of dates."""
    return {
        "title": "Mentor session",
        "url": url_for("learning.mentor", slug=slug),
        "date": meeting,
        "meta": f"{clock_time(meeting)} {clock.city(reader_zone())}",
    }


def _session_row(session: MentoringSession) -> Row:
    topics = f": {', '.join(session.topics)}" if session.topics else ""
    return {
        "date": session.held_on,
        "title": f"Met on {day(session.held_on)}",
        "meta": f"{minutes_words(session.minutes)}{topics}",
    }


def _promise_row(promise: Commitment, owner: str) -> Row:
    kept = promise.kept_at
    when = f"kept on {day(kept)}" if kept else f"open, by {day(promise.due_on)}" if promise.due_on else "open"
    return {
        "icon": "check-circle-fill" if kept else "circle",
        "state": "done" if kept else "",
        "title": promise.text,
        "meta": f"{owner.capitalize() if owner == 'you' else owner}, {when}",
    }
