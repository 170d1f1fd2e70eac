"""The one next thing: which it is, and that everything else waits."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cohort.checkins.window import Window
from cohort.learning.modules import Chapter
from cohort.learning.next_step import Step, StepKind, next_step
from cohort.learning.timeline import OwnItem, Timeline
from cohort.programs.pack import Lesson, Module
from cohort.schedule.models import DatedItem

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LESSON = Lesson("ladder", "The ladder", "read", 10, "Text")
MODULE = Module("aim", "Aim", "all", "", "", "", (LESSON,))


def item(kind: str, key: str, hours: float, *, done: bool = False) -> OwnItem:
    """Something in module aim, due `hours` from now."""
    dated = DatedItem(kind=kind, key=key, title=key, module_key="aim", at=NOW + timedelta(hours=hours))
    return OwnItem(dated, dated.at, NOW if done else None)


def chapter(*, is_open: bool = True, left: tuple[Lesson, ...] = ()) -> Chapter:
    return Chapter(MODULE, 1, NOW, NOW, is_open, left, None, None)


def choose(items: Iterable[OwnItem] = (), chapters: Iterable[Chapter] = (), **how: Any) -> Step:
    windows = {"one": Window(NOW - timedelta(days=2), NOW + timedelta(days=2), None)}
    how = {"has_profile": True, "has_begun": True, "now": NOW} | how
    return next_step(Timeline(tuple(items), {}), list(chapters) or [chapter()], windows, **how)


def test_profile_comes_before_everything() -> None:
    assert choose([item("assignment.due", "plan", 1)], has_profile=False) == Step(StepKind.PROFILE)


def test_due_within_two_days_comes_before_late_and_late_before_the_rest() -> None:
    soon, late, later = (item("assignment.due", key, hours) for key, hours in (("a", 40), ("b", -200), ("c", 60)))

    assert choose([late, later, soon]).item is soon
    assert choose([later, late]).item is late
    assert choose([later]).item is later


def test_of_two_that_press_the_earlier_comes_first() -> None:
    closing, prework = item("checkin.closes", "one", 8), item("prework.due", "kickoff", 32)

    assert (choose([prework, closing]).kind, choose([prework, closing]).item) == (StepKind.CHECK_IN, closing)


@pytest.mark.parametrize(
    "waiting",
    [
        item("assignment.due", "plan", 24 * 8),
        item("assignment.due", "plan", 24, done=True),
        item("prework.due", "kickoff", 24 * 4),
        item("prework.due", "kickoff", -1),
        item("checkin.closes", "one", 8, done=True),
        item("mentor_session.by", "first", 8),
    ],
)
def test_what_does_not_press_lets_the_next_lesson_be_read(waiting: OwnItem) -> None:
    reading = chapter(left=(LESSON,))

    assert choose([waiting], [reading]) == Step(StepKind.LESSON, chapter=reading, lesson=LESSON)


def test_lesson_is_of_the_module_that_opened_last() -> None:
    old, here, ahead = chapter(left=(LESSON,)), chapter(left=(LESSON,)), chapter(is_open=False, left=(LESSON,))

    assert choose((), [old, here, ahead]).chapter is here


def test_nothing_to_do_says_what_comes() -> None:
    past, coming = item("workshop", "old", -1), item("workshop", "next", 100)

    assert choose([past, coming]) == Step(StepKind.NOTHING, coming)


def test_before_the_launch_nothing_is_asked_but_the_profile() -> None:
    opening = item("module.opens", "aim", 24)

    assert choose([item("assignment.due", "plan", 1), opening], has_begun=False) == Step(StepKind.NOTHING, opening)
