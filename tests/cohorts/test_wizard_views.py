"""The wizard that makes a cohort: nothing is lost on the way, nothing is stored before the last button."""

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import html5lib
import pytest

from cohort.cohorts.models import Cohort, CohortState, Staff, StaffRole
from cohort.db import db
from cohort.mail.models import Message
from cohort.people.models import Person
from cohort.programs.importing import import_pack
from tests.build import Build, shipped_document
from tests.client import XHTML, PageClient, QueryCount, path_of

ANSWERS = {
    "title": "Autumn Leaders",
    "program": "emerging-leaders",
    "starts_on": "2027-03-01",
    "zone": "America/New_York",
    "seats": "12",
    "blackouts-0-first": "2027-04-05",
    "blackouts-0-last": "2027-04-09",
    "blackouts-3-first": "2027-05-31",
}


@pytest.fixture
def admin(build: Build, client: PageClient) -> Person:
    """An admin in Chicago, signed in, and the shipped program."""
    import_pack(shipped_document(), by=None, now=build.now)
    person = build.person("Dana Whitfield", email="dana@example.com", is_admin=True)
    client.sign_in(person)
    return person


def step(client: PageClient, number: int, **answers: str) -> str:
    return client.get(f"/new-cohort?{urlencode({'step': number, **answers})}").get_data(as_text=True)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, the token aside."""
    document = html5lib.HTMLParser().parse(page)
    fields = [field for field in document.iter(f"{XHTML}input") if field.get("type") == "hidden"]
    return {field.get("name"): field.get("value") for field in fields if field.get("name") != "csrf_token"}


def test_first_step_offers_programs(admin: Person, client: PageClient) -> None:
    page = step(client, 1)

    assert '<option value="emerging-leaders">Emerging Leaders</option>' in page
    assert 'aria-current="step"' in page
    assert 'name="step" value="2"' in page


def test_second_step_suggests_a_monday_and_the_readers_zone(admin: Person, client: PageClient) -> None:
    page = step(client, 2, title="Autumn Leaders", program="emerging-leaders")

    assert 'value="2027-01-04"' in page
    assert '<option selected value="America/Chicago">' in page
    assert hidden(page) == {"title": "Autumn Leaders", "program": "emerging-leaders"}


def test_each_step_carries_what_the_others_hold(admin: Person, client: PageClient) -> None:
    third = step(client, 3, **ANSWERS)
    first = step(client, 1, **ANSWERS)
    last = step(client, 4, **ANSWERS)

    assert hidden(third) == {name: ANSWERS[name] for name in ("title", "program", "starts_on", "zone")}
    assert 'value="2027-04-09"' in third
    assert hidden(first) == {name: value for name, value in ANSWERS.items() if name not in ("title", "program")}
    assert hidden(last) == {**ANSWERS, "slug": "autumn-leaders"}


def test_back_is_a_link_that_keeps_every_answer(admin: Person, client: PageClient) -> None:
    page = step(client, 4, **ANSWERS)

    document = html5lib.HTMLParser().parse(page)
    (back,) = [link for link in document.iter(f"{XHTML}a") if "".join(link.itertext()).strip() == "Back"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(back.get("href")).query).items()}
    assert query == {**ANSWERS, "step": "3"}


def test_empty_rows_are_offered_however_many_are_full(admin: Person, client: PageClient) -> None:
    full = {f"blackouts-{row}-first": f"2027-04-0{row + 1}" for row in range(4)}

    page = step(client, 3, **{**ANSWERS, **full})

    assert page.count('type="date"') == 2 * (4 + 4)


@pytest.mark.parametrize(
    ("wrong", "here", "sentence"),
    [
        ({"title": ""}, "Name and program", "Give the cohort a name."),
        ({"program": "no-such"}, "Name and program", "Not a valid choice."),
        ({"starts_on": ""}, "Start", "Choose the first day, best a Monday."),
        ({"starts_on": "1900-01-01"}, "Start", "choose a year from 1970"),
        ({"zone": "Mars/Olympus"}, "Start", "Not a valid choice."),
        ({"seats": "0"}, "Seats and free days", "Write a number from 1 to 10,000"),
        ({"blackouts-0-last": "2027-04-01"}, "Seats and free days", "swap the days"),
    ],
)
def test_last_step_goes_back_to_what_is_wrong_and_keeps_the_rest(
    admin: Person, client: PageClient, wrong: dict[str, str], here: str, sentence: str
) -> None:
    page = step(client, 4, **{**ANSWERS, **wrong})
    posted = client.send("/new-cohort", {**ANSWERS, **wrong, "lead": "dana@example.com"})

    for shown in (page, posted.get_data(as_text=True)):
        assert f'<h2 id="h-step">{here}</h2>' in shown
        assert sentence in shown
        kept = {name: value for name, value in ANSWERS.items() if name not in wrong}
        assert [value for value in kept.values() if value not in shown] == []
    assert posted.status_code == 422
    assert db.session.query(Cohort).count() == 0


def test_last_step_shows_every_date_with_its_reason_and_stores_nothing(admin: Person, client: PageClient) -> None:
    page = step(client, 4, **ANSWERS)

    assert page.count('<tr><th scope="row">') == 96
    assert "A draft with 96 dates. Nobody is told; you launch it later." in page
    assert "Wed 3 Mar, 10:00–12:00" in page
    assert "09:00–11:00 Chicago" in page
    assert "Workshop Kickoff + 16 days at 17:00" in page
    assert "Board and baseline (assignment due) on Fri 9 Apr 2027 falls in the blackout" in page
    assert "Mon 5 Apr 2027 to Fri 9 Apr 2027; Mon 31 May 2027" in page
    assert 'value="dana@example.com"' in page
    assert "/cohorts/autumn-leaders" in page
    assert db.session.query(Cohort).count() == 0


def test_start_that_is_no_monday_is_warned_about(admin: Person, client: PageClient) -> None:
    page = step(client, 4, **{**ANSWERS, "starts_on": "2027-03-03"})

    assert "The start, Wed 3 Mar 2027, is not a Monday; the next one is Mon 8 Mar 2027." in page


def test_last_button_creates_a_draft_and_tells_nobody(admin: Person, client: PageClient) -> None:
    answer = client.send("/new-cohort", {**hidden(step(client, 4, **ANSWERS)), "lead": "Dana@Example.com"})

    cohort = db.session.query(Cohort).one()
    staff = db.session.query(Staff).one()
    assert path_of(answer) == "/cohorts/autumn-leaders"
    assert (cohort.title, cohort.slug, cohort.state) == ("Autumn Leaders", "autumn-leaders", CohortState.DRAFT)
    assert (cohort.starts_on, cohort.zone, cohort.seats) == (date(2027, 3, 1), "America/New_York", 12)
    assert cohort.blackouts == [["2027-04-05", "2027-04-09"], ["2027-05-31", "2027-05-31"]]
    assert (staff.person_id, staff.role) == (admin.id, StaffRole.LEAD)
    assert db.session.query(Message).count() == 0
    assert "The cohort is created as a draft." in client.get("/cohorts/autumn-leaders").get_data(as_text=True)


def test_cohort_is_created_and_rehearsed_in_one_go(admin: Person, client: PageClient) -> None:
    form = {**hidden(step(client, 4, **ANSWERS)), "lead": "dana@example.com", "then": "rehearse"}

    answer = client.send("/new-cohort", form)

    assert path_of(answer) == "/cohorts/autumn-leaders/mail-room/rehearsal"
    page = client.get(answer.location).get_data(as_text=True)
    assert "these are the mails to one example participant in New York" in page
    assert db.session.query(Message).count() == 0


def test_same_form_sent_twice_creates_one_cohort(admin: Person, client: PageClient) -> None:
    form = {**hidden(step(client, 4, **ANSWERS)), "lead": "dana@example.com"}
    client.send("/new-cohort", form)

    again = client.send("/new-cohort", form)

    assert path_of(again) == "/cohorts/autumn-leaders"
    assert db.session.query(Cohort).count() == 1


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nobody@example.com", "Nobody with this address has an account."),
        ("", "Write the address of the program lead."),
    ],
)
def test_lead_without_an_account_is_refused_and_the_answers_are_kept(
    admin: Person, client: PageClient, address: str, sentence: str
) -> None:
    answer = client.send("/new-cohort", {**hidden(step(client, 4, **ANSWERS)), "lead": address})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert hidden(page) == {**ANSWERS, "slug": "autumn-leaders"}
    assert f'value="{address}"' in page
    assert db.session.query(Cohort).count() == 0


def test_without_a_program_the_way_to_one_is_shown(build: Build, client: PageClient) -> None:
    client.sign_in(build.person(is_admin=True))

    page = client.get("/new-cohort").get_data(as_text=True)

    assert "First, a program" in page
    assert 'href="/import-program"' in page


def test_only_admins_create_cohorts(build: Build, client: PageClient, admin: Person) -> None:
    cohort = build.cohort()
    cast = [build.staff(cohort).person, build.enrolment(cohort).person, build.mentor(cohort).person, build.person()]

    answers: list[Any] = []
    for person in cast:
        client.sign_in(person)
        answers.append(
            (client.get("/new-cohort").status_code, client.send("/new-cohort", {**ANSWERS, "lead": "x"}).status_code)
        )
    client.send("/sign-out")

    assert answers == [(403, 403)] * 4
    assert path_of(client.get("/new-cohort")) == "/sign-in"
    assert db.session.query(Cohort).count() == 1


@pytest.mark.parametrize("number", [1, 3])
def test_last_step_takes_the_same_queries(
    build: Build, client: PageClient, admin: Person, queries: QueryCount, number: int
) -> None:
    for _ in range(number):
        build.program()
    db.session.commit()

    with queries as seen:
        step(client, 4, **ANSWERS)

    assert seen.count == 7
