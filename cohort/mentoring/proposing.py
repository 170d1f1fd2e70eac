"""From a cohort's people to a run of the matching engine, and from its result to words for staff."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.availability import parse_availability
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mentoring import matching
from cohort.mentoring.matching import LeftOut, Result, Rules, everybody_left_out
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.languages import language_name
from cohort.people.names import list_names
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of

WEIGHTS = {"growth": 40, "availability": 10, "language": 5}
"""What we ask people about, and how much it counts. The other factors of the engine stay at nothing."""
_UNASKED = {"goals": 0, "seniority": 0, "preference": 0, "mentor_preference": 0, "timezone": 0}
LEVEL = 3
"""The level of a strength that was named without one; the default of the matching contract."""
_QUARTER = 15

RULES_IN_WORDS = {
    "same_person": "is the same person",
    "line_manager": "is the line manager",
    "same_company": "works for the same employer",
    "language": "speaks none of their languages",
    "availability": "has no hour of the week in common",
}
"""Why a rule keeps two people apart, as what the mentor is or does."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Somebody without a mentor, and why."""

    enrolment: Enrolment
    reason: str


@dataclass(frozen=True)
class People:
    """Everybody a run is about. Published pairs and pairs made by hand stand; the run works around them."""

    cohort: Cohort
    mentors: Sequence[Mentor]
    enrolments: Sequence[Enrolment]
    pairings: Sequence[Pairing]
    """Open ones, proposed and active."""

    @cached_property
    def standing(self) -> list[Pairing]:
        return [one for one in self.pairings if one.state is PairingState.ACTIVE or one.score is None]

    @cached_property
    def proposed(self) -> list[Pairing]:
        return [one for one in self.pairings if one.state is PairingState.PROPOSED]

    @cached_property
    def active(self) -> list[Pairing]:
        return [one for one in self.pairings if one.state is PairingState.ACTIVE]

    @cached_property
    def free(self) -> list[Enrolment]:
        """Participants whom a run may pair."""
        taken = {pairing.enrolment_id for pairing in self.standing}
        return [enrolment for enrolment in self.enrolments if enrolment.id not in taken]

    @cached_property
    def alone(self) -> list[Enrolment]:
        """Participants without any pair, proposed or active."""
        taken = {pairing.enrolment_id for pairing in self.pairings}
        return [enrolment for enrolment in self.enrolments if enrolment.id not in taken]

    @cached_property
    def loads(self) -> Counter[int]:
        """Open pairs by mentor."""
        return Counter(pairing.mentor_id for pairing in self.pairings)

    @cached_property
    def pack(self) -> Pack:
        return pack_of(self.cohort.version)


@dataclass(frozen=True)
class Run:
    """What the engine makes of the people as they are now; nothing of it is stored."""

    people: People
    result: Result

    @cached_property
    def best(self) -> dict[int, int]:
        """Mentor by enrolment, of the proven best plan."""
        return {int(pair.mentee_id): int(pair.mentor_id) for pair in self.result.pairs}

    @cached_property
    def scores(self) -> dict[int, int]:
        """Share of the most that was possible, in hundredths, by enrolment."""
        most = self.result.max_units
        return {int(pair.mentee_id): (200 * pair.units + most) // (2 * most) for pair in self.result.pairs}

    def reasons(self, enrolment_id: int) -> list[list[str]]:
        return [[reason.kind, reason.text] for reason in matching.reasons(self.result, engine_id(enrolment_id))]

    @cached_property
    def is_current(self) -> bool:
        """The proposals that are stored are those of the best plan for the people as they are now."""
        stored = {one.enrolment_id: one.mentor_id for one in self.people.proposed if one.score is not None}
        return stored == self.best

    @cached_property
    def unmatched(self) -> list[Unmatched]:
        """Everybody whom the best plan leaves without a mentor."""
        by_id = {enrolment.id: enrolment for enrolment in self.people.free}
        return [
            Unmatched(by_id[int(one.mentee_id)], " ".join(_explain(one, self._names)))
            for one in everybody_left_out(self.result)
        ]

    @cached_property
    def _names(self) -> dict[str, str]:
        return {engine_id(mentor.id): mentor.person.name for mentor in self.people.mentors}


def list_people(cohort: Cohort) -> People:
    """Accepted mentors, enrolled participants and open pairs of a cohort, by name; needs its version loaded."""
    mentors = db.session.scalars(
        select(Mentor)
        .options(joinedload(Mentor.person))
        .where(Mentor.cohort_id == cohort.id, Mentor.state == MentorState.ACCEPTED)
    )
    enrolments = db.session.scalars(
        select(Enrolment)
        .options(joinedload(Enrolment.person))
        .where(Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.ENROLLED)
    )
    pairings = db.session.scalars(
        select(Pairing)
        .options(
            joinedload(Pairing.mentor).joinedload(Mentor.person),
            joinedload(Pairing.enrolment).joinedload(Enrolment.person),
        )
        .where(Pairing.cohort_id == cohort.id, Pairing.state != PairingState.CLOSED)
        .order_by(Pairing.score, Pairing.id)
    )
    return People(cohort, sorted(mentors, key=_name), sorted(enrolments, key=_name), list(pairings))


def _name(one: Mentor | Enrolment) -> tuple[str, int]:
    return one.person.name.casefold(), one.id


def run(people: People) -> Run:
    """The proven best plan for everybody who is free, around the pairs that stand."""
    held = Counter(pairing.mentor_id for pairing in people.standing)
    titles = _titles(people.pack)
    mentors = [engine_mentor(one, seats=max(0, one.capacity - held[one.id]), titles=titles) for one in people.mentors]
    mentees = [engine_mentee(one, titles=titles) for one in people.free]
    return Run(people, matching.match_people(mentors, mentees, rules_of(people.cohort)))


def engine_id(row_id: int) -> str:
    """Row ids as the engine sorts them: by number."""
    return f"{row_id:010d}"


def engine_mentor(mentor: Mentor, *, seats: int, titles: Mapping[str, str]) -> matching.Mentor:
    person = mentor.person
    return matching.Mentor(
        id=engine_id(mentor.id),
        name=person.name,
        company=person.company,
        email=person.email,
        timezone=person.time_zone,
        availability=_windows(mentor.availability),
        languages=tuple(map(language_name, person.languages)),
        capacity=seats,
        strengths=tuple((titles.get(key, key), LEVEL) for key in mentor.strengths),
    )


def engine_mentee(enrolment: Enrolment, *, titles: Mapping[str, str]) -> matching.Mentee:
    person = enrolment.person
    priorities = range(3, 0, -1)  # the first area counts three times the third; more than three are not asked for
    return matching.Mentee(
        id=engine_id(enrolment.id),
        name=person.name,
        company=person.company,
        email=person.email,
        manager=(enrolment.manager_email,) if enrolment.manager_email else (),
        timezone=person.time_zone,
        availability=_windows(enrolment.availability),
        languages=tuple(map(language_name, person.languages)),
        growth=tuple(
            (titles.get(key, key), weight) for key, weight in zip(enrolment.growth_areas, priorities, strict=False)
        ),
    )


def rules_of(cohort: Cohort, **settings: object) -> Rules:
    """The rules of a run: whole program sessions must fit, at the beginning, the middle and the end of the cohort."""
    pack = pack_of(cohort.version)
    longest = max((each.mentor_session.minutes for each in pack.modules if each.mentor_session), default=60)
    weeks = tuple(cohort.starts_on + timedelta(days=days) for days in (0, pack.length_days // 2, pack.length_days))
    values: dict[str, object] = {
        "weights": WEIGHTS | _UNASKED,
        "meeting_minutes": -(-longest // _QUARTER) * _QUARTER,
        "reference_dates": weeks,
    }
    return Rules(**(values | settings))  # type: ignore[arg-type]  # the keywords are those of Rules


def titles_of(cohort: Cohort) -> dict[str, str]:
    """Competencies as they stand inside a sentence: 'strategic thinking' by its key."""
    return _titles(pack_of(cohort.version))


def _titles(pack: Pack) -> dict[str, str]:
    return {one.key: one.title[:1].lower() + one.title[1:] for one in pack.competencies}


def _windows(text: str) -> tuple[matching.Window, ...]:
    return tuple(matching.Window(*window) for window in parse_availability(text))


def missing_of(one: Mentor | Enrolment) -> list[str]:
    """What matching would like to know of somebody and does not: 'growth areas', 'weekly hours', 'languages'."""
    areas = ("strengths", one.strengths) if isinstance(one, Mentor) else ("growth areas", one.growth_areas)
    facts = (areas, ("weekly hours", one.availability), ("languages", one.person.languages))
    return [word for word, value in facts if not value]


def _explain(left_out: LeftOut, mentors: Mapping[str, str]) -> Iterator[str]:
    if hall := left_out.hall:
        names = list_names([mentors[one] for one in hall.mentor_ids], most=6)
        have = "has" if len(hall.mentor_ids) == 1 else "have"
        yield f"Too few places: {_people(len(hall.mentee_ids))} can only go to {names}, who {have} {_left(hall.seats)}."
    elif not left_out.blocked:
        yield "No mentor has a place left."
    else:
        rules = (f"{number} {RULES_IN_WORDS[code]}" for code, number in left_out.blocked.items())
        yield f"Nobody with a place left fits. Of those mentors, {', '.join(rules)}."
        for code, number in left_out.sole_blocker.items():
            yield f"For {number} of them the only reason is: {RULES_IN_WORDS[code]}."


def _people(number: int) -> str:
    return "one person" if number == 1 else f"{number} people"


def _left(seats: int) -> str:
    return {0: "no place left", 1: "one place left"}.get(seats, f"{seats} places left")
