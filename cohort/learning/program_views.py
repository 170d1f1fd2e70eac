"""The program of a cohort: every module with its dates, and how far a participant is."""

from datetime import datetime

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.gate import access
from cohort.learning.blueprint import bp
from cohort.learning.finding import Page, find_page
from cohort.learning.item_views import Row, item_row, item_time, numbers_of
from cohort.learning.modules import Chapter, find_here, list_chapters
from cohort.learning.timeline import Timeline, load_timeline
from cohort.schedule.items import Kind
from cohort.templating import date_span, day, local

Tag = tuple[str, str, str]


@bp.get("/cohorts/<key:slug>/program")
@access("module.read", find_page)
def program(page: Page) -> ResponseReturnValue:
    now = clock.now()
    timeline = load_timeline(page.cohort.id, page.enrolment.id if page.enrolment else None)
    chapters = list_chapters(page.pack, timeline, has_begun=page.has_begun, now=now)
    here = find_here(chapters, now)
    numbers, slug, zone = numbers_of(page.pack), page.cohort.slug, page.cohort.zone
    return render_template(
        "learning/program.html",
        cohort=page.cohort,
        pack=page.pack,
        rows=[_chapter_row(page, chapter, timeline, is_here=chapter is here) for chapter in chapters],
        milestones=[item_row(it, numbers, slug, zone) for it in timeline.items if it.kind == Kind.MILESTONE and it.at],
    )


def way_point(page: Page, chapter: Chapter, now: datetime, *, is_here: bool) -> Row:
    """A module as the component `timeline` takes it."""
    point: Row = {
        "title": f"{chapter.number} {chapter.module.title}",
        "url": url_for("learning.module", slug=page.cohort.slug, module=chapter.module.key),
        "when": when_words(chapter),
        "state": "here" if is_here else "done" if chapter.is_done else "ahead",
    }
    if is_here and chapter.opens_at and chapter.closes_at:
        passed = (now - chapter.opens_at) / (chapter.closes_at - chapter.opens_at)
        point["third"] = min(3, 1 + int(3 * passed))
    if chapter.is_open and chapter.things_left:
        point["note"] = f"{chapter.things_left} to do"
    return point


def when_words(chapter: Chapter) -> str:
    """`16 Nov – 6 Dec`"""
    if chapter.opens_at is None or chapter.closes_at is None:
        return "Dates follow when matches are published"
    return date_span(local(chapter.opens_at).date(), local(chapter.closes_at).date())


def _chapter_row(page: Page, chapter: Chapter, timeline: Timeline, *, is_here: bool) -> Row:
    workshop = timeline.own_sitting(chapter.module.workshop.key) if chapter.module.workshop else None
    parts = [when_words(chapter)]
    if workshop and workshop.at:
        parts.append(f"workshop {day(workshop.at)}, {item_time(workshop, page.cohort.zone)}")
    if chapter.assignment and chapter.assignment.at:
        parts.append(f"assignment due {day(chapter.assignment.at)}")
    is_own = page.enrolment is not None
    return {
        "number": chapter.number,
        "title": chapter.module.title,
        "url": url_for("learning.module", slug=page.cohort.slug, module=chapter.module.key),
        "meta": ", ".join(parts),
        "state": "here" if is_here else "done" if is_own and chapter.is_done else "",
        "tag": _chapter_tag(chapter, is_here=is_here, is_own=is_own),
    }


def _chapter_tag(chapter: Chapter, *, is_here: bool, is_own: bool) -> Tag:
    if is_here:
        return ("here", "geo-alt-fill", "You are here" if is_own else "Now")
    if not chapter.is_open:
        return ("", "calendar-check", f"Opens {day(chapter.opens_at)}" if chapter.opens_at else "No date yet")
    if is_own and chapter.is_done:
        return ("ok", "check-lg", "Done")
    return ("", "circle", f"{chapter.things_left} to do" if is_own else "Open")
