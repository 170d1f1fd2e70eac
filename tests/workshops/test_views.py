"""Workshops for those who run them: numbers, run sheet, settings, attendance, code, import."""

import io
import re
from datetime import timedelta

import pytest
import time_machine

from cohort.cohorts.models import StaffRole
from cohort.db import db
from cohort.people.models import Person
from cohort.workshops.models import Attendance, Place
from cohort.workshops.signing_up import ask_to_confirm, confirm, excuse, take_place
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import codes, make_others
from tests.workshops.hall import Hall

MINUTE = timedelta(minutes=1)
REPORT = (
    b"Name,Email,Duration\nAnn,ann@example.com,1h 30m\nAnn,ANN@example.com,1m\nBen,ben@example.com,1h 29m\n"
    b"X,x@x.org,5\n"
)


@pytest.fixture
def hall(build: Build) -> Hall:
    return Hall(build, capacity=2)


@pytest.fixture
def lead(hall: Hall) -> Person:
    lead: Person = hall.build.staff(hall.cohort).person
    db.session.commit()
    return lead


def path(hall: Hall, page: str = "") -> str:
    return f"/cohorts/{hall.cohort.slug}/sittings/{hall.first.id}{page}"


def read(client: PageClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def test_pages_are_for_staff_alone(hall: Hall, client: PageClient) -> None:
    others = make_others(hall.build, hall.cohort)
    db.session.commit()

    seen = codes(client, f"/cohorts/{hall.cohort.slug}/workshops", others)

    assert {name for name, code in seen.items() if code == 200} == {"facilitator", "lead", "observer"}
    assert codes(client, path(hall), others) == seen


def test_overview_tells_each_sitting_in_numbers(hall: Hall, lead: Person, client: PageClient) -> None:
    ann, ben, cleo = (hall.comer() for _ in range(3))
    for one in (ann, ben, cleo):
        take_place(one, hall.first, now=hall.build.now)
    ask_to_confirm([hall.first.id], now=hall.build.now)
    confirm(ann, hall.first, now=hall.build.now)
    db.session.commit()

    page = read(client.sign_in(lead), f"/cohorts/{hall.cohort.slug}/workshops")

    row = re.search(rf"<tr>(?:(?!</tr>).)*sittings/{hall.first.id}\b.*?</tr>", page)
    assert row
    words = re.sub(r"<[^>]+>", " ", row.group())
    assert " ".join(words.split()) == (
        "Hard talks rehearsal First sitting Wed 25 Nov, 10:00 Chicago 2 of 2 1 1 of 2 No room, no link Ahead"
    )


def test_settings_are_kept_and_the_slower_of_two_editors_is_told(hall: Hall, lead: Person, client: PageClient) -> None:
    form = {"version": "0", "capacity": "4", "room": "Room 4", "join_url": "https://meet.example/a", "facilitator": ""}
    client.sign_in(lead)

    assert path_of(client.send(path(hall, "/settings"), form)) == path(hall)
    slower = client.send(path(hall, "/settings"), form | {"room": "Room 9", "materials": "Typed for an hour"})

    page = slower.get_data(as_text=True)
    assert slower.status_code == 409
    assert ("Room 4" in page, "Room 9" in page, "Typed for an hour" in page) == (True, True, True)
    assert (hall.sitting(hall.first).room, hall.sitting(hall.first).version) == ("Room 4", 1)
    assert path_of(client.send(path(hall, "/settings"), form | {"version": "1", "room": "Room 9"})) == path(hall)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("join_url", "http://meet.example/a"),
        ("join_url", "javascript:alert(1)"),
        ("join_url", "https://"),
        ("join_url", "https://a b.example"),
        ("join_url", "https://x:99999/"),
        ("capacity", "0"),
        ("capacity", "many"),
        ("capacity", "1"),
        ("facilitator", "999999"),
    ],
)
def test_odd_settings_are_refused_and_stay_in_the_form(
    hall: Hall, lead: Person, client: PageClient, field: str, value: str
) -> None:
    for _ in range(2):
        take_place(hall.comer(), hall.first, now=hall.build.now)
    db.session.commit()

    answer = client.sign_in(lead).send(path(hall, "/settings"), {"version": "0", "room": "Typed", field: value})

    assert (answer.status_code, "Typed" in answer.get_data(as_text=True)) == (422, True)
    assert hall.sitting(hall.first).version == 0


def test_one_form_marks_everybody(hall: Hall, lead: Person, client: PageClient) -> None:
    ann, ben = hall.comer("Ann"), hall.comer("Ben")
    for one in (ann, ben):
        take_place(one, hall.first, now=hall.build.now)
    places = {one: hall.place(one, hall.first) for one in (ann, ben)}
    assert places[ann] and places[ben]
    db.session.commit()
    with time_machine.travel(hall.starts_at, tick=False):
        client.sign_in(lead)
        client.send(path(hall, "/attendance"), {f"mark-{places[ann].id}": "part", "mark-99": "attended", "do": "rest"})

        page = read(client, path(hall))
        assert page.count('value="attended" checked') == 1
        client.send(path(hall, "/close"))
        assert client.send(path(hall, "/attendance"), {f"mark-{places[ann].id}": ""}).status_code == 409
        client.send(path(hall, "/reopen"))
        client.send(path(hall, "/attendance"), {f"mark-{places[ann].id}": "", f"mark-{places[ben].id}": "rubbish"})

    db.session.expire_all()
    marks = [place.attendance for one in (ann, ben) if (place := hall.place(one, hall.first))]
    assert marks == [None, Attendance.ATTENDED]


def test_somebody_is_signed_up_and_above_the_capacity_only_by_a_lead_who_confirms(
    hall: Hall, lead: Person, client: PageClient
) -> None:
    facilitator = hall.build.staff(hall.cohort, role=StaffRole.FACILITATOR).person
    people = [hall.comer() for _ in range(4)]
    db.session.commit()
    client.sign_in(facilitator)
    for one in people[:3]:
        client.send(path(hall, "/places"), {"person": str(one.id)})
    assert [hall.state(one, hall.first) for one in people] == ["held", "held", "waiting", ""]
    assert client.get(path(hall, "/above-capacity")).status_code == 403
    assert "above the capacity" not in read(client, path(hall))

    client.sign_in(lead)
    assert "Give a seat above the capacity" in read(client, path(hall))
    form = {"person": str(people[3].id), "reason": "Flies in for it"}
    assert client.send(path(hall, "/above-capacity"), form | {"reason": ""}).status_code == 422
    assert path_of(client.send(path(hall, "/above-capacity"), form)) == path(hall)
    assert hall.state(people[3], hall.first) == "held"

    with time_machine.travel(hall.build.now + 11 * MINUTE, tick=False):
        assert path_of(client.get(path(hall, "/above-capacity"))) == "/confirm"


def test_walk_in_is_noted_on_the_day(hall: Hall, lead: Person, client: PageClient) -> None:
    ann, elsewhere = hall.comer(), hall.build.enrolment(hall.build.cohort())
    db.session.commit()
    client.sign_in(lead)
    assert client.send(path(hall, "/walk-ins"), {"person": str(ann.id)}).status_code == 409
    with time_machine.travel(hall.starts_at, tick=False):
        client.sign_in(lead)
        assert client.send(path(hall, "/walk-ins"), {"person": str(elsewhere.id)}).status_code == 422
        client.send(path(hall, "/walk-ins"), {"person": str(ann.id)})

    place = hall.place(ann, hall.first)
    assert place and (place.is_walk_in, place.attendance) == (True, Attendance.ATTENDED)


def test_person_is_taken_out_and_the_seat_handed_on(hall: Hall, lead: Person, client: PageClient) -> None:
    people = [hall.comer() for _ in range(3)]
    for one in people:
        take_place(one, hall.first, now=hall.build.now)
    place = hall.place(people[0], hall.first)
    assert place
    place_id, ids = place.id, [one.id for one in people]
    db.session.commit()
    client.sign_in(lead)
    del place, people, one
    db.session.expunge_all()  # as in a request of its own, nothing is at hand

    assert path_of(client.send(path(hall, f"/places/{place_id}/take-out"))) == path(hall)

    states = db.session.query(Place.enrolment_id, Place.state).filter(Place.item_id == hall.first.id)
    found = {enrolment_id: state.value for enrolment_id, state in states}
    assert [found[number] for number in ids] == ["left", "held", "offered"]


def test_code_page_shows_code_and_picture_and_renews_by_post(hall: Hall, lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    page = read(client, path(hall, "/code"))

    assert "123 456" in page
    assert re.search(r'<path d="(M\d+ \d+h\d+v1h-\d+z)+" fill="#000"/>', page)
    assert client.get(path(hall, "/code")).status_code == 200
    assert hall.sitting(hall.first).code == "123456"
    client.send(path(hall, "/code"))
    db.session.expire_all()
    assert re.fullmatch(r"\d{6}", hall.sitting(hall.first).code)


def test_report_of_the_meeting_is_looked_at_then_taken_over(hall: Hall, lead: Person, client: PageClient) -> None:
    ann = hall.build.enrolment(hall.cohort, hall.build.person("Ann", email="ann@example.com"))
    ben = hall.build.enrolment(hall.cohort, hall.build.person("Ben", email="ben@example.com"))
    excuse(ben, hall.first, now=hall.build.now)
    take_place(ann, hall.first, now=hall.build.now)
    db.session.commit()
    with time_machine.travel(hall.ends_at, tick=False):
        client.sign_in(lead)
        looked = client.send(path(hall, "/import"), {"file": (io.BytesIO(REPORT), "report.csv"), "step": "look"})
        page = looked.get_data(as_text=True)
        place = hall.place(ann, hall.first)
        assert place and place.attendance is None
        assert ("x@x.org" in page, "1 h 31 min" in page) == (True, True)
        carried = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
        assert carried
        done = client.send(path(hall, "/import"), {"carried": carried.group(1), "name": "report.csv", "step": "import"})
        assert path_of(done) == path(hall)

    db.session.expire_all()
    marks = [(place.attendance, place.is_walk_in) for one in (ann, ben) if (place := hall.place(one, hall.first))]
    assert marks == [(Attendance.ATTENDED, False), (Attendance.PART, False)]


@pytest.mark.parametrize("data", [b"", b"Name,Points\nAnn,3\n", b"PK\x03\x04"])
def test_file_that_is_no_report_is_refused_on_the_page(
    hall: Hall, lead: Person, client: PageClient, data: bytes
) -> None:
    answer = client.sign_in(lead).send(path(hall, "/import"), {"file": (io.BytesIO(data), "x.csv"), "step": "look"})

    assert (answer.status_code, "error-text" in answer.get_data(as_text=True)) == (422, True)


def test_run_sheet_shows_the_line_in_its_order(hall: Hall, lead: Person, client: PageClient) -> None:
    zoe, amy = hall.comer("Zoe"), hall.comer("Amy")
    hall.sitting(hall.first).capacity = 1
    take_place(hall.comer("Bob"), hall.first, now=hall.build.now)
    take_place(zoe, hall.first, now=hall.build.now)
    take_place(amy, hall.first, now=hall.build.now + MINUTE)
    db.session.commit()

    page = read(client.sign_in(lead), path(hall))

    line = page[page.index("Waiting line, in its order") :]
    assert line.index("Zoe") < line.index("Amy")


@pytest.mark.parametrize("number", [1, 3])
def test_pages_take_as_many_queries_for_more(
    hall: Hall, lead: Person, client: PageClient, queries: QueryCount, number: int
) -> None:
    hall.sitting(hall.first).capacity = None
    for _ in range(number):
        take_place(hall.comer(), hall.first, now=hall.build.now)
        hall.comer()
    client.sign_in(lead)

    counts = []
    for address in (f"/cohorts/{hall.cohort.slug}/workshops", path(hall)):
        with queries as seen:
            client.get(address)
        counts.append(seen.count)

    assert counts == [7, 10]
