"""What waits for staff in a cohort: each thing one row, with who, why and since when; gone once it is settled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, Select, String, and_, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from cohort.clock import from_local, in_zone
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import UTCDateTime, db
from cohort.learning.done import done_items
from cohort.mail.models import Message, MessageState
from cohort.mentoring.models import Mentor, MentoringSession, MentorState, Pairing, PairingState
from cohort.people.models import Person
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension

UNANSWERED = timedelta(days=7)
"""An invitation that nobody answered for so long."""
QUIET = timedelta(days=21)
"""A pair without a session for so long."""
_MOST_ROWS = 500
_NAMED = 3
"""So many things or people are named in one row; the others are counted."""


@dataclass(frozen=True, slots=True)
class Concern:
    kind: str
    """invitation, mentor-invitation, late, quiet, failed, unpaired or waiting."""
    who: str
    what: str
    since: datetime
    urgent: bool = False
    enrolment_id: int | None = None
    """Whom it is about, where that is one participant."""


class _Row(NamedTuple):
    kind: str
    name: str
    other: str
    """The mentor of a pair, the title of an item, or why a mail failed."""
    since: datetime
    held_on: date | None
    """The last session of a pair; None when there was none."""
    enrolment_id: int | None


def list_concerns(cohort: Cohort, *, now: datetime) -> list[Concern]:
    """Everything that waits for staff, the longest waiting first, in one query."""
    if cohort.state is CohortState.ARCHIVED:
        return []
    parts = [_invitations(cohort, now), _mentor_invitations(cohort, now), _failed(cohort), _waiting(cohort)]
    if cohort.state is CohortState.RUNNING:
        parts += [_late(cohort, now), _quiet(cohort, now), _unpaired(cohort)]
    rows = [_Row._make(row) for row in db.session.execute(union_all(*parts).limit(_MOST_ROWS))]
    rows.sort(key=lambda row: (row.kind, row.name, row.enrolment_id or 0, row.since))
    groups = [(kind, list(group)) for kind, group in groupby(rows, lambda row: row.kind)]
    concerns = [concern for kind, group in groups for concern in _say(kind, group, cohort)]
    return sorted(concerns, key=lambda concern: (not concern.urgent, concern.since, concern.who))


# --- what the rows say ------------------------------------------------------------------------------------------------


def _say(kind: str, rows: Sequence[_Row], cohort: Cohort) -> Iterator[Concern]:
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
        case "quiet":
            for row in rows:
                yield _say_quiet(row, cohort)
        case "unpaired":
            yield _say_together(kind, rows, "has no mentor.", "have no mentor.")
        case _:
            yield _say_together(kind, rows, "waits for a place.", "wait for a place.")


def _say_late(rows: Sequence[_Row]) -> Concern:
    """`rows` are those of one person, the earliest first."""
    what = f"Not handed in yet: {_list([f'“{row.other}”' for row in rows])}."
    return Concern("late", rows[0].name, what, rows[0].since, enrolment_id=rows[0].enrolment_id)


def _say_quiet(row: _Row, cohort: Cohort) -> Concern:
    since = from_local(row.held_on, datetime.min.time(), cohort.zone) if row.held_on else row.since
    what = "No session since then." if row.held_on else "No session yet since they were matched."
    return Concern("quiet", f"{row.name} and {row.other}", what, since, True, row.enrolment_id)


def _say_together(kind: str, rows: Sequence[_Row], one: str, many: str) -> Concern:
    names = sorted(row.name for row in rows)
    what = f"{'This person' if len(rows) == 1 else 'These people'} {one if len(rows) == 1 else many}"
    only = rows[0].enrolment_id if len(rows) == 1 else None
    return Concern(kind, _list(names), what, min(row.since for row in rows), enrolment_id=only)


def _list(words: Sequence[str]) -> str:
    shown = list(words[:_NAMED])
    if len(words) > _NAMED:
        shown.append(f"{len(words) - _NAMED} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


# --- the rows ---------------------------------------------------------------------------------------------------------


def _row(kind: str, name: Any, other: Any, since: Any, *, held_on: Any = None, enrolment_id: Any = None) -> Select[Any]:
    return select(
        literal(kind, String).label("kind"),
        name.label("name"),
        (literal("", String) if other is None else other).label("other"),
        since.label("since"),
        (cast(null(), Date) if held_on is None else held_on).label("held_on"),
        (cast(null(), Integer) if enrolment_id is None else enrolment_id).label("enrolment_id"),
    )


def _invitations(cohort: Cohort, now: datetime) -> Select[Any]:
    return (
        _row("invitation", Person.name, None, Enrolment.invited_at, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.INVITED,
            Enrolment.invited_at <= now - UNANSWERED,
        )
    )


def _mentor_invitations(cohort: Cohort, now: datetime) -> Select[Any]:
    return (
        _row("mentor-invitation", Person.name, None, Mentor.invited_at)
        .join(Mentor, Mentor.person_id == Person.id)
        .where(
            Mentor.cohort_id == cohort.id, Mentor.state == MentorState.INVITED, Mentor.invited_at <= now - UNANSWERED
        )
    )


def _failed(cohort: Cohort) -> Select[Any]:
    """Mails that failed and that no later mail to the same person followed, one row a person."""
    later = aliased(Message)
    arrived = select(later.id).where(later.person_id == Message.person_id, later.sent_at > Message.due_at)
    return (
        _row("failed", Person.name, func.max(Message.reason), func.min(Message.due_at))
        .join(Message, Message.person_id == Person.id)
        .where(
            Message.cohort_id == cohort.id, Message.state == MessageState.FAILED, ~arrived.correlate(Message).exists()
        )
        .group_by(Person.id, Person.name)
    )


def _waiting(cohort: Cohort) -> Select[Any]:
    return (
        _row("waiting", Person.name, None, _joined(cohort), enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.WAITLISTED)
    )


def _late(cohort: Cohort, now: datetime) -> Select[Any]:
    """Assignments past the person's own date; who joined after the date is not asked for it."""
    done = done_items().subquery()
    enrolled = _enrolled(cohort).with_only_columns(Enrolment.id)
    handed_in = select(done.c.enrolment_id, done.c.key).where(
        done.c.kind == Kind.ASSIGNMENT_DUE.value, done.c.enrolment_id.in_(enrolled)
    )
    work = handed_in.subquery()
    due = case((Extension.until > DatedItem.at, Extension.until), else_=DatedItem.at)
    return (
        _row("late", Person.name, DatedItem.title, due, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(DatedItem, DatedItem.cohort_id == Enrolment.cohort_id)
        .outerjoin(Extension, and_(Extension.item_id == DatedItem.id, Extension.enrolment_id == Enrolment.id))
        .outerjoin(work, and_(work.c.enrolment_id == Enrolment.id, work.c.key == DatedItem.key))
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            DatedItem.kind == Kind.ASSIGNMENT_DUE.value,
            due < now,
            or_(Enrolment.answered_at.is_(None), Enrolment.answered_at < DatedItem.at),
            work.c.key.is_(None),
        )
    )


def _quiet(cohort: Cohort, now: datetime) -> Select[Any]:
    mentor = aliased(Person)
    last = select(func.max(MentoringSession.held_on)).where(MentoringSession.pairing_id == Pairing.id).scalar_subquery()
    day = in_zone(now - QUIET, cohort.zone).date()
    return (
        _row("quiet", Person.name, mentor.name, Pairing.published_at, held_on=last, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Pairing, Pairing.enrolment_id == Enrolment.id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(mentor, mentor.id == Mentor.person_id)
        .where(
            Pairing.cohort_id == cohort.id,
            Pairing.state == PairingState.ACTIVE,
            Enrolment.state == EnrolmentState.ENROLLED,
            Pairing.published_at <= now - QUIET,
            or_(last.is_(None), last <= day),
        )
    )


def _unpaired(cohort: Cohort) -> Select[Any]:
    paired = select(Pairing.enrolment_id).where(Pairing.cohort_id == cohort.id, Pairing.state == PairingState.ACTIVE)
    return (
        _row("unpaired", Person.name, None, _joined(cohort), enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.id.not_in(paired),
        )
    )


def _joined(cohort: Cohort) -> Any:
    """When somebody answered; those who were put in by an import count from the cohort's making."""
    return func.coalesce(Enrolment.answered_at, literal(cohort.created_at, UTCDateTime()))


def _enrolled(cohort: Cohort) -> Select[Any]:
    return select(Enrolment).where(Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.ENROLLED)
