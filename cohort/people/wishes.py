"""What mail a person wants, and when: each topic at once, gathered or not at all, outside quiet hours. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
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
LONGEST_GATHERED = timedelta(days=8)
"""After that, whatever was gathered has left: a week, and a day for zones."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The defaults are as shipped. Every time is one of the person's own clocks."""

    choices: tuple[tuple[Topic, Choice], ...] = ()
    """In the order of topics; those that come at once are not in it."""
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
    gathered: tuple[tuple[Topic, Choice], ...] = ()
    """How mail about these topics was gathered before the wishes last changed, at `gathered_until`."""
    gathered_until: datetime | None = None

    def __hash__(self) -> int:
        """Quickly, for caches of moments: most wishes are as shipped."""
        return hash(self.choices)

    def choice(self, topic: Topic) -> Choice:
        return dict(self.choices).get(topic, Choice.NOW)

    def choice_at(self, topic: Topic, moment: datetime) -> Choice:
        """How mail comes that is due at `moment`: what was gathered still comes that way, if it was not turned off."""
        choice = self.choice(topic)
        if choice is Choice.OFF or self.gathered_until is None or moment >= self.gathered_until:
            return choice
        return dict(self.gathered).get(topic, choice)

    def is_quiet(self, at: time) -> bool:
        """`at` lies in the quiet hours; their first minute does, their end does not."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until

    def choosing(self, choices: Mapping[Topic, Choice]) -> "Wishes":
        """These wishes with other choices."""
        chosen = {**dict(self.choices), **choices}
        others = tuple((topic, chosen[topic]) for topic in Topic if chosen.get(topic, Choice.NOW) is not Choice.NOW)
        return replace(self, choices=others)

    def without(self, topic: Topic | None) -> "Wishes":
        """These wishes, with mail about `topic` turned off; None: about everything that can wait."""
        return self.choosing(dict.fromkeys(topics_in(topic), Choice.OFF))

    def instead_of(self, before: "Wishes", now: datetime) -> "Wishes":
        """These wishes when they follow `before` at `now`: with what is gathered by then."""
        is_recent = before.gathered_until is not None and now - before.gathered_until < LONGEST_GATHERED
        ways = {*before.choices, *(before.gathered if is_recent else ())}
        slowest = {topic: way for way in (Choice.DAILY, Choice.WEEKLY) for topic in Topic if (topic, way) in ways}
        return replace(self, gathered=tuple(slowest.items()), gathered_until=now if slowest else None)

    def stored(self) -> dict[str, Any]:
        """As kept with the person: only what is not as shipped, in the types of JSON."""
        mine = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: _plain(value) for name, value in mine if value != getattr(AS_SHIPPED, name)}


AS_SHIPPED = Wishes()


def topics_in(scope: Topic | None) -> tuple[Topic, ...]:
    """The topic alone; for None, all of them."""
    return (scope,) if scope else tuple(Topic)


def wishes_of(stored: Mapping[str, Any]) -> Wishes:
    """The wishes that `Wishes.stored` gave."""
    return read_wishes(json.dumps(stored, sort_keys=True)) if stored else AS_SHIPPED


@lru_cache(maxsize=4096)
def read_wishes(text: str) -> Wishes:
    """The same from JSON as the database holds it; kept, because the same wishes are asked for again and again."""
    given = json.loads(text)
    for name in ("choices", "gathered"):
        if name in given:
            given[name] = tuple((Topic(topic), Choice(choice)) for topic, choice in given[name])
    if "days" in given:
        given["days"] = tuple(given["days"])
    for name in ("quiet_from", "quiet_until", "digest_at"):
        if name in given:
            given[name] = time.fromisoformat(given[name])
    if "gathered_until" in given:
        given["gathered_until"] = datetime.fromisoformat(given["gathered_until"])
    return Wishes(**given)


def _plain(value: Any) -> Any:
    match value:
        case time():
            return value.isoformat("minutes")
        case datetime():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case StrEnum():
            return value.value
        case _:
            return value
