"""What makes a good pair: each factor is one function, each value an integer from 0 to 10,000.

A factor function takes the mentors once and returns a row function: for a mentee, the values with all mentors, in lanes
of one integer. Missing data is worth 0. To add a factor, write its function below with its default weight and when its
data is missing.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from operator import mul
from typing import NamedTuple, TypeVar

from cohort.mentoring.matching.lanes import (
    SMALL,
    Row,
    everywhere,
    least_of,
    looked_up,
    numbers_at,
    packed,
    single,
    unpacked,
)
from cohort.mentoring.matching.meeting import Calendar, minutes_apart
from cohort.mentoring.matching.people import Mentee, Mentor, Person, first_mentions, greatest, key, keys
from cohort.mentoring.matching.rules import CustomFactor, Rules

FULL = 10_000
GREATEST_LEVEL = 5
HALF_DAY = 12 * 60
BATCH = 200
"""As many factors of the greatest weight fit into one lane of points."""
KEPT = 1000
"""Of so many mentees the values by factor are kept, so that the memory that this takes has an end."""

Kind = TypeVar("Kind", bound=Hashable)
RowFor = Callable[[Mentee], Row]
Lacks = Callable[[Mentee, Mentor], bool]
Build = Callable[[Sequence[Mentor], Rules, Calendar], RowFor]


@dataclass(frozen=True, slots=True)
class Factor:
    """`lacks` says that a pair's data is missing; `build` gives the values of a mentee with the mentors, in order."""

    name: str
    weight: int
    lacks: Lacks
    build: Build


_REGISTERED: dict[str, Factor] = {}


def factor(weight: int, lacks: Lacks) -> Callable[[Build], Build]:
    """Register the function as the factor of its name."""

    def register(build: Build) -> Build:
        _REGISTERED[build.__name__] = Factor(build.__name__, weight, lacks, build)
        return build

    return register


def rounded(part: int, whole: int) -> int:
    """10,000 part / whole, half up."""
    return (2 * FULL * part + whole) // (2 * whole)


@lru_cache(maxsize=256)
def shares_of(whole: int) -> tuple[int, ...]:
    """What each part of the whole is worth."""
    return tuple(rounded(part, whole) for part in range(whole + 1))


@factor(weight=40, lacks=lambda mentee, mentor: not (mentee.growth and mentor.strengths))
def growth(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """r(10,000 x sum of priority x level over the growth areas / level 5 in all of them)."""
    strengths = [greatest(mentor.strengths) for mentor in mentors]

    @cache
    def levels(competency: str) -> Row:
        return packed(mine.get(competency, 0) for mine in strengths)

    def row(mentee: Mentee) -> Row:
        wanted = greatest(mentee.growth)
        if not wanted:
            return 0
        total = sum(map(mul, wanted.values(), map(levels, wanted)))
        return looked_up(total, shares_of(GREATEST_LEVEL * sum(wanted.values())), len(mentors))

    return row


@factor(weight=15, lacks=lambda mentee, mentor: not (mentee.goals and mentor.topics))
def goals(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """r(10,000 x shared tags / the mentee's tags)."""
    overlap = _overlap([keys(mentor.topics) for mentor in mentors])
    return lambda mentee: overlap(keys(mentee.goals))


@factor(weight=10, lacks=lambda mentee, mentor: not (mentee.availability and mentor.availability))
def availability(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """min(10,000, r(10,000 x meeting starts in common / target)): more than the target is not better."""
    shares = shares_of(rules.target_starts)
    enough = everywhere(rules.target_starts, len(mentors), SMALL)

    def row(mentee: Mentee) -> Row:
        useful = least_of(calendar.row(mentee), enough, len(mentors), SMALL)
        return looked_up(useful, shares, len(mentors), SMALL)

    return row


@factor(weight=5, lacks=lambda mentee, mentor: not (mentee.languages and mentor.languages))
def language(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """10,000 for the mentee's first language, 5,000 for any other that both speak."""

    def value(mentee: tuple[str, ...], mentor: tuple[str, ...]) -> int:
        spoken = keys(mentor)
        if spoken.isdisjoint(keys(mentee)):
            return 0
        return FULL if key(mentee[0]) in spoken else FULL // 2

    row = _by_kind([mentor.languages for mentor in mentors], value)
    return lambda mentee: row(mentee.languages)


@factor(weight=10, lacks=lambda mentee, mentor: mentee.seniority is None or mentor.seniority is None)
def seniority(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """max(0, 10,000 - 2,500 x grades that the gap lies outside the ideal one)."""

    def value(mentee: int | None, mentor: int | None) -> int:
        if mentee is None or mentor is None:
            return 0
        gap = mentor - mentee
        return max(0, FULL - FULL // 4 * max(0, rules.ideal_min - gap, gap - rules.ideal_max))

    row = _by_kind([mentor.seniority for mentor in mentors], value)
    return lambda mentee: row(mentee.seniority)


@factor(weight=15, lacks=lambda mentee, mentor: False)
def preference(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """The mentee's ranking: r(10,000 x (depth - rank + 1) / depth), nothing below the depth."""
    places = {mentor.id: place for place, mentor in enumerate(mentors)}
    worth = _worth_of_ranks(rules.depth)

    def row(mentee: Mentee) -> Row:
        ranks = first_mentions(mentee.ranked_mentors[: rules.depth]).items()
        return sum([single(worth[rank], places[name]) for name, rank in ranks if name in places])

    return row


@factor(weight=5, lacks=lambda mentee, mentor: False)
def mentor_preference(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """The mentor's ranking, valued like the mentee's."""
    wishes: dict[str, list[tuple[int, int]]] = {}
    worth = _worth_of_ranks(rules.depth)
    for place, mentor in enumerate(mentors):
        for mentee_id, rank in first_mentions(mentor.ranked_mentees[: rules.depth]).items():
            wishes.setdefault(mentee_id, []).append((place, worth[rank]))

    return lambda mentee: sum([single(value, place) for place, value in wishes.get(mentee.id, ())])


@factor(weight=0, lacks=lambda mentee, mentor: not (mentee.timezone and mentor.timezone))
def timezone(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """r(10,000 x (720 - minutes between the clocks) / 720)."""

    def value(mentee: str, mentor: str) -> int:
        return rounded(HALF_DAY - minutes_apart(mentee, mentor, rules), HALF_DAY) if mentee and mentor else 0

    row = _by_kind([mentor.timezone for mentor in mentors], value)
    return lambda mentee: row(mentee.timezone)


def _by_kind(mentors: Sequence[Kind], value: Callable[[Kind, Kind], int]) -> Callable[[Kind], Row]:
    """The row of a mentee of some kind, such as a grade or a zone: each two kinds are valued once."""
    kinds = set(mentors)

    @cache
    def row(mentee: Kind) -> Row:
        values = {kind: value(mentee, kind) for kind in kinds}
        return packed(map(values.__getitem__, mentors))

    return row


def _worth_of_ranks(depth: int) -> tuple[int, ...]:
    """By rank, from 1."""
    return (0, *reversed(shares_of(depth)[1:]))


def _overlap(offered: Sequence[frozenset[str]]) -> Callable[[frozenset[str]], Row]:
    """Shared items as a share of the wanted ones."""

    @cache
    def offering(item: str) -> Row:
        return packed(item in theirs for theirs in offered)

    @cache
    def row(wanted: frozenset[str]) -> Row:
        return looked_up(sum(map(offering, wanted)), shares_of(len(wanted)), len(offered)) if wanted else 0

    return row


def _custom(custom: CustomFactor) -> Factor:
    build = _custom_overlap if custom.kind == "overlap" else _custom_equality

    def lacks(mentee: Mentee, mentor: Mentor) -> bool:
        read = items if custom.kind == "overlap" else cell
        return not (read(mentee, custom.mentee_column) and read(mentor, custom.mentor_column))

    return Factor(custom.name, custom.weight, lacks, partial(build, custom))


def _custom_overlap(custom: CustomFactor, mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    overlap = _overlap([items(mentor, custom.mentor_column) for mentor in mentors])
    return lambda mentee: overlap(items(mentee, custom.mentee_column))


def _custom_equality(custom: CustomFactor, mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    agree = custom.kind == "same"

    def value(mine: str, theirs: str) -> int:
        return FULL if mine and theirs and (mine == theirs) == agree else 0

    row = _by_kind([cell(mentor, custom.mentor_column) for mentor in mentors], value)
    return lambda mentee: row(cell(mentee, custom.mentee_column))


def cell(person: Person, column: str) -> str:
    return key(person.columns.get(column, ""))


def items(person: Person, column: str) -> frozenset[str]:
    return keys(listed(person.columns.get(column, "")))


def listed(text: str) -> tuple[str, ...]:
    """The items of a list cell."""
    return tuple(filter(None, map(str.strip, text.split(";")))) if text else ()


DEFAULT_WEIGHTS: Mapping[str, int] = {name: standard.weight for name, standard in _REGISTERED.items()}


def factors_of(rules: Rules) -> list[Factor]:
    """The contract's factors and the custom ones, in order, with the weights of the rules."""
    standard = [
        Factor(name, rules.weights.get(name, known.weight), known.lacks, known.build)
        for name, known in _REGISTERED.items()
    ]
    return standard + [_custom(custom) for custom in rules.custom]


def total_weight(rules: Rules) -> int:
    """W: a pair has at most 10,000 W units."""
    return sum(each.weight for each in factors_of(rules))


class Point(NamedTuple):
    """What one factor gives one pair: `units` = weight x value."""

    name: str
    value: int
    weight: int
    units: int
    missing: bool


class Points:
    """What pairs with these mentors are worth: a mentee with all of them in sum, or one pair factor by factor."""

    def __init__(self, mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> None:
        self._places = {mentor.id: place for place, mentor in enumerate(mentors)}
        factors = factors_of(rules)
        self._told = [(each.name, each.weight, each.lacks) for each in factors]
        self._weights = [each.weight for each in factors]
        self._rows_for = [each.build(mentors, rules, calendar) for each in factors]
        self._kept: dict[str, Sequence[Row]] = {}

    def units(self, mentees: Sequence[Mentee]) -> list[Sequence[int]]:
        """For each mentee the sum with each mentor, factor by factor: quicker than mentee by mentee."""
        by_factor = [list(map(row_for, mentees)) for row_for in self._rows_for]
        by_mentee = list(zip(*by_factor, strict=True))
        room = KEPT - len(self._kept)
        self._kept.update(zip((mentee.id for mentee in mentees[:room]), by_mentee, strict=False))
        return list(map(self._sum, by_mentee))

    def _sum(self, rows: Sequence[Row]) -> Sequence[int]:
        mentors = len(self._places)
        batches = [
            unpacked(sum(map(mul, self._weights[start : start + BATCH], rows[start : start + BATCH])), mentors)
            for start in range(0, len(rows), BATCH)
        ]
        return batches[0] if len(batches) == 1 else list(map(sum, zip(*batches, strict=True)))

    def of(self, mentee: Mentee, mentor: Mentor) -> list[Point]:
        """What each factor gives the pair."""
        rows = self._kept.get(mentee.id) or [row_for(mentee) for row_for in self._rows_for]
        values = numbers_at(rows, self._places[mentor.id])
        return [
            Point(name, value, weight, weight * value, lacks(mentee, mentor))
            for (name, weight, lacks), value in zip(self._told, values, strict=True)
        ]
