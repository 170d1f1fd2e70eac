"""Journeys walk a whole installation in a real Chromium, or say plainly that there is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.looking import Console
from tests.journeys.running import RunningCohort, start_cohort
from tests.journeys.site import Site

PATIENCE = 30_000
"""Milliseconds until a journey gives up on a page; on a machine of its own it takes a tenth at most."""
expect.set_options(timeout=PATIENCE / 2)
Window = Callable[..., Page]
"""Opens a fresh browser window, with nobody signed in: `window()`, or `window(script=False)`."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A fresh installation for one module, on SQLite, with web and worker running."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory, content: Path) -> Iterator[RunningCohort]:
    """A cohort that runs, on an installation shared by the modules that only take part in it, each as someone else."""
    with running_site(tmp_path_factory.mktemp("shared")) as site:
        yield RunningCohort(site, start_cohort(site, content))


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    site = Site(folder, f"sqlite:///{folder / 'cohort.sqlite3'}")
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """Every window of a test is closed at its end, and its console must have stayed quiet."""
    contexts: list[BrowserContext] = []
    consoles: list[Console] = []

    def open_window(*, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, reduced_motion="reduce", java_script_enabled=script
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        consoles.append(Console(page))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert [error for console in consoles for error in console.errors] == []


@pytest.fixture
def page(window: Window) -> Page:
    return window()


@pytest.fixture(scope="session")
def content() -> Path:
    """The shipped program pack and rosters."""
    return Path(__file__).resolve().parents[2] / "content"
