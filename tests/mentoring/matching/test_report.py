"""The report against the plain reading of the contract: who is left out and why, what else there is, who would swap."""

from random import Random

import pytest

from cohort.mentoring.matching import blocking_pairs, everybody_left_out, match_people
from cohort.mentoring.matching.report import full_report
from tests.mentoring.matching.reference import Case, Facts, codes, random_case

Report = dict


class Reading:
    """One case, its report, and what the contract says of it, pair by pair."""

    def __init__(self, case: Case) -> None:
        self.case, self.facts = case, Facts(case)
        result = match_people(*case)
        self.report = full_report(result, everybody_left_out(result), 2)
        self.blocking = blocking_pairs(result)
        self.mentor_of = {pair.mentee_id: pair.mentor_id for pair in result.pairs}
        self.fixed = {pair.mentee_id for pair in result.pairs if pair.status != "matched"}
        self.loads = result.loads
        self.seats = {
            mentor: seats - sum(self.mentor_of[mentee] == mentor for mentee in self.fixed)
            for mentor, seats in self.facts.capacity.items()
        }

    def eligible(self, mentee: str) -> list[str]:
        return [mentor for mentor in self.facts.capacity if (mentee, mentor) in self.facts.eligible]

    def movable(self, mentor: str) -> list[str]:
        return [mentee for mentee, at in self.mentor_of.items() if at == mentor and mentee not in self.fixed]

    def is_free(self, mentor: str) -> bool:
        return self.loads[mentor] < self.facts.capacity[mentor]

    def reason(self, mentee: str) -> str:
        if not any(self.facts.capacity[mentor] for mentor in self.eligible(mentee)):
            return "no_eligible_mentor"
        asking, seen = [mentee], set()
        for one in asking:
            for mentor in self.eligible(one):
                if self.is_free(mentor):
                    return "outscored"
                if mentor not in seen:
                    seen.add(mentor)
                    asking += self.movable(mentor)
        return "capacity_shortage"

    def blocked(self, mentee_id: str) -> list[list[str]]:
        mentee = next(one for one in self.case.mentees if one.id == mentee_id)
        return [codes(mentee, mentor, self.case.rules) for mentor in self.case.mentors if mentor.capacity]

    def would_rather(self, mentee: str, mentor: str) -> bool:
        units = self.facts.units
        own = units[mentee, self.mentor_of[mentee]] if mentee in self.mentor_of else -1
        others = [units[other, mentor] for other in self.movable(mentor)]
        room = self.is_free(mentor) or any(other < units[mentee, mentor] for other in others)
        return units[mentee, mentor] > own and room and self.facts.capacity[mentor] > 0

    def alternatives(self, mentee: str) -> list[tuple[str, int]]:
        if mentee in self.fixed:
            return []
        units = self.facts.units
        others = [mentor for mentor in self.eligible(mentee) if mentor != self.mentor_of.get(mentee)]
        return [(m, units[mentee, m]) for m in sorted(others, key=lambda m: (-units[mentee, m], m))[:2]]


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    random = Random(90)
    return [Reading(random_case(random)) for _ in range(300)]


def test_who_is_left_out_and_why(readings: list[Reading]) -> None:
    seen = set()
    for reading in readings:
        for one in reading.report["unmatched"]:
            rules = reading.blocked(one["mentee_id"])
            named = [code for each in rules for code in each]
            alone = [each[0] for each in rules if len(each) == 1]
            assert one["reason"] == reading.reason(one["mentee_id"])
            assert one["blocked"] == {code: named.count(code) for code in named}
            assert one["sole_blocker"] == {code: alone.count(code) for code in alone}
            seen.add(one["reason"])
    assert seen == {"no_eligible_mentor", "capacity_shortage", "outscored"}


def test_hall_sets_prove_the_shortage(readings: list[Reading]) -> None:
    for reading in readings:
        for one in reading.report["unmatched"]:
            assert ("hall" in one) == (one["reason"] == "capacity_shortage")
            if hall := one.get("hall"):
                mentors = {m for e in hall["mentees"] for m in reading.eligible(e) if reading.seats[m]}
                assert one["mentee_id"] in hall["mentees"]
                assert not reading.fixed & set(hall["mentees"])
                assert mentors == set(hall["mentors"])
                assert hall["seats"] == sum(reading.seats[m] for m in mentors) < len(hall["mentees"])


def test_pairs_that_would_rather_be_together(readings: list[Reading]) -> None:
    for reading in readings:
        free = [mentee.id for mentee in reading.case.mentees if mentee.id not in reading.fixed]
        wanted = [(e, m) for e in free for m in reading.eligible(e) if reading.would_rather(e, m)]
        assert reading.blocking == wanted
        assert reading.report["diagnostics"]["blocking_pairs"] == len(wanted)


def test_alternatives_are_the_best_others(readings: list[Reading]) -> None:
    for reading in readings:
        for one in reading.report["pairs"] + reading.report["unmatched"]:
            shown = [(other["mentor_id"], other["score_units"]) for other in one["alternatives"]]
            assert shown == reading.alternatives(one["mentee_id"])
            given = [reading.seats[other["mentor_id"]] > 0 for other in one["alternatives"]]
            assert [other["loss"] is not None for other in one["alternatives"]] == given


def test_totals(readings: list[Reading]) -> None:
    for reading in readings:
        report, rules = reading.report, reading.case.rules
        best = reading.facts.goals(tuple(reading.mentor_of.get(one.id, "~") for one in reading.case.mentees))
        previous = set(reading.case.previous or ())
        assert report["objective"] == {
            "mode": rules.mode,
            "matched": best.matched,
            "value": best.value,
            "squares": best.squares,
            "score_units": sum(reading.facts.units[pair] for pair in reading.mentor_of.items()),
            "kept": sum(pair in previous for pair in reading.mentor_of.items()),
            "max_units": 10000 * reading.facts.total_weight,
        }
        assert report["counts"]["eligible_pairs"] == len(reading.facts.eligible)
        assert report["counts"]["pinned"] + report["counts"]["locked"] == len(reading.fixed)
