"""The dates on which pairs agreed to meet: noted when a session was logged, or taken from what one of them proposed.

A date stands until the two agree another one, or log a later session, before it has come.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, ScalarSelect, Select, Subquery, bindparam, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from cohort.db import db
from cohort.mentoring.models import MeetingProposal, MentoringSession

USUAL_MINUTES = 60
"""How long a meeting is taken to last of which only the beginning is agreed."""


def agreed_dates() -> Subquery:
    """All of them: `kind` (`meeting` or `proposal`), `id`, `pairing_id`, `at`, `minutes`, `told_at`, `replaced_at`."""
    it = union_all(_noted(), _taken()).subquery().c
    earlier = case((it.relogged_at < it.retaken_at, it.relogged_at), else_=it.retaken_at)
    replaced_at = case(
        (it.retaken_at.is_(None), it.relogged_at), (it.relogged_at.is_(None), it.retaken_at), else_=earlier
    )
    return select(
        it.kind, it.id, it.pairing_id, it.at, it.minutes, it.told_at, replaced_at.label("replaced_at")
    ).subquery("agreed")


def _noted() -> Select[*tuple[Any, ...]]:
    other, session = aliased(MentoringSession), MentoringSession
    is_later = or_(other.held_on > session.held_on, (other.held_on == session.held_on) & (other.id > session.id))
    relogged_at = (
        select(func.min(other.logged_at))
        .where(other.pairing_id == session.pairing_id, is_later, other.logged_at < session.next_at)
        .scalar_subquery()
    )
    return select(
        literal("meeting").label("kind"),
        session.id.label("id"),
        session.pairing_id.label("pairing_id"),
        session.next_at.label("at"),
        literal(USUAL_MINUTES, Integer).label("minutes"),
        session.logged_at.label("told_at"),
        relogged_at.label("relogged_at"),
        _taken_between(session.pairing_id, session.logged_at, session.next_at, or_same=True).label("retaken_at"),
    ).where(session.next_at.is_not(None))


def _taken() -> Select[*tuple[Any, ...]]:
    """A session that was logged since and names no other date leaves the date that was taken as it is."""
    session, proposal = aliased(MentoringSession), MeetingProposal
    relogged_at = (
        select(func.min(session.logged_at))
        .where(
            session.pairing_id == proposal.pairing_id,
            session.next_at.is_not(None),
            session.logged_at > proposal.answered_at,
            session.logged_at < proposal.taken,
        )
        .scalar_subquery()
    )
    return select(
        literal("proposal"),
        proposal.id,
        proposal.pairing_id,
        proposal.taken,
        proposal.minutes,
        proposal.answered_at,
        relogged_at,
        _taken_between(proposal.pairing_id, proposal.answered_at, proposal.taken),
    ).where(proposal.taken.is_not(None))


def _taken_between(pairing_id: Any, told_at: Any, at: Any, *, or_same: bool = False) -> ScalarSelect[Any]:
    """When the pair took another date, after `told_at` and before `at`."""
    other = aliased(MeetingProposal)
    since = other.answered_at >= told_at if or_same else other.answered_at > told_at
    return (
        select(func.min(other.answered_at))
        .where(other.pairing_id == pairing_id, other.taken.is_not(None), since, other.answered_at < at)
        .scalar_subquery()
    )


_AGREED = agreed_dates()
_NEXT = (
    select(_AGREED.c.pairing_id, func.max(_AGREED.c.at).label("at"))
    .where(
        _AGREED.c.pairing_id.in_(bindparam("pairing_ids", expanding=True)),
        _AGREED.c.replaced_at.is_(None),
        _AGREED.c.at >= bindparam("now"),
    )
    .group_by(_AGREED.c.pairing_id)
)
"""Built once: it is asked on the homes of participants and mentors."""


def list_next_meetings(pairing_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """When each of the pairs meets next; those without a date are left out."""
    rows = db.session.execute(_NEXT, {"pairing_ids": list(pairing_ids), "now": now})
    return {row.pairing_id: row.at for row in rows}


def find_next_meeting(pairing_id: int, now: datetime) -> datetime | None:
    return list_next_meetings([pairing_id], now).get(pairing_id)


def is_replaced(proposal: MeetingProposal) -> bool:
    """The two agreed another date since one of these times was taken."""
    it = _AGREED.c
    replaced_at = select(it.replaced_at).where(it.kind == "proposal", it.id == proposal.id)
    return db.session.scalar(replaced_at) is not None


def find_last_agreed(pairing_id: int, now: datetime) -> datetime | None:
    """The latest date that stood when it came."""
    it = _AGREED.c
    latest = select(func.max(it.at)).where(it.pairing_id == pairing_id, it.replaced_at.is_(None), it.at <= now)
    found: datetime | None = db.session.scalar(latest)
    return found
