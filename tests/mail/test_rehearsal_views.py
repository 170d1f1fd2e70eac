"""The rehearsal in the browser: its page, its filters, and one mail as it would read."""

import re
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cohort.cohorts.models import Cohort, CohortState, EnrolmentState, StaffRole
from cohort.db import Base, db
from cohort.mail.models import Message
from cohort.people.models import Person
from cohort.reminders import letters
from tests.build import Build
from tests.client import PageClient, QueryCount


def running(build: Build) -> tuple[Cohort, Person]:
    """A running cohort with a lead, and Priya in London with a mentor."""
    cohort = build.cohort()
    priya = build.person("Priya Raman", time_zone="Europe/London", password_hash="set")
    build.pairing(build.mentor(cohort, build.person("Luis Ortega")), build.enrolment(cohort, priya))
    return cohort, build.staff(cohort, build.person("Dana Whitfield")).person


def page_of(client: PageClient, cohort: Cohort, query: str = "") -> str:
    answer = client.get(f"/cohorts/{cohort.slug}/mail-room/rehearsal{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def first_link(page: str) -> str:
    found = re.search(r'href="(/cohorts/[^"]+/rehearsal/[^"?]+\?[^"]+)"', page)
    assert found, "no mail is linked"
    return found[1].replace("&amp;", "&")


def link_to(page: str, subject: str) -> str:
    """Where the mail with this subject is shown, the first of them."""
    found = re.search(rf'href="([^"]+)">{re.escape(subject)}</a>', page)
    assert found, f"no mail says {subject!r}"
    return found[1].replace("&amp;", "&")


def in_frame(client: PageClient, link: str) -> TestResponse:
    """The HTML of a mail, which is no page of ours: its title is the subject."""
    with client.application.app_context():
        return FlaskClient.open(client, link.replace("?", "/html?"))


def rows() -> dict[str, Any]:
    db.session.rollback()
    return {t.name: db.session.execute(select(t).order_by(*t.primary_key)).all() for t in Base.metadata.sorted_tables}


def test_page_says_what_to_look_at_before_it_lists_the_mails(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    page = page_of(client.sign_in(lead), cohort)

    assert "as if nobody did anything from now on" in page
    assert "It has neither a room nor a join link." in page
    assert "Tomorrow: Hard talks rehearsal, Wed 25 Nov, 16:00 London" in page
    assert "Tue 24 Nov, 16:00 London" in page
    places = [page.index(words) for words in (">Look at first<", ">Week by week<", ">Every mail<")]
    assert places == sorted(places)
    assert db.session.query(Message).count() == 0


def test_list_is_filtered_by_person_and_week(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    mentor = db.session.scalars(select(Person).where(Person.name == "Luis Ortega")).one()
    client.sign_in(lead)

    theirs = page_of(client, cohort, f"?person={mentor.id}")
    of_week = page_of(client, cohort, f"?person={mentor.id}&week=2027-01-25")
    nothing = page_of(client, cohort, "?person=999999")

    assert "Hard talks rehearsal, Wed" not in theirs
    assert "Priya" in theirs
    assert 0 < of_week.count('data-label="Kind"') < theirs.count('data-label="Kind"')
    assert f'<option value="{mentor.id}" selected>' in of_week
    assert '<option value="2027-01-25" selected>' in of_week
    assert "Nobody you chose gets mail in that week." in nothing


def test_list_is_paged_and_keeps_its_filters(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    client.sign_in(lead)

    first = page_of(client, cohort, "?reading=nothing")
    second = page_of(client, cohort, "?reading=nothing&page=2")

    assert first.count('data-label="Kind"') == 50
    assert "reading=nothing" in re.findall(r'href="([^"]*page=2[^"]*)"', first)[0]
    assert re.search(r">51 to \d+ of \d+<", second)
    assert client.get(f"/cohorts/{cohort.slug}/mail-room/rehearsal?page=99").status_code == 404


def test_second_reading_has_less_mail(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    client.sign_in(lead)

    def number(reading: str) -> int:
        page = page_of(client, cohort, f"?reading={reading}")
        return int(re.findall(r'class="meta">(\d+) mails<', page)[-1])

    assert 0 < number("on-time") < number("nothing") == number("no-such-reading")
    assert "as if everybody did everything by its date" in page_of(client, cohort, "?reading=on-time")


def test_draft_is_rehearsed_before_its_launch(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    build.enrolment(cohort, build.person("Ben Adeyemi"), state=EnrolmentState.INVITED, answered_at=None)
    client.sign_in(build.staff(cohort).person)

    page = page_of(client, cohort)

    assert "Everybody who is invited is taken to join at once." in page
    assert "You are invited: Spring Emerging Leaders, from Mon 14 Dec 2026" in page
    for path in ("launch", "schedule", "mail-room"):
        link = f'href="/cohorts/{cohort.slug}/mail-room/rehearsal"'
        assert link in client.get(f"/cohorts/{cohort.slug}/{path}").get_data(as_text=True)


def test_draft_without_people_says_that_it_shows_an_example(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    client.sign_in(build.staff(cohort).person)

    page = page_of(client, cohort)

    assert "these are the mails to one example participant in Chicago" in page
    assert "Your profile is not finished: Spring Emerging Leaders starts Mon 14 Dec" in page


def test_archived_cohort_has_nothing_to_come(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)
    client.sign_in(build.staff(cohort).person)

    assert "it gets no mail any more" in page_of(client, cohort)


def test_one_mail_is_shown_as_it_would_read(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    client.sign_in(lead)
    link = link_to(page_of(client, cohort), "Tomorrow: Hard talks rehearsal, Wed 25 Nov, 16:00 London")

    page = client.get(link).get_data(as_text=True)
    frame = in_frame(client, link)

    assert "<h1>Tomorrow: Hard talks rehearsal, Wed 25 Nov, 16:00 London</h1>" in page
    assert "Hello Priya, we meet tomorrow." in page
    assert re.search(r'<iframe class="mail-frame" src="[^"]+/html\?[^"]+" title="[^"]+" sandbox>', page)
    assert "Hello Priya, we meet tomorrow." in frame.get_data(as_text=True)
    assert frame.headers["Content-Security-Policy"].endswith("; sandbox")
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"/cohorts/{cohort.slug}/mail-room/rehearsal/nothing").status_code == 404


def test_mail_with_secrets_shows_none_and_makes_none(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    ben = build.person("Ben Adeyemi")
    place = build.enrolment(cohort, ben, state=EnrolmentState.INVITED, answered_at=None)
    client.sign_in(build.staff(cohort).person)
    nudge = re.findall(r'href="([^"]+/reminder:profile-nudge:[^"]+)"', page_of(client, cohort))[0]
    before = rows()

    invitation = client.get(f"/cohorts/{cohort.slug}/mail-room/rehearsal/invitation:{place.id}")
    optional = client.get(nudge.replace("&amp;", "&"))

    assert "http://localhost/invitation/\n" in invitation.get_data(as_text=True)
    assert "http://localhost/u/made-when-the-mail-leaves" in optional.get_data(as_text=True)
    assert rows() == before


def test_mail_that_cannot_be_written_says_why(
    build: Build, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort, lead = running(build)

    def fail(*_: object) -> None:
        raise ValueError("no such workshop")

    monkeypatch.setattr(letters, "SAYS", {**letters.SAYS, "workshop.starts": fail})
    client.sign_in(lead)
    page = page_of(client, cohort)
    link = first_link(page)

    assert "The mail cannot be written: ValueError, no such workshop" in page
    assert "no such workshop" in client.get(link).get_data(as_text=True)
    assert in_frame(client, link).status_code == 404


def test_key_of_another_cohort_names_no_mail(build: Build, client: PageClient) -> None:
    cohort, _ = running(build)
    other = build.cohort()
    client.sign_in(build.staff(other).person)
    enrolment = build.enrolment(cohort)
    key = quote(f"reminder:graduation:cohort.start::{enrolment.id}:{enrolment.person_id}:20260914T050000")

    assert client.get(f"/cohorts/{other.slug}/mail-room/rehearsal/{key}").status_code == 404


def test_facilitators_do_not_read_it_and_admins_read_no_mail(build: Build, client: PageClient) -> None:
    cohort, lead = running(build)
    link = first_link(page_of(client.sign_in(lead), cohort))
    facilitator = build.staff(cohort, role=StaffRole.FACILITATOR).person
    admin = build.person(is_admin=True)

    assert client.sign_in(facilitator).get(f"/cohorts/{cohort.slug}/mail-room/rehearsal").status_code == 403
    assert "/rehearsal" not in client.get(f"/cohorts/{cohort.slug}/schedule").get_data(as_text=True)
    page = page_of(client.sign_in(admin), cohort)
    assert "/rehearsal/reminder:" not in page
    assert client.get(link).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_the_same_queries(build: Build, client: PageClient, queries: QueryCount, number: int) -> None:
    cohort = build.cohort()
    lead = build.staff(cohort).person
    for _ in range(number):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))
    client.sign_in(lead)

    with queries as seen:
        client.get(f"/cohorts/{cohort.slug}/mail-room/rehearsal")

    assert seen.count == 20
