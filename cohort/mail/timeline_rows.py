"""A person's mail as a list shows it."""

from collections.abc import Callable, Iterable
from typing import Any

from cohort.mail.timeline import Entry, Fate, Surroundings
from cohort.mail.why_rows import FATES
from cohort.reminders.reasons import short_words
from cohort.reminders.timing import rule_words
from cohort.templating import moment

_WITH_REASON = (Fate.NOT_SENT, Fate.NOT_COMING)


def rows_of(entries: Iterable[Entry], near: Surroundings, url: Callable[[str], str]) -> list[dict[str, Any]]:
    """`when`, `title`, `why` (the rule in words), `cohort`, `tag`, `reason`, `url`, `is_ahead`."""
    return [
        {
            "when": moment(entry.at),
            "title": entry.title,
            "why": _rule_words(entry, near),
            "cohort": near.cohorts[entry.cohort_id].title if entry.cohort_id else "Your account",
            "tag": FATES[entry.fate],
            "reason": short_words(entry.reason) if entry.fate in _WITH_REASON else entry.reason,
            "url": url(entry.what),
            "is_ahead": entry.is_ahead,
        }
        for entry in entries
    ]


def _rule_words(entry: Entry, near: Surroundings) -> str:
    if not entry.rule or entry.cohort_id is None:
        return ""
    rule = next((rule for rule in near.rules(entry.cohort_id) if rule.key == entry.rule), None)
    words = rule_words(rule) if rule else entry.rule.replace("-", " ")
    return words[:1].upper() + words[1:]
