"""Ticking off lessons and pre-work."""

from datetime import timedelta

import pytest

from cohort.db import db
from cohort.learning.models import Progress
from cohort.learning.progress import tick, untick
from tests.build import Build


def ticked(enrolment_id: int) -> list[tuple[str, str]]:
    found = db.session.query(Progress).filter_by(enrolment_id=enrolment_id).order_by(Progress.id)
    return [(progress.kind, progress.key) for progress in found]


def test_tick_twice_keeps_the_first_time(build: Build) -> None:
    enrolment = build.enrolment(build.cohort())

    tick(enrolment, "lesson", "aim/ladder", now=build.now)
    tick(enrolment, "lesson", "aim/ladder", now=build.now + timedelta(days=1))

    assert [progress.done_at for progress in db.session.query(Progress)] == [build.now]


def test_untick_forgets_only_that_one(build: Build) -> None:
    enrolment = build.enrolment(build.cohort())
    tick(enrolment, "lesson", "aim/ladder", now=build.now)
    tick(enrolment, "prework", "kickoff", now=build.now)

    untick(enrolment, "lesson", "aim/ladder")

    assert ticked(enrolment.id) == [("prework", "kickoff")]


def test_tick_of_another_kind_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="workshop"):
        tick(build.enrolment(build.cohort()), "workshop", "kickoff", now=build.now)
