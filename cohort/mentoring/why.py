"""Why this mentor and not another: the points of a pair, and for every other mentor what stands in the way or what it
would cost, before it is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cohort.cohorts.models import Enrolment
from cohort.mentoring.gathering import People, is_known
from cohort.mentoring.matching import Alternatives, Change, Move
from cohort.mentoring.matching.factors import Point
from cohort.mentoring.matching.meeting import Calendar
from cohort.mentoring.matching.people import Mentee, first_mentions, greatest, key, keys
from cohort.mentoring.matching.people import Mentor as MentorFacts
from cohort.mentoring.models import Mentor, Pairing
from cohort.mentoring.proposing import RULES_IN_WORDS, Run, Unmatched, run
from cohort.mentoring.run_input import STYLE, engine_id
from cohort.mentoring.settings import FACTOR_WORDS, RunSettings
from cohort.people.names import list_names

ABSOLUTE = ("same_person", "line_manager", "mentee_veto", "mentor_veto", "staff_forbid")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class FactorPoints:
    """What one factor gives a pair, of the most it could, and what that rests on."""

    name: str
    points: int
    most: int
    evidence: str


@dataclass(frozen=True)
class Option:
    """One mentor as seen from one participant. What choosing them would cost is asked of the engine when it is read: a
    page shows a few of hundreds."""

    why: "Why"
    mentor: Mentor
    fit: int
    rules: Sequence[str]
    """What stands in the way, in words."""
    is_absolute: bool
    """Not even staff may make the pair."""

    @cached_property
    def _change(self) -> Change | None:
        return None if self.is_absolute else self.why.change(self.mentor)

    @property
    def wish(self) -> str:
        """`first wish`, empty for a mentor who was not wished for."""
        return self.why.wish_of(self.mentor)

    @property
    def can_be_chosen(self) -> bool:
        return self._change is not None

    @property
    def cost(self) -> str:
        """What choosing this mentor would cost, or why it cannot be."""
        if self._change is None:
            return _why_never(self.mentor, is_absolute=self.is_absolute)
        return self.why.cost_words(self._change)

    @property
    def moves(self) -> str:
        """Who else would have to move, and where to."""
        return " ".join(map(self.why.move_words, self._change.moves[1:])) if self._change else ""


@dataclass(frozen=True)
class Why:
    """Everything that can be asked about one participant."""

    enrolment: Enrolment
    pairing: Pairing | None
    """The open pair they have now."""
    made: Run
    """The best plan if that pair were free to change."""

    @property
    def is_known(self) -> bool:
        """Somebody besides staff knows of the present pair: it has to end before another is made."""
        return self.pairing is not None and is_known(self.pairing)

    @cached_property
    def present(self) -> Mentor | None:
        """The mentor they have, or that the best plan gives them."""
        if self.pairing:
            return self.pairing.mentor
        chosen = self.made.plan.get(self.enrolment.id)
        return self.made.people.by_mentor_id[chosen] if chosen else None

    @cached_property
    def fit(self) -> int | None:
        return self.made.fit((self.enrolment.id, self.present.id)) if self.present else None

    @cached_property
    def factors(self) -> list[FactorPoints]:
        """The present pair, factor by factor; those without weight are left out."""
        if self.present is None or self.fit is None:
            return []
        mentor = self._facts_of(self.present)
        points = self.made.result.model.points.of(self._mentee, mentor)
        words = Evidence(self._mentee, mentor, self.made)
        return [
            FactorPoints(
                FACTOR_WORDS[one.name],
                self.made.in_points(one.units),
                self.made.in_points(10_000 * one.weight),
                words.of(one),
            )
            for one in sorted(points, key=lambda one: -one.weight)
            if one.weight
        ]

    @cached_property
    def unmatched(self) -> Unmatched | None:
        """Why the best plan leaves them out, if it does."""
        if self.enrolment.id in self.made.plan:
            return None
        return next((one for one in self.made.unmatched if one.enrolment.id == self.enrolment.id), None)

    @cached_property
    def lock_cost(self) -> str:
        """What the lock on the present pair costs; empty without one."""
        if self.pairing is None or not self.pairing.is_locked or self.is_known:
            return ""
        change = self.change(self.pairing.mentor)
        if change is None or not change.moves:
            return "The lock costs nothing: the best plan has this pair, too."
        moves = " ".join(map(self.move_words, change.moves))
        return f"{self.cost_words(change)} Against the best plan without it: {moves}"

    @cached_property
    def options(self) -> list[Option]:
        """Every other mentor: those who are possible first, by their fit."""
        others = [mentor for mentor in self.made.people.mentors if mentor is not self.present]
        options = map(self._option, others)
        return sorted(options, key=lambda one: (one.is_absolute, bool(one.rules), -one.fit, one.mentor.person.name))

    def _option(self, mentor: Mentor) -> Option:
        model = self.made.result.model
        place, mentee = model.mentor_places[engine_id(mentor.id)], model.mentee_places[self._id]
        codes = [code for code, mask in model.ruled_out(mentee).items() if mask >> place & 1]
        is_absolute = any(code in ABSOLUTE and not self._is_mere_refusal(code, mentor) for code in codes)
        fit = self.made.fit((self.enrolment.id, mentor.id)) or 0
        return Option(self, mentor, fit, [self._rule_words(code, mentor) for code in codes], is_absolute)

    def change(self, mentor: Mentor) -> Change | None:
        """What choosing this mentor would change; None where it cannot be."""
        return self._alternatives.change(self._id, engine_id(mentor.id))

    def wish_of(self, mentor: Mentor) -> str:
        return self._wish_words(self._mentee, engine_id(mentor.id))

    def _is_mere_refusal(self, code: str, mentor: Mentor) -> bool:
        """The engine is told to keep a pair apart whose mentor said no once; staff may ask again."""
        couple = (self.enrolment.id, mentor.id)
        said = any((one.enrolment_id, one.mentor_id) == couple for one in self.made.people.apart)
        return code == "staff_forbid" and not said

    def _rule_words(self, code: str, mentor: Mentor) -> str:
        return "said no when asked" if self._is_mere_refusal(code, mentor) else RULES_IN_WORDS[code]

    def cost_words(self, change: Change) -> str:
        """`One fewer is matched. The cohort loses 50 of 200 points.`; one choice never costs more than one person."""
        counted = {1: "One fewer is matched. ", -1: "One more is matched. "}.get(change.loss.matched, "")
        return counted + self._points_words(change.loss.value)

    def _points_words(self, units: int) -> str:
        goals = self.made.result.goals
        whole = f"{100 * max(1, goals.matched):,}"
        points = self.made.in_points(abs(units))
        if not units:
            return "The cohort loses nothing."
        verb = "loses" if units > 0 else "gains"
        return f"The cohort {verb} {points or 'less than one'} of {whole} points."

    def move_words(self, move: Move) -> str:
        name = self.made.name_of_mentee(move.mentee_id)
        if move.to_mentor_id is None:
            return f"{name} has no mentor then."
        mentee = self._mentee_of(move.mentee_id)
        wish = self._wish_words(mentee, move.to_mentor_id)
        to = self.made.name_of_mentor(move.to_mentor_id) + (f", the {wish}" if wish else "")
        if move.from_mentor_id is None:
            return f"{name} gets {to}."
        return f"{name} moves from {self.made.name_of_mentor(move.from_mentor_id)} to {to}."

    def _wish_words(self, mentee: Mentee, mentor_id: str) -> str:
        rank = first_mentions(mentee.ranked_mentors).get(mentor_id)
        return f"{_ORDINALS[rank - 1]} wish" if rank and rank <= len(_ORDINALS) else ""

    @cached_property
    def _alternatives(self) -> Alternatives:
        return Alternatives(self.made.result)

    @property
    def _id(self) -> str:
        return engine_id(self.enrolment.id)

    @cached_property
    def _mentee(self) -> Mentee:
        return self._mentee_of(self._id)

    def _mentee_of(self, mentee_id: str) -> Mentee:
        model = self.made.result.model
        return model.mentees[model.mentee_places[mentee_id]]

    def _facts_of(self, mentor: Mentor) -> MentorFacts:
        model = self.made.result.model
        return model.mentors[model.mentor_places[engine_id(mentor.id)]]


def _why_never(mentor: Mentor, *, is_absolute: bool) -> str:
    if is_absolute:
        return "Cannot be chosen."
    if not mentor.capacity:
        return "Takes nobody now."
    return "Has no place that a run may give: locked pairs and pairs that others know of hold them all."


def ask_why(people: People, enrolment: Enrolment, settings: RunSettings | None = None) -> Why:
    """Answers for one participant; what they have now is looked at as if it could change."""
    pairing = people.pairing_of(enrolment.id)
    looked_at = people.without([pairing] if pairing else [])
    return Why(enrolment, pairing, run(looked_at, settings))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the points of a pair rest on, in a few words."""

    mentee: Mentee
    mentor: MentorFacts
    made: Run

    def of(self, point: Point) -> str:
        if point.missing:
            return f"Not known: {self._who_lacks(point.name)}."
        return {
            "growth": self._growth,
            "preference": self._wish,
            "mentor_preference": self._mentors_wish,
            STYLE: self._style,
            "seniority": self._gap,
            "availability": self._starts,
            "language": self._languages,
        }[point.name]()

    def _who_lacks(self, factor: str) -> str:
        mine, theirs = {
            "growth": (self.mentee.growth, self.mentor.strengths),
            STYLE: (self.mentee.columns.get(STYLE), self.mentor.columns.get(STYLE)),
            "seniority": (self.mentee.seniority, self.mentor.seniority),
            "availability": (self.mentee.availability, self.mentor.availability),
            "language": (self.mentee.languages, self.mentor.languages),
        }[factor]
        return list_names(
            [one.name for one, known in ((self.mentee, mine), (self.mentor, theirs)) if not known], most=2
        )

    def _growth(self) -> str:
        levels = greatest(self.mentor.strengths)
        return ", ".join(f"{area} {levels.get(key(area), 0)} of 5" for area, _ in self.mentee.growth)

    def _wish(self) -> str:
        return _rank_words(self.mentee.ranked_mentors, self.mentor.id, "Not among the wishes", "wish")

    def _mentors_wish(self) -> str:
        return _rank_words(self.mentor.ranked_mentees, self.mentee.id, "Not among the mentor’s wishes", "wish")

    def _style(self) -> str:
        theirs = keys(self.mentor.columns.get(STYLE, "").split(";"))
        shared = [word for word in self.mentee.columns.get(STYLE, "").split(";") if key(word) in theirs]
        return f"Both named {list_names(shared, most=4)}" if shared else "Nothing in common"

    def _gap(self) -> str:
        gap = (self.mentor.seniority or 0) - (self.mentee.seniority or 0)
        return (
            "Same grade"
            if not gap
            else f"{abs(gap)} {'grade' if abs(gap) == 1 else 'grades'} " + ("above" if gap > 0 else "below")
        )

    def _starts(self) -> str:
        number = Calendar([self.mentor], self.made.result.model.rules).shared(self.mentee)[0]
        return f"{number} possible {'start' if number == 1 else 'starts'} a week"

    def _languages(self) -> str:
        spoken = keys(self.mentor.languages)
        shared = [name for name in self.mentee.languages if key(name) in spoken]
        return list_names(shared, most=3) or "None in common"


def _rank_words(ranked: Iterable[str], wanted: str, otherwise: str, what: str) -> str:
    rank = first_mentions(ranked).get(wanted)
    return f"{_ORDINALS[rank - 1].capitalize()} {what}" if rank and rank <= len(_ORDINALS) else otherwise
