"""When what belongs to a sitting is open: its join link, its check-in, its rating. Pure."""

from datetime import datetime, timedelta

LINK_BEFORE = timedelta(hours=24)
"""The join link is shown to who holds a place from so long before the sitting begins, until it is over."""
CODE_BEFORE = timedelta(minutes=5)
CODE_LASTS = timedelta(minutes=30)
"""The check-in code is taken for so long, from `CODE_BEFORE` the sitting begins."""


def shows_link(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """True while the join link of a sitting is shown to those who hold a place in it."""
    return starts_at - LINK_BEFORE <= now < ends_at


def takes_code(starts_at: datetime, now: datetime) -> bool:
    """True while participants may check themselves in."""
    opens = starts_at - CODE_BEFORE
    return opens <= now < opens + CODE_LASTS
