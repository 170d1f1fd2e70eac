"""One run for the application: people and rules in, the proven best pairing out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cohort.mentoring.matching.certificate import Certificate, certify
from cohort.mentoring.matching.fixing import Fixed
from cohort.mentoring.matching.model import Model, Place
from cohort.mentoring.matching.people import Mentee, Mentor
from cohort.mentoring.matching.rules import Rules
from cohort.mentoring.matching.scale import Goals, scale_of
from cohort.mentoring.matching.solving import NOBODY, Progress, Solution, solve
from cohort.mentoring.matching.tiebreak import break_ties


@dataclass(frozen=True, slots=True)
class Pair:
    """`status` is matched, pinned or locked; `units` of `Result.max_units`; `kept`: in the earlier run too."""

    mentee_id: str
    mentor_id: str
    status: str
    units: int
    kept: bool


@dataclass(frozen=True)
class Result:
    """A pairing that is proven best for this model."""

    model: Model
    solution: Solution
    certificate: Certificate

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        """Everybody who has a mentor, in id order."""
        return [self._pair(mentee, mentor) for mentee, mentor in self.placed]

    @property
    def placed(self) -> Sequence[tuple[Place, Place]]:
        return [(mentee, mentor) for mentee, mentor in enumerate(self.solution.mentor_of) if mentor != NOBODY]

    @property
    def left_out(self) -> Sequence[Place]:
        return [mentee for mentee in self.solution.free if self.solution.mentor_of[mentee] == NOBODY]

    def _pair(self, mentee: Place, mentor: Place) -> Pair:
        model = self.model
        return Pair(
            model.mentees[mentee].id,
            model.mentors[mentor].id,
            self.solution.fixed.status(mentee),
            model.units[mentee][mentor],
            (mentee, mentor) in model.previous_pairs,
        )

    def mentor_of(self, mentee_id: str) -> Mentor | None:
        """KeyError when nobody of that id took part."""
        mentor = self.solution.mentor_of[self.model.mentee_places[mentee_id]]
        return None if mentor == NOBODY else self.model.mentors[mentor]

    @property
    def max_units(self) -> int:
        return self.model.max_units

    @property
    def loads(self) -> dict[str, int]:
        return {mentor.id: load for mentor, load in zip(self.model.mentors, self.solution.loads, strict=True)}

    @cached_property
    def goals(self) -> Goals:
        """The totals that were made as good as they can be, in the order of the contract."""
        loads = self.solution.loads
        gains = sum(self.model.gain(mentee, mentor) for mentee, mentor in self.placed)
        penalty = self.model.load_penalty * sum(load * (load - 1) // 2 for load in loads)
        return Goals(len(self.placed), gains - penalty, sum(load * load for load in loads))


def match_people(
    mentors: Iterable[Mentor],
    mentees: Iterable[Mentee],
    rules: Rules,
    previous: Iterable[tuple[str, str]] | None = None,
    progress: Progress | None = None,
) -> Result:
    """The best pairing; the same for the same people in any order.

    `previous` holds (mentee id, mentor id) of an earlier run, unknown ids are ignored. `progress(done, total)` is
    called after each mentee is placed; what it raises ends the run. Raises PinConflictError when a pin cannot be
    honoured and the rules call that an error, ValueError for ids that are not unique or rules without any weight,
    CertificateError when the result cannot be proven.
    """
    model = Model(mentors, mentees, rules, previous)
    solution = solve(model, Fixed(model), scale_of(model), progress)
    break_ties(solution)
    return Result(model, solution, certify(solution))
