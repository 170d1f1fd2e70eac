"""The mail room of a cohort."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from cohort.cohorts.models import Cohort, StaffRole
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Lane, Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.tick import run_tick
from cohort.reminders.waves import WAITS
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import PageClient, QueryCount


def lead_of(build: Build, cohort: Cohort) -> Person:
    lead = build.person("Dana Whitfield")
    build.staff(cohort, lead)
    return lead


def room(cohort: Cohort, query: str = "") -> str:
    return f"/cohorts/{cohort.slug}/mail-room{query}"


def text_of(client: PageClient, path: str) -> str:
    return " ".join(client.get(path).get_data(as_text=True).split())


def mail(
    build: Build, cohort: Cohort, person: Person, state: MessageState, *, key: str, topic: str = "", days_ago: int = 0
) -> Message:
    message = queue(person, "welcome", key=key, now=build.now - timedelta(days=days_ago), cohort_id=cohort.id)
    assert message is not None
    message.state, message.topic = state, topic
    message.sent_at = message.due_at if state is MessageState.SENT else None
    db.session.flush()
    return message


def reminder(build: Build, cohort: Cohort, person: Person, reason: str, message: Message | None = None) -> Reminder:
    """One about check-in 5, decided now."""
    enrolment = build.enrolment(cohort, person)
    row = Reminder(
        cohort_id=cohort.id,
        enrolment_id=enrolment.id,
        person_id=person.id,
        rule_key="checkin-closing",
        subject="checkin.closes:checkin-5",
        anchor_at=build.now + timedelta(hours=8),
        due_at=build.now - timedelta(minutes=1),
        state=ReminderState.DROPPED if reason else ReminderState.QUEUED,
        reason=reason,
        message_id=message.id if message else None,
        decided_at=build.now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def test_forecast_counts_people_and_says_who_gets_nothing(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    lead = lead_of(build, cohort)
    for digest in ({}, {}, NO_MAIL_THAT_CAN_WAIT):
        build.enrolment(cohort, build.person(mail_wishes=digest), answered_at=build.now)

    page = client.sign_in(lead).get(room(cohort)).get_data(as_text=True)

    row = page[page.index("Three conversations") :]
    assert [row.index("2 people") < row.index("1 turned it off")] == [True]


def test_occasions_that_nobody_gets_a_mail_of_are_shown_on_demand(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    build.enrolment(cohort, build.person(mail_wishes=NO_MAIL_THAT_CAN_WAIT), answered_at=build.now)

    short, long = text_of(client, room(cohort)), text_of(client, room(cohort, "?all=1"))

    assert ("0 people" in short, "0 people" in long) == (False, True)
    assert "also those of which nobody gets a mail" in short
    assert "Show fewer occasions" in long


def test_one_occasion_is_listed_by_name(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    build.enrolment(cohort, build.person("Ellen Castillo"), answered_at=build.now)
    build.enrolment(cohort, build.person("Ben Adeyemi", mail_wishes=NO_MAIL_THAT_CAN_WAIT), answered_at=build.now)

    page = text_of(client, room(cohort, "?rule=assignment-soon&item=assignment.due:three-conversations"))

    rows = {name: row for row in page.split("<tr>") for name in ("Ellen", "Ben") if f"{name} " in row}
    assert ("Planned" in rows["Ellen"], "Turned it off" in rows["Ben"]) == (True, True)


def test_forecast_is_filtered_by_rule_kind_and_name(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    for name in ("Ellen Castillo", "Ben Adeyemi"):
        build.enrolment(cohort, build.person(name), answered_at=build.now)

    by_rule = text_of(client, room(cohort, "/forecast.csv?rule=workshop-hour"))
    by_kind = text_of(client, room(cohort, "/forecast.csv?kind=always"))
    by_name = text_of(client, room(cohort, "/forecast.csv?q=ELLEN"))
    unknown = text_of(client, room(cohort, "/forecast.csv?rule=nothing&kind=nothing"))

    assert (by_rule.count("workshop-hour"), by_rule.count("Hard talks")) == (2, 2)
    assert ("May join digest" in by_kind, "Always sent" in by_kind) == (False, True)
    assert ("Ben" in by_name, "Ellen" in by_name) == (False, True)
    assert unknown == text_of(client, room(cohort, "/forecast.csv"))


def test_forecast_by_person_counts_their_mails(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    build.enrolment(cohort, build.person("Ellen Castillo"), answered_at=build.now)

    page = text_of(client, room(cohort, "?by=person"))

    assert page.count('<th scope="row"><a class="calm-link"') == 1
    assert "Ellen Castillo" in page


def test_cells_of_the_forecast_as_a_file_cannot_act(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    build.enrolment(cohort, build.person("=HYPERLINK(1)"), answered_at=build.now)

    answer = client.get(room(cohort, "/forecast.csv"))

    rows = list(csv.DictReader(StringIO(answer.get_data().decode("utf-8-sig"))))
    assert {row["Person"] for row in rows} == {"'=HYPERLINK(1)"}
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{cohort.slug}-forecast.csv"'


def test_numbers_tell_what_was_held_back_and_why(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    for reason in ("answered", "answered", "away"):
        reminder(build, cohort, build.person(), reason)
    reader = build.person()
    reminder(build, cohort, reader, "", mail(build, cohort, reader, MessageState.SENT, key="d", topic="digest"))

    page = text_of(client, room(cohort))

    assert "In 7 days: 2 answered, 1 away, 1 joined the digest." in page


def test_week_in_which_a_budget_is_spent_is_amber(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    tomasz, ellen = build.person("Tomasz Nowak"), build.person("Ellen Castillo")
    for number in range(4):
        mail(build, cohort, tomasz, MessageState.SENT, key=f"t{number}", topic="coursework", days_ago=7)
    mail(build, cohort, ellen, MessageState.SENT, key="e", topic="coursework", days_ago=14)

    page = text_of(client, room(cohort))

    assert 'class="meter meter-warn" max="4" value="4" aria-label="16 Nov: 4 mails"' in page
    assert 'class="meter meter-support" max="4" value="1" aria-label="9 Nov: 1 mails"' in page


def test_busiest_person_is_named_with_the_budget(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    tomasz = build.person("Tomasz Nowak")
    for number in range(3):
        mail(build, cohort, tomasz, MessageState.SENT, key=f"t{number}", topic="coursework")

    page = text_of(client, room(cohort))

    assert "3 <small>of 4</small>" in page
    assert "Tomasz Nowak, this week." in page


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("name", "statements"), [("forecast", 22), ("sent", 8), ("failed", 8), ("held", 10), ("waiting", 8)]
)
def test_mail_room_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int, name: str, statements: int
) -> None:
    cohort = build.cohort()
    lead = lead_of(build, cohort)
    for state in (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED, MessageState.PENDING):
        for count in range(number):
            person = build.person()
            message = mail(build, cohort, person, state, key=f"{state}:{count}")
            message.reason = "as a test says"
            reminder(build, cohort, person, "answered" if state is MessageState.CANCELLED else "", message)
    client.sign_in(lead)

    with queries as seen:
        answer = client.get(room(cohort, f"?list={name}"))

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
    paths = [room(cohort), room(cohort, "/forecast.csv"), room(cohort, f"/people/{participant.id}")]

    seen = {name: {client.sign_in(person).get(path).status_code for path in paths} for name, person in people.items()}

    assert seen == {
        "participant": {403},
        "mentor": {403},
        "outsider": {404},
        "facilitator": {403},
        "lead of another": {404},
    }
    with client.session_transaction() as cookie:
        cookie.clear()
    assert client.get(room(cohort)).status_code == 302


def test_paused_cohort_sends_nothing_until_it_goes_on(build: Build, client: PageClient, settings: Settings) -> None:
    cohort = build.cohort()
    enrolment = build.enrolment(cohort)
    message = mail(build, cohort, enrolment.person, MessageState.PENDING, key="w:1")
    message.params = {"enrolment_id": enrolment.id}
    account = queue(build.person(), "sign-in-link", key="s:1", now=build.now)
    assert account is not None
    client.sign_in(lead_of(build, cohort))

    client.send(room(cohort, "/pause"))
    run_tick(build.now, settings, MailboxTransport())
    db.session.refresh(message)
    db.session.refresh(account)
    assert (message.state, account.state) == (MessageState.PENDING, MessageState.SENT)
    assert "paused since" in client.get(room(cohort)).get_data(as_text=True)

    client.send(room(cohort, "/resume"))
    run_tick(build.now, settings, MailboxTransport())
    db.session.refresh(message)
    assert message.state is MessageState.SENT


def test_admin_pauses_the_mail_of_every_cohort_and_every_mail_room_says_so(build: Build, client: PageClient) -> None:
    cohort, other = build.cohort(), build.cohort()
    lead, admin = lead_of(build, other), build.person("Name of admin", is_admin=True)
    client.sign_in(admin)

    client.send(room(cohort, "/pause-all"), {"reason": ""})
    assert db.session.get(Lane, Lane.ALL) is None
    client.send(room(cohort, "/pause-all"), {"reason": "The relay is moved"})

    lane = db.session.get(Lane, Lane.ALL)
    assert lane is not None
    assert (lane.paused_at, lane.reason) == (build.now, "The relay is moved")
    said = "All mail of every cohort is paused since Mon 23 Nov, 09:00 Chicago: The relay is moved."
    theirs = text_of(client.sign_in(lead), room(other))
    assert (said in theirs, "Let mail of every cohort go on" in theirs) == (True, False)
    assert client.send(room(other, "/resume-all")).status_code == 403
    client.sign_in(admin).send(room(cohort, "/resume-all"))
    assert "All mail of every cohort is paused" not in text_of(client, room(other))


def late_mail(build: Build, cohort: Cohort, key: str, *, hours: int) -> Message:
    """A mail that waits for a decision, about something in so many hours."""
    person = build.person()
    message = mail(build, cohort, person, MessageState.PENDING, key=key)
    message.held_at, message.reason, message.due_at = build.now, WAITS, build.now + timedelta(hours=2)
    row = reminder(build, cohort, person, "", message)
    row.due_at, row.anchor_at = build.now - timedelta(hours=9), build.now + timedelta(hours=hours)
    db.session.flush()
    return message


def test_late_mails_wait_for_a_decision(build: Build, client: PageClient) -> None:
    cohort, other = build.cohort(), build.cohort()
    late_mail(build, cohort, "a", hours=3)
    late_mail(build, cohort, "b", hours=30)
    client.sign_in(lead_of(build, cohort))

    page = text_of(client, room(cohort))

    assert "2 reminders are up to 9 h late because no worker ran." in page
    assert "leave from Mon 23 Nov, 11:00 Chicago on." in page
    assert "because no worker ran" not in text_of(client.sign_in(lead_of(build, other)), room(other))


@pytest.mark.parametrize(
    ("deed", "urgent", "other"),
    [
        ("send", MessageState.PENDING, MessageState.PENDING),
        ("send-urgent", MessageState.PENDING, MessageState.CANCELLED),
        ("drop", MessageState.CANCELLED, MessageState.CANCELLED),
    ],
)
def test_late_mails_are_sent_or_dropped(
    build: Build, client: PageClient, deed: str, urgent: MessageState, other: MessageState
) -> None:
    cohort = build.cohort()
    mails = late_mail(build, cohort, "a", hours=3), late_mail(build, cohort, "b", hours=30)
    client.sign_in(lead_of(build, cohort))

    client.send(room(cohort, f"/late/{deed}"))

    assert [message.state for message in mails] == [urgent, other]
    assert "because no worker ran" not in text_of(client, room(cohort))


def test_silent_worker_is_noticed(build: Build, client: PageClient, settings: Settings) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    path = room(cohort)
    assert "The worker has not run yet" in client.get(path).get_data(as_text=True)

    run_tick(build.now - timedelta(minutes=6), settings, MailboxTransport())
    assert "The worker has stopped" in client.get(path).get_data(as_text=True)

    run_tick(build.now - timedelta(minutes=1), settings, MailboxTransport())
    assert "The worker has" not in client.get(path).get_data(as_text=True)


def test_last_mail_that_left_and_the_last_that_did_not_are_explained(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(lead_of(build, cohort))
    marcus, ellen = build.person("Marcus Bell"), build.person("Ellen Castillo")
    reminder(build, cohort, marcus, "", mail(build, cohort, marcus, MessageState.SENT, key="m", topic="check-ins"))
    reminder(build, cohort, ellen, "answered")

    page = text_of(client, room(cohort))

    assert page.index("Why did Marcus get this?") < page.index("Marcus had not answered it.")
    assert page.index("Why did Ellen not get this?") < page.index("Ellen had answered it.")
