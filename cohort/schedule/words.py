"""Dated items in words, and a timeline cut into months for reading."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol, TypeVar

from cohort.clock import in_zone
from cohort.schedule.doubts import PlanWarning
from cohort.schedule.items import Kind

KIND_WORDS = {
    Kind.MODULE_OPENS: "Module opens",
    Kind.MODULE_CLOSES: "Module closes",
    Kind.WORKSHOP: "Workshop",
    Kind.WORKSHOP_ALTERNATIVE: "Workshop, second sitting",
    Kind.WORKSHOP_THIRD: "Workshop, third sitting",
    Kind.PREWORK_DUE: "Pre-work due",
    Kind.ASSIGNMENT_DUE: "Assignment due",
    Kind.MENTOR_SESSION_BY: "Mentor session by",
    Kind.CHECKIN_OPENS: "Check-in opens",
    Kind.CHECKIN_CLOSES: "Check-in closes",
    Kind.ASSESSMENT_OPENS: "Assessment opens",
    Kind.ASSESSMENT_CLOSES: "Assessment closes",
    Kind.ASSESSMENT_RELEASE: "Assessment results shown",
    Kind.MILESTONE: "Milestone",
}


def kind_word(kind: str) -> str:
    """`pre-work due`, in a sentence"""
    words = KIND_WORDS[Kind(kind)]
    return words[0].lower() + words[1:]


class _Dated(Protocol):
    @property
    def at(self) -> datetime | None: ...


Item = TypeVar("Item", bound=_Dated)


def by_month(items: Iterable[Item], zone: str) -> Iterator[tuple[str, Sequence[Item]]]:
    """Items in the order of time, month by month of the calendar in `zone`: ('March 2027', [...])."""

    def month(item: Item) -> str:
        return f"{in_zone(item.at, zone):%B %Y}" if item.at else "When the matches are published"

    for name, group in groupby(items, month):
        yield name, list(group)


def list_doubts(warnings: Sequence[PlanWarning]) -> list[str]:
    """What staff should look at in a plan, a sentence each; what has no date yet is counted in one."""
    undated = sum(warning.code == "no-date" for warning in warnings)
    sentences = [in_words(warning.message) for warning in warnings if warning.code != "no-date"]
    if undated:
        dates = "1 date hangs" if undated == 1 else f"{undated} dates hang"
        sentences.append(f"{dates} on the matches, and will be known once those are published.")
    return sentences


def in_words(message: str) -> str:
    """A warning for people. Warnings name kinds as the command line prints them: `(assignment.due)`."""
    for kind in KIND_WORDS:
        message = message.replace(f"({kind})", f"({kind_word(kind)})")
    return message
