"""The way through the modules: which are open, what is left in each, and where somebody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cohort.learning.timeline import OwnItem, Timeline
from cohort.programs.pack import Lesson, Module, Pack
from cohort.schedule.items import Kind


@dataclass(frozen=True, slots=True)
class Chapter:
    """A module with its number and dates, and how far a participant is in it."""

    module: Module
    number: int
    opens_at: datetime | None
    closes_at: datetime | None
    is_open: bool
    """It may be read by participants; it stays so when its closing has passed."""
    lessons_left: tuple[Lesson, ...]
    assignment: OwnItem | None
    prework: OwnItem | None

    @property
    def things_left(self) -> int:
        """Lessons, pre-work and assignment that are not done."""
        return len(self.lessons_left) + sum(it is not None and it.done_at is None for it in self._items)

    @property
    def is_done(self) -> bool:
        return self.is_open and self.things_left == 0

    @property
    def _items(self) -> tuple[OwnItem | None, ...]:
        return self.assignment, self.prework


def list_chapters(pack: Pack, timeline: Timeline, *, has_begun: bool, now: datetime) -> list[Chapter]:
    """Every module in its order. `has_begun`: the cohort was launched; before that nothing is open."""
    return [
        _chapter(module, number, timeline, has_begun=has_begun, now=now)
        for number, module in enumerate(pack.modules, start=1)
    ]


def find_here(chapters: Iterable[Chapter], now: datetime) -> Chapter | None:
    """The module somebody is in: the last that opened, as long as any has not closed."""
    chapters = list(chapters)
    opened = [chapter for chapter in chapters if chapter.is_open]
    if not opened or all(chapter.closes_at is not None and chapter.closes_at < now for chapter in chapters):
        return None
    return opened[-1]


def _chapter(module: Module, number: int, timeline: Timeline, *, has_begun: bool, now: datetime) -> Chapter:
    opens_at = timeline.at(Kind.MODULE_OPENS, module.key)
    left = (lesson for lesson in module.lessons if timeline.lesson_done_at(module.key, lesson.key) is None)
    return Chapter(
        module,
        number,
        opens_at,
        timeline.at(Kind.MODULE_CLOSES, module.key),
        has_begun and opens_at is not None and opens_at <= now,
        tuple(left),
        timeline.find(Kind.ASSIGNMENT_DUE, module.assignment.key) if module.assignment else None,
        timeline.find(Kind.PREWORK_DUE, module.workshop.key) if module.workshop else None,
    )
