"""Everything that one person was mailed and will be, and why: for staff, and for the person themselves."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from cohort.checkins.models import CheckInAnswer, Kept
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mail.composing import WRITERS
from cohort.mail.kinds import KINDS
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.people.models import Away, AwayKind, Person
from cohort.reminders.models import CohortRule, Reminder, ReminderState
from cohort.reminders.waves import DROPPED, WAITS
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import PageClient, QueryCount
from tests.mail.test_mail_room import lead_of, room, text_of

CHECKIN = "checkin.closes:checkin-5"


def mail_to(build: Build, person: Person, cohort: Cohort | None, key: str, **values: object) -> Message:
    message = queue(
        person, "reminder", key=key, now=build.now - timedelta(days=1), cohort_id=cohort.id if cohort else None
    )
    assert message is not None
    message.state, message.sent_at, message.attempts = MessageState.SENT, build.now - timedelta(days=1), 1
    message.subject, message.to_address, message.message_id = f"Subject {key}", person.email, f"{key}@cohort.example"
    message.topic = "check-ins"
    for name, value in values.items():
        setattr(message, name, value)
    db.session.flush()
    return message


def told(
    build: Build, enrolment: "Place", message: Message | None = None, *, reason: str = "", at: datetime | None = None
) -> Reminder:
    item = build.item(enrolment.cohort, CHECKIN)
    assert item.at is not None
    row = Reminder(
        cohort_id=enrolment.cohort.id,
        enrolment_id=enrolment.id,
        person_id=enrolment.person.id,
        rule_key="checkin-closing",
        subject=CHECKIN,
        anchor_at=at or item.at,
        due_at=build.now - timedelta(days=1),
        state=ReminderState.DROPPED if reason else ReminderState.QUEUED,
        reason=reason,
        message_id=message.id if message else None,
        decided_at=build.now - timedelta(days=1),
    )
    db.session.add(row)
    db.session.flush()
    return row


def answer_checkin(build: Build, enrolment: "Place", *, days_ago: float) -> None:
    at = build.now - timedelta(days=days_ago)
    values = {"kept": Kept.YES, "mood": 3, "answers": ["As"], "promise": "Rest", "saved_at": at}
    db.session.add(CheckInAnswer(enrolment_id=enrolment.id, checkin_key="checkin-5", answered_at=at, **values))
    db.session.flush()


class Place(NamedTuple):
    """An enrolment with what is around it, which a test keeps over requests."""

    enrolment: Enrolment
    person: Person
    cohort: Cohort

    @property
    def id(self) -> int:
        return self.enrolment.id


def place(build: Build, cohort: Cohort, person: Person) -> Place:
    return Place(build.enrolment(cohort, person), person, cohort)


@pytest.fixture
def ellen(build: Build) -> Place:
    return place(build, build.cohort(), build.person("Ellen Castillo", email="ellen@example.com"))


def whys(enrolment: Place, what: str) -> tuple[str, str]:
    """The page for staff, and the person's own."""
    return room(enrolment.cohort, f"/people/{enrolment.person.id}/{what}"), f"/mail/history/{what}"


def both(client: PageClient, build: Build, enrolment: Place, what: str) -> tuple[str, str]:
    staffs, own = whys(enrolment, what)
    lead = lead_of(build, enrolment.cohort)
    return text_of(client.sign_in(lead), staffs), text_of(client.sign_in(enrolment.person), own)


def test_every_kind_of_mail_has_a_name_and_a_reason() -> None:
    assert KINDS.keys() >= WRITERS.keys()


def test_timeline_shows_everything_by_time(build: Build, client: PageClient, ellen: Place) -> None:
    cohort, person = ellen.cohort, ellen.person
    told(build, ellen, mail_to(build, person, cohort, "sent"))
    told(build, ellen, mail_to(build, person, cohort, "joined", topic="digest"), at=build.now + timedelta(days=1))
    told(build, ellen, reason="answered", at=build.now + timedelta(days=2))
    mail_to(build, person, cohort, "failed", state=MessageState.FAILED, sent_at=None, reason="550 5.7.1 no")
    mail_to(build, person, cohort, "held", state=MessageState.PENDING, sent_at=None, held_at=build.now, reason=WAITS)
    mail_to(build, person, cohort, "waits", state=MessageState.PENDING, sent_at=None, reason="451 busy")
    mail_to(build, person, cohort, "gone", state=MessageState.CANCELLED, sent_at=None, reason="too late")
    mail_to(build, person, cohort, "empty", state=MessageState.CANCELLED, reason="nothing left to say")
    mail_to(build, person, cohort, "old", sent_at=build.now - timedelta(days=91))
    mail_to(build, person, None, "account")
    mail_to(build, person, build.cohort(), "elsewhere")
    mail_to(build, build.person(), cohort, "other")
    client.sign_in(lead_of(build, cohort))

    page = text_of(client, room(cohort, f"/people/{person.id}"))

    fates = ("Planned", "Sent", "Joined the digest", "answered", "550 5.7.1 no", "451 busy", "too late")
    assert [fate for fate in (*fates, "Late, waits for a decision") if fate not in page] == []
    shown = {key for key in ("sent", "failed", "held", "waits", "gone", "joined") if f"Subject {key}" in page}
    assert shown == {"sent", "failed", "held", "waits", "gone", "joined"}
    hidden = ("empty", "old", "account", "elsewhere", "other")
    assert [key for key in hidden if f"Subject {key}" in page] == []


def test_own_mail_is_of_all_cohorts_and_of_the_account(build: Build, client: PageClient, ellen: Place) -> None:
    person, other = ellen.person, build.cohort(title="Autumn Leaders")
    build.mentor(other, person)
    for key, cohort in (("here", ellen.cohort), ("there", other), ("account", None)):
        mail_to(build, person, cohort, key)
    mail_to(build, build.person(), other, "strangers")

    page = text_of(client.sign_in(person), "/mail/history")

    keys = ("here", "there", "account", "strangers")
    assert [key for key in keys if f"Subject {key}" in page] == ["here", "there", "account"]
    assert ("Autumn Leaders" in page, "Your account" in page, "Something missing?" in page) == (True, True, True)


@pytest.mark.parametrize("role", ["participant", "mentor", "lead", "admin", "nobody"])
def test_own_mail_is_there_for_everybody(build: Build, client: PageClient, role: str) -> None:
    cohort, person = build.cohort(), build.person(is_admin=role == "admin")
    match role:
        case "participant":
            build.enrolment(cohort, person)
        case "mentor":
            build.mentor(cohort, person)
        case "lead":
            build.staff(cohort, person)

    assert client.sign_in(person).get("/mail/history").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_timelines_ask_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, ellen: Place, number: int
) -> None:
    for count in range(number):
        message = mail_to(build, ellen.person, ellen.cohort, f"m{count}")
        told(build, ellen, message, at=build.now + timedelta(days=count))
    lead = lead_of(build, ellen.cohort)

    client.sign_in(ellen.person)
    with queries as seen:
        assert client.get("/mail/history").status_code == 200
    own = seen.count
    client.sign_in(lead)
    with queries as seen:
        assert client.get(room(ellen.cohort, f"/people/{ellen.person.id}")).status_code == 200

    assert (own, seen.count) == (22, 25)


def test_sent_reminder_is_explained(build: Build, client: PageClient, ellen: Place) -> None:
    answer_checkin(build, ellen, days_ago=0.5)
    told(build, ellen, mail_to(build, ellen.person, ellen.cohort, "earlier"), at=build.now).due_at -= timedelta(hours=2)
    message = mail_to(build, ellen.person, ellen.cohort, "m")
    row = told(build, ellen, message)
    row.due_at = build.now - timedelta(minutes=1)
    message.sent_at = build.now

    staffs, own = both(client, build, ellen, f"mail:{message.id}")

    for words in (
        "Why did Ellen get this?",
        "“Check-in closes, on the day”, at 09:00 of each one’s own clock, to the participant, unless it is answered.",
        "Check-in 5: check-in closes, Mon 23 Nov, 17:00 Chicago.",
        "Start + 70 days at 17:00",
        "once, Mon 23 Nov at 09:00:00 Chicago to ellen@example.com, accepted by the mail server.",
        "m@cohort.example",
    ):
        assert words in staffs
    assert "Why did you get this?" in own
    assert "You had not answered it, and the rule speaks on the day." in own


def test_reminder_that_was_held_back_is_explained(build: Build, client: PageClient, ellen: Place) -> None:
    answer_checkin(build, ellen, days_ago=4)
    row = told(build, ellen, reason="answered")

    staffs, own = both(client, build, ellen, f"reminder:{row.id}")

    when = "on Thu 19 Nov, 09:00 Chicago, so the rule’s “unless answered” held the mail back."
    assert f"Ellen had answered it {when}" in staffs
    assert f"You had answered it {when}" in own
    assert "Why did you not get this?" in own


def test_late_mail_that_staff_dropped_is_explained(build: Build, client: PageClient, ellen: Place) -> None:
    gone = {"state": MessageState.CANCELLED, "sent_at": None, "reason": DROPPED}
    message = mail_to(build, ellen.person, ellen.cohort, "m", **gone)
    told(build, ellen, message)

    staffs, own = both(client, build, ellen, f"mail:{message.id}")

    words = "It was late, and the staff of the cohort dropped it."
    assert (words in staffs, words in own) == (True, True)


def test_what_nobody_knows_any_more_is_not_guessed(build: Build, client: PageClient, ellen: Place) -> None:
    """The answer was taken back, the date moved, the rule was changed, and why it joined the digest is not kept."""
    row = told(build, ellen, mail_to(build, ellen.person, ellen.cohort, "m", topic="digest"), at=build.now)
    row.rule_key = "checkin-closing"
    rule = {"key": "checkin-closing", "about": "checkin.closes", "offset": "-1d", "to": "participant", "kind": "digest"}
    change = {
        "cohort_id": ellen.cohort.id,
        "key": "checkin-closing",
        "rule": rule | {"at": "10:00", "unless": "answered"},
    }
    db.session.add(CohortRule(**change, changed_at=build.now, changed_by_id=ellen.person.id))
    db.session.flush()

    staffs, _ = both(client, build, ellen, f"reminder:{row.id}")

    assert "Changed on Mon 23 Nov, 09:00 Chicago; what it said before is not known any more." in staffs
    assert "The date has changed since: it is Mon 23 Nov, 17:00 Chicago now." in staffs
    assert "Why it was put off to a digest is not known any more." in staffs


def test_reason_for_the_digest_is_given_where_it_is_known(build: Build, client: PageClient, ellen: Place) -> None:
    row = told(build, ellen, mail_to(build, ellen.person, ellen.cohort, "m", topic="digest"))
    on = row.due_at.date()
    db.session.add(
        Away(person_id=ellen.person.id, kind=AwayKind.AWAY, first=on, last=on, added_at=build.now - timedelta(days=5))
    )
    db.session.flush()

    staffs, own = both(client, build, ellen, f"reminder:{row.id}")

    assert "Ellen was away, so it came with the first digest afterwards." in staffs
    assert "You were away, so it came with the first digest afterwards." in own


def test_mail_of_several_reminders_leads_to_each_of_them(build: Build, client: PageClient, ellen: Place) -> None:
    message = mail_to(build, ellen.person, ellen.cohort, "m", topic="several")
    rows = [told(build, ellen, message, at=build.now + timedelta(days=number)) for number in range(2)]

    staffs, own = both(client, build, ellen, f"mail:{message.id}")

    assert [f"/reminder:{row.id}" in staffs for row in rows] == [True, True]
    assert [f"/mail/history/reminder:{row.id}" in own for row in rows] == [True, True]


def test_mail_to_come_is_explained(build: Build, client: PageClient, ellen: Place) -> None:
    off = place(build, ellen.cohort, build.person("Ben Adeyemi", mail_wishes=NO_MAIL_THAT_CAN_WAIT))

    planned = both(client, build, ellen, f"coming:{ellen.id}:assignment-soon:assignment.due:three-conversations")
    held = both(client, build, off, f"coming:{off.id}:assignment-soon:assignment.due:three-conversations")

    assert "Why does Ellen get this?" in planned[0]
    assert "as things stand nothing holds it back" in planned[1]
    assert "Ben has turned off mail of this kind." in held[0]
    assert "You have turned off mail of this kind." in held[1]


def test_mail_of_a_mentor_speaks_of_the_participant(build: Build, client: PageClient, ellen: Place) -> None:
    luis = build.mentor(ellen.cohort, build.person("Luis Ortega")).person
    row = told(build, ellen, reason="submitted")
    row.person_id = luis.id
    db.session.flush()

    own = text_of(client.sign_in(luis), f"/mail/history/reminder:{row.id}")

    assert "Ellen had handed it in" in own


def test_admin_reads_what_became_of_a_mail_and_not_what_people_did(
    build: Build, client: PageClient, ellen: Place
) -> None:
    answer_checkin(build, ellen, days_ago=4)
    row = told(build, ellen, reason="answered")
    admin = build.person("Name of admin", is_admin=True)

    page = text_of(client.sign_in(admin), whys(ellen, f"reminder:{row.id}")[0])

    assert ("Not sent" in page, "Thu 19 Nov" in page) == (True, False)


def test_explanations_are_for_staff_of_the_cohort_and_the_person_alone(
    build: Build, client: PageClient, ellen: Place
) -> None:
    row = told(build, ellen, mail_to(build, ellen.person, ellen.cohort, "m"))
    peer, facilitator = build.person(), build.person()
    build.enrolment(ellen.cohort, peer)
    build.staff(ellen.cohort, facilitator, StaffRole.FACILITATOR)
    others = {"peer": peer, "facilitator": facilitator, "lead elsewhere": lead_of(build, build.cohort())}
    names = (
        f"mail:{row.message_id}",
        f"reminder:{row.id}",
        f"coming:{ellen.id}:assignment-soon:assignment.due:three-conversations",
    )

    seen = {
        name: {tuple(client.sign_in(person).get(path).status_code for path in whys(ellen, what)) for what in names}
        for name, person in others.items()
    }

    assert seen == {"peer": {(403, 404)}, "facilitator": {(403, 404)}, "lead elsewhere": {(404, 404)}}


@pytest.mark.parametrize("what", ["mail:0", "mail:x", "mail:99999999999", "reminder:", "coming:1:2", "coming:x:a:b"])
def test_odd_names_of_mails_are_pages_that_do_not_exist(
    build: Build, client: PageClient, ellen: Place, what: str
) -> None:
    assert client.sign_in(ellen.person).get(f"/mail/history/{what}").status_code == 404


def test_person_without_part_in_the_cohort_has_no_timeline_in_it(
    build: Build, client: PageClient, ellen: Place
) -> None:
    ellen.enrolment.state = EnrolmentState.WITHDRAWN
    stranger = build.person()
    client.sign_in(lead_of(build, ellen.cohort))

    seen = [client.get(room(ellen.cohort, f"/people/{person.id}")).status_code for person in (ellen.person, stranger)]

    assert seen == [200, 404]
