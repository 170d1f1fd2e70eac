"""The people a run of matching is about, as plain values: what the engine may know of them and nothing else."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

SPACE = re.compile(r"\s+")
GRADES = range(1, 11)
SEATS = range(100)
PRIORITIES = range(10)


@lru_cache(maxsize=16384)
def key(text: str) -> str:
    """What texts are compared by: NFKC, case folded, NFKC again, each run of white space one space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return SPACE.sub(" ", folded)


def keys(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(key, texts))


@dataclass(frozen=True, slots=True)
class Window:
    """Free time in every week: weekday 0 is Monday; `start` and `end` are local minutes after midnight, in quarters."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What mentors and mentees have in common; an empty value means unknown.

    `timezone` is an IANA name or `UTC+HH:MM`; `manager` holds ids or emails of people this person reports to;
    `languages` has the preferred one first; `columns` feeds custom factors.
    """

    id: str
    name: str = ""
    company: str = ""
    email: str = ""
    manager: tuple[str, ...] = ()
    seniority: int | None = None
    timezone: str = ""
    availability: tuple[Window, ...] = ()
    languages: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentor(Person):
    """`capacity` counts seats, 0 is paused; `strengths` pairs a competency with a level 1 to 5; most wanted first."""

    capacity: int
    strengths: tuple[tuple[str, int], ...] = ()
    topics: tuple[str, ...] = ()
    ranked_mentees: tuple[str, ...] = ()
    vetoed_mentees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentee(Person):
    """`growth` pairs a competency with a priority 1 to 3; `priority` 0 to 9: who goes first when seats are short."""

    growth: tuple[tuple[str, int], ...] = ()
    goals: tuple[str, ...] = ()
    ranked_mentors: tuple[str, ...] = ()
    vetoed_mentors: tuple[str, ...] = ()
    priority: int = 0


def greatest(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Levels by key of the competency; of one that is named twice the greatest counts."""
    levels: dict[str, int] = {}
    for name, level in items:
        competency = key(name)
        if level > levels.get(competency, 0):
            levels[competency] = level
    return levels


def first_mentions(ids: Iterable[str]) -> dict[str, int]:
    """Rank of each id in a list of wishes, from 1; a repeated id keeps its first rank and its later places."""
    ranks: dict[str, int] = {}
    for rank, person_id in enumerate(ids, 1):
        ranks.setdefault(person_id, rank)
    return ranks
