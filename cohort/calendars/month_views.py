"""Months of a cohort on a page: a participant's own, a mentor's with their meetings, the whole one for staff."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Actor
from cohort.calendars.blueprint import bp
from cohort.calendars.events import Event, Status, list_events
from cohort.calendars.months import Entry, Month, entry_of, entry_of_item, first_of, month_of
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.gate import access, current_actor
from cohort.learning.finding import Place, find_place
from cohort.learning.item_views import Row
from cohort.mail.links import Links
from cohort.mentoring.finding import open_own_place
from cohort.mentoring.models import Mentor, MentorState
from cohort.mentoring.queries import list_mentees
from cohort.schedule.items import SITTINGS
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.templating import clock_time, first_name, host_time, local, reader_zone, span

RECENT = timedelta(days=14)
"""How far back a mentor's agenda goes."""


@bp.get("/cohorts/<key:slug>/my-schedule/month")
@access("module.read", find_place)
def my_month(place: Place) -> ResponseReturnValue:
    entries = [entry_of(event) for event in _list_own(place.cohort, "participant")]
    return _month_page("participant", "My schedule", place.cohort, entries, "learning.schedule", "calendars.my_month")


@bp.get("/cohorts/<key:slug>/schedule/month")
@access("cohort.run", open_cohort)
def cohort_month(cohort: Cohort) -> ResponseReturnValue:
    entries = [
        entry_of_item(item, item.at, _page_of(cohort, item)) for item in list_items(cohort.id) if item.at is not None
    ]
    return _month_page("staff", "Schedule", cohort, entries, "cohorts.schedule", "calendars.cohort_month")


@bp.get("/cohorts/<key:slug>/calendar/month")
@access("place.see", open_own_place)
def mentor_month(mentor: Mentor) -> ResponseReturnValue:
    if mentor.state is not MentorState.ACCEPTED:
        return redirect(url_for("mentoring.invitation", slug=mentor.cohort.slug))
    entries = _list_for_mentor(mentor)
    return _month_page("mentor", "Calendar", mentor.cohort, entries, "calendars.agenda", "calendars.mentor_month")


@bp.get("/cohorts/<key:slug>/calendar")
@access("place.see", open_own_place)
def agenda(mentor: Mentor) -> ResponseReturnValue:
    """A mentor's dates by month, without those that were long ago."""
    if mentor.state is not MentorState.ACCEPTED:
        return redirect(url_for("mentoring.invitation", slug=mentor.cohort.slug))
    since = clock.now() - RECENT
    entries = sorted((one for one in _list_for_mentor(mentor) if one.at >= since), key=lambda one: one.at)
    months: dict[str, list[Row]] = {}
    for entry in entries:
        months.setdefault(f"{local(entry.at):%B %Y}", []).append(_row(entry, mentor.cohort.zone))
    tabs = _tabs("calendars.agenda", "calendars.mentor_month", mentor.cohort, is_month=False)
    return render_template("calendars/agenda.html", cohort=mentor.cohort, months=months, tabs=tabs)


def _list_own(cohort: Cohort, role: str) -> list[Event]:
    """What the reader's own calendar holds of this cohort."""
    actor = current_actor()
    here = Actor(actor.person_id, roles={cohort.id: frozenset({role})})
    return list_events(here, now=clock.now())


def _list_for_mentor(mentor: Mentor) -> list[Entry]:
    """Meetings with the name of the mentee, what is to be met by when, and the workshops of the cohort.

    Meetings that ended with their pair are left out.
    """
    links = Links("")
    names = {links.pair(pair.id): first_name(pair.enrolment.person.name) for pair in list_mentees(mentor)}
    own = [
        entry_of(event, f"{event.title} with {names[event.path]}" if event.path in names else "")
        for event in _list_own(mentor.cohort, "mentor")
        if event.status is not Status.CANCELLED or event.path in names
    ]
    workshops = [
        entry_of_item(item, item.at, _page_of(mentor.cohort, item))
        for item in list_items(mentor.cohort_id)
        if item.kind in SITTINGS and item.at is not None
    ]
    return own + workshops


def _page_of(cohort: Cohort, item: DatedItem) -> str:
    if item.kind in SITTINGS:
        return Links("").workshop(cohort.slug, item.key)
    return Links("").module(cohort.slug, item.module_key) if item.module_key else ""


def _row(entry: Entry, host: str) -> Row:
    """As the component `rows` takes it."""
    zone = reader_zone()
    times = span(entry.at, entry.ends_at) if entry.ends_at else clock_time(entry.at)
    there = host_time(entry.at, zone, host, entry.ends_at)
    words = f"{times} {clock.city(zone)}" + (f" ({there})" if there else "")
    meta = f"{words}. {entry.note}" if entry.note else words
    return {"title": entry.title, "url": entry.url, "date": entry.at, "meta": meta}


def _tabs(agenda_at: str, month_at: str, cohort: Cohort, *, is_month: bool) -> list[dict[str, Any]]:
    return [
        {"label": "Agenda", "url": url_for(agenda_at, slug=cohort.slug), "current": not is_month},
        {"label": "Month", "url": url_for(month_at, slug=cohort.slug), "current": is_month},
    ]


def _month_page(
    layout: str, title: str, cohort: Cohort, entries: Sequence[Entry], agenda_at: str, month_at: str
) -> ResponseReturnValue:
    today = local(clock.now()).date()
    month = month_of(entries, first_of(request.args.get("at", ""), today), today=today, zone=reader_zone())
    return render_template(
        "calendars/month.html",
        layout=f"layouts/{layout}.html",
        title=title,
        cohort=cohort,
        shown=month,
        tabs=_tabs(agenda_at, month_at, cohort, is_month=True),
        links=[
            {"at": first, "url": url_for(month_at, slug=cohort.slug, at=f"{first:%Y-%m}")}
            for first in _list_around(month, entries, today)
        ],
    )


def _list_around(month: Month, entries: Sequence[Entry], today: date) -> list[date]:
    """The months before and after, as far as anything has a date, and this one, when another is shown."""
    this_month = today.replace(day=1)
    dated = {local(entry.at).date().replace(day=1) for entry in entries} | {this_month}
    beside = [one for one in (month.before, month.after) if min(dated) <= one <= max(dated)]
    return sorted({*beside, this_month} - {month.first})
