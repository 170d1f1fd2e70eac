"""The best pairing: successive shortest paths over the mentors, with prices that prove the result.

Mentees are placed one after another. Placing one is a shortest path from it over mentors, whose mentees may move on, to
an end: a free seat, or a mentee who is left out. `mentee_prices` (u) and `mentor_prices` (p) keep every step's cost,
`u + p - pair weight`, at zero or above, which is what makes the search a Dijkstra and the end result provably best.
"""

from array import array
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from cohort.mentoring.matching.chains import ENDLESS
from cohort.mentoring.matching.fixing import Fixed
from cohort.mentoring.matching.lanes import mask_of
from cohort.mentoring.matching.model import Model, Place
from cohort.mentoring.matching.scale import Scale, seats_of

NOBODY = -1
Progress = Callable[[int, int], None]  # told how many mentees are placed, of how many


class Solution:
    """Who is with whom, and the prices. Only free mentees and mentors with seats for them take part.

    `order[i]` holds the mentors that mentee i may have, the heaviest pair first, and `weights[i]` those pairs' weights;
    `kept[i]` holds the mentee's mentors of the earlier run.
    """

    def __init__(self, model: Model, fixed: Fixed, scale: Scale) -> None:
        self.model = model
        self.fixed = fixed
        self.scale = scale
        self.mentor_of: list[Place] = [fixed.mentor_of.get(place, NOBODY) for place in range(len(model.mentees))]
        self.free = [place for place in range(len(model.mentees)) if place not in fixed.mentor_of]
        self.open = [place for place in range(len(model.mentors)) if fixed.has_seat(place)]
        self.closed = mask_of(place for place in range(len(model.mentors)) if not fixed.has_seat(place))
        self.kept: list[list[Place]] = [[] for _ in model.mentees]
        self.seats = seats_of(model, self.scale)
        self.loads = list(fixed.loads)
        self.next_seats = [seats[load + 1] for seats, load in zip(self.seats, self.loads, strict=True)]
        self.movable: list[list[Place]] = [[] for _ in model.mentors]
        self.mentee_prices = [0] * len(model.mentees)
        self.mentor_prices = [0] * len(model.mentors)
        for place in self.open:
            self.mentor_prices[place] = self.next_seats[place]
        self._cheapest = min(self.open, key=self.mentor_prices.__getitem__, default=None)
        self._lowest_price = 0 if self._cheapest is None else self.mentor_prices[self._cheapest]
        self.order: list[Sequence[Place]] = [[] for _ in model.mentees]
        self.weights: list[Sequence[int]] = [[] for _ in model.mentees]
        self._weigh_pairs()

    def _weigh_pairs(self) -> None:
        step = self.scale.squares_unit * self.scale.gain_unit
        for mentee, mentor in self.model.previous:
            self.kept[mentee].append(mentor)
        for mentee in self.free:
            gains = self._gains(mentee)
            order = self.model.eligible_places(mentee, ~self.closed)
            order.sort(key=gains.__getitem__, reverse=True)
            base = self.scale.pair(self.model.bonuses(mentee))
            self.order[mentee] = array("I", order)
            self.weights[mentee] = _packed([step * gains[mentor] + base for mentor in order])

    def _gains(self, mentee: Place) -> Sequence[int]:
        """Gain of the mentee with each mentor, but for what the mentee's priority adds to all."""
        if not self.kept[mentee]:
            return self.model.units[mentee]
        gains = list(self.model.units[mentee])
        for mentor in self.kept[mentee]:
            gains[mentor] += self.model.bonus
        return gains

    def weights_of(self, mentee: Place) -> list[int]:
        """The weight of the mentee with each mentor, eligible or not."""
        step = self.scale.squares_unit * self.scale.gain_unit
        base = self.scale.pair(self.model.bonuses(mentee))
        return [step * gain + base for gain in self._gains(mentee)]

    def weight(self, mentee: Place, mentor: Place) -> int:
        return self.scale.pair(self.model.gain(mentee, mentor))

    def cost(self, mentee: Place, mentor: Place) -> int:
        """Reduced cost of the pair: zero when it is as good as the mentee's present one at these prices."""
        return self.mentee_prices[mentee] + self.mentor_prices[mentor] - self.weight(mentee, mentor)

    def indifference(self, mentee: Place) -> int:
        """How little the heaviest pair has before the next; who would lose most is best placed first (Vogel, 1958)."""
        first, second = (*self.weights[mentee][:2], 0, 0)[:2]
        return second - first

    def lowest_price(self) -> int:
        """What no seat costs less than: the bound that lets a scan of the heaviest pairs stop early."""
        # Prices only rise, so the cheapest mentor stays it until its own price does.
        if self._cheapest is not None and self.mentor_prices[self._cheapest] > self._lowest_price:
            self._cheapest = min(self.open, key=self.mentor_prices.__getitem__)
            self._lowest_price = self.mentor_prices[self._cheapest]
        return self._lowest_price

    def can_take(self, mentor: Place) -> bool:
        return self.loads[mentor] < self.model.capacities[mentor]

    def move(self, mentee: Place, to: Place) -> None:
        """Give the mentee this mentor, or none."""
        before = self.mentor_of[mentee]
        if before != NOBODY:
            self.movable[before].remove(mentee)
            self._count(before, -1)
        if to != NOBODY:
            self.movable[to].append(mentee)
            self._count(to, 1)
        self.mentor_of[mentee] = to

    def _count(self, mentor: Place, more: int) -> None:
        self.loads[mentor] += more
        self.next_seats[mentor] = self.seats[mentor][self.loads[mentor] + 1]


def solve(model: Model, fixed: Fixed, scale: Scale, progress: Progress | None = None) -> Solution:
    """A solution that is best in the first three goals; ties in those are not decided yet."""
    solution = Solution(model, fixed, scale)
    for done, mentee in enumerate(sorted(solution.free, key=solution.indifference), 1):
        _Search(solution, mentee).place()
        if progress:
            progress(done, len(solution.free))
    return solution


def _packed(weights: list[int]) -> Sequence[int]:
    """The weights in eight bytes each, when they fit: a quarter of the memory of a large run."""
    try:
        return array("q", weights)
    except OverflowError:
        return weights


class _Search:
    """One Dijkstra: the cheapest way to make room for one more mentee."""

    def __init__(self, solution: Solution, newcomer: Place) -> None:
        self._at = solution
        self._newcomer = newcomer
        self._distance = [ENDLESS] * len(solution.model.mentors)
        self._came: dict[Place, Place] = {}  # mentor: the mentee whose move reached it
        self._heap: list[tuple[int, Place]] = []
        self._settled: list[tuple[int, Place]] = []
        self._lowest_price = solution.lowest_price()
        self._best = ENDLESS
        self._end: tuple[Place, Place] = (newcomer, NOBODY)  # who moves last, and to whom

    def place(self) -> None:
        at = self._at
        at.mentee_prices[self._newcomer] = self._best = self._most_profit()
        self._reach_from(self._newcomer, 0)
        while self._heap:
            distance, mentor = heappop(self._heap)
            if distance >= self._best:
                break
            if distance == self._distance[mentor]:
                self._settle(mentor, distance)
        self._update_prices()
        self._move_along()

    def _most_profit(self) -> int:
        """The most that any mentor leaves the newcomer after paying the price; nothing is left to who stays out."""
        prices, profit = self._at.mentor_prices, 0
        floor = self._lowest_price
        for mentor, weight in zip(self._at.order[self._newcomer], self._at.weights[self._newcomer], strict=True):
            if weight - floor <= profit:
                break
            if weight - prices[mentor] > profit:
                profit = weight - prices[mentor]
        return profit

    def _settle(self, mentor: Place, distance: int) -> None:
        self._settled.append((distance, mentor))
        for mentee in self._at.movable[mentor]:
            left_out = distance + self._at.mentee_prices[mentee]
            if left_out < self._best:
                self._best, self._end = left_out, (mentee, NOBODY)
            self._reach_from(mentee, distance)

    def _reach_from(self, mentee: Place, distance: int) -> None:
        """Look at the mentors this mentee could move to, heaviest pair first, until no price could make it pay."""
        at, known, best = self._at, self._distance, self._best
        prices, next_seats = at.mentor_prices, at.next_seats
        start = distance + at.mentee_prices[mentee]
        too_light = start + self._lowest_price - best
        for mentor, weight in zip(at.order[mentee], at.weights[mentee], strict=True):
            if weight <= too_light:
                break
            rest = start - weight
            reached = rest + prices[mentor]
            if reached < best and reached < known[mentor]:
                known[mentor] = reached
                self._came[mentor] = mentee
                if rest + next_seats[mentor] < best:
                    best = rest + next_seats[mentor]
                    too_light = start + self._lowest_price - best
                    self._end = NOBODY, mentor
                if reached < best:
                    heappush(self._heap, (reached, mentor))
        self._best = best

    def _update_prices(self) -> None:
        at = self._at
        for distance, mentor in self._settled:
            rise = self._best - distance
            at.mentor_prices[mentor] += rise
            for mentee in at.movable[mentor]:
                at.mentee_prices[mentee] -= rise
        at.mentee_prices[self._newcomer] -= self._best

    def _move_along(self) -> None:
        """Walk the path back from its end: everybody on it moves one mentor on."""
        mentee, mentor = self._end
        if mentor == NOBODY:
            mentor = self._at.mentor_of[mentee]
            self._at.move(mentee, NOBODY)
        while mentor != NOBODY:
            mentee = self._came[mentor]
            before = self._at.mentor_of[mentee]
            self._at.move(mentee, mentor)
            mentor = before
