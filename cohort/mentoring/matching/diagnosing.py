"""What staff read before they publish: how the points are spread, whose wishes came true, who would rather swap."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

from cohort.mentoring.matching.engine import Result
from cohort.mentoring.matching.model import Place
from cohort.mentoring.matching.solving import NOBODY

NEVER = 1 << 62


class FirstChoice(TypedDict):
    ranking: int
    first: int
    any: int


def score_spread(result: Result) -> dict[str, int | None]:
    """Nearest-rank percentiles of the pairs' units and their mean, half up; all None without a pair."""
    units = sorted(pair.units for pair in result.pairs)
    ranks = {"min": 0, "p10": 10, "p50": 50, "p90": 90, "max": 100}
    if not units:
        return dict.fromkeys([*ranks, "mean"])
    spread: dict[str, int | None] = {name: _percentile(units, percent) for name, percent in ranks.items()}
    return spread | {"mean": (2 * sum(units) + len(units)) // (2 * len(units))}


def _percentile(ascending: Sequence[int], percent: int) -> int:
    rank = -(-percent * len(ascending) // 100)
    return ascending[max(rank, 1) - 1]


def first_choices(result: Result) -> FirstChoice:
    """How many mentees ranked a mentor who takes part, got the first on their list, and got any on it."""
    found = FirstChoice(ranking=0, first=0, any=0)
    for mentee in result.model.mentees:
        if result.model.mentor_places.keys().isdisjoint(mentee.ranked_mentors):
            continue
        mentor = result.mentor_of(mentee.id)
        found["ranking"] += 1
        if mentor is not None:
            found["first"] += mentor.id == mentee.ranked_mentors[0]
            found["any"] += mentor.id in mentee.ranked_mentors
    return found


def blocking_pairs(result: Result) -> list[tuple[str, str]]:
    """Pairs (mentee id, mentor id) that would both score higher together than in the solution."""
    model, at = result.model, result.solution
    least = [_least_wanted(result, mentor) for mentor in range(len(model.mentors))]
    found = []
    for mentee in at.free:
        units, present = model.units[mentee], at.mentor_of[mentee]
        own = -1 if present == NOBODY else units[present]
        for mentor in at.order[mentee]:
            if units[mentor] > own and units[mentor] >= least[mentor]:
                found.append((mentee, mentor))
            elif units[mentor] <= own and mentor not in at.kept[mentee]:
                break  # what follows is no heavier
    return [(model.mentees[mentee].id, model.mentors[mentor].id) for mentee, mentor in sorted(found)]


def _least_wanted(result: Result, mentor: Place) -> int:
    """The fewest units that win a place at the mentor's: any for a free seat, else more than one who may move has."""
    at = result.solution
    if at.can_take(mentor):
        return 0
    return min((result.model.units[mentee][mentor] + 1 for mentee in at.movable[mentor]), default=NEVER)


def load_histogram(result: Result) -> dict[str, int]:
    """Number of mentors by their number of mentees, the fewest first."""
    return {str(load): count for load, count in sorted(Counter(result.solution.loads).items())}


def spare_seats(result: Result) -> int:
    return sum(result.model.capacities) - sum(result.solution.loads)
