"""The participant's main path in a browser that runs no script."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Window
from tests.journeys.running import RunningCohort
from tests.journeys.visitor import get_password
from tests.journeys.walking import box, said, sign_in, sign_out
from tests.journeys.working import ASSIGNMENT, CHECKIN, MODULE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOMAS, PASSWORD = "tomas.obrien@example.net", "green door evening"


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
