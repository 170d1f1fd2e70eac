"""What people do with an invitation: open the mail's link, choose a password, say yes, tell about themselves."""

from email.message import EmailMessage

from playwright.sync_api import Page, expect

from tests.journeys.keys import press, tab_to, write
from tests.journeys.looking import look
from tests.journeys.site import links_in
from tests.journeys.walking import box, said


def link_to(mail: EmailMessage, path: str) -> str:
    """The one address in the mail whose path begins so."""
    found = {link for link in links_in(mail) if link.split("/", 3)[3].startswith(path)}
    assert len(found) == 1, f"{path}: {found}"
    return found.pop()


def choose_first_password(page: Page, link: str, password: str, name: str) -> None:
    """A mail scanner has opened the link before, twice; that used nothing up."""
    for _ in range(2):
        assert page.request.get(link).ok
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Invitation to Spring Emerging Leaders")
    look(page, f"{name}-invitation-mail-button")
    box(page, "New password").fill(password)
    page.get_by_role("button", name="Save and see the invitation").click()


def join(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("You are invited to Spring Emerging Leaders")
    look(page, "participant-invitation")
    page.get_by_role("button", name="Join", exact=True).click()
    look(page, "participant-joined")


def complete_profile(page: Page, cohort_url: str) -> None:
    """The import has filled most of it; the person goes through the four steps by keyboard and adds what is new."""
    page.goto(f"{cohort_url}/my-profile/you")
    look(page, "participant-profile-you")
    write(page, "Where you stand", "Team")
    tab_to(page, "On call")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1 week in 5, nights")
    page.keyboard.press("Enter")
    page.wait_for_url("**/growth")
    look(page, "participant-profile-growth")
    tab_to(page, "Structured")
    page.keyboard.press("Space")
    press(page, "Save and go on")
    page.wait_for_url("**/wishes")
    look(page, "participant-profile-wishes")
    press(page, "Save and go on")
    page.wait_for_url("**/hours")
    look(page, "participant-profile-hours")
    tick_an_hour(page)
    box(page, "Other hours").fill("wed 05:45-07:00")
    page.get_by_role("button", name="Save and finish").click()
    said(page, "you appear in the matching pool")
    look(page, "participant-profile")


def tick_an_hour(page: Page) -> None:
    """From Monday 07:00 by the arrow keys to Tuesday, two half hours down, and back without leaving the grid."""
    half_hours = page.get_by_role("table", name="Hours you are free")
    half_hours.get_by_role("checkbox", name="Monday 07:00 to 07:30").focus()
    for key in ("ArrowRight", "Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    for words in ("Tuesday 07:00 to 07:30", "Tuesday 07:30 to 08:00"):
        expect(half_hours.get_by_role("checkbox", name=words)).to_be_checked()


def accept_as_mentor(page: Page, mentees: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Would you be a mentor in Spring Emerging Leaders?")
    look(page, "mentor-invitation")
    box(page, "How many mentees").select_option(str(mentees))
    page.get_by_role("button", name="Accept", exact=True).click()
    look(page, "mentor-accepted")
    page.get_by_role("link", name="What you can help with").click()
    box(page, "Communication").select_option("5")
    look(page, "mentor-profile-help")
    page.get_by_role("button", name="Save and go on").click()
    look(page, "mentor-profile-wishes")
    page.get_by_role("button", name="Save and go on").click()
    look(page, "mentor-profile-hours")
    page.get_by_role("button", name="Save and finish").click()
    said(page, "you appear in the matching pool")
