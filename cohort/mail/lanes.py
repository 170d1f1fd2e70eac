"""What holds up mail for all workers at once: the pause, the breaker of the relay, patience with a domain, the rate.

Each is a row of `Lane`, so that workers agree without talking to each other. Nothing here commits.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cohort.db import db
from cohort.mail.models import Lane

BREAKS_AT = 5
"""Failures of the relay in a row after which only one mail at a time tries it."""
SHORTEST_BREAK, LONGEST_BREAK = timedelta(seconds=30), timedelta(minutes=10)
SHORTEST_PATIENCE, LONGEST_PATIENCE = timedelta(seconds=30), timedelta(minutes=30)
BURST = 2
"""So many seconds' worth of mail may leave at once."""


@dataclass(frozen=True, slots=True)
class Roads:
    """How the roads are at one moment."""

    at: datetime
    relay: Lane
    domains: Mapping[str, Lane]
    """Those that asked for patience since they last took a mail."""

    @property
    def is_paused(self) -> bool:
        return self.relay.paused_at is not None

    @property
    def is_closed(self) -> bool:
        """Nothing may leave: somebody paused all mail, or the breaker is open."""
        return self.is_paused or _is_blocked(self.relay, self.at)

    @property
    def is_probing(self) -> bool:
        """One mail tries whether the relay is back."""
        return self.relay.failures >= BREAKS_AT

    @property
    def blocked(self) -> frozenset[str]:
        """Domains to which nothing leaves now."""
        return frozenset(domain for domain, lane in self.domains.items() if _is_blocked(lane, self.at))

    def tokens(self, rate: int) -> float:
        """How many mails may leave at once where `rate` may in a second."""
        full = float(rate * BURST)
        if self.relay.refilled_at is None:
            return full
        passed = max(timedelta(), self.at - self.relay.refilled_at).total_seconds()
        return min(full, self.relay.tokens + passed * rate)


def look_at_roads(now: datetime, *, taking_tokens: bool = False) -> Roads:
    """`taking_tokens`: nobody else takes any until the transaction ends."""
    if taking_tokens:
        _make_sure_of(Lane.ALL)
        db.session.execute(select(Lane.domain).where(Lane.domain == Lane.ALL).with_for_update())
    lanes = {
        lane.domain: lane for lane in db.session.scalars(select(Lane).execution_options(populate_existing=True)).all()
    }
    relay = lanes.pop(Lane.ALL, None) or Lane(domain=Lane.ALL, failures=0, reason="", tokens=0)
    return Roads(now, relay, lanes)


def take_tokens(roads: Roads, rate: int, number: float) -> None:
    _change(Lane.ALL, tokens=roads.tokens(rate) - number, refilled_at=roads.at)


def take_probe(roads: Roads) -> bool:
    """True for the one worker whose mail tries whether the relay is back; the others wait for what comes of it."""
    next_at = roads.at + _doubling(SHORTEST_BREAK, LONGEST_BREAK, roads.relay.failures - BREAKS_AT)
    taken = db.session.execute(
        update(Lane)
        .where(Lane.domain == Lane.ALL, or_(Lane.blocked_until.is_(None), Lane.blocked_until <= roads.at))
        .values(blocked_until=next_at)
        .returning(Lane.domain)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return taken is not None


def note_relay_failed(reason: str, *, now: datetime) -> None:
    """The relay takes nothing. From the fifth time in a row on it is left alone for a while."""
    failures = _count_failure(Lane.ALL)
    waits = _doubling(SHORTEST_BREAK, LONGEST_BREAK, failures - BREAKS_AT)
    _change(Lane.ALL, reason=reason, blocked_until=now + waits if failures >= BREAKS_AT else None)


def note_relay_works() -> None:
    """It took a mail, or at least knew what to say to it."""
    _change(Lane.ALL, failures=0, blocked_until=None, reason="")


def note_domain_asks_for_patience(domain: str, reason: str, *, now: datetime) -> datetime:
    """Nothing more leaves to `domain` until the moment that is returned."""
    waits = _doubling(SHORTEST_PATIENCE, LONGEST_PATIENCE, _count_failure(domain) - 1)
    _change(domain, reason=reason, blocked_until=now + waits)
    return now + waits


def note_domain_works(domain: str) -> None:
    db.session.execute(delete(Lane).where(Lane.domain == domain))


def pause_all(reason: str, *, now: datetime) -> None:
    """No mail leaves from now on; each worker finishes at most the one in its hands. Pausing twice changes nothing."""
    _make_sure_of(Lane.ALL)
    db.session.execute(
        update(Lane)
        .where(Lane.domain == Lane.ALL, Lane.paused_at.is_(None))
        .values(paused_at=now, reason=reason)
        .execution_options(synchronize_session=False)
    )


def resume_all() -> None:
    """Let mail leave again, and try the relay anew. What became too late meanwhile is dropped with that reason."""
    _change(Lane.ALL, paused_at=None, blocked_until=None, failures=0, reason="")


def find_pause() -> Lane | None:
    """The lane with `paused_at` and `reason` while all mail is paused."""
    return db.session.scalar(select(Lane).where(Lane.domain == Lane.ALL, Lane.paused_at.is_not(None)))


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _is_blocked(lane: Lane, now: datetime) -> bool:
    """A clock that was set back blocks for no longer than the longest wait."""
    until = lane.blocked_until
    return until is not None and now < until <= now + max(LONGEST_BREAK, LONGEST_PATIENCE)


def _doubling(shortest: timedelta, longest: timedelta, times: int) -> timedelta:
    return min(longest, shortest * (1 << min(max(times, 0), 10)))


def _count_failure(domain: str) -> int:
    _make_sure_of(domain)
    counted = update(Lane).where(Lane.domain == domain).values(failures=Lane.failures + 1).returning(Lane.failures)
    return db.session.execute(counted.execution_options(synchronize_session=False)).scalar_one()


def _make_sure_of(domain: str) -> None:
    is_postgres = db.session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert(Lane) if is_postgres else sqlite.insert(Lane)
    db.session.execute(insert.values(domain=domain, failures=0, reason="", tokens=0).on_conflict_do_nothing())


def _change(domain: str, **values: Any) -> None:
    db.session.execute(
        update(Lane).where(Lane.domain == domain).values(**values).execution_options(synchronize_session=False)
    )


def ends_of(domains: Collection[str]) -> list[str]:
    """What addresses in `domains` end with, as patterns of LIKE."""
    return ["%@" + domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for domain in sorted(domains)]
