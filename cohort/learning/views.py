"""The home page of a participant."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import AFTER_WITHDRAWAL
from cohort.assignments.models import Submission
from cohort.assignments.queries import list_own_work
from cohort.checkins.queries import list_answers
from cohort.checkins.window import windows_of
from cohort.gate import access
from cohort.learning import mentor_views, module_views, program_views, schedule_views
from cohort.learning.blueprint import bp
from cohort.learning.finding import Place, find_place
from cohort.learning.item_views import Row, away_row, find_hit, item_row, item_title, more_time_url, numbers_of
from cohort.learning.modules import find_here, list_chapters
from cohort.learning.next_step import next_step
from cohort.learning.program_views import way_point
from cohort.learning.queries import find_pairing, list_open_promises
from cohort.learning.step_views import step_words
from cohort.learning.timeline import OwnItem, Timeline, load_timeline
from cohort.mentoring.agreed import find_next_meeting
from cohort.mentoring.meeting_proposals import find_open, starts_ahead
from cohort.mentoring.models import Pairing
from cohort.people.away_rows import own_words
from cohort.people.models import Away
from cohort.people.queries import list_own_away
from cohort.schedule.extending import EXTENDABLE
from cohort.schedule.items import SITTINGS, Kind
from cohort.templating import day, first_name, local
from cohort.workshops import own_views

__all__ = ["bp", "mentor_views", "module_views", "own_views", "program_views", "schedule_views"]

A_WEEK = timedelta(days=7)
LOOKED_AHEAD = timedelta(weeks=3)
"""So far ahead the home page looks for dates that fall into days away."""
MOST_THIS_WEEK = 3
MOST_LATELY = 3
COMING = frozenset(
    {
        *SITTINGS,
        Kind.PREWORK_DUE,
        Kind.ASSIGNMENT_DUE,
        Kind.MENTOR_SESSION_BY,
        Kind.CHECKIN_CLOSES,
        Kind.MILESTONE,
    }
)


@bp.get("/cohorts/<key:slug>/home")
@access("place.see", find_place)
def home(place: Place) -> ResponseReturnValue:
    if not place.enrolment.is_in:
        return _former_home(place)
    now = clock.now()
    pack, cohort, enrolment = place.pack, place.cohort, place.enrolment
    timeline = load_timeline(cohort.id, enrolment.id)
    chapters = list_chapters(pack, timeline, has_begun=place.has_begun, now=now)
    here = find_here(chapters, now)
    spells = list_own_away(enrolment.person_id, local(now).date())
    pairing = find_pairing(enrolment.id)
    meeting = find_next_meeting(pairing.id, now) if pairing else None
    step = next_step(
        timeline,
        chapters,
        windows_of(pack.checkins, timeline.items),
        has_profile=enrolment.profiled_at is not None,
        has_begun=place.has_begun,
        now=now,
    )
    proposed = find_open(pairing.id) if pairing else None
    mentor = first_name(pairing.mentor.person.name) if pairing else ""
    return render_template(
        "learning/home.html",
        cohort=cohort,
        person=enrolment.person,
        greeting=_greeting(now),
        now=now,
        day_number=(clock.today(cohort.zone) - cohort.starts_on).days,
        last_day=pack.length_days - 1,
        chapters=chapters,
        here=here,
        step=step_words(step, pack, cohort, mentor, now),
        week=_list_week(place, timeline, meeting, spells, but=step.item, now=now),
        clash=_find_clash(place, timeline, spells, now),
        way=[way_point(place, chapter, now, is_here=chapter is here) for chapter in chapters],
        pairing=pairing,
        meeting=meeting,
        proposed=len(starts_ahead(proposed, now)) if proposed and proposed.proposed_by_id != enrolment.person_id else 0,
        promises=_list_promises(pairing, enrolment.person_id),
        lately=_list_lately(place, timeline),
    )


def _former_home(place: Place) -> ResponseReturnValue:
    """What somebody who left can still read, and until when."""
    enrolment = place.enrolment
    left_at = enrolment.ended_at or clock.now()
    return render_template(
        "learning/left.html",
        cohort=place.cohort,
        left_at=left_at,
        until=left_at + AFTER_WITHDRAWAL,
        work=[_work_row(place, it) for it in list_own_work(enrolment.id)],
        answers=[
            {"title": f"Check-in of {day(it.answered_at)}", "url": url_for("checkins.read", answer_id=it.id)}
            for it in list_answers(enrolment.id).values()
            if it.answered_at is not None
        ],
    )


def _work_row(place: Place, submission: Submission) -> Row:
    sent = submission.submitted_at
    return {
        "title": place.pack.assignment(submission.assignment_key).title,
        "url": url_for("assignments.read", submission_id=submission.id),
        "meta": f"Submitted {day(sent)}" if sent else f"Draft, saved {day(submission.saved_at)}",
    }


def _greeting(now: datetime) -> str:
    hour = local(now).hour
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


def _list_week(
    place: Place,
    timeline: Timeline,
    meeting: datetime | None,
    spells: Sequence[Away],
    *,
    but: OwnItem | None,
    now: datetime,
) -> list[Row]:
    """What the next seven days hold, without the next step."""
    numbers, slug, host = numbers_of(place.pack), place.cohort.slug, place.cohort.zone
    rows = [
        away_row(item_row(own, numbers, slug, host), own, spells, place, now)
        for own in timeline.items
        if own is not but and own.kind in COMING and own.done_at is None and place.has_begun
        if own.at is not None and now <= own.at < now + A_WEEK
    ]
    if meeting is not None and meeting < now + A_WEEK:
        rows.append(mentor_views.meeting_row(slug, meeting))
    return sorted(rows, key=lambda row: row["date"])[:MOST_THIS_WEEK]


def _find_clash(place: Place, timeline: Timeline, spells: Sequence[Away], now: datetime) -> Row | None:
    """The first date of the next weeks that falls into days away and could be put off, unless that is asked for."""
    if not place.has_begun:
        return None
    for own in sorted(timeline.items, key=lambda own: own.at or now):
        hit = find_hit(own, spells, place, now) if own.kind in EXTENDABLE and own.asked_until is None else None
        if hit is not None and own.at is not None and own.at < now + LOOKED_AHEAD:
            verb = "closes" if own.kind == Kind.CHECKIN_CLOSES else "is due"
            words = f"{item_title(own, numbers_of(place.pack))} {verb} {day(own.at)}, {own_words(hit)}."
            return {"words": words, "url": more_time_url(own, place.cohort.slug)}
    return None


def _list_promises(pairing: Pairing | None, person_id: int) -> list[Row]:
    """What the participant promised and has not kept yet."""
    if pairing is None:
        return []
    return [
        {"icon": "circle", "title": it.text, "meta": f"by {day(it.due_on)}" if it.due_on else "no date"}
        for it in list_open_promises(pairing.id)
        if it.owner_id == person_id
    ]


def _list_lately(place: Place, timeline: Timeline) -> list[Row]:
    """What the participant did last, the newest first."""
    done = sorted(timeline.done.items(), key=lambda entry: entry[1], reverse=True)[:MOST_LATELY]
    return [
        {"icon": "check-circle-fill", "state": "done", "title": _done_title(place, timeline, *what), "meta": day(at)}
        for what, at in done
    ]


def _done_title(place: Place, timeline: Timeline, kind: str, key: str) -> str:
    """`Assignment: Leadership starting line`, `Lesson: Two jobs, one calendar`"""
    if kind == "lesson":
        module, _, lesson = key.partition("/")
        titles = [it.title for m in place.pack.modules if m.key == module for it in m.lessons if it.key == lesson]
        return f"Lesson: {titles[0]}" if titles else "A lesson"
    own = timeline.find(kind, key)
    return item_title(own, numbers_of(place.pack)) if own else "Done"
