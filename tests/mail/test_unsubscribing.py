"""Turning mail off by its link: RFC 8058, and the page for people."""

import pytest

from cohort.config import Settings
from cohort.db import db
from cohort.mail.unsubscribing import find_subscriber, make_token
from cohort.people.models import Person
from cohort.people.wishes import Choice, Topic
from tests.build import Build
from tests.client import PageClient

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def path(build: Build, settings: Settings) -> str:
    person = build.person()
    db.session.commit()
    return f"/u/{make_token(person.id, [settings.secret_key])}"


def test_one_click_works_twice_without_cookies_or_token(client: PageClient, path: str) -> None:
    answers = [client.post(path, data=ONE_CLICK) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [(answer.location, answer.headers.getlist("Set-Cookie")) for answer in answers] == [(None, [])] * 2
    assert choice() is Choice.OFF


def test_get_changes_nothing_and_shows_one_button(client: PageClient, path: str) -> None:
    page = client.get(path)

    assert (page.status_code, page.get_data(as_text=True).count("<button")) == (200, 1)
    assert choice() is Choice.NOW


def test_tampered_token_is_not_found(client: PageClient, path: str) -> None:
    forged = f"/u/1{path.removeprefix('/u/')}"

    assert (client.get(forged).status_code, client.post(forged, data=ONE_CLICK).status_code) == (404, 404)
    assert choice() is Choice.NOW


def test_token_survives_a_change_of_keys(build: Build) -> None:
    person = build.person()
    old = make_token(person.id, ["an old key that signed"])

    assert find_subscriber(old, ["an old key that signed", "the key of today"]) is person
    assert find_subscriber(old, ["the key of today"]) is None


def choice() -> Choice:
    """What the one person there is has chosen."""
    db.session.expire_all()
    return db.session.query(Person).one().wishes.choice(Topic.COURSEWORK)
