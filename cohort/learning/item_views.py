"""How dated items look in lists: their words, and where they lead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for

from cohort.clock import city
from cohort.learning.finding import Place
from cohort.learning.timeline import OwnItem
from cohort.people.away_rows import own_words
from cohort.people.models import Away
from cohort.programs.pack import Pack
from cohort.schedule.extending import EXTENDABLE
from cohort.schedule.extension_finding import WORDS
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.suggesting import find_spell
from cohort.templating import clock_time, day, extended_words, host_time, reader_zone, span
from cohort.workshops.models import PlaceState

Row = dict[str, Any]
"""As the component `rows` takes it."""
_VERBS = {
    Kind.PREWORK_DUE: "Due",
    Kind.ASSIGNMENT_DUE: "Due",
    Kind.MENTOR_SESSION_BY: "Meet by",
    Kind.CHECKIN_OPENS: "Opens",
    Kind.CHECKIN_CLOSES: "Closes",
    Kind.MODULE_OPENS: "Opens",
    Kind.MODULE_CLOSES: "Closes",
}


_PLACE_TAGS = {
    PlaceState.HELD: ("ok", "check-lg", "You have a place"),
    PlaceState.OFFERED: ("warn", "hourglass-split", "A seat is kept for you"),
    PlaceState.WAITING: ("info", "hourglass-split", "You are in line"),
}
SUGGESTED = frozenset({*EXTENDABLE, *SITTINGS, Kind.MENTOR_SESSION_BY})
"""Kinds of which it is said that they fall into days away."""


def numbers_of(pack: Pack) -> Mapping[str, int]:
    """The number of every module by its key."""
    return {module.key: number for number, module in enumerate(pack.modules, start=1)}


def item_title(item: OwnItem, numbers: Mapping[str, int]) -> str:
    """`Module 4 opens: Say it so it lands`, `Pre-work: Kickoff`, `Check-in 5`"""
    title = item.item.title
    match item.kind:
        case Kind.MODULE_OPENS:
            return f"Module {numbers[item.key]} opens: {title}"
        case Kind.MODULE_CLOSES:
            return f"Module {numbers[item.key]} closes: {title}"
        case Kind.WORKSHOP:
            return f"Workshop: {title}"
        case Kind.WORKSHOP_ALTERNATIVE:
            return f"Workshop, second sitting: {title}"
        case Kind.WORKSHOP_THIRD:
            return f"Workshop, third sitting: {title}"
        case Kind.PREWORK_DUE:
            return f"Pre-work: {title}"
        case Kind.ASSIGNMENT_DUE:
            return f"Assignment: {title}"
        case Kind.MENTOR_SESSION_BY:
            return f"Mentor session: {title}"
        case _:
            return title


def item_url(item: OwnItem, slug: str) -> str:
    """The page on which it is read or done; empty for what has none."""
    match item.kind:
        case Kind.MODULE_OPENS | Kind.MODULE_CLOSES:
            return url_for("learning.module", slug=slug, module=item.key)
        case Kind.WORKSHOP | Kind.WORKSHOP_ALTERNATIVE | Kind.WORKSHOP_THIRD | Kind.PREWORK_DUE:
            return url_for("learning.workshop", slug=slug, workshop=item.key)
        case Kind.ASSIGNMENT_DUE:
            return url_for("assignments.show", slug=slug, assignment=item.key)
        case Kind.MENTOR_SESSION_BY:
            return url_for("learning.mentor", slug=slug)
        case Kind.CHECKIN_OPENS | Kind.CHECKIN_CLOSES:
            return url_for("checkins.show", slug=slug, checkin=item.key)
        case _:
            return ""


def item_time(item: OwnItem, host: str) -> str:
    """`Due 23:00 London`, `16:00–18:00 London (10:00–12:00 Chicago)`; the day stands beside it

    `host` is the zone of the cohort.
    """
    if item.at is None:
        return "The date follows when matches are published"
    zone, end = reader_zone(), item.item.ends_at
    there = host_time(item.at, zone, host, end)
    words = f"{span(item.at, end) if end else clock_time(item.at)} {city(zone)}"
    verb = _VERBS.get(Kind(item.kind), "")
    return f"{verb} {words}".strip() + (f" ({there})" if there else "")


def item_row(item: OwnItem, numbers: Mapping[str, int], slug: str, host: str) -> Row:
    """A row with a leaf of the calendar, the title as link, and the time."""
    meta = item_time(item, host)
    if item.at is not None and item.was is not None:
        meta = f"{meta}, {extended_words(item.at, item.was, item.granted_by)}"
    return {
        "title": item_title(item, numbers),
        "url": item_url(item, slug),
        "date": item.at,
        "meta": meta,
    }


def away_row(row: Row, item: OwnItem, spells: Sequence[Away], place: Place, now: datetime) -> Row:
    """The row, pointing out a date ahead that falls into days away, with the way to a later one not asked for yet."""
    hit = find_hit(item, spells, place, now)
    if hit is None:
        return row
    pointed = row | {"meta": f"{row['meta']}, {own_words(hit)}"}
    if item.kind in EXTENDABLE and item.asked_until is None:
        pointed["action"] = {
            "word": "Ask for more time",
            "url": more_time_url(item, place.cohort.slug),
            "about": f"for {item.item.title}",
        }
    return pointed


def find_hit(item: OwnItem, spells: Sequence[Away], place: Place, now: datetime) -> Away | None:
    """The days away that something still to be done falls into."""
    if item.at is None or item.at < now or item.done_at is not None or item.kind not in SUGGESTED:
        return None
    return find_spell(item.at, spells, zone=place.enrolment.person.time_zone)


def more_time_url(item: OwnItem, slug: str) -> str:
    return url_for("extensions.ask", slug=slug, what=WORDS[Kind(item.kind)], key=item.key)


def state_tag(item: OwnItem, now: datetime) -> tuple[str, str, str] | None:
    """Done, asked for later, late or extended, or the person's place; nothing for what simply lies ahead."""
    if item.place is not None and item.place.state in _PLACE_TAGS:
        return _PLACE_TAGS[item.place.state]
    if item.done_at is not None:
        return ("ok", "check-lg", "Done")
    if item.asked_until is not None:
        return ("info", "hourglass-split", f"Asked for {day(item.asked_until)}")
    if item.is_late(now):
        return ("warn", "exclamation-triangle-fill", "Late")
    if item.was is not None:
        return ("info", "calendar-plus", "Extended")
    return None
