"""What mails say: every kind, as text and HTML from one letter, with links that lead to our pages."""

import inspect
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import html5lib
import pytest
from flask import Flask
from sqlalchemy import update

from cohort.assignments.models import Submission, SubmissionState
from cohort.calendars.models import CalendarInvitation
from cohort.cohorts.models import Cohort, EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import WRITERS, Composer
from cohort.mail.letters import Moot
from cohort.mail.links import Links
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.unsubscribing import find_subscription
from cohort.mentoring.meeting_proposals import call_off, propose_meeting, take_meeting
from cohort.mentoring.models import MentorState, PairingState
from cohort.people.models import Link, Person
from cohort.reminders.waves import WAITS
from cohort.schedule.asking import ask_for_more_time, decline_request
from cohort.schedule.changing import apply
from cohort.schedule.extending import grant_extension
from cohort.schedule.moving import add_milestone
from cohort.workshops.models import Attendance, Place, PlaceState, Sitting
from tests.build import Build
from tests.gallery import HOSTILE

XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = "https://cohort.example"


class Post:
    """A cohort with one of everything that mails are about, and a desk to write them at."""

    def __init__(self, app: Flask, settings: Settings, build: Build, title: str = "Spring Emerging Leaders") -> None:
        self.build = build
        self.composer = Composer(
            replace(settings, base_url=BASE, support_address="team@prairie.example"), app.jinja_env
        )
        self.cohort: Cohort = build.cohort(title=title)
        self.priya = build.person("Priya Raman", email="priya@example.com", time_zone="Europe/London")
        self.luis = build.person("Luis Ortega", email="luis@example.com", job_title="COO", company="Lakeshore")
        self.enrolment = build.enrolment(self.cohort, self.priya)
        self.mentor = build.mentor(self.cohort, self.luis)
        self.pairing = build.pairing(self.mentor, self.enrolment, reasons=[["because", "Both work on Tuesdays."]])
        self.submission = Submission(
            enrolment_id=self.enrolment.id,
            assignment_key="three-conversations",
            reviewed_by="mentor",
            state=SubmissionState.SUBMITTED,
            saved_at=build.now,
            submitted_at=build.now,
        )
        db.session.add(self.submission)
        db.session.flush()

    def write(self, template: str, params: dict[str, Any], person: Person | None = None) -> EmailMessage:
        message = self.message(template, params, person)
        return message_from_bytes(self.composer.compose(message, now=self.build.now).data, policy=default)

    def message(self, template: str, params: dict[str, Any], person: Person | None = None) -> Message:
        account = template in OF_ACCOUNTS
        key = f"{template}:{params}:{(person or self.priya).id}"
        message = queue(
            person or self.priya,
            template,
            params,
            key=key,
            now=self.build.now,
            cohort_id=None if account else self.cohort.id,
        )
        assert message is not None
        db.session.flush()
        db.session.refresh(message, ["person"])
        return message


@pytest.fixture
def post(app: Flask, settings: Settings, build: Build) -> Post:
    return Post(app, settings, build)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(mail: EmailMessage) -> Any:
    body = mail.get_body(("html",))
    assert body is not None
    return html5lib.HTMLParser(strict=True).parse(body.get_content())


def all_mails(post: Post) -> dict[str, EmailMessage]:
    """One of each kind that deeds cause."""
    invited = post.build.enrolment(post.cohort, state=EnrolmentState.INVITED)
    waiting = post.build.enrolment(post.cohort, state=EnrolmentState.WAITLISTED)
    asked = post.build.mentor(post.cohort, state=MentorState.INVITED)
    staff = post.build.staff(post.cohort, dana := post.build.person())
    enrolled = {"enrolment_id": post.enrolment.id}
    lunch = partial(add_milestone, title="Lunch", expression="start+100d 12:00", minutes=60)
    change = apply(post.cohort, lunch, summary="Added lunch", by=post.luis, now=post.build.now)
    return {
        "password-link": post.write("password-link", {}),
        "sign-in-link": post.write("sign-in-link", {}),
        "address-changed": post.write("address-changed", {"address": "old@example.com"}),
        "invitation": post.write("invitation", {"enrolment_id": invited.id}, invited.person),
        "mentor-invitation": post.write("mentor-invitation", {"mentor_id": asked.id}, asked.person),
        "staff-invitation": post.write("staff-invitation", {"staff_id": staff.id}, staff.person),
        "welcome": post.write("welcome", enrolled),
        "place-free": post.write("place-free", enrolled),
        "waitlisted": post.write("waitlisted", {"enrolment_id": waiting.id}, waiting.person),
        "profile-nudge": post.write("profile-nudge", enrolled),
        "submission-receipt": post.write("submission-receipt", {"submission_id": post.submission.id}),
        "schedule-changed": post.write("schedule-changed", {"since": change.id}),
        "match-published": post.write("match-published", {"pairing_id": post.pairing.id}),
        "rule-test": post.write("rule-test", rule_to_try(post), post.luis),
        **{
            template: post.write(template, calendar_entry(post)) for template in ("calendar-request", "calendar-cancel")
        },
        "late-wave": late_wave(post, dana),
        "staff-digest": post.write("staff-digest", {"on": "2026-11-24"}, staff.person),
        **mails_about_more_time(post, post.luis),
        **mails_about_places(post),
        **mails_about_meetings(post),
        "match-offered": post.write("match-offered", question(post), post.luis),
    }


def late_wave(post: Post, lead: Person) -> EmailMessage:
    """While one mail waits for a decision."""
    waiting = {"state": MessageState.PENDING, "held_at": post.build.now, "reason": WAITS}
    due_at = post.build.now + timedelta(hours=2)
    queue(lead, "reminder", key="late", now=post.build.now, cohort_id=post.cohort.id, due_at=due_at)
    db.session.execute(update(Message).where(Message.dedup_key == "late").values(**waiting))
    return post.write("late-wave", {}, lead)


def rule_to_try(post: Post) -> dict[str, Any]:
    subject = "assignment.due:three-conversations"
    return {"rule": "assignment-soon", "enrolment_id": post.enrolment.id, "subject": subject}


def mails_about_places(post: Post) -> dict[str, EmailMessage]:
    item, now = post.build.item(post.cohort, "workshop:hard-talks"), post.build.now
    place = Place(item_id=item.id, enrolment=post.enrolment, state=PlaceState.HELD, since=now, revision=1)
    sitting = Sitting(item_id=item.id, closed_at=now)
    db.session.add_all([place, sitting])
    db.session.flush()
    about = {"place_id": place.id, "revision": 1}
    got = post.write("workshop-place", about)
    place.state, place.offered_until = PlaceState.OFFERED, now + timedelta(hours=2)
    offered = post.write("workshop-offer", about)
    place.state, place.attendance = PlaceState.HELD, Attendance.NO_SHOW
    return {"workshop-place": got, "workshop-offer": offered, "no-show": post.write("no-show", about)}


def question(post: Post) -> dict[str, Any]:
    """About somebody who is proposed to the mentor."""
    now = post.build.now
    asked = {"state": PairingState.OFFERED, "asked_at": now, "answer_by": now + timedelta(days=7)}
    enrolment = post.build.enrolment(post.cohort, post.build.person("Ann Lee"), growth_areas=["communication"])
    return {"pairings": [post.build.pairing(post.mentor, enrolment, **asked).id]}


def mails_about_meetings(post: Post) -> dict[str, EmailMessage]:
    now = post.build.now
    starts = [now + timedelta(days=number) for number in (1, 2)]
    proposal = propose_meeting(post.pairing, by=post.priya, starts=starts, minutes=45, now=now)
    about = {"proposal_id": proposal.id}
    proposed = post.write("meeting-proposed", about, post.luis)
    take_meeting(proposal, starts[0], by=post.luis, now=now)
    taken = post.write("meeting-taken", about)
    off = propose_meeting(post.pairing, by=post.priya, starts=starts, minutes=45, now=now)
    call_off(off, by=post.luis, now=now)
    called_off = post.write("meeting-called-off", {"proposal_id": off.id})
    return {"meeting-proposed": proposed, "meeting-taken": taken, "meeting-called-off": called_off}


def mails_about_more_time(post: Post, lead: Person) -> dict[str, EmailMessage]:
    ahead, later = (post.build.item(post.cohort, f"assignment.due:{key}") for key in ("capstone", "rhythm-and-review"))
    assert ahead.at and later.at
    now, until = post.build.now, ahead.at + timedelta(days=2)
    given = grant_extension(post.enrolment, ahead, until=until, reason="", by=lead, now=now)
    asked = ask_for_more_time(post.enrolment, later, until=later.at + timedelta(days=2), now=now)
    about = {"request_id": asked.id}
    question = post.write("extension-asked", about, post.luis)
    decline_request(asked, answer="It is needed by then.", by=lead, now=now)
    return {
        "extension-granted": post.write("extension-granted", {"extension_id": given.id, "times": given.times}),
        "extension-asked": question,
        "extension-declined": post.write("extension-declined", about),
    }


def calendar_entry(post: Post) -> dict[str, Any]:
    """A workshop as Priya's calendar was told of it."""
    item = post.build.item(post.cohort, "workshop:hard-talks")
    uid = f"item-{item.id}@cohorts.example.org"
    told = CalendarInvitation(person_id=post.priya.id, uid=uid, cohort_id=post.cohort.id, told_at=post.build.now)
    told.title, told.starts_at, told.ends_at, told.sequence = "Workshop: Hard talks", item.at, item.ends_at, 0
    db.session.merge(told)
    return {"uid": uid, "sequence": 0, "is_update": False}


def test_every_kind_can_be_written(post: Post) -> None:
    assert set(all_mails(post)) | {"reminder"} == set(WRITERS)


OF_ACCOUNTS = {"password-link", "sign-in-link", "address-changed"}


def test_outside_of_every_mail_is_that_of_its_kind(post: Post) -> None:
    """M11: each header once; of the cohort its list, of what can be turned off the way to do so, of dates a thread."""
    mails = all_mails(post)
    always = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Reply-To"]
    for template, mail in mails.items():
        of_dates = ["References"] if template.startswith("calendar-") or template == "rule-test" else []
        of_cohort = [] if template in OF_ACCOUNTS else ["List-Id"]
        can_be_turned_off = "List-Unsubscribe" in mail
        off = ["List-Unsubscribe", "List-Unsubscribe-Post"] if can_be_turned_off else []
        last = ["Feedback-ID", "MIME-Version", "Content-Type"]
        assert mail.keys() == [*always, *of_dates, *of_cohort, *off, *last], template
        assert mail["Feedback-ID"].split(":")[2:] == [template, "cohort"]
        assert mail.get("List-Id", "") == (f"<{post.cohort.slug}.cohorts.example.org>" if of_cohort else "")
    assert {mails[f"calendar-{what}"]["References"] for what in ("request", "cancel")} == {
        mails["calendar-request"]["References"]
    }


def test_text_and_html_say_the_same(post: Post) -> None:
    found = {template: said_only_as_text(mail) for template, mail in all_mails(post).items()}

    assert {template: missing for template, missing in found.items() if missing} == {}


def said_only_as_text(mail: EmailMessage) -> list[str]:
    """What stands in the text of a mail and not in its HTML."""
    body = html_of(mail).find(f"{XHTML}body/{XHTML}main/{XHTML}table")
    shown = bare("".join(body.itertext()))
    lines = text_of(mail).splitlines()
    said = [line for line in lines if line.strip() and BASE not in line and not line.startswith("This kind of mail")]
    # The last line names the sender, who stands above the HTML.
    return [part for line in said[:-1] for part in line.split(" (") if bare(part) not in shown]


def bare(words: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"\W+", "", words)


def test_links_lead_to_pages_of_ours_and_are_the_same_in_both_parts(app: Flask, post: Post) -> None:
    routes = app.url_map.bind("cohort.example")
    for template, mail in all_mails(post).items():
        in_html = links_of(mail)
        assert in_html == re.findall(r"https?://\S+", text_of(mail)) != [], template
        for url in in_html:
            assert url.startswith(f"{BASE}/"), template
            routes.match(urlsplit(url).path, method="GET")


def links_of(mail: EmailMessage) -> list[str]:
    return [a.get("href") for a in html_of(mail).iter(f"{XHTML}a")]


def test_every_address_that_mails_know_is_a_page(app: Flask) -> None:
    routes = app.url_map.bind("cohort.example")
    examples: dict[str, Any] = {"slug": "a-cohort", "key": "a-key", "pairing_id": 7, "token": "aT0ken"}
    examples |= {"what": "assignment", "step": "hours", "request_id": 7, "enrolment_id": 7, "item_id": 7}
    for name, make in inspect.getmembers(Links(BASE), inspect.ismethod):
        if not name.startswith("_"):
            url = make(*(examples[argument] for argument in inspect.signature(make).parameters))
            routes.match(urlsplit(url).path, method="GET")


def test_one_time_links_are_made_only_where_they_are_needed(post: Post) -> None:
    all_mails(post)

    purposes = sorted(link.purpose.value for link in db.session.query(Link))
    assert purposes == ["invitation", "invitation", "invitation", "password", "sign-in"]


def test_mail_that_is_always_sent_leads_to_the_choices_without_signing_in(post: Post, settings: Settings) -> None:
    """But it has no header by which a mail program would offer to turn it off."""
    can_wait, to_somebody_else = "staff-digest", "address-changed"
    for template, mail in all_mails(post).items():
        tokens = set(re.findall(rf"{re.escape(BASE)}/u/(\S+)", text_of(mail)))
        if template == to_somebody_else:
            assert tokens == set()
            continue
        [token] = tokens
        found = find_subscription(token, settings.signing_keys)
        assert found is not None
        assert (found.person.email, found.scope) == (mail["To"].addresses[0].addr_spec, None), template
        if template != can_wait:
            assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None), template


def test_match_is_told_to_each_about_the_other(post: Post) -> None:
    to_mentee = post.write("match-published", {"pairing_id": post.pairing.id})
    to_mentor = post.write("match-published", {"pairing_id": post.pairing.id}, post.luis)

    assert to_mentee["Subject"] == "Your mentor in Spring Emerging Leaders: Luis Ortega"
    assert to_mentor["Subject"] == "Your mentee in Spring Emerging Leaders: Priya Raman"
    assert "Both work on Tuesdays." in text_of(to_mentee) and "Both work on Tuesdays." in text_of(to_mentor)


def test_who_is_missing_something_is_led_to_the_step_that_asks_for_it(post: Post) -> None:
    """The first of what is missing; an invitation that was not answered comes first; and nothing when all is there."""
    participant, mentor = {"enrolment_id": post.enrolment.id}, {"mentor_id": post.mentor.id}
    page, asked = f"{BASE}/cohorts/{post.cohort.slug}", post.build.mentor(post.cohort, state=MentorState.INVITED)
    post.priya.languages = post.luis.languages = ["en"]
    post.mentor.strengths, post.enrolment.goal, post.enrolment.availability = (
        ["communication"],
        "Listen",
        "tue 09:00-10:00",
    )

    assert links_of(post.write("profile-nudge", participant))[0] == f"{page}/my-profile/growth"
    assert links_of(post.write("profile-nudge", mentor, post.luis))[0] == f"{page}/mentor-profile/hours"
    unanswered = post.write("profile-nudge", {"mentor_id": asked.id}, asked.person)
    assert links_of(unanswered)[0].startswith(f"{BASE}/invitation/")
    post.mentor.availability = "tue 09:00-10:00"
    with pytest.raises(Moot, match="nothing is missing any more"):
        post.write("profile-nudge", mentor | {"again": 1}, post.luis)


def test_what_is_settled_is_not_mailed(post: Post) -> None:
    post.submission.submitted_at = None
    enrolled = {"enrolment_id": post.enrolment.id}

    refused = []
    for template, params in (
        ("invitation", enrolled),
        ("waitlisted", enrolled),
        ("submission-receipt", {"submission_id": post.submission.id}),
        ("welcome", {"enrolment_id": 999_999}),
    ):
        with pytest.raises(Moot) as reason:
            post.write(template, params)
        refused.append(str(reason.value))

    assert refused == [
        "answered: enrolled",
        "not on the waiting list: enrolled",
        "taken back",
        "what it was about is gone",
    ]


def test_hostile_title_stays_text(app: Flask, settings: Settings, build: Build) -> None:
    post = Post(app, settings, build, title=f"{HOSTILE}\r\nBcc: evil@example.org")

    mail = post.write("welcome", {"enrolment_id": post.enrolment.id})

    assert mail["Bcc"] is None
    assert len(mail["From"].addresses) == 1
    assert list(html_of(mail).iter(f"{XHTML}script")) == []
