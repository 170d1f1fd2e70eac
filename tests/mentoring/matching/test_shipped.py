"""The rosters that are shipped, matched as the application would: everybody gets a mentor, with reasons."""

import csv

import pytest

from cohort.config import ROOT
from cohort.mentoring.matching import Mentee, Mentor, Result, Rules, match_people, reasons
from cohort.mentoring.matching.factors import listed
from cohort.mentoring.matching.rosters import read_window


def shared(row: dict[str, str]) -> dict[str, object]:
    return {
        "id": row["email"],
        "name": row["name"],
        "company": row["company"],
        "email": row["email"],
        "timezone": row["time_zone"],
        "availability": tuple(window for item in listed(row["availability"]) for window in read_window(item)),
        "languages": listed(row["languages"]),
    }


def roster(name: str) -> list[dict[str, str]]:
    with (ROOT / "content" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def result() -> Result:
    mentors = [
        Mentor(**shared(row), capacity=int(row["capacity"]), strengths=tuple((c, 3) for c in listed(row["strengths"])))
        for row in roster("mentors.csv")
    ]
    mentees = [
        Mentee(
            **shared(row), manager=(row["manager_email"],), growth=tuple((c, 1) for c in listed(row["growth_areas"]))
        )
        for row in roster("participants.csv")
    ]
    return match_people(mentors, mentees, Rules())


def test_shipped_rosters_have_a_mentor_for_all_who_can_meet_one(result: Result) -> None:
    seats = sum(result.model.capacities)
    possible = sum(bool(mask) for mask in result.model.eligible)
    assert result.goals.matched == min(seats, possible)


def test_shipped_pairs_have_three_sentences_each(result: Result) -> None:
    kinds = [[reason.kind for reason in reasons(result, pair.mentee_id)] for pair in result.pairs]
    assert kinds == [["because", "because", "watch"]] * len(result.pairs)
