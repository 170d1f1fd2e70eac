"""Days away and on call in words."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol

from cohort.people.models import AwayKind
from cohort.templating import date_span, day

A_WEEK = timedelta(days=5)
"""Being on call from a Monday to a Friday is a week of it."""


class AwayDays(Protocol):
    @property
    def kind(self) -> AwayKind: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


def own_words(days: AwayDays) -> str:
    """To the person, after a date: `in your on-call week`, `while you are away`"""
    if days.kind is AwayKind.AWAY:
        return "while you are away"
    return "in your on-call week" if days.last - days.first + timedelta(days=1) >= A_WEEK else "while you are on call"


def others_words(name: str, days: AwayDays) -> str:
    """`Ben Adeyemi is on call 30 Nov – 6 Dec`"""
    return f"{name} is {days.kind.value} {span_words(days.first, days.last)}"


def list_words(away: Iterable[AwayDays]) -> str:
    """`On call 30 Nov – 6 Dec, away Mon 14 Dec`"""
    words = ", ".join(f"{days.kind.value} {span_words(days.first, days.last)}" for days in away)
    return words[:1].upper() + words[1:]


def span_words(first: date, last: date) -> str:
    """`30 Nov – 6 Dec`; of a single day `Mon 30 Nov`"""
    return day(first) if first == last else date_span(first, last)
