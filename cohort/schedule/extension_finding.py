"""How the routes about more time find what their address names."""

from dataclasses import dataclass, replace

from flask import g

from cohort.access import Guard
from cohort.learning.finding import Place, find_place
from cohort.programs.queries import pack_of
from cohort.schedule.asking import is_reviewed_by_mentor
from cohort.schedule.extension_queries import find_request
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, ExtensionRequest
from cohort.schedule.queries import find_item

WORDS = {Kind.ASSIGNMENT_DUE: "assignment", Kind.CHECKIN_CLOSES: "check-in", Kind.PREWORK_DUE: "pre-work"}
"""How addresses call what may be put off."""


@dataclass(frozen=True, slots=True)
class OwnDate(Place):
    """Something that is due from the reader."""

    item: DatedItem


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's request, and what the policy needs to know of it."""

    request: ExtensionRequest

    def guard(self) -> Guard:
        enrolment, item = self.request.enrolment, self.request.item
        by_mentor = is_reviewed_by_mentor(pack_of(enrolment.cohort.version), item.kind, item.key)
        return replace(enrolment.guard(), is_declared=by_mentor)


def find_own_date(slug: str, what: str, key: str) -> OwnDate | None:
    place = find_place(slug)
    kind = next(kind for kind, word in WORDS.items() if word == what)
    item = find_item(place.cohort.id, kind, key) if place else None
    return OwnDate(place.cohort, place.enrolment, item) if place and item else None


def find_asked(request_id: int) -> Asked | None:
    """A request, with its cohort around the page; none any more when its item is dropped."""
    request = find_request(request_id)
    if request is None or request.item.dropped_at is not None:
        return None
    g.cohort = request.enrolment.cohort
    return Asked(request)
