"""Turning mail off by its link: RFC 8058, and the page behind it for people."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.mail.unsubscribing import SCOPES, find_subscription, make_token, scope_of
from cohort.people.models import Person
from cohort.people.wishes import DIGEST, SEVERAL, Choice, Topic
from tests.build import Build
from tests.client import PageClient, QueryCount

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
KEYS = ["an old key that sealed", "the key of today"]
LONGEST = 32
"""Characters of a token, so that its address stays on one line."""
IDS = st.integers(1, 2**40 - 1)


@pytest.fixture
def priya(build: Build) -> Person:
    person: Person = build.person("Priya Raman", email="priya.raman@northwind.example")
    db.session.commit()
    return person


def path(person: Person, settings: Settings, scope: Topic | None = None) -> str:
    return f"/u/{make_token(person.id, scope, settings.signing_keys)}"


def chosen(person: Person) -> dict[Topic, Choice]:
    """What is not sent at once."""
    db.session.expire_all()
    return dict(person.wishes.choices)


# --- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [None, *Topic])
def test_token_says_whose_mail_and_how_far_it_reaches(priya: Person, scope: Topic | None) -> None:
    found = find_subscription(make_token(priya.id, scope, KEYS), KEYS)

    assert found is not None
    assert (found.person, found.scope) == (priya, scope)


def test_token_survives_a_change_of_keys(priya: Person) -> None:
    old = make_token(priya.id, None, KEYS[:1])

    assert find_subscription(old, KEYS) is not None
    assert find_subscription(old, KEYS[1:]) is None


@given(IDS, st.sampled_from(SCOPES))
def test_token_is_short_and_always_the_same(person_id: int, scope: Topic | None) -> None:
    token = make_token(person_id, scope, KEYS)

    assert re.fullmatch(rf"[\w-]{{20,{LONGEST}}}", token, re.ASCII)
    assert token == make_token(person_id, scope, KEYS)


@given(IDS, IDS, st.sampled_from(SCOPES), st.sampled_from(SCOPES))
def test_tokens_share_nothing_by_which_person_or_scope_shows(
    one: int, other: int, scope: Topic | None, another: Topic | None
) -> None:
    ours, theirs = make_token(one, scope, KEYS), make_token(other, another, KEYS)

    assert (ours == theirs) == ((one, scope) == (other, another))
    assert ours == theirs or ours[:8] != theirs[:8]


def test_no_changed_character_opens_anything(priya: Person) -> None:
    token = make_token(priya.id, Topic.WORKSHOPS, KEYS)
    swaps = {"A": "B"}
    forged = [token[:at] + swaps.get(token[at], "A") + token[at + 1 :] for at in range(len(token))]
    last = [token[:-1] + char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789-_" if char != token[-1]]

    assert {find_subscription(one, KEYS) for one in forged + last} == {None}


@given(st.text())
def test_no_other_text_opens_anything(text: str) -> None:
    assert find_subscription(text, KEYS) is None


def test_halves_of_two_tokens_open_nothing(priya: Person) -> None:
    """The seal of one scope does not fit what another says."""
    one, other = (make_token(priya.id, scope, KEYS) for scope in (Topic.WORKSHOPS, None))

    joined = {one[:at] + other[at:] for at in range(len(one) + 1)} - {one, other}

    assert {find_subscription(token, KEYS) for token in joined} == {None}


def test_mail_of_one_topic_turns_off_that_and_any_other_all_that_can_wait() -> None:
    assert {topic: scope_of(topic) for topic in Topic} == {topic: topic for topic in Topic}
    assert [scope_of(topic) for topic in ("", DIGEST, SEVERAL)] == [None, None, None]
    assert set(SCOPES) == {None, *Topic}


# --- one click -------------------------------------------------------------------------------------------------------


def test_one_click_works_twice_without_cookies_or_token(client: PageClient, priya: Person, settings: Settings) -> None:
    address = path(priya, settings, Topic.WORKSHOPS)

    answers = [client.post(address, data=ONE_CLICK) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [(answer.location, answer.headers.getlist("Set-Cookie")) for answer in answers] == [(None, [])] * 2
    assert chosen(priya) == {Topic.WORKSHOPS: Choice.OFF}


def test_one_click_in_mail_about_several_topics_turns_off_all(
    client: PageClient, priya: Person, settings: Settings
) -> None:
    client.post(path(priya, settings), data=ONE_CLICK)

    assert chosen(priya) == dict.fromkeys(Topic, Choice.OFF)


def test_get_changes_nothing_sets_no_cookie_and_shows_no_name(
    client: PageClient, priya: Person, settings: Settings
) -> None:
    answer = client.get(path(priya, settings, Topic.WORKSHOPS))

    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers.getlist("Set-Cookie"), chosen(priya)) == (200, [], {})
    assert "p…@northwind.example" in page
    assert [word for word in ("Priya", "Raman", "priya.raman", "csrf") if word in page] == []
    assert re.findall(r"<button[^>]*>([^<]+)", page) == ["Turn off mail about workshops", "Save choices"]


def test_tampered_token_is_not_found(client: PageClient, priya: Person, settings: Settings) -> None:
    address = path(priya, settings)
    forged = address[:-1] + ("g" if address[-1] != "g" else "w")

    tried = [
        client.get(forged),
        client.post(forged, data=ONE_CLICK),
        client.post(f"{forged}/choices", data={"coursework": "off"}),
    ]

    assert [answer.status_code for answer in tried] == [404, 404, 404]
    assert chosen(priya) == {}


def test_one_click_lets_the_planner_look_once(
    build: Build, client: PageClient, priya: Person, settings: Settings
) -> None:
    cohort: Cohort = build.cohort()
    build.enrolment(cohort, priya)
    db.session.commit()
    before = cohort.plan_revision

    for _ in range(2):
        client.post(path(priya, settings), data=ONE_CLICK)

    assert cohort.plan_revision == before + 1


def test_page_needs_two_queries(client: PageClient, priya: Person, settings: Settings, queries: QueryCount) -> None:
    address = path(priya, settings)

    with queries:
        client.get(address)

    # 1) the person, 2) whether they are staff somewhere
    assert queries.count == 2


# --- finer choices ---------------------------------------------------------------------------------------------------


def test_choices_are_saved_and_said_without_signing_in(client: PageClient, priya: Person, settings: Settings) -> None:
    answer = client.post(f"{path(priya, settings)}/choices", data={"coursework": "weekly", "mentoring": "off"})

    page = " ".join(answer.get_data(as_text=True).split())
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
    assert chosen(priya) == {Topic.COURSEWORK: Choice.WEEKLY, Topic.MENTORING: Choice.OFF}
    assert "On Mondays at 08:00" in page
    assert "Not at all" in page


def test_way_back_restores_what_was_before(client: PageClient, priya: Person, settings: Settings) -> None:
    address = path(priya, settings, Topic.WORKSHOPS)
    client.post(f"{address}/choices", data={"workshops": "daily"})

    page = client.post(address, data=ONE_CLICK).get_data(as_text=True)
    assert "Mail about workshops is off" in page
    client.post(f"{address}/choices", data=dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page)))

    assert chosen(priya) == {Topic.WORKSHOPS: Choice.DAILY}


def test_page_of_what_is_off_turns_it_on_again(client: PageClient, priya: Person, settings: Settings) -> None:
    address = path(priya, settings, Topic.WORKSHOPS)
    client.post(address, data=ONE_CLICK)

    page = client.get(address).get_data(as_text=True)
    client.post(f"{address}/choices", data=dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page)))

    assert re.findall(r"<button[^>]*>([^<]+)", page) == ["Turn it on again", "Save choices"]
    assert chosen(priya) == {}


def test_unknown_choice_is_refused_and_changes_nothing(client: PageClient, priya: Person, settings: Settings) -> None:
    answer = client.post(f"{path(priya, settings)}/choices", data={"coursework": "hourly", "workshops": "off"})

    assert (answer.status_code, chosen(priya)) == (422, {})


def test_topic_of_staff_is_offered_to_staff(build: Build, client: PageClient, settings: Settings) -> None:
    participant, lead = build.person(), build.person()
    build.staff(build.cohort(), lead)
    db.session.commit()

    offered = {
        who: 'name="staff"' in client.get(path(who, settings)).get_data(as_text=True) for who in (participant, lead)
    }

    assert offered == {participant: False, lead: True}
