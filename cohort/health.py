"""The liveness address: no data, no version, no session."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from cohort.db import db
from cohort.gate import public

bp = Blueprint("health", __name__)


@bp.get("/health")
@public("says only whether the application and its database answer")
def health() -> ResponseReturnValue:
    db.session.execute(text("select 1"))
    return {"status": "ok"}
