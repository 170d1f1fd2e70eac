"""How the routes of check-ins find what their address names."""

from dataclasses import dataclass

from flask import g

from cohort.checkins.models import CheckInAnswer
from cohort.checkins.queries import find_answer
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


def find_answered(answer_id: int) -> CheckInAnswer | None:
    """Somebody's check-in with whose it is. The cohort is shown around it, except to an owner who left."""
    answer = find_answer(answer_id)
    if answer is not None and answer.enrolment.is_in:
        g.cohort = answer.enrolment.cohort
    return answer
