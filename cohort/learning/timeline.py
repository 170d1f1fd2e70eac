"""A cohort's timeline as it stands for one participant: with their own later dates and what they have done."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Select, and_, bindparam, select

from cohort.db import db
from cohort.learning.done import done_items
from cohort.people.models import Person
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import effective_due, list_items
from cohort.workshops.models import Place, PlaceState

DONE: Mapping[str, str] = {
    Kind.PREWORK_DUE: Kind.PREWORK_DUE,
    Kind.ASSIGNMENT_DUE: Kind.ASSIGNMENT_DUE,
    Kind.MENTOR_SESSION_BY: Kind.MENTOR_SESSION_BY,
    Kind.CHECKIN_OPENS: Kind.CHECKIN_CLOSES,
    Kind.CHECKIN_CLOSES: Kind.CHECKIN_CLOSES,
}
"""Kinds of which it is known whether they are done, and under which kind that is noted."""


@dataclass(frozen=True, slots=True)
class OwnItem:
    """A dated item as it stands for one person."""

    item: DatedItem
    at: datetime | None
    """When it is due for this person."""
    done_at: datetime | None = None
    place: Place | None = None
    """What the person has to do with it, for a sitting of a workshop."""
    granted_by: str = ""
    """Who gave this person the later date, where there is one."""
    asked_until: datetime | None = None
    """The later date that the person has asked for, until somebody answers."""

    @property
    def kind(self) -> str:
        return self.item.kind

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def was(self) -> datetime | None:
        """The cohort's date where the person has a later one of their own."""
        return self.item.at if self.at != self.item.at else None

    def is_late(self, now: datetime) -> bool:
        """True when it should be done by now and is not."""
        return self.kind in DONE and self.done_at is None and self.at is not None and self.at < now


@dataclass(frozen=True)
class Timeline:
    items: tuple[OwnItem, ...]
    """By their date in the cohort; those without one come last. Of a workshop only the sitting that is the person's."""
    done: Mapping[tuple[str, str], datetime]
    """When things were done, by kind and key; lessons too, with the key module/lesson."""
    sittings: Mapping[str, Sequence[OwnItem]] = field(default_factory=dict)
    """All sittings of each workshop by time, whether the person goes there or not."""

    def own_sitting(self, key: str) -> OwnItem | None:
        """The sitting of a workshop that is the person's; None for who has given up every place."""
        return find_own_sitting(self.sittings.get(key, ()))

    def find(self, kind: str, key: str) -> OwnItem | None:
        return self._by_id.get((kind, key))

    @cached_property
    def _by_id(self) -> Mapping[tuple[str, str], OwnItem]:
        return {(item.kind, item.key): item for item in self.items}

    def at(self, kind: str, key: str) -> datetime | None:
        found = self.find(kind, key)
        return found.at if found else None

    def lesson_done_at(self, module_key: str, lesson_key: str) -> datetime | None:
        return self.done.get(("lesson", f"{module_key}/{lesson_key}"))


def load_timeline(cohort_id: int, enrolment_id: int | None) -> Timeline:
    """The timeline of a participant; the cohort's own, with nothing done, for a reader who is none."""
    if enrolment_id is None:
        every = tuple(OwnItem(item, item.at) for item in list_items(cohort_id))
        return Timeline(every, {}, _sittings_of(every))
    done = find_done(enrolment_id)
    rows = db.session.execute(_OWN_ITEMS, {"cohort_id": cohort_id, "enrolment_id": enrolment_id})
    every = tuple(
        OwnItem(item, effective_due(item, later), _done_at(item, done), place, granted_by or "", asked_until)
        for item, later, granted_by, place, asked_until in rows
    )
    sittings = _sittings_of(every)
    own = {found.item.id for alike in sittings.values() if (found := find_own_sitting(alike))}
    items = tuple(it for it in every if it.kind not in SITTINGS or it.item.id in own)
    return Timeline(items, done, sittings)


def find_own_sitting(sittings: Sequence[OwnItem]) -> OwnItem | None:
    """Where the person holds a place, is offered or waits for one; for who has not answered the first, by its kind."""
    for state in (PlaceState.HELD, PlaceState.OFFERED, PlaceState.WAITING):
        for own in sittings:
            if own.place is not None and own.place.state is state:
                return own
    has_answered = any(own.place is not None for own in sittings)
    return None if has_answered or not sittings else min(sittings, key=lambda own: SITTINGS.index(Kind(own.kind)))


def _sittings_of(items: Sequence[OwnItem]) -> Mapping[str, Sequence[OwnItem]]:
    by_key: dict[str, list[OwnItem]] = defaultdict(list)
    for own in items:
        if own.kind in SITTINGS:
            by_key[own.key].append(own)
    return by_key


def find_done(enrolment_id: int) -> Mapping[tuple[str, str], datetime]:
    """When a participant first did each thing, by kind and key."""
    rows = db.session.execute(_OWN_DONE, {"enrolment_id": enrolment_id})
    return {(kind, key): done_at for kind, key, done_at in rows}


def _done_at(item: DatedItem, done: Mapping[tuple[str, str], datetime]) -> datetime | None:
    noted = DONE.get(item.kind)
    return done.get((noted, item.key)) if noted else None


# Statements built once, because most pages ask them.
_DONE = done_items().subquery()
_OWN_DONE: Select[str, str, datetime] = (
    select(_DONE.c.kind, _DONE.c.key, _DONE.c.done_at)
    .where(_DONE.c.enrolment_id == bindparam("enrolment_id"))
    .order_by(_DONE.c.done_at.desc())
)
_OWN_ITEMS = (
    select(DatedItem, Extension, Person.name, Place, ExtensionRequest.until)
    .outerjoin(Extension, and_(Extension.item_id == DatedItem.id, Extension.enrolment_id == bindparam("enrolment_id")))
    .outerjoin(Person, Person.id == Extension.granted_by_id)
    .outerjoin(Place, and_(Place.item_id == DatedItem.id, Place.enrolment_id == bindparam("enrolment_id")))
    .outerjoin(
        ExtensionRequest,
        and_(
            ExtensionRequest.item_id == DatedItem.id,
            ExtensionRequest.enrolment_id == bindparam("enrolment_id"),
            ExtensionRequest.decided_at.is_(None),
        ),
    )
    .where(DatedItem.cohort_id == bindparam("cohort_id"), DatedItem.dropped_at.is_(None))
    .order_by(DatedItem.at.is_(None), DatedItem.at, DatedItem.kind, DatedItem.key)
)
