"""One run for the command line: files in, files out, in the contract `cohort-match/1`."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cohort.mentoring.matching.engine import match_people
from cohort.mentoring.matching.fixing import PinConflictError
from cohort.mentoring.matching.leaving_out import everybody_left_out
from cohort.mentoring.matching.people import Mentee, Mentor
from cohort.mentoring.matching.reading import Faults, InputError, read_previous
from cohort.mentoring.matching.report import CONTRACT, Json, full_report, pairs_csv
from cohort.mentoring.matching.rosters import read_mentees, read_mentors
from cohort.mentoring.matching.rules import Rules
from cohort.mentoring.matching.rulesfile import read_rules
from cohort.mentoring.matching.solving import Progress

OPTIMAL, INPUT_ERROR, CONFLICT = 0, 2, 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """The command's exit code, the bytes of `pairs.csv` (None when none may be written) and the report."""

    exit_code: int
    pairs: bytes | None
    report: Json

    @property
    def report_json(self) -> bytes:
        """The bytes of `report.json`."""
        return json.dumps(self.report, ensure_ascii=False, check_circular=False).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class _Inputs:
    mentors: Sequence[Mentor]
    mentees: Sequence[Mentee]
    rules: Rules
    previous: Sequence[tuple[str, str]] | None
    errors: Sequence[InputError]


def match_files(
    mentors: bytes | None,
    mentees: bytes | None,
    rules: bytes | None = None,
    previous: bytes | None = None,
    explain: int = 3,
    missing: Collection[str] = (),
    progress: Progress | None = None,
) -> Outcome:
    """Read, match and write. `missing` names the files (mentors, mentees, rules, previous) that could not be opened;
    `progress` is that of `match_people`."""
    inputs = _read({"mentors": mentors, "mentees": mentees, "rules": rules, "previous": previous}, missing)
    if inputs.errors:
        errors = [error.as_json() for error in inputs.errors]
        return Outcome(INPUT_ERROR, None, {"contract": CONTRACT, "status": "input_error", "errors": errors})
    try:
        result = match_people(inputs.mentors, inputs.mentees, inputs.rules, inputs.previous, progress)
    except PinConflictError as refusal:
        conflicts = [conflict.as_json() for conflict in refusal.conflicts]
        return Outcome(CONFLICT, None, {"contract": CONTRACT, "status": "conflict", "conflicts": conflicts})
    left_out = everybody_left_out(result)
    return Outcome(OPTIMAL, pairs_csv(result, left_out), full_report(result, left_out, explain))


def _read(given: dict[str, bytes | None], missing: Collection[str]) -> _Inputs:
    faults = {file: Faults(file) for file in given}
    for file in missing:
        faults[file].add(0, "", "missing_file", f"The file of {file} could not be read.")
    data = {file: content for file, content in given.items() if content is not None and file not in missing}
    rules = read_rules(data["rules"], faults["rules"]) if "rules" in data else Rules()
    mentor_columns = [custom.mentor_column for custom in rules.custom]
    mentee_columns = [custom.mentee_column for custom in rules.custom]
    return _Inputs(
        mentors=read_mentors(data["mentors"], faults["mentors"], mentor_columns) if "mentors" in data else (),
        mentees=read_mentees(data["mentees"], faults["mentees"], mentee_columns) if "mentees" in data else (),
        rules=rules,
        previous=read_previous(data["previous"], faults["previous"]) if "previous" in data else None,
        errors=[error for file in given for error in _in_order(faults[file])],
    )


def _in_order(faults: Faults) -> list[InputError]:
    return sorted(faults.errors, key=lambda error: error.row)
