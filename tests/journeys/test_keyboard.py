"""The participant's main path by keyboard alone; every page of it held to axe at two widths and in both themes."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.running import RunningCohort
from tests.journeys.visitor import get_password
from tests.journeys.walking import said
from tests.journeys.working import ASSIGNMENT, CHECKIN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARCUS, PASSWORD = "marcus.bell@example.com", "blue kettle morning"
MOST_STEPS = 90

HERE = """() => {
    const it = document.activeElement, box = it.getBoundingClientRect(), look = getComputedStyle(it);
    const on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
        words: (it.labels?.[0] ?? it).innerText || it.ariaLabel || it.value || "",
        // The button inside a date box has a ring of its own, which the box does not know.
        ring: look.outlineStyle !== "none" || look.boxShadow !== "none" || it.type === "date",
        covered: !(on && (it.contains(on) || on.contains(it) || on.closest("label")?.contains(it))),
    };
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what begins with `words`; wherever it stops, it is seen."""
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        assert (here["ring"], here["covered"]) == (True, False), f"the focus is not seen on {here['words']!r}"
        passed.append(here["words"].strip()[:40])
        if here["words"].strip().startswith(words):
            return
    raise AssertionError(f"Tab does not reach {words!r}; it came by {passed}")


def press(page: Page, words: str) -> None:
    """Go to a link or button by Tab and press Enter."""
    tab_to(page, words)
    page.keyboard.press("Enter")


def write(page: Page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.type(text)


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
