"""The pages for what goes wrong: what happened, that nothing was lost, where to go."""

import logging

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, default_exceptions

from cohort.db import db
from cohort.errors import DomainError

log = logging.getLogger("cohort.web")
PAGES = frozenset({400, 403, 404, 409, 410, 413, 429, 500, 503})
BUSY_AGAIN_AFTER = "10"


def install(app: Flask) -> None:
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(OperationalError, _database_busy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _page(status: int, message: str | None = None) -> tuple[str, int]:
    """The page of `status`. Whatever the request had begun is rolled back, so that the page itself can read."""
    db.session.rollback()
    template = status if status in PAGES else 400 if status < 500 else 500
    return render_template(f"errors/{template}.html", message=message, request_id=g.get("request_id", "-")), status


def _refused(refusal: DomainError) -> ResponseReturnValue:
    return _page(refusal.status, refusal.message)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400 or isinstance(error.response, Response):
        return error.get_response()
    own_words = error.description != getattr(default_exceptions.get(error.code), "description", None)
    body, status = _page(
        error.code, error.description if own_words and not isinstance(error, RateLimitExceeded) else None
    )
    allowed = getattr(error, "valid_methods", None)
    return (body, status, {"Allow": ", ".join(allowed)}) if allowed else (body, status)


def _database_busy(error: OperationalError) -> ResponseReturnValue:
    """Another writer held the database too long, or the disk is full: say so, keep the text, ask to try again."""
    log.warning("database unavailable request=%s endpoint=%s", g.get("request_id"), request.endpoint)
    body, status = _page(503)
    return body, status, {"Retry-After": BUSY_AGAIN_AFTER}


def _bug(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected failure request=%s endpoint=%s", g.get("request_id"), request.endpoint)
    return _page(500)
