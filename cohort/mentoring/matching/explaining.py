"""What another pair would cost, exactly, and who would have to move for it.

To force mentee i onto mentor j costs the pair's own cost at the proven prices and the cheapest chain of moves that
makes room at j and ends in the place that i leaves. Places are the mentors and one more, `out`: the free seats and the
people without a mentor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import add, sub
from typing import NamedTuple

from cohort.mentoring.matching.chains import ENDLESS, Arcs, Chains
from cohort.mentoring.matching.engine import Result
from cohort.mentoring.matching.model import Place
from cohort.mentoring.matching.scale import Goals, scale_of
from cohort.mentoring.matching.solving import NOBODY, Solution, solve


class Move(NamedTuple):
    """One person's change of mentor; None stands for having none."""

    mentee_id: str
    from_mentor_id: str | None
    to_mentor_id: str | None


class Change(NamedTuple):
    """`loss` is what all goals together lose, this solution minus the other one (squares: the other minus this one)."""

    loss: Goals
    moves: Sequence[Move]


class Alternatives:
    """Answers for one result; the answers for one mentor share one search."""

    def __init__(self, result: Result) -> None:
        self._model = result.model
        self._at: Solution = result.solution
        self._out = len(self._model.mentors)
        self._open = frozenset(self._at.open)
        entering = self._entering()
        bounds = [entering.get(place, ENDLESS) for place in range(self._out)]
        ends = [self._end(place) for place in range(self._out)]
        self._arcs = [*(self._leaving(place, bounds, ends) for place in range(self._out)), entering]
        self._chains = Chains(self._arcs, self._out)
        self._distances: dict[Place, list[int]] = {}

    def change(self, mentee_id: str, mentor_id: str) -> Change | None:
        """What pinning the pair would cost and move; None when the mentee or all seats of the mentor are fixed.

        KeyError for an unknown id. The pair need not be eligible; then the loss may be negative.
        """
        mentee, mentor = self._model.mentee_places[mentee_id], self._model.mentor_places[mentor_id]
        if mentee in self._at.fixed.mentor_of:
            return None
        loss = self.loss(mentee, mentor)
        return None if loss is None else Change(loss, self._moves(mentee, mentor))

    def loss(self, mentee: Place, mentor: Place) -> Goals | None:
        """The loss for a free mentee; None when no seat of the mentor is free to give."""
        if mentor not in self._open:
            return None
        distance = self._chains.distance(mentor, self._place_of(mentee))
        return self._at.scale.decode(self._at.cost(mentee, mentor) + distance)

    def losses(self, mentee_id: str) -> dict[str, Goals | None]:
        """What pinning the mentee would cost, by the mentor's id: the losses that `change` gives one by one."""
        at, model = self._at, self._model
        mentee = model.mentee_places[mentee_id]
        found: dict[str, Goals | None] = dict.fromkeys(model.mentor_places)
        if mentee in at.fixed.mentor_of:
            return found
        present = self._place_of(mentee)
        if present not in self._distances:
            self._distances[present] = self._chains.distances_to(present)
        distances, prices, weights = self._distances[present], at.mentor_prices, at.weights_of(mentee)
        price, decode = at.mentee_prices[mentee], at.scale.decode
        for place in at.open:
            loss = price + prices[place] - weights[place] + distances[place]
            found[model.mentors[place].id] = decode(loss)
        return found

    def gains_of_seats(self) -> list[Goals]:
        """For each mentor what the best chain that ends in a new seat adds, less what the seat costs; nothing where it
        would stay empty. Whoever goes is replaced, or the seat they leave is given up."""
        at, model = self._at, self._model
        added = [0] * len(model.mentors)
        for mentee in at.free:
            spent = at.mentee_prices[mentee] + self._chains.distance_from_out(self._place_of(mentee))
            weights = at.weights_of(mentee)
            for mentor in model.eligible_places(mentee):
                added[mentor] = max(added[mentor], weights[mentor] - spent)
        seats = (at.scale.seat(number + 1) for number in model.capacities)
        return [at.scale.decode(max(0, most - seat)) for most, seat in zip(added, seats, strict=True)]

    def _place_of(self, mentee: Place) -> Place:
        mentor = self._at.mentor_of[mentee]
        return self._out if mentor == NOBODY else mentor

    def _end(self, mentor: Place) -> int:
        """The cost of one fewer at the mentor at once: a seat that opens, or somebody who goes without."""
        at = self._at
        ends = [at.mentee_prices[mentee] for mentee in at.movable[mentor]]
        if at.can_take(mentor):
            ends.append(at.seats[mentor][at.loads[mentor] + 1] - at.mentor_prices[mentor])
        return min(ends, default=ENDLESS)

    def _leaving(self, mentor: Place, entering: Sequence[int], ends: Sequence[int]) -> Arcs:
        """The cost of one fewer at the mentor and one more at each place, but for what is cheaper by way of `out`."""
        at = self._at
        if ends[mentor] == ENDLESS:
            return {}
        moves = [(at.order[mentee], self._costs(mentee)) for mentee in at.movable[mentor]]
        detours = [min(map(add, costs, map(ends.__getitem__, order)), default=ENDLESS) for order, costs in moves]
        leaving = min([ends[mentor], *detours])
        return _cheapest(moves, entering, leaving) | {self._out: ends[mentor]}

    def _entering(self) -> Arcs:
        """The cost of one more at each mentor's by somebody without one, or of one seat fewer in use."""
        at = self._at
        moves = [(at.order[mentee], self._costs(mentee)) for mentee in self._without()]
        costs = _cheapest(moves, [ENDLESS] * self._out)
        for mentor in at.open:
            if at.movable[mentor]:
                seat = at.mentor_prices[mentor] - at.seats[mentor][at.loads[mentor]]
                costs[mentor] = min(seat, costs.get(mentor, seat))
        return costs

    def _without(self) -> list[Place]:
        return [mentee for mentee in self._at.free if self._at.mentor_of[mentee] == NOBODY]

    def _costs(self, mentee: Place) -> list[int]:
        """What a move of the mentee to each mentor of its order costs."""
        at = self._at
        prices = map(at.mentor_prices.__getitem__, at.order[mentee])
        return list(map(sub, map(at.mentee_prices[mentee].__add__, prices), at.weights[mentee]))

    def _moves(self, mentee: Place, mentor: Place) -> list[Move]:
        present = self._place_of(mentee)
        if present == mentor:
            return []
        moves = [self._move(mentee, present, mentor)]
        for place, reached in self._chains.steps(mentor, present):
            mover = self._mover(place, reached)
            if mover != NOBODY:
                moves.append(self._move(mover, place, reached))
        return moves

    def _mover(self, place: Place, reached: Place) -> Place:
        """Who makes the move that costs as much; NOBODY when a seat opens or closes instead."""
        at, cost = self._at, self._arcs[place][reached]
        for mentee in self._without() if place == self._out else sorted(at.movable[place]):
            if reached == self._out:
                if at.mentee_prices[mentee] == cost:
                    return mentee
            elif self._model.is_eligible(mentee, reached) and at.cost(mentee, reached) == cost:
                return mentee
        return NOBODY

    def _move(self, mentee: Place, place: Place, reached: Place) -> Move:
        ids = [None if each == self._out else self._model.mentors[each].id for each in (place, reached)]
        return Move(self._model.mentees[mentee].id, ids[0], ids[1])


def _cheapest(moves: Iterable[tuple[Sequence[Place], list[int]]], bounds: Sequence[int], more: int = 0) -> Arcs:
    """For each mentor the least of the moves' costs, where that is at most the bound and as much more."""
    arcs: Arcs = {}
    for order, costs in moves:
        for mentor, cost in zip(order, costs, strict=True):
            if cost - more <= bounds[mentor] and cost < arcs.get(mentor, ENDLESS):
                arcs[mentor] = cost
    return arcs


def seats_worth_adding(result: Result) -> dict[str, Goals]:
    """By mentor's id, what all goals together would gain by one more seat, pinned and locked pairs as they are: more
    matches, more value, fewer squares of loads. Mentors whose seat would stay empty are left out.

    The prices of the result tell the goals apart for the seats there are; for one more everywhere, they are found anew.
    """
    model, fixed = result.model, result.solution.fixed
    roomy = solve(model, fixed, scale_of(model, spare=1))
    gains = Alternatives(replace(result, solution=roomy)).gains_of_seats()
    return {mentor.id: gain for mentor, gain in zip(model.mentors, gains, strict=True) if any(gain)}
