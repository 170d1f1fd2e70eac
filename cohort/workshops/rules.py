"""When what belongs to a sitting is open: its join link, its seats, its check-in, its rating. Pure."""

from datetime import datetime, timedelta

LINK_BEFORE = timedelta(hours=24)
"""The join link is shown to who holds a place from so long before the sitting begins, until it is over."""
CODE_BEFORE = timedelta(minutes=5)
CODE_LASTS = timedelta(minutes=30)
"""The check-in code is taken for so long, from `CODE_BEFORE` the sitting begins."""
CLAIM = timedelta(hours=48)
SHORTEST_CLAIM = timedelta(minutes=30)
"""A freed seat is kept for the first in line for two days, near the date for a quarter of the time that is left."""
OPEN_BEFORE = timedelta(hours=2)
"""So near to the start a freed seat is offered to nobody: who comes first takes it."""
WHOLE = 0.75
"""Who was there for so much of a sitting attended it; for less, a part of it."""


def shows_link(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """True while the join link of a sitting is shown to those who hold a place in it."""
    return starts_at - LINK_BEFORE <= now < ends_at


def code_opens(starts_at: datetime) -> datetime:
    return starts_at - CODE_BEFORE


def code_closes(starts_at: datetime) -> datetime:
    return code_opens(starts_at) + CODE_LASTS


def takes_code(starts_at: datetime, now: datetime) -> bool:
    """True while participants may check themselves in."""
    return code_opens(starts_at) <= now < code_closes(starts_at)


def claim_ends(starts_at: datetime, now: datetime) -> datetime | None:
    """Until when a seat that is free at `now` is kept for the first in line; None when it is kept for nobody."""
    left = starts_at - now
    if left <= OPEN_BEFORE:
        return None
    return now + min(CLAIM, max(left / 4, SHORTEST_CLAIM))


def was_there_throughout(present: timedelta, starts_at: datetime, ends_at: datetime) -> bool:
    """True when so long a presence counts as the whole sitting."""
    return present >= WHOLE * (ends_at - starts_at)
