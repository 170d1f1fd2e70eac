"""What a run is asked to do: weights, hard rules, goals, pins. Defaults serve a program that never touched them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class CustomFactor:
    """A factor over two columns of the rosters; `kind` is `same`, `different` or `overlap`."""

    name: str
    kind: str
    mentor_column: str
    mentee_column: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`weights` by name of the factor, those left out keep their default; `_bp` values are ten-thousandths of the most
    units a pair can have; pins and forbids are (mentee id, mentor id)."""

    weights: Mapping[str, int] = field(default_factory=dict)
    custom: tuple[CustomFactor, ...] = ()
    forbid_same_company: bool = True
    competitors: tuple[tuple[str, ...], ...] = ()
    require_common_language: bool = True
    require_meeting: bool = True
    meeting_minutes: int = 60
    min_starts: int = 1
    target_starts: int = 16
    missing_availability: str = "allow"
    min_seniority_gap: int | None = None
    min_score_bp: int = 0
    reference_dates: tuple[date, ...] = (date(2026, 1, 5), date(2026, 7, 6))
    default_timezone: str = "UTC"
    ideal_min: int = 1
    ideal_max: int = 3
    depth: int = 5
    mode: str = "participation"
    priority_bp: int = 2000
    load_penalty_bp: int = 300
    stability: str = "bonus"
    bonus_bp: int = 500
    on_conflict: str = "error"
    pins: tuple[tuple[str, str], ...] = ()
    forbids: tuple[tuple[str, str], ...] = ()
