"""What makes a good pair: each factor is one function, each value an integer from 0 to 10,000.

A factor function takes the mentors once and returns a row function: for a mentee, the value with each mentor in turn.
Missing data is worth 0. To add a factor, write its function below with its default weight and when its data is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from cohort.mentoring.matching.meeting import Calendar, minutes_apart
from cohort.mentoring.matching.people import Mentee, Mentor, Person, first_mentions, greatest, key, keys
from cohort.mentoring.matching.rules import CustomFactor, Rules

FULL = 10_000
GREATEST_LEVEL = 5
HALF_DAY = 12 * 60

Row = Sequence[int]
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


@factor(weight=40, lacks=lambda mentee, mentor: not (mentee.growth and mentor.strengths))
def growth(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """Sum of priority x level over the growth areas, as a share of level 5 in all of them."""
    strengths = [greatest(mentor.strengths) for mentor in mentors]

    @cache
    def points(competency: str, priority: int) -> Row:
        return [priority * levels.get(competency, 0) for levels in strengths]

    def row(mentee: Mentee) -> Row:
        wanted = greatest(mentee.growth)
        most = GREATEST_LEVEL * sum(wanted.values())
        if not most:
            return [0] * len(mentors)
        shares = [rounded(total, most) for total in range(most + 1)]
        return [shares[sum(column)] for column in zip(*(points(*area) for area in wanted.items()), strict=True)]

    return row


@factor(weight=15, lacks=lambda mentee, mentor: not (mentee.goals and mentor.topics))
def goals(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """Shared tags as a share of the mentee's."""
    overlap = _overlap([keys(mentor.topics) for mentor in mentors])
    return lambda mentee: overlap(keys(mentee.goals))


@factor(weight=10, lacks=lambda mentee, mentor: not (mentee.availability and mentor.availability))
def availability(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """Meeting starts in common as a share of the target; more than the target is not better."""
    share = cache(lambda starts: min(FULL, rounded(starts, rules.target_starts)))
    return lambda mentee: list(map(share, calendar.shared(mentee)))


@factor(weight=5, lacks=lambda mentee, mentor: not (mentee.languages and mentor.languages))
def language(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """All for the mentee's first language, half for any other that both speak."""
    spoken = [keys(mentor.languages) for mentor in mentors]

    @cache
    def row(languages: tuple[str, ...]) -> Row:
        known = keys(languages)
        return [
            0 if known.isdisjoint(theirs) else FULL if key(languages[0]) in theirs else FULL // 2 for theirs in spoken
        ]

    return lambda mentee: row(mentee.languages)


@factor(weight=10, lacks=lambda mentee, mentor: mentee.seniority is None or mentor.seniority is None)
def seniority(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """A quarter less for each grade that the gap lies outside the ideal one."""

    def value(mentee: int | None, mentor: int | None) -> int:
        if mentee is None or mentor is None:
            return 0
        gap = mentor - mentee
        return max(0, FULL - FULL // 4 * max(0, rules.ideal_min - gap, gap - rules.ideal_max))

    row = cache(lambda grade: [value(grade, mentor.seniority) for mentor in mentors])
    return lambda mentee: row(mentee.seniority)


@factor(weight=15, lacks=lambda mentee, mentor: False)
def preference(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """The mentee's ranking: all for the first name, evenly less down to the depth that counts."""
    places = {mentor.id: place for place, mentor in enumerate(mentors)}

    def row(mentee: Mentee) -> Row:
        values = [0] * len(mentors)
        for mentor_id, rank in first_mentions(mentee.ranked_mentors).items():
            if mentor_id in places:
                values[places[mentor_id]] = _rank_value(rank, rules.depth)
        return values

    return row


@factor(weight=5, lacks=lambda mentee, mentor: False)
def mentor_preference(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """The mentor's ranking, valued like the mentee's."""
    wishes: dict[str, list[tuple[int, int]]] = {}
    for place, mentor in enumerate(mentors):
        for mentee_id, rank in first_mentions(mentor.ranked_mentees).items():
            wishes.setdefault(mentee_id, []).append((place, _rank_value(rank, rules.depth)))

    def row(mentee: Mentee) -> Row:
        values = [0] * len(mentors)
        for place, value in wishes.get(mentee.id, ()):
            values[place] = value
        return values

    return row


@factor(weight=0, lacks=lambda mentee, mentor: not (mentee.timezone and mentor.timezone))
def timezone(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> RowFor:
    """All when the clocks agree, nothing when they are half a day apart."""

    @cache
    def value(mentee: str, mentor: str) -> int:
        return rounded(HALF_DAY - minutes_apart(mentee, mentor, rules), HALF_DAY) if mentee and mentor else 0

    row = cache(lambda mentee: [value(mentee, mentor.timezone) for mentor in mentors])
    return lambda mentee: row(mentee.timezone)


def _rank_value(rank: int, depth: int) -> int:
    return rounded(depth - rank + 1, depth) if rank <= depth else 0


def _overlap(offered: Sequence[frozenset[str]]) -> Callable[[frozenset[str]], Row]:
    """Shared items as a share of the wanted ones; items are numbered, so that sharing is one AND of small integers."""
    bits: dict[str, int] = {}
    for items in offered:
        for item in sorted(items):
            bits.setdefault(item, 1 << len(bits))
    masks = [sum(bits[item] for item in items) for items in offered]

    @cache
    def row(wanted: frozenset[str]) -> Row:
        mine = sum(bits.get(item, 0) for item in wanted)
        shares = [rounded(shared, max(1, len(wanted))) for shared in range(len(wanted) + 1)]
        return [shares[(mine & mask).bit_count()] for mask in masks]

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
    cells = [cell(mentor, custom.mentor_column) for mentor in mentors]
    agree = custom.kind == "same"

    @cache
    def row(mine: str) -> Row:
        return [FULL if mine and theirs and (mine == theirs) == agree else 0 for theirs in cells]

    return lambda mentee: row(cell(mentee, custom.mentee_column))


def cell(person: Person, column: str) -> str:
    return key(person.columns.get(column, ""))


def items(person: Person, column: str) -> frozenset[str]:
    return keys(listed(person.columns.get(column, "")))


def listed(text: str) -> tuple[str, ...]:
    """The items of a list cell."""
    return tuple(item for item in map(str.strip, text.split(";")) if item)


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


class Scoring:
    """Units of every pair with these mentors."""

    def __init__(self, mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> None:
        self._rows = [
            (each.weight, each.build(mentors, rules, calendar)) for each in factors_of(rules) if each.weight > 0
        ]

    def units(self, mentee: Mentee) -> list[int]:
        rows = [[weight * value for value in row(mentee)] for weight, row in self._rows]
        return list(map(sum, zip(*rows, strict=True)))


@dataclass(frozen=True, slots=True)
class Point:
    """What one factor gives one pair: `units` = weight x value."""

    name: str
    value: int
    weight: int
    missing: bool

    @property
    def units(self) -> int:
        return self.weight * self.value


class Points:
    """What each factor gives a pair; the same functions as the scoring, over one mentor at a time."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._factors = factors_of(rules)
        self._rows: dict[str, list[RowFor]] = {}

    def of(self, mentee: Mentee, mentor: Mentor) -> list[Point]:
        if mentor.id not in self._rows:
            calendar = Calendar([mentor], self._rules)
            self._rows[mentor.id] = [each.build([mentor], self._rules, calendar) for each in self._factors]
        rows = zip(self._factors, self._rows[mentor.id], strict=True)
        return [Point(each.name, row(mentee)[0], each.weight, each.lacks(mentee, mentor)) for each, row in rows]
