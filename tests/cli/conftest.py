"""The command line on an installation of its own: settings from the environment, an empty database, a folder."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from cohort import create_app
from cohort.cli import main
from cohort.db import db
from tests.postgres import empty_database_url

Run = Callable[..., Result]


class Installation:
    """Runs commands as a person would type them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def run(self, *arguments: object, expect: int = 0) -> Result:
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
            return create_app()


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
def installation(
    request: pytest.FixtureRequest, empty: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """With its tables."""
    folder = tmp_path_factory.mktemp("migrated")
    url = empty_database_url(request.config, folder)
    made = Installation(empty.environment | {"DATABASE_URL": url, "DATA_DIR": str(folder / "data")})
    made.run("init")
    return made


@pytest.fixture(scope="session")
def with_cohort(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """With the shipped program and one cohort of it, `spring-leaders`."""
    installation.run("import-program", PACK)
    arguments = ("--program", "emerging-leaders", "--title", "Spring Leaders", "--start", "2027-03-01")
    made = installation.run("create-cohort", *arguments, "--zone", "America/New_York", "--seats", 40)
    assert made.stdout == "spring-leaders\n"
    return installation


@pytest.fixture
def look(with_cohort: Installation) -> Iterator[None]:
    """Queries of a test go to the installation's database."""
    with with_cohort.app().app_context():
        yield
        db.session.remove()
        db.engine.dispose()


CONTENT = Path(__file__).resolve().parents[2] / "content"
PACK = CONTENT / "emerging-leaders.yaml"
