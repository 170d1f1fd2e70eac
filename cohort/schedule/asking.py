"""Asking for more time, and answering: by the mentor where the mentor reviews the work, by staff always."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from cohort.clock import from_local, in_zone
from cohort.cohorts.models import Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.learning.timeline import find_done
from cohort.mail.outbox import queue_all
from cohort.people.models import Person
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.extending import EXTENDABLE, grant_extension, refuse_odd
from cohort.schedule.extension_queries import find_open_request, list_deciders
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import effective_due, list_extensions

LONGEST = timedelta(days=60)
"""So much later than the cohort's date may be asked for."""
LONGEST_ANSWER = 500


def is_reviewed_by_mentor(pack: Pack, kind: str, key: str) -> bool:
    """True when the mentor reads what is due, and so may give more time for it."""
    return kind == Kind.ASSIGNMENT_DUE and pack.assignment(key).reviewed_by == "mentor"


def until_on(day: date, item: DatedItem, zone: str) -> datetime:
    """The moment at which the item would be due on another `day`: at its own wall time in the cohort's `zone`."""
    if item.at is None:
        raise DomainError("This has no date yet.", field="until")
    local = in_zone(item.at, zone)
    if day > local.date() + LONGEST:
        raise DomainError(f"Choose a day at most {LONGEST.days} days after the date that everybody has.", field="until")
    return from_local(day, local.time(), zone)


def ask_for_more_time(enrolment: Enrolment, item: DatedItem, *, until: datetime, now: datetime) -> ExtensionRequest:
    """Ask for the item until `until`; those who may decide are mailed.

    Expects that the caller holds the participant's place. Raises DomainError for a date that is no gain, Conflict when
    there is nothing to ask for: it is done, has no date, or a request for it is open.
    """
    if item.kind not in EXTENDABLE or item.at is None or not enrolment.is_in:
        raise Conflict("There is no date here that could be put off.")
    if (item.kind, item.key) in find_done(enrolment.id):
        raise Conflict("You have done this already.")
    if find_open_request(enrolment.id, item.id) is not None:
        raise Conflict("You have asked for more time already. Take that back first to ask for another date.")
    due = effective_due(item, list_extensions(enrolment.id).get(item.id))
    if until <= now or (due is not None and until <= due):
        raise DomainError("Choose a day after the date that you have.", field="until")
    request = ExtensionRequest(item=item, enrolment=enrolment, until=until, asked_at=now)
    db.session.add(request)
    db.session.flush()
    by_mentor = is_reviewed_by_mentor(pack_of(enrolment.cohort.version), item.kind, item.key)
    mails = [
        (person_id, {"request_id": request.id}, f"extension-asked:{request.id}:{person_id}")
        for person_id in list_deciders(enrolment, by_mentor=by_mentor)
    ]
    queue_all("extension-asked", mails, now=now, cohort_id=enrolment.cohort_id)
    return request


def take_back(request: ExtensionRequest, *, now: datetime) -> None:
    """The person no longer needs it. Raises Conflict once somebody has decided."""
    _settle(request, decided_at=now, decided_by_id=request.enrolment.person_id)


def grant_request(request: ExtensionRequest, *, until: datetime, answer: str, by: Person, now: datetime) -> Extension:
    """Give the time that was asked for, or another. Raises as `grant_extension`, and Conflict when it is decided."""
    refuse_odd(request.enrolment, request.item, until, now)
    take_turn(request.enrolment.cohort_id)
    _settle(request, decided_at=now, decided_by_id=by.id, is_granted=True, answer=answer)
    return grant_extension(request.enrolment, request.item, until=until, reason="", by=by, now=now)


def decline_request(request: ExtensionRequest, *, answer: str, by: Person, now: datetime) -> None:
    """Leave the date as it is, with a sentence why. Raises Conflict when somebody was faster."""
    if not answer:
        raise DomainError("Write in a sentence why the date stays.", field="answer")
    _settle(request, decided_at=now, decided_by_id=by.id, answer=answer)
    mail = (request.enrolment.person_id, {"request_id": request.id}, f"extension-declined:{request.id}")
    queue_all("extension-declined", [mail], now=now, cohort_id=request.enrolment.cohort_id)


def _settle(request: ExtensionRequest, **values: Any) -> None:
    """Close the request for whoever comes first; the slower one is told who that was."""
    first = db.session.scalar(
        update(ExtensionRequest)
        .where(ExtensionRequest.id == request.id, ExtensionRequest.decided_at.is_(None))
        .values(**values)
        .returning(ExtensionRequest.id)
        .execution_options(synchronize_session=False)
    )
    if first is None:
        raise Conflict(_who_was_faster(request))
    db.session.refresh(request, list(values))


def _who_was_faster(request: ExtensionRequest) -> str:
    row = db.session.execute(
        select(ExtensionRequest.decided_by_id, ExtensionRequest.is_granted, Person.name)
        .outerjoin(Person, Person.id == ExtensionRequest.decided_by_id)
        .where(ExtensionRequest.id == request.id)
    ).one()
    if row.decided_by_id == request.enrolment.person_id:
        return f"{row.name} has taken this request back."
    return f"{row.name or 'Somebody else'} has {'granted' if row.is_granted else 'declined'} this request already."
