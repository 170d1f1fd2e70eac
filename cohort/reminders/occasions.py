"""What can be spoken of: a moment that concerns one participant, and the people a mail about it may go to. Pure.

Nothing changes these once they are made. They are not frozen, because a round makes as many of them as there are people
and things, and freezing makes that three times as slow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cohort.people.wishes import AS_SHIPPED, Wishes

Dates = tuple[datetime | None, datetime | None]
"""When something begins, or is due, and when it ends."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Dates that a cohort would have."""

    starts_on: date
    items: Mapping[int, Dates | None]
    """By the item's row id; None for what would not be held."""
    changed_at: datetime
    """When they would get them."""


@dataclass(slots=True)
class Reader:
    """Somebody a mail may go to."""

    person_id: int
    name: str
    zone: str
    wishes: Wishes = AS_SHIPPED
    away: tuple[tuple[date, date], ...] = ()
    """First and last of each stretch of days on which they are away."""


@dataclass(slots=True)
class Pair:
    id: int
    mentor: Reader
    published_at: datetime


@dataclass(slots=True)
class Occasion:
    """Something at some moment that concerns one participant."""

    about: str
    key: str
    """Of the item; the pairing's id for what is about a pair; '' for the cohort's own dates."""
    title: str
    enrolment_id: int
    participant: Reader
    pair: Pair | None
    at: datetime
    since: datetime
    """From when on the person is concerned: what lies before is no business of theirs."""
    day: date | None = None
    """Given for what is a date rather than a moment."""
    done_at: datetime | None = None
    next_at: datetime | None = None
    """When the pair meets next, as far as that is known."""
    held: str = ""
    """Why nothing is said of it to anybody: `declined`, `no place yet`."""
    has_place: bool = False
    """The person holds a place in it; asked of workshops only."""
    changed_at: datetime | None = None
    """Since when it is at `at`; None for what is as it was first planned."""

    @property
    def subject(self) -> str:
        return f"{self.about}:{self.key}"


@dataclass(frozen=True, slots=True)
class Occasions:
    """Of one cohort."""

    of_participants: tuple[Occasion, ...]
    staff: tuple[Reader, ...]
