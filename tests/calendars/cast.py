"""A participant with places in workshops and a mentor with a date, and calendars read back by two other programs."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import vobject
from icalendar import Calendar

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.models import MentoringSession, Pairing
from cohort.people.models import Person
from cohort.workshops.models import Place, PlaceState
from tests.build import Build

GOLDEN = Path(__file__).parent / "golden"
WORKSHOP = "workshop:hard-talks"
"""Wednesday 25 November 2026, 10:00 to 12:00 in Chicago: two days ahead."""
SECOND = "workshop.alternative:hard-talks"
EARLIER = timedelta(days=10)


class Cast:
    """Priya in London in a Chicago cohort on day 70, with Ruth as mentor."""

    def __init__(self, build: Build, **values: Any) -> None:
        self.build = build
        self.cohort: Cohort = build.cohort(**({"slug": "spring", "created_at": build.now - EARLIER} | values))
        self.priya: Person = build.person("Priya Raman", email="priya@example.com", time_zone="Europe/London")
        self.enrolment: Enrolment = build.enrolment(self.cohort, self.priya)
        self.ruth: Person = build.person("Ruth Okafor", email="ruth@example.com")
        self.pairing: Pairing = build.pairing(build.mentor(self.cohort, self.ruth), self.enrolment)

    def place(self, item_id: str, state: PlaceState, enrolment: Enrolment | None = None, **values: Any) -> Place:
        item = self.build.item(self.cohort, item_id)
        row = Place(
            item_id=item.id,
            enrolment_id=(enrolment or self.enrolment).id,
            state=state,
            **({"since": self.build.now} | values),
        )
        db.session.add(row)
        db.session.flush()
        return row

    def meeting(self, at: datetime | None, logged_at: datetime, pairing: Pairing | None = None) -> MentoringSession:
        """The two met, and agreed to meet again `at`."""
        pairing = pairing or self.pairing
        row = MentoringSession(
            pairing_id=pairing.id,
            held_on=logged_at.date(),
            minutes=45,
            next_at=at,
            form_key=f"{pairing.id}:{logged_at.isoformat()}",
            logged_by_id=self.ruth.id,
            logged_at=logged_at,
        )
        db.session.add(row)
        db.session.flush()
        return row


def read_back(data: bytes) -> list[dict[str, Any]]:
    """What both other programs read in a calendar; they must agree."""
    ours = [_with_icalendar(event) for event in Calendar.from_ical(data).walk("VEVENT")]
    theirs = [_with_vobject(event) for event in vobject.readOne(data.decode()).contents.get("vevent", [])]
    assert ours == theirs
    return ours


def _with_icalendar(event: Any) -> dict[str, Any]:
    return {
        "uid": str(event["UID"]),
        "stamp": event["DTSTAMP"].dt,
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "starts": event["DTSTART"].dt,
        "ends": event["DTEND"].dt,
        "title": str(event["SUMMARY"]),
        "words": str(event.get("DESCRIPTION", "")),
        "where": str(event.get("LOCATION", "")),
    }


def _with_vobject(event: Any) -> dict[str, Any]:
    parts = event.contents
    return {
        "uid": event.uid.value,
        "stamp": event.dtstamp.value,
        "sequence": int(event.sequence.value),
        "status": event.status.value,
        "starts": event.dtstart.value,
        "ends": event.dtend.value,
        "title": event.summary.value,
        "words": parts["description"][0].value if "description" in parts else "",
        "where": parts["location"][0].value if "location" in parts else "",
    }
