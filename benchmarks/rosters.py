"""Made-up rosters with every column that the matching scores: mentors with one to five places, and more mentees."""

import csv
import io
from collections.abc import Sequence
from random import Random
from typing import Any

COMPETENCIES = (
    "feedback",
    "delegation",
    "strategic thinking",
    "coaching",
    "conflict",
    "presenting",
    "negotiation",
    "planning",
    "hiring",
    "finance",
    "change",
    "influence",
)
TOPICS = (
    "abroad",
    "first team",
    "speaking",
    "career change",
    "family",
    "board",
    "writing",
    "networks",
    "data",
    "remote",
)
ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver", "Asia/Kolkata")
LANGUAGES = ("German", "Spanish", "French")
FUNCTIONS = ("IT", "Sales", "HR", "Finance", "Research")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
RULES = b"""
[weights]
timezone = 5
[[custom]]
name = "function"
kind = "different"
mentor_column = "function"
mentee_column = "function"
weight = 5
[constraints]
competitors = [["Company 1", "Company 2"]]
min_seniority_gap = -2
"""

Cells = dict[str, Any]


def rosters(mentees: int, mentors: int, seed: int = 1) -> tuple[bytes, bytes]:
    """`mentors.csv` and `mentees.csv`."""
    random = Random(seed)
    mentor_ids, mentee_ids = [f"m{n:05}" for n in range(mentors)], [f"e{n:05}" for n in range(mentees)]
    return (
        _csv([_mentor(random, one, mentee_ids) for one in mentor_ids]),
        _csv([_mentee(random, one, mentor_ids) for one in mentee_ids]),
    )


def _mentor(random: Random, mentor_id: str, mentees: Sequence[str]) -> Cells:
    return {
        "mentor_id": mentor_id,
        **_person(random, mentor_id),
        "seniority": random.randint(4, 10),
        "capacity": random.randint(1, 5),
        "strengths": _listed(f"{name}:{random.randint(1, 5)}" for name in _some(random, COMPETENCIES, 3, 6)),
        "topics": _listed(_some(random, TOPICS, 2, 5)),
        "ranked_mentees": _listed(_some(random, mentees, 0, 3)),
        "vetoed_mentees": _listed(_some(random, mentees, 0, 1)),
    }


def _mentee(random: Random, mentee_id: str, mentors: Sequence[str]) -> Cells:
    return {
        "mentee_id": mentee_id,
        **_person(random, mentee_id),
        "seniority": random.randint(1, 7),
        "growth": _listed(f"{name}:{3 - place}" for place, name in enumerate(random.sample(COMPETENCIES, 3))),
        "goals": _listed(_some(random, TOPICS, 1, 3)),
        "ranked_mentors": _listed(_some(random, mentors, 0, 5)),
        "vetoed_mentors": _listed(_some(random, mentors, 0, 1)),
        "priority": random.choice([0, 0, 0, 0, 1, 2]),
    }


def _person(random: Random, person_id: str) -> Cells:
    return {
        "name": f"Person {person_id}",
        "company": f"Company {random.randrange(40)}",
        "email": f"{person_id}@example.org",
        "timezone": random.choice(ZONES),
        "availability": _listed(_window(random) for _ in range(random.randint(2, 4))),
        "languages": _listed(["English", *_some(random, LANGUAGES, 0, 1)]),
        "function": random.choice(FUNCTIONS),
    }


def _window(random: Random) -> str:
    start, quarters = random.randint(32, 64), random.randint(6, 16)
    hours = [f"{slot // 4:02}:{slot % 4 * 15:02}" for slot in (start, start + quarters)]
    return f"{random.choice(DAYS)} {'-'.join(hours)}"


def _some(random: Random, items: Sequence[str], least: int, most: int) -> list[str]:
    return random.sample(items, random.randint(least, min(most, len(items))))


def _listed(items: Any) -> str:
    return ";".join(items)


def _csv(rows: list[Cells]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
