"""What one person's calendar holds, across all their cohorts and with their rights: the same in feeds and on pages.

An event keeps its UID for ever and never leaves while a calendar program may hold it: what is dropped, left or held at
another sitting stays as cancelled until `KEPT_FOR` after its date. Nothing here depends on the present moment but that,
and whether a join link is open; so a feed in which nothing changed is the same to the byte.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.types import NullType

from cohort.access import Actor
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import UTCDateTime, db
from cohort.mail.links import Links
from cohort.mentoring.agreed import agreed_dates
from cohort.mentoring.models import Mentor, Pairing
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.queries import later_of
from cohort.workshops.models import Place, PlaceState, Sitting
from cohort.workshops.rules import LINK_BEFORE

STAFF_ROLES = ("program lead", "facilitator", "observer")
OF_PARTICIPANTS = (
    *SITTINGS,
    Kind.MODULE_OPENS,
    Kind.PREWORK_DUE,
    Kind.ASSIGNMENT_DUE,
    Kind.MENTOR_SESSION_BY,
    Kind.CHECKIN_CLOSES,
    Kind.MILESTONE,
)
OF_MENTORS = (Kind.MENTOR_SESSION_BY,)
KEPT_FOR = timedelta(days=60)
"""How long after its date a cancelled event stays."""
A_MOMENT = timedelta(minutes=15)
"""What a moment takes up in a calendar: programs show no event without length, or show it on the wrong day. Something
due ends when it is due, something that opens begins when it opens; neither makes anybody busy."""
DUE = frozenset({Kind.PREWORK_DUE, Kind.ASSIGNMENT_DUE, Kind.MENTOR_SESSION_BY, Kind.CHECKIN_CLOSES})
MEETING = "Mentoring session"
"""Without a name: whoever has the address of a feed reads it."""


class Status(StrEnum):
    """As RFC 5545, section 3.8.1.11, says it."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a calendar, as it stands for one person."""

    uid: str
    """The part before the @: `item-7`, `meeting-3`, `proposal-2`."""
    kind: str
    """The kind of the dated item, or `meeting`."""
    title: str
    cohort_id: int
    cohort: str
    """Its title, which stands on every entry."""
    starts_at: datetime
    ends_at: datetime
    status: Status
    sequence: int
    """Grows with every change that the person can see."""
    stamp: datetime
    """When it was last changed."""
    path: str
    """Our page about it."""
    location: str = ""
    description: str = ""
    is_busy: bool = False

    @property
    def summary(self) -> str:
        """`Workshop: Hard talks rehearsal (Spring Emerging Leaders)`"""
        return f"{self.title} ({self.cohort})"


def list_events(actor: Actor, *, shows_links: bool = False, now: datetime) -> list[Event]:
    """Everything in the calendar of `actor`, by its time. Two queries, however many cohorts and items there are."""
    asked = _asked(actor, now)
    items = db.session.execute(_ITEMS, asked).all()
    meetings = db.session.execute(_MEETINGS, asked).all()
    events = [*_item_events(items, shows_links=shows_links), *(_meeting_event(row) for row in meetings)]
    return sorted(events, key=lambda event: (event.starts_at, event.uid))


def fingerprint(actor: Actor, *, now: datetime) -> str:
    """Changes when what `list_events` reads does: every change that a person can see raises one of the counts."""
    asked = _asked(actor, now)
    found = [*db.session.execute(_ITEMS_COUNTED, asked), *db.session.execute(_MEETINGS_UNREAD, asked)]
    rows = sorted(repr(tuple(row)) for row in found)
    return sha256("\n".join(rows).encode()).hexdigest()


def _asked(actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "person_id": actor.person_id,
        "as_participant": list(actor.cohorts_as("participant")),
        "as_mentor": list(actor.cohorts_as("mentor")),
        "as_staff": list(actor.cohorts_as(*STAFF_ROLES)),
        "long_ago": now - KEPT_FOR,
        "link_from": now + LINK_BEFORE,
        "now": now,
    }


# --- dated items ---------------------------------------------------------------------------------------------------


def _items() -> Any:
    """The dated items of a person in every role, with what is theirs alone: extensions and places."""
    nobody: dict[str, Any] = {
        "until": cast(null(), UTCDateTime()),
        "times": cast(null(), Integer),
        "granted_at": cast(null(), UTCDateTime()),
        "place": cast(null(), Text),
        "revision": cast(null(), Integer),
        "since": cast(null(), UTCDateTime()),
    }
    own: dict[str, Any] = {
        "until": Extension.until,
        "times": Extension.times,
        "granted_at": Extension.granted_at,
        "place": cast(Place.state, Text),
        "revision": Place.revision,
        "since": Place.since,
    }
    participants = (
        _items_as("participant", OF_PARTICIPANTS, own)
        .join(Enrolment, and_(Enrolment.cohort_id == Cohort.id, Enrolment.person_id == bindparam("person_id")))
        .outerjoin(Extension, and_(Extension.item_id == DatedItem.id, Extension.enrolment_id == Enrolment.id))
        .outerjoin(Place, and_(Place.item_id == DatedItem.id, Place.enrolment_id == Enrolment.id))
    )
    return union_all(participants, _items_as("mentor", OF_MENTORS, nobody), _items_as("staff", SITTINGS, nobody))


def _items_as(role: str, kinds: Sequence[str], own: Mapping[str, Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(role).label("role"),
            Cohort.id.label("cohort_id"),
            Cohort.slug,
            Cohort.title.label("cohort"),
            Cohort.created_at,
            DatedItem.id.label("id"),
            DatedItem.kind,
            DatedItem.key,
            DatedItem.title,
            DatedItem.module_key,
            DatedItem.at.label("at"),
            DatedItem.ends_at,
            DatedItem.sequence,
            DatedItem.changed_at,
            DatedItem.dropped_at,
            and_(DatedItem.dropped_at.is_not(None), DatedItem.at <= bindparam("long_ago")).label("is_gone"),
            func.coalesce(Sitting.room, "").label("room"),
            func.coalesce(Sitting.version, 0).label("settings"),
            case((_link_is_open(), func.coalesce(Sitting.join_url, "")), else_="").label("join_url"),
            *(column.label(name) for name, column in own.items()),
        )
        .join(DatedItem, DatedItem.cohort_id == Cohort.id)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .where(
            Cohort.id.in_(bindparam(f"as_{role}", expanding=True, type_=Integer)),
            DatedItem.kind.in_(kinds),
            DatedItem.at.is_not(None),
        )
    )


def _link_is_open() -> ColumnElement[bool]:
    """What `workshops.rules.shows_link` says, in SQL."""
    return and_(DatedItem.at <= bindparam("link_from"), DatedItem.ends_at > bindparam("now"))


def _item_events(rows: Sequence[Row[Any]], *, shows_links: bool) -> Iterator[Event]:
    """Whoever is here in two roles has each item once, as participants before others."""
    workshops: dict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
    taken: set[int] = set()
    for row in rows:
        if row.role == "participant" and row.kind in SITTINGS:
            workshops[row.cohort_id, row.key].append(row)
        elif row.id not in taken and not row.is_gone:
            yield _item_event(row)
        taken.add(row.id)
    for sittings in workshops.values():
        yield from _sitting_events(sittings, shows_links=shows_links)


def _item_event(row: Row[Any]) -> Event:
    """A due date, an opening, a milestone; for staff a sitting, too."""
    at = later_of(row.at, row.until)
    starts_at, ends_at = at, row.ends_at or at + A_MOMENT
    if row.kind in DUE:
        starts_at, ends_at = at - A_MOMENT, at
    return Event(
        uid=f"item-{row.id}",
        kind=row.kind,
        title=_title(row),
        cohort_id=row.cohort_id,
        cohort=row.cohort,
        starts_at=starts_at,
        ends_at=ends_at,
        status=Status.CANCELLED if row.dropped_at else Status.CONFIRMED,
        sequence=row.sequence + (row.times or 0) + row.settings,
        stamp=_latest(row.created_at, row.changed_at, row.granted_at),
        path=_path(row),
        location=row.room,
        description="You have more time than the others." if row.until and row.until > row.at else "",
        is_busy=row.ends_at is not None,
    )


def _sitting_events(sittings: Sequence[Row[Any]], *, shows_links: bool) -> Iterator[Event]:
    """The sittings of one workshop that concern a participant: the first, and those they ever said something about."""
    changes = sum(row.revision + 1 for row in sittings if row.place)
    since = _latest(sittings[0].created_at, *(row.since for row in sittings))
    goes_to = next((row.id for row in sittings if row.place == PlaceState.HELD), None)
    for row in sittings:
        if (row.place or row.kind == Kind.WORKSHOP) and not row.is_gone:
            status, words = _answer(row, goes_to)
            event = _item_event(row)
            if shows_links and status is Status.CONFIRMED and row.join_url:
                words = f"Join: {row.join_url}"
            yield replace(
                event,
                status=status,
                sequence=event.sequence + changes,
                stamp=max(event.stamp, since),
                description=words,
                is_busy=status is Status.CONFIRMED,
            )


def _answer(row: Row[Any], goes_to: int | None) -> tuple[Status, str]:
    """What a sitting is for a participant, and why."""
    if row.dropped_at:
        return Status.CANCELLED, "This sitting is not held."
    match row.place:
        case PlaceState.HELD:
            return Status.CONFIRMED, ""
        case PlaceState.EXCUSED:
            return Status.CANCELLED, "You said that you cannot come."
        case PlaceState.LEFT:
            return Status.CANCELLED, "You gave your place up."
        case PlaceState.WAITING:
            return Status.TENTATIVE, "You are on the waiting list."
        case PlaceState.OFFERED:
            return Status.TENTATIVE, "A place is kept for you: say whether you take it."
    if goes_to is not None:
        return Status.CANCELLED, "You go to another sitting."
    return Status.TENTATIVE, "You have not said yet whether you come."


_BEFORE_THE_TITLE = {
    Kind.MODULE_OPENS: "Module opens",
    Kind.WORKSHOP: "Workshop",
    Kind.WORKSHOP_ALTERNATIVE: "Workshop",
    Kind.WORKSHOP_THIRD: "Workshop",
    Kind.PREWORK_DUE: "Pre-work due",
    Kind.ASSIGNMENT_DUE: "Assignment due",
    Kind.MENTOR_SESSION_BY: "Mentor session by",
}


def _title(row: Row[Any]) -> str:
    """`Workshop: Kickoff`, `Assignment due: Three conversations`, `Check-in 5 closes`"""
    if row.kind == Kind.CHECKIN_CLOSES:
        return f"{row.title} closes"
    before = _BEFORE_THE_TITLE.get(row.kind)
    return f"{before}: {row.title}" if before else str(row.title)


def _path(row: Row[Any]) -> str:
    links = Links("")
    match row.kind:
        case Kind.MODULE_OPENS:
            return links.module(row.slug, row.key)
        case Kind.ASSIGNMENT_DUE:  # its own page is there only once the module is open
            return links.module(row.slug, row.module_key)
        case Kind.CHECKIN_CLOSES:
            return links.checkin(row.slug, row.key)
        case Kind.MENTOR_SESSION_BY:
            return links.mentees(row.slug) if row.role == "mentor" else links.mentor(row.slug)
        case Kind.MILESTONE:
            return links.program(row.slug)
    return links.workshop(row.slug, row.key)


# --- meetings ------------------------------------------------------------------------------------------------------


def _meetings() -> Any:
    mentees = _meetings_as("participant", false()).where(Enrolment.person_id == bindparam("person_id"))
    mentors = _meetings_as("mentor", true()).where(Mentor.person_id == bindparam("person_id"))
    return union_all(mentees, mentors)


def _meetings_as(role: str, is_mentor: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """What was cancelled is left out when it is long ago."""
    agreed = agreed_dates().c
    was_before = Pairing.closed_at < agreed.at
    return (
        select(
            agreed.kind,
            agreed.id,
            agreed.at,
            agreed.minutes,
            agreed.told_at,
            agreed.replaced_at,
            Pairing.id.label("pairing_id"),
            Pairing.closed_at,
            Cohort.id.label("cohort_id"),
            Cohort.slug,
            Cohort.title.label("cohort"),
            is_mentor.label("is_mentor"),
        )
        .join(Pairing, Pairing.id == agreed.pairing_id)
        .join(Enrolment, Enrolment.id == Pairing.enrolment_id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(Cohort, Cohort.id == Pairing.cohort_id)
        .where(
            Cohort.id.in_(bindparam(f"as_{role}", expanding=True, type_=Integer)),
            or_(
                agreed.at > bindparam("long_ago"),
                and_(agreed.replaced_at.is_(None), or_(Pairing.closed_at.is_(None), ~was_before)),
            ),
        )
    )


def _meeting_event(row: Row[Any]) -> Event:
    replaced, ended = row.replaced_at, row.closed_at if row.closed_at and row.closed_at < row.at else None
    links = Links("")
    words = "The date that you two agreed."
    if ended:
        words = "The pair has ended."
    elif replaced:
        words = "You two met or agreed another date before."
    return Event(
        uid=f"{row.kind}-{row.id}",
        kind="meeting",
        title=MEETING,
        cohort_id=row.cohort_id,
        cohort=row.cohort,
        starts_at=row.at,
        ends_at=row.at + timedelta(minutes=row.minutes),
        status=Status.CANCELLED if replaced or ended else Status.CONFIRMED,
        sequence=(replaced is not None) + (ended is not None),
        stamp=_latest(row.told_at, replaced, ended),
        path=links.pair(row.pairing_id) if row.is_mentor else links.mentor(row.slug),
        description=words,
        is_busy=not (replaced or ended),
    )


def _latest(first: datetime, *others: datetime | None) -> datetime:
    return max([first, *(moment for moment in others if moment)])


def _unread(statement: Any) -> Select[*tuple[Any, ...]]:
    """The same rows with what the database holds, before types make anything of it."""
    return select(*(type_coerce(column, NullType()) for column in statement.subquery().c))


def _counted(statement: Any) -> Select[*tuple[Any, ...]]:
    """The items of each cohort added up by the database, which is quicker than reading them."""
    it = statement.subquery().c
    group = (it.role, it.cohort_id, it.slug, it.cohort)
    return select(
        *group,
        *(func.count(column) for column in (it.id, it.dropped_at, it.place, it.until)),
        *(func.sum(func.coalesce(column, 0)) for column in (it.sequence, it.times, it.revision, it.settings)),
        *(func.sum(case((condition, 1), else_=0)) for condition in (it.is_gone, it.join_url != "")),
        *(func.max(type_coerce(column, NullType())) for column in (it.changed_at, it.granted_at, it.since)),
    ).group_by(*group)


# Statements built once: calendar programs ask for feeds again and again, mostly in vain.
_ITEMS = _items()
_MEETINGS = _meetings()
_ITEMS_COUNTED = _counted(_ITEMS)
_MEETINGS_UNREAD = _unread(_MEETINGS)
