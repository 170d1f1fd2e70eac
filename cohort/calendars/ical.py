"""Calendars as bytes (RFC 5545): feeds, and invitations that go by mail (RFC 5546). Pure.

Every instant is in UTC, so no calendar program needs our idea of a time zone. Text, escaping, parameters and folding
are those of the library `icalendar`; its components are left out, because they take twice as long as all the rest.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import vText
from icalendar.parser import Contentline, Parameters

from cohort.calendars.events import Event, Status

MAKER = "-//Cohort//Calendar//EN"
LOOK_AGAIN_AFTER = timedelta(hours=1)
"""How often calendar programs are asked to fetch a feed."""
LONGEST_LINE = 75
"""Octets, without the line break."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who invites whom: the organizer is the address that the mail comes from, or the answer goes astray."""

    organizer: str
    organizer_name: str
    attendee: str
    attendee_name: str


def feed(events: Iterable[Event], *, name: str, base: str, domain: str) -> bytes:
    """A calendar to subscribe to; `base` is put before the path of each event, `domain` behind its UID.

    It has no method, so that DTSTAMP is when an event was last changed, not when the feed was written.
    """
    hours = f"PT{LOOK_AGAIN_AFTER // timedelta(hours=1)}H"
    head = [
        _text("NAME", name),
        _text("X-WR-CALNAME", name),
        f"REFRESH-INTERVAL;VALUE=DURATION:{hours}",
        f"X-PUBLISHED-TTL:{hours}",
    ]
    return _calendar(head, (line for event in events for line in _event(event, base, domain)))


def invitation(event: Event, who: Attendance, *, method: str, base: str, domain: str) -> bytes:
    """One event as a REQUEST, which also changes an earlier one of a lower sequence, or as a CANCEL."""
    people = [
        _with("ORGANIZER", Parameters({"CN": who.organizer_name}), f"mailto:{who.organizer}"),
        _with("ATTENDEE", _attendee(who.attendee_name, method), f"mailto:{who.attendee}"),
    ]
    return _calendar([f"METHOD:{method}"], _event(event, base, domain, people))


def _attendee(name: str, method: str) -> Parameters:
    values = {"CN": name, "ROLE": "REQ-PARTICIPANT"}
    if method == "REQUEST":
        values |= {"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    return Parameters(values)


def _calendar(head: Iterable[str], body: Iterable[str]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{MAKER}", "CALSCALE:GREGORIAN", *head, *body, "END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _event(event: Event, base: str, domain: str, people: Iterable[str] = ()) -> Iterator[str]:
    stamp = _instant(event.stamp)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}@{domain}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{event.status}"
    yield f"DTSTART:{_instant(event.starts_at)}"
    yield f"DTEND:{_instant(event.ends_at)}"
    title = f"Cancelled: {event.summary}" if event.status is Status.CANCELLED else event.summary
    yield _text("SUMMARY", title)
    if event.location:
        yield _text("LOCATION", event.location)
    if event.description:
        yield _text("DESCRIPTION", event.description)
    yield f"URL:{base}{event.path}"
    yield _text("CATEGORIES", event.cohort)
    yield f"TRANSP:{'OPAQUE' if event.is_busy else 'TRANSPARENT'}"
    yield from people
    yield "END:VEVENT"


def _instant(moment: datetime) -> str:
    """`20261125T160000Z`"""
    at = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}Z"


@lru_cache(maxsize=4000)
def _text(name: str, value: str) -> str:
    """Kept: everybody in a cohort has the same titles."""
    return f"{name}:{vText(value).to_ical().decode()}"


def _with(name: str, parameters: Parameters, value: str) -> str:
    return f"{name};{parameters.to_ical().decode()}:{value}"


def _folded(line: str) -> str:
    if len(line) < LONGEST_LINE and line.isascii():
        return line
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    return folded.decode()
