"""Running the web and the worker of the demo as children of one command that ends them together."""

import fcntl
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from threading import Event
from time import monotonic

import click

from cohort.cli.common import refuse
from cohort.cli.installation import gunicorn_command
from cohort.config import ROOT

HOST = "127.0.0.1"
PORTS_TRIED = 50
PATIENCE = 60
"""Seconds until the web must answer."""
GRACE = 40
"""Seconds that children have to end by themselves; gunicorn lets requests finish for 30."""
LOOK_EVERY = 0.1
"""Seconds between two looks at the children."""
WORKER = [sys.executable, "-m", "cohort.cli", "worker"]

Children = Mapping[str, "subprocess.Popen[bytes]"]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the data folder: a second demo, or a reset under a running one, is refused with 2."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            refuse([f"A demo is running on {folder}. Stop it first, or set DATA_DIR to another folder."])
        yield


def find_port(wanted: int) -> int:
    """`wanted` or the next port nobody listens on; any free one for 0. Ends with 2 when there is none."""
    tried = range(wanted, min(wanted + PORTS_TRIED, 65536))
    port = next(filter(None, map(_bind, tried)), None)
    if port is None:
        refuse([f"The ports from {wanted} to {tried[-1]} are all taken. Choose another with --port."])
    return port


def _bind(port: int) -> int | None:
    """The port that could be bound, None when somebody listens on it."""
    with socket() as probe, suppress(OSError):
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return int(probe.getsockname()[1])
    return None


def run_site(port: int, *, environment: Mapping[str, str], logs: Path, greeting: str) -> int:
    """Start web and worker, print `greeting` once the web answers, and stay until a signal or the end of either.

    Both end when one does; nothing is restarted. Gives the exit code: 0 after a signal, 1 after a failure.
    """
    commands = {"web": gunicorn_command(f"{HOST}:{port}", workers=1, threads=16), "worker": WORKER}
    stop = _stop_on_signals()
    children = {name: _start(command, environment, logs / f"{name}.log") for name, command in commands.items()}
    try:
        problem = _watch(children, port, stop, logs, greeting)
    finally:
        _end(children)
    click.echo(problem or "Stopped. The data is kept for the next start.", err=bool(problem))
    return 1 if problem else 0


def _watch(children: Children, port: int, stop: Event, logs: Path, greeting: str) -> str | None:
    """Stay until `stop`; gives what went wrong, if something did."""
    began, has_answered = monotonic(), False
    while not stop.wait(LOOK_EVERY):
        for name, child in children.items():
            if child.poll() is not None:
                return f"The {name} has ended. Its last lines:\n{_tail(logs / f'{name}.log')}"
        if not has_answered and _answers(port):
            has_answered = True
            click.echo(greeting)
        if not has_answered and monotonic() - began > PATIENCE:
            return f"The web did not answer within {PATIENCE} seconds. See web.log in the data folder."
    return None


def _stop_on_signals() -> Event:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _start(command: list[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that Ctrl-C in a terminal reaches us alone and is passed on once."""
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603  our own interpreter, no shell
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _end(children: Children) -> None:
    for child in children.values():
        child.terminate()
    latest = monotonic() + GRACE
    for child in children.values():
        try:
            child.wait(max(0.0, latest - monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
