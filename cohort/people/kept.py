"""Text that was being sent when the session ended or the page had grown old: kept, and sent again with one click."""

import json
from urllib.parse import urlsplit

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from cohort.gate import current_actor
from cohort.people.forms import BY_LINK, AddressForm, EmptyForm, SignInForm

KEPT_LONGEST = 200_000


def keep_post() -> ResponseReturnValue:
    """Somebody sent a form after being signed out: show the sign-in form with what they typed kept in it."""
    if not _is_from_our_pages():
        abort(403)
    fields = [[name, value] for name, value in request.form.items(multi=True) if _is_kept(name)]
    kept = json.dumps(fields)
    form, by_link = SignInForm(formdata=None), AddressForm(formdata=None, prefix=BY_LINK)
    where = request.path if len(kept) <= KEPT_LONGEST else None
    page = render_template("people/sign_in.html", form=form, by_link=by_link, kept_path=where, kept=where and kept)
    return page, 401


def answer_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """The page was older than the session: offer to send the same text again, in one click."""
    if not _is_from_our_pages():
        return render_template("errors/400.html", message=error.description), 400
    if current_actor().is_anonymous and request.endpoint and not request.endpoint.startswith("people.sign_in"):
        return keep_post()
    fields = [(name, value) for name, value in request.form.items(multi=True) if _is_kept(name)]
    return render_template("people/send_again.html", path=request.path, fields=fields, form=EmptyForm()), 400


def resend_kept_post() -> ResponseReturnValue | None:
    path, kept = request.form.get("kept_path"), request.form.get("kept")
    if not path or not kept or len(kept) > KEPT_LONGEST or not _takes_posts(path):
        return None
    try:
        fields = [(str(name), str(value)) for name, value in json.loads(kept)]
    except (ValueError, TypeError):
        return None
    return render_template("people/send_again.html", path=path, fields=fields, form=EmptyForm(formdata=None))


def _takes_posts(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="POST")
    except (HTTPException, RequestRedirect):
        return False
    return path.startswith("/") and not path.startswith("//")


def _is_kept(name: str) -> bool:
    return name != "csrf_token" and "password" not in name


def _is_from_our_pages() -> bool:
    """True when the browser says that the form stood on one of our own pages (Fetch Metadata, or the Origin header)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin") or request.referrer or ""
    return urlsplit(origin).netloc == request.host
