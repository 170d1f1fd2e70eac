"""Making a cohort from a program version: its dates, its address, its lead."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from cohort import clock
from cohort.cohorts.models import Cohort, Staff, StaffRole
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion
from cohort.schedule.deriving import derive_items
from cohort.schedule.plan import PlanError

Days = tuple[date, date]
"""First and last day."""
LONGEST_TITLE = 120
MOST_SEATS = 10_000
_LONGEST_SLUG = 80


def create_cohort(
    version: ProgramVersion,
    *,
    title: str,
    starts_on: date,
    zone: str,
    seats: int | None = None,
    blackouts: Sequence[Days] = (),
    lead: Person | None,
    now: datetime,
) -> Cohort:
    """A draft cohort with all its dated items. Raises DomainError for what cannot be meant."""
    check_settings(title=title, seats=seats, blackouts=blackouts)
    if not clock.is_zone(zone):
        raise DomainError(f"“{zone}” is no time zone: write an IANA name such as America/New_York.", field="zone")
    if lead is not None and not lead.is_active:
        raise DomainError(f"The account of {lead.name} is closed: choose another lead.", field="lead")
    cohort = Cohort(
        slug=propose_slug(title),
        title=title,
        version=version,
        zone=zone,
        starts_on=starts_on,
        seats=seats,
        blackouts=write_blackouts(blackouts),
        created_at=now,
    )
    _add_with_dates(cohort)
    if lead is not None:
        db.session.add(Staff(cohort=cohort, person=lead, role=StaffRole.LEAD, since=now))
        db.session.flush()
    return cohort


def check_settings(*, title: str, seats: int | None, blackouts: Sequence[Days]) -> None:
    """Raises DomainError, with the field it concerns, for a title, seats or blackout days that cannot be."""
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise DomainError(f"Give the cohort a title of at most {LONGEST_TITLE} characters.", field="title")
    if seats is not None and not 1 <= seats <= MOST_SEATS:
        raise DomainError(f"Write a number of seats from 1 to {MOST_SEATS:,}, or leave it empty.", field="seats")
    for first, last in blackouts:
        if last < first:
            raise DomainError(f"The blackout from {first} ends before it begins: swap the days.", field="blackouts")


def write_blackouts(blackouts: Sequence[Days]) -> list[list[str]]:
    """As the database keeps them: ISO dates, earliest first."""
    return [[first.isoformat(), last.isoformat()] for first, last in sorted(blackouts)]


def propose_slug(title: str) -> str:
    """The first free address for `title`: `spring-leaders`, `spring-leaders-2` ..."""
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", letters)[:_LONGEST_SLUG].strip("-") or "cohort"
    numbered = Cohort.slug.startswith(f"{base}-", autoescape=True)
    taken = set(db.session.scalars(select(Cohort.slug).where(or_(Cohort.slug == base, numbered))))
    number = 2
    slug = base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def _add_with_dates(cohort: Cohort) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(cohort)
            db.session.flush()
            derive_items(cohort, now=cohort.created_at)
    except PlanError as error:
        raise DomainError(str(error), field="starts_on") from error
    except IntegrityError as error:
        message = "Somebody else created a cohort of this name just now. Look at the list of cohorts, then try again."
        raise Conflict(message) from error
