"""A browser as far as measuring needs one: a cookie, a kept connection, and forms sent as their page gives them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    seconds: float
    """From the first byte sent to the last one read."""


class Browser:
    """One person at one server, one request after the other over one connection."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Fields) -> Answer:
        return self._ask("POST", path, urlencode(fields).encode())

    def close(self) -> None:
        self.connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        try:
            return self._ask_once(method, path, body)
        except (HTTPException, ConnectionError):  # the server has closed a connection that lay idle
            self.connection.close()
            return self._ask_once(method, path, body)

    def _ask_once(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = self.headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {})
        began = time.perf_counter()
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        content = response.read()
        return Answer(response.status, content, time.perf_counter() - began)


@dataclass(slots=True)
class _Form:
    addresses: set[str]
    fields: Fields = field(default_factory=list)


class _Forms(HTMLParser):
    """Every form that is sent by POST, with the fields that a browser would send unless somebody typed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[_Form] = []
        self.open: _Form | None = None
        self.select = ""
        self.textarea: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            addresses = {urlsplit(of.get("action") or self.page).path, of.get("data-autosave", "")}
            self.open = _Form(addresses) if of.get("method", "").lower() == "post" else None
            self.forms += [self.open] if self.open else []
        elif self.open is not None:
            self._take(tag, of, self.open.fields)

    def _take(self, tag: str, of: Mapping[str, str], fields: Fields) -> None:
        name = of.get("name", "")
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in of or self.select not in dict(fields)):
            fields[:] = filled(fields, {self.select: of.get("value", "")})
        elif tag == "textarea":
            self.textarea = (name, "")
        elif tag == "input" and name and _is_sent(of):
            fields.append((name, of.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self.textarea is not None:
            self.textarea = (self.textarea[0], self.textarea[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.textarea is not None and self.open is not None:
            self.open.fields.append((self.textarea[0], self.textarea[1].removeprefix("\n")))
            self.textarea = None
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.open = None


def _is_sent(control: Mapping[str, str]) -> bool:
    kind = control.get("type", "text")
    return "checked" in control if kind in ("radio", "checkbox") else kind not in ("submit", "file")


def form_for(address: str, page: str, html: bytes) -> Fields:
    """The fields of the form on `page` that is sent, or autosaved, to `address`. Raises LookupError without one."""
    parser = _Forms(page)
    parser.feed(html.decode())
    for form in parser.forms:
        if address in form.addresses:
            return form.fields
    raise LookupError(f"{page} has no form for {address}, only for {[sorted(form.addresses) for form in parser.forms]}")


def filled(fields: Fields, values: Mapping[str, str]) -> Fields:
    """`fields` with `values` typed, chosen or pressed."""
    return [*((name, value) for name, value in fields if name not in values), *values.items()]
