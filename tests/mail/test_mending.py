"""Mails that failed: the address is fixed, and they leave again."""

from datetime import timedelta

from sqlalchemy import select

from cohort.access import FRESH
from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.mail.failing import is_about_address
from cohort.mail.models import Message, MessageState, Suppression, SuppressionReason
from cohort.mail.outbox import queue
from cohort.mail.suppressing import BOUNCES
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person, SignIn
from cohort.reminders.tick import run_tick
from tests.build import Build
from tests.client import PageClient, path_of
from tests.mail.test_mail_room import lead_of, room, text_of

NO_MAILBOX = "550 5.1.1 mailbox unavailable"
OLD, NEW = "nadia@example.com", "nadia.haddad@example.com"


def failed_mail(build: Build, cohort: Cohort, *, reason: str = NO_MAILBOX, key: str = "w:1") -> Message:
    nadia = db.session.scalar(select(Person).where(Person.email == OLD)) or build.person("Nadia Haddad", email=OLD)
    enrolment = build.enrolment(cohort, nadia) if key == "w:1" else None
    message = queue(
        nadia,
        "welcome",
        {"enrolment_id": enrolment.id} if enrolment else {},
        key=key,
        now=build.now,
        cohort_id=cohort.id,
    )
    assert message is not None
    message.state, message.reason, message.to_address, message.attempts = MessageState.FAILED, reason, OLD, 1
    db.session.flush()
    return message


def address_of(cohort: Cohort, message: Message) -> str:
    return room(cohort, f"/people/{message.person_id}/address")


def admin_and_lead(build: Build, cohort: Cohort) -> Person:
    admin = build.person("Dana Whitfield", is_admin=True)
    build.staff(cohort, admin)
    return admin


def test_admin_fixes_the_address_and_all_that_failed_leaves_again(
    build: Build, client: PageClient, settings: Settings
) -> None:
    cohort, other = build.cohort(), build.cohort()
    message, elsewhere = failed_mail(build, cohort), failed_mail(build, other, key="w:2")
    client.sign_in(admin_and_lead(build, cohort))
    assert "Fix and send 1 mail" in text_of(client, room(cohort))

    answer = client.send(address_of(cohort, message), {"email": "Nadia.Haddad@Example.com"})
    run_tick(build.now, settings, MailboxTransport())

    assert answer.status_code == 302
    for one in (message, elsewhere):
        db.session.refresh(one)
    assert (message.state, message.to_address) == (MessageState.SENT, NEW)
    assert elsewhere.state is MessageState.FAILED
    told = db.session.scalars(
        select(Message.to_address).where(Message.template == "address-changed", Message.state == MessageState.SENT)
    )
    assert sorted(map(str, told)) == sorted([OLD, NEW])


def test_what_was_not_tried_because_mail_had_come_back_leaves_with_the_new_address(
    build: Build, client: PageClient
) -> None:
    cohort = build.cohort()
    message, held, late = (failed_mail(build, cohort, key=f"w:{number}") for number in (1, 2, 3))
    held.state, held.reason = MessageState.CANCELLED, BOUNCES
    late.state, late.reason = MessageState.CANCELLED, "too late"
    client.sign_in(admin_and_lead(build, cohort))
    page = text_of(client, room(cohort))
    assert ("2 mails did not arrive." in page, "Fix and send 2 mails" in page) == (True, True)

    client.send(address_of(cohort, message), {"email": NEW})

    for one in (message, held, late):
        db.session.refresh(one)
    assert [one.state for one in (message, held, late)] == [MessageState.PENDING] * 2 + [MessageState.CANCELLED]


def test_suppression_of_the_new_address_is_lifted_and_of_others_is_not(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort)
    for key in (OLD, NEW):
        db.session.add(Suppression(address_key=key, reason=SuppressionReason.BOUNCE, created_at=build.now))
    client.sign_in(admin_and_lead(build, cohort))

    client.send(address_of(cohort, message), {"email": NEW})

    assert db.session.scalars(select(Suppression.address_key)).all() == [OLD]


def test_address_of_another_account_is_refused(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort)
    build.person("Priya Raman", email="priya@example.com")
    client.sign_in(admin_and_lead(build, cohort))

    taken = client.send(address_of(cohort, message), {"email": "PRIYA@example.com"})
    same = client.send(address_of(cohort, message), {"email": OLD})
    none = client.send(address_of(cohort, message), {"email": "nadia at home"})

    assert [answer.status_code for answer in (taken, same, none)] == [422, 422, 422]
    assert "Another account has this address" in taken.get_data(as_text=True)
    assert "priya" not in taken.get_data(as_text=True).lower().replace('value="priya@example.com"', "")
    assert "has already" in same.get_data(as_text=True)
    db.session.refresh(message)
    assert (message.state, db.session.get_one(Person, message.person_id).email) == (MessageState.FAILED, OLD)


def test_address_is_changed_by_admins_who_gave_their_password_lately(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort)
    admin = admin_and_lead(build, cohort)
    client.sign_in(admin)
    signed_in = db.session.scalars(select(SignIn).where(SignIn.person_id == admin.id)).one()
    signed_in.signed_in_at = build.now - FRESH - timedelta(seconds=1)
    db.session.commit()

    shown, sent = client.get(address_of(cohort, message)), client.send(address_of(cohort, message), {"email": NEW})

    assert (path_of(shown), path_of(sent)) == ("/confirm", "/confirm")
    assert address_of(cohort, message).replace("/", "%2F") in str(sent.location).replace("/", "%2F")
    assert "Fix the address and send 1 mail" in text_of(client, room(cohort))
    assert db.session.get_one(Person, message.person_id).email == OLD


def test_lead_reads_the_words_and_whom_to_ask(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort)
    build.person("Ama Mensah", is_admin=True)
    client.sign_in(lead_of(build, cohort))

    page = text_of(client, room(cohort))

    assert NO_MAILBOX in page
    assert "Only an admin may change somebody’s address: ask Ama Mensah." in page
    assert "New address for" not in page
    assert client.send(address_of(cohort, message), {"email": NEW}).status_code == 403


def test_mail_that_failed_for_another_reason_is_sent_again(
    build: Build, client: PageClient, settings: Settings
) -> None:
    cohort = build.cohort()
    message = failed_mail(build, cohort, reason="550 5.7.1 blocked")
    client.sign_in(lead_of(build, cohort))
    page = text_of(client, room(cohort, "?list=failed"))
    assert ("550 5.7.1 blocked" in page, "Send again" in page) == (True, True)
    db.session.get_one(Person, message.person_id).email = NEW
    db.session.commit()

    again = client.send(room(cohort, f"/{message.id}/again"))
    twice = client.send(room(cohort, f"/{message.id}/again"))
    run_tick(build.now, settings, MailboxTransport())

    db.session.refresh(message)
    assert (again.status_code, twice.status_code) == (302, 409)
    assert (message.state, message.to_address) == (MessageState.SENT, NEW)


def test_failed_mail_of_another_cohort_is_not_found(build: Build, client: PageClient) -> None:
    cohort, other = build.cohort(), build.cohort()
    message = failed_mail(build, other)
    client.sign_in(lead_of(build, cohort))

    assert client.send(room(cohort, f"/{message.id}/again")).status_code == 404
    assert client.send(room(other, f"/{message.id}/again")).status_code == 404
    assert client.get(address_of(cohort, message)).status_code == 404


def test_words_of_servers_about_an_address_are_told_from_others() -> None:
    about = [NO_MAILBOX, "550 no such user", "553 5.1.3 bad address", "551 not here", "550 5.2.1 disabled"]
    others = [
        "550 5.7.26 policy",
        "552 5.3.4 too big",
        "given up after 12 tries: 452 4.2.2 mailbox full",
        "554 spam",
        "",
    ]

    assert [is_about_address(words) for words in about + others] == [True] * 5 + [False] * 5
