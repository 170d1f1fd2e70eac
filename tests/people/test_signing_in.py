"""Signing in and out, as a browser sees it."""

import re

from cohort.db import db
from cohort.mail.models import Message
from cohort.people import passwords, sessions
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, path_of

PASSWORD = "correct horse battery"


def with_password(build: Build, **values: object) -> Person:
    person = build.person("Ann Lee", email="Ann.Lee@example.com", **values)
    person.password_hash = passwords.hash_password(PASSWORD, person=person)
    db.session.commit()
    return person


def test_right_password_signs_in(build: Build, client: PageClient) -> None:
    with_password(build)

    answer = client.send("/sign-in", {"email": "ann.lee@EXAMPLE.com", "password": PASSWORD, "next": "/profile"})

    assert (answer.status_code, path_of(answer)) == (302, "/profile")
    assert client.get("/profile").status_code == 200


def test_wrong_password_and_unknown_address_say_the_same(build: Build, client: PageClient) -> None:
    with_password(build)
    wrong = client.send("/sign-in", {"email": "ann.lee@example.com", "password": "not this one"})
    unknown = client.send("/sign-in", {"email": "nobody@example.com", "password": "not this one"})

    sentence = "The address or the password is not right."
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert sentence in wrong.get_data(as_text=True)
    assert sentence in unknown.get_data(as_text=True)


def test_account_takes_no_password_after_eight_wrong_ones(build: Build, client: PageClient) -> None:
    with_password(build)
    for _ in range(passwords.FAILURES_ALLOWED):
        client.send("/sign-in", {"email": "ann.lee@example.com", "password": "not this one"})

    assert client.send("/sign-in", {"email": "ann.lee@example.com", "password": PASSWORD}).status_code == 422


def test_next_leads_only_to_our_own_pages(build: Build, client: PageClient) -> None:
    with_password(build)
    for hostile in ("https://evil.example", "//evil.example", "/\\evil.example", "///evil", "javascript:x", "/no-page"):
        answer = client.send("/sign-in", {"email": "ann.lee@example.com", "password": PASSWORD, "next": hostile})
        assert answer.location == "/", hostile
        client.send("/sign-out")


def test_signed_out_cookie_does_not_sign_in_again(build: Build, client: PageClient) -> None:
    client.sign_in(build.person())
    stolen = client.get_cookie("cohort")
    assert client.get("/profile").status_code == 200

    client.send("/sign-out")
    assert stolen is not None
    client.set_cookie("cohort", stolen.value)

    assert path_of(client.get("/profile")) == "/sign-in"


def test_changed_password_ends_other_browsers(build: Build, client: PageClient) -> None:
    person = with_password(build)
    elsewhere = sessions.begin(person, device="other", now=build.now)
    client.sign_in(person)

    answer = client.send("/password", {"password": "another long password"})

    assert path_of(answer) == "/profile"
    assert sessions.find(elsewhere, now=build.now) is None


def test_forgotten_password_mails_only_known_addresses_and_says_the_same(build: Build, client: PageClient) -> None:
    with_password(build)

    known = client.send("/forgotten-password", {"email": "ann.lee@example.com"})
    unknown = client.send("/forgotten-password", {"email": "nobody@example.com"})

    assert known.status_code == unknown.status_code == 200
    assert [message.template for message in db.session.query(Message)] == ["password-link"]


def test_expired_session_keeps_the_text(build: Build, client: PageClient) -> None:
    with_password(build)
    form = {"name": "Ann of the Long Name", "company": "Northwind", "time_zone": "Europe/London", "theme": "dark"}

    answer = client.send("/profile", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "Ann of the Long Name" in page
    again = client.send(
        "/sign-in",
        {
            "email": "ann.lee@example.com",
            "password": PASSWORD,
            "kept_path": "/profile",
            "kept": '[["name", "Ann of the Long Name"], ["time_zone", "Europe/London"]]',
        },
    )
    assert again.status_code == 200
    assert "Ann of the Long Name" in again.get_data(as_text=True)
    assert 'action="/profile"' in again.get_data(as_text=True)
    token = re.search(r'action="/profile".*?name="csrf_token"[^>]*value="([^"]+)"', again.get_data(as_text=True), re.S)
    assert token is not None
    sent = client.post("/profile", data=form | {"csrf_token": token[1]}, headers={"Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 302


def test_post_from_another_site_is_refused(build: Build, client: PageClient) -> None:
    client.sign_in(build.person())

    answer = client.post("/profile", data={"name": "Mallory"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
