"""The people of the demo: rosters as files, and the one password that all of them have."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from cohort.cohorts.importing import import_people
from cohort.cohorts.models import Cohort
from cohort.cohorts.roster_fields import RosterKind
from cohort.cohorts.roster_file import read_table
from cohort.cohorts.rosters import check_roster
from cohort.db import db
from cohort.errors import DomainError
from cohort.people.models import Person
from cohort.people.passwords import hash_password
from cohort.programs.queries import pack_of

HERE = Path(__file__).resolve().parent
PASSWORD = "emerging-leaders"  # noqa: S105  printed at every start; a demo holds no secrets
LEAD = "dana.whitfield@prairie-peers.example"

SIGN_INS = (
    (LEAD, "program lead and admin"),
    ("joel.merritt@prairie-peers.example", "facilitator"),
    ("ruth.okafor@harborpine.example", "mentor of three, at capacity"),
    ("ingrid.dahl@northwind.example", "mentor"),
    ("priya.raman@northwind.example", "participant in London"),
    ("aroha.ngata@copperline.example", "participant in Auckland"),
    ("sofia.lindqvist@lakeshore.example", "participant in Chicago, behind"),
    ("hannah.weiss@harborpine.example", "on the waiting list"),
)
"""Who is worth being, for the start of the demo to print."""


def take_in(cohort: Cohort, roster: str, kind: RosterKind, *, now: datetime) -> None:
    """Import one of the rosters beside this module. Raises DomainError for a row that is wrong."""
    areas = [competency.key for competency in pack_of(cohort.version).competencies]
    table = read_table((HERE / f"{roster}.csv").read_bytes())
    checked = check_roster(table, kind, growth_areas=areas)
    result = import_people(cohort, checked, by=find_person(LEAD), may_appoint_admins=False, enrol=False, now=now)
    if result.problems:
        raise DomainError(f"{roster}.csv: {result.problems}")


def find_person(email: str) -> Person:
    """The person with this address, or with this part before the @."""
    name = email if "@" in email else f"{email}@"
    return db.session.scalars(select(Person).where(Person.email.startswith(name, autoescape=True))).one()


def let_everybody_sign_in() -> None:
    """Give all people the password of the demo."""
    db.session.execute(update(Person).values(password_hash=hash_for_all()).execution_options(synchronize_session=False))


def hash_for_all() -> str:
    """The password's hash, made once for everybody, because it takes a while."""
    return hash_password(PASSWORD, person=Person(name="", email_key=""))
