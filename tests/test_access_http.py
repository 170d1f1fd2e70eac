"""The policy over HTTP: every route that is not public, tried by everybody on a standing world.

The status has to be what `cohort.access.decide` says of the action that the view declares and of the object that the
address names.
"""

from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

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
