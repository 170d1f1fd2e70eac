"""Rules from TOML: every key is optional, every unknown key and wrong value is named by its dotted key."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from cohort.mentoring.matching.factors import DEFAULT_WEIGHTS, total_weight
from cohort.mentoring.matching.meeting import SLOT_MINUTES, SLOTS, zone
from cohort.mentoring.matching.reading import Faults, decoded
from cohort.mentoring.matching.rules import CustomFactor, Rules

BASIS_POINTS = range(10_001)
WEIGHTS = range(1001)
STARTS = range(1, SLOTS + 1)
GAPS = range(-9, 10)
KINDS = ("same", "different", "overlap")
CUSTOM_TEXTS = ("name", "kind", "mentor_column", "mentee_column")

Check = Callable[[Any], object]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Write true or false.")
    return value


def _number(allowed: range) -> Check:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            step = f" in steps of {allowed.step}" if allowed.step > 1 else ""
            raise ValueError(f"Write a whole number from {allowed[0]} to {allowed[-1]}{step}.")
        return int(value)

    return check


def _choice(*allowed: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"Write one of {', '.join(allowed)}.")
        return value

    return check


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("Write a text.")
    return value.strip()


def _timezone(value: Any) -> str:
    name = _text(value)
    zone(name)
    return name


def _id(value: Any) -> str:
    """Ids are compared exactly, so nothing is stripped; one that nobody has is a conflict, not a mistake."""
    if not isinstance(value, str):
        raise ValueError("Write an id as a text.")
    return value


def _groups(value: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(map(_is_group, value)):
        raise ValueError("Write a list of lists of companies.")
    return tuple(tuple(map(str.strip, group)) for group in value)


def _is_group(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _dates(value: Any) -> tuple[date, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("Write a list of at least one date.")
    return tuple(map(_date, value))


def _date(value: Any) -> date:
    """A date whose whole week can be counted in: not in the first and last year there are."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(day, date) or isinstance(day, datetime) or not date.min.year < day.year < date.max.year:
        raise ValueError("Write a date like 2026-01-05.")
    return day


# Table, key: the field of the rules and the check of the value.
SETTINGS: dict[str, dict[str, tuple[str, Check]]] = {
    "constraints": {
        "forbid_same_company": ("forbid_same_company", _flag),
        "competitors": ("competitors", _groups),
        "require_common_language": ("require_common_language", _flag),
        "require_meeting": ("require_meeting", _flag),
        "meeting_minutes": ("meeting_minutes", _number(range(SLOT_MINUTES, 481, SLOT_MINUTES))),
        "min_starts": ("min_starts", _number(STARTS)),
        "target_starts": ("target_starts", _number(STARTS)),
        "missing_availability": ("missing_availability", _choice("allow", "forbid")),
        "min_seniority_gap": ("min_seniority_gap", _number(GAPS)),
        "min_score_bp": ("min_score_bp", _number(BASIS_POINTS)),
        "reference_dates": ("reference_dates", _dates),
        "default_timezone": ("default_timezone", _timezone),
    },
    "seniority": {"ideal_min": ("ideal_min", _number(GAPS)), "ideal_max": ("ideal_max", _number(GAPS))},
    "preference": {"depth": ("depth", _number(range(1, 101)))},
    "objective": {
        "mode": ("mode", _choice("participation", "quality")),
        "priority_bp": ("priority_bp", _number(BASIS_POINTS)),
    },
    "fairness": {"load_penalty_bp": ("load_penalty_bp", _number(BASIS_POINTS))},
    "stability": {"mode": ("stability", _choice("bonus", "lock")), "bonus_bp": ("bonus_bp", _number(BASIS_POINTS))},
    "pins": {"on_conflict": ("on_conflict", _choice("error", "drop"))},
}
ID_PAIRS = {"pin": "pins", "forbid": "forbids"}


def read_rules(data: bytes, faults: Faults) -> Rules:
    """The rules in the file; those of a file with faults are not fit for use."""
    text = decoded(data, faults)
    if text is None:
        return Rules()
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as refusal:
        faults.add(0, "", "bad_rules", f"This is not TOML: {refusal}")
        return Rules()
    return _Reader(document, faults).rules()


class _Reader:
    """One document, checked key by key."""

    def __init__(self, document: Mapping[str, Any], faults: Faults) -> None:
        self._document = document
        self._faults = faults
        self._fields: dict[str, Any] = {}

    def rules(self) -> Rules:
        for table, content in self._document.items():
            if table == "weights":
                self._fields["weights"] = dict(self._weights(content))
            elif table == "custom":
                self._fields["custom"] = tuple(self._customs(content))
            elif table in ID_PAIRS:
                self._fields[ID_PAIRS[table]] = tuple(self._id_pairs(table, content))
            elif table in SETTINGS:
                self._settings(table, content)
            else:
                self._fault(table, "There is no such table.")
        return self._whole()

    def _whole(self) -> Rules:
        """The rules, checked for what no single key shows."""
        rules = Rules(**self._fields)
        if rules.ideal_min > rules.ideal_max:
            named = "ideal_max" if "ideal_max" in self._fields else "ideal_min"
            self._fault(f"seniority.{named}", "The least ideal gap is above the greatest.")
        if not total_weight(rules):
            self._fault("weights", "At least one factor needs a weight.")
        return rules

    def _fault(self, column: str, message: str) -> None:
        self._faults.add(0, column, "bad_rules", message)

    def _keys(self, table: str, content: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(content, dict):
            yield from content.items()
        else:
            self._fault(table, f"Write [{table}] as a table.")

    def _checked(self, column: str, check: Check, value: Any) -> Iterator[Any]:
        try:
            yield check(value)
        except ValueError as refusal:
            self._fault(column, str(refusal))

    def _weights(self, content: Any) -> Iterator[tuple[str, int]]:
        for name, value in self._keys("weights", content):
            if name not in DEFAULT_WEIGHTS:
                self._fault(f"weights.{name}", "There is no such factor.")
                continue
            for weight in self._checked(f"weights.{name}", _number(WEIGHTS), value):
                yield name, weight

    def _settings(self, table: str, content: Any) -> None:
        for name, value in self._keys(table, content):
            if name not in SETTINGS[table]:
                self._fault(f"{table}.{name}", "There is no such key.")
                continue
            field, check = SETTINGS[table][name]
            for checked in self._checked(f"{table}.{name}", check, value):
                self._fields[field] = checked

    def _blocks(self, table: str, content: Any) -> Iterator[dict[str, Any]]:
        if isinstance(content, list) and all(isinstance(block, dict) for block in content):
            yield from content
        else:
            self._fault(table, f"Write [[{table}]] blocks.")

    def _id_pairs(self, table: str, content: Any) -> Iterator[tuple[str, str]]:
        for block in self._blocks(table, content):
            for name in sorted(block.keys() - {"mentee", "mentor"}):
                self._fault(f"{table}.{name}", "There is no such key.")
            ids = [
                person_id
                for name in ("mentee", "mentor")
                for person_id in self._checked(f"{table}.{name}", _id, block.get(name))
            ]
            if len(ids) == 2:
                yield ids[0], ids[1]

    def _customs(self, content: Any) -> Iterator[CustomFactor]:
        taken = set(DEFAULT_WEIGHTS)
        for block in self._blocks("custom", content):
            for custom in self._checked("custom", _custom, block):
                if custom.name in taken:
                    self._fault("custom", f"There is a factor {custom.name} already.")
                taken.add(custom.name)
                yield custom


def _custom(block: dict[str, Any]) -> CustomFactor:
    if block.keys() != {*CUSTOM_TEXTS, "weight"}:
        raise ValueError(f"A custom factor has {', '.join(CUSTOM_TEXTS)} and weight.")
    texts = {name: _text(block[name]) for name in CUSTOM_TEXTS}
    _choice(*KINDS)(texts["kind"])
    _number(WEIGHTS)(block["weight"])
    return CustomFactor(**texts, weight=block["weight"])
