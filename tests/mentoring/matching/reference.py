"""The contract again, as slowly and plainly as it can be written: what the engine is compared with.

It shares the people and the rules with the engine, and no function.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from math import floor
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cohort.mentoring.matching import CustomFactor, Mentee, Mentor, Rules, Window

WEIGHTS = {
    "growth": 40,
    "goals": 15,
    "availability": 10,
    "language": 5,
    "seniority": 10,
    "preference": 15,
    "mentor_preference": 5,
    "timezone": 0,
}


@cache
def r(part: int, whole: int) -> int:
    return floor(Fraction(10000 * part, whole) + Fraction(1, 2))


def weights(rules: Rules) -> dict[str, int]:
    return {**WEIGHTS, **rules.weights, **{custom.name: custom.weight for custom in rules.custom}}


def starts(mentee: Mentee, mentor: Mentor, rules: Rules) -> int:
    counts = []
    for day in rules.reference_dates:
        monday = day - timedelta(days=day.weekday())
        mine, theirs = (
            meeting_starts(
                person.availability, person.timezone or rules.default_timezone, monday, rules.meeting_minutes
            )
            for person in (mentee, mentor)
        )
        counts.append(len(mine & theirs))
    return min(counts)


@cache
def meeting_starts(windows: tuple[Window, ...], zone: str, monday: date, minutes: int) -> set[int]:
    origin = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    free = set()
    for window in windows:
        local = origin + timedelta(days=window.weekday, minutes=window.start)
        begin = (local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - origin) // timedelta(minutes=15)
        free |= {(begin + step) % 672 for step in range((window.end - window.start) // 15)}
    return {slot for slot in range(672) if all((slot + k) % 672 in free for k in range(minutes // 15))}


def values(mentee: Mentee, mentor: Mentor, rules: Rules) -> dict[str, int | None]:
    """Each factor's value, None when its data is missing."""
    found: dict[str, int | None] = dict.fromkeys(weights(rules))
    if mentee.growth and mentor.strengths:
        levels, areas = greatest(mentor.strengths), greatest(mentee.growth)
        found["growth"] = r(sum(p * levels.get(g, 0) for g, p in areas.items()), 5 * sum(areas.values()))
    if mentee.goals and mentor.topics:
        found["goals"] = r(len(set(mentee.goals) & set(mentor.topics)), len(set(mentee.goals)))
    if mentee.availability and mentor.availability:
        found["availability"] = min(10000, r(starts(mentee, mentor, rules), rules.target_starts))
    if mentee.languages and mentor.languages:
        shared = set(mentee.languages) & set(mentor.languages)
        found["language"] = 10000 if mentee.languages[0] in mentor.languages else 5000 if shared else 0
    if mentee.seniority is not None and mentor.seniority is not None:
        gap = mentor.seniority - mentee.seniority
        distance = min(abs(gap - ideal) for ideal in range(rules.ideal_min, rules.ideal_max + 1))
        found["seniority"] = max(0, 10000 - 2500 * distance)
    found["preference"] = wish(mentee.ranked_mentors, mentor.id, rules.depth)
    found["mentor_preference"] = wish(mentor.ranked_mentees, mentee.id, rules.depth)
    if mentee.timezone and mentor.timezone:
        day = rules.reference_dates[0] - timedelta(days=rules.reference_dates[0].weekday())
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        ahead = [noon.astimezone(ZoneInfo(zone)).utcoffset() for zone in (mentee.timezone, mentor.timezone)]
        apart = abs(ahead[0] - ahead[1]) // timedelta(minutes=1) % 1440
        found["timezone"] = r(720 - min(apart, 1440 - apart), 720)
    for custom in rules.custom:
        found[custom.name] = custom_value(custom, mentee, mentor)
    return found


def greatest(items) -> dict[str, int]:
    levels: dict[str, int] = {}
    for name, level in items:
        levels[name] = max(level, levels.get(name, level))
    return levels


def wish(ranking, person_id: str, depth: int) -> int:
    if person_id not in ranking or ranking.index(person_id) >= depth:
        return 0
    return r(depth - ranking.index(person_id), depth)


def custom_value(custom: CustomFactor, mentee: Mentee, mentor: Mentor) -> int | None:
    mine, theirs = mentee.columns.get(custom.mentee_column, ""), mentor.columns.get(custom.mentor_column, "")
    if custom.kind == "overlap":
        items = [{item.strip() for item in text.split(";")} - {""} for text in (mine, theirs)]
        return r(len(items[0] & items[1]), len(items[0])) if all(items) else None
    if not (mine and theirs):
        return None
    return 10000 * ((mine == theirs) == (custom.kind == "same"))


def units(mentee: Mentee, mentor: Mentor, rules: Rules) -> int:
    found = values(mentee, mentor, rules)
    return sum(weight * (found[name] or 0) for name, weight in weights(rules).items())


def codes(mentee: Mentee, mentor: Mentor, rules: Rules) -> list[str]:
    """Every rule that forbids the pair, in order."""
    rivals = mentee.company != mentor.company and any(
        mentee.company in group and mentor.company in group for group in rules.competitors
    )
    both_hours = bool(mentee.availability and mentor.availability)
    grades = (mentee.seniority, mentor.seniority)
    tests = {
        "same_person": bool(mentee.email) and mentee.email == mentor.email,
        "line_manager": bool({mentor.id, mentor.email} - {""} & set(mentee.manager))
        or bool({mentee.id, mentee.email} - {""} & set(mentor.manager)),
        "mentee_veto": mentor.id in mentee.vetoed_mentors,
        "mentor_veto": mentee.id in mentor.vetoed_mentees,
        "staff_forbid": (mentee.id, mentor.id) in rules.forbids,
        "same_company": rules.forbid_same_company and bool(mentee.company) and mentee.company == mentor.company,
        "competitor": bool(mentee.company and mentor.company) and rivals,
        "language": rules.require_common_language
        and bool(mentee.languages and mentor.languages)
        and not set(mentee.languages) & set(mentor.languages),
        "availability": rules.require_meeting
        and (
            starts(mentee, mentor, rules) < rules.min_starts if both_hours else rules.missing_availability == "forbid"
        ),
        "seniority": rules.min_seniority_gap is not None
        and None not in grades
        and grades[1] - grades[0] < rules.min_seniority_gap,
        "min_score": units(mentee, mentor, rules) < rules.min_score_bp * sum(weights(rules).values()),
    }
    return [code for code, applies in tests.items() if applies]


class Case(NamedTuple):
    mentors: list[Mentor]
    mentees: list[Mentee]
    rules: Rules
    previous: list[tuple[str, str]] | None


class Best(NamedTuple):
    matched: int
    value: int
    squares: int
    mentors: tuple[str, ...]


class Facts:
    """Units, eligibility and gains of a case, worked out once for the enumeration."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.total_weight = sum(weights(case.rules).values())
        pairs = [(mentee, mentor) for mentee in case.mentees for mentor in case.mentors]
        self.units = {(e.id, m.id): units(e, m, case.rules) for e, m in pairs}
        self.eligible = {(e.id, m.id) for e, m in pairs if not codes(e, m, case.rules)}
        self.gains = {(e.id, m.id): self.gain(e, m.id) for e, m in pairs}
        self.capacity = {mentor.id: mentor.capacity for mentor in case.mentors}

    def gain(self, mentee: Mentee, mentor_id: str) -> int:
        rules = self.case.rules
        kept = rules.bonus_bp if (mentee.id, mentor_id) in (self.case.previous or ()) else 0
        return self.units[mentee.id, mentor_id] + (kept + rules.priority_bp * mentee.priority) * self.total_weight

    def goals(self, mentors: tuple[str, ...]) -> Best:
        """The goals of the assignment; "~" stands for nobody and sorts after every id."""
        loads = [mentors.count(mentor_id) for mentor_id in self.capacity]
        gains = sum(self.gains[e.id, m] for e, m in zip(self.case.mentees, mentors, strict=True) if m != "~")
        penalty = self.case.rules.load_penalty_bp * self.total_weight * sum(n * (n - 1) // 2 for n in loads)
        return Best(sum(m != "~" for m in mentors), gains - penalty, sum(n * n for n in loads), mentors)

    def rank(self, best: Best) -> tuple[object, ...]:
        first = (
            (-best.matched, -best.value) if self.case.rules.mode == "participation" else (-best.value, -best.matched)
        )
        return (*first, best.squares, best.mentors)

    def best(self, fixed: dict[str, str]) -> Best:
        """Of every assignment the best. Of those with the same loads only the one with the most gain, and then the
        first in order, can be it, so the others are left behind mentee by mentee."""
        ways: dict[tuple[int, ...], tuple[int, tuple[str, ...]]] = {(0,) * len(self.capacity): (0, ())}
        places = {mentor_id: place for place, mentor_id in enumerate(self.capacity)}
        for mentee in self.case.mentees:
            free = [*(m for m in self.capacity if (mentee.id, m) in self.eligible), "~"]
            choices = [fixed[mentee.id]] if mentee.id in fixed else free
            found: dict[tuple[int, ...], tuple[int, tuple[str, ...]]] = {}
            for loads, (lost, mentors) in ways.items():
                for m in choices:
                    now, gain = loads, 0
                    if m != "~":
                        place = places[m]
                        now, gain = (*loads[:place], loads[place] + 1, *loads[place + 1 :]), self.gains[mentee.id, m]
                        if now[place] > self.capacity[m]:
                            continue
                    way = (lost - gain, (*mentors, m))
                    found[now] = min(way, found.get(now, way))
            ways = found
        return min((self.goals(mentors) for _, mentors in ways.values()), key=self.rank)


MENTOR_IDS = tuple(f"m{number}" for number in range(5))
MENTEE_IDS = tuple(f"e{number}" for number in range(6))
PAIRS = [(mentee, mentor) for mentee in MENTEE_IDS for mentor in MENTOR_IDS]


def random_case(random: Random) -> Case:
    """Up to five mentees and four mentors; half of the cases are plain people with many ties."""
    plain = random.random() < 0.5
    mentors = [
        Mentor(
            id=mentor_id,
            capacity=random.choice([0, 1, 1, 2, 3]),
            strengths=_some(random, [("a", 5)] if plain else [("a", 1), ("a", 5), ("b", 3), ("c", 5)]),
            topics=_some(random, ["x", "y"]),
            ranked_mentees=() if plain else _some(random, MENTEE_IDS, 2),
            vetoed_mentees=_some(random, MENTEE_IDS, 1),
            **({} if plain else _shared(random, mentor_id, MENTEE_IDS)),
        )
        for mentor_id in MENTOR_IDS[: random.choice([0, 1, 2, 3, 3, 4, 4])]
    ]
    mentees = [
        Mentee(
            id=mentee_id,
            growth=_some(random, [("a", 1)] if plain else [("a", 1), ("b", 3), ("c", 2)]),
            goals=_some(random, ["x"] if plain else ["x", "y", "z"]),
            ranked_mentors=() if plain else _some(random, MENTOR_IDS, 3),
            priority=random.choice([0, 0, 1, 9]),
            **({} if plain else _shared(random, mentee_id, MENTOR_IDS)),
        )
        for mentee_id in MENTEE_IDS[: random.choice([0, 1, 2, 3, 4, 5, 5])]
    ]
    previous = random.choice([None, random.sample(PAIRS, 4)])
    return Case(mentors, mentees, _random_rules(random), previous)


HOURS = [
    (),
    (Window(0, 540, 1020),),
    (Window(0, 600, 900),),
    (Window(0, 600, 675), Window(6, 1200, 1440)),
]


def _random_rules(random: Random) -> Rules:
    return Rules(
        weights={name: random.choice([0, 1, weight]) for name, weight in WEIGHTS.items()} | {"growth": 40},
        custom=random.choice([(), (CustomFactor("site", random.choice(["same", "different"]), "s", "t", 7),)]),
        mode=random.choice(["participation", "quality"]),
        load_penalty_bp=random.choice([0, 0, 300, 10_000]),
        priority_bp=random.choice([0, 2000]),
        bonus_bp=random.choice([0, 500]),
        min_score_bp=random.choice([0, 0, 0, 0, 0, 1000]),
        min_seniority_gap=random.choice([None, None, None, 1]),
        missing_availability=random.choice(["allow"] * 9 + ["forbid"]),
        competitors=random.choice([(), (("u", "v"),)]),
        stability=random.choice(["bonus", "bonus", "lock"]),
        on_conflict="drop",
        pins=tuple(random.sample(PAIRS, random.choice([0, 0, 1, 2, 4]))),
        forbids=tuple(random.sample(PAIRS, random.choice([0, 0, 3]))),
    )


def _some(random: Random, items: Sequence[Any], most: int | None = None) -> tuple[Any, ...]:
    return tuple(random.sample(items, random.randint(0, len(items) if most is None else most)))


def _shared(random: Random, person_id: str, others: Sequence[str]) -> dict[str, object]:
    return {
        "company": random.choice(["", "", "", "u", "v", "w"]),
        "email": random.choice(["", "", person_id, "same@example.com"]),
        "manager": _some(random, others, 1) if random.random() < 0.3 else (),
        "seniority": random.choice([None, 1, 3, 5]),
        "timezone": random.choice(["", "Europe/Berlin", "America/Chicago"]),
        "availability": random.choice(
            [(), (Window(0, 540, 1020),), (Window(0, 600, 900),), (Window(0, 600, 675), Window(6, 1200, 1440))]
        ),
        "languages": random.choice([(), ("en",), ("en", "de"), ("de", "en"), ("de",)]),
        "columns": {"s": random.choice(["", "p", "q"]), "t": random.choice(["", "p", "q"])},
    }
