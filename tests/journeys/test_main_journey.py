"""One cohort from the admin's one-time link to the reminders, as three kinds of people live it."""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import answering, office, working
from tests.journeys.conftest import Window
from tests.journeys.looking import look
from tests.journeys.site import Site
from tests.journeys.walking import box, set_password, sign_out

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPERATOR = "ines.duarte@example.com"
MARCUS, SHANNON = "marcus.bell@example.com", "shannon.oneill@example.net"
HEMI, PRIYA = "hemi.tekanawa@example.com", "priya.natarajan@example.com"
SHARED_NOTE = "We begin with one good question a day."
PROMISE = "Send the list of first questions"


def test_one_cohort_runs_from_the_first_link_to_the_reminders(
    site: Site, window: Window, content: Path, tmp_path: Path
) -> None:
    staff, marcus, shannon = window(), window(), window()
    begin(site, staff)
    office.import_program(staff, site.base_url, content / "emerging-leaders.yaml")
    slug = office.create_cohort(staff, site.base_url)
    cohort_url = f"{site.base_url}/cohorts/{slug}"
    office.see_schedule(staff, cohort_url)
    fill_cohort(staff, cohort_url, content)
    invite_everybody(staff, cohort_url, site)

    answer_as_participant(marcus, cohort_url, site)
    answer_as_mentor(shannon, site)
    enrol_the_others(site, slug, content)
    match_and_launch(staff, cohort_url, site)

    participate(marcus, cohort_url, site, tmp_path)
    pair_url = meet(shannon, marcus, cohort_url)
    staff_see_facts_not_words(staff, cohort_url, pair_url)
    reminders_leave_once_at_local_time(site, slug, window())
    forget_the_password(marcus, site)
    assert_every_mail_is_whole_and_came_once(site)


# --- program staff ---------------------------------------------------------------------------------------------------


def begin(site: Site, staff: Page) -> None:
    """The operator's account comes from the command line; its link works once, and looking at it uses nothing up."""
    link = site.run("create-admin", OPERATOR, "--name", "Inês Duarte").split()[-1]
    staff.goto(link)
    look(staff, "everyone-choose-password")
    set_password(staff, link, "three calm harbours")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Cohorts")


def fill_cohort(staff: Page, cohort_url: str, content: Path) -> None:
    """Staff, mentors and participants from the shipped rosters; then the export that has something wrong with it."""
    for name, kind, number in (("staff", "Staff", 3), ("mentors", "Mentors", 14), ("participants", "Participants", 27)):
        office.check_roster(staff, cohort_url, content / f"{name}.csv", kind)
        assert office.figures(staff) == {"Ready": number, "With errors": 0, "Skipped": 0, "Worth a look": 0}
        office.take_roster(staff, number)
    take_messy_export(staff, cohort_url, content / "participants-messy.csv")
    office.check_roster(staff, cohort_url, content / "participants.csv", "Participants", "-again")
    expect(staff.locator("main")).to_contain_text("There is nothing to import.")


def take_messy_export(staff: Page, cohort_url: str, export: Path) -> None:
    """What `participants-messy.expected.md` says, on the screen and in the file of rows to correct."""
    office.check_roster(staff, cohort_url, export, "Participants", "-messy")
    office.review_columns(staff)
    assert office.figures(staff) == {"Ready": 6, "With errors": 13, "Skipped": 2, "Worth a look": 1}
    assert office.rows_of(staff, "Rows with errors") == [4, 5, 6, 8, 9, 11, 12, 15, 16, 17, 19, 20, 22]
    assert office.rows_of(staff, "Rows that are ready") == [2, 3, 10, 13, 18, 21]
    wrong = office.download_errors(staff)
    assert [row["Reasons"] != "" for row in wrong] == [True] * 13
    office.take_roster(staff, 6)


def invite_everybody(staff: Page, cohort_url: str, site: Site) -> None:
    """The counts on the buttons are the mails that the server gets: 33 participants, 14 mentors, 3 with a role."""
    for people, number in (("participants", 33), ("mentors", 14), ("staff", 3)):
        office.invite(staff, cohort_url, people, number)
    wait_until(lambda: len(site.mailbox.received) == 50, lambda: f"{len(site.mailbox.received)} mails of 50")


def enrol_the_others(site: Site, slug: str, content: Path) -> None:
    """What people do by their links, organisers can do for them from the command line."""
    for name, kind in (
        ("participants", "participant"),
        ("participants-messy", "participant"),
        ("mentors", "mentor"),
    ):
        site.run("import-people", slug, str(content / f"{name}.csv"), "--as", kind, "--enrol")


def match_and_launch(staff: Page, cohort_url: str, site: Site) -> None:
    pairs = office.match(staff, cohort_url, participant="Marcus Bell", mentor="Shannon O'Neill")
    wait_until(lambda: len(site.mailbox.to("@", "Your ment")) == 2 * pairs, lambda: f"fewer than {2 * pairs} mails")
    office.launch(staff, cohort_url)


def staff_see_facts_not_words(staff: Page, cohort_url: str, pair_url: str) -> None:
    """Staff see that a session was held, and neither the note nor the words of a promise."""
    staff.goto(pair_url)
    expect(staff.locator("main")).to_contain_text("60 min")
    assert [words for words in (SHARED_NOTE, PROMISE) if words in staff.content()] == []
    look(staff, "staff-pair")
    for path, name in (("", "staff-overview"), ("/mail-room", "staff-mail-room"), ("/people", "staff-people-joined")):
        staff.goto(cohort_url + path)
        look(staff, name)
    staff.goto(f"{cohort_url}/mail-room?list=failed")
    expect(staff.locator("main")).to_contain_text("No mail failed")


# --- a participant and a mentor --------------------------------------------------------------------------------------


def answer_as_participant(marcus: Page, cohort_url: str, site: Site) -> None:
    link = answering.link_to(site.mailbox.wait_for(MARCUS, "You are invited"), "invitation/")
    answering.choose_first_password(marcus, link, "blue kettle morning", "participant")
    answering.join(marcus)
    answering.complete_profile(marcus, cohort_url)
    site.mailbox.wait_for(MARCUS, "You have a place")


def answer_as_mentor(shannon: Page, site: Site) -> None:
    link = answering.link_to(site.mailbox.wait_for(SHANNON, "Would you mentor"), "invitation/")
    answering.choose_first_password(shannon, link, "seven quiet lanterns", "mentor")
    answering.accept_as_mentor(shannon, 2)


def participate(marcus: Page, cohort_url: str, site: Site, folder: Path) -> None:
    working.start_home(marcus, cohort_url)
    working.read_lessons(marcus, cohort_url, 2)
    working.visit_workshop(marcus, cohort_url)
    page = folder / "my-page.txt"
    page.write_text("One page that I could show my team.")
    working.hand_in(marcus, cohort_url, "Known for fast answers.\nTo be known for good questions.", page)
    site.mailbox.wait_for(MARCUS, "Handed in: Leadership starting line")
    working.check_in(marcus, cohort_url, ("Asking first.", "Patch night.", "One question."), "Dana runs the stand-up.")


def meet(shannon: Page, marcus: Page, cohort_url: str) -> str:
    """The mentor logs the first session; the participant reads the shared note. Gives the address of their page."""
    working.log_session(shannon, cohort_url, shared=SHARED_NOTE, promise=PROMISE)
    marcus.goto(f"{cohort_url}/my-mentor")
    expect(marcus.locator("main")).to_contain_text("Shannon O'Neill")
    look(marcus, "participant-mentor")
    marcus.goto(shannon.url)
    expect(marcus.locator("main")).to_contain_text(SHARED_NOTE)
    look(marcus, "participant-pair")
    for path in ("program", "my-schedule", "home"):
        marcus.goto(f"{cohort_url}/{path}")
        look(marcus, f"participant-{path}-later")
    return shannon.url


def forget_the_password(marcus: Page, site: Site) -> None:
    sign_out(marcus)
    look(marcus, "everyone-sign-in")
    marcus.get_by_role("link", name="Forgotten your password?").click()
    look(marcus, "everyone-forgotten-password")
    box(marcus, "E-mail address").fill(MARCUS.upper())
    marcus.get_by_role("button", name=re.compile("link")).click()
    look(marcus, "everyone-link-sent")
    link = answering.link_to(site.mailbox.wait_for(MARCUS, "password"), "password/")
    set_password(marcus, link, "a different green kettle")
    expect(marcus.get_by_role("heading", level=1)).to_contain_text("Marcus")
    sign_out(marcus)


# --- reminders -------------------------------------------------------------------------------------------------------


def reminders_leave_once_at_local_time(site: Site, slug: str, page: Page) -> None:
    """The rule says 09:00 three days before, and 09:00 comes to Chicago before it comes to the due date's Auckland."""
    hemi, priya, marcus = foreseen(site, slug, "Hemi Te Kanawa", "Priya Natarajan", "Marcus Bell")
    assert (hemi["local"][11:], priya["local"][11:], marcus["state"]) == ("09:00+13:00", "09:00-06:00", "dropped")

    assert reminded_at(site, moment_of(priya) - timedelta(minutes=1)) == (0, 0, 0)
    assert reminded_at(site, moment_of(priya)) == (1, 0, 0)
    assert reminded_at(site, moment_of(hemi) - timedelta(minutes=1)) == (1, 0, 0)
    assert reminded_at(site, moment_of(hemi)) == (1, 1, 0)
    assert reminded_at(site, moment_of(hemi) + timedelta(minutes=1)) == (1, 1, 0)
    [mail] = site.mailbox.to(HEMI, "Leadership starting line")
    unsubscribe(site, slug, mail, page)


def reminded_at(site: Site, moment: datetime) -> tuple[int, ...]:
    """Tick as if it were `moment`; how many mails Priya, Hemi and Marcus have then had about the first assignment."""
    site.run("tick", "--now", moment.isoformat())
    return tuple(len(site.mailbox.to(person, "Leadership starting line: due")) for person in (PRIYA, HEMI, MARCUS))


def moment_of(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["utc"])


def foreseen(site: Site, slug: str, *people: str) -> list[dict[str, Any]]:
    """The reminder three days before the first assignment is due, as the forecast has it for each of `people`."""
    rows = [row for row in forecast(site, slug, days=19) if row["rule"] == "assignment-soon"]
    return [next(row for row in rows if row["person"] == person) for person in people]


def forecast(site: Site, slug: str, *, days: int) -> list[dict[str, Any]]:
    """Every mail until so many days after the first one."""
    until = (office.first_day() + timedelta(days=days)).isoformat()
    rows: list[dict[str, Any]] = json.loads(site.run("forecast", slug, "--until", until, "--json"))
    return rows


def unsubscribe(site: Site, slug: str, mail: EmailMessage, page: Page) -> None:
    """The link opens a page and changes nothing; the POST of RFC 8058, without cookies, turns off mail of its topic.

    The finer choices need no sign-in either.
    """
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page.goto(link)
    look(page, "everyone-unsubscribe")
    assert digests_to_come(site, slug, "Hemi Te Kanawa") == COURSEWORK | CHECKINS | {"workshop-week"}
    assert page.request.post(link, form={"List-Unsubscribe": "One-Click"}).ok
    assert digests_to_come(site, slug, "Hemi Te Kanawa") == CHECKINS | {"workshop-week"}
    page.reload()
    page.get_by_role("radiogroup", name="Check-ins").get_by_role("radio", name="Off").check()
    page.get_by_role("button", name="Save choices").click()
    look(page, "everyone-unsubscribed")
    assert digests_to_come(site, slug, "Hemi Te Kanawa") == {"workshop-week"}


COURSEWORK, CHECKINS = {"module-open", "prework-soon"}, {"checkin-open", "checkin-closing"}


def digests_to_come(site: Site, slug: str, person: str) -> set[str]:
    """The rules of class digest that will still mail `person` in module 2."""
    digests = COURSEWORK | CHECKINS | {"workshop-week"}
    rows = forecast(site, slug, days=40)
    return {row["rule"] for row in rows if (row["person"], row["state"]) == (person, "planned")} & digests


# --- mails -----------------------------------------------------------------------------------------------------------


def assert_every_mail_is_whole_and_came_once(site: Site) -> None:
    mails = site.mailbox.received
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    kinds = {tuple(part.get_content_type() for part in mail.iter_parts()) for mail in mails}
    assert kinds == {("text/plain", "text/html")}
    assert {mail["Auto-Submitted"] for mail in mails} == {"auto-generated"}


def wait_until(is_so: Callable[[], bool], otherwise: Callable[[], str], *, seconds: float = 40) -> None:
    """Wait for the worker to have sent something."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.1)
