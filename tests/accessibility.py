"""What axe says against a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_AXE = Axe()
_OPTIONS = {"resultTypes": ["violations"], "preload": False}
"""Nothing of what is well: telling that takes axe half its time."""


def list_violations(page: Page) -> list[Any]:
    found: list[Any] = _AXE.run(page, options=_OPTIONS).response["violations"]
    return found
