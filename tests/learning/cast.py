"""A participant with a mentor, and everybody else who might look at their pages."""

from dataclasses import dataclass

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, StaffRole
from cohort.mentoring.models import Pairing
from cohort.people.models import Person
from cohort.programs.pack import Pack, build_pack
from tests.build import Build, shipped_document
from tests.client import PageClient

PACK: Pack = build_pack(shipped_document())
"""The shipped program, whatever the session holds."""


@dataclass(frozen=True)
class Cast:
    cohort: Cohort
    mine: Enrolment
    priya: Person
    ruth: Person
    pairing: Pairing

    @property
    def home(self) -> str:
        return f"/cohorts/{self.cohort.slug}"


def make_cast(build: Build) -> Cast:
    """Priya in London in a running Chicago cohort on day 70, with Ruth as mentor."""
    cohort = build.cohort()
    priya = build.person("Priya Raman", time_zone="Europe/London")
    mine = build.enrolment(cohort, priya, profiled_at=build.now)
    ruth = build.person("Ruth Okafor")
    pairing = build.pairing(build.mentor(cohort, ruth), mine, reasons=[["because", "Both are free on Tuesdays."]])
    return Cast(cohort, mine, priya, ruth, pairing)


def make_others(build: Build, cohort: Cohort) -> dict[str, Person]:
    """One person of every other kind, by what they are to Priya."""
    elsewhere = build.cohort(title="Another cohort")
    return {
        "peer": build.enrolment(cohort).person,
        "left": build.enrolment(cohort, state=EnrolmentState.WITHDRAWN, ended_at=build.now).person,
        "other mentor": build.mentor(cohort).person,
        "facilitator": build.staff(cohort, role=StaffRole.FACILITATOR).person,
        "lead": build.staff(cohort).person,
        "observer": build.staff(cohort, role=StaffRole.OBSERVER).person,
        "participant elsewhere": build.enrolment(elsewhere).person,
        "lead elsewhere": build.staff(elsewhere).person,
        "admin": build.person(is_admin=True),
    }


def codes(client: PageClient, path: str, people: dict[str, Person]) -> dict[str, int]:
    """What each of `people` gets for `path`."""
    found = {}
    for name, person in people.items():
        with client.sign_in(person).get(path) as answer:
            found[name] = answer.status_code
    return found


def text(client: PageClient, path: str) -> str:
    """The page at `path`, which is there and not too large."""
    answer = client.get(path)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, len(page.encode()) < 60_000) == (200, True)
    return page
