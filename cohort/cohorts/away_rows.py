"""Who is away or on call when something is due: one row for each date ahead, as the staff of a cohort plan with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.learning.done import done_items
from cohort.people.away_rows import others_words
from cohort.people.queries import AwaySpan, list_away_in
from cohort.schedule.extending import EXTENDABLE
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.queries import effective_due
from cohort.schedule.suggesting import find_spell, next_free_day
from cohort.workshops.models import TAKES_SEAT, Place

AHEAD = timedelta(days=120)
"""So far ahead the panel looks."""
MOST = 12
"""Dates in the panel."""
MOST_NAMED = 5
_LOOKED_AT = (*EXTENDABLE, *SITTINGS, Kind.MENTOR_SESSION_BY)


@dataclass(frozen=True, slots=True)
class Clash:
    """One date that falls into days on which people are away or on call."""

    item: DatedItem
    enrolments: tuple[int, ...]
    """Of those who are away, by name."""
    words: tuple[str, ...]
    """`Ben Adeyemi is on call 30 Nov – 6 Dec`; of many the first ones."""
    more: int
    """People who are not named."""
    suggested: date | None
    """A day in the cohort's zone that suits everybody named and not, for what can be put off."""


@dataclass(frozen=True, slots=True)
class Clashes:
    rows: tuple[Clash, ...]
    more: int
    """Dates that are not shown."""


def list_clashes(cohort: Cohort, items: Sequence[DatedItem], *, now: datetime) -> Clashes:
    """The dates ahead that fall into days away, by time, in five queries whatever their number; needs the items."""
    ahead = [item for item in items if item.kind in _LOOKED_AT and item.at is not None]
    today = in_zone(now, cohort.zone).date()
    spells = _by_person(list_away_in(cohort.id, today - timedelta(days=1), today + AHEAD))
    if not spells:
        return Clashes((), 0)
    people = _People(cohort, spells)
    found = [clash for item in ahead if (clash := people.find(item, now)) is not None]
    found.sort(key=lambda clash: (clash.item.at or now, clash.item.kind, clash.item.key))
    return Clashes(tuple(found[:MOST]), max(0, len(found) - MOST))


def _by_person(spans: Iterable[AwaySpan]) -> dict[int, list[AwaySpan]]:
    found: dict[int, list[AwaySpan]] = {}
    for span in spans:
        found.setdefault(span.person_id, []).append(span)
    return found


class _People:
    """Those of a cohort who are away some time: their own dates, what they have done, which sittings they go to."""

    def __init__(self, cohort: Cohort, spells: Mapping[int, list[AwaySpan]]) -> None:
        self.cohort, self.spells = cohort, spells
        rows = db.session.execute(
            select(Enrolment.person_id, Enrolment.id).where(
                Enrolment.cohort_id == cohort.id,
                Enrolment.person_id.in_(spells),
                Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
            )
        )
        self.enrolments: dict[int, int] = {row.person_id: row.id for row in rows}
        ids = list(self.enrolments.values())
        given = db.session.scalars(select(Extension).where(Extension.enrolment_id.in_(ids)))
        self.extensions = {(one.enrolment_id, one.item_id): one for one in given}
        done = done_items(select(Enrolment.id).where(Enrolment.id.in_(ids))).subquery()
        self.done = {
            (enrolment_id, kind, key)
            for enrolment_id, kind, key in db.session.execute(select(done.c.enrolment_id, done.c.kind, done.c.key))
        }
        places = db.session.execute(
            select(Place.enrolment_id, DatedItem.kind, DatedItem.key)
            .join(DatedItem, DatedItem.id == Place.item_id)
            .where(Place.enrolment_id.in_(ids), Place.state.in_(TAKES_SEAT))
        )
        self.sittings = {(enrolment_id, key): kind for enrolment_id, kind, key in places}

    def find(self, item: DatedItem, now: datetime) -> Clash | None:
        """Who of them is away when the item is due for them."""
        hits = [hit for person_id in self.enrolments if (hit := self._find_hit(person_id, item, now))]
        if not hits or item.at is None:
            return None
        return Clash(
            item,
            tuple(self.enrolments[hit.person_id] for hit in hits),
            tuple(others_words(hit.name, hit) for hit in hits[:MOST_NAMED]),
            max(0, len(hits) - MOST_NAMED),
            self._suggest(item.at, hits) if item.kind in EXTENDABLE else None,
        )

    def _find_hit(self, person_id: int, item: DatedItem, now: datetime) -> AwaySpan | None:
        enrolment_id = self.enrolments[person_id]
        due = effective_due(item, self.extensions.get((enrolment_id, item.id)))
        if due is None or due < now or (enrolment_id, item.kind, item.key) in self.done:
            return None
        if item.kind in SITTINGS and self.sittings.get((enrolment_id, item.key), Kind.WORKSHOP) != item.kind:
            return None  # goes to another sitting
        spells = self.spells[person_id]
        return find_spell(due, spells, zone=spells[0].zone)

    def _suggest(self, at: datetime, hits: Sequence[AwaySpan]) -> date | None:
        """The latest of the days that suit each of them."""
        host, breaks = self.cohort.zone, self.cohort.blackout_days
        days = [next_free_day(at, self.spells[hit.person_id], zone=hit.zone, host=host, breaks=breaks) for hit in hits]
        return max((day for day in days if day is not None), default=None)
