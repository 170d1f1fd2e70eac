"""The day of a workshop as staff run it and a participant lives it: before, at the door, afterwards."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import vobject
from playwright.sync_api import Locator, Page, expect

from cohort import clock
from tests.journeys.answering import link_to
from tests.journeys.conftest import Window
from tests.journeys.dated import PASSWORD, come_in_as_lead, get_passwords, move_to
from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.running import start_cohort
from tests.journeys.site import Site
from tests.journeys.visitor import Visitor
from tests.journeys.walking import box, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARCUS, PRIYA, HEMI = "marcus.bell@example.com", "priya.natarajan@example.com", "hemi.tekanawa@example.com"
GWENLLIAN, KEOLA = "gwenllian.aprhys@example.net", "keola.kaahumanu@example.com"
LATER, TODAY = "goals-clinic", "kickoff"
MAKE_UP = "Watch the recording and send Sofia one question."
LINK = "https://meet.example.org/kickoff"


def test_a_workshop_is_run_from_its_link_to_its_stars(site: Site, window: Window, content: Path) -> None:
    slug = start_cohort(site, content)
    url = f"{site.base_url}/cohorts/{slug}"
    staff, marcus, gwenllian = window(), window(), window()
    come_in_as_lead(site, slug, staff, "ines.duarte@example.com")
    _, priya, hemi, _, keola = get_passwords(site, [MARCUS, PRIYA, HEMI, GWENLLIAN, KEOLA])
    sign_in(marcus, site.base_url, MARCUS, PASSWORD)
    sign_in(gwenllian, site.base_url, GWENLLIAN, PASSWORD)

    settle(staff, url, LATER, join_url="https://meet.example.org/later")
    sign_up_early(marcus, url)
    move_to(site, slug, f"workshop:{TODAY}", clock.now() + timedelta(minutes=4))
    settle(
        staff, url, TODAY, join_url=LINK, room="Room 4", materials="**Slides**: the three questions.", make_up=MAKE_UP
    )
    for person in (priya, hemi):
        take_place(person, f"/cohorts/{slug}")
    sign_up_from_staff(staff, "Gwenllian ap Rhys")
    prepare(marcus, url)
    take_the_feed(marcus, site)

    code, address = show_code(staff)
    check_in(marcus, address, code)
    check_in_by_hand(priya, f"/cohorts/{slug}", code)
    keep_attendance(staff, url)
    make_up(gwenllian, site)

    move_to(site, slug, f"workshop:{TODAY}", clock.now() - timedelta(hours=4))
    rate(marcus, url)
    for person, stars in ((priya, "2"), (keola, "3")):
        rate_by_hand(person, f"/cohorts/{slug}", stars)
    see_stars(staff, url)


# --- before ----------------------------------------------------------------------------------------------------------


def settle(staff: Page, url: str, workshop: str, **settings: str) -> None:
    """Staff fill in where it is, what is shown afterwards, and what makes up for it."""
    open_run_sheet(staff, url, workshop)
    staff.get_by_role("link", name="Settings").click()
    for name, value in settings.items():
        staff.locator(f"[name={name}]").fill(value)
    look(staff, "workshop-settings", at=EVERYWHERE)
    staff.get_by_role("button", name="Save settings").click()
    said(staff, "The settings of this sitting are saved")


def open_run_sheet(staff: Page, url: str, workshop: str) -> None:
    staff.goto(f"{url}/workshops/{workshop}")
    staff.get_by_role("link", name="Run sheet").click()
    expect(staff.locator("main")).to_contain_text("Run sheet")


def sign_up_early(marcus: Page, url: str) -> None:
    """More than a day before, the link is not there yet, and neither is the check-in."""
    marcus.goto(f"{url}/workshops/{LATER}")
    marcus.get_by_role("button", name="Take my place").click()
    said(marcus, "You have a place")
    expect(marcus.get_by_role("button", name="Join", exact=True)).to_be_disabled()
    expect(marcus.locator("#join-opens")).to_contain_text("The link opens")
    expect(marcus.get_by_role("button", name="Check in")).to_be_disabled()
    assert "meet.example.org" not in marcus.content()
    look(marcus, "workshop-early", at=EVERYWHERE)


def take_place(person: Visitor, path: str) -> None:
    answer = post(person, path, "take")
    assert "You have a place" in answer


def post(person: Visitor, path: str, deed: str, **fields: str) -> str:
    """Press a button of today's workshop; gives the page that follows."""
    page = person.get(f"{path}/workshops/{TODAY}")
    action = re.findall(rf'action="([^"]+/{deed})"', page.text)[0]
    return person.send(action, page, **fields).text


def sign_up_from_staff(staff: Page, name: str) -> None:
    sign_up = staff.locator("#sign-up")
    sign_up.get_by_label("Who").select_option(label=name)
    sign_up.get_by_role("button", name="Sign up").click()
    said(staff, f"{name} has a place in this sitting")


def prepare(marcus: Page, url: str) -> None:
    """On the day the link is there; the pre-work is ticked off."""
    marcus.goto(f"{url}/workshops/{TODAY}")
    assert LINK not in marcus.content()
    marcus.get_by_role("button", name="Take my place").click()
    said(marcus, "You have a place")
    expect(marcus.get_by_role("link", name="Join", exact=True)).to_have_attribute("href", LINK)
    marcus.get_by_role("button", name="Tick the pre-work").click()
    said(marcus, "pre-work is marked as done")
    look(marcus, "workshop-today", at=EVERYWHERE)


def take_the_feed(marcus: Page, site: Site) -> None:
    """One address keeps a calendar right; it is shown once. Another library than wrote the feed reads it."""
    marcus.get_by_role("link", name="Schedule").first.click()
    marcus.get_by_role("link", name="Put it into my calendar").click()
    marcus.get_by_role("button", name="Make a feed address").click()
    address = marcus.locator("main .mono").inner_text().strip()
    look(marcus, "workshop-feed", at=EVERYWHERE)
    events = vobject.readOne(marcus.request.get(address).text()).contents["vevent"]
    mine = {event.summary.value: event for event in events}
    begins = mine["Workshop: Kickoff (Spring Emerging Leaders)"].dtstart.value
    assert abs(begins - clock.now()) < timedelta(minutes=10)
    assert LINK not in marcus.request.get(address).text()
    marcus.reload()
    assert address not in marcus.content()


# --- at the door -----------------------------------------------------------------------------------------------------


def show_code(staff: Page) -> tuple[str, str]:
    """The screen of the room: digits, a picture, an address."""
    staff.get_by_role("link", name="Show the code").click()
    expect(staff.get_by_role("img", name="QR code")).to_be_visible()
    look(staff, "workshop-code", at=EVERYWHERE)
    code = staff.locator(".display-1").inner_text().replace(" ", "")
    return code, staff.locator("main .text-break b").inner_text()


def check_in(marcus: Page, address: str, code: str) -> None:
    """The picture leads to a page with the code filled in; nothing is noted before the button is pressed."""
    marcus.goto(f"{address}?code={code}")
    expect(box(marcus, "Code")).to_have_value(code)
    look(marcus, "workshop-check-in", at=EVERYWHERE)
    box(marcus, "Code").fill(f"{code[:3]} {code[3:]}")
    marcus.get_by_role("button", name="Check in").click()
    said(marcus, "You are checked in")


def check_in_by_hand(priya: Visitor, path: str, code: str) -> None:
    wrong = "000000" if code != "000000" else "111111"
    assert "That is not the code of this sitting" in post(priya, path, "check-in", code=wrong)
    assert "You are checked in" in post(priya, path, "check-in", code=code)


def keep_attendance(staff: Page, url: str) -> None:
    """Who checked in stands there; one walks in, one is excused, one stays for a part, one does not come."""
    open_run_sheet(staff, url, TODAY)
    for name in ("Marcus Bell", "Priya Natarajan"):
        expect(row_of(staff, name)).to_contain_text("Checked in")
    expect(row_of(staff, "Hemi Te Kanawa")).not_to_contain_text("Checked in")
    walk_in = staff.locator("#walk-in")
    walk_in.get_by_label("Who").select_option(label="Keola Kaʻahumanu")
    walk_in.get_by_role("button", name="Note the walk-in").click()
    said(staff, "is noted as a walk-in")
    mark(staff, "Hemi Te Kanawa", "Excused")
    mark(staff, "Priya Natarajan", "Part")
    staff.get_by_role("button", name="Save the marks").click()
    said(staff, "2 marks changed")
    look(staff, "workshop-run-sheet", at=EVERYWHERE)
    staff.get_by_role("button", name="Close the attendance").click()
    said(staff, "The attendance is closed. 1 person gets a mail with the make-up task")
    expect(row_of(staff, "Gwenllian ap Rhys")).to_contain_text("No-show")
    look(staff, "workshop-closed", at=EVERYWHERE)


def row_of(staff: Page, name: str) -> Locator:
    return staff.get_by_role("row", name=re.compile(re.escape(name)))


def mark(staff: Page, name: str, word: str) -> None:
    row_of(staff, name).get_by_text(word, exact=True).click()
    expect(row_of(staff, name).get_by_role("radio", name=word, exact=True)).to_be_checked()


# --- afterwards ------------------------------------------------------------------------------------------------------


def make_up(gwenllian: Page, site: Site) -> None:
    """Who was not there gets one mail with what to do instead, and ticks it off."""
    mail = site.mailbox.wait_for(GWENLLIAN, "We missed you")
    body = mail.get_body(("plain",))
    assert body is not None and MAKE_UP in body.get_content()
    assert [len(site.mailbox.to(who, "We missed you")) for who in (MARCUS, PRIYA, HEMI, GWENLLIAN, KEOLA)] == [
        0,
        0,
        0,
        1,
        0,
    ]
    gwenllian.goto(link_to(mail, f"cohorts/spring-emerging-leaders/workshops/{TODAY}"))
    expect(gwenllian.locator("#make-up")).to_contain_text(MAKE_UP)
    look(gwenllian, "workshop-missed", at=EVERYWHERE)
    gwenllian.get_by_role("button", name="I have done it").click()
    said(gwenllian, "The make-up task is marked as done")


def rate(marcus: Page, url: str) -> None:
    marcus.goto(f"{url}/workshops/{TODAY}")
    expect(marcus.locator("#after")).to_contain_text("Slides: the three questions.")
    assert LINK not in marcus.content()
    marcus.get_by_role("button", name="Three stars").click()
    said(marcus, "Thank you")
    expect(marcus.get_by_role("button", name="Three stars")).to_have_attribute("aria-pressed", "true")
    look(marcus, "workshop-after", at=EVERYWHERE)


def rate_by_hand(person: Visitor, path: str, stars: str) -> None:
    assert "Thank you" in post(person, path, "stars", stars=stars)


def see_stars(staff: Page, url: str) -> None:
    open_run_sheet(staff, url, TODAY)
    expect(staff.locator("main")).to_contain_text("2.7 of 3 stars, n = 3")
    look(staff, "workshop-stars", at=EVERYWHERE)
