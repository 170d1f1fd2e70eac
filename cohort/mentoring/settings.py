"""What staff set for a run: how much each factor counts, which rules are never broken, how much may change."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

STANDARD_WEIGHTS: Mapping[str, int] = {
    "growth": 40,
    "preference": 15,
    "style": 15,
    "seniority": 10,
    "availability": 10,
    "language": 5,
    "mentor_preference": 5,
}
"""Of 100, so that each is a share as well. Style stands where the engine's own defaults have the goals, which nobody is
asked for."""
FACTOR_WORDS: Mapping[str, str] = {
    "growth": "Growth areas",
    "preference": "Wish of the participant",
    "style": "Working style",
    "seniority": "Career path",
    "availability": "Shared hours",
    "language": "First language",
    "mentor_preference": "Wish of the mentor",
}
GREATEST_WEIGHT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Stored with every run; the next one begins from those of the last."""

    weights: Mapping[str, int] = field(default_factory=lambda: dict(STANDARD_WEIGHTS))
    different_employer: bool = True
    shared_language: bool = True
    shared_hours: bool = True
    least_starts: int = 1
    """Possible starts of a whole meeting in a week, on the quarter hour."""
    competitors: tuple[tuple[str, ...], ...] = ()
    """Groups of employers whose people are not paired with each other."""
    least_gap: int | None = None
    """Grades that a mentor stands above the participant at least."""
    least_fit: int = 0
    """Of 100."""
    most_changes: int | None = None
    """So many pairs of the run before may be lost; None: any number."""

    def stored(self) -> dict[str, Any]:
        return asdict(self) | {"weights": dict(self.weights), "competitors": [list(one) for one in self.competitors]}


def settings_of(stored: Mapping[str, Any]) -> RunSettings:
    """The settings as a run keeps them; what it does not know stays standard.

    PostgreSQL gives the names of a document in an order of its own, and equal settings must make equal files.
    """
    known = {one.name for one in fields(RunSettings)}
    values = {name: value for name, value in stored.items() if name in known}
    groups = tuple(tuple(group) for group in values.get("competitors", ()))
    given = values.get("weights", STANDARD_WEIGHTS)
    weights = {name: given[name] for name in STANDARD_WEIGHTS if name in given}
    return RunSettings(**(values | {"competitors": groups, "weights": weights}))
