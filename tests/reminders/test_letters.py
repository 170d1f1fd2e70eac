"""Reminders as people get them: the mails of a whole program, and a few of them word by word."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
import time_machine

from cohort.cohorts.models import Cohort, Enrolment
from cohort.config import Settings
from cohort.db import db
from cohort.mail.letters import Desk
from cohort.mail.links import Links
from cohort.mail.models import Message
from cohort.mail.transports import MailboxTransport
from cohort.mentoring.models import Pairing
from cohort.people.models import Person
from cohort.programs.queries import pack_of
from cohort.reminders.letters import SAYS
from cohort.reminders.listing import list_occasions
from cohort.reminders.owing import Owed, list_owed
from cohort.reminders.tick import run_tick
from tests.build import Build


class Run:
    """One participant with a mentor, and the mails each of them gets."""

    def __init__(self, build: Build, settings: Settings) -> None:
        self.settings = replace(settings, base_url="https://cohort.example", support_address="team@prairie.example")
        self.build = build
        began = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
        self.cohort: Cohort = build.cohort(launched_at=began, matched_on=began.date())
        self.priya = build.person("Priya Raman", time_zone="Europe/London", password_hash="set")
        self.luis = build.person("Luis Ortega")
        self.lead = build.person("Dana Whitfield")
        build.staff(self.cohort, self.lead)
        self.enrolment: Enrolment = build.enrolment(self.cohort, self.priya, answered_at=began)
        mentor = build.mentor(self.cohort, self.luis, answered_at=began)
        self.pairing: Pairing = build.pairing(mentor, self.enrolment, published_at=began + timedelta(days=2))
        db.session.commit()

    def mails(self, person: Person, *moments: datetime) -> list[EmailMessage]:
        """What `person` gets from rounds at these moments."""
        known = {message.id for message in db.session.query(Message)}
        for moment in moments:
            with at(moment):
                run_tick(moment, self.settings, MailboxTransport())
        new = db.session.query(Message).filter(Message.person_id == person.id, Message.frozen.is_not(None))
        found = [message for message in new.order_by(Message.sent_at, Message.id) if message.id not in known]
        return [message_from_bytes(message.frozen or b"", policy=default) for message in found]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


@pytest.fixture
def run(build: Build, settings: Settings) -> Run:
    return Run(build, settings)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_workshop_tomorrow_reads_as_it_should(run: Run) -> None:
    (mail,) = run.mails(run.priya, datetime(2026, 11, 24, 16, 0, tzinfo=UTC))

    assert (mail["Subject"], mail["List-Unsubscribe"]) == (
        "Tomorrow: Hard talks rehearsal, Wed 25 Nov, 16:00 London",
        None,
    )
    assert text_of(mail) == (
        "Tomorrow: Hard talks rehearsal\n\n"
        "Hello Priya, we meet tomorrow.\n\n"
        "  Wed 25 Nov, 16:00–18:00 London\n"
        "  Your time. 10:00–12:00 Chicago, where it is held.\n\n"
        "What happens\n"
        "  - Message makeover (25 min)\n"
        "  - Feedback drills with observer cards (40 min)\n"
        "  - Client escalation role play (35 min)\n"
        "  - Peer feedback on delivery (15 min)\n"
        "  - Commitment: the talk and its date (5 min)\n\n"
        "You have not taken a place yet: say on the page of the workshop whether you come to this sitting or another."
        "\n\n"
        "Take your place:\n"
        f"  https://cohort.example/cohorts/{run.cohort.slug}/workshops/hard-talks\n\n"
        "Cannot come? Say so or take another sitting:\n"
        f"  https://cohort.example/cohorts/{run.cohort.slug}/workshops/hard-talks\n\n"
        "Why you get this: the workshop is part of your program. The program sends this 24 hours before.\n"
        "This kind of mail is always sent. Other mail:\n"
        "  https://cohort.example/mail\n\n"
        "Spring Emerging Leaders, run by Prairie MSP Peer Group. All times are in your zone, London.\n"
    )


def test_due_soon_can_be_turned_off_with_one_click(run: Run) -> None:
    run.build.item(run.cohort, "assignment.due:three-conversations").at = datetime(2026, 12, 5, 23, 0, tzinfo=UTC)
    db.session.commit()

    (mail,) = run.mails(run.priya, datetime(2026, 12, 2, 9, 0, tzinfo=UTC))

    assert mail["Subject"] == "Three conversations: due Sat 5 Dec, 23:00 London"
    assert "  Due Sat 5 Dec, 23:00 London\n  Your time. 17:00 Chicago, where the program is run.\n" in text_of(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(rf"<https://cohort.example/u/{run.priya.id}d\.[\w-]+>", mail["List-Unsubscribe"])


def test_what_can_wait_comes_in_one_mail(run: Run) -> None:
    (mail,) = run.mails(run.priya, datetime(2026, 12, 1, 9, 0, tzinfo=UTC))

    assert mail["Subject"] == "Two things for you: Have you met Luis? · Three conversations: in three days"
    assert (
        "Next for you\n  - Have you met Luis?\n  - Three conversations: in three days (Due Fri 4 Dec, 23:00 London)\n"
    ) in text_of(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_mails_to_one_person_about_one_occasion_are_one_thread(run: Run) -> None:
    tomorrow, soon = (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), datetime(2026, 11, 25, 15, 0, tzinfo=UTC))
    other = run.build.enrolment(run.cohort, run.build.person("Ada"), answered_at=run.cohort.launched_at)
    db.session.commit()

    mine = run.mails(run.priya, tomorrow, soon)
    hers = [message_from_bytes(one.frozen or b"") for one in db.session.query(Message).filter_by(person=other.person)]
    several = run.mails(run.priya, datetime(2026, 12, 1, 9, 0, tzinfo=UTC))

    threads = [mail["References"] for mail in mine if "Hard talks" in mail["Subject"]]
    assert len(threads) == 2
    assert (len(set(threads)), len({mail["Message-ID"] for mail in mine})) == (1, len(mine))
    assert threads[0].endswith("@cohorts.example.org>")
    of_others = {mail["References"] for mail in hers if "Hard talks" in mail["Subject"]}
    assert (len(of_others), threads[0] in of_others) == (1, False)
    assert [mail["References"] for mail in several] == [None]


def test_late_work_is_welcome(run: Run) -> None:
    mails = run.mails(run.priya, datetime(2026, 12, 8, 9, 0, tzinfo=UTC))

    late = next(mail for mail in mails if mail["Subject"] == "Three conversations: was due Fri 4 Dec, 23:00 London")
    assert "you can still hand it in; it counts." in text_of(late)


def test_staff_hear_of_a_quiet_pair(run: Run) -> None:
    (mail,) = run.mails(run.lead, run.pairing.published_at + timedelta(days=21, hours=3))  # type: ignore[operator]

    assert mail["Subject"] == "Not in contact since Thu 3 Sep: Priya Raman and Luis Ortega"
    assert f"https://cohort.example/cohorts/{run.cohort.slug}\n" in text_of(mail)


def test_every_rule_of_the_shipped_program_has_its_words(run: Run) -> None:
    """At the time it speaks, to the first whom it concerns; rules about what the product has not yet stay silent."""
    pack = pack_of(run.cohort.version)
    cohort = db.session.get_one(Cohort, run.cohort.id)
    first: dict[str, Owed] = {}
    rules = [rule for rule in pack.reminders if rule.key != "match-published"]
    for owed in sorted(list_owed(rules, list_occasions([cohort.id])[cohort.id]), key=lambda one: (one.due_at, one.key)):
        first.setdefault(owed.rule.key, owed)

    subjects = {}
    for key, owed in first.items():
        reader = db.session.get_one(Person, owed.reader.person_id)
        desk = Desk(Message(), reader, cohort, Links("https://cohort.example"), "Prairie", "", owed.due_at)
        with at(owed.due_at):
            subjects[key] = SAYS[owed.rule.about](desk, owed, pack).subject

    assert subjects == SUBJECTS
    silent = {rule.key for rule in rules} - set(subjects)
    assert {rule.about for rule in rules if rule.key in silent} == {"feedback.owed", "assessment.closes"}


SUBJECTS = {
    "profile-nudge": "Your profile is not finished: Spring Emerging Leaders starts Mon 14 Sep",
    "profile-nudge-again": "Your profile is not finished: Spring Emerging Leaders starts Mon 14 Sep",
    "welcome": "Spring Emerging Leaders starts today",
    "graduation": "Spring Emerging Leaders is done",
    "alumni-followup": "What has lasted since Spring Emerging Leaders?",
    "module-open": "Open now: From running the queue to leading people",
    "prework-soon": "Pre-work for Kickoff: due Tue 15 Sep, 23:00 London",
    "workshop-week": "In seven days: Kickoff, Wed 16 Sep, 16:00 London",
    "workshop-day": "Tomorrow: Kickoff, Wed 16 Sep, 16:00 London",
    "workshop-hour": "In one hour: Kickoff, Wed 16 Sep, 16:00 London",
    "workshop-after": "After Kickoff: what comes next",
    "assignment-soon": "Leadership starting line: due Fri 2 Oct, 23:00 London",
    "assignment-today": "Leadership starting line: due Fri 2 Oct, 23:00 London",
    "assignment-late-1": "Leadership starting line: was due Fri 2 Oct, 23:00 London",
    "assignment-late-4": "Leadership starting line: was due Fri 2 Oct, 23:00 London",
    "assignment-late-8": "Leadership starting line: was due Fri 2 Oct, 23:00 London",
    "checkin-open": "Check-in 1 is open",
    "checkin-closing": "Check-in 1 closes Mon 28 Sep, 23:00 London",
    "session-due": "Start well with Luis: by Sat 26 Sep, 23:00 London",
    "session-log": "Log your meeting with Luis: Start well",
    "first-session-unbooked": "Your first meeting with Luis has no date yet",
    "pair-quiet-7": "When do you and Luis meet next?",
    "pair-quiet-14": "When do you and Luis meet next?",
    "pair-quiet-21": "Not in contact since Thu 3 Sep: Priya Raman and Luis Ortega",
}
"""By rule; a published match has a mail of its own."""
