"""Mails about places in workshops: one is offered, one was got, one was missed."""

from sqlalchemy.orm import joinedload

from cohort.clock import city
from cohort.db import db
from cohort.mail.letters import Button, Desk, Letter, Moot, Things, WayOut
from cohort.programs.queries import pack_of
from cohort.reminders.wording_letters import agenda
from cohort.schedule.models import DatedItem
from cohort.templating import day, host_time, moment, span
from cohort.workshops.models import Attendance, Place, PlaceState, Sitting
from cohort.workshops.seats import is_over
from cohort.workshops.words import STANDING_MAKE_UP


def place_offered(desk: Desk) -> Letter:
    place = _find_place(desk)
    if place.state is not PlaceState.OFFERED or place.revision != desk.message.params["revision"]:
        raise Moot(f"the offer is over: {place.state.value}")
    if place.offered_until is None or place.offered_until <= desk.now:
        raise Moot("the offer has ended")
    item = place.item
    until = moment(place.offered_until, desk.person.time_zone)
    page = desk.links.workshop(desk.own_cohort.slug, item.key)
    return Letter(
        subject=f"A seat is free for you: {item.title}, take it by {until}",
        title=f"A seat is free for you in {item.title}",
        opening="you are next in line, and a seat became free. It is kept for you for a while.",
        when=_when(desk, item),
        paragraphs=(f"Take it by {until}. After that it goes to the next in line.",),
        button=Button("Take the seat", page, "One more press on the page of the workshop."),
        way_out=WayOut("Do not need it any more?", "Let it go to the next in line", page),
        why="you are on the waiting list of this sitting.",
        preheader=f"Take it by {until}.",
    )


def place_got(desk: Desk) -> Letter:
    place = _find_place(desk)
    if place.state is not PlaceState.HELD or place.revision != desk.message.params["revision"]:
        raise Moot(f"the place has changed: {place.state.value}")
    item = place.item
    page = desk.links.workshop(desk.own_cohort.slug, item.key)
    return Letter(
        subject=f"You have a place: {item.title}, {_short(desk, item)}",
        title=f"You have a place in {item.title}",
        opening="your place is certain now. A place you held in another sitting of this workshop is given up.",
        when=_when(desk, item),
        things=_agenda(desk, item),
        button=Button("Open the workshop page", page, "The join link appears there 24 hours before."),
        way_out=WayOut("Cannot come after all?", "Give the place to the next in line", page),
        why="you waited for a seat, or staff signed you up.",
        preheader=f"{_short(desk, item)}.",
    )


def missed(desk: Desk) -> Letter:
    place = _find_place(desk)
    if place.attendance is not Attendance.NO_SHOW:
        raise Moot("was there, or excused")
    if place.made_up_at is not None:
        raise Moot("made up for already")
    sitting = db.session.get(Sitting, place.item_id)
    if sitting is None or sitting.closed_at is None:
        raise Moot("the attendance is open again")
    item = place.item
    page = desk.links.workshop(desk.own_cohort.slug, item.key)
    return Letter(
        subject=f"We missed you: {item.title}, and how to make up for it",
        title=f"We missed you at {item.title}",
        opening="you had a place and were not on the list of those who came. There is a way to catch up.",
        when=(sitting.make_up or STANDING_MAKE_UP, "Then tick it off on the page of the workshop."),
        button=Button("Open the workshop page", page, "Agenda, pre-work and materials are there."),
        way_out=WayOut("Were you there?", "Look at the page of the workshop", page, "and tell your facilitator."),
        why="the attendance of this workshop was closed.",
        preheader="There is a way to catch up.",
    )


def _find_place(desk: Desk) -> Place:
    """The place that the mail is about. Raises Moot when it, its sitting or the person's part in the cohort is gone."""
    loading = [joinedload(Place.item), joinedload(Place.enrolment)]
    place = db.session.get(Place, desk.message.params["place_id"], options=loading, populate_existing=True)
    if place is None or place.item.dropped_at is not None:
        raise Moot("the sitting is gone")
    if not place.enrolment.is_in:
        raise Moot(f"not enrolled: {place.enrolment.state.value}")
    if place.attendance is None and is_over(place.item, desk.now):
        raise Moot("the sitting is over")
    return place


def _when(desk: Desk, item: DatedItem) -> tuple[str, str] | None:
    """`Wed 25 Nov, 16:00–18:00 London` and the host's time."""
    if item.at is None:
        return None
    zone, ends = desk.person.time_zone, item.ends_at or item.at
    there = host_time(item.at, zone, desk.own_cohort.zone, ends)
    head = f"{day(item.at, zone, desk.now)}, {span(item.at, ends, zone)} {city(zone)}"
    return head, f"Your time. {there}, where it is held." if there else ""


def _short(desk: Desk, item: DatedItem) -> str:
    return moment(item.at, desk.person.time_zone) if item.at else "date to follow"


def _agenda(desk: Desk, item: DatedItem) -> tuple[Things, ...]:
    workshops = (module.workshop for module in pack_of(desk.own_cohort.version).modules if module.workshop)
    found = next((workshop for workshop in workshops if workshop.key == item.key), None)
    return agenda("What happens", found.agenda) if found else ()
