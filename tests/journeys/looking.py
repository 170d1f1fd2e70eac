"""What every page of a journey must hold: it fits a small phone, axe has nothing to say, the console is quiet."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

from tests.accessibility import list_violations

DESK, PHONE, SMALLEST = 1280, 390, 360
THEMES = ("light", "dark")
LOOKED_AT: set[str] = set()


def look(page: Page, name: str, *, at: tuple[tuple[int, str], ...] = ((DESK, "light"),)) -> None:
    """Hold the page to what every page must be, at each width and theme of `at`; once for each name.

    `name` is that of its pictures, too.
    """
    if name in LOOKED_AT:
        return
    LOOKED_AT.add(name)
    page.wait_for_load_state()
    shot(page, name)
    resize(page, SMALLEST)
    assert overhang(page) == 0, f"{name} scrolls sideways at {SMALLEST} px: {widest(page)}"
    for width, theme in at:
        resize(page, width)
        dress(page, theme)
        violations = list_violations(page)
        assert not violations, f"{name} at {width} px, {theme}:\n" + "\n".join(map(in_words, violations))
    resize(page, DESK)
    dress(page, "light")


EVERYWHERE = ((DESK, "light"), (PHONE, "dark"))
"""Both widths and both themes. Colours do not depend on the width, nor the layout on the theme."""


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page at both widths and in both themes when SHOTS names a folder."""
    if not (folder := os.environ.get("SHOTS")):
        return
    for width in (DESK, PHONE):
        resize(page, width)
        for theme in THEMES:
            dress(page, theme)
            page.screenshot(path=Path(folder) / f"{name}-{width}-{theme}.png", full_page=True)
    resize(page, DESK)
    dress(page, "light")


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("width => innerWidth === width", arg=width)


def dress(page: Page, theme: str) -> None:
    page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def widest(page: Page) -> list[str]:
    """The elements that reach beyond the right edge, in short."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
            .filter(it => it.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                          && !it.closest(".scrollbox, .visually-hidden"))
            .slice(0, 5).map(it => it.outerHTML.slice(0, 120))"""
    )
    return found


def in_words(violation: dict[str, Any]) -> str:
    places = "; ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:4])
    return f"- {violation['id']}: {violation['help']}. {places}"


class Console:
    """What the pages of a window wrote to the browser's console as errors."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url')})")
