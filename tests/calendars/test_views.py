"""Calendars on pages: settings, and months and agendas for participants, mentors and staff."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import html5lib
import pytest

from cohort.calendars.models import CalendarChoice
from cohort.cohorts.models import EnrolmentState
from cohort.db import db
from cohort.mentoring.models import MentorState
from cohort.people.models import Person
from cohort.workshops.models import PlaceState
from tests.build import Build
from tests.calendars.cast import EARLIER, SECOND, Cast
from tests.client import XHTML, PageClient, QueryCount, path_of

TEN = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


@pytest.fixture
def cast(build: Build) -> Cast:
    cast = Cast(build)
    cast.meeting(TEN, build.now - EARLIER)
    db.session.commit()
    return cast


def page(client: PageClient, person: Person, path: str) -> str:
    answer = client.sign_in(person).get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def days(html: str) -> dict[str, str]:
    """What stands on each day of a month, in words, by its date."""
    cells = html5lib.HTMLParser(strict=True).parse(html).iter(f"{XHTML}td")
    found = {}
    for cell in cells:
        dates = [time.get("datetime") for time in cell.iter(f"{XHTML}time")]
        if dates:
            found[dates[0]] = " ".join("".join(cell.itertext()).split())
    return found


def test_participants_month_holds_their_days_in_their_zone(client: PageClient, cast: Cast) -> None:
    cast.place(SECOND, PlaceState.HELD)
    db.session.commit()

    html = page(client, cast.priya, "/cohorts/spring/my-schedule/month")

    shown = days(html)
    assert len(shown) == 30
    assert "16:00–18:00 Workshop: Hard talks rehearsal Cancelled. You go to another sitting." in shown["2026-11-25"]
    assert "21:00–23:00 Workshop: Hard talks rehearsal" in shown["2026-11-26"]
    assert "16:00–17:00 Mentoring session" in shown["2026-11-27"]
    assert shown["2026-11-23"].startswith("Monday 23 November23 Today")
    assert [name for name, words in shown.items() if "Today" in words] == ["2026-11-23"]


def test_month_is_reached_by_links_and_goes_on_by_links(client: PageClient, cast: Cast) -> None:
    agenda = page(client, cast.priya, "/cohorts/spring/my-schedule")
    month = page(client, cast.priya, "/cohorts/spring/my-schedule/month?at=2027-02")

    assert 'href="/cohorts/spring/my-schedule/month">Month</a>' in agenda
    assert re.findall(r'href="(/cohorts/spring/my-schedule/month\?at=[\d-]+)"', month) == [
        "/cohorts/spring/my-schedule/month?at=2026-11",
        "/cohorts/spring/my-schedule/month?at=2027-01",
        "/cohorts/spring/my-schedule/month?at=2027-03",
    ]
    assert '<a href="/cohorts/spring/my-schedule" aria-current="page">Schedule</a>' in month
    assert "Workshop: Story studio" in month


def test_links_end_where_nothing_has_a_date_any_more(client: PageClient, cast: Cast) -> None:
    """Whoever follows them, a search engine too, comes to an end."""
    path, seen = "/cohorts/spring/my-schedule/month", set()
    waiting = [path]
    while waiting:
        html = page(client, cast.priya, waiting.pop())
        new = set(re.findall(rf'href="({path}\?at=[\d-]+)"', html)) - seen
        seen |= new
        waiting += new

    assert sorted(url.rsplit("=")[-1] for url in seen) == [
        "2026-09",
        "2026-10",
        "2026-11",
        "2026-12",
        "2027-01",
        "2027-02",
        "2027-03",
    ]


def test_month_is_a_table_with_caption_and_weekdays(client: PageClient, cast: Cast) -> None:
    html = page(client, cast.priya, "/cohorts/spring/my-schedule/month?at=2099-01")

    table = next(html5lib.HTMLParser(strict=True).parse(html).iter(f"{XHTML}table"))
    assert ["".join(head.itertext()) for head in table.iter(f"{XHTML}th") if head.get("scope") == "col"] == [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]
    assert "January 2099, 0 entries" in "".join(next(table.iter(f"{XHTML}caption")).itertext())
    assert "Nothing has a date in January 2099." in html


def test_mentor_reads_meetings_with_the_name_and_the_workshops(client: PageClient, cast: Cast) -> None:
    agenda = page(client, cast.ruth, "/cohorts/spring/calendar")
    month = days(page(client, cast.ruth, "/cohorts/spring/calendar/month"))

    assert f'<a href="/pairs/{cast.pairing.id}">Mentoring session with Priya</a>' in agenda
    assert "10:00–11:00 Chicago" in agenda
    assert agenda.count("Workshop, second sitting: Hard talks rehearsal") == 1
    assert "Kickoff" not in agenda  # long ago
    assert "10:00–11:00 Mentoring session with Priya" in month["2026-11-27"]
    assert '<a href="/cohorts/spring/calendar" aria-current="page">Calendar</a>' in agenda


def test_mentor_who_has_not_answered_goes_to_the_invitation(client: PageClient, build: Build) -> None:
    mentor = build.mentor(build.cohort(slug="spring"), state=MentorState.INVITED)
    client.sign_in(mentor.person)

    assert [path_of(client.get(f"/cohorts/spring/calendar{end}")) for end in ("", "/month")] == [
        "/cohorts/spring/mentor-invitation"
    ] * 2


def test_staff_see_every_date_of_the_cohort_and_no_meeting(client: PageClient, cast: Cast) -> None:
    lead = cast.build.staff(cast.cohort).person

    html = page(client, lead, "/cohorts/spring/schedule/month")

    assert "10:00–12:00 Workshop: Hard talks rehearsal" in days(html)["2026-11-25"]
    assert "Mentoring session" not in html
    assert 'aria-current="page">Schedule</a>' in html


def test_months_are_hidden_from_others(client: PageClient, cast: Cast) -> None:
    left = cast.build.enrolment(cast.cohort, state=EnrolmentState.WITHDRAWN, ended_at=cast.build.now).person
    lead, stranger = cast.build.staff(cast.cohort).person, cast.build.person()
    paths = ("my-schedule/month", "schedule/month", "calendar", "calendar/month")

    def codes(person: Person) -> list[int]:
        client.sign_in(person)
        return [client.get(f"/cohorts/spring/{path}").status_code for path in paths]

    assert codes(left) == [404, 404, 404, 404]
    assert codes(stranger) == [404, 404, 404, 404]
    assert codes(lead) == [404, 200, 404, 404]
    assert codes(cast.priya) == [200, 403, 404, 404]
    assert codes(cast.ruth) == [404, 403, 200, 200]


@pytest.mark.parametrize("mentees", [1, 3])
def test_number_of_queries_does_not_grow(client: PageClient, cast: Cast, queries: QueryCount, mentees: int) -> None:
    for number in range(1, mentees):
        pairing = cast.build.pairing(cast.pairing.mentor, cast.build.enrolment(cast.cohort))
        cast.meeting(TEN + timedelta(hours=number), cast.build.now - EARLIER, pairing)
    client.sign_in(cast.ruth)

    with queries as seen:
        html = client.get("/cohorts/spring/calendar").get_data(as_text=True)

    assert (html.count("Mentoring session with"), seen.count) == (mentees, 9)


def test_settings_say_who_reads_it_and_are_kept(client: PageClient, cast: Cast) -> None:
    html = page(client, cast.priya, "/calendar-settings")
    assert "Anybody with it reads your dates: keep it to yourself." in html
    assert "Make a feed address" in html
    revision = cast.cohort.plan_revision

    answer = client.send("/calendar-settings", {"takes_invitations": "y"})

    choice = db.session.get_one(CalendarChoice, cast.priya.id)
    assert path_of(answer) == "/calendar-settings"
    assert (choice.takes_invitations, choice.shows_links, choice.token_hash) == (True, False, None)
    db.session.refresh(cast.cohort)
    assert cast.cohort.plan_revision == revision + 1  # so that the worker looks soon


def test_looking_at_settings_makes_nothing(client: PageClient, cast: Cast) -> None:
    page(client, cast.priya, "/calendar-settings")

    assert db.session.query(CalendarChoice).count() == 0


def test_choices_outlive_a_new_address(client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)
    client.send("/calendar-settings", {"takes_invitations": "y", "shows_links": "y"})

    html = client.send("/calendar-settings/feed").get_data(as_text=True)

    boxes: dict[str, Any] = {
        box.get("name"): box.get("checked") is not None
        for box in html5lib.HTMLParser(strict=True).parse(html).iter(f"{XHTML}input")
        if box.get("type") == "checkbox"
    }
    assert boxes == {"takes_invitations": True, "shows_links": True}
    assert "Renew the address" in html
