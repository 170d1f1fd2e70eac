"""How the routes of check-ins find what their address names."""

from dataclasses import dataclass

from flask import g

from cohort.checkins.queries import Told, find_told
from cohort.learning.finding import Place, find_place
from cohort.programs.pack import CheckIn


@dataclass(frozen=True, slots=True)
class CheckInPage(Place):
    checkin: CheckIn
    number: int


def find_checkin(slug: str, checkin: str) -> CheckInPage | None:
    place = find_place(slug)
    for number, found in enumerate(place.pack.checkins if place else (), start=1):
        if place and found.key == checkin:
            return CheckInPage(place.cohort, place.enrolment, found, number)
    return None


def find_answered(answer_id: int) -> Told | None:
    """Somebody's check-in with whose it is. The cohort is shown around it, except to an owner who left."""
    told = find_told(answer_id)
    if told is not None and told.answer.enrolment.is_in:
        g.cohort = told.answer.enrolment.cohort
    return told
