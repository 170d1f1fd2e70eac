"""Staff ask the mentors, one says yes and no, staff publish; the two agree on a time, and one tells staff a worry."""

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.answering import link_to
from tests.journeys.conftest import Window
from tests.journeys.dated import PASSWORD, come_in_as_lead, get_passwords
from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.office import TITLE, ZONE, first_day
from tests.journeys.site import Site
from tests.journeys.walking import box, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORRY = "We do not get on, and I dread the next call."
SLUG = "spring-emerging-leaders"
WHY_NOT = "We worked together once."


def test_a_match_is_asked_about_answered_published_and_begun(site: Site, window: Window, content: Path) -> None:
    slug = fill_cohort(site, content)
    url = f"{site.base_url}/cohorts/{slug}"
    staff, mentor, participant = window(), window(), window()
    come_in_as_lead(site, slug, staff, "ines.duarte@example.com")
    site.run("match-cohort", slug)

    name = ask_all(staff, url)
    address = address_of(content, "mentors.csv", name)
    get_passwords(site, [address])
    sign_in(mentor, site.base_url, address, PASSWORD)
    chosen = answer(mentor, site, address)
    publish_accepted(staff, url, name)

    theirs = address_of(content, "participants.csv", chosen)
    get_passwords(site, [theirs])
    sign_in(participant, site.base_url, theirs, PASSWORD)
    propose(participant, site, theirs)
    take(mentor, site, address)
    expect_meeting(participant, url)

    raise_concern(participant)
    settle(staff, url, chosen)


def fill_cohort(site: Site, content: Path) -> str:
    site.run("import-program", str(content / "emerging-leaders.yaml"))
    made = ("create-cohort", "--program", "emerging-leaders", "--title", TITLE, "--start", first_day().isoformat())
    slug = site.run(*made, "--zone", ZONE).strip()
    for kind in ("participant", "mentor"):
        site.run("import-people", slug, str(content / f"{kind}s.csv"), "--as", kind, "--enrol")
    return slug


def address_of(content: Path, roster: str, name: str) -> str:
    [line] = [line for line in (content / roster).read_text("utf-8").splitlines() if f",{name}," in line]
    return line.partition(",")[0]


def ask_all(staff: Page, url: str) -> str:
    """Gives the name of a mentor who is asked about two people or more."""
    staff.goto(f"{url}/matching")
    staff.get_by_role("link", name=re.compile("^Ask mentors about all")).click()
    asked = Counter(staff.locator("main form table tbody th").all_inner_texts())
    staff.locator("#mails summary").first.click()
    expect(staff.locator("#mails")).to_contain_text("paired by silence")
    look(staff, "answers-ask", at=EVERYWHERE)
    staff.get_by_role("button", name=f"Ask {len(asked)} mentors").click()
    said(staff, f"{len(asked)} mentors are asked about {asked.total()} pairs and answer by")
    look(staff, "answers-asked", at=EVERYWHERE)
    return next(name for name, number in asked.most_common() if number == 2)


def answer(mentor: Page, site: Site, address: str) -> str:
    """From the mail to the page; yes to the first, not this time to the other. Gives the name of the first."""
    mail = site.mailbox.wait_for(address, "Would you mentor")
    mentor.goto(link_to(mail, f"cohorts/{SLUG}/proposals"))
    look(mentor, "answers-proposals", at=EVERYWHERE)
    first = mentor.locator("article h2").first.inner_text()
    mentor.get_by_role("button", name=re.compile("^Accept")).first.click()
    said(mentor, f"You said yes to {first}")
    mentor.locator("article summary").filter(has_text="Not this time").click()
    mentor.locator("article details[open] textarea").fill(WHY_NOT)
    look(mentor, "answers-one-left", at=EVERYWHERE)
    mentor.get_by_role("button", name=re.compile("^Say not this time")).first.click()
    said(mentor, "Noted: not")
    return first


def publish_accepted(staff: Page, url: str, mentor: str) -> None:
    staff.goto(url)
    expect(staff.locator(".attention")).to_contain_text(mentor)
    staff.goto(f"{url}/matching")
    expect(staff.locator("#answers")).to_contain_text(WHY_NOT)
    look(staff, "answers-known", at=EVERYWHERE)
    staff.get_by_role("link", name="Publish 1 accepted pair").click()
    look(staff, "answers-publish", at=EVERYWHERE)
    staff.get_by_role("button", name="Publish 1 pair and send 2 mails").click()
    said(staff, "1 pair published")


def propose(participant: Page, site: Site, address: str) -> None:
    mail = site.mailbox.wait_for(address, "Your mentor in")
    participant.goto(link_to(mail, f"cohorts/{SLUG}/my-mentor"))
    look(participant, "answers-match-card", at=EVERYWHERE)
    participant.get_by_role("link", name="Propose first session").click()
    for start in participant.get_by_role("checkbox").all():
        start.check()
    look(participant, "answers-propose", at=EVERYWHERE)
    participant.get_by_role("button", name=re.compile("^Propose to")).click()
    said(participant, "Three times are proposed")


def take(mentor: Page, site: Site, address: str) -> None:
    mail = site.mailbox.wait_for(address, "proposes to meet")
    mentor.goto(link_to(mail, "pairs"))
    look(mentor, "answers-take", at=EVERYWHERE)
    mentor.get_by_role("button", name=re.compile("^Take this time")).first.click()
    said(mentor, "You meet")
    expect(mentor.get_by_role("link", name="Propose other times")).to_be_visible()


def expect_meeting(participant: Page, url: str) -> None:
    participant.goto(f"{url}/home")
    expect(participant.locator("main")).to_contain_text("You meet next on")


def raise_concern(participant: Page) -> None:
    participant.get_by_role("link", name="Mentor page").click()
    participant.get_by_role("link", name="Raise a concern").click()
    box(participant, "What is on your mind?").fill(WORRY)
    look(participant, "answers-concern", at=EVERYWHERE)
    participant.get_by_role("button", name="Tell the program leads").click()
    said(participant, "The program leads have it now")


def settle(staff: Page, url: str, who: str) -> None:
    staff.goto(url)
    row = staff.locator(".attention li").filter(has_text="Has raised a concern")
    expect(row).to_contain_text(who)
    row.get_by_role("link", name=re.compile("^Read")).click()
    expect(staff.locator("main")).to_contain_text(WORRY)
    look(staff, "answers-concerns", at=EVERYWHERE)
    staff.get_by_role("button", name=re.compile("^Settle")).click()
    said(staff, "Settled")
