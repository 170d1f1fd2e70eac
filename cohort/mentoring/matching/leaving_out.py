"""Why somebody has no mentor, with a proof where seats are short."""

from typing import NamedTuple

from cohort.mentoring.matching.engine import Result
from cohort.mentoring.matching.lanes import Mask, mask_of, places_in
from cohort.mentoring.matching.model import Place

NO_ELIGIBLE_MENTOR = "no_eligible_mentor"
CAPACITY_SHORTAGE = "capacity_shortage"
OUTSCORED = "outscored"


class Hall(NamedTuple):
    """A set of mentees who can only go to these mentors, who together have fewer seats than there are mentees."""

    mentee_ids: list[str]
    mentor_ids: list[str]
    seats: int


class LeftOut(NamedTuple):
    """`blocked` counts the mentors with seats that each rule forbids, `sole_blocker` those that it alone forbids."""

    mentee_id: str
    reason: str
    blocked: dict[str, int]
    sole_blocker: dict[str, int]
    hall: Hall | None


def everybody_left_out(result: Result) -> list[LeftOut]:
    """The mentees without a mentor, in id order."""
    model, at = result.model, result.solution
    having_seats = mask_of(place for place, seats in enumerate(model.capacities) if seats)
    open_mask = mask_of(at.open)
    wishes = {mentee: model.eligible[mentee] & open_mask for mentee in at.free}
    return [_explain(result, mentee, having_seats, wishes) for mentee in result.left_out]


def _explain(result: Result, mentee: Place, having_seats: Mask, wishes: dict[Place, Mask]) -> LeftOut:
    model = result.model
    masks = {code: mask & having_seats for code, mask in model.ruled_out(mentee).items()}
    blocked = {code: mask.bit_count() for code, mask in masks.items() if mask}
    alone = {code: _alone(code, masks).bit_count() for code in blocked}
    sole = {code: count for code, count in alone.items() if count}
    mentee_id = model.mentees[mentee].id
    if not model.eligible[mentee] & having_seats:
        return LeftOut(mentee_id, NO_ELIGIBLE_MENTOR, blocked, sole, None)
    reached = _reach(result, mentee, wishes)
    if reached is None:
        return LeftOut(mentee_id, OUTSCORED, blocked, sole, None)
    return LeftOut(mentee_id, CAPACITY_SHORTAGE, blocked, sole, _hall(result, mentee, reached, wishes))


def _alone(code: str, masks: dict[str, Mask]) -> Mask:
    others = 0
    for other, mask in masks.items():
        others |= mask if other != code else 0
    return masks[code] & ~others


def _reach(result: Result, mentee: Place, wishes: dict[Place, Mask]) -> Mask | None:
    """The mentors that chains of moves from the mentee reach; None when one of them has a free seat."""
    at = result.solution
    reached = fresh = wishes[mentee]
    while fresh:
        found = 0
        for mentor in places_in(fresh):
            if at.can_take(mentor):
                return None
            for mover in at.movable[mentor]:
                found |= wishes[mover]
        fresh = found & ~reached
        reached |= fresh
    return reached


def _hall(result: Result, mentee: Place, reached: Mask, wishes: dict[Place, Mask]) -> Hall:
    """Everybody who can only go to the mentors reached: all their mentees, this one, and who shares the fate."""
    model, fixed = result.model, result.solution.fixed
    confined = [each for each, mask in wishes.items() if each == mentee or (mask and not mask & ~reached)]
    mentors = list(places_in(reached))
    return Hall(
        [model.mentees[each].id for each in confined],
        [model.mentors[each].id for each in mentors],
        sum(map(fixed.seats_left, mentors)),
    )
