"""Several windows of one person save at the same moment: one wins, the others are told, nothing is overwritten."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from cohort import create_app
from cohort.assignments.models import Submission
from cohort.config import Settings
from cohort.db import Base, db
from tests.build import Build
from tests.client import PageClient
from tests.learning.cast import make_cast

WINDOWS = 4


@pytest.fixture
def crowd(settings: Settings, own_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own, in which every request has its own transaction."""
    app = create_app(replace(settings, database_url=own_database_url, data_dir=tmp_path / "data"))
    app.test_client_class = PageClient
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.engine.dispose()


def test_of_drafts_saved_at_once_one_is_kept(crowd: Flask, now: datetime) -> None:
    with crowd.app_context():
        cast = make_cast(Build(now))
        address = f"{cast.home}/assignments/three-conversations/draft"
        windows = [crowd.test_client() for _ in range(WINDOWS)]
        for window in windows:
            window.sign_in(cast.priya)  # type: ignore[attr-defined]
        tokens = [window.csrf_token() for window in windows]  # type: ignore[attr-defined]
        db.session.remove()
    start = Barrier(WINDOWS)

    def save(number: int) -> int:
        start.wait(timeout=30)
        form = {"csrf_token": tokens[number], "text": f"Window {number}", "version": "0"}
        with crowd.app_context():
            answer = windows[number].post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})
        return answer.status_code

    with ThreadPoolExecutor(WINDOWS) as threads:
        codes = list(threads.map(save, range(WINDOWS)))

    assert sorted(codes) == [200, 409, 409, 409]
    with crowd.app_context():
        kept = db.session.query(Submission).one()
        assert (kept.text, kept.version) == (f"Window {codes.index(200)}", 1)
        db.session.remove()
