"""The mail room of a cohort."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, StaffRole
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person
from cohort.reminders.tick import run_tick
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import PageClient, QueryCount


def lead_of(build: Build, cohort: Cohort) -> Person:
    lead = build.person("Dana Whitfield")
    build.staff(cohort, lead)
    return lead


def failed_mail(build: Build, cohort: Cohort) -> Message:
    nadia = build.person("Nadia Haddad", email="nadia@example.com")
    enrolment = build.enrolment(cohort, nadia)
    message = queue(nadia, "welcome", {"enrolment_id": enrolment.id}, key="w:1", now=build.now, cohort_id=cohort.id)
    assert message is not None
    message.state, message.reason = MessageState.FAILED, "550 5.1.1 mailbox unavailable"
    db.session.flush()
    return message


def test_forecast_counts_people_and_says_who_gets_nothing(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    lead = lead_of(build, cohort)
    for digest in ({}, {}, NO_MAIL_THAT_CAN_WAIT):
        build.enrolment(cohort, build.person(mail_wishes=digest), answered_at=build.now)

    page = client.sign_in(lead).get(f"/cohorts/{cohort.slug}/mail-room").get_data(as_text=True)

    row = page[page.index("Three conversations") :]
    assert [row.index("2 people") < row.index("1 turned off")] == [True]


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("name", "statements"), [("forecast", 15), ("sent", 9), ("failed", 9), ("held", 10), ("waiting", 9)]
)
def test_mail_room_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int, name: str, statements: int
) -> None:
    cohort = build.cohort()
    lead = lead_of(build, cohort)
    for state in (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED, MessageState.PENDING):
        for count in range(number):
            person = build.person()
            build.enrolment(cohort, person)
            message = queue(person, "welcome", key=f"{state}:{count}", now=build.now, cohort_id=cohort.id)
            assert message is not None
            message.state, message.reason = state, "as a test says"
    client.sign_in(lead)

    with queries as seen:
        answer = client.get(f"/cohorts/{cohort.slug}/mail-room?list={name}")

    assert (answer.status_code, seen.count) == (200, statements)
    assert len(answer.data) < 60_000


def test_mail_room_is_closed_to_all_but_staff(build: Build, client: PageClient) -> None:
    cohort, other = build.cohort(), build.cohort()
    participant, mentor, outsider = build.person(), build.person(), build.person()
    facilitator, lead_elsewhere = build.person(), lead_of(build, other)
    build.enrolment(cohort, participant)
    build.mentor(cohort, mentor)
    build.staff(cohort, facilitator, StaffRole.FACILITATOR)
    people = {"participant": participant, "mentor": mentor, "outsider": outsider}
    people |= {"facilitator": facilitator, "lead of another": lead_elsewhere}
    path = f"/cohorts/{cohort.slug}/mail-room"

    seen = {name: client.sign_in(person).get(path).status_code for name, person in people.items()}

    assert seen == {"participant": 403, "mentor": 403, "outsider": 404, "facilitator": 403, "lead of another": 404}
    with client.session_transaction() as cookie:
        cookie.clear()
    assert client.get(path).status_code == 302


def test_failed_mail_is_sent_again(build: Build, client: PageClient, settings: Settings) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort)
    client.sign_in(lead_of(build, cohort))
    page = client.get(f"/cohorts/{cohort.slug}/mail-room?list=failed").get_data(as_text=True)
    assert "550 5.1.1 mailbox unavailable" in page
    db.session.query(Person).filter_by(name="Nadia Haddad").one().email = "nadia.haddad@example.com"
    db.session.commit()

    again = client.send(f"/cohorts/{cohort.slug}/mail-room/{message.id}/again")
    twice = client.send(f"/cohorts/{cohort.slug}/mail-room/{message.id}/again")
    run_tick(build.now, settings, MailboxTransport())

    db.session.refresh(message)
    assert (again.status_code, twice.status_code) == (302, 409)
    assert (message.state, message.to_address) == (MessageState.SENT, "nadia.haddad@example.com")


def test_failed_mail_of_another_cohort_is_not_found(build: Build, client: PageClient) -> None:
    cohort, other = build.cohort(), build.cohort()
    message = failed_mail(build, other)
    client.sign_in(lead_of(build, cohort))

    assert client.send(f"/cohorts/{cohort.slug}/mail-room/{message.id}/again").status_code == 404
    assert client.send(f"/cohorts/{other.slug}/mail-room/{message.id}/again").status_code == 404


def test_paused_cohort_sends_nothing_until_it_goes_on(build: Build, client: PageClient, settings: Settings) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort)
    message.state = MessageState.PENDING
    account = queue(build.person(), "sign-in-link", key="s:1", now=build.now)
    assert account is not None
    client.sign_in(lead_of(build, cohort))

    client.send(f"/cohorts/{cohort.slug}/mail-room/pause")
    run_tick(build.now, settings, MailboxTransport())
    db.session.refresh(message)
    db.session.refresh(account)
    assert (message.state, account.state) == (MessageState.PENDING, MessageState.SENT)
    assert "paused since" in client.get(f"/cohorts/{cohort.slug}/mail-room").get_data(as_text=True)

    client.send(f"/cohorts/{cohort.slug}/mail-room/resume")
    run_tick(build.now, settings, MailboxTransport())
    db.session.refresh(message)
    assert message.state is MessageState.SENT


def test_silent_worker_is_noticed(build: Build, client: PageClient, settings: Settings) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    path = f"/cohorts/{cohort.slug}/mail-room"
    assert "The worker has not run yet" in client.get(path).get_data(as_text=True)

    run_tick(build.now - timedelta(minutes=6), settings, MailboxTransport())
    assert "The worker has stopped" in client.get(path).get_data(as_text=True)

    run_tick(build.now - timedelta(minutes=1), settings, MailboxTransport())
    assert "The worker" not in client.get(path).get_data(as_text=True)
