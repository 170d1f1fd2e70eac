"""By keyboard alone: the participant's main path, every page of it held to axe; a move of dates; a workshop."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cohort import clock
from tests.journeys.conftest import Window
from tests.journeys.dated import come_in_as_lead, get_passwords, move_to
from tests.journeys.keys import HERE, press, tab_to, write
from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.running import RunningCohort
from tests.journeys.visitor import get_password
from tests.journeys.walking import said, sign_in
from tests.journeys.working import ASSIGNMENT, CHECKIN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARCUS, JAKUB = "marcus.bell@example.com", "jakub.wisniewski@example.org"
PASSWORD = "blue kettle morning"
WORKSHOP = "story-studio"


def test_main_path_by_keyboard(page: Page, cohort: RunningCohort) -> None:
    get_password(cohort.site, MARCUS, PASSWORD)
    page.goto(cohort.site.base_url)
    look(page, "keyboard-sign-in", at=EVERYWHERE)
    write(page, "E-mail address", MARCUS)
    write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    look(page, "keyboard-home", at=EVERYWHERE)
    take_next_step(page)
    read_a_lesson(page, cohort.url)
    hand_in(page, cohort.url)
    check_in(page, cohort.url)
    choose_mail(page, cohort.site.base_url)


def take_next_step(page: Page) -> None:
    """The skip link leads past the navigation; the next step is the first thing after it."""
    press(page, "Skip to content")
    page.keyboard.press("Tab")
    assert page.evaluate(HERE)["words"].strip() == page.locator(".next a.btn").inner_text().strip()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/home"))


def read_a_lesson(page: Page, cohort_url: str) -> None:
    page.goto(f"{cohort_url}/home")
    press(page, "Program")
    page.wait_for_url("**/program")
    look(page, "keyboard-program", at=EVERYWHERE)
    press(page, "From running the queue")
    page.wait_for_url("**/modules/starting-line")
    look(page, "keyboard-module", at=EVERYWHERE)
    press(page, "Start: ")
    page.wait_for_url("**/lessons/*")
    look(page, "keyboard-lesson", at=EVERYWHERE)
    press(page, "Mark as read")
    said(page, "is marked as read")


def hand_in(page: Page, cohort_url: str) -> None:
    page.goto(f"{cohort_url}/assignments/{ASSIGNMENT}")
    look(page, "keyboard-assignment", at=EVERYWHERE)
    write(page, "Your text", "Known for fast answers.")
    press(page, "Submit")
    said(page, "Submitted")


def check_in(page: Page, cohort_url: str) -> None:
    page.goto(f"{cohort_url}/check-ins/{CHECKIN}")
    look(page, "keyboard-checkin", at=EVERYWHERE)
    tab_to(page, "1")
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="4")).to_be_checked()
    write(page, "Which of your three behaviours", "Asking first.")
    write(page, "Your promise", "Dana runs the stand-up.")
    press(page, "Send check-in")
    said(page, "check-in")
    look(page, "keyboard-checkin-sent", at=EVERYWHERE)


def choose_mail(page: Page, base_url: str) -> None:
    """A topic is one group: Tab leads to what is chosen, the arrow keys choose."""
    page.goto(f"{base_url}/mail")
    look(page, "keyboard-mail", at=EVERYWHERE)
    tab_to(page, "At once")
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("radiogroup", name="Coursework").get_by_role("radio", name="Weekly")).to_be_checked()
    tab_to(page, "Sunday")
    page.keyboard.press("Space")
    press(page, "Save mail settings")
    said(page, "Your mail settings are saved")
    expect(page.get_by_role("checkbox", name="Sunday")).not_to_be_checked()


# --- dates -----------------------------------------------------------------------------------------------------------


def test_move_and_workshop_by_keyboard(window: Window, cohort: RunningCohort) -> None:
    staff, jakub = window(), window()
    come_in_as_lead(cohort.site, cohort.slug, staff, "keyboard@example.com")
    get_passwords(cohort.site, [JAKUB])
    sign_in(jakub, cohort.site.base_url, JAKUB, PASSWORD)
    move_workshop(staff, cohort.url)

    jakub.goto(f"{cohort.url}/workshops/{WORKSHOP}")
    press(jakub, "Take my place")
    said(jakub, "You have a place")
    move_to(cohort.site, cohort.slug, f"workshop:{WORKSHOP}", clock.now() + timedelta(minutes=3))
    code = show_code(staff, cohort.url)
    jakub.reload()
    write(jakub, "Code", code)
    press(jakub, "Check in")
    said(jakub, "You are checked in")


def move_workshop(staff: Page, cohort_url: str) -> None:
    """The suggested dates are one group: Tab leads into it, an arrow key to the first of them."""
    staff.goto(f"{cohort_url}/schedule/items/workshop:{WORKSHOP}")
    press(staff, "Move")
    staff.wait_for_url("**/move")
    tab_to(staff, "Another date")
    staff.keyboard.press("ArrowDown")
    expect(staff.get_by_role("radiogroup", name="Suggested").get_by_role("radio").first).to_be_checked()
    press(staff, "Preview")
    staff.wait_for_url("**/move?*")
    write(staff, "Text", "The room is taken.")
    press(staff, "Move and send")
    said(staff, "Moved Story studio")


def show_code(staff: Page, cohort_url: str) -> str:
    staff.goto(f"{cohort_url}/workshops/{WORKSHOP}")
    press(staff, "Run sheet")
    staff.wait_for_url("**/sittings/*")
    press(staff, "Show the code")
    staff.wait_for_url("**/code")
    return staff.locator(".display-1").inner_text()
