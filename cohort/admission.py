"""An admission gate: fewer requests run at once than there are threads, so that one is left to say "try again"."""

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

AT_ONCE = 6
WAIT = 0.2
"""Seconds a request may wait to be let in before it is told to come back."""
ALWAYS = ("/health", "/metrics", "/static/")
BUSY = (
    b"<!doctype html><html lang=en><title>Busy for a moment</title><h1>Busy for a moment</h1>"
    b"<p>Many people are here at once. Nothing was saved: go back, your text is still there, and send it again.</p>"
)


class Admission:
    """Lets `AT_ONCE` requests of a process run; the next gets 503 with a time to come back. What watches is let in."""

    def __init__(self, app: Wsgi, at_once: int = AT_ONCE) -> None:
        self.app = app
        self.places = BoundedSemaphore(at_once)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(ALWAYS):
            return self.app(environ, start_response)
        if not self.places.acquire(timeout=WAIT):
            headers = [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Retry-After", "5"),
                ("Cache-Control", "no-store"),
            ]
            start_response("503 Service Unavailable", headers)
            return [BUSY]
        try:
            return self.app(environ, start_response)
        finally:
            self.places.release()
