"""What goes wrong while people write: sessions end, servers restart and die, files are locked. No text is lost."""

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.journeys.running import RunningCohort
from tests.journeys.visitor import Answer, Visitor, get_password
from tests.journeys.working import ASSIGNMENT, CHECKIN

pytestmark = pytest.mark.slow

BRIGID, PRIYA = "brigid.penney@example.net", "priya.natarajan@example.com"
PASSWORD = "blue kettle morning"


@pytest.fixture(scope="module")
def brigid(cohort: RunningCohort) -> Visitor:
    return get_password(cohort.site, BRIGID, PASSWORD)


@pytest.fixture(scope="module")
def priya(cohort: RunningCohort) -> Visitor:
    return get_password(cohort.site, PRIYA, PASSWORD)


def save_draft(visitor: Visitor, cohort: RunningCohort, text: str, page: Answer | None = None) -> Answer:
    where = f"{cohort.path}/assignments/{ASSIGNMENT}"
    page = page or visitor.get(where)
    return visitor.send(where, page, version=page.value("version"), text=text, do="save")


def kept_text(visitor: Visitor, cohort: RunningCohort) -> str:
    return visitor.get(f"{cohort.path}/assignments/{ASSIGNMENT}").box("text")


def test_session_that_ends_while_somebody_types_keeps_the_text(cohort: RunningCohort, brigid: Visitor) -> None:
    elsewhere = Visitor(cohort.site)
    elsewhere.sign_in(BRIGID, PASSWORD)
    page = elsewhere.get(f"{cohort.path}/assignments/{ASSIGNMENT}")
    elsewhere.opener = Visitor(cohort.site).opener  # its cookie is gone

    answer = save_draft(elsewhere, cohort, "typed while signed out", page)
    assert (answer.status, "What you just sent is kept" in answer.text) == (401, True)
    kept = {name: answer.value(name) for name in ("kept_path", "kept")}
    again = elsewhere.send("/sign-in", answer, email=BRIGID, password=PASSWORD, **kept)
    fields = [(name, value) for name, value in json.loads(kept["kept"])]
    saved = elsewhere.send_pairs(kept["kept_path"], [("csrf_token", again.value("csrf_token")), *fields])

    assert saved.status == 200
    assert kept_text(brigid, cohort) == "typed while signed out"


def test_page_from_before_a_restart_of_the_server_is_still_taken(cohort: RunningCohort, brigid: Visitor) -> None:
    page = brigid.get(f"{cohort.path}/assignments/{ASSIGNMENT}")
    cohort.site.restart_web()

    answer = save_draft(brigid, cohort, "typed before the restart", page)

    assert (answer.status, kept_text(brigid, cohort)) == (200, "typed before the restart")


def test_two_tabs_with_two_texts_show_both(cohort: RunningCohort, priya: Visitor) -> None:
    first = second = priya.get(f"{cohort.path}/assignments/{ASSIGNMENT}")
    assert save_draft(priya, cohort, "text of the first tab", first).status == 200

    answer = save_draft(priya, cohort, "text of the second tab", second)

    assert answer.status == 409
    assert [text in answer.text for text in ("text of the first tab", "text of the second tab")] == [True, True]
    assert kept_text(priya, cohort) == "text of the first tab"


def test_posts_wait_while_another_program_locks_the_database(cohort: RunningCohort, brigid: Visitor) -> None:
    with locked(cohort.site.folder / "cohort.sqlite3", seconds=3):
        began = time.monotonic()
        answer = save_draft(brigid, cohort, "typed while it was locked")
        waited = time.monotonic() - began

    assert (answer.status, waited > 1) == (200, True)
    assert kept_text(brigid, cohort) == "typed while it was locked"


def test_no_acknowledged_text_is_lost_when_a_web_worker_is_killed(
    cohort: RunningCohort, brigid: Visitor, priya: Visitor
) -> None:
    writers = [Writer(visitor, cohort) for visitor in (brigid, priya)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        time.sleep(1)
        os.kill(cohort.site.web_workers()[0], signal.SIGKILL)
    time.sleep(2)
    for writer in writers:
        writer.stop.set()
        writer.join(40)

    assert [writer.is_alive() for writer in writers] == [False, False]
    assert [writer.acknowledged > 3 for writer in writers] == [True, True]
    for writer in writers:
        stored = int(writer.visitor.get(f"{cohort.path}/check-ins/{CHECKIN}").box("answer_0").removeprefix("text "))
        assert writer.acknowledged <= stored <= writer.sent


class Writer(threading.Thread):
    """Saves one text after another as a check-in's draft and remembers the last that was acknowledged."""

    def __init__(self, visitor: Visitor, cohort: RunningCohort) -> None:
        super().__init__()
        self.visitor, self.where = visitor, f"{cohort.path}/check-ins/{CHECKIN}"
        self.sent = self.acknowledged = 0
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self._save()
            except (OSError, HTTPException):  # the worker died under it
                time.sleep(0.1)

    def _save(self) -> None:
        page = self.visitor.get(self.where)
        if page.status == 503:  # still waiting for the lock that the dead one held
            return
        self.sent += 1
        fields = {"version": page.value("version"), "answer_0": f"text {self.sent}", "mood_for": "pair"}
        if self.visitor.send(f"{self.where}/draft", page, **fields).status == 200:
            self.acknowledged = self.sent


@contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the write lock of a SQLite file from outside, for some seconds, beginning now."""
    held = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    yield
    holder.join()
