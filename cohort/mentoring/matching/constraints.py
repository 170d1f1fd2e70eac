"""What rules a pair out: each rule is one function that gives, for a mentee, the mentors it forbids.

A set of mentors is an integer: bit j stands for the j-th mentor in id order. Then counting, joining and subtracting are
single operations, and "which rules stand alone in the way" is arithmetic.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, reduce
from operator import or_

from cohort.mentoring.matching.lanes import LARGE, SMALL, Mask, at_least, everywhere, mask_of, packed
from cohort.mentoring.matching.meeting import Calendar
from cohort.mentoring.matching.people import Mentee, Mentor, key, keys
from cohort.mentoring.matching.rules import Rules

MaskFor = Callable[[Mentee], Mask]
Build = Callable[[Sequence[Mentor], Rules, Calendar], MaskFor]

MIN_SCORE = "min_score"
_REGISTERED: dict[str, Build] = {}


def constraint(build: Build) -> Build:
    """Register the function as the rule of its name; the order here is the order of the contract."""
    _REGISTERED[build.__name__] = build
    return build


def _index(pairs: Iterable[tuple[str, int]]) -> dict[str, Mask]:
    """Sets of mentors by text; an empty text means unknown and is left out."""
    index: dict[str, Mask] = {}
    for text, place in pairs:
        if text:
            index[text] = index.get(text, 0) | 1 << place
    return index


def _union(index: dict[str, Mask], texts: Iterable[str]) -> Mask:
    mask = 0
    for text in texts:
        mask |= index.get(text, 0)
    return mask


@constraint
def same_person(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    by_email = _index((key(mentor.email), place) for place, mentor in enumerate(mentors))
    return lambda mentee: by_email.get(key(mentee.email), 0)


@constraint
def line_manager(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    """Either reports to the other, at any level that the lists name."""
    by_id = _index((mentor.id, place) for place, mentor in enumerate(mentors))
    by_email = _index((key(mentor.email), place) for place, mentor in enumerate(mentors))
    reports = [(boss, place) for place, mentor in enumerate(mentors) for boss in mentor.manager]
    below_id, below_email = _index(reports), _index((key(boss), place) for boss, place in reports)

    def row(mentee: Mentee) -> Mask:
        above = _union(by_id, mentee.manager) | _union(by_email, keys(mentee.manager))
        return above | below_id.get(mentee.id, 0) | below_email.get(key(mentee.email), 0)

    return row


@constraint
def mentee_veto(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    by_id = _index((mentor.id, place) for place, mentor in enumerate(mentors))
    return lambda mentee: _union(by_id, mentee.vetoed_mentors)


@constraint
def mentor_veto(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    by_mentee = _index((mentee, place) for place, mentor in enumerate(mentors) for mentee in mentor.vetoed_mentees)
    return lambda mentee: by_mentee.get(mentee.id, 0)


@constraint
def staff_forbid(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    places = {mentor.id: place for place, mentor in enumerate(mentors)}
    by_mentee = _index((mentee, places[mentor]) for mentee, mentor in rules.forbids if mentor in places)
    return lambda mentee: by_mentee.get(mentee.id, 0)


@constraint
def same_company(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    by_company = _index((key(mentor.company), place) for place, mentor in enumerate(mentors))
    return lambda mentee: by_company.get(key(mentee.company), 0) if rules.forbid_same_company else 0


@constraint
def competitor(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    by_company = _index((key(mentor.company), place) for place, mentor in enumerate(mentors))
    groups = [keys(group) for group in rules.competitors]

    @cache
    def row(company: str) -> Mask:
        rivals = (group - {company} for group in groups if company and company in group)
        return _union(by_company, (rival for group in rivals for rival in group))

    return lambda mentee: row(key(mentee.company))


@constraint
def language(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    by_language = _index((spoken, place) for place, mentor in enumerate(mentors) for spoken in keys(mentor.languages))
    known = mask_of(place for place, mentor in enumerate(mentors) if mentor.languages)

    @cache
    def row(languages: tuple[str, ...]) -> Mask:
        return known & ~_union(by_language, keys(languages)) if languages else 0

    return lambda mentee: row(mentee.languages) if rules.require_common_language else 0


@constraint
def availability(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    """Both known: too few starts in common; one unknown: as the rules say."""
    everyone = (1 << len(mentors)) - 1
    known = mask_of(place for place, mentor in enumerate(mentors) if mentor.availability)
    enough = everywhere(rules.min_starts, len(mentors), SMALL)
    strict = rules.missing_availability == "forbid"

    def row(mentee: Mentee) -> Mask:
        if not rules.require_meeting:
            return 0
        if not mentee.availability:
            return everyone if strict else 0
        enough_time = at_least(calendar.row(mentee), enough, len(mentors), SMALL)
        return known & ~enough_time | (everyone & ~known if strict else 0)

    return row


@constraint
def seniority(mentors: Sequence[Mentor], rules: Rules, calendar: Calendar) -> MaskFor:
    @cache
    def row(grade: int | None) -> Mask:
        least = rules.min_seniority_gap
        if least is None or grade is None:
            return 0
        grades = enumerate(mentor.seniority for mentor in mentors)
        return mask_of(place for place, theirs in grades if theirs is not None and theirs - grade < least)

    return lambda mentee: row(mentee.seniority)


ABSOLUTE = ("same_person", "line_manager", "mentee_veto", "mentor_veto", "staff_forbid")
CODES = (*_REGISTERED, MIN_SCORE)


class Constraints:
    """The rules over these mentors; `least_units` is the least that a pair must score."""

    def __init__(self, mentors: Sequence[Mentor], rules: Rules, calendar: Calendar, least_units: int) -> None:
        self._rows = {code: build(mentors, rules, calendar) for code, build in _REGISTERED.items()}
        self._least_units = least_units

    def ruled_out(self, mentee: Mentee, units: Sequence[int]) -> dict[str, Mask]:
        """The mentors that each rule forbids the mentee, by code, in the order of the contract."""
        masks = {code: row(mentee) for code, row in self._rows.items()}
        masks[MIN_SCORE] = self._too_low(units)
        return masks

    def forbidden(self, mentees: Sequence[Mentee], units: Sequence[Sequence[int]]) -> list[Mask]:
        """For each mentee the mentors that any rule forbids."""
        masks = [list(map(row, mentees)) for row in self._rows.values()]
        return [reduce(or_, each) for each in zip(*masks, map(self._too_low, units), strict=True)]

    def _too_low(self, units: Sequence[int]) -> Mask:
        if not self._least_units:
            return 0
        count = len(units)
        return (1 << count) - 1 & ~at_least(
            packed(units, LARGE), everywhere(self._least_units, count, LARGE), count, LARGE
        )
