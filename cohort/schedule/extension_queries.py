"""Reads of later dates and of requests for them."""

from collections.abc import Collection
from typing import Any

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import contains_eager, joinedload

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.learning.done import done_items
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.models import Person
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest

DECIDE = (StaffRole.LEAD, StaffRole.FACILITATOR)


def find_request(request_id: int) -> ExtensionRequest | None:
    """A request with its item, whose it is, the cohort with its program, and who decided it."""
    return db.session.scalar(
        select(ExtensionRequest)
        .options(
            joinedload(ExtensionRequest.item),
            joinedload(ExtensionRequest.decided_by),
            joinedload(ExtensionRequest.enrolment).options(
                joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version)
            ),
        )
        .where(ExtensionRequest.id == request_id)
    )


def find_open_request(enrolment_id: int, item_id: int) -> ExtensionRequest | None:
    return db.session.scalar(
        select(ExtensionRequest).where(
            ExtensionRequest.enrolment_id == enrolment_id,
            ExtensionRequest.item_id == item_id,
            ExtensionRequest.decided_at.is_(None),
        )
    )


def find_latest_request(enrolment_id: int, item_id: int) -> ExtensionRequest | None:
    """What the person asked for last, with who decided it."""
    return db.session.scalar(_LATEST, {"enrolment_id": enrolment_id, "item_id": item_id})


_LATEST = (
    select(ExtensionRequest)
    .options(joinedload(ExtensionRequest.decided_by), joinedload(ExtensionRequest.enrolment))
    .where(ExtensionRequest.enrolment_id == bindparam("enrolment_id"), ExtensionRequest.item_id == bindparam("item_id"))
    .order_by(ExtensionRequest.asked_at.desc(), ExtensionRequest.id.desc())
    .limit(1)
)


def find_extension(enrolment_id: int, item_id: int) -> Extension | None:
    """The person's later date for one item, with who gave it."""
    return db.session.scalar(
        select(Extension)
        .options(joinedload(Extension.granted_by))
        .where(Extension.enrolment_id == enrolment_id, Extension.item_id == item_id)
    )


def list_requests(enrolment_id: int) -> list[ExtensionRequest]:
    """All that a participant has asked for, the earliest first, with the items and who decided."""
    return list(
        db.session.scalars(
            select(ExtensionRequest)
            .options(
                joinedload(ExtensionRequest.item),
                joinedload(ExtensionRequest.decided_by),
                joinedload(ExtensionRequest.enrolment),
            )
            .where(ExtensionRequest.enrolment_id == enrolment_id)
            .order_by(ExtensionRequest.asked_at, ExtensionRequest.id)
        )
    )


def list_open_requests(enrolment_ids: Collection[int]) -> list[ExtensionRequest]:
    """What waits for an answer, the longest waiting first, with items and people."""
    return list(db.session.scalars(_WAITING_OF, {"enrolment_ids": list(enrolment_ids)}))


def page_requests(cohort_id: int, *, page: int, per_page: int) -> Pagination:
    """The open requests of a cohort, the longest waiting first, with items and people."""
    waiting = _WAITING.where(DatedItem.cohort_id == cohort_id)
    return db.paginate(waiting, page=page, per_page=per_page, error_out=False)


def page_extensions(cohort_id: int, *, page: int, per_page: int) -> Pagination:
    """Every later date in a cohort, the one granted last first, with items, people and who gave it."""
    given = (
        select(Extension)
        .join(Extension.item)
        .options(
            joinedload(Extension.item),
            joinedload(Extension.granted_by),
            joinedload(Extension.enrolment).joinedload(Enrolment.person),
        )
        .where(DatedItem.cohort_id == cohort_id)
        .order_by(Extension.granted_at.desc(), Extension.id.desc())
    )
    return db.paginate(given, page=page, per_page=per_page, error_out=False)


def waiting_conditions() -> tuple[Any, ...]:
    """What makes a request wait for an answer, in a statement that has its item and its enrolment."""
    asking = select(ExtensionRequest.enrolment_id).where(ExtensionRequest.decided_at.is_(None))
    done = done_items(asking).subquery()
    is_done = exists().where(
        done.c.enrolment_id == Enrolment.id, done.c.kind == DatedItem.kind, done.c.key == DatedItem.key
    )
    return (
        ExtensionRequest.decided_at.is_(None),
        DatedItem.dropped_at.is_(None),
        DatedItem.at.is_not(None),
        Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
        ~is_done,
    )


_WAITING = (
    select(ExtensionRequest)
    .join(ExtensionRequest.item)
    .join(ExtensionRequest.enrolment)
    .options(joinedload(ExtensionRequest.item), joinedload(ExtensionRequest.enrolment).joinedload(Enrolment.person))
    .where(*waiting_conditions())
    .order_by(ExtensionRequest.asked_at, ExtensionRequest.id)
)
"""Open requests that can still be granted: the person is there, the item is held and not done. Built once, because it
is long, and asked on every home of a mentor."""
_WAITING_OF = _WAITING.where(ExtensionRequest.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)))


def list_deciders(enrolment: Enrolment, *, by_mentor: bool) -> list[int]:
    """Whom a request is put to: the mentor who reviews the work, else the staff of the cohort; by their ids."""
    mentors = (
        select(Mentor.person_id)
        .join(Pairing, Pairing.mentor_id == Mentor.id)
        .where(
            Pairing.enrolment_id == enrolment.id,
            Pairing.state == PairingState.ACTIVE,
            Mentor.state == MentorState.ACCEPTED,
        )
    )
    found = list(db.session.scalars(mentors)) if by_mentor else []
    if found:
        return found
    staff = (
        select(Staff.person_id)
        .join(Person, and_(Person.id == Staff.person_id, Person.deactivated_at.is_(None)))
        .where(Staff.cohort_id == enrolment.cohort_id, Staff.until.is_(None), Staff.role.in_(DECIDE))
        .distinct()
    )
    return sorted(db.session.scalars(staff))


def list_seated(cohort_id: int) -> list[Enrolment]:
    """Everybody who takes part in the cohort now, by name."""
    return list(
        db.session.scalars(
            select(Enrolment)
            .join(Enrolment.person)
            .options(contains_eager(Enrolment.person))
            .where(
                Enrolment.cohort_id == cohort_id,
                Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
            )
            .order_by(Person.name, Enrolment.id)
        )
    )
