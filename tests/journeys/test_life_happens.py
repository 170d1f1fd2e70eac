"""On call in the week of a workshop: days are marked, more time is asked for and given, another sitting is taken."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from cohort import clock
from tests.journeys.answering import link_to
from tests.journeys.conftest import Window
from tests.journeys.dated import PASSWORD, forecast, get_passwords, on_day
from tests.journeys.looking import EVERYWHERE, look
from tests.journeys.running import RunningCohort
from tests.journeys.site import Site
from tests.journeys.walking import box, said, sign_in
from tests.journeys.working import ASSIGNMENT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GWENLLIAN, NAME = "gwenllian.aprhys@example.net", "Gwenllian ap Rhys"
DUE = on_day(18, "17:00")
"""Of the first assignment, for everybody."""
ON_CALL = DUE.date() - timedelta(days=4), DUE.date() + timedelta(days=2)
ASKED = DUE + timedelta(days=3)
"""A Monday: the first working day after the week on call."""
SITTING, OTHER = on_day(30, "10:00"), on_day(31, "15:00")


def test_life_happens_and_every_date_follows(cohort: RunningCohort, window: Window, tmp_path: Path) -> None:
    gwenllian = window()
    get_passwords(cohort.site, [GWENLLIAN])
    sign_in(gwenllian, cohort.site.base_url, GWENLLIAN, PASSWORD)
    mark_days(gwenllian, cohort.site.base_url)
    upload_holiday(gwenllian, tmp_path / "holiday.ics")

    ask_for_more_time(gwenllian, cohort.url)
    swap_sitting(gwenllian, cohort.url)
    see_requests_and_conflicts(gwenllian, cohort.url)

    old = reminders(cohort)
    give_more_time(window(), cohort.site)
    see_new_date(gwenllian, cohort.url)
    nobody_nags(cohort, old)


def mark_days(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/away")
    page.get_by_role("radio", name="On call").check()
    box(page, "First day").fill(ON_CALL[0].isoformat())
    box(page, "Last day").fill(ON_CALL[1].isoformat())
    page.get_by_role("button", name="Add days").click()
    said(page, "Noted: on call")


def upload_holiday(page: Page, file: Path) -> None:
    """The calendar holds a holiday over the first sitting of the next workshop, and a meeting, which is no day off."""
    file.write_bytes(calendar_with(SITTING.date() - timedelta(days=1), SITTING.date()))
    box(page, "Calendar file").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose from the file")
    expect(page.locator("main")).to_contain_text("1 entry of less than four hours is left out")
    look(page, "life-away-file", at=EVERYWHERE)
    page.get_by_role("button", name="Keep the chosen days").click()
    said(page, "One range is noted")
    expect(page.locator("main")).not_to_contain_text("Surfing")
    look(page, "life-away", at=EVERYWHERE)


def calendar_with(first: date, last: date) -> bytes:
    entries = [
        "UID:1\nSUMMARY:Holiday: Surfing\n"
        f"DTSTART;VALUE=DATE:{first:%Y%m%d}\nDTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}",
        f"UID:2\nSUMMARY:Stand-up\nDTSTART:{first:%Y%m%d}T090000Z\nDTEND:{first:%Y%m%d}T091500Z",
    ]
    events = "".join(f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{entry}\nEND:VEVENT\n" for entry in entries)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Calendar//EN\n{events}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def ask_for_more_time(page: Page, url: str) -> None:
    """The page of the assignment knows about the week on call and suggests the day after it."""
    page.goto(f"{url}/assignments/{ASSIGNMENT}")
    more = page.locator("#more-time")
    expect(more).to_contain_text("in your on-call week")
    expect(box(page, "New date you ask for")).to_have_value(ASKED.date().isoformat())
    look(page, "life-assignment", at=EVERYWHERE)
    more.get_by_role("button", name="Ask for more time").click()
    said(page, "The date stays as it is until somebody answers")
    expect(more).to_contain_text("Asked")
    look(page, "life-asked")


def swap_sitting(page: Page, url: str) -> None:
    page.goto(f"{url}/workshops/goals-clinic")
    page.get_by_role("button", name="Take my place").click()
    said(page, "You have a place")
    page.get_by_role("button", name="Take the other sitting").click()
    said(page, f"You have a place: {in_london(OTHER):%a} {OTHER.day}")
    look(page, "life-swapped", at=EVERYWHERE)


def see_requests_and_conflicts(page: Page, url: str) -> None:
    """The list says what was asked for and what falls into days away; the month holds the sitting that was taken."""
    page.get_by_role("link", name="Schedule").first.click()
    expect(row_of(page, "Leadership starting line")).to_contain_text(f"Asked for {words_of(ASKED)}")
    expect(row_of(page, "Leadership starting line")).to_contain_text("on-call week")
    expect(row_of(page, "Goals clinic").last).to_contain_text(f"{in_london(OTHER):%H:%M}")
    look(page, "life-schedule", at=EVERYWHERE)
    page.get_by_role("link", name="Month", exact=True).click()
    look(page, "life-month", at=EVERYWHERE)
    page.goto(f"{url}/my-schedule/month?at={OTHER:%Y-%m}")
    expect(page.locator("main")).to_contain_text("Goals clinic")


def row_of(page: Page, words: str) -> Locator:
    return page.locator("main li").filter(has_text=words)


def in_london(at: datetime) -> datetime:
    return clock.in_zone(at, "Europe/London")


def reminders(cohort: RunningCohort) -> list[tuple[str, str]]:
    """What will be sent about the assignment, and when, on the reader's clock."""
    rows = forecast(cohort.site, cohort.slug, NAME, days=30)
    return [(row["rule"], row["local"]) for row in rows if row["item"] == f"assignment.due:{ASSIGNMENT}"]


def give_more_time(mentor: Page, site: Site) -> None:
    """The mentor who reads the work answers from the mail."""
    [mail] = [mail for mail in site.mailbox.received if f"{NAME} asks" in str(mail["Subject"])]
    address = str(mail["To"]).rsplit("<", 1)[-1].strip("<>")
    get_passwords(site, [address])
    sign_in(mentor, site.base_url, address, PASSWORD)
    mentor.goto(link_to(mail, "extension-requests"))
    expect(mentor.locator("#asked")).to_contain_text("on call")
    look(mentor, "life-decide", at=EVERYWHERE)
    mentor.get_by_role("button", name="Give more time").click()
    said(mentor, "is told by mail")


def see_new_date(page: Page, url: str) -> None:
    """On every page that shows the date; the old one stands there as what it was, or not at all."""
    new, old = words_of(ASKED), words_of(DUE)
    for path in (f"assignments/{ASSIGNMENT}", "my-schedule", "modules/starting-line"):
        page.goto(f"{url}/{path}")
        expect(page.locator("main")).to_contain_text(new)
        look(page, f"life-later-{path.split('/')[0]}")
    for path in ("modules/starting-line", "home", "program"):
        page.goto(f"{url}/{path}")
        assert old not in page.locator("main").inner_text().replace(f"was {old}", ""), path


def words_of(at: datetime) -> str:
    local = in_london(at)
    return f"{local:%a} {local.day} {local:%b}"


def nobody_nags(cohort: RunningCohort, old: list[tuple[str, str]]) -> None:
    """Of the reminders of the old date none is left, and each of them stands at the same distance from the new one."""
    new = reminders(cohort)
    later = {rule: datetime.fromisoformat(at) + timedelta(days=3) for rule, at in old}
    assert {rule: datetime.fromisoformat(at) for rule, at in new if rule in later} == later
    first = min(datetime.fromisoformat(at) for _, at in old)
    cohort.site.run("tick", "--now", (first + timedelta(minutes=1)).isoformat())
    about = "Leadership starting line: due"
    assert [str(mail["Subject"]) for mail in cohort.site.mailbox.to(GWENLLIAN, about)] == []
