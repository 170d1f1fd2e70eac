"""A whole installation for a test: web and worker as processes of their own, a real SMTP server, a database."""

import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.client import HTTPConnection
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import processes

ROOT = Path(__file__).resolve().parents[2]


class Mailbox:
    """What the SMTP server on loopback accepted, in order."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"

    def to(self, address: str, subject: str = "") -> list[EmailMessage]:
        """The mails to `address` whose subject contains `subject`."""
        return [mail for mail in self.received if address in str(mail["To"]) and subject in str(mail["Subject"])]

    def wait_for(self, address: str, subject: str = "", *, seconds: float = 40) -> EmailMessage:
        """The newest such mail; waits until one has arrived."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := self.to(address, subject):
                return found[-1]
            time.sleep(0.1)
        last = [(str(mail["To"]), str(mail["Subject"])) for mail in self.received[-8:]]
        raise AssertionError(f"no mail to {address} about {subject!r} within {seconds} s; the last were {last}")


def links_in(mail: EmailMessage) -> list[str]:
    """Every address in the text part, in order."""
    body = mail.get_body(("plain",))
    assert body is not None
    return [link.rstrip(".,)") for link in re.findall(r"https?://\S+", body.get_content())]


class Site:
    """One installation. `start` it, use it, `stop` it; it ends only processes it started."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.mailbox = Mailbox()
        self.smtp = Controller(self.mailbox, hostname="127.0.0.1", port=free_port())
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.processes: list[BaseProcess] = []
        self.web: BaseProcess
        self._numbers = count()
        self.environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")},
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / "data"),
            "SECRET_KEY": "only for journeys, and long enough for them",
            "BASE_URL": self.base_url,
            "MAIL_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "MAIL_PER_SECOND": "0",
            "MAIL_FROM": "cohort@cohorts.example.org",
            "ORGANISATION": "Prairie MSP Peer Group",
        }

    def start(self, *, web_workers: int = 2, workers: int = 1) -> None:
        self.smtp.start()
        self.run("init")
        self.start_web(web_workers)
        for _ in range(workers):
            self.spawn_worker()
        self.wait_until_healthy()

    def start_web(self, workers: int = 2) -> None:
        serve = ("serve", "--bind", f"127.0.0.1:{self.port}", "--workers", str(workers), "--threads", "8")
        self.web = self.spawn(*serve)

    def restart_web(self) -> None:
        self.end(self.web)
        self.start_web()
        self.wait_until_healthy()

    def web_workers(self) -> list[int]:
        """The process ids of the web server's children, the oldest first."""
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in list(self.processes):
            self.end(process)
        self.smtp.stop()

    def end(self, process: BaseProcess) -> None:
        """Ask one of ours to stop and wait until it has; after 20 s it is killed."""
        process.terminate()
        process.join(20)
        if process.is_alive():
            process.kill()
            process.join(5)
        self.processes.remove(process)

    def spawn(self, *arguments: str) -> BaseProcess:
        """Start a command of ours as a process."""
        return self._begin(arguments[0], processes.command, *arguments)

    def spawn_worker(self) -> BaseProcess:
        """As `cohort worker`, but it looks every second: a journey waits for many mails."""
        return self._begin("worker", processes.worker, 1)

    def _begin(self, name: str, deed: Callable[..., object], *arguments: Any) -> BaseProcess:
        """Its output goes to a log beside the data."""
        log = self.folder / f"{name}-{len(self.processes)}.log"
        process = processes.start(deed, *arguments, environment=self.environment, output=log)
        self.processes.append(process)
        return process

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command of ours to its end and give what it printed."""
        name = f"{arguments[0]}-run-{next(self._numbers)}"
        output, errors = self.folder / f"{name}.out", self.folder / f"{name}.err"
        process = processes.start(
            processes.command, *arguments, environment=self.environment, output=output, errors=errors
        )
        process.join(120)
        printed = output.read_text()
        assert process.exitcode == expect, f"{arguments}: {process.exitcode}\n{printed}\n{errors.read_text()}"
        return printed

    def wait_until_healthy(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError), closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as probe:
                probe.request("GET", "/health")
                if probe.getresponse().status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the site does not answer; its log: {(self.folder / 'serve-0.log').read_text()[-2000:]}")


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
