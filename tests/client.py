"""A test client that looks at every page it gets: valid HTML, one h1 that begins the title, unique ids, labels tied."""

import re
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from werkzeug.test import TestResponse

from cohort import clock
from cohort.db import db, may_write
from cohort.people import sessions
from cohort.people.models import Person

XHTML = "{http://www.w3.org/1999/xhtml}"
UNCOUNTED = re.compile(r"^\s*(BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|PRAGMA)", re.IGNORECASE)


class PageClient(FlaskClient):
    application: Flask

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():  # a context of its own, so that nothing is carried over between requests
            kwargs.setdefault("headers", {})
            response = super().open(*args, **kwargs)
        may_write.set(True)
        db.session.expire_all()
        if response.mimetype == "text/html" and response.get_data():
            check_page(response.get_data(as_text=True))
        return response

    def sign_in(self, person: Person) -> "PageClient":
        """Sign `person` in as the sign-in page does, without the cost of a password."""
        token = sessions.begin(person, device="tests", now=clock.now())
        db.session.commit()
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
            cookie["_fresh"] = True
            cookie.permanent = True
        return self

    def send(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form with a token of this session, as from one of our own pages."""
        headers = {"Sec-Fetch-Site": "same-origin", **kwargs.pop("headers", {})}
        return self.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, headers=headers, **kwargs)

    def csrf_token(self) -> str:
        """A token as the pages of this session carry it, without the cost of a page."""
        with self.session_transaction() as cookie:
            secret = cookie.setdefault("csrf_token", token_hex())
        signer = URLSafeTimedSerializer(self.application.config["SECRET_KEY"], salt="wtf-csrf-token")
        return str(signer.dumps(secret))


def check_page(html: str) -> None:
    """Fail on anything that no page of ours may have."""
    document = html5lib.HTMLParser(strict=True).parse(html)
    headings = ["".join(h.itertext()).strip() for h in document.iter(f"{XHTML}h1")]
    title = "".join(document.find(f".//{XHTML}title").itertext()).strip()
    assert len(headings) == 1, f"a page has one h1, this one has {headings}"
    assert " ".join(title.split()).startswith(" ".join(headings[0].split())), (
        f"{title!r} does not begin with {headings[0]!r}"
    )
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    for element in document.iter():
        for name in ("aria-describedby", "aria-labelledby", "for"):
            missing = set((element.get(name) or "").split()) - set(ids)
            assert not missing, f"{name} names {missing}, which are not on the page"
        assert element.get("style") is None and not any(name.startswith("on") for name in element.attrib), "inline code"
    check_labels(document)


def check_labels(document: Any) -> None:
    labelled = {label.get("for") for label in document.iter(f"{XHTML}label")}
    inside = {control for label in document.iter(f"{XHTML}label") for control in label.iter()}
    for control in [
        *document.iter(f"{XHTML}input"),
        *document.iter(f"{XHTML}select"),
        *document.iter(f"{XHTML}textarea"),
    ]:
        if control.get("type") in ("hidden", "submit") or control.get("aria-hidden"):
            continue
        named = control.get("id") in labelled or control in inside or control.get("aria-label")
        assert named, f"no label: {control.get('name')}"


def path_of(response: TestResponse) -> str:
    """The path a redirect leads to."""
    return urlsplit(response.location or "").path


class QueryCount:
    """Statements sent to the database while it is entered, savepoints and the like aside."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.statements: list[str] = []

    def __enter__(self) -> "QueryCount":
        self.statements = []
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if event.contains(self.engine, "before_cursor_execute", self._note):
            event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not UNCOUNTED.match(statement):
            self.statements.append(statement)

    @property
    def count(self) -> int:
        return len(self.statements)
