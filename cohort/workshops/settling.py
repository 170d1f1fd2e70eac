"""What staff settle about a sitting: seats, room, link, who leads it, materials, and what makes up for missing it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select

from cohort.cohorts.models import Staff
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Place, Sitting
from cohort.workshops.seats import SITS, hand_on, hold

MOST_SEATS = 10_000
LONGEST_LINK = 2_000


@dataclass(frozen=True, slots=True)
class Settings:
    capacity: int | None
    room: str
    join_url: str
    facilitator_id: int | None
    materials: str
    make_up: str


def settle(item: DatedItem, settings: Settings, *, version: int, now: datetime) -> Sitting:
    """Keep the settings of a sitting; added seats go to those who wait.

    Raises Conflict when somebody else has changed them since `version`, DomainError for what cannot be.
    """
    turn = hold(item, now=now)
    sitting = turn.sittings[item.id]
    if sitting.version != version:
        raise Conflict("Somebody else has changed these settings since you opened them.")
    _refuse_odd(sitting, settings)
    sitting.capacity, sitting.room, sitting.join_url = settings.capacity, settings.room, settings.join_url
    sitting.facilitator_id = settings.facilitator_id
    sitting.materials, sitting.make_up = settings.materials, settings.make_up
    sitting.version += 1
    db.session.flush()
    hand_on(turn, sitting)
    return sitting


def _refuse_odd(sitting: Sitting, settings: Settings) -> None:
    if settings.capacity is not None and not 1 <= settings.capacity <= MOST_SEATS:
        raise DomainError(f"Write a number from 1 to {MOST_SEATS:,}, or leave it empty.", field="capacity")
    taken = db.session.scalar(select(func.count(Place.id)).where(Place.item_id == sitting.item_id, SITS)) or 0
    grows = sitting.capacity is not None and settings.capacity is not None and settings.capacity >= sitting.capacity
    if settings.capacity is not None and settings.capacity < taken and not grows:
        raise DomainError(f"{taken} seats are taken or offered: write at least {taken}.", field="capacity")
    if settings.join_url and not is_web_address(settings.join_url):
        raise DomainError("Write the whole address of the meeting, beginning with https://", field="join_url")
    if settings.facilitator_id is not None and not _is_staff(sitting, settings.facilitator_id):
        raise DomainError("Choose somebody of this cohort's staff.", field="facilitator")


def is_web_address(text: str) -> bool:
    """True for an address that a browser opens over an encrypted connection."""
    if len(text) > LONGEST_LINK or any(char.isspace() or not char.isprintable() for char in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_staff(sitting: Sitting, person_id: int) -> bool:
    role = select(Staff.id).where(
        Staff.cohort_id == sitting.item.cohort_id, Staff.person_id == person_id, Staff.until.is_(None)
    )
    return db.session.scalar(role.limit(1)) is not None
