"""What rounds of the worker decide: which mails leave, gathered for each reader and within their budget. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import heapify, heappop, heappush
from itertools import count, groupby
from operator import itemgetter
from typing import Any

from cohort.clock import in_zone, monday_of
from cohort.people.wishes import DIGEST, SEVERAL
from cohort.reminders.leaving import topic_of
from cohort.reminders.occasions import Reader
from cohort.reminders.owing import SUPERSEDED, Owed, superseded

DAILY_CAP = 6
"""Reminders to one person on one day of their own; what is more joins the next digest."""


@dataclass(slots=True)
class Decision:
    owed: Owed
    reason: str
    """Why it is dropped; '' when it is queued."""


@dataclass(slots=True)
class Bundle:
    """One mail to one person, with all that it says."""

    key: str
    """What makes it the same mail."""
    template: str
    params: Mapping[str, Any]
    owed: Sequence[Owed]

    @property
    def topic(self) -> str:
        """As `Message.topic`."""
        if all(one.is_essential for one in self.owed):
            return ""
        if self.owed[0].digest:
            return DIGEST
        topics = {topic_of(one.rule) for one in self.owed}
        return topics.pop() if len(topics) == 1 else SEVERAL


@dataclass(slots=True)
class Counts:
    """How many reminders one person had, on days of their own."""

    on: Counter[date] = field(default_factory=Counter)
    in_week_of: Counter[date] = field(default_factory=Counter)
    """By Monday, those that could have waited."""

    def add(self, on: date, *, could_wait: bool) -> None:
        self.on[on] += 1
        if could_wait:
            self.in_week_of[monday_of(on)] += 1


@dataclass(slots=True)
class Spent:
    """The reminders that people have had: what counts against the cap of a day and the budget of a week."""

    mails: dict[int, list[tuple[datetime, bool]]] = field(default_factory=lambda: defaultdict(list))
    """By person: when each was due, and whether it could have waited. Digests do not count."""
    _counts: dict[int, dict[str, Counts]] = field(default_factory=lambda: defaultdict(dict))
    """By person and zone, of whom was asked."""

    def copy(self) -> "Spent":
        return Spent(defaultdict(list, {person_id: list(mails) for person_id, mails in self.mails.items()}))

    def note(self, owed: Owed) -> None:
        person_id, could_wait = owed.reader.person_id, not owed.is_essential
        self.mails[person_id].append((owed.due_at, could_wait))
        for zone, counts in self._counts[person_id].items():
            counts.add(in_zone(owed.due_at, zone).date(), could_wait=could_wait)

    def put_off(self, owed: Owed) -> Owed | None:
        """The same in the next digest, when the reader has had enough by then; None when it leaves at its time."""
        if owed.digest or not self.mails.get(owed.reader.person_id):
            return None
        budget, on = owed.reader.wishes.budget, in_zone(owed.due_at, owed.reader.zone).date()
        counts = self._counts_of(owed.reader)
        if budget and not owed.is_essential and counts.in_week_of[monday_of(on)] >= budget:
            return owed.joining(weekly=True)
        return owed.joining(weekly=False) if counts.on[on] >= DAILY_CAP else None

    def _counts_of(self, reader: Reader) -> Counts:
        by_zone = self._counts[reader.person_id]
        if reader.zone not in by_zone:
            counts = by_zone[reader.zone] = Counts()
            for at, could_wait in self.mails[reader.person_id]:
                counts.add(in_zone(at, reader.zone).date(), could_wait=could_wait)
        return by_zone[reader.zone]


def rounds(
    owed: Iterable[Owed], *, since: datetime, spent: Spent | None = None
) -> Iterator[tuple[datetime, list[Decision]]]:
    """What rounds decide of what is open: one at `since`, then one at every moment at which something leaves.

    `spent` is what people had before, and counts what they get.
    """
    spent = spent or Spent()
    numbers = count()
    waiting = [(one.leaves_at(since), next(numbers), one) for one in owed]
    heapify(waiting)
    while waiting:
        moment = waiting[0][0]
        due: list[Owed] = []
        while waiting and waiting[0][0] == moment:
            due.append(heappop(waiting)[-1])
        decisions, later = decide(due, moment, spent)
        for one in later:
            heappush(waiting, (one.leaves_at(moment), next(numbers), one))
        yield moment, decisions


def decide(owed: Iterable[Owed], now: datetime, spent: Spent) -> tuple[list[Decision], list[Owed]]:
    """What becomes at `now` of the mails that are due by then, and those of them that wait: for a digest, because their
    reader has had enough, or for the end of quiet hours. `spent` counts what leaves."""
    due = sorted((one for one in owed if one.due_at <= now), key=lambda one: (one.due_at, one.key))
    decisions: list[Decision] = []
    ready: list[Owed] = []
    later: list[Owed] = []
    for one in due:
        joined = None if one.held else spent.put_off(one)
        _judge(joined or one, now, decisions, ready, later)
    leaving: list[Owed] = []
    for mail in _mails(ready):
        alone = [one for one in mail if spent.put_off(one) is None]
        for joined in filter(None, map(spent.put_off, mail)):
            _judge(joined, now, decisions, leaving, later)
        leaving += alone
        if alone and not alone[0].digest:
            spent.note(alone[0])
    too_many = superseded(leaving)
    decisions += [Decision(one, SUPERSEDED if one.key in too_many else "") for one in leaving]
    return decisions, later


def _judge(one: Owed, now: datetime, decisions: list[Decision], ready: list[Owed], later: list[Owed]) -> None:
    """Put it where it belongs at `now`."""
    if one.due_at > now:
        later.append(one)
    elif reason := one.reason_against(now):
        decisions.append(Decision(one, reason))
    elif one.leaves_at(now) > now:
        later.append(one)
    else:
        ready.append(one)


def bundles(queued: Iterable[Owed]) -> Iterator[Bundle]:
    """The mails of one round, one for each group of what is said together."""
    return (_bundle(group) for group in _mails(queued))


def _mails(owed: Iterable[Owed]) -> Iterator[list[Owed]]:
    """What one person is told in one mail: all that can wait, a digest, or what cannot wait about the same kind of
    thing; in the order of its being due."""
    order = sorted((_together(one), one.due_at, one.key, number, one) for number, one in enumerate(owed))
    return ([one for *_, one in group] for _, group in groupby(order, key=itemgetter(0)))


def _together(one: Owed) -> tuple[Any, ...]:
    """What is the same for all that goes into one mail; a published match is told by itself."""
    about = one.rule.about if one.is_essential else ""
    alone = one.key if about == "match.published" else ()
    return (one.reader.person_id, one.digest is not None, one.is_essential, about, *alone)


def _bundle(owed: Sequence[Owed]) -> Bundle:
    """The deed that publishes a match queues its mail under the same key."""
    first = owed[0]
    if first.rule.about == "match.published" and first.occasion.at == first.due_at:
        key = f"match-published:{first.occasion.key}:{first.reader.person_id}"
        return Bundle(key, "match-published", {"pairing_id": int(first.occasion.key)}, owed)
    enrolment_id, person_id, rule_key, subject = first.key
    key = f"reminder:{rule_key}:{subject}:{enrolment_id}:{person_id}:{first.occasion.at.isoformat()}"
    digest = max((one.digest for one in owed if one.digest), default=None)  # "weekly" where there is one of each
    return Bundle(key, "reminder", {"digest": digest} if digest else {}, owed)
