"""The feed over HTTP: a secret address that is shown once, and read back by two other programs."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from cohort.calendars.models import CalendarChoice
from cohort.cohorts.models import EnrolmentState
from cohort.db import db
from cohort.people.models import Person
from cohort.people.sessions import hash_token
from tests.build import Build
from tests.calendars.cast import WORKSHOP, Cast, read_back
from tests.client import PageClient, QueryCount
from tests.test_canaries import logged

__all__ = ["logged"]


@pytest.fixture
def cast(build: Build) -> Cast:
    return Cast(build)


def new_address(client: PageClient, person: Person) -> str:
    """The path of the address that the page shows."""
    client.sign_in(person)
    page = client.send("/calendar-settings/feed").get_data(as_text=True)
    (path,) = re.findall(r">http://localhost(/calendar/[\w-]{43}\.ics)<", page)
    return str(path)


def fetch(client: PageClient, path: str, etag: str = "") -> TestResponse:
    """As a calendar program does: without a session."""
    with client.session_transaction() as cookie:
        cookie.clear()
    return client.get(path, headers={"If-None-Match": etag} if etag else {})


def test_feed_is_a_calendar_of_the_person(client: PageClient, cast: Cast) -> None:
    answer = fetch(client, new_address(client, cast.priya))

    item = cast.build.item(cast.cohort, WORKSHOP)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert "Set-Cookie" not in answer.headers
    (event,) = [one for one in read_back(answer.data) if one["uid"] == f"item-{item.id}@cohorts.example.org"]
    assert (event["title"], event["status"], event["starts"]) == (
        "Workshop: Hard talks rehearsal (Spring Emerging Leaders)",
        "TENTATIVE",
        item.at,
    )


def test_unchanged_feed_is_not_sent_again(client: PageClient, cast: Cast, queries: QueryCount) -> None:
    path = new_address(client, cast.priya)
    first = fetch(client, path)
    second = fetch(client, path)

    with queries as seen:
        third = fetch(client, path, first.headers["ETag"])

    assert first.data == second.data
    assert (third.status_code, third.data, third.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert seen.count == 4

    item = cast.build.item(cast.cohort, WORKSHOP)
    item.title, item.sequence = "Harder talks", item.sequence + 1
    db.session.commit()
    fourth = fetch(client, path, first.headers["ETag"])
    assert (fourth.status_code, b"Harder talks" in fourth.data) == (200, True)


@pytest.mark.parametrize("cohorts", [1, 3])
def test_number_of_queries_does_not_grow(client: PageClient, build: Build, queries: QueryCount, cohorts: int) -> None:
    person = build.person()
    for _ in range(cohorts):
        build.enrolment(build.cohort(), person)
    path = new_address(client, person)

    with queries as seen:
        answer = fetch(client, path)

    assert (answer.status_code, seen.count) == (200, 6)


def test_new_address_ends_the_old_one(client: PageClient, cast: Cast) -> None:
    old = new_address(client, cast.priya)
    new = new_address(client, cast.priya)

    assert [fetch(client, path).status_code for path in (old, new)] == [404, 200]


def test_removed_address_leads_nowhere(client: PageClient, cast: Cast) -> None:
    path = new_address(client, cast.priya)

    client.send("/calendar-settings/feed/remove")

    assert fetch(client, path).status_code == 404


def test_secret_is_shown_once_and_only_its_hash_is_kept(client: PageClient, cast: Cast) -> None:
    path = new_address(client, cast.priya)
    token = path.removeprefix("/calendar/").removesuffix(".ics")

    again = client.get("/calendar-settings").get_data(as_text=True)

    assert token not in again
    assert db.session.get_one(CalendarChoice, cast.priya.id).token_hash == hash_token(token)


def test_secret_is_not_logged(client: PageClient, cast: Cast, logged: list[str]) -> None:
    path = new_address(client, cast.priya)
    fetch(client, path)
    fetch(client, path.replace("/calendar/", "/calendar/x"))

    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert [line for line in logged if token in line] == []


def test_wrong_address_is_answered_as_any_unknown_page(client: PageClient) -> None:
    wrong, unknown = fetch(client, f"/calendar/{'x' * 43}.ics"), fetch(client, "/no-such-page")

    pages = [re.sub(r"[0-9a-f]{12}", "", answer.get_data(as_text=True)) for answer in (wrong, unknown)]
    assert (wrong.status_code, pages[0]) == (404, pages[1])


def test_who_has_no_place_any_more_reads_nothing(client: PageClient, cast: Cast) -> None:
    path = new_address(client, cast.priya)
    cast.enrolment.state, cast.enrolment.ended_at = EnrolmentState.WITHDRAWN, cast.build.now
    db.session.commit()
    left = fetch(client, path).status_code
    cast.build.enrolment(cast.build.cohort(title="Another cohort"), cast.priya)
    db.session.commit()
    elsewhere = fetch(client, path)

    assert (left, elsewhere.status_code) == (404, 200)
    assert b"Spring" not in elsewhere.data


def test_closed_account_has_no_feed(client: PageClient, cast: Cast) -> None:
    path = new_address(client, cast.priya)
    cast.priya.deactivated_at = cast.build.now - timedelta(minutes=1)
    db.session.commit()

    assert fetch(client, path).status_code == 404


def test_whoever_is_signed_in_the_address_says_whose_it_is(client: PageClient, cast: Cast) -> None:
    path = new_address(client, cast.priya)
    anonymous = fetch(client, path).data

    assert client.sign_in(cast.build.person()).get(path).data == anonymous
