"""What mentors are asked and what they answered, as lists and cards put it into words."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import url_for

from cohort.cohorts.models import Cohort
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.programs.pack import Pack
from cohort.templating import day, first_name, moment

Row = dict[str, Any]
"""As the components take it."""


def card(pairing: Pairing, mentor: Mentor, pack: Pack, held: int, now: datetime) -> Row:
    """A participant as the mentor who is asked sees them: no goal, no rank, no score. `held` places are taken."""
    enrolment, person = pairing.enrolment, pairing.enrolment.person
    titles = {one.key: one.title for one in pack.competencies}
    answered = pairing.state is PairingState.ACCEPTED
    load = held if answered else held + 1
    return {
        "id": pairing.id,
        "name": person.name,
        "first": first_name(person.name),
        "about": ", ".join(filter(None, (person.job_title, person.company))),
        "reasons": pairing.reasons,
        "wants": ", ".join(titles.get(key, key) for key in enrolment.growth_areas) or "Not told yet",
        "facts": [
            *([("Likes a mentor who is", ", ".join(enrolment.style))] if enrolment.style else []),
            ("You have" if answered else "With a yes you have", f"{load} of {mentor.capacity} places taken"),
            *(
                [(_until_word(pairing.answer_by, now), moment(pairing.answer_by))]
                if pairing.answer_by and not answered
                else []
            ),
        ],
    }


def _until_word(answer_by: datetime, now: datetime) -> str:
    return "Answer by" if answer_by > now else "Still open, asked until"


def offers_row(offers: Iterable[Pairing], slug: str, now: datetime) -> Row | None:
    """What waits for the mentor's answer, for the home page; None when nothing does."""
    waiting = [one for one in offers if one.state is PairingState.OFFERED and one.answer_by]
    if not waiting:
        return None
    names = ", ".join(one.enrolment.person.name for one in waiting)
    until = min(one.answer_by for one in waiting if one.answer_by)
    return {
        "icon": "question-lg",
        "who": names,
        "what": "Proposed to you as mentees." if len(waiting) > 1 else "Proposed to you as a mentee.",
        "since": f"{_until_word(until, now)} {moment(until)}",
        "actions": [{"word": "See and answer", "url": url_for("mentoring.proposals", slug=slug), "kind": "primary"}],
    }


TAGS: Mapping[str, tuple[str, str, str]] = {
    "open": ("info", "hourglass-split", "Asked"),
    "late": ("warn", "clock-fill", "No answer yet"),
    "yes": ("ok", "check-lg", "Said yes"),
    "no": ("", "dash-circle", "Not this time"),
    "closed": ("", "lock-fill", "Not asked any more"),
}


def answer_rows(cohort: Cohort, asked: Iterable[Pairing], now: datetime, *, may_decide: bool) -> list[Row]:
    """Who has answered what, as `matching/answers.html` shows it to staff; what staff must look at comes first."""
    order = {key: place for place, key in enumerate(("late", "no", "open", "yes", "closed"))}
    rows = sorted(((_answer_of(one, now), one) for one in asked), key=lambda row: order[row[0]])
    return [_answer_row(key, one, cohort, may_decide=may_decide) for key, one in rows]


def _answer_of(pairing: Pairing, now: datetime) -> str:
    if pairing.state is PairingState.OFFERED:
        return "late" if pairing.answer_by and pairing.answer_by <= now else "open"
    if pairing.state is PairingState.ACCEPTED:
        return "yes"
    return "no" if pairing.answered_at else "closed"


def _answer_row(key: str, pairing: Pairing, cohort: Cohort, *, may_decide: bool) -> Row:
    zone = cohort.zone
    words = {
        "open": f"Answer by {moment(pairing.answer_by, zone)}" if pairing.answer_by else "",
        "late": f"Asked until {moment(pairing.answer_by, zone)}" if pairing.answer_by else "",
        "closed": pairing.close_reason,
    }.get(key) or (f"On {day(pairing.answered_at, zone)}" if pairing.answered_at else "")
    pair = f"{pairing.enrolment.person.name} with {pairing.mentor.person.name}"
    publish = {
        "word": "Publish" if key == "yes" else "Publish without an answer",
        "url": url_for("publishing.preview", slug=cohort.slug, some=1, pair=pairing.id),
        "about": pair,
    }
    back = {
        "word": "Take back",
        "url": url_for("publishing.stop_asking", pair=pairing.id),
        "about": pair,
        "post": True,
    }
    actions = {"yes": [publish, back], "open": [back], "late": [publish, back]}.get(key, [])
    return {
        "answer": key,
        "mentor": pairing.mentor.person.name,
        "mentee": pairing.enrolment.person.name,
        "tag": TAGS[key],
        "words": words,
        "reason": pairing.close_reason if key == "no" else "",
        "is_accepted": key == "yes" and may_decide,
        "actions": actions if may_decide else [],
    }
