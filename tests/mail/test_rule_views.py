"""The reminder rules in the browser: the list, the preview by name, saving, two editors, the test to oneself."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import Cohort, CohortState, Enrolment, StaffRole
from cohort.cohorts.queries import find_cohort
from cohort.config import Settings
from cohort.db import Base, db
from cohort.mail.composing import Composer
from cohort.mail.models import Message
from cohort.people.models import Person
from cohort.reminders.listing import SPOKEN_OF
from cohort.reminders.models import CohortRule, Reminder
from cohort.reminders.ruling import RuleOfCohort, find_rule
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import PageClient, QueryCount, path_of

SOON = "assignment-soon"
"""Three days before an assignment is due, at 09:00, to those who have not handed it in."""
DUE = "assignment.due:three-conversations"
"""On Friday 4 December, 17:00 in Chicago."""
TYPED = {
    "number": "3",
    "unit": "d",
    "side": "-",
    "at": "09:00",
    "to": "participant",
    "unless": "submitted",
    "kind": "digest",
    "subject": "",
    "text": "",
}
"""The rule as its form sends it unchanged."""


class Room:
    """A running cohort with a lead, and Priya in London with a mentor."""

    def __init__(self, build: Build, client: PageClient, email: str = "dana@example.com") -> None:
        self.build, self.client = build, client
        self.cohort: Cohort = build.cohort()
        priya = build.person("Priya Raman", time_zone="Europe/London", password_hash="set")
        self.priya: Enrolment = build.enrolment(self.cohort, priya)
        build.pairing(build.mentor(self.cohort, build.person("Luis Ortega")), self.priya)
        self.dana: Person = build.staff(self.cohort, build.person("Dana Whitfield", email=email)).person
        client.sign_in(self.dana)

    def url(self, rule: str = "", path: str = "rules") -> str:
        return f"/cohorts/{self.cohort.slug}/mail-room/{path}" + (f"/{rule}" if rule else "")

    def see(self, rule: str = SOON) -> str:
        answer = self.client.get(self.url(rule))
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def find(self, rule: str = SOON) -> RuleOfCohort:
        cohort = find_cohort(self.cohort.slug)
        found = cohort and find_rule(cohort, rule)
        assert found
        return found

    def state(self, rule: str = SOON) -> str:
        return self.find(rule).state

    def send(self, do: str = "save", rule: str = SOON, **values: str) -> TestResponse:
        return self.client.send(self.url(rule), {**TYPED, "seen": self.state(rule), "do": do, **values})

    def preview(self, rule: str = SOON, **values: str) -> str:
        answer = self.send("preview", rule, **values)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


@pytest.fixture
def room(build: Build, client: PageClient) -> Room:
    return Room(build, client)


def rows() -> dict[str, Any]:
    """All that is stored, but for what signing in and reading leave."""
    db.session.rollback()
    kept = [t for t in Base.metadata.sorted_tables if t.name != "sign_in_session"]
    return {t.name: db.session.execute(select(t).order_by(*t.primary_key)).all() for t in kept}


def in_frame(client: PageClient, link: str, **values: Any) -> TestResponse:
    """The HTML of a mail, which is no page of ours: its title is the subject."""
    with client.application.app_context():
        return FlaskClient.open(client, link, **values)


def words_of(page: str, head: str) -> str:
    """The panel with this heading, without its tags."""
    panel = next(part for part in page.split("<section") if f">{head}</h2>" in part)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", panel.split(">", 1)[1].split("</section>")[0])).strip()


def test_list_says_every_rule_in_words(room: Room) -> None:
    page = room.see("")

    assert page.count('data-label="In this cohort"') == 30
    assert "3 days before an assignment is due, at 09:00</a>" in page
    assert "they have handed it in" in page
    assert page.count("Always sent") + page.count("Can wait") == 30
    assert page.count("As in the program") == 30
    assert f'href="{room.url()}"' in room.client.get(room.url(path="")[:-1]).get_data(as_text=True)


def test_list_says_what_was_changed_by_whom_and_what_is_off(room: Room) -> None:
    assert path_of(room.send(number="5", kind="critical", subject="Bring {title}")) == room.url()
    assert path_of(room.client.send(room.url("welcome/off"), {"seen": room.state("welcome")})) == room.url()

    page = room.see("")

    row = words_of(page, "Rules that speak").split("Assignment soon")[1].split("Assignment today")[0]
    assert "Changed here Dana Whitfield, Mon 23 Nov, 09:00 Chicago" in row
    assert "Program: When: 3 days before an assignment is due, at 09:00" in row
    assert "Program: Kind: Can wait" in row and "Program: Subject: As the product says it" in row
    assert "On the day the cohort starts, at 08:00" in words_of(page, "Turned off")
    assert words_of(page, "Turned off").endswith("Off Dana Whitfield, Mon 23 Nov, 09:00 Chicago")


def test_page_names_who_gets_the_mail_and_when_in_their_own_time(room: Room) -> None:
    page = room.see()

    assert words_of(page, "Who gets it").startswith(
        "Who gets it Three conversations, Fri 4 Dec Priya Raman Tue 1 Dec, 09:00 London (03:00 Chicago)"
    )
    assert "One real handover" in words_of(page, "After that")
    assert "Who does not, and why" not in page
    assert "Hello Priya, you have not handed it in yet." in page


def test_preview_names_who_does_not_and_why(room: Room) -> None:
    build, cohort = room.build, room.cohort
    for name in ("Done", "Joined later", "Mail off", "Sent already"):
        person = build.person(name)
        place = build.enrolment(cohort, person)
        match name:
            case "Done":
                values = {"assignment_key": "three-conversations", "reviewed_by": "mentor", "saved_at": build.now}
                state = SubmissionState.SUBMITTED
                db.session.add(Submission(enrolment_id=place.id, state=state, submitted_at=build.now, **values))
            case "Joined later":
                place.answered_at = build.now - timedelta(hours=1)
            case "Mail off":
                person.mail_wishes = NO_MAIL_THAT_CAN_WAIT
            case _:
                about = {"rule_key": SOON, "subject": DUE, "anchor_at": build.item(cohort, DUE).at}
                when = {"due_at": build.now, "decided_at": build.now, "state": "queued"}
                ids = {"cohort_id": cohort.id, "enrolment_id": place.id, "person_id": person.id}
                db.session.add(Reminder(**ids, **about, **when))
    db.session.commit()

    page = room.preview(number="12", at="08:00", occasion=DUE)

    assert words_of(page, "Who gets it") == (
        "Who gets it Three conversations, Fri 4 Dec Nobody gets a mail about this any more."
    )
    assert words_of(page, "Who does not, and why") == (
        "Who does not, and why 5 people Joined later Joined after its time Sent already Sent already, "
        "Mon 23 Nov, 09:00 Chicago Done Submitted Priya Raman Too late Mail off Turned off"
    )


def test_preview_changes_and_sends_nothing(room: Room) -> None:
    before = rows()

    page = room.preview(number="5", subject="Bring {title}", text="Ask {mentor}.")

    assert rows() == before
    assert "Nothing changes and nothing is sent until you press the last button." in page
    assert "Sun 29 Nov, 09:00 London (03:00 Chicago)" in page
    assert "<b>Bring Three conversations</b>" in page
    assert "Hello Priya,\n\nAsk Luis Ortega.\n\n  Due Fri 4 Dec, 23:00 London" in page
    assert re.search(r"Save and send \d+ mails as foreseen", page)


def test_preview_shows_another_occasion_and_another_person(room: Room) -> None:
    ben = room.build.enrolment(room.cohort, room.build.person("Ben Adeyemi"))
    db.session.commit()
    chosen = {"occasion": "assignment.due:capstone", "example": f"{ben.id}.{ben.person_id}"}

    typed = room.preview(number="4", **chosen)
    saved = room.client.get(room.url(SOON), query_string=chosen).get_data(as_text=True)

    for page in (typed, saved):
        assert "Who gets it Capstone" in words_of(page, "Who gets it")
        assert "Hello Ben, you have not handed it in yet." in page


def test_count_on_the_button_is_what_is_sent(room: Room) -> None:
    page = room.preview(number="4")
    off = room.preview(number="4", rule="assignment-soon")
    assert page == off

    number = re.search(r"Save and send (\d+) mails as foreseen", page)
    gets = sum(int(one) for one in re.findall(r"(\d+) mails?(?:, \d+ without)?</p>", page))
    assert number and int(number[1]) == gets + 1  # the first occasion is the one shown by name
    assert "to 1 person. Nobody gets again what they got already." in page


def test_saved_rule_is_shown_where_it_differs(room: Room) -> None:
    room.send(number="5", text="In our words.")

    page = room.see()

    assert "Saved: 5 days before an assignment is due, at 09:00." in page
    assert "In the program" in page and "As the product says it" in page
    assert "In our words." in page
    assert f'action="{room.url(f"{SOON}/back")}"' in page


def test_rule_is_put_back_and_turned_on_again(room: Room) -> None:
    room.send(number="5")
    for deed in ("off", "on", "back"):
        assert path_of(room.client.send(room.url(f"{SOON}/{deed}"), {"seen": room.state()})) == room.url()

    assert db.session.scalars(select(CohortRule)).all() == []
    assert "Put back: this rule is as the program has it." in room.client.get(room.url()).get_data(as_text=True)


def test_off_rule_says_so_and_promises_nothing(room: Room) -> None:
    room.client.send(room.url(f"{SOON}/off"), {"seen": room.state()})

    page = room.see()

    assert "This rule is off: it sends nothing." in page
    assert "Priya Raman" in words_of(page, "Who gets it")
    assert ">Save the rule</button>" in page and "Save and send" not in page


def test_second_editor_sees_both_versions_and_loses_nothing(room: Room) -> None:
    seen = room.state()
    room.send(number="5", subject="Theirs")

    answer = room.send(number="7", subject="Mine: {title}", text="My text.", seen=seen)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 409
    both = words_of(page, "What is saved, and what you typed")
    assert "5 days before" in both and "7 days before" in both and "Theirs" in both and "Mine: {title}" in both
    assert "by Dana Whitfield, Mon 23 Nov, 09:00 Chicago" in page
    assert 'value="Mine: {title}"' in page and "My text.</textarea>" in page and 'value="7"' in page
    assert room.find(SOON).rule.offset == "-5d"

    assert room.send(number="7", subject="Mine: {title}", text="My text.").status_code == 302
    assert room.find(SOON).rule.subject == "Mine: {title}"


@pytest.mark.parametrize("deed", ["off", "back"])
def test_switch_of_what_was_changed_meanwhile_is_refused(room: Room, deed: str) -> None:
    seen = room.state()
    room.send(number="5")

    answer = room.client.send(room.url(f"{SOON}/{deed}"), {"seen": seen})

    assert answer.status_code == 409
    assert "It stands below as it is now. Look at it, and decide again." in answer.get_data(as_text=True)
    assert room.find(SOON).rule.offset == "-5d"


def test_every_mistake_is_said_at_its_field_and_the_text_stays(room: Room) -> None:
    for do in ("preview", "save"):
        answer = room.send(do, number="400", subject="Hi {firstname}", text="A { brace")
        page = answer.get_data(as_text=True)

        assert answer.status_code == 422
        assert "3 things to fix" in page
        assert "Write a number from 0 to 365." in page
        assert "{firstname} is not a placeholder here. Is {first_name} meant?" in page
        assert "A single { stands at “A { brace”" in page
        assert "A { brace</textarea>" in page
    assert "Write a whole number, such as 12." in room.send(number="soon").get_data(as_text=True)
    assert db.session.scalars(select(CohortRule)).all() == []


def test_placeholders_to_copy_are_those_of_the_occasion(room: Room) -> None:
    of_assignment, of_workshop = room.see(), room.see("workshop-day")

    assert "<dt>{due}</dt>" in of_assignment and "<dt>{when}</dt>" not in of_assignment
    assert "<dt>{when}</dt>" in of_workshop and "<dt>{due}</dt>" not in of_workshop


def test_page_shows_what_the_product_says_beside_words_of_their_own(room: Room) -> None:
    page = room.preview(subject="Ours", text="Ours too.")

    assert "<b>Three conversations: due Fri 4 Dec, 23:00 London</b>" in page
    assert "<p>Hello Priya, you have not handed it in yet.</p>" in page


def test_rule_of_their_own_is_added_in_two_steps(room: Room) -> None:
    new = room.url(path="new-rule")
    first = room.client.get(new).get_data(as_text=True)
    wrong = room.client.get(f"{new}?about=").get_data(as_text=True)
    second = room.client.get(f"{new}?about=workshop.starts").get_data(as_text=True)
    typed = {**TYPED, "name": "Bring your laptop", "to": "attendees", "unless": "declined", "number": "2"}

    previewed = room.client.send(f"{new}?about=workshop.starts", {**typed, "do": "preview"}).get_data(as_text=True)
    added = room.client.send(f"{new}?about=workshop.starts", {**typed, "do": "save", "text": "Charge it, too."})

    assert 'value="workshop.starts"' in first
    assert first.count('name="about"') == len(SPOKEN_OF)
    assert "Choose what the reminder is about." in wrong
    assert "Priya Raman" in words_of(second, "Who gets it")
    assert re.search(r"Add and send \d+ mails? as foreseen", previewed)
    assert path_of(added) == room.url()
    assert "2 days before a workshop starts, at 09:00" in room.see("")
    assert "Charge it, too." in room.see("own-bring-your-laptop")
    assert "Added here" in room.see("own-bring-your-laptop")
    assert f'action="{room.url("own-bring-your-laptop/back")}"' not in room.see("own-bring-your-laptop")


def test_own_rule_needs_a_name_and_an_occasion(room: Room) -> None:
    new = room.url(path="new-rule")

    nameless = room.client.send(f"{new}?about=module.opens", {**TYPED, "unless": "", "side": "+", "do": "save"})

    assert nameless.status_code == 422
    assert "Give it a name, such as Bring your laptop." in nameless.get_data(as_text=True)
    assert path_of(room.client.send(new, {**TYPED, "name": "Odd", "do": "save"})) == new
    assert db.session.scalars(select(CohortRule)).all() == []


def test_mail_of_a_published_match_cannot_be_changed(room: Room) -> None:
    page = room.see("match-published")

    assert "It can be neither changed nor turned off here." in page
    assert "<textarea" not in page and "/off" not in page
    answer = room.client.send(room.url("match-published/off"), {"seen": room.state("match-published")})
    assert path_of(answer) == room.url("match-published")
    assert db.session.scalars(select(CohortRule)).all() == []


def test_rule_without_mails_yet_can_be_turned_off(room: Room) -> None:
    page = room.see("assessment-closing")

    assert "Nothing to come" in page or "Who gets it" in page
    assert path_of(room.client.send(room.url("assessment-closing/off"), {"seen": room.state("assessment-closing")}))
    assert room.find("assessment-closing").is_off


def test_mail_is_shown_in_a_frame_in_which_nothing_leads_anywhere(room: Room) -> None:
    page = room.see()
    source = re.search(r'<iframe class="mail-frame" src="([^"]+)" title="[^"]+" sandbox>', page)
    assert source

    frame = in_frame(room.client, source[1].replace("&amp;", "&"))

    assert "Hello Priya, you have not handed it in yet." in frame.get_data(as_text=True)
    assert frame.headers["Content-Security-Policy"].endswith("; sandbox")
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_typed_mail_is_shown_in_a_frame_however_long_its_words(room: Room) -> None:
    text = "Grüße <b>an</b> {first_name}. " * 60
    page = room.preview(text=text)
    form = page.split('target="typed-example"')[1].split("</form>")[0]
    values = {
        name: value for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form) if name != "csrf_token"
    }
    assert values["about"] == "assignment.due" and values["key"] == SOON

    token = room.client.csrf_token()
    data = {**values, "text": text, "csrf_token": token}
    url, headers = room.url(path="rule-example"), {"Sec-Fetch-Site": "same-origin"}
    frame = in_frame(room.client, url, method="POST", data=data, headers=headers)

    assert "Grüße &lt;b&gt;an&lt;/b&gt; Priya." in frame.get_data(as_text=True)
    assert frame.headers["Content-Security-Policy"].endswith("; sandbox")
    broken = in_frame(room.client, url, method="POST", data={**data, "text": "{"}, headers=headers)
    assert broken.status_code == 422
    assert db.session.scalars(select(CohortRule)).all() == []


def test_test_goes_to_oneself_alone_and_says_so(room: Room, app: Flask, settings: Settings) -> None:
    room.send(subject="Bring {title}, {first_name}", text="Ask {mentor} by {due}.")
    before = db.session.query(Reminder).count()

    answer = room.client.send(room.url(f"{SOON}/test"), {"enrolment_id": room.priya.id, "subject": DUE})

    assert path_of(answer) == room.url(SOON)
    assert "A test is on its way to dana@example.com, and to nobody else." in room.see()
    (message,) = db.session.scalars(select(Message)).all()
    assert (message.person_id, message.template, message.topic) == (room.dana.id, "rule-test", "")
    assert message.dedup_key.startswith("test:")
    assert message.params == {"rule": SOON, "enrolment_id": room.priya.id, "subject": DUE}
    assert db.session.query(Reminder).count() == before

    db.session.refresh(message, ["person"])
    written = Composer(settings, app.jinja_env).compose(message, now=room.build.now)
    mail = message_from_bytes(written.data, policy=default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["Subject"] == "[Test] Bring Three conversations, Dana"
    assert [address.addr_spec for address in mail["To"].addresses] == ["dana@example.com"]
    assert mail["List-Unsubscribe"] is None
    assert "Hello Dana,\n\nAsk Luis Ortega by Fri 4 Dec, 17:00 Chicago." in body.get_content().replace("\r\n", "\n")
    assert "you asked for this test of a reminder. It went to nobody else" in body.get_content()


def test_test_reads_as_on_the_day_on_which_the_mail_leaves(room: Room, app: Flask, settings: Settings) -> None:
    room.client.send(room.url("assignment-late-1/test"), {"enrolment_id": room.priya.id, "subject": DUE})

    (message,) = db.session.scalars(select(Message)).all()
    db.session.refresh(message, ["person"])
    written = Composer(settings, app.jinja_env).compose(message, now=room.build.now)

    assert written.subject == "[Test] Three conversations: was due Fri 4 Dec, 17:00 Chicago"


def test_ten_tests_an_hour_are_enough(room: Room) -> None:
    about = {"enrolment_id": room.priya.id, "subject": DUE}
    for _ in range(10):
        room.client.send(room.url(f"{SOON}/test"), about)
    room.see()

    room.client.send(room.url(f"{SOON}/test"), about)

    assert "You sent 10 tests in the last hour. The next one can leave in 60 min." in room.see()
    assert db.session.query(Message).count() == 10
    for message in db.session.scalars(select(Message)):
        message.created_at -= timedelta(hours=1)
    db.session.commit()
    room.client.send(room.url(f"{SOON}/test"), about)
    assert db.session.query(Message).count() == 11


def test_test_about_somebody_elses_cohort_or_nothing_is_refused(room: Room) -> None:
    other = room.build.enrolment(room.build.cohort())
    db.session.commit()

    for values in ({"enrolment_id": other.id, "subject": DUE}, {"enrolment_id": room.priya.id, "subject": "x"}, {}):
        room.client.send(room.url(f"{SOON}/test"), values)
        assert "There is nothing to write this mail about any more." in room.see()
    about = {"enrolment_id": room.priya.id, "subject": "checkin.opens:checkin-5"}
    room.client.send(room.url(f"{SOON}/test"), about)
    assert db.session.query(Message).count() == 0


def test_archived_cohort_shows_its_rules_and_changes_none(room: Room) -> None:
    room.cohort.state = CohortState.ARCHIVED
    db.session.commit()

    assert "its rules can be read, not changed" in room.see("")
    page = room.see()
    assert "<textarea" not in page and "Turn off" not in page
    assert room.send().status_code == 409
    assert room.client.send(room.url(f"{SOON}/off"), {"seen": room.state()}).status_code == 409


def test_observers_read_and_others_are_refused(room: Room, client: PageClient) -> None:
    build, cohort = room.build, room.cohort
    observer = build.staff(cohort, role=StaffRole.OBSERVER).person
    refused = [build.staff(cohort, role=StaffRole.FACILITATOR).person, room.priya.person, build.person(is_admin=True)]
    db.session.commit()

    client.sign_in(observer)
    page = room.see()
    assert "<textarea" not in page and "Priya Raman" in page
    assert room.send().status_code == 404
    for person in refused:
        client.sign_in(person)
        assert client.get(room.url()).status_code == client.get(room.url(SOON)).status_code == 403
        assert room.send().status_code == 403
        assert client.get(room.url(path="new-rule")).status_code == 403


def test_rule_of_another_cohort_is_no_rule_here(room: Room) -> None:
    other = Room(room.build, room.client, email="elsewhere@example.com")
    typed = {**TYPED, "name": "Theirs", "unless": "", "do": "save"}
    other.client.send(f"{other.url(path='new-rule')}?about=module.opens", typed)
    assert other.see("own-theirs")

    room.client.sign_in(room.dana)
    assert room.client.get(room.url("own-theirs")).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_pages_take_the_same_queries(build: Build, client: PageClient, queries: QueryCount, number: int) -> None:
    room = Room(build, client)
    for _ in range(number):
        build.pairing(build.mentor(room.cohort), build.enrolment(room.cohort))
        typed = {**TYPED, "name": "Ours", "unless": "", "do": "save"}
        client.send(f"{room.url(path='new-rule')}?about=module.opens", typed)

    counts = []
    for page in (room.url(), room.url(SOON), room.url("own-ours")):
        with queries as seen:
            client.get(page)
        counts.append(seen.count)

    assert counts == [6, 19, 19]
