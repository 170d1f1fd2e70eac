"""Why a mail was not sent, in words that the person concerned understands."""

from dataclasses import dataclass

from cohort.reminders.leaving import AWAY, TURNED_OFF
from cohort.reminders.looking import GONE, MOVED, NOTHING_LEFT, RULE_OFF, WITHDRAWN
from cohort.reminders.owing import NO_OPEN_HOUR, SUPERSEDED, TOO_LATE
from cohort.reminders.waves import DROPPED


@dataclass(frozen=True, slots=True)
class Reason:
    short: str
    """After a number of people: `6 answered`."""
    sentence: str
    """`{who} had answered it`; without a subject of its own where it concerns nobody."""
    is_of_participant: bool = False
    """It speaks of whose occasion it is, who need not be the reader of the mail."""


_REASONS = {
    "submitted": Reason("handed in", "{who} had handed it in", is_of_participant=True),
    "answered": Reason("answered", "{who} had answered it", is_of_participant=True),
    "done": Reason("done", "{who} had done it", is_of_participant=True),
    "profile complete": Reason("completed the profile", "{who} had completed the profile", is_of_participant=True),
    "booked": Reason("arranged a date", "the next meeting was arranged"),
    "logged": Reason("logged it", "the session was logged"),
    "given": Reason("gave feedback", "the feedback was given"),
    "declined": Reason("said no", "{who} had said that they do not come", is_of_participant=True),
    "no place yet": Reason("without a place", "{who} had no place in it yet", is_of_participant=True),
    TURNED_OFF: Reason("turned it off", "{who} had turned off mail of this kind"),
    AWAY: Reason("away", "{who} had days away noted, and a mail afterwards would have come too late"),
    TOO_LATE: Reason("too late", "it could not leave in time, and later it would have been of no use"),
    NO_OPEN_HOUR: Reason("in quiet hours", "every hour left before it lay in quiet hours"),
    SUPERSEDED: Reason("told by a later mail", "a later reminder about the same thing said it"),
    MOVED: Reason("moved meanwhile", "the date had moved, and a mail about the new date takes its place"),
    WITHDRAWN: Reason("not taking part any more", "{who} took no part any more", is_of_participant=True),
    RULE_OFF: Reason("rule turned off", "the rule was turned off"),
    GONE: Reason("not so any more", "what it was about was not so any more"),
    NOTHING_LEFT: Reason("nothing left to say", "nothing of what it was to say was still so"),
    DROPPED: Reason("late, dropped by staff", "it was late, and the staff of the cohort dropped it"),
    "address bounces": Reason("address does not work", "mail to the address had come back"),
    "reported as unwanted": Reason("reported as unwanted", "mail to the address had been reported as unwanted"),
    "account closed": Reason("account closed", "the account was closed"),
}
_AHEAD = {
    "submitted": "{who} has handed it in",
    "answered": "{who} has answered it",
    "done": "{who} has done it",
    "profile complete": "{who} has completed the profile",
    "booked": "the next meeting is arranged",
    "logged": "the session is logged",
    "given": "the feedback is given",
    "declined": "{who} has said that they do not come",
    "no place yet": "{who} has no place in it yet",
    TURNED_OFF: "{who} has turned off mail of this kind",
    AWAY: "{who} has days away noted then, and a mail afterwards would come too late",
    TOO_LATE: "it is too late for it",
    NO_OPEN_HOUR: "every hour left before it lies in quiet hours",
    SUPERSEDED: "a later reminder about the same thing says it",
}
"""The same of mails to come."""
YOU = "you"


def short_words(reason: str) -> str:
    """`handed in`, `turned it off`; a reason that has no words of its own as it is kept."""
    known = _REASONS.get(reason)
    return known.short if known else reason.partition(":")[0]


def sentence(reason: str, *, reader: str, participant: str, is_ahead: bool = False) -> str:
    """`Ellen had answered it`, to herself `you had answered it`; without a full stop.

    `reader` and `participant` are first names, or YOU.
    """
    known = _REASONS.get(reason)
    if known is None:
        return reason.partition(":")[0]
    who = participant if known.is_of_participant else reader
    words = _AHEAD.get(reason, known.sentence) if is_ahead else known.sentence
    return _agreeing(words, who).format(who=who)


def _agreeing(words: str, who: str) -> str:
    return words.replace("{who} has ", "{who} have ") if who == YOU else words
