"""A process that takes any mail over SMTP as cheaply as Python can, so that what is measured is the sender.

python -m benchmarks.sink      prints its port; ends when its input does
"""

import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cohort.config import ROOT, MailServer

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n",
    b"HELO": b"250 sink\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_END = b"\r\n.\r\n"


class _Talk:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.came = b""
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
                yield b"250 taken\r\n"
                continue
            word = line[:4].upper()
            self.is_mail = word == b"DATA"
            yield _ANSWERS.get(word, b"250 OK\r\n")


def main() -> None:
    selector = selectors.DefaultSelector()
    door = socket.create_server(("127.0.0.1", 0))
    selector.register(door, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print(door.getsockname()[1], flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is door:
                connection, _ = door.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, _Talk(connection))
            elif not key.data.read():
                selector.unregister(key.data.connection)
                key.data.connection.close()


@contextmanager
def sink() -> Iterator[MailServer]:
    """The sink in a process of its own, which is gone when the block ends."""
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        yield MailServer("smtp", "127.0.0.1", int(process.stdout.readline()))
        process.stdin.close()


if __name__ == "__main__":
    main()
