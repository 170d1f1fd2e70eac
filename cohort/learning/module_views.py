"""Modules and lessons, read by participants with their ticks, by mentors and staff without."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.assignments.models import Submission
from cohort.assignments.queries import find_submission
from cohort.db import db
from cohort.gate import access
from cohort.learning.blueprint import bp
from cohort.learning.finding import (
    LessonPage,
    ModulePage,
    find_lesson,
    find_module,
)
from cohort.learning.item_views import Row
from cohort.learning.modules import Chapter, list_chapters
from cohort.learning.progress import Ticked, tick, untick
from cohort.learning.queries import find_pairing
from cohort.learning.timeline import OwnItem, Timeline, find_done, load_timeline
from cohort.programs.pack import Competency, Lesson
from cohort.schedule.items import Kind
from cohort.templating import count, day, first_name
from cohort.workshops.models import WAS_THERE


@bp.get("/cohorts/<key:slug>/modules/<key:module>")
@access("module.read", find_module)
def module(page: ModulePage) -> ResponseReturnValue:
    now = clock.now()
    timeline = load_timeline(page.cohort.id, page.enrolment.id if page.enrolment else None)
    chapters = list_chapters(page.pack, timeline, has_begun=page.has_begun, now=now)
    chapter = chapters[page.number - 1]
    if not page.is_open:
        return render_template("learning/module_closed.html", cohort=page.cohort, chapter=chapter, of=len(chapters))
    own = page.enrolment
    work = find_submission(own.id, page.module.assignment.key) if own and page.module.assignment else None
    pairing = find_pairing(own.id) if own else None
    workshop = timeline.own_sitting(page.module.workshop.key) if page.module.workshop else None
    return render_template(
        "learning/module.html",
        cohort=page.cohort,
        module=page.module,
        chapter=chapter,
        of=len(chapters),
        is_own=own is not None,
        competency=_competency(page),
        steps=_steps(chapter, workshop, work, is_own=own is not None, now=now),
        lessons=[_lesson_row(page, lesson, timeline, number) for number, lesson in enumerate(page.module.lessons, 1)],
        workshop=workshop,
        work=work,
        now=now,
        session=timeline.find(Kind.MENTOR_SESSION_BY, page.module.mentor_session.key)
        if page.module.mentor_session
        else None,
        mentor=first_name(pairing.mentor.person.name) if pairing else "",
        reasons=_reasons(page, timeline),
    )


@bp.get("/cohorts/<key:slug>/modules/<key:module>/lessons/<key:lesson>")
@access("module.read", find_lesson)
def lesson(page: LessonPage) -> ResponseReturnValue:
    lessons = page.module.lessons
    position = lessons.index(page.lesson)
    done = find_done(page.enrolment.id) if page.enrolment else {}
    return render_template(
        "learning/lesson.html",
        cohort=page.cohort,
        module=page.module,
        module_number=page.number,
        lesson=page.lesson,
        number=position + 1,
        is_own=page.enrolment is not None,
        done_at=done.get(("lesson", f"{page.module.key}/{page.lesson.key}")),
        following=lessons[position + 1] if position + 1 < len(lessons) else None,
    )


@bp.post("/cohorts/<key:slug>/modules/<key:module>/lessons/<key:lesson>")
@access("progress.tick", find_lesson)
def tick_lesson(page: LessonPage) -> ResponseReturnValue:
    """Mark it as read and go on to the next one, or take the mark back and stay."""
    lessons, key = page.module.lessons, f"{page.module.key}/{page.lesson.key}"
    slug, module = page.cohort.slug, page.module.key
    if request.form.get("do") == "undo":
        untick(page.own, Ticked.LESSON, key)
        db.session.commit()
        flash(f"“{page.lesson.title}” is marked as not read.", "info")
        return redirect(url_for("learning.lesson", slug=slug, module=module, lesson=page.lesson.key))
    tick(page.own, Ticked.LESSON, key, now=clock.now())
    db.session.commit()
    flash(f"“{page.lesson.title}” is marked as read.", "success")
    rest = lessons[lessons.index(page.lesson) + 1 :]
    if rest:
        return redirect(url_for("learning.lesson", slug=slug, module=module, lesson=rest[0].key))
    return redirect(url_for("learning.module", slug=slug, module=module))


def _competency(page: ModulePage) -> Competency | None:
    """What the module develops; None when it is a bit of everything."""
    return next((it for it in page.pack.competencies if it.key == page.module.competency), None)


def _lesson_row(page: ModulePage, lesson: Lesson, timeline: Timeline, number: int) -> Row:
    done_at = timeline.lesson_done_at(page.module.key, lesson.key)
    row: Row = {
        "number": number,
        "title": lesson.title,
        "url": url_for("learning.lesson", slug=page.cohort.slug, module=page.module.key, lesson=lesson.key),
        "meta": f"{lesson.kind.capitalize()}, {lesson.minutes} min",
    }
    if page.enrolment is not None:
        row["state"] = "done" if done_at else ""
        row["tag"] = ("ok", "check-lg", "Done") if done_at else ("", "circle", "Not read")
    return row


def _steps(
    chapter: Chapter, workshop: OwnItem | None, work: Submission | None, *, is_own: bool, now: datetime
) -> list[Row]:
    """Learn, apply, workshop, reflect as the component `steps` takes them; the first that is open is where one is."""
    steps = [_learn_step(chapter, is_own=is_own)]
    if chapter.assignment is not None:
        steps.append(_apply_step(chapter.assignment, work))
    if chapter.module.workshop is not None:
        steps.append(_workshop_step(workshop, now))
    if chapter.module.reflection:
        steps.append(
            {"icon": "chat-square-text", "word": "Reflect", "url": "#reflect", "meta": "A question to think about"}
        )
    open_steps = [step for step in steps if is_own and "state" in step and not step["state"]]
    for step in open_steps[:1]:
        step["state"] = "here"
    return steps


def _learn_step(chapter: Chapter, *, is_own: bool) -> Row:
    total, left = len(chapter.module.lessons), len(chapter.lessons_left)
    meta = f"{total - left} of {total} lessons read" if is_own else count(total, "lesson", "lessons")
    return {"icon": "book", "word": "Learn", "url": "#learn", "meta": meta, "state": "" if left else "done"}


def _apply_step(due: OwnItem, work: Submission | None) -> Row:
    when = f"due {day(due.at)}" if due.at else "no date yet"
    meta = "Submitted" if due.done_at else f"Draft, {when}" if work else when.capitalize()
    return {
        "icon": "pencil-square",
        "word": "Apply",
        "url": "#apply",
        "meta": meta,
        "state": "done" if due.done_at else "",
    }


def _workshop_step(workshop: OwnItem | None, now: datetime) -> Row:
    """Done when the person was there: a date that has passed is no merit."""
    if workshop is None:
        return {"icon": "people", "word": "Workshop", "url": "#workshop", "meta": "You hold no place in it"}
    over = workshop.at is not None and workshop.at < now
    meta = f"{'Was ' if over else ''}{day(workshop.at)}" if workshop.at else "No date yet"
    row: Row = {"icon": "people", "word": "Workshop", "url": "#workshop", "meta": meta}
    if workshop.place is not None and workshop.place.attendance in WAS_THERE:
        row |= {"state": "done", "meta": f"You were there, {day(workshop.at)}" if workshop.at else "You were there"}
    return row


def _reasons(page: ModulePage, timeline: Timeline) -> list[tuple[str, str, str]]:
    """Why each date of the module is when it is for the reader, as the component `trail` takes it."""
    return [
        (day(at), REASONS[Kind(own.kind)], own.item.why + (f" was {day(own.was)}; extended for you" if own.was else ""))
        for at, own in sorted(((own.at, own) for own in timeline.items if own.at), key=lambda pair: pair[0])
        if own.item.module_key == page.module.key and own.kind in REASONS
    ]


REASONS = {
    Kind.MODULE_OPENS: "module opens",
    Kind.PREWORK_DUE: "pre-work due",
    Kind.WORKSHOP: "workshop",
    Kind.WORKSHOP_ALTERNATIVE: "workshop, second sitting",
    Kind.WORKSHOP_THIRD: "workshop, third sitting",
    Kind.ASSIGNMENT_DUE: "assignment due",
    Kind.MENTOR_SESSION_BY: "mentor session by",
    Kind.MODULE_CLOSES: "module closes",
}
