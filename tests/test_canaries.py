"""Who gets to read what: a word of its own in every private place, looked for on every page, as everybody.

Pages are those that each person reaches by links from their home, and every address of every route besides.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from cohort.config import Settings
from cohort.db import db
from cohort.logs import JsonLines
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.smtp import SmtpTransport
from cohort.reminders.tick import run_tick
from tests.build import Build
from tests.client import PageClient
from tests.mail.smtp import Inbox, smtp_server
from tests.routes import requests_to
from tests.world import World, make_world

pytestmark = pytest.mark.crawl

CANARY = re.compile(r"canary-[a-z-]+")
LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
CONTENT = re.compile(r"/(static|programs|new-cohort|import-program)\b|.*/(lessons|modules|workshops)/")
"""Links to what the program says, the same for everybody; one page of each kind is looked at all the same."""
PAIR = {"owner", "mentor"}
STAFF = {"facilitator", "lead", "observer"}
READERS = {
    "work-of-owner": PAIR | STAFF,
    "work-file-of-owner": PAIR | STAFF,
    "work-content-of-owner": PAIR | STAFF,
    "draft-of-owner": {"owner"},
    "draft-file-of-owner": {"owner"},
    "draft-content-of-owner": {"owner"},
    "answer-of-owner": PAIR,
    "vow-of-owner": PAIR,
    "answer-of-owner-draft": {"owner"},
    "vow-of-owner-draft": {"owner"},
    "shared-note-of-owner": PAIR,
    "mentors-own-note-of-owner": {"mentor"},
    "mentees-own-note-of-owner": {"owner"},
    "promise-of-owner": PAIR,
    "goal-of-owner": PAIR | STAFF,
    "style-of-owner": {"owner"} | STAFF,
    "veto-of-owner": {"lead", "owner"},
    "veto-of-mentor": {"lead", "mentor"},
    "match-of-owner": PAIR | STAFF,
    "extension-of-owner": STAFF,
    "link": STAFF,
    "materials": {"facilitator", "lead"},
    "above": STAFF,
    "extension-answer-of-owner": PAIR | {"facilitator", "lead"},
    "manager-of-owner": {"owner"} | STAFF,
    "work-of-withdrawn": STAFF | {"withdrawn"},
    "work-file-of-withdrawn": STAFF | {"withdrawn"},
    "work-content-of-withdrawn": STAFF | {"withdrawn"},
    "draft-of-withdrawn": {"withdrawn"},
    "draft-file-of-withdrawn": {"withdrawn"},
    "draft-content-of-withdrawn": {"withdrawn"},
    "answer-of-withdrawn": {"withdrawn"},
    "vow-of-withdrawn": {"withdrawn"},
    "answer-of-withdrawn-draft": {"withdrawn"},
    "vow-of-withdrawn-draft": {"withdrawn"},
    "shared-note-of-withdrawn": {"withdrawn", "other mentor"},
    "mentors-own-note-of-withdrawn": {"other mentor"},
    "mentees-own-note-of-withdrawn": {"withdrawn"},
    "promise-of-withdrawn": {"withdrawn"},
    "goal-of-withdrawn": STAFF | {"withdrawn"},
    "style-of-withdrawn": STAFF | {"withdrawn"},
    "match-of-withdrawn": STAFF | {"withdrawn"},
    "extension-of-withdrawn": STAFF,
    "extension-answer-of-withdrawn": {"facilitator", "lead"},
    "manager-of-withdrawn": STAFF | {"withdrawn"},
    "goal-of-invited": STAFF | {"invited"},
    "reason-of-invited": STAFF,
    "reason-of-mentor": STAFF,
    "reason-of-withdrawn": STAFF,
    "close-reason": STAFF,
    "fault-of-run": {"lead"},
    "concern-of-owner": {"lead"},
    "why-asked": STAFF | {"other mentor"},
    "why-not": STAFF,
}
"""What the access matrix says of each private word; nobody else meets it anywhere."""
ADDRESSES_READ_BY_STAFF = STAFF | {"admin"}
MOST_ALIKE = 15
"""More than there are people and things of theirs in the world."""
OUTSIDE = {"admin", "stranger", "lead elsewhere"}
"""Those whose address staff of the cohort do not read, an observer's and an admin's among them."""


@pytest.fixture
def world(build: Build, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("tests.client.check_page", lambda _: None)  # each page is looked at by the tests of its feature
    world = make_world(build, settings.uploads_dir)
    db.session.commit()
    return world


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The lines that were logged, as they are written."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    keep = Keep()
    logging.getLogger("cohort").addHandler(keep)
    yield lines
    logging.getLogger("cohort").removeHandler(keep)


def kind_of(app: Flask, address: str) -> str:
    """The endpoint behind an address; the address itself where there is none."""
    try:
        return app.url_map.bind("localhost").match(urlsplit(address).path)[0]
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return address


def crawl(client: PageClient, start: list[str]) -> Iterator[str]:
    """The text of every page that is reached from `start` by links; of many alike, such as dates, only the first."""
    known, waiting = set(start), list(start)
    alike: Counter[str] = Counter()
    while waiting:
        with client.get(waiting.pop(0)) as answer:
            text = answer.get_data(as_text=True)
            links = [answer.location] if answer.location else LINK.findall(text)
        yield text
        new = {link.replace("&amp;", "&") for link in links if not CONTENT.match(link)} - known
        known |= new
        for link in sorted(new):
            kind = kind_of(client.application, link)
            alike[kind] += 1
            if alike[kind] <= MOST_ALIKE:
                waiting.append(link)


def readers_of_address(name: str) -> set[str]:
    if name in ("stranger", "admin"):
        return {name}
    return {name, "admin"} if name in OUTSIDE else {name} | ADDRESSES_READ_BY_STAFF


def test_private_words_are_read_by_those_they_are_for(
    app: Flask, client: PageClient, world: World, logged: list[str]
) -> None:
    addresses = [request.path for request in requests_to(app, world) if request.method == "GET"]
    seen: dict[str, set[str]] = {}
    titles = ""
    for name in world.cast:
        client.sign_in(world.cast[name])
        for text in crawl(client, ["/", *dict.fromkeys(addresses)]):
            titles += " ".join(TITLE.findall(text))
            for word in CANARY.findall(text):
                seen.setdefault(word.removeprefix("canary-"), set()).add(name)

    accounts = {name.replace(" ", "-"): readers_of_address(name) for name in world.cast}
    assert seen == READERS | accounts
    assert (CANARY.findall(titles), CANARY.findall("".join(logged))) == ([], [])


def test_list_of_people_as_a_file_holds_no_words_of_theirs(client: PageClient, world: World) -> None:
    client.sign_in(world.cast["lead"])

    files = [
        client.get(f"/cohorts/{world.cohort.slug}/people.csv?list={name}").get_data(as_text=True)
        for name in ("participants", "mentors", "staff")
    ]

    found = {word.removeprefix("canary-") for word in CANARY.findall("".join(files))}
    outside = {"admin", "stranger", "lead-elsewhere"}
    assert found == {name.replace(" ", "-") for name in world.cast} - outside


def test_mails_hold_no_private_word_but_those_for_their_reader(build: Build, world: World, settings: Settings) -> None:
    """All that is due now and in the next days, as it leaves."""
    pairing, cohort_id, now = world.owner.pairing.id, world.cohort.id, build.now
    for name in ("owner", "mentor"):
        key = f"match-published:{pairing}:{name}"
        queue(world.cast[name], "match-published", {"pairing_id": pairing}, key=key, now=now, cohort_id=cohort_id)
    db.session.commit()
    inbox = Inbox()
    with smtp_server(inbox) as server, SmtpTransport(server) as transport:
        for days in range(3):
            run_tick(now + timedelta(days=days), settings, transport)

    arrived = {str(mail["Message-ID"]): mail for mail in inbox.mails}
    held: dict[str, set[str]] = {}
    for message in db.session.scalars(select(Message).where(Message.state == MessageState.SENT)):
        words = words_in(arrived[f"<{message.message_id}>"], message.to_address or "")
        held.setdefault(message.template, set()).update(words)
    kinds = (
        "welcome",
        "submission-receipt",
        "reminder",
        "schedule-changed",
        "extension-asked",
        "meeting-proposed",
        "extension-granted",
        "staff-digest",
    )
    meant_for_them = {
        "match-published": {"canary-match-of-owner", "canary-mentor", "canary-owner"},  # why, and each other's address
        "extension-declined": {"canary-extension-answer-of-owner"},
    }
    assert held == {kind: set() for kind in kinds} | meant_for_them


def words_in(mail: EmailMessage, address: str) -> set[str]:
    """The private words in a mail; that it bears its own reader's address is no secret."""
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return set(CANARY.findall("\n".join([str(mail["Subject"]), *bodies]))) - set(CANARY.findall(address))
