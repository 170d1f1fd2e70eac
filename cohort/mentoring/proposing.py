"""The best plan for a cohort as it is now, and what it says in words: fits, reasons, who has nobody and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cohort.cohorts.models import Enrolment
from cohort.errors import DomainError
from cohort.mentoring import matching
from cohort.mentoring.gathering import Couple, People
from cohort.mentoring.matching import LeftOut, Result, everybody_left_out
from cohort.mentoring.matching.model import Model
from cohort.mentoring.models import Pairing
from cohort.mentoring.run_input import RunInput, couple_of, engine_id, write_input
from cohort.mentoring.settings import RunSettings
from cohort.people.names import list_names

Tell = Callable[[int, int], None]
"""Takes how much is done, and of how much."""
STEP = 10
"""Ten-thousandths of the best fit: how finely the bonus of kept pairs is looked for."""
GREATEST_BONUS = 10_000

RULES_IN_WORDS: Mapping[str, str] = {
    "same_person": "the same person",
    "line_manager": "one reports to the other",
    "mentee_veto": "a veto of the participant",
    "mentor_veto": "a veto of the mentor",
    "staff_forbid": "kept apart by staff",
    "same_company": "same employer",
    "competitor": "employers that compete",
    "language": "no common language",
    "availability": "too few shared hours",
    "seniority": "not senior enough",
    "min_score": "below the smallest fit",
}
"""What stands between two people, by the codes of the contract."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Somebody without a mentor, and why."""

    enrolment: Enrolment
    reason: str
    shared: str = ""
    """What the reason begins with when others are in the same bottleneck."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How pairs of the run before were kept, and what that cost against the best plan of all."""

    mode: str = "free"
    """`free`: none needed a bonus; `bonus`: the smallest that was enough; `lock`: all of them stood."""
    bonus_bp: int = 0
    matched: int = 0
    """So many people fewer have a mentor."""
    points: int = 0
    """So many points fewer over all pairs."""


@dataclass(frozen=True)
class Run:
    """What the engine makes of the people as they are now; nothing of it is stored."""

    people: People
    settings: RunSettings
    given: RunInput
    result: Result
    steadiness: Steadiness = Steadiness()

    @cached_property
    def plan(self) -> dict[int, int]:
        """Mentor by enrolment, of the proven best plan; pairs that stand too."""
        return {int(pair.mentee_id): int(pair.mentor_id) for pair in self.result.pairs}

    @cached_property
    def best(self) -> dict[int, int]:
        """The part of the plan that is proposed: without the pairs that stand."""
        return {int(one.mentee_id): int(one.mentor_id) for one in self.result.pairs if one.status != "pinned"}

    @cached_property
    def scores(self) -> dict[int, int]:
        """Share of the most that was possible, in hundredths, by enrolment."""
        return {int(pair.mentee_id): self.in_points(pair.units) for pair in self.result.pairs}

    def fit(self, couple: Couple) -> int | None:
        """The fit of any two, also of a pair that no rule allows; None for somebody who is not in the run."""
        model = self.result.model
        mentee = model.mentee_places.get(engine_id(couple[0]))
        mentor = model.mentor_places.get(engine_id(couple[1]))
        return None if mentee is None or mentor is None else self.in_points(model.units[mentee][mentor])

    def in_points(self, units: int) -> int:
        """Units of the engine as points: a perfect pair has 100."""
        return (200 * units + self.result.max_units) // (2 * self.result.max_units)

    @cached_property
    def points(self) -> int:
        """Of all pairs together."""
        return self.in_points(sum(pair.units for pair in self.result.pairs))

    def reasons(self, enrolment_id: int) -> list[list[str]]:
        return [[reason.kind, reason.text] for reason in matching.reasons(self.result, engine_id(enrolment_id))]

    @cached_property
    def changes(self) -> list[Couple]:
        """Proposals that stood open and that the plan does not keep."""
        before = ((one.enrolment_id, one.mentor_id) for one in self.people.open_to_change)
        return [couple for couple in before if self.plan.get(couple[0]) != couple[1]]

    @cached_property
    def unmatched(self) -> list[Unmatched]:
        """Everybody whom the best plan leaves without a mentor."""
        return [
            self._unmatched(self.people.by_enrolment_id[int(one.mentee_id)], one)
            for one in everybody_left_out(self.result)
        ]

    def _unmatched(self, enrolment: Enrolment, left_out: LeftOut) -> Unmatched:
        shared = self._bottleneck(left_out)
        return Unmatched(enrolment, " ".join(filter(None, (shared, *self._explain(left_out)))), shared)

    def _bottleneck(self, left_out: LeftOut) -> str:
        hall = left_out.hall
        if not hall:
            return ""
        mentees = [self.name_of_mentee(one) for one in hall.mentee_ids]
        mentors = [self.name_of_mentor(one) for one in hall.mentor_ids]
        return (
            f"Too few places: {list_names(mentees, most=6)} can only go to {list_names(mentors, most=6)}, "
            f"who {'has' if len(mentors) == 1 else 'have'} {_places(hall.seats)} for {len(mentees)} people. "
            "One more place there is enough for one more of them."
        )

    def _explain(self, left_out: LeftOut) -> Iterator[str]:
        if not left_out.hall and not left_out.blocked:
            yield "No mentor has a place."
        elif not left_out.hall and left_out.reason == "no_eligible_mentor":
            rules = (f"{RULES_IN_WORDS[code]} ({number} of them)" for code, number in left_out.blocked.items())
            yield f"No mentor with a place is possible: {', '.join(rules)}."
        for code, number in left_out.sole_blocker.items():
            mentors_are = "mentor is" if number == 1 else "mentors are"
            yield f"Without “{RULES_IN_WORDS[code]}”, {number} {mentors_are} possible."

    def name_of_mentee(self, mentee_id: str) -> str:
        return self.people.by_enrolment_id[int(mentee_id)].person.name

    def name_of_mentor(self, mentor_id: str) -> str:
        return self.people.by_mentor_id[int(mentor_id)].person.name


def _places(seats: int) -> str:
    return {0: "no place", 1: "one place"}.get(seats, f"{seats} places")


def run(people: People, settings: RunSettings | None = None, tell: Tell | None = None) -> Run:
    """The proven best plan for everybody who is free, around the pairs that stand, with as few changes as was asked.

    Raises DomainError when there is nothing to be made of the people's facts.
    """
    settings = settings or RunSettings()
    given = write_input(people, settings)
    best = _solve(people, settings, given, tell)
    if settings.most_changes is None or len(best.changes) <= settings.most_changes:
        return best
    return _steady(best, settings.most_changes, tell)


def _solve(people: People, settings: RunSettings, given: RunInput, tell: Tell | None = None) -> Run:
    mentors, mentees, rules, previous = given.read
    try:
        result = matching.match_people(mentors, mentees, rules, previous, tell)
    except matching.PinConflictError as refusal:
        conflict = refusal.conflicts[0]
        raise DomainError(f"A pair that stands cannot be kept: {conflict.code}.") from refusal
    return Run(people, settings, given, result)


def _steady(best: Run, most: int, tell: Tell | None) -> Run:
    """The plan with the smallest bonus for kept pairs that changes few enough; with all of them locked if none does.

    A greater bonus never keeps fewer pairs, so the smallest is found by halving.
    """
    low, high = 0, GREATEST_BONUS
    found = _with(best, "bonus", high, tell)
    if len(found.changes) > most:
        return _with(best, "lock", 0, tell)
    while high - low > STEP:
        middle = (low + high) // (2 * STEP) * STEP
        tried = _with(best, "bonus", middle, tell)
        if len(tried.changes) <= most:
            found, high = tried, middle
        else:
            low = middle
    return found


def _with(best: Run, mode: str, bonus_bp: int, tell: Tell | None) -> Run:
    steadied = _solve(best.people, best.settings, best.given.steadied(mode, bonus_bp), tell)
    fewer = best.result.goals.matched - steadied.result.goals.matched
    cost = Steadiness(mode, bonus_bp, fewer, best.points - steadied.points)
    return Run(best.people, best.settings, steadied.given, steadied.result, cost)


def price_of_locks(made: Run, tell: Tell | None = None) -> tuple[int, int]:
    """What the pairs that staff locked cost: so many people fewer with a mentor, so many points fewer."""
    unlocked = made.people.without(made.people.locked)
    given = write_input(unlocked, made.settings)
    if made.steadiness.mode != "free":
        given = given.steadied(made.steadiness.mode, made.steadiness.bonus_bp)
    free = _solve(unlocked, made.settings, given, tell)
    return free.result.goals.matched - made.result.goals.matched, free.points - made.points


def count_ruled_out(made_of: RunInput) -> Mapping[str, tuple[int, int]]:
    """How many of all thinkable pairs each rule rules out, and how many it alone does; what none does is left out."""
    mentors, mentees, rules, _ = made_of.read
    return _count(Model(mentors, mentees, rules))


def _count(model: Model) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    for place in range(len(model.mentees)):
        masks = {code: mask for code, mask in model.ruled_out(place).items() if mask}
        once = twice = 0
        for mask in masks.values():
            twice |= once & mask
            once |= mask
        for code, mask in masks.items():
            all_of_it, alone = totals.get(code, (0, 0))
            totals[code] = all_of_it + mask.bit_count(), alone + (mask & ~twice).bit_count()
    return totals


def seats_worth_adding(made: Run, most: int = 3) -> list[tuple[int, int, int]]:
    """Mentors of whom one more place would serve the cohort best: id, people more with a mentor, points more."""
    gains = matching.seats_worth_adding(made.result)
    worth = [(int(mentor), gain.matched, made.in_points(gain.value)) for mentor, gain in gains.items()]
    found = [one for one in worth if one[1] > 0 or one[2] > 0]
    return sorted(found, key=lambda one: (-one[1], -one[2], one[0]))[:most]


def blocking_couples(made: Run) -> Sequence[Couple]:
    """Pairs that would both fit better together than with whom the plan gives them."""
    return [couple_of(*one) for one in matching.blocking_pairs(made.result)]


def plan_with(people: People, pairing: Pairing, settings: RunSettings | None = None) -> Run:
    """Just this pair, pinned, for its fit and its reasons."""
    alone = replace(
        people,
        mentors=[pairing.mentor],
        enrolments=[pairing.enrolment],
        pairings=[pairing],
        freed=frozenset(),
    )
    return run(alone, replace(settings or RunSettings(), most_changes=None))
