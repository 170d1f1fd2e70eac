"""Somebody with a cookie jar and no browser: gets pages, sends their forms, and may do so in a thread of its own."""

import re
from dataclasses import dataclass
from html import unescape
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.journeys.site import Site, links_in

SECONDS = 30


@dataclass(frozen=True)
class Answer:
    status: int
    path: str
    text: str

    def value(self, name: str) -> str:
        """What the hidden or text field `name` holds on this page."""
        tags = re.findall(r"<input[^>]*>", self.text)
        tag = next(tag for tag in tags if f'name="{name}"' in tag)
        found = re.search(r'value="([^"]*)"', tag)
        return unescape(found.group(1)) if found else ""

    def box(self, name: str) -> str:
        """What stands in the text box `name`."""
        found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\s?(.*?)</textarea>', self.text, re.DOTALL)
        assert found, f"{self.path} has no box {name}"
        return unescape(found.group(1)).strip()


class Visitor:
    def __init__(self, site: Site) -> None:
        self.base_url = site.base_url
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        return self._open(Request(self.base_url + path))  # noqa: S310  our own site

    def send(self, path: str, page: Answer, **fields: str) -> Answer:
        """Send a form that stands on `page`."""
        return self.send_pairs(path, [("csrf_token", page.value("csrf_token")), *fields.items()])

    def send_pairs(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        headers = {"Origin": self.base_url, "Sec-Fetch-Site": "same-origin"}
        return self._open(Request(self.base_url + path, urlencode(fields).encode(), headers))  # noqa: S310

    def sign_in(self, email: str, password: str) -> Answer:
        page = self.get("/sign-in")
        return self.send("/sign-in", page, email=email, password=password)

    def _open(self, request: Request) -> Answer:
        """Errors are answers, too. Raises OSError when there is none."""
        try:
            with self.opener.open(request, timeout=SECONDS) as response:
                return _answer(response.status, response.url, response.read(), self.base_url)
        except HTTPError as error:
            with error:
                return _answer(error.code, error.url, error.read(), self.base_url)


def _answer(status: int, url: str, body: bytes, base_url: str) -> Answer:
    return Answer(status, url.removeprefix(base_url), body.decode(errors="replace"))


def get_password(site: Site, email: str, password: str) -> Visitor:
    """Somebody whom the organisers enrolled asks for a link by mail, and is signed in by choosing a password."""
    visitor = Visitor(site)
    page = visitor.get("/forgotten-password")
    assert visitor.send("/forgotten-password", page, email=email).status == 200
    link = links_in(site.mailbox.wait_for(email, "password"))[0].removeprefix(site.base_url)
    page = visitor.get(link)
    answer = visitor.send(link, page, password=password)
    assert answer.status == 200, answer.text[:2000]
    return visitor
