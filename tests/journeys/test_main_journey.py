"""One cohort from the admin's one-time link to the last reminder, as three kinds of people live it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.conftest import Window
from tests.journeys.looking import look
from tests.journeys.site import Site
from tests.journeys.walking import set_password

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPERATOR = "ines.duarte@example.com"


def test_one_cohort_runs_from_the_first_link_to_the_last_reminder(site: Site, window: Window, content: Path) -> None:
    staff = window()
    begin(site, staff)
    office.import_program(staff, site.base_url, content / "emerging-leaders.yaml")
    slug = office.create_cohort(staff, site.base_url)
    office.see_schedule(staff, site.base_url, slug)
    fill_cohort(staff, f"{site.base_url}/cohorts/{slug}", content)


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
    office.check_roster(staff, cohort_url, content / "participants.csv", "Participants", "again")
    expect(staff.locator("main")).to_contain_text("There is nothing to import.")


def take_messy_export(staff: Page, cohort_url: str, export: Path) -> None:
    """What `participants-messy.expected.md` says, on the screen and in the file of rows to correct."""
    office.check_roster(staff, cohort_url, export, "Participants", "messy")
    assert office.figures(staff) == {"Ready": 6, "With errors": 13, "Skipped": 2, "Worth a look": 1}
    assert office.rows_of(staff, "Rows with errors") == [4, 5, 6, 8, 9, 11, 12, 15, 16, 17, 19, 20, 22]
    assert office.rows_of(staff, "Rows that are ready") == [2, 3, 10, 13, 18, 21]
    wrong = office.download_errors(staff)
    assert len(wrong) == 13
    assert [row["Reasons"] != "" for row in wrong] == [True] * 13
    office.take_roster(staff, 6)
