"""What waits for staff in a cohort: each thing one row, with who, why and since when; gone once it is settled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from cohort.clock import from_local, in_zone
from cohort.cohorts.models import Cohort
from cohort.people.names import list_names
from cohort.reports.concerns import SOON, Row, list_rows
from cohort.schedule.doubts import write_day

_NAMED = 3
"""So many things or people are named in one row; the others are counted."""


@dataclass(frozen=True, slots=True)
class Concern:
    kind: str
    """As a row of `concerns` names it."""
    who: str
    what: str
    since: datetime
    urgent: bool = False
    enrolment_id: int | None = None
    """Whom it is about, where that is one participant."""
    item_id: int | None = None
    """The sitting that it is about."""


SEALED = frozenset({"concern"})
"""That there is one is read by those alone who may read it."""


def list_concerns(cohort: Cohort, *, now: datetime, with_sealed: bool = False) -> list[Concern]:
    """Everything that waits for staff, the longest waiting first, in one query."""
    rows = [row for row in list_rows(cohort, now=now) if with_sealed or row.kind not in SEALED]
    rows.sort(key=lambda row: (row.kind, row.about_id or 0, row.name, row.enrolment_id or 0, row.since))
    groups = [(kind, list(group)) for kind, group in groupby(rows, lambda row: row.kind)]
    concerns = [concern for kind, group in groups for concern in _say(kind, group, cohort)]
    return sorted(concerns, key=lambda concern: (not concern.urgent, concern.since, concern.who))


def _say(kind: str, rows: Sequence[Row], cohort: Cohort) -> Iterator[Concern]:
    match kind:
        case "invitation" | "mentor-invitation":
            role = "participant" if kind == "invitation" else "mentor"
            for row in rows:
                what = f"Has not answered the invitation as {role}."
                yield Concern(kind, row.name, what, row.since, enrolment_id=row.enrolment_id)
        case "failed":
            for row in rows:
                yield Concern(kind, row.name, f"Mail failed: {row.other or 'no reason was given'}.", row.since, True)
        case "late":
            for _, late in groupby(rows, lambda row: row.enrolment_id):
                yield _say_late(list(late))
        case "asking":
            for row in rows:
                what = f"Asks for more time for “{row.other}”."
                yield Concern(kind, row.name, what, row.since, enrolment_id=row.enrolment_id)
        case "quiet":
            for row in rows:
                yield _say_quiet(row, cohort)
        case "unanswered":
            for _, mine in groupby(rows, lambda row: row.about_id):
                yield _say_unanswered(list(mine), cohort)
        case "declined":
            for _, mine in groupby(rows, lambda row: row.about_id):
                yield _say_declined(list(mine))
        case "concern":
            for row in rows:
                yield Concern(kind, row.name, "Has raised a concern about their pair, in confidence.", row.since, True)
        case "bare":
            for row in rows:
                what = f"Is held on {_day(row, cohort)}, and nobody knows where: it has neither a room nor a link."
                yield Concern(kind, row.name, what, row.since - SOON, item_id=row.about_id)
        case "unclosed":
            for row in rows:
                what = f"The attendance of {_day(row, cohort)} is still open: who missed it has no make-up task yet."
                yield Concern(kind, row.name, what, row.since, item_id=row.about_id)
        case "unconfirmed":
            for _, unconfirmed in groupby(rows, lambda row: row.about_id):
                yield _say_unconfirmed(list(unconfirmed))
        case "unpaired":
            yield _say_together(kind, rows, "has no mentor.", "have no mentor.")
        case _:
            yield _say_together(kind, rows, "waits for a place.", "wait for a place.")


def _say_late(rows: Sequence[Row]) -> Concern:
    """`rows` are those of one person, the earliest first."""
    what = f"Not handed in yet: {list_names([f'“{row.other}”' for row in rows], most=_NAMED)}."
    return Concern("late", rows[0].name, what, rows[0].since, enrolment_id=rows[0].enrolment_id)


def _say_quiet(row: Row, cohort: Cohort) -> Concern:
    since = from_local(row.held_on, datetime.min.time(), cohort.zone) if row.held_on else row.since
    what = "No session since then." if row.held_on else "No session yet since they were matched."
    return Concern("quiet", f"{row.name} and {row.other}", what, since, True, row.enrolment_id)


def _say_unanswered(rows: Sequence[Row], cohort: Cohort) -> Concern:
    """`rows` are those of one mentor."""
    names = list_names([row.other for row in rows], most=_NAMED)
    until = min(row.since for row in rows)
    what = f"Has not answered about {names}, asked until {write_day(in_zone(until, cohort.zone).date())}."
    return Concern("unanswered", rows[0].name, what, until)


def _say_declined(rows: Sequence[Row]) -> Concern:
    """`rows` are those of one mentor."""
    names = list_names([row.other for row in rows], most=_NAMED)
    seats = "1 seat is" if len(rows) == 1 else f"{len(rows)} seats are"
    what = f"Said no to {names}: {seats} free. Run matching again, or pair by hand."
    return Concern("declined", rows[0].name, what, min(row.since for row in rows))


def _say_unconfirmed(rows: Sequence[Row]) -> Concern:
    """`rows` are those of one sitting."""
    who, has = list_names([row.name for row in rows], most=_NAMED), "has" if len(rows) == 1 else "have"
    what = f"{len(rows)} {has} not confirmed the new date of “{rows[0].other}”."
    return Concern("unconfirmed", who, what, min(row.since for row in rows), item_id=rows[0].about_id)


def _day(row: Row, cohort: Cohort) -> str:
    return write_day(in_zone(row.since, cohort.zone).date())


def _say_together(kind: str, rows: Sequence[Row], one: str, many: str) -> Concern:
    names = sorted(row.name for row in rows)
    what = f"{'This person' if len(rows) == 1 else 'These people'} {one if len(rows) == 1 else many}"
    only = rows[0].enrolment_id if len(rows) == 1 else None
    return Concern(kind, list_names(names, most=_NAMED), what, min(row.since for row in rows), enrolment_id=only)
