"""The one solution among the best: each mentee, in id order, gets the first mentor that any best solution gives.

At optimal prices the best solutions are exactly those that use only pairs of no cost, fill the seats below their price
and no seat above it, and leave out only people whose own price is zero. So a better tie is a chain of such moves.
"""

from cohort.mentoring.matching.lanes import Mask, places_in
from cohort.mentoring.matching.model import Place
from cohort.mentoring.matching.solving import NOBODY, Solution


def break_ties(solution: Solution) -> None:
    """Change the solution into the one whose list of mentors, mentees in id order, comes first."""
    ties = _Ties(solution)
    for mentee in solution.free:
        ties.settle(mentee)


class _Ties:
    """The moves that cost nothing. `_out` is the place after the last mentor: out of seats, and out of the matching."""

    def __init__(self, solution: Solution) -> None:
        self._at = solution
        self._out = len(solution.model.mentors)
        self._lowest_price = solution.lowest_price()
        self._tight = {mentee: self._tight_mask(mentee) for mentee in solution.free}
        self._left_out = [mentee for mentee in solution.free if solution.mentor_of[mentee] == NOBODY]

    def _tight_mask(self, mentee: Place) -> Mask:
        """The mentors, and being left out, that are as good as the mentee's present one."""
        at = self._at
        price, prices = at.mentee_prices[mentee], at.mentor_prices
        mask = 0 if price else 1 << self._out
        for mentor, weight in zip(at.order[mentee], at.weights[mentee], strict=True):
            if weight < price + self._lowest_price:
                break
            if weight == price + prices[mentor]:
                mask |= 1 << mentor
        return mask

    def settle(self, mentee: Place) -> None:
        """Give the mentee the first mentor that a chain of free moves among later mentees allows; then it stands."""
        present = self._place_of(mentee)
        candidates = self._tight[mentee] & (1 << present) - 1
        seen: Mask = 0
        for wanted in places_in(candidates):
            if seen >> wanted & 1:
                continue
            chain, visited = self._chain(wanted, present, mentee)
            if chain is not None:
                self._apply(mentee, wanted, chain)
                return
            seen |= visited

    def _place_of(self, mentee: Place) -> Place:
        mentor = self._at.mentor_of[mentee]
        return self._out if mentor == NOBODY else mentor

    def _chain(self, start: Place, target: Place, settled: Place) -> tuple[list[tuple[Place, Place]] | None, Mask]:
        """Moves (mentee, new place) that free a seat at `start` and end at `target`, or None; and every place seen."""
        came: dict[Place, tuple[Place, Place]] = {}
        seen, queue = 1 << start, [start]
        for place in queue:
            for mentee, reachable in self._moves(place, settled):
                for reached in places_in(reachable & ~seen):
                    came[reached] = (place, mentee)
                    queue.append(reached)
                seen |= reachable
            if seen >> target & 1:
                return self._walk_back(came, start, target), seen
        return None, seen

    def _moves(self, place: Place, settled: Place) -> list[tuple[Place, Mask]]:
        """Who may leave the place, and where to. NOBODY stands for a seat that opens or closes."""
        if place == self._out:
            movers = [mentee for mentee in self._left_out if self._at.mentor_of[mentee] == NOBODY]
            closing = [(NOBODY, self._closing_seats())]
        else:
            movers = self._at.movable[place]
            closing = [(NOBODY, 1 << self._out)] if self._may_fill_one_more(place) else []
        return closing + [(mentee, self._tight[mentee]) for mentee in sorted(movers) if mentee > settled]

    def _may_fill_one_more(self, mentor: Place) -> bool:
        at = self._at
        return at.can_take(mentor) and at.seats[mentor][at.loads[mentor] + 1] == at.mentor_prices[mentor]

    def _closing_seats(self) -> Mask:
        """The mentors whose last seat may as well stay empty."""
        at = self._at
        return sum(
            1 << mentor
            for mentor in at.open
            if at.loads[mentor] > at.fixed.loads[mentor]
            and at.seats[mentor][at.loads[mentor]] == at.mentor_prices[mentor]
        )

    def _walk_back(
        self, came: dict[Place, tuple[Place, Place]], start: Place, target: Place
    ) -> list[tuple[Place, Place]]:
        chain = []
        while target != start:
            place, mentee = came[target]
            chain.append((mentee, target))
            target = place
        return chain

    def _apply(self, mentee: Place, wanted: Place, chain: list[tuple[Place, Place]]) -> None:
        self._at.move(mentee, NOBODY)
        for mover, reached in [*chain, (mentee, wanted)]:
            if mover != NOBODY:
                self._at.move(mover, NOBODY if reached == self._out else reached)
                if reached == self._out:
                    self._left_out.append(mover)
