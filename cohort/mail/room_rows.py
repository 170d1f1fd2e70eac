"""The numbers of a mail room in words."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cohort.mail.foreseeing import Foreseen
from cohort.mail.queries import Late, Numbers
from cohort.mail.weeks import Share, Week
from cohort.reminders.reasons import short_words
from cohort.templating import count, day, moment

MOST_REASONS = 3


def held_words(numbers: Numbers) -> str:
    """`In 7 days: 7 answered, 3 away, 2 joined the digest.`"""
    reasons: Counter[str] = Counter()
    for reason, number in numbers.held_lately.items():
        reasons[short_words(reason)] += number
    if numbers.joined_lately:
        reasons["joined the digest"] += numbers.joined_lately
    shown = reasons.most_common(MOST_REASONS)
    rest = reasons.total() - sum(number for _, number in shown)
    parts = [f"{number} {reason}" for reason, number in shown] + ([f"{rest} for other reasons"] if rest else [])
    return f"In 7 days: {', '.join(parts)}." if parts else "In 7 days nothing was held back."


def reach_words(line: Foreseen) -> str:
    """`7: 6 answered, 1 away`; of one reason `5 declined`"""
    reasons: Counter[str] = Counter()
    for reason, number in line.not_to:
        reasons[short_words(reason)] += number
    parts = [f"{number} {reason}" for reason, number in reasons.most_common()]
    return f"{reasons.total()}: {', '.join(parts)}" if len(parts) > 1 else "".join(parts) or "–"


def busiest_tile(weeks: Sequence[Week]) -> dict[str, Any]:
    """Who gets most of what can wait, in this week or the two after it."""
    now = next(number for number, week in enumerate(weeks) if week.is_now)
    near = [week for week in weeks[now : now + 3] if week.busiest]
    fullest = max(near, key=lambda week: week.busiest.can_wait if week.busiest else 0, default=None)
    if fullest is None or fullest.busiest is None or not fullest.busiest.can_wait:
        return {"name": "Busiest person", "number": 0, "definition": "Nobody gets mail that can wait before long."}
    share = fullest.busiest
    when = "this week" if fullest.is_now else f"in the week of {day(fullest.first)}"
    return {
        "name": "Busiest person",
        "number": share.can_wait,
        "of": f"of {share.budget}" if share.budget else "",
        "definition": f"Mails that can wait, against the weekly budget: {share.name}, {when}.",
    }


def week_rows(weeks: Sequence[Week]) -> dict[str, Any]:
    """As the component `load` takes them."""
    rows = [
        {
            "name": f"{week.first.day} {week.first:%b}{', now' if week.is_now else ''}",
            "value": week.mails,
            "more": _share_words(week.busiest),
            "full": week.is_full,
        }
        for week in weeks
    ]
    return {"rows": rows, "of": max([1, *(week.mails for week in weeks)])}


def _share_words(share: Share | None) -> str:
    if share is None:
        return "–"
    return f"{share.can_wait} of {share.budget}" if share.budget else str(share.can_wait)


def late_words(late: Late, now: datetime) -> str:
    """`412 reminders are up to 9 h late because no worker ran.`"""
    hours = max(1, round((now - late.since).total_seconds() / 3600))
    lateness = f"{hours} h" if hours < 48 else f"{hours // 24} days"
    verb = count(late.reminders, "reminder is", "reminders are")
    return (
        f"{verb} up to {lateness} late because no worker ran. If nobody decides, those whose date is still ahead "
        f"leave from {moment(late.leaves_at)} on."
    )


def lane_words(numbers: Numbers) -> str:
    if numbers.all_paused_at is None:
        return ""
    reason = f": {numbers.all_paused_for}" if numbers.all_paused_for else ""
    return f"All mail of every cohort is paused since {moment(numbers.all_paused_at)}{reason}."
