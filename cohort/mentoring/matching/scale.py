"""One integer for three goals: how a pair and a seat weigh, so that comparing sums compares the goals in order.

`pair weight = squares_unit * (gain_unit * gain + match_unit)`, and seat k costs
`squares_unit * gain_unit * penalty * (k - 1) + 2k - 1`. In participation a match outweighs every sum of gains; in
quality a gain outweighs every number of matches; the squares of loads break what is left. The units are so large that a
difference of two solutions can be read back goal by goal.
"""

from dataclasses import dataclass
from typing import NamedTuple

from cohort.mentoring.matching.chains import ENDLESS
from cohort.mentoring.matching.model import Model


class Goals(NamedTuple):
    """A difference or a total, by goal."""

    matched: int
    value: int
    squares: int


@dataclass(frozen=True, slots=True)
class Scale:
    """K, A and 2n + 1 of the contract, and the penalty P of a seat in units."""

    squares_unit: int
    gain_unit: int
    match_unit: int
    penalty: int
    participation: bool

    def pair(self, gain: int) -> int:
        return self.squares_unit * (self.gain_unit * gain + self.match_unit)

    def seat(self, number: int) -> int:
        """What the mentor's seat of this number costs, counted from 1."""
        return self.squares_unit * self.gain_unit * self.penalty * (number - 1) + 2 * number - 1

    def decode(self, loss: int) -> Goals:
        """What a loss of weight means: fewer matches, less value, more squares of loads."""
        rest, squares = divmod(loss + self.squares_unit // 2, self.squares_unit)
        unit = self.match_unit if self.participation else self.gain_unit
        first, second = divmod(rest + unit // 2, unit)
        second, squares = second - unit // 2, squares - self.squares_unit // 2  # each at most half a unit either way
        return Goals(first, second, squares) if self.participation else Goals(second, first, squares)


def scale_of(model: Model, spare: int = 0) -> Scale:
    """The scale of the contract, and one that still tells the goals apart with `spare` more seats for each mentor."""
    seats = [capacity + spare for capacity in model.capacities]
    squares_unit = 1 + 2 * sum(number * number for number in seats)
    mentees = len(model.mentees)
    if model.rules.mode == "quality":
        return Scale(squares_unit, 2 * mentees + 1, 1, model.load_penalty, participation=False)
    top_priority = max((mentee.priority for mentee in model.mentees), default=0)
    most = model.max_units + (model.bonus if model.rerun else 0) + model.priority_unit * top_priority
    penalties = model.load_penalty * sum(number * (number - 1) // 2 for number in seats)
    return Scale(squares_unit, 1, 1 + 2 * (mentees * most + penalties), model.load_penalty, participation=True)


def seats_of(model: Model, scale: Scale) -> list[list[int]]:
    """What every seat of each mentor costs, at the seat's number; nothing stands at 0, and after the last no limit."""
    costs = [0, *map(scale.seat, range(1, max(model.capacities, default=0) + 1))]
    return [[*costs[: capacity + 1], ENDLESS] for capacity in model.capacities]
