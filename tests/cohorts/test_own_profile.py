"""A participant's profile in four steps: what is kept, what survives an error, who is asked what and who reads it."""

from datetime import timedelta
from typing import Any

import pytest

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mentoring.models import MatchRun, MentorState, RunState
from cohort.mentoring.vetoing import reasons_of
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of

YOU = {
    "company": "Northwind",
    "job_title": "Lead",
    "seniority": "5",
    "manager_email": "Boss@Example.com",
    "time_zone": "Asia/Kathmandu",
    "languages": "English, spanish; EN",
    "on_call": "1 week in 4",
}
GROWTH = {
    "first_area": "communication",
    "second_area": "learning-agility",
    "third_area": "strategic-thinking",
    "goal": "Listen first.",
    "styles": ["structured", "direct"],
    "own_style": "One thing  at a time, direct",
}
HOURS: dict[str, Any] = {"slots": ["1-540", "1-570", "3-780"], "availability": "tue 10:00-10:30\nfri 05:45-06:30"}


@pytest.fixture
def ann(build: Build) -> Person:
    return build.person("Ann Lee", time_zone="Europe/London")


@pytest.fixture
def place(build: Build, ann: Person) -> Enrolment:
    return build.enrolment(build.cohort(), ann)


def path_to(enrolment: Enrolment, step: str = "") -> str:
    page = f"/cohorts/{db.session.get_one(Cohort, enrolment.cohort_id).slug}/my-profile"
    return f"{page}/{step}" if step else page


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_four_steps_put_somebody_into_the_pool(build: Build, client: PageClient, place: Enrolment, ann: Person) -> None:
    client.sign_in(ann)
    assert path_of(client.get(path_to(place))) == path_to(place, "you")
    assert "0% complete." in text_of(client, path_to(place, "you"))

    assert path_of(client.send(path_to(place, "you"), YOU)) == path_to(place, "growth")
    assert path_of(client.send(path_to(place, "growth"), GROWTH)) == path_to(place, "wishes")
    assert "75% complete. For the matching pool: your free hours." in text_of(client, path_to(place, "wishes"))
    assert path_of(client.send(path_to(place, "wishes"))) == path_to(place, "hours")
    assert path_of(client.send(path_to(place, "hours"), HOURS)) == path_to(place)

    db.session.refresh(place)
    db.session.refresh(ann)
    assert (ann.company, ann.job_title, ann.seniority, ann.time_zone) == ("Northwind", "Lead", 5, "Asia/Kathmandu")
    assert (ann.languages, place.manager_email, place.on_call) == (["en", "es"], "boss@example.com", "1 week in 4")
    assert place.growth_areas == ["communication", "learning-agility", "strategic-thinking"]
    assert (place.goal, place.style) == ("Listen first.", ["structured", "direct", "one thing at a time"])
    assert place.availability == "tue 09:00-10:30;thu 13:00-13:30;fri 05:45-06:30"
    assert place.profiled_at == build.now
    assert "you appear in the matching pool" in text_of(client, path_to(place))


def test_step_may_be_left_unfinished_and_gone_back_from(client: PageClient, place: Enrolment, ann: Person) -> None:
    client.sign_in(ann)

    answer = client.send(path_to(place, "growth"), {"first_area": "communication", "go": "back"})

    assert path_of(answer) == path_to(place, "you")
    db.session.refresh(place)
    assert (place.growth_areas, place.profiled_at) == (["communication"], None)
    client.send(path_to(place, "hours"), HOURS)
    assert "Still missing: your languages, three growth areas, what you want" in text_of(client, path_to(place, "you"))


def test_what_is_typed_is_kept_before_the_button_is_pressed_but_for_vetoes(
    build: Build, client: PageClient, place: Enrolment, ann: Person
) -> None:
    ruth = build.mentor(place.cohort)
    client.sign_in(ann)

    assert client.send(path_to(place, "hours/draft"), {"slots": ["1-540"]}).status_code == 200
    assert client.send(path_to(place, "hours/draft"), {"availability": "tuesd"}).status_code == 422
    said = {"vetoes-0-who": ruth.id, "vetoes-0-reason": "She is my"}
    assert client.send(path_to(place, "wishes/draft"), said).status_code == 422

    db.session.refresh(place)
    assert (place.availability, reasons_of(place)) == ("tue 09:00-09:30", {})
    assert f'data-autosave="{path_to(place, "hours/draft")}"' in text_of(client, path_to(place, "hours"))
    assert "data-autosave" not in text_of(client, path_to(place, "wishes"))


def test_hours_are_ticked_by_day_and_half_hour(client: PageClient, place: Enrolment, ann: Person) -> None:
    """What the grid cannot show stands in the box under it; nothing is lost by saving the step as it is."""
    place.availability = "mon 09:00-10:00;tue 08:15-09:00;sun 21:00-22:00"
    client.sign_in(ann)

    page = text_of(client, path_to(place, "hours"))

    assert 'value="0-570" aria-label="Monday 09:30 to 10:00" checked' in page
    assert page.count(" checked") == 2
    assert page.count('type="checkbox"') == 7 * 28
    assert ">\ntue 08:15-09:00\nsun 21:00-22:00</textarea>" in page.replace("\r\n", "\n")
    client.send(
        path_to(place, "hours"),
        {"slots": ["0-540", "0-570"], "availability": "tue 08:15-09:00\nsun 21:00-22:00"},
    )
    db.session.refresh(place)
    assert place.availability == "mon 09:00-10:00;tue 08:15-09:00;sun 21:00-22:00"


@pytest.mark.parametrize(
    ("step", "fields", "message"),
    [
        ("you", YOU | {"languages": "Klingon"}, "“Klingon” is not a language we know."),
        ("you", YOU | {"manager_email": "my boss"}, "“my boss” is not an e-mail address."),
        ("you", YOU | {"seniority": "11"}, "Not a valid choice."),
        ("growth", GROWTH | {"second_area": "communication"}, "Choose three different growth areas."),
        ("growth", GROWTH | {"second_area": "time-travel"}, "Not a valid choice."),
        ("growth", GROWTH | {"own_style": "a,b,c,d,e,f,g,h"}, "At most 8 in all."),
        ("growth", GROWTH | {"goal": "x" * 2_001}, "At most 2,000 characters"),
        ("hours", HOURS | {"availability": "tuesday mornings"}, "“tuesday mornings” is not understood."),
        ("hours", HOURS | {"slots": ["8-540"]}, "is not a valid choice"),
        ("hours", HOURS | {"slots": ["", "8-540"]}, "are not valid choices"),
        ("growth", GROWTH | {"styles": ["", "CANARY"]}, "are not valid choices"),
    ],
)
def test_step_that_cannot_be_saved_keeps_what_was_typed(
    client: PageClient, place: Enrolment, ann: Person, step: str, fields: dict[str, Any], message: str
) -> None:
    client.sign_in(ann)

    answer = client.send(path_to(place, step), fields)

    page = answer.get_data(as_text=True)
    typed = fields.get("on_call") or fields.get("goal") or fields.get("availability", "")
    assert (answer.status_code, message in page, typed.splitlines()[0] in page) == (422, True, True)
    db.session.refresh(place)
    assert (place.on_call, place.growth_areas, place.availability) == ("", [], "")


def test_wishes_are_ranked_among_mentors_who_said_yes(
    build: Build, client: PageClient, place: Enrolment, ann: Person
) -> None:
    ruth, luis = build.person("Ruth Okafor", job_title="Director"), build.person("Luis Ortega")
    first = build.mentor(place.cohort, ruth, strengths=["communication"], levels={"communication": 5}, bio="Waits.")
    second = build.mentor(place.cohort, luis)
    build.mentor(place.cohort, build.person("Not Yet"), state=MentorState.INVITED)
    client.sign_in(ann)

    page = text_of(client, path_to(place, "wishes"))
    client.send(path_to(place, "wishes"), {"first_wish": second.id, "third_wish": first.id})

    assert "Communication: “People come to me for it”." in page and "Waits." in page and "Not Yet" not in page
    db.session.refresh(place)
    assert place.wishes == [second.id, first.id]
    answer = client.send(path_to(place, "wishes"), {"first_wish": first.id, "second_wish": first.id})
    assert (answer.status_code, "three different people" in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"who": "ruth"}, "Write why. Program staff read it, and nobody else."),
        ({"reason": "My own words"}, "Choose whom you mean"),
        ({"who": "luis", "reason": "My own words"}, "You wish for this person above."),
        ({"who": "ruth", "reason": "My own words", "again": True}, "You name this person twice."),
    ],
)
def test_veto_that_says_too_little_is_sent_back(
    build: Build, client: PageClient, place: Enrolment, ann: Person, row: dict[str, Any], message: str
) -> None:
    mentors = {name: build.mentor(place.cohort, build.person(name.title())) for name in ("ruth", "luis")}
    client.sign_in(ann)
    who = str(mentors[row["who"]].id) if "who" in row else ""
    fields = {"first_wish": str(mentors["luis"].id), "vetoes-0-who": who, "vetoes-0-reason": row.get("reason", "")}
    fields |= {"vetoes-1-who": who, "vetoes-1-reason": "Again"} if row.get("again") else {}

    answer = client.send(path_to(place, "wishes"), fields)

    page = answer.get_data(as_text=True)
    assert (answer.status_code, message in page, row.get("reason", "") in page) == (422, True, True)
    assert reasons_of(place) == {}


def test_veto_is_asked_for_until_the_first_run(build: Build, client: PageClient, place: Enrolment, ann: Person) -> None:
    ruth = build.mentor(place.cohort, build.person("Ruth Okafor"))
    client.sign_in(ann)
    path = path_to(place, "wishes")
    fields = {"vetoes-0-who": ruth.id, "vetoes-0-reason": "She is my aunt"}
    assert text_of(client, path).count("Read by: <strong>program staff</strong>") == 2

    client.send(path, fields)
    assert "She is my aunt" in text_of(client, path)
    run = MatchRun(cohort_id=place.cohort_id, number=1, state=RunState.DONE, asked_at=build.now, asked_by_id=ann.id)
    db.session.add(run)
    db.session.commit()
    page = text_of(client, path)
    client.send(path, {"first_wish": ruth.id})

    assert ("The first matching has been run." in page, "vetoes-0-who" in page) == (True, False)
    assert "<li>Ruth Okafor: She is my aunt</li>" in page
    db.session.refresh(place)
    assert (place.wishes, reasons_of(place)) == ([ruth.id], {ruth.id: "She is my aunt"})


@pytest.mark.parametrize(
    ("said", "status"), [(("", ""), 409), (("ruth", "She is my aunt"), 302), (("ruth", "CANARY: my aunt"), 409)]
)
def test_veto_on_a_page_that_was_open_since_before_the_run(
    build: Build, client: PageClient, place: Enrolment, ann: Person, said: tuple[str, str], status: int
) -> None:
    """Neither a new one nor one that is withdrawn is dropped in silence."""
    ruth = build.mentor(place.cohort, build.person("Ruth Okafor"))
    client.sign_in(ann)
    path, (who, reason) = path_to(place, "wishes"), said
    client.send(path, {"vetoes-0-who": ruth.id, "vetoes-0-reason": "She is my aunt"})
    run = MatchRun(cohort_id=place.cohort_id, number=1, state=RunState.DONE, asked_at=build.now, asked_by_id=ann.id)
    db.session.add(run)
    db.session.commit()

    answer = client.send(path, {"vetoes-0-who": ruth.id if who else "", "vetoes-0-reason": reason})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Ask program staff. Nothing was saved" in page) == (status, status == 409)
    assert ("CANARY" in reason) == ("CANARY" in page)
    assert reasons_of(place) == {ruth.id: "She is my aunt"}


def test_who_has_no_place_yet_sees_no_mentors(build: Build, client: PageClient, ann: Person) -> None:
    place = build.enrolment(build.cohort(), ann, state=EnrolmentState.INVITED)
    ruth = build.mentor(place.cohort, build.person("Ruth Okafor"))
    client.sign_in(ann)

    assert "Ruth Okafor" not in text_of(client, path_to(place, "wishes"))
    assert client.send(path_to(place, "wishes"), {"first_wish": ruth.id}).status_code == 422
    assert path_of(client.send(path_to(place, "wishes"))) == path_to(place, "hours")


def test_steps_say_who_reads_each_part(client: PageClient, place: Enrolment, ann: Person) -> None:
    client.sign_in(ann)
    pages = "".join(text_of(client, path_to(place, step)) for step in ("you", "growth", "wishes", "hours"))

    readers = {
        words: pages.count(f"<strong>{words}</strong>")
        for words in (
            "everyone in your cohorts",
            "you and program staff",
            "you, your mentor and program staff",
            "you, mentors of your cohort and program staff",
            "program staff",
        )
    }
    assert list(readers.values()) == [2, 1, 7, 1, 2]


@pytest.mark.parametrize("number", [1, 3])
def test_wishes_take_as_many_queries_for_many_mentors_as_for_one(
    build: Build, client: PageClient, queries: QueryCount, place: Enrolment, ann: Person, number: int
) -> None:
    for _ in range(number):
        build.mentor(place.cohort, strengths=["communication"])
    client.sign_in(ann)
    path = path_to(place, "wishes")

    with queries as seen:
        client.get(path)

    assert seen.count == 7


def test_withdrawn_person_reads_the_profile_for_thirty_days_and_changes_nothing(
    build: Build, client: PageClient, ann: Person
) -> None:
    ended = build.now - timedelta(days=30)
    place = build.enrolment(build.cohort(), ann, state=EnrolmentState.WITHDRAWN, ended_at=ended, goal="Listen")
    client.sign_in(ann)

    page = text_of(client, path_to(place))
    assert ("Listen" in page, path_to(place, "growth") in page) == (True, False)
    assert path_of(client.get(path_to(place, "growth"))) == path_to(place)
    assert client.send(path_to(place, "growth"), GROWTH).status_code == 403
    place.ended_at = build.now - timedelta(days=30, seconds=1)
    db.session.commit()
    assert client.get(path_to(place)).status_code == 404


def test_no_such_step(client: PageClient, place: Enrolment, ann: Person) -> None:
    client.sign_in(ann)

    assert client.get(path_to(place, "secrets")).status_code == 404
