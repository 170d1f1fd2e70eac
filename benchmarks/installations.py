"""Databases to measure on, and the processes that serve them: ours, and the floor started in the same way."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import socket

from alembic.config import Config
from alembic.script import ScriptDirectory

from cohort.cli.installation import gunicorn_command
from cohort.config import ROOT, MailServer, Mode, Settings

FOLDER = ROOT / "var" / "benchmarks"
SECRET_KEY = "only for measurements, and long enough for them"  # noqa: S105  of databases that hold made-up people
COHORT = [sys.executable, "-m", "cohort.cli"]
PATIENCE = 60
"""Seconds until a process must answer or have ended."""
MEBIBYTE = 1024
"""In kibibytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A database that is made once and only copied from; `commands` of ours fill it."""

    label: str
    key: str
    commands: Sequence[Sequence[str]]

    def prepare(self, folder: Path = FOLDER) -> Path:
        """The path of the database; makes it unless it is there, of this schema."""
        home = folder / f"{self.key}-{schema_head()}"
        if not (home / "made.json").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            began = time.perf_counter()
            for command in self.commands:
                subprocess.run([*COHORT, *command], cwd=ROOT, env=environment(home), check=True, timeout=900)
            (home / "made.json").write_text(json.dumps({"seconds": round(time.perf_counter() - began, 1)}))
        return home / "cohort.sqlite3"


def demo_source(today: str) -> Source:
    """The demo cohort, whose dates are told from `today`."""
    return Source("demo", f"demo-{today}", [["demo", "--no-start"]])


def seeded_source(cohorts: int, people: int, today: str) -> Source:
    size = ["--cohorts", str(cohorts), "--people", str(people)]
    return Source(f"{people:,} people", f"seed-{cohorts}x{people}-{today}", [["init"], ["seed", *size]])


def schema_head() -> str:
    return ScriptDirectory.from_config(Config(ROOT / "migrations" / "alembic.ini")).get_current_head() or "none"


def environment(home: Path, base_url: str = "http://127.0.0.1:8000") -> dict[str, str]:
    """What a process of ours is told: nothing of the caller's own settings."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "COHORT_MODE": "demo",
        "DATA_DIR": str(home),
        "DATABASE_URL": database_url(home),
        "SECRET_KEY": SECRET_KEY,
        "BASE_URL": base_url,
    }


def database_url(home: Path) -> str:
    return f"sqlite:///{home / 'cohort.sqlite3'}"


@dataclass(frozen=True, slots=True)
class Server:
    """A gunicorn with one worker, on loopback."""

    port: int
    process: "subprocess.Popen[bytes]"

    def memory(self) -> float | None:
        """MiB resident in the worker process; None where the system has no /proc."""
        with suppress(OSError, IndexError, ValueError):
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            return resident(int(children[0]))
        return None


@dataclass(frozen=True, slots=True)
class Installation:
    """A copy of a database with the application and the floor beside each other on it."""

    label: str
    home: Path
    ours: Server
    floor: Server

    @property
    def settings(self) -> Settings:
        """For the same application inside this process: where cookies are made and statements counted."""
        return Settings(
            mode=Mode.DEMO,
            database_url=database_url(self.home),
            secret_key=SECRET_KEY,
            base_url="http://127.0.0.1:8000",
            mail_server=MailServer("mailbox"),
            mail_from="cohort@demo.example",
            data_dir=self.home,
            log_level="WARNING",
        )


@contextmanager
def installed(label: str, database: Path, home: Path) -> Iterator[Installation]:
    """Serve a copy of `database` in `home`; both servers end with the block."""
    home.mkdir(parents=True)
    copy_database(database, home / "cohort.sqlite3")
    with ExitStack() as stack:
        ours = stack.enter_context(served(home, "wsgi:app"))
        floor = stack.enter_context(
            served(home, f"benchmarks.floor:create_floor({database_url(home)!r}, {SECRET_KEY!r})")
        )
        yield Installation(label, home, ours, floor)


def copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@contextmanager
def served(home: Path, application: str) -> Iterator[Server]:
    port = free_port()
    command = [application if word == "wsgi:app" else word for word in gunicorn_command(f"127.0.0.1:{port}", 1, 16)]
    with running(command, home, f"web-{port}.log") as process:
        wait_for_answer(port, process)
        yield Server(port, process)


@contextmanager
def running(command: Sequence[str], home: Path, log: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of ours while the block runs; its output goes to a file beside the data."""
    with (home / log).open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(home), stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_answer(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until anything answers on `port`; RuntimeError when the process ends or time is up."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as probe:
            probe.request("GET", "/health")
            probe.getresponse()
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers on port {port}; see the log beside the data")


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident(pid: int) -> float | None:
    """MiB of memory that the process holds now."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / MEBIBYTE
    return None


def worker_memory(home: Path, seconds: float) -> float | None:
    """MiB of `cohort worker` after `seconds` of planning and sending on this copy."""
    with running([*COHORT, "worker"], home, "worker.log") as process:
        with suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"the worker ended with {process.wait(seconds)}; see worker.log beside the data")
        return resident(process.pid)
