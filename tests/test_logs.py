"""Logs carry ids, and nothing that people are called or have written."""

import json
import logging
from collections.abc import Iterator

import pytest

from cohort.logs import JsonLines, warn_of_old_python
from tests.build import Build
from tests.client import PageClient


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Kept]:
    kept, logger = Kept(), logging.getLogger("cohort")
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel("INFO")
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(level)


def test_request_is_one_line_with_ids_only(build: Build, client: PageClient, log: Kept) -> None:
    person = build.person("Canary Featherstone", email="canary@example.com")
    client.sign_in(person)
    log.lines.clear()

    client.send("/profile", {"name": "Canary Nightingale", "time_zone": "Europe/London", "theme": "dark"})

    line = json.loads(log.lines[-1])
    assert (line["endpoint"], line["method"], line["status"], line["person"]) == (
        "people.profile",
        "POST",
        302,
        person.id,
    )
    assert "canary" not in "".join(log.lines).lower()


def test_old_python_is_named(log: Kept) -> None:
    warn_of_old_python(11, 7)
    warn_of_old_python(11, 10)

    assert [json.loads(line)["message"] for line in log.lines] == ["this Python is old: install 3.11.10 or newer"]
