"""Pages of cohorts for those who run them: the list, and one cohort with what waits there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts import (
    extension_views,
    import_views,
    invitation_views,
    launch_views,
    own_profile_views,
    people_views,
    person_views,
    schedule_views,
    wizard_views,
)
from cohort.cohorts.blueprint import bp
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.cohorts.queries import PeopleCounts, count_people, staffed_cohorts
from cohort.db import db
from cohort.gate import access, current_actor, may, me
from cohort.mentoring.models import MentorState
from cohort.people.models import Person
from cohort.programs.queries import pack_of
from cohort.reports.attention import Concern, list_concerns
from cohort.reports.figures import Figure, count_done
from cohort.reports.heat import PEOPLE, Row, build_heat
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.schedule.words import KIND_WORDS
from cohort.shell import STATE_TAGS
from cohort.templating import count, day, long_day, moment, number_words, reader_zone

__all__ = [
    "bp",
    "extension_views",
    "import_views",
    "invitation_views",
    "launch_views",
    "own_profile_views",
    "people_views",
    "person_views",
    "schedule_views",
    "wizard_views",
]

PER_PAGE = 50
COMING = 4
"""So many of the next dates stand on the page of a cohort."""
MOST_CONCERNS = 25
ONLY_SET_UP = "As admin you set this cohort up. The work of its people is read by its program leads and facilitators."
CONCERNS = {
    "invitation": ("envelope", "cohorts.people", "Invite again"),
    "mentor-invitation": ("envelope", "cohorts.people", "Invite again"),
    "late": ("clock-fill", "cohorts.person", "Give more time"),
    "asking": ("hourglass-split", "cohorts.extensions", "Answer"),
    "quiet": ("moon-fill", "matching.show", "Open pairs"),
    "failed": ("envelope-x-fill", "mailroom.show", "Open mail room"),
    "unanswered": ("question-lg", "matching.show", "Decide"),
    "declined": ("dash-circle", "matching.show", "Match again"),
    "concern": ("chat-square-text", "mentoring.concerns", "Read"),
    "unpaired": ("people-fill", "matching.show", "Match"),
    "waiting": ("hourglass-split", "cohorts.people", "Open people"),
    "bare": ("geo-alt-fill", "workshops.settings", "Add room or link"),
    "unclosed": ("list-check", "workshops.sitting", "Close the attendance"),
    "unconfirmed": ("calendar-event", "workshops.sitting", "Open run sheet"),
}
"""By kind of concern: its icon, where it is settled, and the word of the button."""
NEEDS = {"failed": "mail.log", "bare": "workshop.edit", "unclosed": "attendance.record", "concern": "concern.settle"}
"""What somebody must be allowed to settle it, where that is more than reading the queue."""


@bp.get("/cohorts")
@access("account.home", me)
def overview(_: Person) -> ResponseReturnValue:
    """The cohorts that the reader runs; somebody who runs none sees that, and nothing else."""
    page = db.paginate(staffed_cohorts(current_actor()), per_page=PER_PAGE)
    return render_template(
        "cohorts/overview.html",
        page=page,
        people=count_people(page.items),
        tags=STATE_TAGS,
        may_create=current_actor().is_admin,
    )


@bp.get("/cohorts/<key:slug>")
@access("cohort.run", open_cohort)
def show(cohort: Cohort) -> ResponseReturnValue:
    """What waits for staff, how far people are, and what comes next."""
    now = clock.now()
    people = count_people([cohort])[cohort.id]
    items = list_items(cohort.id)
    coming = [item for item in items if item.at and item.at > now][:COMING]
    reads_work = may("progress.read", cohort)
    work = _work(cohort, items, people, now) if reads_work else {"title": cohort.title, "lead": ONLY_SET_UP}
    return render_template(
        "cohorts/show.html",
        cohort=cohort,
        people=people,
        may_read_work=reads_work,
        may_edit=may("cohort.edit", cohort),
        is_draft=cohort.state is CohortState.DRAFT,
        tiles=_people_tiles(cohort, people),
        coming=[_coming_row(item, cohort.zone) for item in coming],
        **work,
    )


def _work(cohort: Cohort, items: Sequence[DatedItem], people: PeopleCounts, now: datetime) -> dict[str, Any]:
    """What only those read who may see the work of participants; an admin as such may not."""
    page = max(1, request.args.get("page", default=1, type=int))
    figures = count_done(cohort, items, enrolled=people.enrolled, now=now)
    concerns = list_concerns(cohort, now=now, with_sealed=may("concern.read", cohort))
    heat = build_heat(cohort, pack_of(cohort.version), items, now=now, page=page) if people.enrolled else None
    return {
        "title": "Needs attention",
        "lead": f"{long_day(now, cohort.zone)}. {_waiting_words(concerns)}{_draft_words(cohort)}",
        "figures": [_work_tile(kind, figure) for kind, figure in figures.items()],
        "concerns": [_concern_row(concern, cohort) for concern in concerns[:MOST_CONCERNS]],
        "number_of_concerns": len(concerns),
        "heat": heat,
        "heat_columns": [(column.title, column.note) for column in heat.columns] if heat else [],
        "heat_rows": [_heat_row(row, cohort) for row in heat.rows] if heat else [],
        "page": page,
        "pages": -(-people.enrolled // PEOPLE),
    }


def _waiting_words(concerns: Sequence[Concern]) -> str:
    if not concerns:
        return "Nothing waits for you."
    urgent = sum(concern.urgent for concern in concerns)
    words = count(len(concerns), "row waits", "rows wait", words=True)
    return f"{words.capitalize()} for you{f', {number_words(urgent)} of them urgent' if urgent else ''}."


def _draft_words(cohort: Cohort) -> str:
    return " This is a draft: no reminders are sent until it is launched." if cohort.state is CohortState.DRAFT else ""


def _heat_row(row: Row, cohort: Cohort) -> dict[str, Any]:
    return {
        "name": row.enrolment.person.name,
        "url": url_for("cohorts.person", slug=cohort.slug, enrolment_id=row.enrolment.id),
        "cells": row.cells,
    }


def _coming_row(item: DatedItem, zone: str) -> dict[str, Any]:
    at = moment(item.at, zone, reader_zone()) if item.at else ""
    return {"date": item.at, "zone": zone, "title": f"{KIND_WORDS[Kind(item.kind)]}: {item.title}", "meta": at}


def _people_tiles(cohort: Cohort, people: PeopleCounts) -> list[dict[str, Any]]:
    """How many people there are: what an admin may see, too."""
    states = (EnrolmentState.INVITED, EnrolmentState.WAITLISTED, EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN)
    more = [f"{people.participants(state)} {state}" for state in states if people.participants(state)]
    mentors = people.mentors(MentorState.ACCEPTED)
    asked = people.mentors(MentorState.INVITED)
    return [
        {
            "name": "Enrolled",
            "number": people.enrolled,
            "of": f"of {cohort.seats} seats" if cohort.seats else "",
            "definition": f"{', '.join(more)}." if more else "Nobody else is invited or waits.",
        },
        {
            "name": "Mentors",
            "number": mentors,
            "definition": f"Accepted. {asked} did not answer yet." if asked else "Accepted.",
        },
    ]


def _work_tile(kind: Kind, figure: Figure) -> dict[str, Any]:
    name, what = {
        Kind.ASSIGNMENT_DUE: ("Submissions in", "assignment"),
        Kind.CHECKIN_CLOSES: ("Check-ins answered", "check-in"),
        Kind.MENTOR_SESSION_BY: ("Sessions logged", "mentor session"),
    }[kind]
    if not figure.items:
        return {"name": name, "number": "–", "definition": f"No {what} is due yet."}
    definition = f"{count(figure.items, what, f'{what}s')} due so far × everybody enrolled."
    return {"name": name, "number": figure.done, "of": f"of {figure.due}", "definition": definition}


def _concern_row(concern: Concern, cohort: Cohort) -> dict[str, Any]:
    icon, endpoint, word = CONCERNS[concern.kind]
    person = ""
    if concern.enrolment_id is not None:
        person = url_for("cohorts.person", slug=cohort.slug, enrolment_id=concern.enrolment_id)
    about: dict[str, Any] = {"sitting": concern.item_id} if concern.item_id is not None else {}
    url = person if concern.kind == "late" else url_for(endpoint, slug=cohort.slug, **about)
    needs = NEEDS.get(concern.kind)
    may_settle = needs is None or may(needs, cohort)
    return {
        "icon": icon,
        "urgent": concern.urgent,
        "who": concern.who,
        "url": person,
        "what": concern.what,
        "since": f"Since {day(concern.since, cohort.zone)}",
        "actions": [{"word": word, "url": url, "about": f"because of {concern.who}"}] if may_settle else [],
    }
