"""The command line on an installation of its own: settings from the environment, an empty database, a folder."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from cohort import create_app
from cohort.cli import main
from cohort.config import Settings, load
from cohort.db import db
from tests.postgres import empty_database_url

Run = Callable[..., Result]


class Installation:
    """Runs commands as a person would type them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def run(self, *arguments: object, expect: int = 0) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("cohort.create_app", lambda: _app_for(load()))
            result = CliRunner().invoke(main, [str(argument) for argument in arguments], env=self.environment)
        assert result.exit_code == expect, f"{arguments}: {result.exit_code}\n{result.output}\n{result.exception!r}"
        return result

    def json(self, *arguments: object, expect: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", expect=expect).stdout)

    def app(self) -> Flask:
        """The application on the same database, to look into it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return _app_for(load())


@cache
def _app_for(settings: Settings) -> Flask:
    """Made once for each installation: a process makes one, and these tests run a hundred commands in one process."""
    return create_app(settings)


@pytest.fixture(scope="session")
def empty(
    request: pytest.FixtureRequest, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Nothing but settings; `database_url` is asked for only so that the run on PostgreSQL has these tests too."""
    folder = tmp_path_factory.mktemp("installation")
    environment = {
        "COHORT_MODE": "development",
        "DATABASE_URL": empty_database_url(request.config, folder),
        "DATA_DIR": str(folder / "data"),
        "BASE_URL": "http://127.0.0.1:8000",
        "LOG_LEVEL": "ERROR",
    }
    yield Installation(environment)


@pytest.fixture(scope="session")
def make_installation(
    request: pytest.FixtureRequest, empty: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Installation]:
    """Makes one more, with its tables."""

    def make() -> Installation:
        folder = tmp_path_factory.mktemp("migrated")
        url = empty_database_url(request.config, folder)
        made = Installation(empty.environment | {"DATABASE_URL": url, "DATA_DIR": str(folder / "data")})
        made.run("init")
        return made

    return make


@pytest.fixture(scope="session")
def installation(make_installation: Callable[[], Installation]) -> Installation:
    """With its tables."""
    return make_installation()


@pytest.fixture(scope="session")
def with_cohort(installation: Installation) -> Installation:
    """With the shipped program and one cohort of it, `spring-leaders`, in which nobody is."""
    return found_cohort(installation)


def found_cohort(installation: Installation) -> Installation:
    installation.run("import-program", PACK)
    arguments = ("--program", "emerging-leaders", "--title", "Spring Leaders", "--start", "2027-03-01")
    made = installation.run("create-cohort", *arguments, "--zone", "America/New_York", "--seats", 40)
    assert made.stdout == "spring-leaders\n"
    return installation


@pytest.fixture(scope="session")
def running(make_installation: Callable[[], Installation]) -> Installation:
    """Another one, in whose cohort the shipped rosters are taken in, matched and launched."""
    made = found_cohort(make_installation())
    for kind, file in (("participant", "participants"), ("mentor", "mentors"), ("staff", "staff")):
        made.run("import-people", "spring-leaders", CONTENT / f"{file}.csv", "--as", kind, "--enrol")
    made.run("match-cohort", "spring-leaders", "--publish")
    made.run("launch", "spring-leaders")
    return made


@contextmanager
def looking_into(installation: Installation) -> Iterator[None]:
    """Queries go to the installation's database."""
    with installation.app().app_context():
        yield
        db.session.remove()
        db.engine.dispose()


CONTENT = Path(__file__).resolve().parents[2] / "content"
PACK = CONTENT / "emerging-leaders.yaml"
