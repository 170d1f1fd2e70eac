"""The statements that read what can be spoken of: participants, their items, sittings and pairs."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, false, func, or_, select, true
from sqlalchemy.orm import aliased

from cohort.cohorts.models import Cohort, Enrolment
from cohort.mentoring.models import MeetingProposal, Mentor, MentoringSession, Pairing, PairingState
from cohort.people.models import Person
from cohort.reminders.occasions import Dates
from cohort.reminders.timing import Span
from cohort.schedule.items import SITTINGS
from cohort.schedule.models import DatedItem, Extension
from cohort.workshops.models import Place, PlaceState

ABOUT: dict[str, tuple[str, ...]] = {
    "module.opens": ("module.opens",),
    "prework.due": ("prework.due",),
    "workshop": ("workshop.starts", "workshop.ends"),
    "workshop.alternative": ("workshop.starts", "workshop.ends"),
    "workshop.third": ("workshop.starts", "workshop.ends"),
    "assignment.due": ("assignment.due",),
    "checkin.opens": ("checkin.opens",),
    "checkin.closes": ("checkin.closes",),
    "mentor_session.by": ("mentor_session.by",),
}
"""Kind of dated item -> what rules call it."""


def select_participants(cohort_ids: Collection[int], mine: ColumnElement[bool]) -> Any:
    return (
        select(
            Enrolment.cohort_id,
            Cohort.title,
            Cohort.starts_on,
            Cohort.zone,
            Cohort.launched_at,
            Enrolment.id,
            Enrolment.answered_at,
            Enrolment.profiled_at,
            *reader_columns(Person),
        )
        .join(Cohort, Cohort.id == Enrolment.cohort_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.cohort_id.in_(cohort_ids), Person.deactivated_at.is_(None), mine)
        .order_by(Enrolment.id)
    )


def select_items(cohort_ids: Collection[int], which: ColumnElement[bool], held: ColumnElement[bool]) -> Any:
    first = _first_sittings(cohort_ids, held)
    return (
        select(
            DatedItem.cohort_id,
            DatedItem.id.label("item_id"),
            DatedItem.kind,
            DatedItem.key,
            DatedItem.title,
            DatedItem.at,
            DatedItem.ends_at,
            DatedItem.changed_at,
            first.c.id.is_not(None).label("is_first"),
        )
        .outerjoin(first, first.c.id == DatedItem.id)
        .where(DatedItem.cohort_id.in_(cohort_ids), which)
        .order_by(DatedItem.id)
    )


def are_spoken_of(
    moments: Mapping[str, Span] | None, keys: Collection[str] | None, others: Mapping[int, Dates | None]
) -> ColumnElement[bool]:
    """What is held and has a date, and, whatever holds of it now, what would have another one."""
    held = and_(_HELD, _kinds(moments), true() if keys is None else DatedItem.key.in_(keys))
    return or_(held, and_(DatedItem.id.in_(others), DatedItem.kind.in_(ABOUT))) if others else held


_HELD = and_(DatedItem.at.is_not(None), DatedItem.dropped_at.is_(None))


def are_held(others: Mapping[int, Dates | None]) -> ColumnElement[bool]:
    """What takes place at some time, or would with other dates."""
    if not others:
        return _HELD
    would = [item_id for item_id, dates in others.items() if dates is not None and dates[0] is not None]
    return or_(and_(_HELD, DatedItem.id.not_in(others)), DatedItem.id.in_(would))


def select_own_sittings(cohort_ids: Collection[int], mine: ColumnElement[bool], held: ColumnElement[bool]) -> Any:
    """Of each participant and workshop: in which sitting they hold a place, or whether they wait for one.

    Who has given no answer yet has no row.
    """
    is_held = Place.state == PlaceState.HELD
    waits = Place.state.in_([PlaceState.WAITING, PlaceState.OFFERED])
    return (
        select(
            Place.enrolment_id,
            DatedItem.key,
            func.max(case((is_held, Place.item_id))).label("held_id"),
            func.max(case((waits, 1), else_=0)).label("waits"),
        )
        .join(DatedItem, DatedItem.id == Place.item_id)
        .join(Enrolment, Enrolment.id == Place.enrolment_id)
        .where(DatedItem.cohort_id.in_(cohort_ids), held, mine)
        .group_by(Place.enrolment_id, DatedItem.key)
    )


def _first_sittings(cohort_ids: Collection[int], held: ColumnElement[bool]) -> Any:
    """The first sitting of each workshop that is held, at which everybody is expected who has not answered.

    The first by its kind, not by its date: one that is moved behind another stays the one that is meant.
    """
    number = func.row_number().over(
        partition_by=(DatedItem.cohort_id, DatedItem.key), order_by=(DatedItem.kind, DatedItem.id)
    )
    sittings = (
        select(DatedItem.id, number.label("number"))
        .where(
            DatedItem.cohort_id.in_(cohort_ids),
            DatedItem.kind.in_(SITTINGS),
            held,
        )
        .subquery()
    )
    return select(sittings.c.id).where(sittings.c.number == 1).subquery()


def _kinds(moments: Mapping[str, Span] | None) -> ColumnElement[bool]:
    """The dated items that are spoken of at these moments; all without them."""
    if moments is None:
        return DatedItem.kind.in_(ABOUT)
    spans = [(kind, moments[about]) for kind, abouts in ABOUT.items() for about in abouts if about in moments]
    return or_(false(), *(and_(DatedItem.kind == kind, _touches(span)) for kind, span in spans))


def _touches(span: Span) -> ColumnElement[bool]:
    later = select(Extension.item_id).where(Extension.until.between(span.first, span.last))
    own = (at.between(span.first, span.last) for at in (DatedItem.at, DatedItem.ends_at))
    return or_(*own, DatedItem.id.in_(later))


def select_pairs(cohort_ids: Collection[int], mine: ColumnElement[bool]) -> Any:
    met = (
        select(
            MentoringSession.pairing_id,
            func.max(MentoringSession.held_on).label("held_on"),
            func.max(MentoringSession.next_at).label("noted_at"),
            func.min(MentoringSession.logged_at).label("logged_at"),
        )
        .join(Pairing, Pairing.id == MentoringSession.pairing_id)
        .where(Pairing.cohort_id.in_(cohort_ids))
        .group_by(MentoringSession.pairing_id)
        .subquery()
    )
    noted_at = met.c.noted_at
    taken_at = select(func.max(MeetingProposal.taken)).where(MeetingProposal.pairing_id == Pairing.id).scalar_subquery()
    next_at = case((taken_at.is_(None) | (noted_at > taken_at), noted_at), else_=taken_at)
    mentor_person = aliased(Person)
    return (
        select(
            Pairing.id,
            Pairing.enrolment_id,
            Pairing.published_at,
            met.c.held_on,
            next_at.label("next_at"),
            met.c.logged_at,
            *reader_columns(mentor_person),
        )
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(mentor_person, mentor_person.id == Mentor.person_id)
        .join(Enrolment, Enrolment.id == Pairing.enrolment_id)
        .outerjoin(met, met.c.pairing_id == Pairing.id)
        .where(
            Pairing.cohort_id.in_(cohort_ids),
            Pairing.state == PairingState.ACTIVE,
            Pairing.published_at.is_not(None),
            mentor_person.deactivated_at.is_(None),
            mine,
        )
    )


def reader_columns(person: Any) -> tuple[Any, ...]:
    wishes = cast(person.mail_wishes, String).label("mail_wishes")
    return (person.id.label("person_id"), person.name, person.time_zone, wishes)
