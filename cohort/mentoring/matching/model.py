"""One run in numbers: everybody in id order, the units of every pair, who is eligible, what a pair is worth."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from cohort.mentoring.matching.constraints import Constraints
from cohort.mentoring.matching.factors import Points, total_weight
from cohort.mentoring.matching.lanes import Mask, places_in
from cohort.mentoring.matching.meeting import Calendar
from cohort.mentoring.matching.people import Mentee, Mentor
from cohort.mentoring.matching.rules import Rules

AT_ONCE = 200
"""So many mentees are scored together."""

Place = int  # a mentee's or a mentor's position in id order


class Model:
    """The facts that solving, explaining and reporting share; nothing here changes after it is built.

    `previous` is None when there was no earlier run, which is not the same as an earlier run without pairs.
    """

    def __init__(
        self,
        mentors: Iterable[Mentor],
        mentees: Iterable[Mentee],
        rules: Rules,
        previous: Iterable[tuple[str, str]] | None = None,
    ) -> None:
        self.rules = rules
        self.mentors: Sequence[Mentor] = sorted(mentors, key=lambda mentor: mentor.id)
        self.mentees: Sequence[Mentee] = sorted(mentees, key=lambda mentee: mentee.id)
        self.mentor_places = {mentor.id: place for place, mentor in enumerate(self.mentors)}
        self.mentee_places = {mentee.id: place for place, mentee in enumerate(self.mentees)}
        if len(self.mentor_places) < len(self.mentors) or len(self.mentee_places) < len(self.mentees):
            raise ValueError("Ids must be unique among mentors and among mentees.")
        self.rerun = previous is not None
        self.previous = self._known_pairs(previous or ())
        self.capacities = [mentor.capacity for mentor in self.mentors]
        self.units: list[Sequence[int]] = []
        self.eligible: list[Mask] = []
        self._build()

    def _known_pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[Place, Place]]:
        known = {
            (self.mentee_places[mentee], self.mentor_places[mentor])
            for mentee, mentor in pairs
            if mentee in self.mentee_places and mentor in self.mentor_places
        }
        return sorted(known)

    def _build(self) -> None:
        weight = total_weight(self.rules)
        self.max_units = 10_000 * weight
        if weight <= 0:
            raise ValueError("At least one factor needs a weight.")
        calendar = Calendar(self.mentors, self.rules)
        self.points = Points(self.mentors, self.rules, calendar)
        self.constraints = Constraints(self.mentors, self.rules, calendar, self.rules.min_score_bp * weight)
        everyone = (1 << len(self.mentors)) - 1
        for start in range(0, len(self.mentees), AT_ONCE):
            mentees = self.mentees[start : start + AT_ONCE]
            units = self.points.units(mentees)
            self.units += units
            self.eligible += [everyone & ~mask for mask in self.constraints.forbidden(mentees, units)]
        self.bonus = self.rules.bonus_bp * weight
        self.priority_unit = self.rules.priority_bp * weight
        self.load_penalty = self.rules.load_penalty_bp * weight

    def ruled_out(self, mentee: Place) -> dict[str, Mask]:
        return self.constraints.ruled_out(self.mentees[mentee], self.units[mentee])

    def is_eligible(self, mentee: Place, mentor: Place) -> bool:
        return bool(self.eligible[mentee] >> mentor & 1)

    def eligible_places(self, mentee: Place, among: Mask = -1) -> list[Place]:
        """The eligible mentors in id order, of those in `among`."""
        return list(places_in(self.eligible[mentee] & among))

    @cached_property
    def previous_pairs(self) -> frozenset[tuple[Place, Place]]:
        return frozenset(self.previous)

    def bonuses(self, mentee: Place) -> int:
        """What the mentee's priority adds to any pair of theirs."""
        return self.priority_unit * self.mentees[mentee].priority

    def gain(self, mentee: Place, mentor: Place) -> int:
        kept = self.bonus if self.previous and (mentee, mentor) in self.previous_pairs else 0
        return self.units[mentee][mentor] + kept + self.bonuses(mentee)
