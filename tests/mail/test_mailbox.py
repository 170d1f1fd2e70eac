"""The mailbox of a demo or development installation."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cohort.config import MailServer, Settings
from cohort.db import db
from cohort.mail.models import Message
from cohort.mail.outbox import queue
from cohort.mail.transports import MailboxTransport
from cohort.reminders.tick import run_tick
from tests.build import Build
from tests.client import PageClient, QueryCount


@pytest.fixture
def message(build: Build, settings: Settings) -> Message:
    """A sign-in link that lies in the mailbox."""
    message = queue(build.person("Priya Raman"), "sign-in-link", key="s:1", now=build.now)
    db.session.commit()
    run_tick(build.now, settings, MailboxTransport())
    assert message is not None
    return message


@pytest.fixture
def sends_by_smtp(app: Flask, settings: Settings) -> Iterator[None]:
    app.extensions["settings"] = replace(settings, mail_server=MailServer("smtp", "127.0.0.1", 25))
    yield
    app.extensions["settings"] = settings


def test_mail_is_shown_as_text_with_a_link_that_works(client: PageClient, message: Message) -> None:
    assert "Your sign-in link" in client.get("/mailbox").get_data(as_text=True)

    page = client.get(f"/mailbox/{message.id}").get_data(as_text=True)

    link = re.search(r'href="http://localhost(/sign-in/link/[\w-]+)"', page)
    assert link is not None
    assert "Sign in as Priya Raman" in client.get(link.group(1)).get_data(as_text=True)


def test_html_of_a_mail_may_be_framed_here_and_run_nothing(client: PageClient, message: Message) -> None:
    plain = FlaskClient(client.application, client.application.response_class)  # a mail is no page of ours

    answer = plain.get(f"/mailbox/{message.id}/html")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "sandbox" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_mailbox_does_not_exist_where_mail_leaves(client: PageClient, message: Message, sends_by_smtp: None) -> None:
    paths = ["/mailbox", f"/mailbox/{message.id}", f"/mailbox/{message.id}/html"]

    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


@pytest.mark.parametrize("number", [1, 3])
def test_mailbox_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, settings: Settings, number: int
) -> None:
    for each in range(number):
        queue(build.person(), "sign-in-link", key=f"s:{each}", now=build.now)
    db.session.commit()
    run_tick(build.now, settings, MailboxTransport())

    with queries as seen:
        client.get("/mailbox")

    assert seen.count == 2
