"""A mentor's home: everybody they mentor in one cohort, the one who needs them first on top."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.gate import access
from cohort.mentoring import (
    answer_views,
    concern_views,
    former_views,
    invitation_views,
    log_views,
    meeting_views,
    own_profile_views,
    pair_views,
)
from cohort.mentoring.answer_rows import offers_row
from cohort.mentoring.blueprint import bp
from cohort.mentoring.finding import open_own_place
from cohort.mentoring.former_views import lasted
from cohort.mentoring.health import Health
from cohort.mentoring.meeting_proposals import starts_ahead
from cohort.mentoring.mentees import Mentee, judge_mentee, load_mentees, planned_sessions
from cohort.mentoring.models import Mentor, MentorState, Pairing
from cohort.mentoring.pair_views import shorten
from cohort.mentoring.queries import list_offers
from cohort.people.away_rows import list_words
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.models import ExtensionRequest
from cohort.schedule.queries import list_items
from cohort.templating import day, first_name, moment, reader_zone

__all__ = [
    "answer_views",
    "bp",
    "concern_views",
    "former_views",
    "invitation_views",
    "log_views",
    "meeting_views",
    "own_profile_views",
    "pair_views",
]

Row = dict[str, Any]
"""As the components take it."""


@bp.get("/cohorts/<key:slug>/mentees")
@access("place.see", open_own_place)
def mentees(mentor: Mentor) -> ResponseReturnValue:
    """For somebody who has not said yes, the invitation."""
    if mentor.state is not MentorState.ACCEPTED:
        return redirect(url_for("mentoring.invitation", slug=mentor.cohort.slug))
    now, zone, pack = clock.now(), reader_zone(), pack_of(mentor.cohort.version)
    items = list_items(mentor.cohort_id)
    mine = load_mentees(mentor, pack, items, zone=zone, now=now)
    judged = [(judge_mentee(one, zone=zone, now=now), one) for one in mine.list]
    judged.sort(key=lambda pair: -pair[0].urgency)
    offers = offers_row(list_offers(mentor), mentor.cohort.slug, now)
    return render_template(
        "mentoring/mentees.html",
        cohort=mentor.cohort,
        mentor=mentor,
        now=now,
        cards=[
            _card(health, one, now, first=not place and offers is None) for place, (health, one) in enumerate(judged)
        ],
        waiting=[one.person.name for health, one in judged if health.urgency > 1 or one.asked],
        work=_work_rows(mine.list, pack),
        asked=[_asked_row(request) for one in mine.list for request in one.asked],
        coming=[_meeting_row(one.next_at, one) for one in sorted(mine.list, key=_next_first) if one.next_at],
        mine=mine,
        ended=[_ended_row(pairing) for pairing in mine.ended],
        offers=offers,
        done=sum(len(one.sessions) for one in mine.list),
        planned=len(planned_sessions(pack)) * len(mine.list),
    )


def _card(health: Health, mentee: Mentee, now: datetime, *, first: bool) -> Row:
    person, pair = mentee.person, mentee.pairing.id
    name = first_name(person.name)
    met = mentee.sessions[-1].held_on if mentee.sessions else None
    return {
        "id": pair,
        "name": person.name,
        "about": ", ".join(filter(None, (person.job_title, person.company))),
        "url": url_for("mentoring.pair", pair=pair),
        "tag": (health.kind, health.icon, health.word),
        "text": health.reason,
        "facts": [
            ("Last met", day(met) if met else "Not yet"),
            ("Next date", moment(mentee.next_at, host=person.time_zone) if mentee.next_at else "None yet"),
            *_proposed_fact(mentee, now),
            ("Open promises", _promise_words(name, mentee.promises)),
            ("Check-in", _checkin_line(mentee, now)),
            *([("Away", list_words(mentee.away))] if mentee.away else []),
        ],
        "actions": [
            {
                "word": "Log a session",
                "url": url_for("mentoring.log", pair=pair),
                "icon": "journal-plus",
                "about": f"with {person.name}",
                "kind": "primary" if first and health.urgency > 0 else "quiet",
            },
            {
                "word": "Agenda and promises",
                "url": url_for("mentoring.pair", pair=pair),
                "about": f"of the pair with {person.name}",
            },
        ],
    }


def _proposed_fact(mentee: Mentee, now: datetime) -> list[tuple[str, str]]:
    """Times to meet that wait for one of the two."""
    starts = starts_ahead(mentee.proposed, now) if mentee.proposed else []
    if mentee.proposed is None or not starts:
        return []
    by_mentee = mentee.proposed.proposed_by_id == mentee.person.id
    who = "you take one" if by_mentee else f"{first_name(mentee.person.name)} takes one"
    return [("Times proposed", f"{len(starts)}, {who}")]


def _promise_words(name: str, promises: tuple[int, int]) -> str:
    """`1 Marcus’s, 2 yours`"""
    theirs, own = promises
    words = [f"{theirs} {name}’s" if theirs else "", f"{own} yours" if own else ""]
    return ", ".join(filter(None, words)) or "None"


def _checkin_line(mentee: Mentee, now: datetime) -> str:
    """What the open check-in waits for, else the latest that was told to the mentor."""
    answered = {one.answer.checkin_key for one in mentee.checkins}
    for key, window in mentee.windows.items():
        if window.is_open(now) and key not in answered and window.closes:
            return f"Open until {moment(window.closes)}"
    latest = next((one.answer for one in mentee.checkins if one.is_for_mentor), None)
    if latest is None:
        return "None yet"
    text = next(filter(None, [*latest.answers, latest.promise]), "")
    return f"“{shorten(text)}”" if text else f"Answered on {day(latest.answered_at or latest.saved_at)}"


def _work_rows(mentees: Sequence[Mentee], pack: Pack) -> list[Row]:
    """What was handed in, the latest first."""
    pieces = [(piece, one.person) for one in mentees for piece in one.work]
    pieces.sort(key=lambda pair: pair[0].submitted_at or pair[0].saved_at, reverse=True)
    return [
        {
            "icon": "file-earmark-text",
            "title": f"{person.name}: {pack.assignment(piece.assignment_key).title}",
            "meta": f"Handed in {day(piece.submitted_at or piece.saved_at)}",
            "action": {
                "word": "Read",
                "url": url_for("assignments.read", submission_id=piece.id),
                "about": f"what {person.name} handed in",
            },
        }
        for piece, person in pieces
    ]


def _asked_row(request: ExtensionRequest) -> Row:
    """Somebody who asks for more time, as the component `attention` takes it."""
    name = request.enrolment.person.name
    return {
        "icon": "hourglass-split",
        "who": name,
        "what": f"Asks for more time for “{request.item.title}”: until {day(request.until)}.",
        "since": f"Asked {day(request.asked_at)}",
        "actions": [
            {
                "word": "Answer",
                "url": url_for("extensions.decide", request_id=request.id),
                "about": f"{name} about {request.item.title}",
            }
        ],
    }


def _next_first(mentee: Mentee) -> float:
    return mentee.next_at.timestamp() if mentee.next_at else 0.0


def _meeting_row(next_at: datetime, mentee: Mentee) -> Row:
    return {
        "date": next_at,
        "title": f"Session with {first_name(mentee.person.name)}",
        "url": url_for("mentoring.pair", pair=mentee.pairing.id),
        "meta": moment(next_at, host=mentee.person.time_zone),
    }


def _ended_row(pairing: Pairing) -> Row:
    return {
        "face": pairing.enrolment.person.name,
        "title": pairing.enrolment.person.name,
        "url": url_for("mentoring.mine", pair=pairing.id),
        "meta": lasted(pairing),
    }
