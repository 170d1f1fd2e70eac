"""The page of days away and on call, and choosing out of a calendar file."""

from datetime import date
from io import BytesIO

import pytest

from cohort.db import db
from cohort.people import away_file
from cohort.people.away import LONGEST, Days, add_away
from cohort.people.models import Away, AwayKind, Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.people.test_away_file import WEEK, calendar

RANGE = {"kind": "on call", "first": "2026-11-30", "last": "2026-12-06"}


@pytest.fixture
def ben(build: Build, client: PageClient) -> Person:
    ben = build.person("Ben Adeyemi")
    client.sign_in(ben)
    return ben


def page(client: PageClient) -> str:
    return client.get("/away").get_data(as_text=True)


def noted() -> list[tuple[int, str, str, str]]:
    rows = db.session.query(Away).order_by(Away.first).all()
    return [(one.person_id, one.kind.value, one.first.isoformat(), one.last.isoformat()) for one in rows]


def test_typed_days_stand_on_the_list_with_who_reads_them(client: PageClient, ben: Person) -> None:
    assert path_of(client.send("/away", RANGE)) == "/away"

    shown = page(client)
    assert "30 Nov – 6 Dec" in shown
    assert "you, your mentor and the program team of your cohorts" in shown
    assert noted() == [(ben.id, "on call", "2026-11-30", "2026-12-06")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first": ""}, "Choose the first day."),
        ({"kind": "asleep"}, "Not a valid choice"),
        ({"last": "2026-11-29"}, "not before the first"),
        ({"last": "x"}, "Not a valid date value"),
        ({"last": "9999-12-31"}, f"at most {LONGEST.days} days"),
    ],
)
def test_odd_days_are_said(client: PageClient, ben: Person, change: dict[str, str], words: str) -> None:
    answer = client.send("/away", RANGE | change)

    assert (answer.status_code, noted()) == (422, [])
    assert words in answer.get_data(as_text=True)


def test_days_are_removed_by_who_noted_them_alone(build: Build, client: PageClient, ben: Person) -> None:
    days = add_away(ben, Days(AwayKind.AWAY, date(2026, 12, 1), date(2026, 12, 1)), now=build.now)
    db.session.commit()
    address = f"/away/{days.id}/remove"

    assert client.sign_in(build.person()).send(address).status_code == 404
    assert len(noted()) == 1
    assert client.sign_in(ben).send(address).status_code == 302
    assert noted() == []


def test_file_is_shown_and_nothing_of_it_kept(client: PageClient, ben: Person) -> None:
    upload = {"calendar": (BytesIO(calendar(WEEK)), "rota.ics")}

    shown = client.send("/away/file", upload, content_type="multipart/form-data").get_data(as_text=True)

    assert 'value="2026-11-30/2026-12-06"' in shown
    assert "On-call week" in shown
    assert noted() == []


def test_chosen_days_of_a_file_are_kept_as_the_chosen_kind(client: PageClient, ben: Person) -> None:
    sent = {
        "days-0": "2026-11-30/2026-12-06",
        "kind-0": "away",
        "keep-0": "1",
        "days-1": "2026-12-24/2026-12-26",
        "kind-1": "away",
        "days-2": "2027-01-04/2027-01-10",
        "kind-2": "on call",
        "keep-2": "1",
    }

    assert path_of(client.send("/away/keep", sent)) == "/away"
    assert noted() == [(ben.id, "away", "2026-11-30", "2026-12-06"), (ben.id, "on call", "2027-01-04", "2027-01-10")]


@pytest.mark.parametrize(
    "sent",
    [
        {"days-0": "x", "kind-0": "away", "keep-0": "1"},
        {"days-0": "2026-12-01/2026-12-02/2026-12-03", "kind-0": "away"},
        {"days-0": "2026-12-01/2026-12-02", "kind-0": "asleep"},
        {"days-0": "2026-12-01/2026-12-02"},
    ],
)
def test_list_that_no_page_of_ours_sends_is_refused(client: PageClient, ben: Person, sent: dict[str, str]) -> None:
    assert client.send("/away/keep", sent).status_code == 422
    assert noted() == []


def test_chosen_days_are_looked_at_as_if_typed(client: PageClient, ben: Person) -> None:
    sent = {"days-0": "2026-12-01/2028-12-02", "kind-0": "away", "keep-0": "1"}

    answer = client.send("/away/keep", sent)

    assert answer.status_code == 422
    assert "Choose at most 366 days" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("data", "words"), [(b"no calendar", "no calendar file"), (b"x" * 41, "larger than 1 MB")])
def test_odd_file_is_said_at_its_field(
    client: PageClient, ben: Person, monkeypatch: pytest.MonkeyPatch, data: bytes, words: str
) -> None:
    monkeypatch.setattr(away_file, "LARGEST", 40)
    upload = {"calendar": (BytesIO(data), "rota.ics")}
    with client.send("/away/file", upload, content_type="multipart/form-data") as answer:
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_as_many_queries_for_more_days(
    build: Build, client: PageClient, ben: Person, queries: QueryCount, number: int
) -> None:
    for day in range(1, number + 1):
        add_away(ben, Days(AwayKind.AWAY, date(2026, 12, 2 * day), date(2026, 12, 2 * day)), now=build.now)
    db.session.commit()

    with queries as seen:
        page(client)

    assert seen.count == 4
