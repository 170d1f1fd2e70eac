"""Mails that carry an entry for the calendar: an invitation, a change of it, or that it is off (RFC 6047)."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.calendars.events import Event, Status
from cohort.calendars.ical import Attendance, invitation
from cohort.calendars.invitations import CANCEL, REQUEST, SUPERSEDED
from cohort.calendars.models import CalendarInvitation
from cohort.clock import city
from cohort.db import db
from cohort.mail.letters import Button, CalendarPart, Desk, Letter, Moot, WayOut
from cohort.mail.links import Links
from cohort.mentoring.models import MeetingProposal, MentoringSession, Pairing
from cohort.schedule.models import DatedItem
from cohort.templating import day, host_time, moment, span


def calendar_request(desk: Desk) -> Letter:
    """What the event is now. It says what was recorded when the mail was queued, whatever changes meanwhile."""
    told = _told(desk)
    if told.starts_at <= desk.now:
        raise Moot("too late")
    when = moment(told.starts_at, desk.person.time_zone)
    is_update = desk.message.params["is_update"]
    title = f"Changed: {told.title}" if is_update else told.title
    return Letter(
        subject=f"{title}, {when}",
        title=title,
        opening="something about this date has changed. This mail changes it in your calendar."
        if is_update
        else "this is a date of yours. Accept it in your mail program, and it stands in your calendar.",
        when=_when(desk, told),
        paragraphs=(f"Where: {told.location}",) if told.location else (),
        button=Button("See it on its page", f"{desk.links.base}{_path(desk, told)}"),
        way_out=_way_out(desk),
        why="you chose to get workshops and mentoring sessions as invitations.",
        preheader=f"{desk.own_cohort.title}, {when}",
        calendar=_part(desk, told, REQUEST),
        thread=told.uid,
    )


def calendar_cancel(desk: Desk) -> Letter:
    told = _told(desk)
    if told.starts_at <= desk.now:
        raise Moot("too late")
    when = moment(told.starts_at, desk.person.time_zone)
    return Letter(
        subject=f"Off your calendar: {told.title}, {when}",
        title=f"Off your calendar: {told.title}",
        opening="this date is not one of yours any more. This mail takes it out of your calendar.",
        when=_when(desk, told),
        button=Button("See what is in your calendar", desk.links.calendar_settings()),
        way_out=_way_out(desk),
        why="you got an invitation to it before.",
        preheader=f"{desk.own_cohort.title}, {when}",
        calendar=_part(desk, told, CANCEL),
        thread=told.uid,
    )


def _told(desk: Desk) -> CalendarInvitation:
    """What the person was told last; a mail that says something older is not sent."""
    key = (desk.person.id, desk.message.params["uid"])
    told = db.session.get(CalendarInvitation, key, populate_existing=True)
    if told is None or told.sequence != desk.message.params["sequence"]:
        raise Moot(SUPERSEDED)
    return told


def _when(desk: Desk, told: CalendarInvitation) -> tuple[str, str]:
    """`Wed 25 Nov, 16:00–18:00 London`, then `Your time. 10:00–12:00 Chicago, where the program is run.`"""
    zone, host = desk.person.time_zone, desk.own_cohort.zone
    words = f"{day(told.starts_at, zone)}, {span(told.starts_at, told.ends_at, zone)} {city(zone)}"
    there = host_time(told.starts_at, zone, host, told.ends_at)
    return words, f"Your time. {there}, where the program is run." if there else ""


def _way_out(desk: Desk) -> WayOut:
    return WayOut("Rather not by mail?", "Turn invitations off", desk.links.calendar_settings())


def _path(desk: Desk, told: CalendarInvitation) -> str:
    """The page about it: of the workshop; of the pair for a mentor, of the mentor for a mentee."""
    kind, _, number = told.uid.partition("@")[0].partition("-")
    links, slug = Links(""), desk.own_cohort.slug
    if kind == "item":
        return links.workshop(slug, db.session.get_one(DatedItem, int(number)).key)
    agreed = MeetingProposal if kind == "proposal" else MentoringSession
    pairing = db.session.scalars(
        select(Pairing)
        .join(agreed, agreed.pairing_id == Pairing.id)
        .options(joinedload(Pairing.mentor))
        .where(agreed.id == int(number))
    ).one()
    return links.pair(pairing.id) if pairing.mentor.person_id == desk.person.id else links.mentor(slug)


def _part(desk: Desk, told: CalendarInvitation, method: str) -> CalendarPart:
    uid, _, domain = told.uid.partition("@")
    event = Event(
        uid=uid,
        kind="",
        title=told.title,
        cohort_id=told.cohort_id,
        cohort=desk.own_cohort.title,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        status=Status.CANCELLED if method == CANCEL else Status.CONFIRMED,
        sequence=told.sequence,
        stamp=told.told_at,
        path=_path(desk, told),
        location=told.location,
        is_busy=method == REQUEST,
    )
    who = Attendance(desk.sender_address, desk.sender, desk.person.email, desk.person.name)
    return CalendarPart(method, invitation(event, who, method=method, base=desk.links.base, domain=domain))
