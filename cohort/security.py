"""Headers of every answer, and the bounds of every request."""

from uuid import uuid4
from wsgiref.headers import Headers as StaticHeaders

from flask import Flask, Response, abort, g, request

from cohort.converters import LARGEST_NUMBER

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LARGEST_FORM = 1024 * 1024
"""Bytes of a form without files."""
NUMBERS = ("id", "page", "pair", "step", "version")
"""What pages read as numbers from the end of an address."""


def install(app: Flask) -> None:
    app.before_request(_bound)
    app.after_request(_add_headers)


def add_static_headers(headers: StaticHeaders, _path: str, _url: str) -> None:
    """For WhiteNoise, whose answers do not pass through the application."""
    for name, value in HEADERS.items():
        headers[name] = value


def _bound() -> None:
    """Refuse a form of unknown or excessive length: a chunked one would be cut off silently at the limit.

    And a number that no database holds: such a page does not exist.
    """
    g.request_id = uuid4().hex[:12]
    if any(_is_beyond(value) for name in NUMBERS for value in request.args.getlist(name)):
        abort(404)
    if request.method in ("POST", "PUT", "PATCH"):
        if request.content_length is None:
            abort(411)
        if request.mimetype != "multipart/form-data" and request.content_length > LARGEST_FORM:
            abort(413)


def _is_beyond(text: str) -> bool:
    try:
        return abs(int(text)) > LARGEST_NUMBER
    except ValueError:
        return False


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store, private")
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    return response
