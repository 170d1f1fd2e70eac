"""The page of a workshop as participants, mentors and staff see it, and what participants do there."""

from datetime import timedelta

import pytest
import time_machine

from cohort.cohorts.models import Enrolment, EnrolmentState
from cohort.db import db
from cohort.limits import limiter
from cohort.workshops.attending import close_attendance, record
from cohort.workshops.models import Attendance, PlaceState
from cohort.workshops.signing_up import ask_to_confirm, excuse, leave_place, take_place
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import make_others
from tests.workshops.hall import KEY, Hall

LINK = "https://meet.example/a-secret-room"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall(build: Build) -> Hall:
    hall = Hall(build, capacity=1)
    hall.sitting(hall.first).join_url = hall.sitting(hall.second).join_url = LINK
    db.session.commit()
    return hall


def page_path(hall: Hall) -> str:
    return f"/cohorts/{hall.cohort.slug}/workshops/{KEY}"


def deed(hall: Hall, name: str, *, second: bool = False) -> str:
    return f"{page_path(hall)}/sittings/{(hall.second if second else hall.first).id}/{name}"


def read(client: PageClient, hall: Hall) -> str:
    """The page as the person who is signed in sees it, its white space aside."""
    answer = client.get(page_path(hall))
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def test_place_is_taken_waited_for_and_given_up_by_buttons(hall: Hall, client: PageClient) -> None:
    ann, ben = hall.comer("Ann"), hall.comer("Ben")
    client.sign_in(hall.person(ann))
    assert "You have not answered yet" in read(client, hall)
    assert path_of(client.send(deed(hall, "take"))) == page_path(hall)
    assert "You said yes" in read(client, hall)

    client.sign_in(hall.person(ben))
    assert "Join the waiting line" in read(client, hall)
    client.send(deed(hall, "take"))
    assert "You are number 1 in line" in read(client, hall)

    client.sign_in(hall.person(ann)).send(deed(hall, "excuse"))
    assert "You said that you cannot come" in read(client, hall)

    client.sign_in(hall.person(ben))
    assert "kept for you until <b>Mon 23 Nov, 21:15 Chicago" in read(client, hall)
    client.send(deed(hall, "claim"))
    assert hall.state(ben, hall.first) == "held"


def test_other_sitting_is_taken_in_exchange(hall: Hall, client: PageClient) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    client.sign_in(hall.person(ann))
    assert "1 seat free" in read(client, hall)

    client.send(deed(hall, "take", second=True))

    assert [hall.state(ann, item) for item in (hall.first, hall.second)] == ["left", "held"]
    client.send(deed(hall, "leave", second=True))
    assert "You hold no place in this workshop" in read(client, hall)


def test_moved_date_asks_until_it_is_answered(hall: Hall, client: PageClient) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    ask_to_confirm([hall.first.id], now=hall.build.now)
    client.sign_in(hall.person(ann))
    page = read(client, hall)
    assert "The date has moved: can you still come?" in page
    assert "Not confirmed yet" in page

    client.send(deed(hall, "confirm"))

    page = read(client, hall)
    assert "The date has moved" not in page
    assert "You said yes" in page


def test_link_is_shown_from_a_day_before_until_the_end_to_who_holds_a_place(hall: Hall, client: PageClient) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    day = timedelta(hours=24)
    moments = [hall.starts_at - day - MINUTE, hall.starts_at - day, hall.ends_at - MINUTE, hall.ends_at]

    shown = []
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            shown.append(LINK in read(client.sign_in(hall.person(ann)), hall))

    assert shown == [False, True, True, False]


def test_link_is_shown_to_nobody_without_a_place(hall: Hall, client: PageClient) -> None:
    """Waiting, offered, excused, left, in the other sitting before its day, mentors: none of them; staff always."""
    holder, waiting = hall.comer(), hall.comer()
    take_place(holder, hall.first, now=hall.build.now)
    take_place(waiting, hall.first, now=hall.build.now)
    excused, left, elsewhere, silent = (hall.comer() for _ in range(4))
    excuse(excused, hall.first, now=hall.build.now)
    take_place(elsewhere, hall.second, now=hall.build.now)
    take_place(left, hall.first, now=hall.build.now)
    leave_place(left, hall.first, now=hall.build.now)
    others = make_others(hall.build, hall.cohort)
    people = {
        "waiting": waiting.person,
        "excused": excused.person,
        "left it": left.person,
        "elsewhere": elsewhere.person,
        "silent": silent.person,
        **{name: others[name] for name in ("other mentor", "facilitator", "lead", "observer")},
    }
    seen = {}
    with time_machine.travel(hall.starts_at - MINUTE, tick=False):
        pages = [page_path(hall), f"/cohorts/{hall.cohort.slug}/my-schedule", f"/cohorts/{hall.cohort.slug}/home"]
        for name, person in people.items():
            client.sign_in(person)
            seen[name] = any(LINK in client.get(path).get_data(as_text=True) for path in pages)

    assert {name for name, is_shown in seen.items() if is_shown} == {"facilitator", "lead", "observer"}
    place = hall.place(waiting, hall.first)
    assert place
    place.state, place.offered_until = PlaceState.OFFERED, hall.starts_at
    db.session.commit()
    with time_machine.travel(hall.starts_at - MINUTE, tick=False):
        assert LINK not in read(client.sign_in(hall.person(waiting)), hall)


def test_withdrawn_person_sees_no_link(hall: Hall, client: PageClient) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    ann.state, ann.ended_at = EnrolmentState.WITHDRAWN, hall.build.now
    db.session.commit()

    with time_machine.travel(hall.starts_at, tick=False):
        assert client.sign_in(hall.person(ann)).get(page_path(hall)).status_code == 404


def test_who_comes_says_nothing_of_those_who_do_not(hall: Hall, client: PageClient) -> None:
    ann, ben, cleo = hall.comer("Ann Lee"), hall.comer("Ben Adeyemi"), hall.comer("Cleo Marsh")
    take_place(ann, hall.first, now=hall.build.now)
    take_place(ben, hall.first, now=hall.build.now)
    excuse(cleo, hall.first, now=hall.build.now)

    page = read(client.sign_in(hall.comer().person), hall)

    assert ("Ann Lee" in page, "Ben Adeyemi" in page, "Cleo Marsh" in page) == (True, False, False)
    assert "Full, 1 person waits" in page


def test_code_on_the_screen_is_filled_in_and_checked_by_a_post(hall: Hall, client: PageClient) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)
    client.sign_in(hall.person(ann))
    path = f"{page_path(hall)}/check-in"
    with time_machine.travel(hall.starts_at, tick=False):
        client.sign_in(hall.person(ann))
        assert 'value="123456"' in client.get(f"{path}?code=123456").get_data(as_text=True)
        assert attendance(hall, ann) is None
        wrong = client.send(path, {"code": "000000"})
        assert (wrong.status_code, "That is not the code" in wrong.get_data(as_text=True)) == (422, True)
        assert path_of(client.send(path, {"code": "123456"})) == page_path(hall)
        assert "You checked in" in read(client, hall)
    assert attendance(hall, ann) is Attendance.ATTENDED


def test_code_outside_its_window_is_refused(hall: Hall, client: PageClient) -> None:
    ann = hall.comer()
    take_place(ann, hall.first, now=hall.build.now)

    answer = client.sign_in(hall.person(ann)).send(f"{page_path(hall)}/check-in", {"code": "123456"})

    assert (answer.status_code, "123456" in answer.get_data(as_text=True)) == (409, True)


def test_code_is_guessed_ten_times_a_minute_by_each(
    hall: Hall, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    limiter.reset()
    guesses = {}
    for name in ("ann", "ben"):
        client.sign_in(hall.person(hall.comer()))
        form = {"csrf_token": client.csrf_token(), "code": "000000"}
        headers = {"Sec-Fetch-Site": "same-origin"}
        path = f"{page_path(hall)}/check-in"
        guesses[name] = [client.post(path, data=form, headers=headers).status_code for _ in range(11)]
    limiter.reset()

    assert guesses == dict.fromkeys(("ann", "ben"), [409] * 10 + [429])


def attendance(hall: Hall, enrolment: Enrolment) -> Attendance | None:
    db.session.expire_all()
    place = hall.place(enrolment, hall.first)
    assert place
    return place.attendance


def test_afterwards_there_are_materials_stars_and_a_make_up_task(hall: Hall, client: PageClient) -> None:
    ann, ben = hall.comer(), hall.comer()
    hall.sitting(hall.first).capacity = 2
    hall.sitting(hall.first).materials = "## Slides\n\n<script>x</script>"
    hall.sitting(hall.first).make_up = "Watch the recording."
    for one in (ann, ben):
        take_place(one, hall.first, now=hall.build.now)
    assert "Slides" not in read(client.sign_in(hall.person(ann)), hall)
    record(hall.first, {ann.id: Attendance.ATTENDED}, now=hall.starts_at)
    close_attendance(hall.first, now=hall.ends_at)
    db.session.commit()

    with time_machine.travel(hall.ends_at, tick=False):
        page = read(client.sign_in(hall.person(ann)), hall)
        assert ("<h3>Slides</h3>" in page, "<script>x" in page, "Watch the recording" in page) == (True, False, False)
        client.send(deed(hall, "stars"), {"stars": "3"})
        assert client.send(deed(hall, "stars"), {"stars": "9"}).status_code == 422
        assert client.send(deed(hall, "make-up"), {"do": "done"}).status_code == 409

        page = read(client.sign_in(hall.person(ben)), hall)
        assert ("Watch the recording." in page, "How useful was it?" in page) == (True, False)
        assert client.send(deed(hall, "stars"), {"stars": "1"}).status_code == 409
        client.send(deed(hall, "make-up"), {"do": "done"})
        assert "Mark as open<span" in read(client, hall)
    place = hall.place(ann, hall.first)
    assert place and place.stars == 3


def test_schedule_and_home_show_the_own_sitting_only(hall: Hall, client: PageClient) -> None:
    silent, swapped, excused = (hall.comer() for _ in range(3))
    take_place(swapped, hall.second, now=hall.build.now)
    excuse(excused, hall.first, now=hall.build.now)
    db.session.commit()

    seen = {}
    for name, one in {"silent": silent, "swapped": swapped, "excused": excused}.items():
        client.sign_in(hall.person(one))
        for page in ("my-schedule", "home"):
            shown = client.get(f"/cohorts/{hall.cohort.slug}/{page}").get_data(as_text=True)
            first, second = "Workshop: Hard talks" in shown, "Workshop, second sitting: Hard talks" in shown
            seen[name, page] = (first, second)

    assert seen["silent", "my-schedule"] == (True, False)
    assert seen["swapped", "my-schedule"] == (False, True)
    assert seen["excused", "my-schedule"] == (False, False)
    assert (seen["silent", "home"][1], seen["swapped", "home"][0], seen["excused", "home"]) == (
        False,
        False,
        (False, False),
    )


def test_sitting_of_another_workshop_or_cohort_is_not_there(hall: Hall, client: PageClient) -> None:
    other = hall.build.item(hall.build.cohort(), "workshop:hard-talks").id
    kickoff = hall.build.item(hall.cohort, "workshop:kickoff").id
    client.sign_in(hall.comer().person)

    codes = {client.send(f"{page_path(hall)}/sittings/{item}/take").status_code for item in (other, kickoff)}

    assert codes == {404}


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_as_many_queries_for_more(hall: Hall, client: PageClient, queries: QueryCount, number: int) -> None:
    hall.sitting(hall.first).capacity = None
    for _ in range(number):
        take_place(hall.comer(), hall.first, now=hall.build.now)
    client.sign_in(hall.comer().person)

    with queries as seen:
        client.get(page_path(hall))

    assert seen.count == 13
