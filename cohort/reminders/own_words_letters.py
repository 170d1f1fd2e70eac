"""The words that staff gave a rule, in the place of those that the product has for it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from cohort.mail.headers import clean_line
from cohort.mail.letters import Desk, Letter
from cohort.reminders.owing import Owed
from cohort.reminders.placeholders import fill
from cohort.reminders.wording_letters import other_name
from cohort.templating import day, first_name, local, moment, number_words

_A_BLANK_LINE = re.compile(r"\n\s*\n")


def in_own_words(letter: Letter, desk: Desk, owed: Owed) -> Letter:
    """`letter` with the subject and the text of its rule, where it has any. Button, times and reason stay."""
    values = values_of(desk, owed, letter.button.url)
    if owed.rule.subject:
        subject = clean_line(fill(owed.rule.subject, values))
        letter = replace(letter, subject=subject, title=subject)
    if owed.rule.text:
        parts = tuple(fill(part.strip(), values) for part in _A_BLANK_LINE.split(owed.rule.text) if part.strip())
        letter = replace(letter, own_words=parts, paragraphs=())
    return letter


def values_of(desk: Desk, owed: Owed, link: str) -> Mapping[str, str]:
    """What stands for each placeholder in the mail at `desk`; never nothing, so that every sentence reads."""
    occasion, zone, host = owed.occasion, desk.person.time_zone, desk.own_cohort.zone
    mentor = occasion.pair.mentor if occasion.pair else None
    at, there = moment(occasion.at, zone), moment(occasion.at, host)
    on = day(occasion.day or occasion.at, zone, desk.now)
    return {
        "first_name": first_name(desk.person.name),
        "cohort": desk.own_cohort.title,
        "title": occasion.title,
        "participant": occasion.participant.name,
        "mentor": mentor.name if mentor else "your mentor",
        "other": other_name(desk, owed),
        **dict.fromkeys(("due", "when"), at),
        **dict.fromkeys(("due_host", "when_host"), there),
        **dict.fromkeys(("start", "matched", "last_contact"), on),
        "days": _days_words(desk, owed),
        "link": link,
    }


def _days_words(desk: Desk, owed: Owed) -> str:
    """How far off it is on the reader's calendar: `today`, `in three days`, `two days ago`."""
    zone = desk.person.time_zone
    on = owed.occasion.day or local(owed.occasion.at, zone).date()
    days = (on - local(desk.now, zone).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return near.get(days) or (f"in {number_words(days)} days" if days > 0 else f"{number_words(-days)} days ago")
