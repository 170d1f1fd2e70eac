"""Giving people a later date for one item."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from cohort.cohorts.models import Enrolment
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.learning.done import done_items
from cohort.mail.outbox import queue_all
from cohort.people.models import Person
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import effective_due

EXTENDABLE = ("prework.due", "assignment.due", "checkin.closes")
"""Kinds of dated items that are due from a single person."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a later date for an item would be to one person."""

    enrolment: Enrolment
    due: datetime | None
    """Until when they have now."""
    stays: str
    """Why they keep what they have: `has done it already`; '' for who gets the new date."""


def grant_extension(
    enrolment: Enrolment, item: DatedItem, *, until: datetime, reason: str, by: Person, now: datetime
) -> Extension:
    """Let the participant hand `item` in until `until`; a second extension of the same item replaces the first.

    A request that was open for it is granted with that, and the person is mailed. Reminders follow by themselves,
    because they are planned from the effective date. Raises DomainError when `until` is no later than the common date
    or has passed, Conflict when the person is not in the cohort (any more).
    """
    return _grant([enrolment], item, until=until, reason=reason, by=by, now=now)[0]


def grant_to_several(
    enrolments: Sequence[Enrolment], item: DatedItem, *, until: datetime, reason: str, by: Person, now: datetime
) -> list[Extension]:
    """As `grant_extension`, to those of `enrolments` for whom the new date is a gain; see `foresee`.

    Raises DomainError when it is a gain for none of them.
    """
    take_turn(item.cohort_id)
    gaining = [one.enrolment for one in foresee(enrolments, item, until=until) if not one.stays]
    if not gaining:
        raise DomainError("Choose people for whom the new date is a later one.", field="people")
    return _grant(gaining, item, until=until, reason=reason, by=by, now=now)


def foresee(enrolments: Sequence[Enrolment], item: DatedItem, *, until: datetime) -> list[Prospect]:
    """What `until` would be to each: nobody loses a later date, and what is done needs none."""
    ids = [enrolment.id for enrolment in enrolments]
    given, done = _extensions_of(item, ids), _list_done(item, ids)
    prospects = []
    for enrolment in enrolments:
        due = effective_due(item, given.get(enrolment.id))
        stays = ""
        if enrolment.id in done:
            stays = "has done it already"
        elif due is None or due >= until:
            stays = "has as much time already"
        prospects.append(Prospect(enrolment, due, stays))
    return prospects


def _grant(
    enrolments: Sequence[Enrolment], item: DatedItem, *, until: datetime, reason: str, by: Person, now: datetime
) -> list[Extension]:
    for enrolment in enrolments:
        refuse_odd(enrolment, item, until, now)
    take_turn(item.cohort_id)
    ids = [enrolment.id for enrolment in enrolments]
    given = _extensions_of(item, ids)
    extensions = [given.get(id_) or Extension(item_id=item.id, enrolment_id=id_, times=0) for id_ in ids]
    for extension in extensions:
        extension.until, extension.reason = until, reason
        extension.granted_by_id, extension.granted_at = by.id, now
        extension.times += 1
    db.session.add_all(extensions)
    db.session.flush()
    _settle_requests(item, ids, by, now)
    mails = [
        (enrolment.person_id, {"extension_id": one.id, "times": one.times}, f"extension-granted:{one.id}:{one.times}")
        for enrolment, one in zip(enrolments, extensions, strict=True)
    ]
    queue_all("extension-granted", mails, now=now, cohort_id=item.cohort_id)
    return extensions


def _settle_requests(item: DatedItem, ids: Collection[int], by: Person, now: datetime) -> None:
    """Whoever asked has got more time, if not the very date they asked for."""
    db.session.execute(
        update(ExtensionRequest)
        .where(
            ExtensionRequest.item_id == item.id,
            ExtensionRequest.enrolment_id.in_(ids),
            ExtensionRequest.decided_at.is_(None),
        )
        .values(decided_at=now, decided_by_id=by.id, is_granted=True)
    )


def _extensions_of(item: DatedItem, ids: Collection[int]) -> dict[int, Extension]:
    """The later dates for the item, by enrolment."""
    found = db.session.scalars(select(Extension).where(Extension.item_id == item.id, Extension.enrolment_id.in_(ids)))
    return {extension.enrolment_id: extension for extension in found}


def _list_done(item: DatedItem, ids: Collection[int]) -> set[int]:
    """Those of the enrolments that have done the item."""
    done = done_items().subquery()
    return set(
        db.session.scalars(
            select(done.c.enrolment_id).where(
                done.c.enrolment_id.in_(ids), done.c.kind == item.kind, done.c.key == item.key
            )
        )
    )


def refuse_odd(enrolment: Enrolment, item: DatedItem, until: datetime, now: datetime) -> None:
    """Raises DomainError or Conflict when `until` cannot be the person's later date for the item."""
    if item.cohort_id != enrolment.cohort_id or item.kind not in EXTENDABLE:
        raise DomainError("Choose something that is due from this person.", field="item")
    if not enrolment.is_in:
        raise Conflict("Only somebody who is enrolled can be given more time.")
    if item.at is None or until <= item.at:
        raise DomainError("Choose a time after the date that everybody has.", field="until")
    if until <= now:
        raise DomainError("Choose a time that is still to come.", field="until")
