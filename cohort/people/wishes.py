"""What mail a person wants, and when: each topic at once, gathered or not at all, outside quiet hours. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from enum import StrEnum
from functools import lru_cache
from typing import Any


class Topic(StrEnum):
    """What mail that can wait is about; each can be turned off by itself."""

    COURSEWORK = "coursework"
    WORKSHOPS = "workshops"
    CHECKINS = "check-ins"
    MENTORING = "mentoring"
    COHORT = "cohort"
    STAFF = "staff"


class Choice(StrEnum):
    """How mail about a topic comes."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


DIGEST = "digest"
"""Stands for the topic of a mail that gathers what was put off."""
SEVERAL = "several"
"""Stands for the topic of a mail about several topics."""
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The defaults are as shipped. Every time is one of the person's own clocks."""

    choices: tuple[tuple[Topic, Choice], ...] = ()
    """In the order of topics; those that are not in it come at once."""
    quiet_from: time = time(22)
    quiet_until: time = time(7)
    """Nothing comes from `quiet_from` until then. The same time twice: there are no quiet hours."""
    days: tuple[int, ...] = EVERY_DAY
    """Weekdays on which mail may come, in order; Monday is 0."""
    digest_at: time = time(8)
    digest_day: int = 0
    """The weekday of the weekly digest."""
    budget: int = 4
    """Mails a week that can wait; what is more joins the weekly digest. 0: as many as there are."""

    def __hash__(self) -> int:
        """Quickly, for caches of moments: most wishes are as shipped."""
        return hash(self.choices)

    def choice(self, topic: Topic) -> Choice:
        return dict(self.choices).get(topic, Choice.NOW)

    def choosing(self, choices: Mapping[Topic, Choice]) -> "Wishes":
        """These wishes with other choices."""
        chosen = {**dict(self.choices), **choices}
        return replace(self, choices=tuple((topic, chosen[topic]) for topic in Topic if topic in chosen))

    def without(self, topic: Topic | None) -> "Wishes":
        """These wishes, with mail about `topic` turned off; None: about everything that can wait."""
        return self.choosing(dict.fromkeys([topic] if topic else Topic, Choice.OFF))

    def stored(self) -> dict[str, Any]:
        """As kept with the person: only what is not as shipped, in the types of JSON."""
        mine = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: _plain(value) for name, value in mine if value != getattr(AS_SHIPPED, name)}


AS_SHIPPED = Wishes()


def wishes_of(stored: Mapping[str, Any]) -> Wishes:
    """The wishes that `Wishes.stored` gave."""
    return read_wishes(json.dumps(stored, sort_keys=True)) if stored else AS_SHIPPED


@lru_cache(maxsize=4096)
def read_wishes(text: str) -> Wishes:
    """The same from JSON as the database holds it; kept, because the same wishes are asked for again and again."""
    given = json.loads(text)
    if "choices" in given:
        given["choices"] = tuple((Topic(topic), Choice(choice)) for topic, choice in given["choices"])
    if "days" in given:
        given["days"] = tuple(given["days"])
    for name in ("quiet_from", "quiet_until", "digest_at"):
        if name in given:
            given[name] = time.fromisoformat(given[name])
    return Wishes(**given)


def _plain(value: Any) -> Any:
    match value:
        case time():
            return value.isoformat("minutes")
        case tuple():
            return [_plain(one) for one in value]
        case StrEnum():
            return value.value
        case _:
            return value
