"""How a pair is doing, judged by facts alone, in words that could be read aloud to both."""

from dataclasses import dataclass
from datetime import date, timedelta

QUIET = timedelta(days=14)
"""So long without a sign of each other and without a date is worth a word."""
SILENT = timedelta(days=21)
"""So long is worth a word today."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next session of the program that the participant has not held, with this mentor or one before."""

    key: str
    number: int
    title: str
    by: date | None
    """None while it hangs on something that is not settled."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a pair; days are those of the reader's calendar."""

    paired_on: date
    met_on: date | None
    sign_on: date | None
    """The latest check-in or work handed in."""
    next_on: date | None
    """When they agreed to meet next; None when that day has passed."""
    ahead: Ahead | None


@dataclass(frozen=True, slots=True)
class Health:
    kind: str
    icon: str
    word: str
    reason: str
    urgency: int
    """Who needs the mentor first; 0 is nobody."""


def judge(contact: Contact, today: date) -> Health:
    """One status with its reason: the gravest that holds."""
    last = max(day for day in (contact.paired_on, contact.met_on, contact.sign_on) if day)
    quiet = timedelta() if contact.next_on else today - last
    if quiet >= QUIET:
        reason = f"No session, check-in or work since {write(last)}. {_say_ahead(contact, today)}".strip()
        is_silent = quiet >= SILENT
        return Health(
            "bad" if is_silent else "warn", "moon-fill", f"Quiet for {quiet.days} days", reason, 2 + is_silent
        )
    if contact.ahead and contact.ahead.by and contact.paired_on <= contact.ahead.by < today:
        word = f"Session {contact.ahead.number} not logged"
        reason = f"“{contact.ahead.title}” was planned by {write(contact.ahead.by)}. Log it, or agree on a date."
        return Health("warn", "clock-fill", word, reason, 2)
    if contact.met_on is None:
        reason = f"You became a pair on {write(contact.paired_on)}. {_say_ahead(contact, today)}".strip()
        return Health("", "circle", "Nothing logged yet", reason, 1)
    return Health(
        "ok", "check-lg", "On track", _say_ahead(contact, today) or "Every session of the program is logged.", 0
    )


def _say_ahead(contact: Contact, today: date) -> str:
    if contact.ahead is None:
        return ""
    session = f"Session {contact.ahead.number}, “{contact.ahead.title}”,"
    by = f" by {write(contact.ahead.by)}" if contact.ahead.by else ""
    verb = "was planned" if contact.ahead.by and contact.ahead.by < today else "should happen"
    date_agreed = f"you meet on {write(contact.next_on)}" if contact.next_on else "no date is agreed"
    return f"{session} {verb}{by}; {date_agreed}."


def write(day: date) -> str:
    """`Sat 28 Nov`"""
    return f"{day:%a} {day.day} {day:%b}"
