"""What a participant and a mentor do week by week, screen by screen."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.looking import look
from tests.journeys.walking import box, said

ASSIGNMENT = "leadership-starting-line"
CHECKIN = "checkin-1"
MODULE = "starting-line"


def start_home(page: Page, cohort_url: str) -> None:
    """The first home page has one next step, and it leads to something to do."""
    page.goto(f"{cohort_url}/home")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marcus")
    expect(page.locator(".next")).to_have_count(1)
    look(page, "participant-home")
    page.locator(".next").get_by_role("link").click()
    expect(page.locator("main")).to_be_visible()


def read_lessons(page: Page, cohort_url: str, number: int) -> None:
    """Read the first lessons of module 1 and mark each as read, which leads on to the next."""
    page.goto(f"{cohort_url}/modules/{MODULE}")
    look(page, "participant-module")
    page.get_by_role("link", name=re.compile("^Start: ")).click()
    look(page, "participant-lesson")
    for _ in range(number):
        page.get_by_role("button", name="Mark as read").click()
        said(page, "is marked as read")
    page.goto(f"{cohort_url}/modules/{MODULE}")
    expect(page.locator("main")).to_contain_text(f"{number} of 4 lessons read")


def visit_workshop(page: Page, cohort_url: str) -> None:
    page.goto(f"{cohort_url}/workshops/kickoff")
    look(page, "participant-workshop")
    page.get_by_role("button", name="Tick the pre-work").click()
    said(page, "pre-work is marked as done")


def hand_in(page: Page, cohort_url: str, text: str, file: Path) -> None:
    """Save a draft with a file, come back to it, submit it."""
    page.goto(f"{cohort_url}/assignments/{ASSIGNMENT}")
    look(page, "participant-assignment")
    page.locator("textarea").fill(text)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("main")).to_contain_text(file.name)
    page.goto(f"{cohort_url}/assignments/{ASSIGNMENT}")
    expect(page.locator("textarea")).to_have_value(text)
    expect(page.locator("main")).to_contain_text(file.name)
    look(page, "participant-assignment-draft")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#work, main").first).to_contain_text("Submitted")
    look(page, "participant-assignment-submitted")


def check_in(page: Page, cohort_url: str, answers: tuple[str, ...], promise: str) -> None:
    page.goto(f"{cohort_url}/check-ins/{CHECKIN}")
    look(page, "participant-checkin")
    page.get_by_role("radio", name=re.compile("^4")).check()
    for box_, answer in zip(page.locator("textarea").all(), answers, strict=True):
        box_.fill(answer)
    box(page, "Your promise until").fill(promise)
    page.get_by_role("button", name="Send check-in").click()
    said(page, "check-in")
    look(page, "participant-checkin-sent")


def log_session(page: Page, cohort_url: str, *, shared: str, promise: str) -> None:
    """The mentor logs the first session in one form: date, minutes, topics, promise, note for both, next date."""
    page.goto(f"{cohort_url}/mentees")
    look(page, "mentor-mentees")
    page.get_by_role("link", name=re.compile("^Log a session")).first.click()
    look(page, "mentor-log")
    page.get_by_role("radio", name="60").check()
    page.locator("[name=topics]").first.check()
    box(page, "Promise 1").fill(promise)
    page.get_by_role("radio", name="Marcus and me").check()
    box(page, "Note").fill(shared)
    page.get_by_role("button", name="Log session").click()
    said(page, "Logged: 60 min")
    look(page, "mentor-pair")
