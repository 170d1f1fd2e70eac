"""A process that takes any mail over SMTP as cheaply as Python can, so that what is measured is the sender.

python -m benchmarks.sink [20]     prints its port; ends when its input does

At its end it says how many mails it took, and how many different ones. With a number it takes so many milliseconds to
accept each mail, for all connections at once, as a relay does that writes mail to its disk.
"""

import heapq
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cohort.config import ROOT, MailServer

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n",
    b"HELO": b"250 sink\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_END = b"\r\n.\r\n"
_TAKEN = b"250 taken\r\n"
_ID = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)
_SEEN: Counter[bytes] = Counter()
"""How often each mail was taken, by its Message-ID."""


class _Talk:
    """One connection."""

    def __init__(self, connection: socket.socket, wait: float) -> None:
        self.connection, self.wait = connection, wait
        self.came = b""
        self.taken: list[float] = []
        """When to say that a mail was taken."""
        self.is_mail = False
        connection.sendall(b"220 sink\r\n")

    def read(self) -> bool:
        """False when the other side has gone."""
        try:
            part = self.connection.recv(1 << 18)
        except OSError:
            return False
        self.came += part
        answers = b"".join(self._answers())
        if answers:
            self.connection.sendall(answers)
        return bool(part) and not answers.startswith(b"221")

    def _answers(self) -> Iterator[bytes]:
        while True:
            line, found, rest = self.came.partition(_END if self.is_mail else b"\r\n")
            if not found:
                return
            self.came = rest
            if self.is_mail:
                self.is_mail = False
                _note(line)
                if self.wait:
                    self.taken.append(time.monotonic() + self.wait)
                else:
                    yield _TAKEN
                continue
            word = line[:4].upper()
            self.is_mail = word == b"DATA"
            yield _ANSWERS.get(word, b"250 OK\r\n")


def _note(mail: bytes) -> None:
    found = _ID.search(mail)
    _SEEN[found[1] if found else b""] += 1


def main() -> None:
    wait = int(sys.argv[1]) / 1000 if sys.argv[1:] else 0
    selector = selectors.DefaultSelector()
    door = socket.create_server(("127.0.0.1", 0))
    selector.register(door, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print(door.getsockname()[1], flush=True)
    due: list[tuple[float, int, socket.socket]] = []
    while True:
        for key, _ in selector.select(max(0, due[0][0] - time.monotonic()) if due else None):
            if key.fileobj is sys.stdin:
                print(_SEEN.total(), len(_SEEN), flush=True)
                return
            if key.fileobj is door:
                connection, _ = door.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, _Talk(connection, wait))
            elif key.data.read():
                while key.data.taken:
                    heapq.heappush(due, (key.data.taken.pop(), key.fd, key.data.connection))
            else:
                selector.unregister(key.data.connection)
                key.data.connection.close()
        while due and due[0][0] <= time.monotonic():
            heapq.heappop(due)[-1].sendall(_TAKEN)


@dataclass
class Sink:
    """The sink in a process of its own."""

    server: MailServer
    took: tuple[int, int] = (0, 0)
    """Once it has ended: how many mails, and how many different ones."""


@contextmanager
def sink(wait: int = 0) -> Iterator[Sink]:
    """A sink that is gone when the block ends; `wait` in milliseconds for each mail."""
    command = [sys.executable, "-m", "benchmarks.sink", *([str(wait)] if wait else [])]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        one = Sink(MailServer("smtp", "127.0.0.1", int(process.stdout.readline())))
        try:
            yield one
        finally:
            process.stdin.close()
            mails, different = map(int, process.stdout.readline().split())
            one.took = (mails, different)


if __name__ == "__main__":
    main()
