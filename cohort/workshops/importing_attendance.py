"""Taking over the attendance that a meeting tool has noted, after a preview of what would change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from cohort.cohorts.models import Enrolment, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict
from cohort.schedule.models import DatedItem
from cohort.workshops.attending import Marks, add_walk_in, list_places, mark_places, open_attendance
from cohort.workshops.meeting_file import Meeting, Presence
from cohort.workshops.models import Attendance, Place, PlaceState
from cohort.workshops.rules import was_there_throughout
from cohort.workshops.seats import hold


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody of the cohort who was in the meeting."""

    enrolment: Enrolment
    lasted: timedelta
    mark: Attendance
    """What their presence makes of it."""
    before: Attendance | None
    is_walk_in: bool
    """They hold no place in this sitting."""

    @property
    def changes(self) -> bool:
        return self.before is not self.mark


@dataclass(frozen=True, slots=True)
class Preview:
    matches: tuple[Match, ...]
    """By name."""
    unknown: tuple[Presence, ...]
    """In the meeting, and nobody of this cohort."""
    absent: tuple[Place, ...]
    """With a place in this sitting, and not in the file; they are left as they are."""


def preview(item: DatedItem, meeting: Meeting) -> Preview:
    """Who matched, who did not, and what would change; people are told by their address."""
    if item.at is None or item.ends_at is None:
        raise Conflict("This sitting has no date yet.")
    by_address = _people_by_address(item.cohort_id)
    places = {place.enrolment_id: place for place in list_places(item)}
    lasted: dict[int, timedelta] = {}
    people: dict[int, Enrolment] = {}
    unknown = []
    for presence in meeting.presences:
        enrolment = next((by_address[key] for key in presence.addresses if key in by_address), None)
        if enrolment is None:
            unknown.append(presence)
            continue
        people[enrolment.id] = enrolment
        lasted[enrolment.id] = lasted.get(enrolment.id, timedelta()) + presence.lasted
    matches = []
    for number, enrolment in people.items():
        place = places.get(number)
        whole = was_there_throughout(lasted[number], item.at, item.ends_at)
        mark = Attendance.ATTENDED if whole else Attendance.PART
        holds = place is not None and place.state in (PlaceState.HELD, PlaceState.EXCUSED)
        matches.append(Match(enrolment, lasted[number], mark, place.attendance if place else None, not holds))
    absent = (place for place in places.values() if place.state is PlaceState.HELD and place.enrolment_id not in people)
    return Preview(
        tuple(sorted(matches, key=lambda match: (match.enrolment.person.name, match.enrolment.id))),
        tuple(unknown),
        tuple(absent),
    )


def import_attendance(item: DatedItem, meeting: Meeting, *, now: datetime) -> Preview:
    """Do what the preview says; gives what was done. Raises Conflict while the attendance is closed."""
    turn = hold(item, now=now)
    open_attendance(turn, item)
    done = preview(item, meeting)
    marks: Marks = {match.enrolment.id: match.mark for match in done.matches}
    mark_places(list_places(item), marks)
    for match in done.matches:
        if match.is_walk_in:
            add_walk_in(turn, match.enrolment, item, match.mark)
    return done


def _people_by_address(cohort_id: int) -> dict[str, Enrolment]:
    enrolments = db.session.scalars(
        select(Enrolment)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person))
        .where(
            Enrolment.cohort_id == cohort_id,
            Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
        )
    )
    return {enrolment.person.email_key: enrolment for enrolment in enrolments}
