"""Turning mail off by its link: a page with one button, and the one click of mail programs (RFC 8058)."""

from flask import abort, current_app, render_template
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from cohort.config import Settings
from cohort.db import db
from cohort.gate import public
from cohort.limits import secrets_limit
from cohort.mail.blueprint import bp
from cohort.mail.unsubscribing import find_subscriber, turn_off
from cohort.people.models import Person


@bp.get("/u/<token>")
@public("the link of a mail: shows one button and changes nothing")
def unsubscribe(token: str) -> ResponseReturnValue:
    return render_template("mail/unsubscribe.html", person=_subscriber(token), token=token)


@bp.post("/u/<token>")
@public("one click in a mail program, without cookies; the signed token says whose mail it is")
@secrets_limit
def unsubscribe_now(token: str) -> ResponseReturnValue:
    person = _subscriber(token)
    turn_off(person)
    db.session.commit()
    return render_template("mail/unsubscribed.html", person=person)


@bp.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """A mail program has no page of ours to take a CSRF token from."""
    state.app.extensions["csrf"].exempt(unsubscribe_now)


def _subscriber(token: str) -> Person:
    settings: Settings = current_app.extensions["settings"]
    person = find_subscriber(token, (*settings.secret_key_fallbacks, settings.secret_key))
    if person is None:
        abort(404)
    return person
