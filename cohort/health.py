"""What machines that watch the installation ask. No session, and nothing about people."""

from hmac import compare_digest

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from cohort import clock
from cohort.config import Settings
from cohort.db import db
from cohort.gate import public
from cohort.mail.condition import read_condition
from cohort.mail.metrics import CONTENT_TYPE, as_text, read_gauges

bp = Blueprint("health", __name__)


@bp.get("/health")
@public("says only whether the application and its database answer")
def health() -> ResponseReturnValue:
    db.session.execute(text("select 1"))
    return {"status": "ok"}


@bp.get("/health/mail")
@public("says only whether mail leaves, and which check fails")
def mail() -> ResponseReturnValue:
    condition = read_condition(clock.now(), _settings().mail_mode)
    failing = [trouble.check for trouble in condition.faults]
    return {"status": "failing" if failing else "ok", "failing": failing}, 503 if failing else 200


@bp.get("/metrics")
@public("asks for a token of its own, and is not there where none is set")
def metrics() -> ResponseReturnValue:
    token = _settings().metrics_token
    if not token:
        abort(404)
    if not compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        headers = {"WWW-Authenticate": "Bearer", "Content-Type": "text/plain; charset=utf-8"}
        return "This needs the token of METRICS_TOKEN.\n", 401, headers
    return as_text(read_gauges(clock.now())), {"Content-Type": CONTENT_TYPE}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
