"""What waits for staff, as rows: one statement for each state of a cohort, built once."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import UTCDateTime, db
from cohort.learning.done import done_items
from cohort.mail.models import Message, MessageState
from cohort.mentoring.asking import is_declined
from cohort.mentoring.models import Mentor, MentoringSession, MentorState, PairConcern, Pairing, PairingState
from cohort.people.models import Person
from cohort.schedule.extension_queries import waiting_conditions
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import EFFECTIVE_DUE
from cohort.workshops.models import Place, PlaceState, Sitting
from cohort.workshops.queries import IS_BARE

UNANSWERED = timedelta(days=7)
"""An invitation that nobody answered for so long."""
QUIET = timedelta(days=21)
"""A pair without a session for so long."""
SOON = timedelta(days=7)
"""A sitting so near needs a room or a link."""
UNCLOSED = timedelta(days=2)
"""Attendance that is still open so long after the end."""
_MOST_ROWS = 500

_COHORT = bindparam("cohort_id", type_=Integer)
_NOW = bindparam("now", type_=UTCDateTime())
_ASKED_BEFORE = bindparam("asked_before", type_=UTCDateTime())
_QUIET_SINCE = bindparam("quiet_since", type_=UTCDateTime())
_QUIET_ON = bindparam("quiet_on", type_=Date)
_SOON = bindparam("soon", type_=UTCDateTime())
_ENDED_BEFORE = bindparam("ended_before", type_=UTCDateTime())
_CREATED_AT = bindparam("created_at", type_=UTCDateTime())


class Row(NamedTuple):
    kind: str
    name: str
    """Of a person; of a sitting, when it is about that alone."""
    other: str
    """The other of a pair, the title of an item, or why a mail failed."""
    since: datetime
    held_on: date | None
    """The last session of a pair; None when there was none."""
    enrolment_id: int | None
    about_id: int | None
    """What rows that are said together have in common: the sitting, or the mentor who was asked."""


def list_rows(cohort: Cohort, *, now: datetime) -> list[Row]:
    """Everything that waits in the cohort, in one query; nothing once it is archived."""
    statement = _STATEMENTS.get(cohort.state)
    if statement is None:
        return []
    values = {
        "cohort_id": cohort.id,
        "now": now,
        "asked_before": now - UNANSWERED,
        "quiet_since": now - QUIET,
        "quiet_on": in_zone(now - QUIET, cohort.zone).date(),
        "soon": now + SOON,
        "ended_before": now - UNCLOSED,
        "created_at": cohort.created_at,
    }
    return [Row._make(row) for row in db.session.execute(statement, values)]


def _row(
    kind: str,
    name: Any,
    other: Any,
    since: Any,
    *,
    held_on: Any = None,
    enrolment_id: Any = None,
    about_id: Any = None,
) -> Select[Any]:
    return select(
        literal(kind, String).label("kind"),
        name.label("name"),
        (literal("", String) if other is None else other).label("other"),
        since.label("since"),
        (cast(null(), Date) if held_on is None else held_on).label("held_on"),
        (cast(null(), Integer) if enrolment_id is None else enrolment_id).label("enrolment_id"),
        (cast(null(), Integer) if about_id is None else about_id).label("about_id"),
    )


def _invitations() -> Select[Any]:
    return (
        _row("invitation", Person.name, None, Enrolment.invited_at, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.cohort_id == _COHORT,
            Enrolment.state == EnrolmentState.INVITED,
            Enrolment.invited_at <= _ASKED_BEFORE,
        )
    )


def _mentor_invitations() -> Select[Any]:
    return (
        _row("mentor-invitation", Person.name, None, Mentor.invited_at)
        .join(Mentor, Mentor.person_id == Person.id)
        .where(Mentor.cohort_id == _COHORT, Mentor.state == MentorState.INVITED, Mentor.invited_at <= _ASKED_BEFORE)
    )


def _failed() -> Select[Any]:
    """Mails that failed and that no later mail to the same person followed, one row a person."""
    later = aliased(Message)
    arrived = select(later.id).where(later.person_id == Message.person_id, later.sent_at > Message.due_at)
    return (
        _row("failed", Person.name, func.max(Message.reason), func.min(Message.due_at))
        .join(Message, Message.person_id == Person.id)
        .where(Message.cohort_id == _COHORT, Message.state == MessageState.FAILED, ~arrived.correlate(Message).exists())
        .group_by(Person.id, Person.name)
    )


def _waiting() -> Select[Any]:
    return (
        _row("waiting", Person.name, None, _joined(), enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.cohort_id == _COHORT, Enrolment.state == EnrolmentState.WAITLISTED)
    )


def _late() -> Select[Any]:
    """Assignments past the person's own date; who joined after the date is not asked for it."""
    enrolled = select(Enrolment.id).where(Enrolment.cohort_id == _COHORT, Enrolment.state == EnrolmentState.ENROLLED)
    done = done_items(enrolled).subquery()
    return (
        _row("late", Person.name, DatedItem.title, EFFECTIVE_DUE, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(DatedItem, DatedItem.cohort_id == Enrolment.cohort_id)
        .outerjoin(Extension, and_(Extension.item_id == DatedItem.id, Extension.enrolment_id == Enrolment.id))
        .outerjoin(
            done,
            and_(done.c.enrolment_id == Enrolment.id, done.c.kind == DatedItem.kind, done.c.key == DatedItem.key),
        )
        .where(
            Enrolment.cohort_id == _COHORT,
            Enrolment.state == EnrolmentState.ENROLLED,
            DatedItem.kind == Kind.ASSIGNMENT_DUE.value,
            DatedItem.dropped_at.is_(None),
            EFFECTIVE_DUE < _NOW,
            or_(Enrolment.answered_at.is_(None), Enrolment.answered_at < DatedItem.at),
            done.c.key.is_(None),
        )
    )


def _asking() -> Select[Any]:
    """Who asks for more time and has no answer."""
    return (
        _row("asking", Person.name, DatedItem.title, ExtensionRequest.asked_at, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(ExtensionRequest, ExtensionRequest.enrolment_id == Enrolment.id)
        .join(DatedItem, DatedItem.id == ExtensionRequest.item_id)
        .where(Enrolment.cohort_id == _COHORT, *waiting_conditions())
    )


def _quiet() -> Select[Any]:
    mentor = aliased(Person)
    last = select(func.max(MentoringSession.held_on)).where(MentoringSession.pairing_id == Pairing.id).scalar_subquery()
    return (
        _row("quiet", Person.name, mentor.name, Pairing.published_at, held_on=last, enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Pairing, Pairing.enrolment_id == Enrolment.id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(mentor, mentor.id == Mentor.person_id)
        .where(
            Pairing.cohort_id == _COHORT,
            Pairing.state == PairingState.ACTIVE,
            Enrolment.state == EnrolmentState.ENROLLED,
            Pairing.published_at <= _QUIET_SINCE,
            or_(last.is_(None), last <= _QUIET_ON),
        )
    )


def _unanswered() -> Select[Any]:
    """Mentors who were asked about somebody and have not answered by the date."""
    return _asked_about("unanswered", Pairing.answer_by).where(
        Pairing.state == PairingState.OFFERED, Pairing.answer_by <= _NOW
    )


def _declined() -> Select[Any]:
    """Mentors who said no, while the participant is in no other pair."""
    other = aliased(Pairing)
    open_pair = select(other.id).where(other.enrolment_id == Pairing.enrolment_id, other.state != PairingState.CLOSED)
    return _asked_about("declined", Pairing.answered_at).where(
        *is_declined(),
        Enrolment.state == EnrolmentState.ENROLLED,
        ~open_pair.correlate(Pairing).exists(),
    )


def _asked_about(kind: str, since: Any) -> Select[Any]:
    mentee = aliased(Person)
    return (
        _row(kind, Person.name, mentee.name, since, about_id=Mentor.id)
        .join(Mentor, Mentor.person_id == Person.id)
        .join(Pairing, Pairing.mentor_id == Mentor.id)
        .join(Enrolment, Enrolment.id == Pairing.enrolment_id)
        .join(mentee, mentee.id == Enrolment.person_id)
        .where(Pairing.cohort_id == _COHORT)
    )


def _concerns() -> Select[Any]:
    """Who has raised a concern about their pair; what it says is read on a page of its own."""
    return (
        _row("concern", Person.name, None, PairConcern.raised_at)
        .join(PairConcern, PairConcern.raised_by_id == Person.id)
        .join(Pairing, Pairing.id == PairConcern.pairing_id)
        .where(Pairing.cohort_id == _COHORT, PairConcern.settled_at.is_(None))
    )


def _unpaired() -> Select[Any]:
    paired = select(Pairing.enrolment_id).where(Pairing.cohort_id == _COHORT, Pairing.state == PairingState.ACTIVE)
    return (
        _row("unpaired", Person.name, None, _joined(), enrolment_id=Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.cohort_id == _COHORT,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.id.not_in(paired),
        )
    )


def _bare() -> Select[Any]:
    """Sittings of the next days of which nobody knows where they are."""
    return (
        _row("bare", DatedItem.title, None, DatedItem.at, about_id=DatedItem.id)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .where(
            *_held_sitting(),
            DatedItem.at > _NOW,
            DatedItem.at <= _SOON,
            IS_BARE,
        )
    )


def _unclosed() -> Select[Any]:
    """Sittings that are over, in which people had places, and whose attendance is open."""
    had_place = select(Place.id).where(Place.item_id == DatedItem.id, Place.state == PlaceState.HELD)
    return (
        _row("unclosed", DatedItem.title, None, DatedItem.ends_at, about_id=DatedItem.id)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .where(
            *_held_sitting(),
            DatedItem.ends_at <= _ENDED_BEFORE,
            Sitting.closed_at.is_(None),
            had_place.correlate(DatedItem).exists(),
        )
    )


def _unconfirmed() -> Select[Any]:
    """Who has not said whether the new date of a sitting suits them."""
    return (
        _row("unconfirmed", Person.name, DatedItem.title, Place.confirm_asked_at, about_id=DatedItem.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Place, Place.enrolment_id == Enrolment.id)
        .join(DatedItem, DatedItem.id == Place.item_id)
        .where(
            *_held_sitting(),
            DatedItem.at > _NOW,
            Place.state == PlaceState.HELD,
            Place.confirm_asked_at.is_not(None),
            Place.confirmed_at.is_(None),
        )
    )


def _held_sitting() -> tuple[ColumnElement[bool], ...]:
    return (DatedItem.cohort_id == _COHORT, DatedItem.kind.in_(SITTINGS), DatedItem.dropped_at.is_(None))


def _joined() -> Any:
    """When somebody answered; those who were put in by an import count from the cohort's making."""
    return func.coalesce(Enrolment.answered_at, _CREATED_AT)


_BEFORE_LAUNCH = (
    _invitations(),
    _mentor_invitations(),
    _failed(),
    _waiting(),
    _unanswered(),
    _declined(),
    _concerns(),
)
_STATEMENTS = {
    CohortState.DRAFT: union_all(*_BEFORE_LAUNCH).limit(_MOST_ROWS),
    CohortState.RUNNING: union_all(
        *_BEFORE_LAUNCH, _late(), _asking(), _quiet(), _unpaired(), _bare(), _unclosed(), _unconfirmed()
    ).limit(_MOST_ROWS),
}
