"""The demo, loaded once for all tests of this folder into a database of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import time_machine
from flask import Flask

from cohort import create_app
from cohort.cli.demo import tell_story
from cohort.config import Mode, Settings
from cohort.db import Base, db
from cohort.demo.people import find_person
from cohort.people import passwords
from tests.client import PageClient
from tests.conftest import NOW
from tests.postgres import empty_database_url


@dataclass(frozen=True)
class Demo:
    app: Flask
    settings: Settings

    def visitor(self, email: str) -> PageClient:
        """A browser in which the person with this address, or with this part before the @, is signed in."""
        client: PageClient = self.app.test_client()
        return client.sign_in(find_person(email))


@pytest.fixture(scope="session")
def loaded(
    request: pytest.FixtureRequest, database_url: str, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """As it is at NOW; `database_url` is asked for only so that the run on PostgreSQL has these tests too."""
    folder = tmp_path_factory.mktemp("demo")
    own = replace(
        settings, mode=Mode.DEMO, database_url=empty_database_url(request.config, folder), data_dir=folder / "data"
    )
    app = create_app(own)
    app.testing = True
    app.test_client_class = PageClient
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False), app.app_context():
        patch.setattr(passwords, "METHOD", "pbkdf2:sha256:1")
        Base.metadata.create_all(db.engine)
        tell_story(own)
        db.session.remove()
        engine = db.engine
    yield Demo(app, own)  # outside: the whole run shares this, and time goes on for the others
    engine.dispose()


@pytest.fixture
def demo(loaded: Demo) -> Iterator[Demo]:
    with time_machine.travel(NOW, tick=False), loaded.app.app_context():
        yield loaded
        db.session.rollback()
