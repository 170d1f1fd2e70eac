"""Plain builders with defaults: what a test does not say is ordinary."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import Base, db
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.addresses import address_key
from cohort.people.models import Person
from cohort.people.wishes import AS_SHIPPED
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.packs import read_pack
from cohort.programs.queries import pack_of
from cohort.schedule.models import DatedItem
from cohort.schedule.plan import make_plan

NO_MAIL_THAT_CAN_WAIT = AS_SHIPPED.without(None).stored()
"""Wishes of somebody who turned it all off, as `Person.mail_wishes` keeps them."""
CONTENT = Path(__file__).resolve().parent.parent / "content"


@cache
def shipped_document() -> dict[str, Any]:
    """The shipped program pack, checked, as plain data."""
    reading = read_pack((CONTENT / "emerging-leaders.yaml").read_bytes())
    assert reading.document is not None, reading.errors
    return reading.document


class Build:
    """Builders of one test. Everything is flushed, nothing committed."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._numbers = count(1)

    def _add(self, thing: Any) -> Any:
        db.session.add(thing)
        db.session.flush()
        return thing

    def person(self, name: str = "", **values: Any) -> Person:
        number = next(self._numbers)
        name = name or f"Person {number}"
        email = values.pop("email", f"person{number}@example.com")
        values = {"time_zone": "America/Chicago", "created_at": self.now} | values
        return self._add(Person(name=name, email=email, email_key=address_key(email), **values))

    def program(self, document: dict[str, Any] | None = None) -> ProgramVersion:
        number = next(self._numbers)
        document = document or shipped_document()
        program = self._add(Program(key=f"{document['key']}-{number}", title=document["title"], created_at=self.now))
        version = self._add(
            ProgramVersion(program=program, number=1, document=document, digest=uuid4().hex * 2, imported_at=self.now)
        )
        pack_of(version)  # as in a process that has served it before: its content is read once
        return version

    def next_version(self, version: ProgramVersion, change: Callable[[dict[str, Any]], None]) -> ProgramVersion:
        """A newer version of the same program, with its document changed."""
        document = deepcopy(version.document)
        change(document)
        return self._add(
            ProgramVersion(
                program=version.program,
                number=version.number + 1,
                document=document,
                digest=uuid4().hex * 2,
                imported_at=self.now,
            )
        )

    def cohort(self, **values: Any) -> Cohort:
        """A running cohort ten weeks in (day 70), with every dated item of the shipped program."""
        number = next(self._numbers)
        version = values.pop("version", None) or self.program()
        values = {
            "slug": f"cohort-{number}",
            "title": "Spring Emerging Leaders",
            "zone": "America/Chicago",
            "starts_on": date(2026, 9, 14),
            "state": CohortState.RUNNING,
            "created_at": self.now,
        } | values
        cohort = self._add(Cohort(version=version, **values))
        self.plan(cohort)
        return cohort

    def plan(self, cohort: Cohort) -> None:
        """Store the dated items of a cohort, in one statement: most tests begin with a whole program."""
        plan = make_plan(
            pack_of(cohort.version),
            start=cohort.starts_on,
            zone=cohort.zone,
            match=cohort.matched_on,
            blackouts=cohort.blackout_days,
        )
        fields = ("kind", "key", "title", "module_key", "expression", "why", "at", "ends_at")
        rows = [{"cohort_id": cohort.id} | {name: getattr(item, name) for name in fields} for item in plan.items]
        db.session.execute(insert(DatedItem), rows)

    def enrolment(self, cohort: Cohort, person: Person | None = None, **values: Any) -> Enrolment:
        values = {"state": EnrolmentState.ENROLLED, "answered_at": self.now - timedelta(days=80)} | values
        return self._add(Enrolment(cohort=cohort, person=person or self.person(), **values))

    def mentor(self, cohort: Cohort, person: Person | None = None, **values: Any) -> Mentor:
        values = {"state": MentorState.ACCEPTED, "capacity": 3, "answered_at": self.now - timedelta(days=80)} | values
        return self._add(Mentor(cohort=cohort, person=person or self.person(), **values))

    def pairing(self, mentor: Mentor, enrolment: Enrolment, **values: Any) -> Pairing:
        values = {"state": PairingState.ACTIVE, "proposed_at": self.now - timedelta(days=75)} | values
        if values["state"] in (PairingState.ACTIVE, PairingState.CLOSED):
            values = {"published_at": self.now - timedelta(days=74)} | values
        return self._add(Pairing(cohort_id=mentor.cohort_id, mentor=mentor, enrolment=enrolment, **values))

    def staff(self, cohort: Cohort, person: Person | None = None, role: StaffRole = StaffRole.LEAD) -> Staff:
        return self._add(Staff(cohort=cohort, person=person or self.person(), role=role, since=self.now))

    def item(self, cohort: Cohort, item_id: str) -> DatedItem:
        """The dated item with the id `kind:key`."""
        kind, key = item_id.split(":", 1)
        found = db.session.query(DatedItem).filter_by(cohort_id=cohort.id, kind=kind, key=key).one()
        assert isinstance(found, Base)
        return found
