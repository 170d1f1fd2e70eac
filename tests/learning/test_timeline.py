"""A participant's own dates and what is done; where they are among the modules."""

from datetime import timedelta

from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.learning.modules import find_here, list_chapters
from cohort.learning.progress import tick
from cohort.learning.timeline import load_timeline
from cohort.programs.queries import pack_of
from cohort.schedule.models import Extension
from tests.build import Build


def load(enrolment: Enrolment):  # type: ignore[no-untyped-def]
    return load_timeline(enrolment.cohort_id, enrolment.id)


def test_own_date_is_the_later_one(build: Build) -> None:
    cohort = build.cohort()
    mine, theirs = build.enrolment(cohort), build.enrolment(cohort)
    item = build.item(cohort, "assignment.due:three-conversations")
    assert item.at is not None
    until = item.at + timedelta(days=3)
    db.session.add(Extension(item_id=item.id, enrolment_id=mine.id, until=until, granted_at=build.now))
    db.session.flush()

    own = load(mine).find("assignment.due", "three-conversations")
    other = load(theirs).find("assignment.due", "three-conversations")

    assert (own.at, own.was) == (until, item.at)
    assert (other.at, other.was) == (item.at, None)


def test_done_is_ones_own_and_dates_only_what_can_be_done(build: Build) -> None:
    cohort = build.cohort()
    mine, theirs = build.enrolment(cohort), build.enrolment(cohort)
    tick(mine, "prework", "kickoff", now=build.now)

    assert load(mine).find("prework.due", "kickoff").done_at == build.now
    assert load(theirs).find("prework.due", "kickoff").done_at is None
    assert load(mine).find("workshop", "kickoff").done_at is None


def test_late_is_what_is_due_and_not_done(build: Build) -> None:
    enrolment = build.enrolment(build.cohort())
    tick(enrolment, "prework", "kickoff", now=build.now)
    timeline = load(enrolment)

    late = {f"{own.kind}:{own.key}" for own in timeline.items if own.is_late(build.now)}

    assert "assignment.due:leadership-starting-line" in late
    assert not late & {"prework.due:kickoff", "workshop:kickoff", "module.closes:starting-line"}


def test_chapters_open_with_their_date_and_only_after_the_launch(build: Build) -> None:
    enrolment = build.enrolment(build.cohort())
    pack, timeline = pack_of(enrolment.cohort.version), load(enrolment)

    running = list_chapters(pack, timeline, has_begun=True, now=build.now)
    draft = list_chapters(pack, timeline, has_begun=False, now=build.now)

    assert [chapter.is_open for chapter in running] == [True] * 4 + [False] * 4
    assert not any(chapter.is_open for chapter in draft)


def test_module_is_done_when_nothing_in_it_is_left(build: Build) -> None:
    enrolment = build.enrolment(build.cohort())
    pack = pack_of(enrolment.cohort.version)
    module = pack.modules[3]
    before = list_chapters(pack, load(enrolment), has_begun=True, now=build.now)[3]
    for lesson in module.lessons:
        tick(enrolment, "lesson", f"{module.key}/{lesson.key}", now=build.now)

    after = list_chapters(pack, load(enrolment), has_begun=True, now=build.now)[3]

    assert before.things_left - after.things_left == len(module.lessons)
    assert (after.things_left, after.is_done) == (2, False)  # pre-work and assignment


def test_here_is_the_module_opened_last_until_all_are_closed(build: Build) -> None:
    enrolment = build.enrolment(build.cohort())
    pack, timeline = pack_of(enrolment.cohort.version), load(enrolment)

    def here(days: int) -> int | None:
        now = build.now + timedelta(days=days)
        found = find_here(list_chapters(pack, timeline, has_begun=True, now=now), now)
        return found.number if found else None

    assert [here(-80), here(0), here(95), here(200)] == [None, 4, 8, None]
