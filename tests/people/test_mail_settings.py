"""The page on which somebody says what mail comes, and when."""

from datetime import time
from typing import Any

import pytest

from cohort.cohorts.models import StaffRole
from cohort.db import db
from cohort.errors import DomainError
from cohort.people.models import Person
from cohort.people.wishes import AS_SHIPPED, Choice, Topic, Wishes
from cohort.people.wishing import change_wishes, list_faults
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import PageClient, QueryCount, path_of

SENT: dict[str, Any] = {
    "coursework": "weekly",
    "workshops": "now",
    "checkins": "daily",
    "mentoring": "off",
    "cohort": "now",
    "days": ["0", "1", "2", "3", "4"],
    "quiet_from": "20:30",
    "quiet_until": "06:15",
    "digest_at": "07:00",
    "digest_day": "4",
    "budget": "2",
}
WISHED = Wishes(
    choices=((Topic.COURSEWORK, Choice.WEEKLY), (Topic.CHECKINS, Choice.DAILY), (Topic.MENTORING, Choice.OFF)),
    quiet_from=time(20, 30),
    quiet_until=time(6, 15),
    days=(0, 1, 2, 3, 4),
    digest_at=time(7),
    digest_day=4,
    budget=2,
)


@pytest.fixture
def ann(build: Build, client: PageClient) -> Person:
    ann: Person = build.person("Ann Lee", time_zone="Europe/London")
    client.sign_in(ann)
    return ann


def page(client: PageClient) -> str:
    return client.get("/mail").get_data(as_text=True)


def checked(html: str) -> set[tuple[str, str]]:
    """The radios and boxes that are ticked: name and value."""
    marks = [mark.split(">")[0] for mark in html.split("<input ")[1:]]
    ticked = [mark for mark in marks if " checked" in mark]
    return {(mark.split('name="')[1].split('"')[0], mark.split('value="')[1].split('"')[0]) for mark in ticked}


def test_everything_is_saved_and_shown_again(client: PageClient, ann: Person) -> None:
    assert path_of(client.send("/mail", SENT)) == "/mail"

    assert ann.wishes == WISHED
    shown = page(client)
    assert "Your mail settings are saved." in shown
    assert {("coursework", "weekly"), ("mentoring", "off"), ("days", "4")} <= checked(shown)
    assert ("days", "5") not in checked(shown)
    assert 'value="20:30"' in shown


def test_times_name_the_zone_of_the_person(client: PageClient, ann: Person) -> None:
    shown = page(client)

    assert [label in shown for label in ("Quiet from (London)", "Quiet until (London)", "Time (London)")] == [True] * 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"days": []}, "Tick at least one day on which mail may come."),
        ({"quiet_from": "", "quiet_until": "late"}, "Write a time, such as 22:00."),
        ({"quiet_from": "07:30", "quiet_until": "07:00"}, "That leaves less than an hour of the day."),
        ({"digest_at": "06:14"}, "This lies in your quiet hours. Choose a time from 06:15 to 20:30."),
        ({"digest_day": "6"}, "You want no mail on a Sunday."),
        ({"budget": "21"}, "Write a number from 0 to 20."),
        ({"budget": "-1"}, "Write a number from 0 to 20."),
        ({"budget": ""}, "Write a number from 0 to 20."),
        ({"budget": "few"}, "Write a whole number, such as 12."),
        ({"coursework": "hourly"}, "Not a valid choice"),
    ],
)
def test_odd_wishes_are_said_and_kept_in_the_form(
    client: PageClient, ann: Person, change: dict[str, Any], words: str
) -> None:
    answer = client.send("/mail", SENT | change)

    shown = answer.get_data(as_text=True)
    assert (answer.status_code, ann.wishes) == (422, AS_SHIPPED)
    assert words in shown
    assert "Not a valid time value" not in shown
    assert {("mentoring", "off"), ("checkins", "daily")} <= checked(shown)


def test_what_was_typed_stays_in_the_form(client: PageClient, ann: Person) -> None:
    typed = {"quiet_from": "late", "digest_at": "06:14", "budget": "few"}

    shown = client.send("/mail", SENT | typed).get_data(as_text=True)

    assert [f'value="{text}"' in shown for text in typed.values()] == [True, True, True]


def test_all_that_contradicts_is_said_at_once(client: PageClient, ann: Person) -> None:
    shown = client.send("/mail", SENT | {"digest_at": "23:00", "digest_day": "5"}).get_data(as_text=True)

    assert "2 things to fix" in shown


@pytest.mark.parametrize(
    ("wishes", "fields"),
    [
        (AS_SHIPPED, []),
        (Wishes(quiet_from=time(7), quiet_until=time(7), digest_at=time(7)), []),
        (Wishes(quiet_from=time(9), quiet_until=time(8)), []),
        (Wishes(quiet_from=time(8, 59), quiet_until=time(8)), ["quiet_until"]),
        (Wishes(digest_at=time(6, 59)), ["digest_at"]),
        (Wishes(digest_at=time(7)), []),
        (Wishes(days=()), ["days"]),
        (Wishes(days=(1,)), ["digest_day"]),
        (Wishes(budget=-1), ["budget"]),
        (Wishes(budget=20), []),
    ],
)
def test_wishes_that_contradict_themselves_are_kept_nowhere(ann: Person, wishes: Wishes, fields: list[str]) -> None:
    assert [fault.field for fault in list_faults(wishes)] == fields
    if fields:
        with pytest.raises(DomainError):
            change_wishes(ann, wishes, now=ann.created_at)
        assert ann.wishes == AS_SHIPPED


def test_the_same_time_twice_means_no_quiet_hours(client: PageClient, ann: Person) -> None:
    client.send("/mail", SENT | {"quiet_from": "00:00", "quiet_until": "00:00"})

    assert not any(ann.wishes.is_quiet(time(hour)) for hour in range(24))


def test_saving_lets_the_planner_look_only_when_something_changed(
    build: Build, client: PageClient, ann: Person
) -> None:
    cohort, elsewhere = build.cohort(), build.cohort()
    build.enrolment(cohort, ann)
    db.session.commit()
    before = cohort.plan_revision, elsewhere.plan_revision

    for _ in range(2):
        client.send("/mail", SENT)

    assert (cohort.plan_revision, elsewhere.plan_revision) == (before[0] + 1, before[1])


@pytest.mark.parametrize("role", StaffRole)
def test_topic_of_staff_is_shown_to_staff(build: Build, client: PageClient, ann: Person, role: StaffRole) -> None:
    assert 'name="staff"' not in page(client)

    build.staff(build.cohort(), ann, role)
    db.session.commit()

    assert 'name="staff"' in page(client)


def test_topic_that_is_not_shown_stays_as_it_is(build: Build, client: PageClient, ann: Person) -> None:
    ann.mail_wishes = AS_SHIPPED.choosing({Topic.COHORT: Choice.OFF}).stored()
    db.session.commit()

    client.send("/mail", {name: value for name, value in SENT.items() if name != "cohort"})

    assert ann.wishes.choice(Topic.COHORT) is Choice.OFF


def test_who_turned_off_mail_of_staff_finds_it_after_leaving_the_team(client: PageClient, ann: Person) -> None:
    ann.mail_wishes = NO_MAIL_THAT_CAN_WAIT
    db.session.commit()

    assert ("staff", "off") in checked(page(client))


def test_page_needs_no_query_of_its_own(client: PageClient, ann: Person, queries: QueryCount) -> None:
    with queries:
        client.get("/mail")

    # 1) sign-in with person, 2) relations, 3) cohorts to switch between
    assert queries.count == 3
