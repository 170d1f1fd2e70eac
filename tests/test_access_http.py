"""The policy over HTTP: every route that is not public, tried by everybody on a standing world.

The status has to be what `cohort.access.decide` says of the action that the view declares and of the object that the
address names.
"""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cohort.access import Verdict, decide
from cohort.cohorts.models import CohortState
from cohort.config import Settings
from cohort.db import db
from tests.build import Build
from tests.client import PageClient, path_of
from tests.routes import TRIED, Request, declared_rules, requests_to
from tests.world import World, make_world

pytestmark = pytest.mark.crawl

OF_NO_COHORT = {
    "calendars.make",
    "calendars.remove",
    "calendars.settings",
    "cohorts.create",
    "people.add_days",
    "people.change_password",
    "people.confirm",
    "people.keep_days",
    "people.mail_settings",
    "people.profile",
    "people.read_file",
    "people.remove_days",
    "programs.import_program",
}


def asked_by(name: str, app: Flask, world: World, now: datetime) -> list[tuple[Request, Verdict]]:
    """Every request with what the policy says to `name`, who has just given the password."""
    actor = replace(world.actors[name], confirmed_at=now)
    guards = [(request, request.about(world, name)) for request in requests_to(app, world)]
    return [
        (request, decide(actor, request.action, guard, now) if guard else Verdict.HIDE) for request, guard in guards
    ]


def expected(request: Request, verdict: Verdict) -> set[int]:
    match verdict:
        case Verdict.SIGN_IN:
            return {302 if request.method == "GET" else 401}
        case Verdict.HIDE:
            return {404}
        case Verdict.REFUSE:
            return {403}
        case Verdict.CONFIRM:
            return {302}
    return {200, 302, 400, 409, 410, 422}


@pytest.fixture
def world(build: Build, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("tests.client.check_page", lambda _: None)  # each page is looked at by the tests of its feature
    world = make_world(build, settings.uploads_dir)
    db.session.commit()
    return world


def knock(client: PageClient, request: Request, token: str) -> tuple[int, str]:
    """Status and where it leads; whatever a POST changes is undone."""
    if request.method == "GET":
        with client.get(request.path) as answer:
            return answer.status_code, path_of(answer)
    db.session.commit()  # ends the transaction in which the test has read
    undo = db.engines[None].begin_nested()  # type: ignore[attr-defined]  # a connection, as the fixture `app` has set it
    headers = {"Sec-Fetch-Site": "same-origin"}
    with client.post(request.path, data={"csrf_token": token}, headers=headers) as answer:
        status = answer.status_code, path_of(answer)
    undo.rollback()
    db.session.expire_all()
    return status


def test_every_route_that_asks_the_policy_is_tried(app: Flask) -> None:
    routes = {rule.endpoint for rule, _ in declared_rules(app)}

    assert routes - TRIED.keys() == set(), "add to TRIED what the address of this route names, and whose that is"
    assert TRIED.keys() - routes == set(), "no such route any more: take it out of TRIED"


@pytest.mark.parametrize("half", [0, 1])
def test_policy_decides_over_http(app: Flask, client: PageClient, build: Build, world: World, half: int) -> None:
    wrong = []
    for name in list(world.actors)[half::2]:
        client.sign_in(world.cast[name])
        token = client.csrf_token()
        for request, verdict in asked_by(name, app, world, build.now):
            status, _ = knock(client, request, token)
            if status not in expected(request, verdict):
                wrong.append(f"{name} {request.method} {request.path} {request.action}: {status}, not {verdict.name}")

    assert wrong == []


def test_strangers_find_nothing_that_a_made_up_address_would_not_show(
    app: Flask, client: PageClient, build: Build, world: World
) -> None:
    """Not even the name of the cohort in whose menu the page would stand."""
    world.cohort.title = "CANARY-title"
    db.session.commit()
    named = []
    for name in ("lead elsewhere", "stranger"):
        client.sign_in(world.cast[name])
        for request, verdict in asked_by(name, app, world, build.now):
            if request.method == "GET" and verdict is Verdict.HIDE:
                with client.get(request.path) as answer:
                    if "CANARY" in answer.get_data(as_text=True):
                        named.append(f"{name} {request.path}")

    assert named == []


def test_hidden_things_look_like_none_to_people_of_the_cohort(client: PageClient, world: World) -> None:
    """Others' pairs, what mentors are asked, and vetoes: by their number nobody finds out that there are any."""
    pairs = (world.owner.pairing, world.proposed, world.offered, world.refused)
    there = [f"/pairs/{one.id}" for one in pairs] + [f"/meetings/{world.owner.meeting.id}/take"]
    there += [f"/pairs/{one.id}/end" for one in pairs[1:]] + [f"/concerns/{world.concern.id}/settle"]
    there += [f"/cohorts/{world.cohort.slug}/matching/apart/{world.veto.id}/confirm"]
    seen = []
    for name in ("peer", "asked mentor", "admin"):
        client.sign_in(world.cast[name])
        for path in there:
            ask = client.get if path.count("/") == 2 else client.send
            pages = [ask(re.sub(r"/\d+", number, path)) for number in (r"\g<0>", "/987654")]
            seen.append((name, path, *(_as_shown(page) for page in pages)))

    assert [(name, path) for name, path, one, other in seen if one != other] == []


def _as_shown(answer: TestResponse) -> tuple[int, str]:
    """Without what is another in every answer."""
    return answer.status_code, re.sub(r"[0-9a-f]{12}|value=\"[^\"]+\"", "", answer.get_data(as_text=True))


def test_nobody_gets_past_the_sign_in_page(app: Flask, client: PageClient, world: World) -> None:
    token = client.csrf_token()

    answers = {(request.method, *knock(client, request, token)) for request in list(requests_to(app, world))}

    assert answers == {("GET", 302, "/sign-in"), ("POST", 401, "")}


def test_form_from_elsewhere_is_refused(app: Flask, client: PageClient, world: World) -> None:
    """Without a token, and from a page of somebody else's: for somebody signed in, and for nobody."""
    posts = [request.path for request in requests_to(app, world) if request.method == "POST"]
    headers = {"Sec-Fetch-Site": "cross-site"}
    nobody = {client.post(path, data={"do": "it"}, headers=headers).status_code for path in posts}
    client.sign_in(world.cast["lead"])
    lead = {client.post(path, data={"do": "it"}, headers=headers).status_code for path in posts}

    assert (nobody, lead) == ({400}, {400})


def test_archived_cohort_is_not_written_by_anybody(app: Flask, client: PageClient, build: Build, world: World) -> None:
    world.cohort.state = CohortState.ARCHIVED
    db.session.commit()
    wrong = []
    for name in ("owner", "mentor", "facilitator", "lead", "admin"):
        client.sign_in(world.cast[name])
        token = client.csrf_token()
        for request, verdict in asked_by(name, app, world, build.now):
            if request.method == "POST" and request.endpoint not in OF_NO_COHORT and verdict >= Verdict.METADATA:
                status, _ = knock(client, request, token)
                if status != 409:
                    wrong.append(f"{name} {request.path}: {status}")

    assert wrong == []
