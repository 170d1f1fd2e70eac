"""In a browser that runs no script: the participant's main path, a move of dates, a workshop."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cohort import clock
from tests.journeys.conftest import Window
from tests.journeys.dated import PASSWORD as SHARED
from tests.journeys.dated import come_in_as_lead, get_passwords, move_to
from tests.journeys.running import RunningCohort
from tests.journeys.visitor import get_password
from tests.journeys.walking import box, said, sign_in, sign_out
from tests.journeys.working import ASSIGNMENT, CHECKIN, MODULE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOMAS, PASSWORD = "tomas.obrien@example.net", "green door evening"
ZOE, WORKSHOP = "zoe.vanthof@example.org", "change-sprint"


def test_main_path_without_script(cohort: RunningCohort, window: Window, tmp_path: Path) -> None:
    get_password(cohort.site, TOMAS, PASSWORD)
    page = window(script=False)
    file = tmp_path / "page.txt"
    file.write_text("One page.")

    sign_in(page, cohort.site.base_url, TOMAS, PASSWORD)
    page.locator(".next").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.goto(f"{cohort.url}/modules/{MODULE}")
    page.get_by_role("link", name="Start: ").click()
    page.get_by_role("button", name="Mark as read").click()
    said(page, "is marked as read")

    page.goto(f"{cohort.url}/assignments/{ASSIGNMENT}")
    box(page, "Your text").fill("Known for fast answers.")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("main")).to_contain_text(file.name)
    expect(box(page, "Your text")).to_have_value("Known for fast answers.")
    page.get_by_role("button", name="Submit").click()
    said(page, "Submitted")

    page.goto(f"{cohort.url}/check-ins/{CHECKIN}")
    page.get_by_role("radio", name="4").check()
    box(page, "Your promise").fill("Dana runs the stand-up.")
    page.get_by_role("button", name="Send check-in").click()
    said(page, "check-in")
    sign_out(page)


def test_move_and_workshop_without_script(cohort: RunningCohort, window: Window) -> None:
    staff, zoe = window(script=False), window(script=False)
    come_in_as_lead(cohort.site, cohort.slug, staff, "without.script@example.com")
    get_passwords(cohort.site, [ZOE])
    sign_in(zoe, cohort.site.base_url, ZOE, SHARED)

    staff.goto(f"{cohort.url}/schedule/items/workshop:{WORKSHOP}")
    staff.get_by_role("link", name="Move", exact=True).click()
    staff.get_by_role("radiogroup", name="Suggested").get_by_role("radio").first.check()
    staff.get_by_role("button", name="Preview").click()
    box(staff, "Text").fill("The room is taken.")
    staff.get_by_role("button", name=re.compile("^Move and send")).click()
    said(staff, "Moved Change sprint")

    zoe.goto(f"{cohort.url}/workshops/{WORKSHOP}")
    zoe.get_by_role("button", name="Take my place").click()
    said(zoe, "You have a place")
    move_to(cohort.site, cohort.slug, f"workshop:{WORKSHOP}", clock.now() + timedelta(minutes=3))
    staff.goto(f"{cohort.url}/workshops/{WORKSHOP}")
    staff.get_by_role("link", name="Run sheet").click()
    staff.get_by_role("link", name="Show the code").click()
    code = staff.locator(".display-1").inner_text()
    zoe.reload()
    box(zoe, "Code").fill(code)
    zoe.get_by_role("button", name="Check in").click()
    said(zoe, "You are checked in")
