"""The whole program played with a moved clock: every mail to come, and what staff should look at before it leaves.

The mails are those that `playing` gives, each written by the letters that the worker sends. Nothing is stored, queued
or sent, and no link is made.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cohort.clock import in_zone, monday_of
from cohort.cohorts.models import Cohort
from cohort.people.models import Person
from cohort.reminders.gaps import Gap, list_gaps
from cohort.reminders.playing import Due, Reading, find_people, play
from cohort.schedule.doubts import WORKDAYS_ONLY
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items

WEEKLY_BUDGET = 4
"""Mails to one person in one week of their own calendar; more than these are too many."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a letter lacks, and how to mend it: a sentence each."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail as it would read."""

    subject: str
    faults: tuple[Fault, ...]
    is_written: bool = True
    """False when its letter raises: the fault says what."""


Write = Callable[[Due, Person], Draft | None]
"""Writes one mail; None when it has nothing to say."""


@dataclass(frozen=True, slots=True)
class RehearsedMail:
    key: str
    """What makes it this mail and no other."""
    at: datetime
    local: datetime
    """In the zone of the person."""
    person: str
    person_id: int
    rules: tuple[str, ...]
    """Keys of the rules that speak in it; the template of a mail that no rule causes."""
    items: tuple[str, ...]
    """What it is about: `assignment.due:KEY`."""
    about: str
    """The title of that, of the first where it is about several things."""
    subject: str
    is_essential: bool
    faults: tuple[Fault, ...]

    @property
    def week(self) -> date:
        """The Monday of its week on the person's calendar."""
        return monday_of(self.local.date())


@dataclass(frozen=True, slots=True)
class Week:
    first: date
    """A Monday."""
    mails: int
    most: int
    """The most that one person gets."""


@dataclass(frozen=True, slots=True)
class Overload:
    """More mails to one person in one week than the budget."""

    week: date
    person: str
    person_id: int
    mails: int
    essential: int
    """Of them those that cannot wait."""


@dataclass(frozen=True, slots=True)
class OnDayOff:
    """A dated item on a blackout day or at a weekend."""

    title: str
    kind: str
    local: datetime
    """In the cohort's zone."""
    why: str
    """`blackout` or `weekend`."""


@dataclass(frozen=True, slots=True)
class MailsOnDay:
    day: date
    mails: int
    essential: int


@dataclass(frozen=True, slots=True)
class Empty:
    """The same thing missing in one mail to so many people."""

    fault: Fault
    mail: RehearsedMail
    """The first of them."""
    mails: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    mails: tuple[RehearsedMail, ...]
    """By time, then by name."""
    weeks: tuple[Week, ...]
    """Those in which somebody gets mail."""
    overloads: tuple[Overload, ...]
    on_days_off: tuple[OnDayOff, ...]
    mails_on_days_off: tuple[MailsOnDay, ...]
    """By the calendar of the person who gets them."""
    empty: tuple[Empty, ...]
    gaps: tuple[Gap, ...]
    undated: int
    """Items without a date: they hang on matches, and no mail about them is in here."""

    @property
    def busiest(self) -> Week | None:
        return max(self.weeks, key=lambda week: (week.mails, -week.first.toordinal()), default=None)

    @property
    def people(self) -> dict[int, str]:
        """Names by id, in the order of the names."""
        return dict(
            sorted({mail.person_id: mail.person for mail in self.mails}.items(), key=lambda one: (one[1], one[0]))
        )

    @property
    def is_example(self) -> bool:
        """Nobody is in the cohort yet: these are the mails of one participant."""
        return any(mail.person_id == 0 for mail in self.mails)


def rehearse(
    cohort: Cohort, write: Write, *, now: datetime, until: datetime | None = None, reading: Reading = Reading.NOTHING
) -> Rehearsal:
    """Play everything from `now` on, or until `until`. A draft is played as if it were launched now.

    Needs `cohort.version` loaded.
    """
    mails = tuple(_write_all(cohort, play(cohort, now=now, until=until, reading=reading), write))
    items = [item for item in list_items(cohort.id) if item.at is None or item.at >= now]
    blackouts = cohort.blackout_days
    return Rehearsal(
        mails=mails,
        weeks=tuple(_weeks(mails)),
        overloads=tuple(_overloads(mails)),
        on_days_off=tuple(_on_days_off(items, cohort.zone, blackouts)),
        mails_on_days_off=tuple(_mails_on_days_off(mails, blackouts)),
        empty=tuple(_empty(mails)),
        gaps=tuple(list_gaps(cohort, items)),
        undated=sum(item.at is None for item in items),
    )


def _write_all(cohort: Cohort, dues: Iterable[Due], write: Write) -> list[RehearsedMail]:
    played = list(dues)
    people = find_people(cohort, {due.person_id for due in played})
    drafts = ((due, people[due.person_id], write(due, people[due.person_id])) for due in played)
    mails = [_mail(due, person, draft) for due, person, draft in drafts if draft]
    return sorted(mails, key=lambda mail: (mail.at, mail.person, mail.key))


def _mail(due: Due, person: Person, draft: Draft) -> RehearsedMail:
    owed = due.bundle.owed
    return RehearsedMail(
        key=due.bundle.key,
        at=due.at,
        local=in_zone(due.at, person.time_zone),
        person=person.name,
        person_id=person.id,
        rules=tuple(dict.fromkeys(one.rule.key for one in owed)) or (due.bundle.template,),
        items=tuple(dict.fromkeys(one.occasion.subject for one in owed)),
        about=owed[0].occasion.title if owed else "",
        subject=draft.subject,
        is_essential=owed[0].is_essential if owed else True,
        faults=draft.faults,
    )


def _weeks(mails: Sequence[RehearsedMail]) -> Iterator[Week]:
    numbers: dict[date, list[int]] = defaultdict(list)
    for (week, _), number in Counter((mail.week, mail.person_id) for mail in mails).items():
        numbers[week].append(number)
    for week, of_each in sorted(numbers.items()):
        yield Week(week, sum(of_each), max(of_each))


def _overloads(mails: Sequence[RehearsedMail]) -> Iterator[Overload]:
    """By week, then by name."""
    loads: dict[tuple[date, str, int], list[RehearsedMail]] = defaultdict(list)
    for mail in mails:
        loads[mail.week, mail.person, mail.person_id].append(mail)
    for (week, person, person_id), theirs in sorted(loads.items()):
        if len(theirs) > WEEKLY_BUDGET:
            yield Overload(week, person, person_id, len(theirs), sum(mail.is_essential for mail in theirs))


def _on_days_off(items: Sequence[DatedItem], zone: str, blackouts: Sequence[tuple[date, date]]) -> Iterator[OnDayOff]:
    for item in items:
        if item.at is None:
            continue
        local = in_zone(item.at, zone)
        if _is_within(local.date(), blackouts):
            yield OnDayOff(item.title, item.kind, local, "blackout")
        elif local.weekday() >= 5 and item.kind in WORKDAYS_ONLY:
            yield OnDayOff(item.title, item.kind, local, "weekend")


def _mails_on_days_off(mails: Sequence[RehearsedMail], blackouts: Sequence[tuple[date, date]]) -> Iterator[MailsOnDay]:
    days: dict[date, list[RehearsedMail]] = defaultdict(list)
    for mail in mails:
        if _is_within(mail.local.date(), blackouts):
            days[mail.local.date()].append(mail)
    for day, of_day in sorted(days.items()):
        yield MailsOnDay(day, len(of_day), sum(mail.is_essential for mail in of_day))


def _is_within(day: date, periods: Sequence[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in periods)


def _empty(mails: Sequence[RehearsedMail]) -> Iterator[Empty]:
    found: dict[tuple[Fault, tuple[str, ...], tuple[str, ...]], list[RehearsedMail]] = defaultdict(list)
    for mail in mails:
        for fault in mail.faults:
            found[fault, mail.rules, mail.items].append(mail)
    for (fault, _, _), lacking in found.items():
        yield Empty(fault, lacking[0], len(lacking))
