"""The worker's rounds by the clock: one is left out after the clock was set, and the next goes on."""

from datetime import datetime, timedelta
from threading import Event

import pytest
from flask import Flask

from cohort.db import db
from cohort.reminders import scheduler
from cohort.reminders.models import Tick
from cohort.reminders.scheduler import ClockGuard, tick
from tests.build import Build


class Clocks:
    """A clock on the wall, which can be set, and a steady one."""

    def __init__(self, now: datetime) -> None:
        self.now, self.seconds = now, 1000.0

    def pass_by(self, seconds: float, *, set_by: float = 0) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds + set_by)

    def guard(self) -> ClockGuard:
        return ClockGuard(lambda: self.now, lambda: self.seconds)


@pytest.fixture
def clocks(now: datetime) -> Clocks:
    return Clocks(now)


@pytest.mark.parametrize("step", [7200, -7200, 61, -61])
def test_clock_that_was_set_is_noticed_once(clocks: Clocks, step: float) -> None:
    guard = clocks.guard()
    clocks.pass_by(5, set_by=step)

    assert guard.look() == step
    clocks.pass_by(5)
    assert guard.look() == 0


@pytest.mark.parametrize("step", [0, 59, -59])
def test_small_steps_and_long_rounds_are_let_pass(clocks: Clocks, step: float) -> None:
    guard = clocks.guard()
    clocks.pass_by(600, set_by=step)

    assert guard.look() == 0


def test_nothing_is_planned_or_sent_in_the_round_after_the_clock_was_set(
    app: Flask, build: Build, clocks: Clocks, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[datetime] = []
    monkeypatch.setattr(scheduler, "run_tick", lambda now, *_, **__: rounds.append(now))
    guard, stop = clocks.guard(), Event()
    clocks.pass_by(5, set_by=7200)

    tick(app, stop, guard)
    assert rounds == []
    clocks.pass_by(5)
    tick(app, stop, guard)

    assert rounds == [build.now]
    assert [record.getMessage() for record in caplog.records] == [
        "clock_jump: the clock was set by +7200 seconds; this round is left out"
    ]
    assert db.session.get(Tick, "tick") is None
