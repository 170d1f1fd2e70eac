"""The next step in words, as the component `next_step` takes it."""

from datetime import datetime
from typing import Any

from flask import url_for

from cohort.cohorts.models import Cohort
from cohort.learning.item_views import item_title, item_url, numbers_of
from cohort.learning.next_step import Step, StepKind
from cohort.learning.timeline import OwnItem
from cohort.programs.pack import Pack
from cohort.templating import count, due_words, long_day, minutes_words, moment

Words = dict[str, Any]


def step_words(step: Step, pack: Pack, cohort: Cohort, mentor: str, now: datetime) -> Words:
    """What, why, how long, until when, and one button. `mentor` is the mentor's first name, or empty."""
    words = _words(step, pack, cohort, mentor, now)
    if step.kind in (StepKind.PREWORK, StepKind.CHECK_IN, StepKind.ASSIGNMENT) and step.item and step.item.at:
        verb = "Closes" if step.kind is StepKind.CHECK_IN else "Due"
        words |= {"moment": step.item.at, "host": cohort.zone, "lead": due_words(step.item.at, now, verb=verb)}
    return words


def _words(step: Step, pack: Pack, cohort: Cohort, mentor: str, now: datetime) -> Words:
    match step:
        case Step(StepKind.PROFILE):
            return {
                "title": "Complete your profile",
                "text": "About five minutes: your growth areas, your free hours, what you aim for. "
                "Your mentor is chosen by it.",
                "action": {"word": "Complete profile", "url": url_for("cohorts.profile", slug=cohort.slug)},
            }
        case Step(StepKind.PREWORK, OwnItem() as item):
            return {
                "title": f"Pre-work for {item.item.title}",
                "text": pack.workshop(item.key).prework,
                "action": {"word": "Open pre-work", "url": item_url(item, cohort.slug)},
            }
        case Step(StepKind.CHECK_IN, OwnItem() as item):
            return _check_in(item, pack, cohort, mentor)
        case Step(StepKind.ASSIGNMENT, OwnItem() as item):
            return _assignment(item, cohort, now)
        case Step(StepKind.LESSON, chapter=chapter, lesson=lesson) if chapter and lesson:
            url = url_for("learning.lesson", slug=cohort.slug, module=chapter.module.key, lesson=lesson.key)
            return {
                "title": lesson.title,
                "text": f"{minutes_words(lesson.minutes)} in module {chapter.number}, {chapter.module.title}. "
                f"{count(len(chapter.lessons_left), 'lesson is', 'lessons are', words=True).capitalize()} left in it.",
                "action": {"word": "Open lesson", "url": url},
            }
        case _:
            return _nothing(step, pack, cohort, now)


def _check_in(item: OwnItem, pack: Pack, cohort: Cohort, mentor: str) -> Words:
    questions = count(len(pack.checkin(item.key).questions), "question", "questions", words=True)
    reader = f" {mentor} reads it before you meet." if mentor else ""
    return {
        "title": "Answer your check-in",
        "text": f"Three minutes: how you are, {questions}, a new promise.{reader}",
        "action": {"word": "Start check-in", "url": item_url(item, cohort.slug)},
    }


def _assignment(item: OwnItem, cohort: Cohort, now: datetime) -> Words:
    late = "It is still taken, and marked as late." if item.is_late(now) else "Drafts are kept; only you read them."
    return {
        "title": f"Hand in: {item.item.title}",
        "text": late,
        "action": {"word": "Open assignment", "url": item_url(item, cohort.slug)},
    }


def _nothing(step: Step, pack: Pack, cohort: Cohort, now: datetime) -> Words:
    coming = step.item
    text = "You are up to date."
    if coming is not None and coming.at is not None:
        text += f" Next: {item_title(coming, numbers_of(pack))}, {moment(coming.at, host=cohort.zone)}."
    title = "Nothing is waiting for you"
    if now.date() < cohort.starts_on and coming is not None:
        title = f"The program starts on {long_day(cohort.starts_on)}"
    return {
        "title": title,
        "text": text,
        "action": {"word": "See my schedule", "url": url_for("learning.schedule", slug=cohort.slug)},
    }
