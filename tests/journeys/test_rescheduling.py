"""Staff plan a cohort and reschedule a workshop of it: seen before, told once, confirmed, taken back."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cohort.clock import in_zone
from tests.journeys import office
from tests.journeys.answering import link_to
from tests.journeys.conftest import Window
from tests.journeys.dated import PASSWORD, event_in, get_passwords, on_day, tell_of_changes
from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.running import fill_and_launch
from tests.journeys.site import Site
from tests.journeys.visitor import Visitor
from tests.journeys.walking import box, said, set_password, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARCUS, PRIYA, HEMI = "marcus.bell@example.com", "priya.natarajan@example.com", "hemi.tekanawa@example.com"
WORKSHOP = "goals-clinic"
WORDS = "Sofia is ill, so we meet a little later."


def test_a_cohort_is_planned_and_a_workshop_of_it_rescheduled(site: Site, window: Window, content: Path) -> None:
    staff, marcus, hemi = window(), window(), window()
    link = site.run("create-admin", "ines.duarte@example.com", "--name", "Inês Duarte").split()[-1]
    set_password(staff, link, "three calm harbours")
    site.run("import-program", str(content / "emerging-leaders.yaml"))
    slug = create_and_rehearse(staff, site.base_url)
    url = f"{site.base_url}/cohorts/{slug}"
    fill_and_launch(site, slug, content)

    priya, *_ = get_passwords(site, [PRIYA, MARCUS, HEMI])
    be_on_call(priya)
    for page, email in ((marcus, MARCUS), (hemi, HEMI)):
        sign_in(page, site.base_url, email, PASSWORD)
        take_place(page, url)
    invited = take_invitations(marcus, site)

    change_ones_mind(staff, url)
    told, becomes = move(staff, url)
    updated = event_in(site.mailbox.wait_for(MARCUS, "Changed: Workshop: Goals clinic"))
    assert_follows(updated, invited, becomes)
    assert_each_is_told_once(site, told, becomes)

    confirm(hemi, site.mailbox.to(HEMI, "Moved:")[0])
    see_who_confirmed(staff, url)
    take_back(staff, marcus, url, site)
    assert_each_is_told_once(site, told, on_day(30, "10:00"), round_=2)
    again = event_in(site.mailbox.to(MARCUS, "Changed: Workshop: Goals clinic")[-1])
    assert_follows(again, updated, on_day(30, "10:00"))


# --- planning --------------------------------------------------------------------------------------------------------


def create_and_rehearse(staff: Page, base_url: str) -> str:
    """A workshop lies on a holiday: the wizard says so before anything is made, and so does the rehearsal."""
    holiday = (office.first_day() + timedelta(days=72)).isoformat()
    staff.goto(f"{base_url}/new-cohort")
    box(staff, "Name of the cohort").fill(office.TITLE)
    staff.get_by_role("button", name="Continue").click()
    box(staff, "First day").fill(office.first_day().isoformat())
    box(staff, "Time zone of the cohort").select_option(office.ZONE)
    staff.get_by_role("button", name="Continue").click()
    box(staff, "First day").fill(holiday)
    staff.get_by_role("button", name="Continue").click()
    expect(staff.locator("main .watch")).to_contain_text(["Hard talks rehearsal"])
    look(staff, "dates-wizard", at=EVERYWHERE)
    staff.get_by_role("button", name="Create and rehearse").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Rehearsal")
    expect(staff.locator("main")).to_contain_text("1 date lies on a blackout day or a weekend")
    look(staff, "dates-rehearsal", at=EVERYWHERE)
    return re.findall(r"/cohorts/([^/]+)/", staff.url)[0]


def be_on_call(priya: Visitor) -> None:
    """Through all the days that a slot can be suggested for."""
    first, last = on_day(31, "00:00").date(), on_day(50, "00:00").date()
    answer = priya.send("/away", priya.get("/away"), kind="on call", first=first.isoformat(), last=last.isoformat())
    assert "Noted: on call" in answer.text


# --- before the move -------------------------------------------------------------------------------------------------


def take_place(page: Page, url: str) -> None:
    page.goto(f"{url}/workshops/{WORKSHOP}")
    page.get_by_role("button", name="Take my place").click()
    said(page, "You have a place")


def take_invitations(marcus: Page, site: Site) -> Any:
    """Ask for invitations by mail; gives the entry of the one that comes."""
    marcus.goto(f"{site.base_url}/calendar-settings")
    look(marcus, "dates-calendar-settings", at=EVERYWHERE)
    box(marcus, "Send me my workshops").check()
    marcus.get_by_role("button", name="Save calendar settings").click()
    said(marcus, "saved")
    return event_in(site.mailbox.wait_for(MARCUS, "Workshop: Goals clinic"))


# --- the move --------------------------------------------------------------------------------------------------------


def change_ones_mind(staff: Page, url: str) -> None:
    """What is taken back within ten minutes is told to nobody."""
    staff.goto(f"{url}/schedule/items/workshop:pressure-lab")
    staff.get_by_role("link", name="Move", exact=True).click()
    staff.get_by_role("radio").first.check()
    staff.get_by_role("button", name="Preview").click()
    staff.get_by_role("button", name=re.compile("^Move and send")).click()
    said(staff, "Moved Pressure lab")
    staff.get_by_role("button", name="Take it back").click()
    said(staff, "Taken back")


def move(staff: Page, url: str) -> tuple[int, datetime]:
    """From the schedule to the preview and on; gives how many people are told, and the new date."""
    staff.goto(f"{url}/schedule")
    look(staff, "dates-schedule", at=EVERYWHERE)
    staff.locator(f'a[href$="/schedule/items/workshop:{WORKSHOP}"]').click()
    look(staff, "dates-item", at=EVERYWHERE)
    staff.get_by_role("link", name="Move", exact=True).click()
    look(staff, "dates-move", at=EVERYWHERE)
    slot = staff.get_by_role("radiogroup", name="Suggested").get_by_role("radio").first
    becomes = datetime.fromisoformat(slot.get_attribute("value") or "")
    expect(staff.get_by_role("radiogroup", name="Suggested")).to_contain_text("Priya Natarajan on call")
    slot.check()
    staff.get_by_role("button", name="Preview").click()
    told = read_preview(staff)
    box(staff, "Text").fill(WORDS)
    box(staff, "Ask who holds a place to confirm").check()
    staff.get_by_role("button", name=f"Move and send {told + 1} mails").click()
    said(staff, "Moved Goals clinic")
    look(staff, "dates-moved")
    return told, becomes.replace(tzinfo=on_day(30, "10:00").tzinfo)


def read_preview(staff: Page) -> int:
    """The chain, the clashes, the reminders, the clocks elsewhere and the people; gives how many are told."""
    moves = panel(staff, "What moves").locator("tbody th")
    assert {words.split(":")[0] for words in moves.all_inner_texts()} == {"Workshop", "Pre-work due", "Assignment due"}
    expect(panel(staff, "Look at these first")).to_contain_text("Priya Natarajan")
    expect(panel(staff, "Reminders that follow")).to_contain_text("Workshop starts, 24 hours before")
    look(staff, "dates-move-preview", at=EVERYWHERE)
    elsewhere = panel(staff, "The new time elsewhere")
    elsewhere.locator("summary").click()
    expect(elsewhere.get_by_text("Auckland")).to_be_visible()
    expect(panel(staff, "Message")).to_contain_text("1 invitation in a calendar is updated by mail, not doubled")
    expect(panel(staff, "Message")).to_contain_text("2 people hold a place")
    return int(re.findall(r"\d+", panel(staff, "Who is told").locator(".meta").first.inner_text())[0])


def panel(page: Page, heading: str) -> Locator:
    return page.locator(".panel").filter(has=page.get_by_role("heading", name=heading, exact=True))


# --- what people get -------------------------------------------------------------------------------------------------


def assert_each_is_told_once(site: Site, told: int, at: datetime, *, round_: int = 1) -> None:
    """Nothing before the ten minutes are over, then one mail each, which says the date on its reader's clock."""
    before = len(moved_mails(site))
    assert before == told * (round_ - 1)
    tell_of_changes(site)
    mails = moved_mails(site)
    assert Counter(str(mail["To"]) for mail in mails[before:]).most_common(1)[0][1] == 1
    assert len(mails) == told * round_
    in_auckland = in_zone(at, "Pacific/Auckland")
    [mail] = [mail for mail in mails[before:] if HEMI in str(mail["To"])]
    assert f"{in_auckland:%a} {in_auckland.day} {in_auckland:%b}, {in_auckland:%H:%M}" in text_of(mail)
    assert (WORDS in text_of(mail)) is (round_ == 1)


def moved_mails(site: Site) -> list[EmailMessage]:
    return [mail for mail in site.mailbox.received if str(mail["Subject"]).startswith("Moved:")]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def assert_follows(event: Any, before: Any, at: datetime) -> None:
    """The same entry, newer, on another date: calendars replace what they hold."""
    assert event.uid.value == before.uid.value
    assert int(event.sequence.value) > int(before.sequence.value)
    assert event.dtstart.value.astimezone(UTC) == at.astimezone(UTC)


def confirm(hemi: Page, mail: EmailMessage) -> None:
    """The button of the mail leads to a page with one button."""
    hemi.goto(link_to(mail, f"cohorts/spring-emerging-leaders/workshops/{WORKSHOP}"))
    expect(hemi.locator("main")).to_contain_text("The date has moved: can you still come?")
    look(hemi, "dates-confirm", at=EVERYWHERE)
    hemi.get_by_role("button", name="Yes, I come").click()
    said(hemi, "you keep your place on the new date")


def see_who_confirmed(staff: Page, url: str) -> None:
    staff.goto(f"{url}/workshops")
    row = staff.get_by_role("row", name=re.compile("Goals clinic")).first
    expect(row).to_contain_text("1 of 2")
    look(staff, "dates-workshops", at=EVERYWHERE)
    row.get_by_role("link").click()
    expect(staff.get_by_role("row", name=re.compile("Hemi Te Kanawa"))).to_contain_text("Confirmed")
    expect(staff.get_by_role("row", name=re.compile("Marcus Bell"))).to_contain_text("Asked")
    look(staff, "dates-run-sheet", at=EVERYWHERE)


def take_back(staff: Page, marcus: Page, url: str, site: Site) -> None:
    """Everything is as it was, and nobody is asked any more about a date that is not one."""
    staff.goto(f"{url}/schedule/changes")
    look(staff, "dates-changes", at=EVERYWHERE)
    staff.get_by_role("button", name="Take it back").click()
    said(staff, "Taken back")
    marcus.goto(f"{url}/workshops/{WORKSHOP}")
    expect(marcus.locator("main")).not_to_contain_text("can you still come")
    expect(marcus.locator("main .next")).to_contain_text(f"{on_day(30, '10:00').day}")
