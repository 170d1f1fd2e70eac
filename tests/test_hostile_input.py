"""Input that no browser sends: it gets a page that says so, never a failure of ours and never a write by reading."""

import re
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from cohort.assignments.models import SubmissionFile
from cohort.config import Settings
from cohort.db import Base, db
from cohort.people.models import SignIn
from cohort.security import HEADERS
from tests.build import Build
from tests.client import PageClient
from tests.routes import requests_to
from tests.world import BEGUN, World, make_world

FIELD = re.compile(r'<(?:input|textarea|select|button)\b[^>]*?\sname="([^"]+)"')
TOO_LARGE = "9" * 23
ODD = {
    "zero byte": "a\0b",
    "lone surrogate": b"\xed\xa0\x80",
    "too large": TOO_LARGE,
}
ASKED = (
    *("page", "version", "id", "pair", "step", "q", "state", "list", "kind", "part", "next", "again", "some"),
    *("person", "week", "reading", "start"),
)
"""What our pages read from the end of an address."""


@pytest.fixture
def world(build: Build, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("tests.client.check_page", lambda _: None)  # each page is looked at by the tests of its feature
    world = make_world(build, settings.uploads_dir)
    db.session.commit()
    return world


def all_of(app: Flask, world: World, method: str) -> list[str]:
    return list(dict.fromkeys(it.path for it in requests_to(app, world) if it.method == method))


@pytest.mark.parametrize("odd", ["a\0b", "\u0661\u0662", TOO_LARGE, "-1"])
def test_odd_end_of_an_address_is_no_failure(app: Flask, client: PageClient, world: World, odd: str) -> None:
    client.sign_in(world.cast["lead"])

    found = {}
    for path in all_of(app, world, "GET"):
        with client.get(path, query_string=dict.fromkeys(ASKED, odd)) as answer:
            found[path] = answer.status_code

    assert {path: status for path, status in found.items() if status >= 500} == {}


@pytest.mark.parametrize("name", ["lead", "owner", "mentor"])
def test_odd_text_in_any_field_is_no_failure(app: Flask, client: PageClient, world: World, name: str) -> None:
    client.sign_in(world.cast[name])
    token, fields, posts = client.csrf_token(), fields_of(app, client, world), all_of(app, world, "POST")

    found = {}
    for what, odd in ODD.items():
        for path in posts:
            db.session.commit()  # ends the transaction in which the test has read
            undo = db.engines[None].begin_nested()  # type: ignore[attr-defined]  # a connection, as `app` has set it
            form = dict.fromkeys(fields, odd) | {"csrf_token": token}
            found[what, path] = client.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code
            undo.rollback()

    assert {where: status for where, status in found.items() if status >= 500} == {}


def test_odd_number_in_an_address_is_no_page(client: PageClient, world: World) -> None:
    client.sign_in(world.cast["lead"])
    paths = ("/pairs/{}", "/submissions/{}", "/check-ins/{}", f"/cohorts/{world.cohort.slug}/people/{{}}")
    numbers = ("0", "-1", "01", TOO_LARGE, "2147483648", "\uff11", "\u0663")
    addresses = [path.format(number) for path in paths for number in numbers]

    assert {path: client.get(path).status_code for path in addresses} == dict.fromkeys(addresses, 404)


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/profile",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/no-such-page",
        "profile",
    ],
)
def test_next_leads_to_pages_of_ours_alone(client: PageClient, build: Build, asked: str) -> None:
    client.sign_in(build.person())

    assert client.get("/sign-in", query_string={"next": asked}).location == "/"


def test_next_leads_back_to_a_page_with_its_question(client: PageClient, build: Build) -> None:
    client.sign_in(build.person())

    assert client.get("/sign-in", query_string={"next": "/profile?a=b"}).location == "/profile?a=b"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("tool.exe", b"MZ\x90\0"),
        ("plan.pdf", b"MZ\x90\0"),
        ("plan.pdf.exe", b"%PDF-1.7"),
        ("photo.png", b"<html><script>alert(1)</script>"),
    ],
)
def test_file_that_could_act_is_refused(client: PageClient, world: World, name: str, data: bytes) -> None:
    client.sign_in(world.cast["owner"])
    form = {"text": "Mine.", "version": world.owner.draft.version, "files": (BytesIO(data), name)}

    assert client.send(f"/cohorts/{world.cohort.slug}/assignments/{BEGUN}", form).status_code == 422


def test_file_is_only_ever_downloaded_under_a_plain_name(client: PageClient, world: World, settings: Settings) -> None:
    client.sign_in(world.cast["owner"])
    form = {
        "text": "Mine.",
        "version": world.owner.draft.version,
        "files": (BytesIO(b"<script>alert(1)</script>"), "../../..\\etc/pass\u202ewd.txt"),
    }
    work = world.owner.draft.id
    sent = client.send(f"/cohorts/{world.cohort.slug}/assignments/{BEGUN}", form)
    file = db.session.scalars(
        select(SubmissionFile).where(SubmissionFile.submission_id == work).order_by(SubmissionFile.id.desc())
    ).first()
    assert (sent.status_code, file is not None) == (302, True)

    with client.get(f"/submissions/{work}/files/{file.id if file else 0}") as answer:
        names = ("Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control")
        assert [answer.headers[name] for name in names] == [
            'attachment; filename="pass wd.txt"',
            "nosniff",
            "sandbox; default-src 'none'",
            "no-store, private",
        ]


def test_form_without_a_length_is_refused(app: Flask, client: PageClient, world: World) -> None:
    answers = {
        client.post(path, input_stream=BytesIO(b"text=cut"), headers={"Transfer-Encoding": "chunked"}).status_code
        for path in all_of(app, world, "POST")
    }

    assert answers == {411}


def test_every_answer_has_the_headers_that_bind_the_browser(app: Flask, client: PageClient, world: World) -> None:
    client.sign_in(world.cast["owner"])
    wrong = []
    public = ["/health", "/health/mail", "/mailbox", "/no-such-page", "/forgotten-password", "/who-reads-what"]
    for path in [*all_of(app, world, "GET"), *public]:
        with client.get(path) as answer:
            own_policy = "Content-Security-Policy" if "/files/" in path else ""
            missing = [
                name for name, value in HEADERS.items() if answer.headers.get(name) != value and name != own_policy
            ]
            if missing or answer.headers.get("Cache-Control") != "no-store, private":
                wrong.append((path, missing, answer.headers.get("Cache-Control")))

    assert wrong == []


@pytest.mark.crawl
def test_reading_writes_nothing(app: Flask, client: PageClient, world: World) -> None:
    for person in world.cast.values():
        client.sign_in(person)  # what signing in writes is no reading
    before = everything()

    for name in world.cast:
        client.sign_in(world.cast[name])
        for path in all_of(app, world, "GET"):
            client.get(path).close()
            if name == "lead":
                client.head(path).close()

    assert everything() == before


def everything() -> dict[str, str]:
    """Each table but the sign-ins, as one word that changes when a row does."""
    tables = [table for table in Base.metadata.sorted_tables if table is not SignIn.__table__]
    rows = {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables}
    return {name: sha256("".join(found).encode()).hexdigest() for name, found in rows.items()}


def fields_of(app: Flask, client: PageClient, world: World) -> set[str]:
    """The names of all fields and buttons on the pages of somebody."""
    fields = {"do", "answer", "slug", "step", "form_key", "pair"}
    for path in all_of(app, world, "GET"):
        with client.get(path) as page:
            fields.update(FIELD.findall(page.get_data(as_text=True)) if page.mimetype == "text/html" else ())
    return fields - {"file", "files"}
