"""What program staff do, screen by screen, as they find it: by the words on labels and buttons."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from cohort import clock
from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.walking import box, said

ZONE = "America/Chicago"
TITLE = "Spring Emerging Leaders"


def first_day() -> date:
    """A Monday that puts today between day 11 and day 17: module 1, its assignment and its check-in are open."""
    day = clock.today(ZONE) - timedelta(days=11)
    return day - timedelta(days=day.weekday())


def import_program(page: Page, base_url: str, pack: Path) -> None:
    page.goto(f"{base_url}/programs")
    look(page, "staff-programs-empty")
    page.get_by_role("link", name="Import program").first.click()
    look(page, "staff-import-program")
    page.locator("input[type=file]").set_input_files(pack)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview of Emerging Leaders")
    look(page, "staff-import-preview")
    page.get_by_role("button", name="Import program").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Emerging Leaders")
    said(page, "Version 1 is imported")
    look(page, "staff-program")


def create_cohort(page: Page, base_url: str) -> str:
    """Walk the wizard; gives the slug. Its last step shows every date with its reason before anything is made."""
    page.goto(f"{base_url}/cohorts")
    look(page, "staff-cohorts-empty")
    page.get_by_role("link", name="Create cohort").first.click()
    box(page, "Name of the cohort").fill(TITLE)
    box(page, "Program").select_option(label="Emerging Leaders")
    look(page, "staff-wizard-1")
    page.get_by_role("button", name="Continue").click()
    box(page, "First day").fill(first_day().isoformat())
    box(page, "Time zone of the cohort").select_option(ZONE)
    look(page, "staff-wizard-2")
    page.get_by_role("button", name="Continue").click()
    box(page, "Seats").fill("40")
    look(page, "staff-wizard-3")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Create {TITLE}")
    expect(page.locator("main")).to_contain_text("Kickoff")
    look(page, "staff-wizard-4")
    page.get_by_role("button", name="Create cohort").click()
    said(page, "created as a draft")
    look(page, "staff-cohort-draft")
    return page.url.rsplit("/", 1)[-1]


def see_schedule(page: Page, cohort_url: str) -> None:
    """Every dated item stands there with why it is on its date."""
    page.goto(f"{cohort_url}/schedule")
    look(page, "staff-schedule")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    kickoff = next(row for row in rows if row["Item"] == "workshop:kickoff")
    assert (kickoff["Date"], kickoff["Time"]) == ((first_day() + timedelta(days=2)).isoformat(), "10:00")
    assert all(row["Why"] for row in rows)


def check_roster(page: Page, cohort_url: str, file: Path, kind: str, name: str = "") -> None:
    """Upload a roster and come to the page that says what an import would do. `name` is that of the pictures."""
    page.goto(f"{cohort_url}/people/import")
    look(page, "staff-import-people")
    page.get_by_label(kind, exact=True).check()
    box(page, "CSV file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("See what would be imported")
    look(page, f"staff-import-rows{name}")


def review_columns(page: Page) -> None:
    """Go back to what each column is, and on again with what was found by name."""
    page.get_by_role("button", name="Change the columns").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Say what the columns are")
    look(page, "staff-import-columns")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("See what would be imported")


def rows_of(page: Page, caption: str) -> list[int]:
    """The numbers in the first column of the table with this caption."""
    heads = page.get_by_role("table", name=caption).locator("tbody th")
    return [int(re.findall(r"\d+", text)[0]) for text in heads.all_inner_texts()]


def figures(page: Page) -> dict[str, int]:
    """The tiles of a page: name to number."""
    tiles = page.locator(".tile")
    return {
        tile.locator("dt").inner_text(): int(re.findall(r"\d+", tile.locator("dd").first.inner_text())[0])
        for tile in tiles.all()
    }


def take_roster(page: Page, number: int) -> None:
    """Press the button that repeats how many it takes."""
    page.get_by_role("button", name=re.compile(rf"^Import {number} (person|people|mentors?)$")).click()
    said(page, "imported")


def download_errors(page: Page) -> list[dict[str, str]]:
    """The rows with errors, as the file that a person corrects."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    dialect = csv.Sniffer().sniff(text.splitlines()[0], delimiters=";,")
    return list(csv.DictReader(io.StringIO(text), dialect=dialect))


def invite(page: Page, cohort_url: str, people: str, number: int) -> None:
    """Invite everybody in a list; the page before shows whom, and the button repeats how many."""
    page.goto(f"{cohort_url}/people?list={people}")
    look(page, f"staff-people-{people}")
    page.get_by_role("link", name="Invite all who were not invited").click()
    look(page, f"staff-invite-{people}")
    page.get_by_role("button", name=f"Send {number} invitations").click()
    said(page, f"{number} invitations are on the way")


def match(page: Page, cohort_url: str, *, participant: str, mentor: str) -> int:
    """Weigh, run, look into one pair and choose another mentor; mentors have agreed: publish all. How many pairs?"""
    page.goto(f"{cohort_url}/matching")
    look(page, "staff-matching-empty")
    weigh(page)
    page.get_by_role("button", name="Run matching").click()
    said(page, "Run 1:")
    keep_what_is_chosen(page)
    choose(page, participant, mentor)
    look(page, "staff-matching", at=EVERYWHERE)
    keep_apart_and_run_again(page)
    prove(page)
    page.get_by_role("link", name=re.compile("^Ask mentors about all")).click()
    page.get_by_role("button", name="Publish without asking").click()
    look(page, "staff-publish")
    button = page.get_by_role("button", name=re.compile("^Publish"))
    pairs, mails = map(int, re.findall(r"\d+", button.inner_text()))
    assert mails == 2 * pairs
    button.click()
    look(page, "staff-matching-published")
    return pairs


def weigh(page: Page) -> None:
    """A slider by keyboard: the number follows, and so does every share."""
    page.get_by_label("Growth areas, slider").focus()
    page.keyboard.press("ArrowRight")
    expect(box(page, "Growth areas")).to_have_value("41")
    box(page, "Working style").fill("34")
    expect(page.get_by_label("Working style, slider")).to_have_value("34")
    expect(page.locator("[data-weights] output").nth(2)).to_have_text("28 %")


def keep_what_is_chosen(page: Page) -> None:
    """A lock is one deed, a weight and a tick wait for theirs: they stay."""
    note = page.get_by_text("What you changed here is not run yet.")
    expect(note).to_be_hidden()
    box(page, "Growth areas").fill("44")
    tick = page.get_by_role("checkbox", name=re.compile("^Ask about")).nth(1)
    tick.check()
    page.get_by_role("button", name=re.compile("^Lock")).first.click()
    said(page, "Locked:")
    expect(tick).to_be_checked()
    expect(box(page, "Growth areas")).to_have_value("44")
    expect(page.get_by_label("Growth areas, slider")).to_have_value("44")
    expect(note).to_be_visible()
    page.get_by_role("link", name=re.compile("^Changed")).click()
    expect(box(page, "Growth areas")).to_have_value("44")
    page.get_by_role("link", name=re.compile("^All")).click()
    tick.uncheck()


def choose(page: Page, participant: str, mentor: str) -> None:
    """By hand, after reading what it costs."""
    page.get_by_role("combobox", name="Participant").select_option(label=participant)
    page.get_by_role("button", name="Look at the mentors").click()
    look(page, "staff-matching-why", at=EVERYWHERE)
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=mentor))
    if row.count():
        expect(row).to_contain_text("The cohort")
        row.get_by_role("button", name=re.compile("^Choose this")).click()
        said(page, f"{participant} is proposed to {mentor}")
    else:
        page.get_by_role("button", name="Lock", exact=True).click()
        said(page, f"Locked: {participant} with {mentor}")


def keep_apart_and_run_again(page: Page) -> None:
    page.get_by_role("link", name="Not locked").click()
    page.get_by_role("link", name=re.compile("^Why")).first.click()
    page.locator("header").get_by_role("button", name=re.compile("^Never pair")).click()
    said(page, "No run pairs")
    expect(page.locator("main")).to_contain_text("Outdated")
    page.get_by_role("button", name="Run again around 2 locks").click()
    expect(page.locator("main")).to_contain_text("Proven best")
    expect(page.get_by_role("heading", name=re.compile("^Since run"))).to_be_visible()


def prove(page: Page) -> None:
    """The certificate is the report of the engine; every run is kept."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["status"] == "optimal"
    page.get_by_role("link", name="Saved runs").click()
    look(page, "staff-matching-runs")
    page.go_back()


def launch(page: Page, cohort_url: str) -> None:
    page.goto(cohort_url)
    page.get_by_role("link", name="Launch").click()
    look(page, "staff-launch")
    page.get_by_role("button", name=re.compile("^Launch")).click()
    said(page, f"{TITLE} is running")
    look(page, "staff-cohort-running")
