"""The proof that nothing better exists: prices that cover every pair and add up to exactly what the solution is worth.

Linear programming duality, by the equality at the end of the contract: if `u + p` is at least the weight of every pair
and the sums agree, no other solution can weigh more. The check shares no code with the search beyond the weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

from cohort.mentoring.matching.model import Place
from cohort.mentoring.matching.solving import NOBODY, Solution


class CertificateError(RuntimeError):
    """The solution could not be proven best: a defect of the engine, and no answer is given."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Prices of the free mentees and of all mentors, by place."""

    mentees: dict[Place, int]
    mentors: list[int]


def certify(solution: Solution) -> Certificate:
    """The certificate of the solution. CertificateError when it does not hold."""
    certificate = Certificate({place: solution.mentee_prices[place] for place in solution.free}, _prices(solution))
    if not _covers_every_pair(solution, certificate):
        raise CertificateError("A pair is worth more than its prices.")
    if _price_total(solution, certificate) != _worth(solution):
        raise CertificateError("The prices do not add up to the worth of the solution.")
    return certificate


def _prices(solution: Solution) -> list[int]:
    """The mentors' prices; one without a seat to give has any price, so one is named that covers its pairs as well."""
    prices = list(solution.mentor_prices)
    model = solution.model
    for mentor in set(range(len(prices))) - set(solution.open):
        eligible = (mentee for mentee in solution.free if model.is_eligible(mentee, mentor))
        needs = (solution.weight(mentee, mentor) - solution.mentee_prices[mentee] for mentee in eligible)
        prices[mentor] = max(needs, default=0)
    return prices


def _covers_every_pair(solution: Solution, certificate: Certificate) -> bool:
    price_of = certificate.mentors.__getitem__
    for mentee, price in certificate.mentees.items():
        costs = map(sub, map(price_of, solution.order[mentee]), solution.weights[mentee])
        if price < 0 or price + min(costs, default=0) < 0:
            return False
    return True


def _price_total(solution: Solution, certificate: Certificate) -> int:
    seats = sum(
        max(0, certificate.mentors[mentor] - seat)
        for mentor in solution.open
        for seat in _seats(solution, mentor, solution.model.capacities)
    )
    return sum(certificate.mentees.values()) + seats


def _worth(solution: Solution) -> int:
    pairs = [(mentee, solution.mentor_of[mentee]) for mentee in solution.free]
    seats = sum(sum(_seats(solution, mentor, solution.loads)) for mentor in solution.open)
    return sum(solution.weight(mentee, mentor) for mentee, mentor in pairs if mentor != NOBODY) - seats


def _seats(solution: Solution, mentor: Place, last: Sequence[int]) -> list[int]:
    """What the mentor's seats after the fixed ones cost, up to the last."""
    return solution.seats[mentor][solution.fixed.loads[mentor] + 1 : last[mentor] + 1]
