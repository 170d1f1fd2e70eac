"""What a person can choose about mail, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from cohort.people.wishes import Choice, Topic, Wishes

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class TopicWords:
    name: str
    mail: str
    """`mail about workshops`"""
    what: str
    """What belongs to it."""


TOPICS: Mapping[Topic, TopicWords] = {
    Topic.COURSEWORK: TopicWords(
        "Coursework", "mail about coursework", "Modules that open, and pre-work or assignments due in the next days."
    ),
    Topic.WORKSHOPS: TopicWords(
        "Workshops", "mail about workshops", "The week before a workshop, and a few questions after it."
    ),
    Topic.CHECKINS: TopicWords(
        "Check-ins and assessments",
        "mail about check-ins and assessments",
        "Check-ins that open or close, and assessments about to close.",
    ),
    Topic.MENTORING: TopicWords(
        "Mentoring",
        "mail about mentoring",
        "Sessions to book or to log, weeks without contact, and feedback that somebody waits for.",
    ),
    Topic.COHORT: TopicWords(
        "Your cohort", "mail about your cohort", "What your profile still needs, and news of the cohort as a whole."
    ),
    Topic.STAFF: TopicWords(
        "Running a cohort",
        "mail about running a cohort",
        "For program staff: who needs attention, and pairs gone quiet.",
    ),
}
THAT_CAN_WAIT = TopicWords(
    "Mail that can wait",
    "mail that can wait",
    "Modules that open, work due in a few days, sessions to log and the like.",
)
"""All topics together."""

CHOICES: Mapping[Choice, str] = {
    Choice.NOW: "At once",
    Choice.DAILY: "Daily",
    Choice.WEEKLY: "Weekly",
    Choice.OFF: "Off",
}

ALWAYS_SENT = (
    ("Invitations, your place and your match", "your part in a cohort hangs on them"),
    ("A workshop the day before and the hour before it, and a seat that is offered to you", "later is of no use"),
    ("Work on the day it is due, and when it is late", "so that nothing is missed unawares"),
    ("Dates that were moved, and answers when you ask for more time", "your own plans hang on them"),
    ("Receipts for what you hand in, and calendar invitations where you chose them", "they answer what you did"),
    ("Links to sign in or to set a password", "you asked for them a moment ago"),
)
"""What, and why."""


def words_for(scope: Topic | None) -> TopicWords:
    """Those of the topic; for None, of all that can wait."""
    return TOPICS[scope] if scope else THAT_CAN_WAIT


def hours(first: time, last: time) -> str:
    """`from 07:00 to 22:00`"""
    return f"from {first:%H:%M} to {last:%H:%M}"


def how_it_comes(wishes: Wishes, topic: Topic) -> str:
    """`At once`, `Once a day at 08:00`, `On Mondays at 08:00`, `Not at all`"""
    match wishes.choice(topic):
        case Choice.NOW:
            return "At once"
        case Choice.DAILY:
            return f"Once a day at {wishes.digest_at:%H:%M}"
        case Choice.WEEKLY:
            return f"On {WEEKDAYS[wishes.digest_day]}s at {wishes.digest_at:%H:%M}"
        case Choice.OFF:
            return "Not at all"
