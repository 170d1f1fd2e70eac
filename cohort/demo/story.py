"""The demo: ten weeks of one cohort, done with the deeds of the product at moments of the past.

Between the deeds the worker would have had its rounds, so that the mails of the past were sent when they were due, and
only to people for whom they were. The caller commits, and runs these rounds or, for older ones, notes what they sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from cohort.clock import monday_of
from cohort.cohorts.creating import create_cohort
from cohort.cohorts.models import CohortState
from cohort.cohorts.queries import find_cohort
from cohort.config import ROOT
from cohort.db import db
from cohort.demo.changes import change_dates
from cohort.demo.people import LEAD, find_person, let_everybody_sign_in
from cohort.demo.script import ZONE, Calendar, read_story, zone_of
from cohort.demo.seeding import add_past_cohort
from cohort.demo.sittings import Workshop
from cohort.demo.stage import SLUG, Stage, find_program
from cohort.mail.models import Message, MessageState
from cohort.people.accounts import appoint_admin
from cohort.people.models import Person
from cohort.programs.importing import import_pack
from cohort.programs.models import ProgramVersion
from cohort.programs.pack import Module, Pack
from cohort.programs.packs import read_pack
from cohort.programs.queries import pack_of
from cohort.reminders.forecast import forecast
from cohort.schedule.items import Kind
from cohort.schedule.plan import PlannedItem, make_plan

PACK = ROOT / "content" / "emerging-leaders.yaml"
FRESH = "autumn-emerging-leaders"
"""The last thing that is made: where it is, the demo was loaded to its end."""
A_DAY = timedelta(days=1)
RECENT = timedelta(days=5)
A_LESSON = timedelta(minutes=11)

Deed = Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    deed: Deed


@dataclass(frozen=True, slots=True)
class Round:
    """A moment at which the worker had something to do."""

    at: datetime
    is_recent: bool
    """So recent that the mail itself is kept; of what is older, only that it was sent."""
    ends_span: bool = False
    """It is time to decide which reminders have become due."""


class HoldsOtherDataError(Exception):
    """The database holds only a part of the demo, or something else."""


def is_loaded() -> bool:
    """True when the demo is there. Raises HoldsOtherDataError for a part of it, or for other people's data."""
    if find_cohort(FRESH) is not None:
        return True
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        raise HoldsOtherDataError
    return False


def play(stage: Stage, now: datetime) -> Iterator[Round]:
    """Do everything up to `now` in order. At each round given, the caller commits and does what the worker would."""
    pack = _begin(stage.calendar)
    events = sorted((event for event in list_events(stage, pack) if event.at <= now), key=lambda event: event.at)
    for first, last, is_recent in _spans(events[0].at, now):
        mine = [event for event in events if first <= event.at < last]
        rounds = [Event(at, lambda _: None) for at in _list_due(first, last)] if is_recent else []
        for event in sorted((*mine, *rounds), key=lambda event: event.at):
            event.deed(event.at)
            if event in rounds or _has_mail():
                yield Round(event.at, is_recent)
        yield Round(last, is_recent, ends_span=True)
    let_everybody_sign_in()
    _add_fresh_cohort(stage.calendar, now)


def _spans(first: datetime, now: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """From `first` to `now`: weeks, and at last days. Deeds of a span change what is due in the next one."""
    recent = now - RECENT
    while first < now:
        is_recent = first >= recent
        last = min(first + A_DAY, now) if is_recent else min(first + 7 * A_DAY, recent)
        yield first, last, is_recent
        first = last


def _list_due(after: datetime, until: datetime) -> set[datetime]:
    cohort = find_cohort(SLUG)
    if cohort is None or cohort.state is not CohortState.RUNNING:
        return set()
    return {row.utc for row in forecast(cohort, now=after, until=until) if row.utc > after}


def _has_mail() -> bool:
    return db.session.scalar(select(Message.id).where(Message.state == MessageState.PENDING).limit(1)) is not None


def import_program(*, by: Person | None, now: datetime) -> ProgramVersion:
    """The shipped program, imported unless it is there."""
    reading = read_pack(PACK.read_bytes())
    if reading.document is None or reading.pack is None:
        raise ValueError(f"{PACK} has mistakes")
    import_pack(reading.document, by=by, now=now)
    return find_program()


def _begin(calendar: Calendar) -> Pack:
    """The program, its lead, and a cohort that has been through it."""
    now = calendar.moment("start-250d 09:00")
    lead = appoint_admin(LEAD, name="Dana Whitfield", now=now)
    version = import_program(by=lead, now=now)
    add_past_cohort(version, "Winter Emerging Leaders", starts_on=calendar.day("start-217d"), zone=ZONE, lead=lead)
    return pack_of(version)


def _add_fresh_cohort(calendar: Calendar, now: datetime) -> None:
    """A draft that nobody is in yet: every list of it is empty."""
    starts_on = monday_of(calendar.today) + timedelta(weeks=7)
    title, lead = "Autumn Emerging Leaders", find_person(LEAD)
    create_cohort(find_program(), title=title, starts_on=starts_on, zone=ZONE, seats=14, lead=lead, now=now)


def list_events(stage: Stage, pack: Pack) -> list[Event]:
    """Everything that happens, in no order."""
    events = [
        *_of_staff(stage),
        *_of_people(stage),
        *_of_work(stage),
        *_of_pairs(stage),
        *_of_reading(stage, pack),
        *_of_workshops(stage),
    ]
    left = stage.calendar.moment(read_story()["leaves"]["at"])
    return [event for name, event in events if name != read_story()["leaves"]["person"] or event.at <= left]


Named = Iterator[tuple[str, Event]]
"""Events with the name of the participant they are about; '' for staff and mentors."""


def _of_staff(stage: Stage) -> Named:
    moment, story = stage.calendar.moment, read_story()
    deeds: dict[str, Deed] = {
        "start-42d 10:00": lambda now: stage.create(now),
        "start-41d 09:30": lambda now: stage.invite_staff(now),
        "start-35d 11:00": lambda now: stage.invite_mentors(now),
        "start-28d 10:00": lambda now: stage.invite("participants", now),
        "start-6d 10:10": lambda now: stage.pair("ruth.okafor", ("priya.raman", "marcus.bell", "sofia.lindqvist"), now),
        "start-6d 10:40": lambda now: stage.match(now),
        "start-3d 10:00": lambda now: stage.launch(now),
        "start+7d 09:15": lambda now: stage.invite("latecomers", now),
        "start+10d 09:20": lambda now: stage.match(now),
        story["extension"]["granted"]: lambda now: stage.extend(story["extension"], now),
        story["mailbox_gone"]["since"]: lambda _: stage.lose_mailbox(story["mailbox_gone"]["person"]),
    }
    for when, deed in deeds.items():
        yield "", Event(moment(when), deed)
    for change in story["changes"]:
        yield "", Event(moment(change["at"]), partial(change_dates, stage, change))


def _of_people(stage: Stage) -> Named:
    story, moment = read_story(), stage.calendar.moment
    for name, when in story["mentors_accepted"].items():
        yield "", Event(moment(when, zone_of(name)), partial(stage.accept, name))
    for name, (joined, profiled) in (story["joined"] | story["late"]).items():
        yield name, Event(moment(joined, zone_of(name)), partial(stage.join, name))
        yield name, Event(moment(profiled, zone_of(name)), partial(stage.finish_profile, name))
    for days in story["away"]:
        yield days["person"], Event(moment(days["noted"], zone_of(days["person"])), partial(stage.note_away, days))
    for name, when in story["takes_invitations"].items():
        yield "", Event(moment(when), partial(stage.take_invitations, name))
    leaves = story["leaves"]
    yield leaves["person"], Event(moment(leaves["at"]), partial(stage.leave, leaves["person"], leaves["reason"]))


def _of_work(stage: Stage) -> Named:
    for name, works in read_story()["submissions"].items():
        for key, work in works.items():
            at = stage.calendar.moment(work.get("at") or work["saved"], zone_of(name))
            yield name, Event(at, partial(stage.write, name, key, work))
    for name, answered in read_story()["checkins"].items():
        for key, said in answered.items():
            at = stage.calendar.moment(said["at"], zone_of(name))
            yield name, Event(at, partial(stage.check_in, name, key, said))
    asked = read_story()["more_time"]
    at = stage.calendar.moment(asked["asked"], zone_of(asked["person"]))
    yield asked["person"], Event(at, partial(stage.ask_for_more_time, asked))


def _of_workshops(stage: Stage) -> Named:
    for key, told in read_story()["workshops"].items():
        for name, at, deed in Workshop(stage, key, told).steps():
            yield name, Event(at, deed)


def _of_pairs(stage: Stage) -> Named:
    for name, meetings in read_story()["sessions"].items():
        for met in meetings:
            yield name, Event(stage.calendar.moment(f"{met['held']} 17:30"), partial(stage.meet, name, met))
            yield from ((name, event) for event in _of_promises(stage, name, met))


def _of_promises(stage: Stage, name: str, met: Mapping[str, Any]) -> Iterator[Event]:
    for promise in met["promises"]:
        if "kept" in promise:
            text = promise.get("mentee") or promise["mentor"]
            yield Event(stage.calendar.moment(f"{promise['kept']} 18:15"), partial(stage.keep, name, text))


def _of_reading(stage: Stage, pack: Pack) -> Named:
    """Lessons and pre-work. Who joined late begins then."""
    story, calendar = read_story(), stage.calendar
    items = make_plan(pack, start=calendar.start, zone=ZONE).items
    for name, days in story["reads"].items():
        joined = calendar.moment((story["joined"] | story["late"])[name][1], zone_of(name))
        for event in (*_of_lessons(stage, name, days, pack, items), *_of_prework(stage, name, items)):
            yield name, Event(max(event.at, joined), event.deed)


def _of_lessons(stage: Stage, name: str, days: list[int], pack: Pack, items: Iterable[PlannedItem]) -> Iterator[Event]:
    opened = {item.key: item.at for item in items if item.kind == Kind.MODULE_OPENS}
    for module in pack.modules:
        for number, day in enumerate(days):
            at = opened[module.key]
            if at is not None:
                evening = at + day * A_DAY + timedelta(hours=3) + number * A_LESSON
                yield Event(evening, partial(stage.tick, name, "lesson", _lesson_key(module, number)))


def _lesson_key(module: Module, number: int) -> str:
    return f"{module.key}/{module.lessons[number].key}"


def _of_prework(stage: Stage, name: str, items: Iterable[PlannedItem]) -> Iterator[Event]:
    for item in items:
        if item.kind == Kind.PREWORK_DUE and item.at and name in read_story()["prepares"]:
            yield Event(item.at - timedelta(hours=20), partial(stage.tick, name, "prework", item.key))
