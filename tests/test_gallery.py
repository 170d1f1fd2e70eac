"""The gallery in a real browser: no axe violation, nothing refused by the policy or wider than the screen; drafts."""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Route, expect
from werkzeug.serving import make_server

from tests.accessibility import list_violations
from tests.gallery import NOW, create_gallery

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def gallery() -> Flask:
    return create_gallery()


@pytest.fixture(scope="module")
def address(gallery: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gallery, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with time_machine.travel(NOW, tick=True):
        yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_gallery_is_accessible_and_fits(address: str, browser: Browser, theme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/{theme}")
    violations = list_violations(page)
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"gallery-{theme}-{width}.png", full_page=True)
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.close()

    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations] == []
    assert complaints == []
    assert not too_wide


def test_draft_is_sent_when_a_field_is_left_and_kept_in_the_window_when_refused(
    gallery: Flask, address: str, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(f"{address}/light")
    talk, saved = page.locator("#talk"), page.locator("[data-saved]")

    talk.fill("I told Ben")
    talk.blur()
    expect(saved).to_have_text(re.compile(r"^Saved \d\d:\d\d\.$"))
    talk.fill("refuse")
    talk.blur()
    expect(saved).to_have_text("Not saved. A copy is kept in this window.")
    page.reload()
    expect(talk).to_have_value("refuse")
    expect(saved).to_have_text("Brought back from this window. Not saved yet.")
    page.close()

    assert gallery.config["DRAFTS"] == [("token", "I told Ben"), ("token", "refuse")]


def test_form_is_sent_only_when_its_draft_has_arrived(address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{address}/light")
    held: list[Route] = []
    order: list[str] = []
    page.evaluate("document.querySelector('form[data-autosave]').noValidate = true")  # it shows what is missing
    page.route("**/draft", lambda route: held.append(route))
    page.on("request", lambda request: order.append("form") if request.is_navigation_request() else None)
    page.locator("#talk").fill("I told Ben")
    page.locator("#talk").blur()
    page.locator("form[data-autosave] button.btn-primary").click(no_wait_after=True)
    page.wait_for_timeout(200)

    order.append("draft")
    with page.expect_request(lambda request: request.is_navigation_request()):
        held[0].fulfill(json={})
    page.close()

    assert (len(held), order) == (1, ["draft", "form"])


def test_form_that_is_on_its_way_is_not_sent_twice(gallery: Flask, address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{address}/light")
    stopped = page.evaluate(
        """() => [1, 2].map(() => {
            const event = new Event("submit", { bubbles: true, cancelable: true });
            return !document.querySelector("form[data-autosave]").dispatchEvent(event);
        })"""
    )
    page.close()

    assert stopped == [False, True]
