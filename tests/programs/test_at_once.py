"""Several people publish at the same moment: one version comes of it, the others are told and keep their text."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from cohort import create_app
from cohort.config import Settings
from cohort.db import Base, db
from cohort.programs.importing import import_pack
from cohort.programs.models import ProgramVersion
from cohort.programs.packs import write_pack
from tests.build import Build, shipped_document
from tests.client import PageClient

EDITORS = 4


@pytest.fixture
def crowd(settings: Settings, own_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own, in which every request has its own transaction."""
    app = create_app(replace(settings, database_url=own_database_url, data_dir=tmp_path / "data"))
    app.test_client_class = PageClient
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.engine.dispose()


def test_of_texts_published_at_once_one_becomes_a_version(crowd: Flask, now: datetime) -> None:
    with crowd.app_context():
        import_pack(shipped_document(), by=None, now=now)
        admin = Build(now).person(is_admin=True)
        db.session.commit()
        windows = [crowd.test_client() for _ in range(EDITORS)]
        for window in windows:
            window.sign_in(admin)  # type: ignore[attr-defined]
        tokens = [window.csrf_token() for window in windows]  # type: ignore[attr-defined]
        db.session.remove()
    texts = [write_pack({**shipped_document(), "title": f"Leaders {number}"}) for number in range(EDITORS)]
    start = Barrier(EDITORS)

    def publish(number: int) -> int:
        form = {"csrf_token": tokens[number], "text": texts[number], "based_on": "1", "do": "import"}
        start.wait(timeout=30)
        with crowd.app_context():
            path = "/programs/emerging-leaders/text"
            answer = windows[number].post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
        return answer.status_code

    with ThreadPoolExecutor(EDITORS) as threads:
        codes = list(threads.map(publish, range(EDITORS)))

    assert sorted(codes) == [302, 409, 409, 409]
    with crowd.app_context():
        stored = [(one.number, one.document["title"]) for one in db.session.query(ProgramVersion).order_by("number")]
        db.session.remove()
    assert stored == [(1, "Emerging Leaders"), (2, f"Leaders {codes.index(302)}")]
