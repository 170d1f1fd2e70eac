"""Starting the demo: once, alone, on a free port, ended by a signal; and starting over without harm to others."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from socket import socket

import pytest

from cohort.cli.demo import remove_demo
from cohort.cli.starting import find_port
from cohort.config import ROOT, Mode, Settings
from cohort.demo.story import HoldsOtherDataError, is_loaded
from tests.build import Build
from tests.cli.conftest import Installation


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.Popen(
        [sys.executable, "-m", "cohort.cli", "demo", "--port", "0", *arguments],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def running(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """A started demo: its port and what it has said. Ended by SIGTERM, and it must end well."""
    demo = start(folder)
    try:
        lines: list[str] = []
        assert demo.stdout is not None
        for line in demo.stdout:
            lines.append(line)
            if "Stop with Ctrl-C" in line:
                break
        port = re.search(r"Open http://127\.0\.0\.1:(\d+) ", "".join(lines))
        assert port, lines
        yield int(port[1]), lines
        demo.send_signal(signal.SIGTERM)
        rest = demo.stdout.read()
        assert (demo.wait(60), rest) == (0, "Stopped. The data is kept for the next start.\n")
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
        if demo.stdout is not None:
            demo.stdout.close()


def status_of(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as response:
            response.read()
            return response.status


def is_listening(port: int) -> bool:
    with socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_demo_loads_once_serves_alone_and_ends_with_its_children(tmp_path: Path) -> None:
    with running(tmp_path) as (port, said):
        assert any(line.startswith("Demo      loaded in ") for line in said)
        assert [status_of(port, path) for path in ("/health", "/sign-in", "/mailbox")] == [200, 200, 200]
        second = start(tmp_path, "--reset")
        assert "A demo is running on" in second.communicate(timeout=60)[0]
        assert second.returncode == 2
    assert not is_listening(port)
    with running(tmp_path) as (_, said):
        assert "Demo      is there already; kept\n" in said


def test_reset_removes_the_demo_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    own = replace(settings, mode=Mode.DEMO, data_dir=tmp_path)
    own.uploads_dir.mkdir()
    for name in ("cohort.sqlite3", "cohort.sqlite3-wal", "secret_key", "notes.txt", "uploads/aa"):
        (tmp_path / name).touch()
    remove_demo(own)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "secret_key"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"COHORT_MODE": "demo", "DATABASE_URL": "sqlite:////tmp/other.sqlite3"}, "Unset DATABASE_URL first"),
        ({"COHORT_MODE": "development", "DATABASE_URL": ""}, "COHORT_MODE is development"),
        (
            {
                "COHORT_MODE": "production",
                "SECRET_KEY": "x" * 40,
                "BASE_URL": "https://a.example",
                "MAIL_URL": "smtp://a",
            },
            "refused in production",
        ),
    ],
)
def test_reset_is_refused_where_it_could_harm(environment: dict[str, str], said: str, tmp_path: Path) -> None:
    kept = tmp_path / "cohort.sqlite3"
    kept.touch()
    demo = Installation(environment | {"DATA_DIR": str(tmp_path)})
    assert said in demo.run("demo", "--reset", "--no-start", expect=2).stderr
    assert kept.exists()


def test_seed_is_refused_in_production(installation: Installation) -> None:
    in_production = {
        "COHORT_MODE": "production",
        "SECRET_KEY": "only for tests, and long enough for them",
        "BASE_URL": "https://cohorts.example",
        "MAIL_URL": "smtp://127.0.0.1:1",
    }
    result = Installation(installation.environment | in_production).run("seed", expect=2)
    assert "refused in production" in result.stderr


def test_loading_is_refused_over_other_data(build: Build) -> None:
    build.person()
    with pytest.raises(HoldsOtherDataError):
        is_loaded()


def test_find_port_takes_the_next_one_when_somebody_listens() -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < find_port(port) <= port + 50


def test_find_port_takes_any_for_0() -> None:
    assert find_port(0) > 1023
