"""Logs for machines: one JSON object a line, with ids and never with names, addresses or text that people wrote."""

import json
import logging
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request
from flask_login import current_user

web = logging.getLogger("cohort.web")
SAFEST_PYTHON = {11: 10, 12: 5}
"""Minor -> first patch of Python 3 whose e-mail package lets no header out of an encoded word (CVE-2024-6923)."""


class JsonLines(logging.Formatter):
    """Time in UTC, level, logger, message, and whatever the record carries in `extra={"facts": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if has_request_context():
            line["request"] = g.get("request_id")
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def install(app: Flask, level: str) -> None:
    """Write to standard error, once per process, and one line per request."""
    log = logging.getLogger("cohort")
    log.setLevel(level)
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        log.addHandler(handler)
        log.propagate = False
        warn_of_old_python(sys.version_info[1], sys.version_info[2])
    app.before_request(_start_watch)
    app.after_request(_note_request)


def warn_of_old_python(minor: int, patch: int) -> None:
    if patch < SAFEST_PYTHON.get(minor, 0):
        web.warning("this Python is old: install 3.%s.%s or newer", minor, SAFEST_PYTHON[minor])


def _start_watch() -> None:
    g.began = time.perf_counter()


def _note_request(response: Response) -> Response:
    facts = {
        "method": request.method,
        "endpoint": request.endpoint,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
        "person": current_user.person.id if current_user.is_authenticated else None,
    }
    web.info("request", extra={"facts": facts})
    return response
