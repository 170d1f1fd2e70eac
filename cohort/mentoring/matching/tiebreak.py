"""The one solution among the best: each mentee, in id order, gets the first mentor that any best solution gives.

At optimal prices the best solutions are exactly those that use only pairs of no cost, fill the seats below their price
and no seat above it, and leave out only people whose own price is zero. So a better tie is a chain of such moves.
"""

from functools import cached_property

from cohort.mentoring.matching.lanes import Mask, mask_of, places_in
from cohort.mentoring.matching.model import Place
from cohort.mentoring.matching.solving import NOBODY, Solution

Move = tuple[Place, Place]  # who moves, and where to; NOBODY where a seat opens or closes instead


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
        self._waiting = mask_of(solution.free)  # who does not stand yet
        self._filling: set[Place] = set()  # mentors whose next seat may as well be taken
        self._closing: set[Place] = set()  # mentors whose last seat may as well stay empty
        for mentor in solution.open:
            self._weigh_seats(mentor)

    def _tight_mask(self, mentee: Place) -> Mask:
        """The mentors, and being left out, that are as good as the mentee's present one."""
        at = self._at
        price, prices = at.mentee_prices[mentee], at.mentor_prices
        mask, too_light = 0 if price else 1 << self._out, price + self._lowest_price
        for mentor, weight in zip(at.order[mentee], at.weights[mentee], strict=True):
            if weight < too_light:
                break
            if weight == price + prices[mentor]:
                mask |= 1 << mentor
        return mask

    @cached_property
    def _wanting(self) -> list[Mask]:
        """By place the mentees for whom it is as good as their present one; who has one such place stays there."""
        wanting = [0] * (self._out + 1)
        for mentee, places in self._tight.items():
            for place in places_in(places) if places & places - 1 else ():
                wanting[place] |= 1 << mentee
        return wanting

    def _weigh_seats(self, mentor: Place) -> None:
        at = self._at
        price, seats, load = at.mentor_prices[mentor], at.seats[mentor], at.loads[mentor]
        for places, may in (
            (self._filling, at.can_take(mentor) and seats[load + 1] == price),
            (self._closing, load > at.fixed.loads[mentor] and seats[load] == price),
        ):
            (places.add if may else places.discard)(mentor)

    def settle(self, mentee: Place) -> None:
        """Give the mentee the first mentor that a chain of free moves among later mentees allows; then it stands."""
        present = self._place_of(mentee)
        self._waiting &= ~(1 << mentee)
        candidates = self._tight[mentee] & (1 << present) - 1
        if not candidates:
            return
        onward = self._chains_to(present)
        wanted = next((place for place in places_in(candidates) if place in onward), None)
        if wanted is not None:
            self._apply(mentee, wanted, onward)

    def _place_of(self, mentee: Place) -> Place:
        mentor = self._at.mentor_of[mentee]
        return self._out if mentor == NOBODY else mentor

    def _chains_to(self, target: Place) -> dict[Place, Move]:
        """For every place from where a chain of free moves ends at the target, its first move."""
        onward: dict[Place, Move] = {target: (NOBODY, target)}
        waiting, queue = self._waiting, [target]
        for place in queue:
            movers = self._wanting[place] & waiting
            waiting &= ~movers
            steps = [(self._place_of(mover), mover) for mover in places_in(movers)]
            if place == self._out:
                steps += [(mentor, NOBODY) for mentor in self._filling]
            elif place in self._closing:
                steps.append((self._out, NOBODY))
            for before, mover in steps:
                if before not in onward:
                    onward[before] = mover, place
                    queue.append(before)
        return onward

    def _apply(self, mentee: Place, wanted: Place, onward: dict[Place, Move]) -> None:
        present = self._place_of(mentee)
        moves, place = [(mentee, wanted)], wanted
        while place != present:
            moves.append(onward[place])
            place = onward[place][1]
        self._at.move(mentee, NOBODY)
        for mover, reached in reversed(moves):
            if mover != NOBODY:
                self._at.move(mover, NOBODY if reached == self._out else reached)
        for _, reached in moves:
            if reached != self._out:
                self._weigh_seats(reached)
