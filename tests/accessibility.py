"""What axe says against a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_OPTIONS = {"resultTypes": ["violations"], "preload": False}
"""Nothing of what is well: telling that takes axe half its time."""


def list_violations(page: Page) -> list[Any]:
    """Read into the page once: it is looked at in two themes, often."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[Any] = page.evaluate("options => axe.run(options).then(result => result.violations)", _OPTIONS)
    return found
