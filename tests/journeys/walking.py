"""Finding one's way on any page by the words that stand on it, and coming in."""

from playwright.sync_api import Locator, Page, expect


def box(page: Page, label: str) -> Locator:
    """The control whose label begins with these words; panels may carry them in their headings, too."""
    return page.locator("input, select, textarea").and_(page.get_by_label(label)).first


def said(page: Page, words: str) -> None:
    """The banner that a POST leaves says so."""
    expect(page.locator("main .alert").first).to_contain_text(words)


def set_password(page: Page, link: str, password: str) -> None:
    """Open the one-time link and choose a password, which signs in."""
    page.goto(link)
    box(page, "New password").fill(password)
    page.get_by_role("button", name="Save and sign in").click()


def sign_in(page: Page, base_url: str, email: str, password: str) -> None:
    page.goto(f"{base_url}/sign-in")
    box(page, "E-mail address").fill(email)
    box(page, "Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
