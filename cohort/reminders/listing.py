"""Reading what can be spoken of: every occasion of every participant, read in a fixed number of queries.

What is done is what `learning.done` says, and a due date is the later of the cohort's and the person's own: the pages
say the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.engine import Row

from cohort.clock import from_local, known_zone
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.learning.done import done_items
from cohort.mentoring.models import Mentor
from cohort.people.models import Away, AwayKind, Person
from cohort.people.wishes import read_wishes
from cohort.reminders.occasion_statements import (
    ABOUT,
    are_held,
    are_spoken_of,
    reader_columns,
    select_items,
    select_own_sittings,
    select_pairs,
    select_participants,
)
from cohort.reminders.occasions import Moved, Occasion, Occasions, Pair, Reader
from cohort.reminders.timing import ALWAYS, Span
from cohort.schedule.items import SITTINGS
from cohort.schedule.models import DatedItem, Extension

SEATED = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)
_A_DAY = timedelta(days=1)
_EVER = datetime.min.replace(tzinfo=UTC)
EXAMPLE = "Example participant"
"""Stands for people where there are none yet."""
TOLD = (StaffRole.LEAD, StaffRole.FACILITATOR)
SPOKEN_OF = frozenset({"cohort.start", "match.published", "pair.last_contact"}).union(*ABOUT.values())
"""What there are occasions of; rules about something else wait for the feature that will tell of it."""
_DONE_AS = {"checkin.opens": "checkin.closes"}
"""Kind of dated item -> the kind under which it stands when it is done."""
_AwayDays = Mapping[int, tuple[tuple[date, date], ...]]


def list_occasions(
    cohort_ids: Collection[int],
    *,
    enrolment_ids: Collection[int] | None = None,
    since: datetime | None = None,
    keys: Collection[str] | None = None,
    moments: Mapping[str, Span] | None = None,
    moved: Moved | None = None,
    taking_part: Collection[EnrolmentState] = SEATED,
) -> dict[int, Occasions]:
    """The occasions of each cohort, or of these enrolments only.

    `since` stands in for the launch of a cohort that is not launched yet. Where `keys` are given, dated items with
    other keys are left out; where `moments` are given by what rules are about, those that neither begin, end nor are
    extended to one of theirs. `moved` are dates that items would have: what is spoken of then is foreseen with them.
    `taking_part` are the states of those who are spoken of.
    """
    these = true() if enrolment_ids is None else Enrolment.id.in_(enrolment_ids)
    mine = and_(Enrolment.state.in_(taking_part), these)
    near = moments.get("cohort.start") if moments is not None else ALWAYS
    away = _away(cohort_ids)
    pairs = {pair.enrolment_id: pair for pair in db.session.execute(select_pairs(cohort_ids, mine))}
    found: dict[int, list[Occasion]] = defaultdict(list)
    people: list[tuple[_Owner, int]] = []
    participants: Iterable[Any] = db.session.execute(select_participants(cohort_ids, mine))
    for cohort_id, title, starts_on, zone, launched_at, *place in participants:
        enrolment_id, answered_at, profiled_at, *person = place
        pair = pairs.get(enrolment_id)
        begun = max(answered_at or _EVER, launched_at or since or _EVER)
        owner = _Owner(enrolment_id, _reader(person, away, zone), _pair(pair, away), begun, title)
        people.append((owner, cohort_id))
        found[cohort_id] += _of_pair(owner, pair, zone)
        on = moved.starts_on if moved else starts_on
        if near and near.first - _A_DAY <= datetime.combine(on, time(0), UTC) <= near.last + _A_DAY:
            found[cohort_id].append(_of_start(owner, on, zone, profiled_at))
    others = moved.items if moved else {}
    items = db.session.execute(select_items(cohort_ids, are_spoken_of(moments, keys, others), are_held(others))).all()
    facts = _read_facts(cohort_ids, mine, items, are_held(others))
    held = _held_items(items, moved)
    for owner, cohort_id in people:
        meets_at = pairs[owner.enrolment_id].next_at if owner.pair else None
        for item in held[cohort_id]:
            found[cohort_id] += _of_item(item, owner, facts, meets_at)
    staff = _staff(cohort_ids, away)
    return {cohort_id: Occasions(tuple(found[cohort_id]), tuple(staff[cohort_id])) for cohort_id in cohort_ids}


def example_occasions(cohort: Cohort, items: Iterable[DatedItem], *, since: datetime) -> Occasions:
    """Those of one participant in the cohort's own zone who is not there, for a cohort that nobody is in yet."""
    owner = _Owner(0, Reader(0, EXAMPLE, cohort.zone), None, since, cohort.title)
    found = [_of_start(owner, cohort.starts_on, cohort.zone, None)]
    for item in items:
        if item.kind in ABOUT and item.kind not in SITTINGS[1:] and item.at is not None:
            named = (item.id, item.kind, item.key, item.title)
            meant = _Item(*named, item.at, item.ends_at, item.changed_at, is_first=True)
            found += _of_item(meant, owner, _Facts({}, {}, {}), None)
    return Occasions(tuple(found), ())


@dataclass(slots=True)
class _Owner:
    """What the occasions of one participant have in common."""

    enrolment_id: int
    participant: Reader
    pair: Pair | None
    since: datetime
    cohort_title: str


@dataclass(slots=True)
class _Item:
    """A dated item that is held, or would be."""

    id: int
    kind: str
    key: str
    title: str
    at: datetime
    ends_at: datetime | None
    changed_at: datetime | None
    is_first: bool
    """Of the sittings of a workshop."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What participants have done and arranged, of the items that are spoken of."""

    until: Mapping[tuple[int, int], datetime]
    """How long somebody has for an item, by item and enrolment."""
    done_at: Mapping[tuple[int, str, str], datetime]
    """By enrolment, kind and key, as `learning.done` says it."""
    sittings: Mapping[tuple[int, str], Row[Any]]
    """By enrolment and workshop. Who has given no answer yet has none."""


def _read_facts(
    cohort_ids: Collection[int], mine: ColumnElement[bool], items: Collection[Row[Any]], held: ColumnElement[bool]
) -> _Facts:
    ids = [item.item_id for item in items]
    extensions = select(Extension.item_id, Extension.enrolment_id, Extension.until).where(Extension.item_id.in_(ids))
    done = done_items(select(Enrolment.id).where(Enrolment.cohort_id.in_(cohort_ids), mine)).subquery()
    first_done = (
        select(done.c.enrolment_id, done.c.kind, done.c.key, func.min(done.c.done_at))
        .where(done.c.kind.in_({_DONE_AS.get(item.kind, item.kind) for item in items}))
        .group_by(done.c.enrolment_id, done.c.kind, done.c.key)
    )
    sittings = db.session.execute(select_own_sittings(cohort_ids, mine, held))
    return _Facts(
        {(item_id, enrolment_id): until for item_id, enrolment_id, until in db.session.execute(extensions)},
        {(row[0], row[1], row[2]): row[3] for row in db.session.execute(first_done)},
        {(row.enrolment_id, row.key): row for row in sittings},
    )


def _away(cohort_ids: Collection[int]) -> _AwayDays:
    """When people of these cohorts are away, by person."""
    parts = [select(kind.person_id).where(kind.cohort_id.in_(cohort_ids)) for kind in (Enrolment, Mentor, Staff)]
    rows = db.session.execute(
        select(Away.person_id, Away.first, Away.last)
        .where(Away.kind == AwayKind.AWAY, or_(*(Away.person_id.in_(part) for part in parts)))
        .order_by(Away.first, Away.id)
    )
    days: dict[int, tuple[tuple[date, date], ...]] = {}
    for person_id, first, last in rows:
        days[person_id] = (*days.get(person_id, ()), (first, last))
    return days


def _staff(cohort_ids: Collection[int], away: _AwayDays) -> Mapping[int, list[Reader]]:
    rows = db.session.execute(
        select(Staff.cohort_id, *reader_columns(Person))
        .join(Person, Person.id == Staff.person_id)
        .where(
            Staff.cohort_id.in_(cohort_ids),
            Staff.until.is_(None),
            Staff.role.in_(TOLD),
            Person.deactivated_at.is_(None),
        )
        .distinct()
    )
    staff: dict[int, list[Reader]] = defaultdict(list)
    for row in rows:
        staff[row.cohort_id].append(_reader(row[-4:], away))
    return staff


def _reader(columns: Sequence[Any], away: _AwayDays, cohort_zone: str = "UTC") -> Reader:
    person_id, name, zone, wishes = columns
    return Reader(person_id, name, known_zone(zone, cohort_zone), read_wishes(wishes), away.get(person_id, ()))


def _pair(row: Row[Any] | None, away: _AwayDays) -> Pair | None:
    return row and Pair(row.id, _reader(row[-4:], away), row.published_at)


def _held_items(rows: Iterable[Row[Any]], moved: Moved | None) -> Mapping[int, list[_Item]]:
    """By cohort, with the dates that they would have."""
    others = moved.items if moved else {}
    held: dict[int, list[_Item]] = defaultdict(list)
    for row in rows:
        dates = others.get(row.item_id, (row.at, row.ends_at))
        if dates is not None and dates[0] is not None:
            changed_at = moved.changed_at if moved and row.item_id in others else row.changed_at
            named = (row.item_id, row.kind, row.key, row.title)
            held[row.cohort_id].append(_Item(*named, dates[0], dates[1], changed_at, bool(row.is_first)))
    return held


def _of_start(owner: _Owner, starts_on: date, zone: str, profiled_at: datetime | None) -> Occasion:
    return Occasion(
        about="cohort.start",
        key="",
        title=owner.cohort_title,
        enrolment_id=owner.enrolment_id,
        participant=owner.participant,
        pair=owner.pair,
        at=from_local(starts_on, time(0), zone),
        since=owner.since,
        day=starts_on,
        done_at=profiled_at,
    )


def _of_pair(owner: _Owner, row: Row[Any] | None, cohort_zone: str) -> Iterator[Occasion]:
    """What is about two people; a pair that has not met yet was last in contact when it was matched."""
    pair = owner.pair
    if row is None or pair is None:
        return
    base: dict[str, Any] = {
        "key": str(pair.id),
        "title": owner.cohort_title,
        "enrolment_id": owner.enrolment_id,
        "participant": owner.participant,
        "pair": pair,
        "since": max(owner.since, pair.published_at),
        "next_at": row.next_at,
    }
    yield Occasion(about="match.published", at=pair.published_at, done_at=row.logged_at, **base)
    if row.held_on is None:
        yield Occasion(about="pair.last_contact", at=pair.published_at, **base)
    else:
        met_at = from_local(row.held_on, time(0), cohort_zone)
        yield Occasion(about="pair.last_contact", at=met_at, day=row.held_on, **base)


def _of_item(item: _Item, owner: _Owner, facts: _Facts, meets_at: datetime | None) -> Iterator[Occasion]:
    own = facts.sittings.get((owner.enrolment_id, item.key)) if item.kind in SITTINGS else None
    if item.kind in SITTINGS and not _is_meant(item, own):
        return
    until = facts.until.get((item.id, owner.enrolment_id), item.at)
    done_at = facts.done_at.get((owner.enrolment_id, _DONE_AS.get(item.kind, item.kind), item.key))
    for about in ABOUT[item.kind]:
        moment = item.ends_at if about == "workshop.ends" else max(item.at, until)
        if moment is not None:
            yield Occasion(
                about=about,
                key=item.key,
                title=item.title,
                enrolment_id=owner.enrolment_id,
                participant=owner.participant,
                pair=owner.pair,
                at=moment,
                since=owner.since,
                done_at=done_at,
                next_at=meets_at,
                held=_held(own),
                has_place=own is not None and own.held_id is not None,
                changed_at=item.changed_at if moment in (item.at, item.ends_at) else None,
            )


def _is_meant(item: _Item, own: Row[Any] | None) -> bool:
    """The sitting in which the person holds a place; who holds none is expected at the first."""
    return item.is_first if own is None or own.held_id is None else own.held_id == item.id


def _held(own: Row[Any] | None) -> str:
    """Why nobody is reminded of a sitting: the person has answered, and holds no place in any."""
    if own is None or own.held_id is not None:
        return ""
    return "no place yet" if own.waits else "declined"
