"""Five mails as they arrive: sent over SMTP, and read by another mail program than the one that wrote them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from cohort.config import Settings
from cohort.db import db
from cohort.mail.outbox import queue
from cohort.mail.smtp import SmtpTransport
from cohort.people.wishes import AS_SHIPPED, Choice, Topic
from cohort.reminders.tick import run_tick
from cohort.workshops.models import Place, PlaceState
from tests.build import Build
from tests.mail.smtp import Inbox, smtp_server
from tests.mail.test_composing import BASE, XHTML, bare, html_of, links_of, said_only_as_text, text_of
from tests.reminders.test_digest_letters import put_dates

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version")
SUBJECTS = [
    "Your week in Spring Emerging Leaders: 4 things, first due Mon 30 Nov",
    "3 things wait in Spring Emerging Leaders, the oldest since Fri 4 Sep",
    "A seat is free for you: Kickoff, take it by Wed 2 Dec, 16:00 London",
    "Three conversations: due Mon 30 Nov, 23:00 London",
    "Tomorrow: Hard talks rehearsal, Tue 1 Dec, 16:00 London",
]


@pytest.fixture
def received(app: Flask, build: Build, settings: Settings) -> list[bytes]:
    """A Monday of Priya, who is in a cohort, and of Dana, who leads it."""
    cohort = build.cohort()
    put_dates(
        cohort,
        {
            "assignment.due:three-conversations": MONDAY.replace(hour=23),
            "assignment.due:one-real-handover": datetime(2026, 12, 2, 23, 0, tzinfo=UTC),
            "workshop:hard-talks": datetime(2026, 12, 1, 16, 0, tzinfo=UTC),
            "workshop:kickoff": datetime(2026, 12, 3, 16, 0, tzinfo=UTC),
            "module.opens:aim": datetime(2026, 11, 25, 14, 0, tzinfo=UTC),
        },
    )
    weekly = AS_SHIPPED.choosing(dict.fromkeys(Topic, Choice.WEEKLY)).stored()
    people = {"time_zone": "Europe/London", "password_hash": "set"}
    priya = build.person("Priya Raman", email="priya@example.com", mail_wishes=weekly, **people)
    build.staff(cohort, build.person("Dana Whitfield", email="dana@example.com", **people))
    enrolment = build.enrolment(cohort, priya)
    held, offered = (
        Place(item_id=build.item(cohort, item_id).id, enrolment=enrolment, state=state, since=build.now, revision=1)
        for item_id, state in (("workshop:hard-talks", PlaceState.HELD), ("workshop:kickoff", PlaceState.OFFERED))
    )
    offered.offered_until = datetime(2026, 12, 2, 16, 0, tzinfo=UTC)
    db.session.add_all([held, offered])
    db.session.flush()
    about = {"place_id": offered.id, "revision": 1}
    queue(priya, "workshop-offer", about, key="offer", now=MONDAY.replace(hour=8, minute=30), cohort_id=cohort.id)
    db.session.commit()

    inbox = Inbox()
    with smtp_server(inbox) as server, SmtpTransport(server) as relay:
        for hour in (8, 9, 16):
            now = MONDAY.replace(hour=hour)
            with time_machine.travel(now, tick=False):
                run_tick(now, replace(settings, base_url=BASE), relay)
    return inbox.accepted


@pytest.fixture
def mails(received: list[bytes]) -> list[EmailMessage]:
    return [message_from_bytes(data, policy=default) for data in received]


def test_five_mails_arrive_as_they_should_be_read(app: Flask, received: list[bytes], mails: list[EmailMessage]) -> None:
    assert sorted(mail["Subject"] for mail in mails) == sorted(SUBJECTS)
    for mail, data in zip(mails, received, strict=True):
        subject = mail["Subject"]
        assert {name: len(mail.get_all(name, [])) for name in ONCE} == dict.fromkeys(ONCE, 1), subject
        assert max(len(line) for line in data.split(b"\r\n")) <= 998, subject
        assert b"\n" not in data.replace(b"\r\n", b""), subject
        assert [defect for part in mail.walk() for defect in part.defects] == [], subject
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"], subject


def test_both_parts_say_the_same(mails: list[EmailMessage]) -> None:
    only_as_text = {mail["Subject"]: said_only_as_text(mail) for mail in mails}
    only_as_html = {mail["Subject"]: list(said_only_as_html(mail)) for mail in mails}

    assert only_as_text == {subject: [] for subject in SUBJECTS}
    assert only_as_html == {subject: [] for subject in SUBJECTS}


def said_only_as_html(mail: EmailMessage) -> Iterator[str]:
    """What stands in the HTML of a mail and not in its text; the sentence around the link to the settings differs."""
    said = bare(text_of(mail)).lower()
    cells = html_of(mail).find(f"{XHTML}body/{XHTML}main/{XHTML}table").itertext()
    return (words for words in cells if bare(words).lower() not in said and "choose how you get" not in words)


def test_every_link_is_one_of_ours_in_both_parts(app: Flask, mails: list[EmailMessage]) -> None:
    routes = app.url_map.bind("cohort.example")
    for mail in mails:
        links = links_of(mail)
        assert [line.strip() for line in text_of(mail).splitlines() if "://" in line] == links
        for link in links:
            assert link.startswith(f"{BASE}/")
            routes.match(urlsplit(link).path, method="GET")


def test_mail_names_its_language_and_what_can_wait_its_way_out(mails: list[EmailMessage]) -> None:
    assert {html_of(mail).get("lang") for mail in mails} == {"en"}
    can_wait = {mail["Subject"] for mail in mails if mail["List-Unsubscribe"]}
    assert can_wait == set(SUBJECTS[:2])
    for mail in mails:
        assert len(mail.get_all("List-Unsubscribe-Post", [])) == (mail["Subject"] in can_wait)
