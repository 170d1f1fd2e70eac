"""What people do with an invitation: open the mail's link, choose a password, say yes, tell about themselves."""

from email.message import EmailMessage

from playwright.sync_api import Page, expect

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
    """The import has filled most of it; the person looks it over and changes what was guessed."""
    page.goto(f"{cohort_url}/my-profile")
    box(page, "On call").fill("1 week in 5, nights")
    box(page, "Hours you are free").fill("tue 08:00-10:00\nwed 13:00-16:00")
    box(page, "What you want from this program").fill("Delegate patch night by spring.")
    page.get_by_role("button", name="Save profile").click()
    said(page, "profile")
    look(page, "participant-profile")


def accept_as_mentor(page: Page, mentees: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Would you be a mentor in Spring Emerging Leaders?")
    look(page, "mentor-invitation")
    box(page, "How many mentees").select_option(str(mentees))
    page.get_by_role("button", name="Accept", exact=True).click()
    look(page, "mentor-accepted")
