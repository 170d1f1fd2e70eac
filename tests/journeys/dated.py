"""Dates as journeys need them: a workshop that is near on the real clock, and what calendars are told of it."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import Any

import vobject
from playwright.sync_api import Page

from cohort import clock
from tests.journeys import office
from tests.journeys.office import ZONE
from tests.journeys.site import Site
from tests.journeys.visitor import Visitor, get_password
from tests.journeys.walking import sign_in

PASSWORD = "blue kettle morning"
HOLD = timedelta(minutes=11)
"""After so long, everybody was told of a change of dates."""


def come_in_as_lead(site: Site, slug: str, page: Page, email: str) -> None:
    """Somebody whom the command line makes a program lead of the cohort signs in."""
    roster = site.folder / f"{email}.csv"
    roster.write_text(f"email,name,role,time_zone\n{email},Inês Duarte,program lead,America/Chicago\n", "utf-8")
    site.run("import-people", slug, str(roster), "--as", "staff")
    get_passwords(site, [email])
    sign_in(page, site.base_url, email, PASSWORD)


def get_passwords(site: Site, people: Sequence[str]) -> list[Visitor]:
    """Everybody asks at once, so that one round of the worker serves all."""
    with ThreadPoolExecutor(len(people)) as together:
        return list(together.map(lambda email: get_password(site, email, PASSWORD), people))


def move_to(site: Site, slug: str, item_id: str, at: datetime) -> None:
    """Move an item to the full minute of `at`, on the wall clock of the cohort."""
    local = clock.in_zone(at, ZONE)
    site.run("move", slug, item_id, "--to", f"{local:%Y-%m-%dT%H:%M}")


def on_day(days: int, at: str) -> datetime:
    """What the pack calls `start+16d 17:00`, in the cohort's zone."""
    day = office.first_day() + timedelta(days=days)
    return clock.in_zone(clock.from_local(day, time.fromisoformat(at), ZONE), ZONE)


def tell_of_changes(site: Site) -> None:
    """A round of the worker after the ten minutes in which a change of dates can be taken back unseen."""
    site.run("tick", "--now", (clock.now() + HOLD).isoformat())


def forecast(site: Site, slug: str, person: str, *, days: int) -> list[dict[str, Any]]:
    """The mails to `person` in the next days, as they stand now."""
    until = (clock.today(ZONE) + timedelta(days=days)).isoformat()
    rows: list[dict[str, Any]] = json.loads(site.run("forecast", slug, "--until", until, "--json"))
    return [row for row in rows if row["person"] == person and row["state"] == "planned"]


def event_in(mail: EmailMessage) -> Any:
    """The one entry of the calendar that a mail carries, read by a library that did not write it."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = vobject.readOne(part.get_content())
    assert calendar.method.value == part.get_param("method")
    [event] = calendar.contents["vevent"]
    return event
