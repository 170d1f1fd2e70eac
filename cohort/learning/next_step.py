"""The one thing a participant should do next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cohort.checkins.window import Window
from cohort.learning.modules import Chapter
from cohort.learning.timeline import OwnItem, Timeline
from cohort.programs.pack import Lesson
from cohort.schedule.items import SITTINGS, Kind

PRESSING = timedelta(days=2)
"""What is due within this time comes before what is late."""
PREWORK_AHEAD = timedelta(days=3)
ASSIGNMENT_AHEAD = timedelta(days=7)


class StepKind(StrEnum):
    PROFILE = "profile"
    PREWORK = "prework"
    CHECK_IN = "check-in"
    ASSIGNMENT = "assignment"
    LESSON = "lesson"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    kind: StepKind
    item: OwnItem | None = None
    """What it is about; for nothing to do, what comes next on the timeline."""
    chapter: Chapter | None = None
    lesson: Lesson | None = None


def next_step(
    timeline: Timeline,
    chapters: Sequence[Chapter],
    windows: Mapping[str, Window],
    *,
    has_profile: bool,
    has_begun: bool,
    now: datetime,
) -> Step:
    """The profile first; then what is due within two days, what is late, what is due soon; then the next lesson."""
    if not has_profile:
        return Step(StepKind.PROFILE)
    due = list(_list_due(timeline.items, chapters, windows, now)) if has_begun else []
    if due:
        return min(due, key=lambda step: _urgency(step, now))
    for chapter in reversed(chapters):
        if chapter.is_open and chapter.lessons_left:
            return Step(StepKind.LESSON, chapter=chapter, lesson=chapter.lessons_left[0])
    return Step(StepKind.NOTHING, _find_coming(timeline.items, now))


def _list_due(
    items: Iterable[OwnItem], chapters: Iterable[Chapter], windows: Mapping[str, Window], now: datetime
) -> Iterable[Step]:
    by_module = {chapter.module.key: chapter for chapter in chapters}
    for item in items:
        if item.at is None or item.done_at is not None:
            continue
        chapter = by_module.get(item.item.module_key or "")
        match item.kind:
            case Kind.PREWORK_DUE if _asks_for_prework(chapter, item.at, now):
                yield Step(StepKind.PREWORK, item, chapter)
            case Kind.ASSIGNMENT_DUE if chapter and chapter.is_open and item.at - now <= ASSIGNMENT_AHEAD:
                yield Step(StepKind.ASSIGNMENT, item, chapter)
            case Kind.CHECKIN_CLOSES if windows[item.key].is_open(now):
                yield Step(StepKind.CHECK_IN, item)


def _asks_for_prework(chapter: Chapter | None, due: datetime, now: datetime) -> bool:
    """Pre-work is asked for until it is due: afterwards the workshop is near or over."""
    return chapter is not None and chapter.is_open and now <= due <= now + PREWORK_AHEAD


def _urgency(step: Step, now: datetime) -> tuple[int, datetime]:
    due = step.item.at if step.item and step.item.at else now
    rank = 1 if due < now else 0 if due - now <= PRESSING else 2
    return rank, due


def _find_coming(items: Iterable[OwnItem], now: datetime) -> OwnItem | None:
    shown = (*SITTINGS, Kind.MODULE_OPENS, Kind.CHECKIN_OPENS, Kind.MILESTONE)
    return next((item for item in items if item.kind in shown and item.at is not None and item.at > now), None)
