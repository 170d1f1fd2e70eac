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
from flask import current_app

from cohort.cohorts.models import Cohort, Enrolment
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.models import Message
from cohort.mail.transports import MailboxTransport
from cohort.mentoring.models import Pairing
from cohort.people.models import Person
from cohort.programs.queries import pack_of
from cohort.reminders.letters import write_about
from cohort.reminders.listing import list_occasions
from cohort.reminders.occasions import Reader
from cohort.reminders.owing import Owed, list_owed, owe
from cohort.reminders.tick import run_tick
from tests.build import Build
from tests.mail.test_composing import links_of, said_only_as_text


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

    def write(self, owed: Owed) -> EmailMessage:
        """The mail about one thing, when it leaves."""
        composer = Composer(self.settings, current_app.jinja_env)
        person = db.session.get_one(Person, owed.reader.person_id)
        message = Message(dedup_key="one", template="reminder", params={}, cohort_id=self.cohort.id)
        desk = composer.desk(message, person, self.cohort, now=owed.due_at)
        with at(owed.due_at):
            letter = write_about(desk, [owed], pack_of(self.cohort.version))
            shown = composer.show(letter, desk, desk.links.unsubscribe("TOKEN"))
        mail = EmailMessage()
        mail["Subject"] = letter.subject
        if not letter.is_essential:
            mail["List-Unsubscribe"] = desk.links.unsubscribe("TOKEN")
        mail.set_content(shown.text)
        mail.add_alternative(shown.html, subtype="html")
        return mail


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


@pytest.fixture
def run(build: Build, settings: Settings) -> Run:
    return Run(build, settings)


def text_of(mail: EmailMessage) -> str:
    """With the secret of the address of the settings left out."""
    body = mail.get_body(("plain",))
    assert body is not None
    return re.sub(r"/u/[\w-]+", "/u/TOKEN", str(body.get_content()).replace("\r\n", "\n"))


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
        "  https://cohort.example/u/TOKEN\n\n"
        "Spring Emerging Leaders, run by Prairie MSP Peer Group. All times are in your zone, London.\n"
    )


def test_due_soon_can_be_turned_off_with_one_click(run: Run) -> None:
    run.build.item(run.cohort, "assignment.due:three-conversations").at = datetime(2026, 12, 5, 23, 0, tzinfo=UTC)
    db.session.commit()

    (mail,) = run.mails(run.priya, datetime(2026, 12, 2, 9, 0, tzinfo=UTC))

    assert mail["Subject"] == "Three conversations: due Sat 5 Dec, 23:00 London"
    assert "  Due Sat 5 Dec, 23:00 London\n  Your time. 17:00 Chicago, where the program is run.\n" in text_of(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<https://cohort.example/u/[\w-]+>", mail["List-Unsubscribe"])


def test_what_can_wait_comes_in_one_mail(run: Run) -> None:
    (mail,) = run.mails(run.priya, datetime(2026, 12, 1, 9, 0, tzinfo=UTC))

    assert mail["Subject"] == "Two things for you: Have you met Luis? · Three conversations: due in three days"
    page = f"https://cohort.example/cohorts/{run.cohort.slug}"
    assert (
        "  First due Fri 4 Dec, 23:00 London\n  Your time. 17:00 Chicago, where the program is run.\n\n"
        "What is due\n"
        "  - Have you met Luis? (No session is logged yet)\n"
        f"    https://cohort.example/pairs/{run.pairing.id}/sessions/new\n"
        "  - Three conversations: due in three days (Fri 4 Dec, 23:00 London)\n"
        f"    {page}/assignments/three-conversations\n\n"
        "Open your home page:\n"
        f"  {page}/home\n"
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
    first: dict[str, Owed] = {}
    rules = [rule for rule in pack.reminders if rule.key != "match-published"]
    for owed in sorted(
        list_owed(rules, list_occasions([run.cohort.id])[run.cohort.id]), key=lambda one: (one.due_at, one.key)
    ):
        first.setdefault(owed.rule.key, owed)

    written = {key: run.write(owed) for key, owed in first.items()}

    assert {key: mail["Subject"] for key, mail in written.items()} == SUBJECTS
    for key, mail in written.items():
        assert (said_only_as_text(mail), links_of(mail)) == ([], addresses_in(mail)), key
        assert bool(mail["List-Unsubscribe"]) is not first[key].is_essential, key
    silent = {rule.key for rule in rules} - set(written)
    assert {rule.about for rule in rules if rule.key in silent} == {"feedback.owed", "assessment.closes"}


def addresses_in(mail: EmailMessage) -> list[str]:
    return re.findall(r"https?://\S+", text_of(mail))


def made_up(run: Run, rule_key: str, about: str, key: str, moment: datetime, reader: Person) -> Owed:
    """What a rule of the program would owe about something that the product does not have yet."""
    rule = next(rule for rule in pack_of(run.cohort.version).reminders if rule.key == rule_key)
    known = list_occasions([run.cohort.id])[run.cohort.id].of_participants[0]
    occasion = replace(known, about=about, key=key, title="", at=moment, day=None, held="", done_at=None)
    return owe(rule, occasion, Reader(reader.id, reader.name, reader.time_zone))


MADE_UP = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "about", "key", "to", "subject"),
    [
        (
            "feedback-owed-3",
            "feedback.owed",
            "three-conversations",
            "luis",
            "Priya waits for your feedback: Three conversations, handed in Fri 4 Dec, 17:00 Chicago",
        ),
        (
            "assessment-closing",
            "assessment.closes",
            "baseline",
            "priya",
            "Baseline self-rating: closes Fri 4 Dec, 23:00 London",
        ),
        (
            "assessment-last-call",
            "assessment.closes",
            "baseline",
            "priya",
            "Baseline self-rating: closes Fri 4 Dec, 23:00 London",
        ),
        (
            "assessment-missed",
            "assessment.closes",
            "baseline",
            "lead",
            "Not answered: Baseline self-rating, Priya Raman",
        ),
    ],
)
def test_what_the_product_has_not_yet_has_its_words(
    run: Run, rule: str, about: str, key: str, to: str, subject: str
) -> None:
    owed = made_up(run, rule, about, key, MADE_UP, getattr(run, to))

    mail = run.write(owed)

    assert mail["Subject"] == subject
    assert (said_only_as_text(mail), links_of(mail)) == ([], addresses_in(mail))
    assert bool(mail["List-Unsubscribe"]) is (owed.rule.kind == "digest")


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
