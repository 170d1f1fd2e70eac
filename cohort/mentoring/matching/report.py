"""The two files of a run: the pairs as CSV and the report as a JSON object, both in id order throughout."""

import csv
import io
from itertools import starmap

from cohort.mentoring.matching import diagnosing
from cohort.mentoring.matching.engine import Pair, Result
from cohort.mentoring.matching.explaining import Alternatives
from cohort.mentoring.matching.leaving_out import LeftOut
from cohort.mentoring.matching.model import Place

CONTRACT = "cohort-match/1"
COLUMNS = ("mentee_id", "mentor_id", "status", "score_units", "score", "kept", "reason")

Json = dict[str, object]


def shown_score(units: int, max_units: int) -> str:
    """Share of the most units, half up: `0.4381`."""
    share = (20_000 * units + max_units) // (2 * max_units)
    return f"{share // 10_000}.{share % 10_000:04}"


def pairs_csv(result: Result, left_out: list[LeftOut]) -> bytes:
    """One row for each mentee."""
    rows = {pair.mentee_id: _pair_row(pair, result.max_units) for pair in result.pairs}
    rows |= {each.mentee_id: [each.mentee_id, "", "unmatched", "", "", "", each.reason] for each in left_out}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows[mentee.id] for mentee in result.model.mentees)
    return text.getvalue().encode()


def _pair_row(pair: Pair, max_units: int) -> list[str]:
    score = shown_score(pair.units, max_units)
    return [pair.mentee_id, pair.mentor_id, pair.status, str(pair.units), score, str(int(pair.kept)), ""]


def full_report(result: Result, left_out: list[LeftOut], explain: int) -> Json:
    """All of the contract's report but what went wrong; `explain` alternatives for each free mentee."""
    return {
        "contract": CONTRACT,
        "status": "optimal",
        "errors": [],
        "conflicts": [],
        "objective": _objective(result),
        "counts": _counts(result),
        **_people(result, left_out, explain),
        "loads": result.loads,
        "diagnostics": _diagnostics(result),
        "certificate": _certificate(result),
        "warnings": _warnings(result),
        "unlocked": [_ids(result, mentee, mentor) for mentee, mentor in result.solution.fixed.unlocked],
    }


def _objective(result: Result) -> Json:
    return {
        "mode": result.model.rules.mode,
        **result.goals._asdict(),
        "score_units": sum(pair.units for pair in result.pairs),
        "kept": sum(pair.kept for pair in result.pairs),
        "max_units": result.max_units,
    }


def _counts(result: Result) -> Json:
    model, fixed = result.model, result.solution.fixed
    return {
        "mentors": len(model.mentors),
        "mentees": len(model.mentees),
        "seats": sum(model.capacities),
        "eligible_pairs": sum(mask.bit_count() for mask in model.eligible),
        "pinned": len(fixed.pinned),
        "locked": len(fixed.mentor_of) - len(fixed.pinned),
    }


def _people(result: Result, left_out: list[LeftOut], explain: int) -> Json:
    alternatives = _alternatives(result, explain) if explain else {}
    pairs = [_pair(result, pair, alternatives.get(pair.mentee_id, [])) for pair in result.pairs]
    unmatched = [_left_out(each, alternatives.get(each.mentee_id, [])) for each in left_out]
    return {"pairs": pairs, "unmatched": unmatched}


def _pair(result: Result, pair: Pair, alternatives: list[Json]) -> Json:
    model = result.model
    mentee = model.mentees[model.mentee_places[pair.mentee_id]]
    mentor = model.mentors[model.mentor_places[pair.mentor_id]]
    return {
        "mentee_id": pair.mentee_id,
        "mentor_id": pair.mentor_id,
        "score_units": pair.units,
        "factors": [
            {"name": name, "value": value, "weight": weight, "units": units, "missing": missing}
            for name, value, weight, units, missing in model.points.of(mentee, mentor)
        ],
        "alternatives": alternatives,
    }


def _alternatives(result: Result, explain: int) -> dict[str, list[Json]]:
    model, free = result.model, result.solution.free
    search = Alternatives(result)
    pairs = [(mentee, mentor) for mentee in free for mentor in _best_others(result, mentee, explain)]
    losses = list(starmap(search.loss, pairs))
    found: dict[str, list[Json]] = {model.mentees[mentee].id: [] for mentee in free}
    for (mentee, mentor), loss in zip(pairs, losses, strict=True):
        found[model.mentees[mentee].id].append(
            {
                "mentor_id": model.mentors[mentor].id,
                "score_units": model.units[mentee][mentor],
                "loss": None if loss is None else loss._asdict(),
            }
        )
    return found


def _best_others(result: Result, mentee: Place, count: int) -> list[Place]:
    """The eligible mentors with the most units, but the mentee's own. Those with a seat to give are sorted already, but
    for the bonus of pairs of the earlier run."""
    model, at = result.model, result.solution
    present = at.mentor_of[mentee]
    heaviest = [mentor for mentor in at.order[mentee][: count + 1 + len(at.kept[mentee])] if mentor != present]
    if not (at.closed or at.kept[mentee]):
        return heaviest[:count]
    closed = [mentor for mentor in model.eligible_places(mentee, at.closed) if mentor != present]
    return sorted(sorted(closed + heaviest), key=model.units[mentee].__getitem__, reverse=True)[:count]


def _left_out(each: LeftOut, alternatives: list[Json]) -> Json:
    record: Json = {
        "mentee_id": each.mentee_id,
        "reason": each.reason,
        "blocked": each.blocked,
        "sole_blocker": each.sole_blocker,
        "alternatives": alternatives,
    }
    if each.hall:
        hall = {"mentees": each.hall.mentee_ids, "mentors": each.hall.mentor_ids, "seats": each.hall.seats}
        return record | {"hall": hall}
    return record


def _diagnostics(result: Result) -> Json:
    return {
        "score": diagnosing.score_spread(result),
        "first_choice": diagnosing.first_choices(result),
        "blocking_pairs": len(diagnosing.blocking_pairs(result)),
        "load_histogram": diagnosing.load_histogram(result),
        "spare_seats": diagnosing.spare_seats(result),
    }


def _certificate(result: Result) -> Json:
    mentees, mentors = result.model.mentees, result.model.mentors
    prices = result.certificate
    return {
        "mentee": {mentees[place].id: price for place, price in prices.mentees.items()},
        "mentor": {mentor.id: price for mentor, price in zip(mentors, prices.mentors, strict=True)},
    }


def _ids(result: Result, mentee: Place, mentor: Place) -> Json:
    return {"mentee_id": result.model.mentees[mentee].id, "mentor_id": result.model.mentors[mentor].id}


def _warnings(result: Result) -> list[Json]:
    dropped = [conflict.as_json() for conflict in result.solution.fixed.conflicts]
    return dropped + _unknown_references(result) + _empty_columns(result)


def _unknown_references(result: Result) -> list[Json]:
    """Ids in wishes, vetoes and forbids that nobody has."""
    mentees, mentors = result.model.mentee_places, result.model.mentor_places
    named = [
        (file, person.id, column, reference)
        for file, people, known in (
            ("mentors", result.model.mentors, mentees),
            ("mentees", result.model.mentees, mentors),
        )
        for person in people
        for column in _columns_of_ids(file)
        for reference in getattr(person, column)
        if reference not in known
    ]
    forbidden = [
        ("rules", "", f"forbid.{side}", reference)
        for pair in result.model.rules.forbids
        for side, reference, known in zip(("mentee", "mentor"), pair, (mentees, mentors), strict=True)
        if reference not in known
    ]
    return [
        {"code": "unknown_reference", "file": file, "id": person_id, "column": column, "reference": reference}
        for file, person_id, column, reference in named + forbidden
    ]


def _empty_columns(result: Result) -> list[Json]:
    """Columns of custom factors in which nobody has anything, as after a misspelt name."""
    model = result.model
    named = [
        (file, custom.name, column)
        for custom in model.rules.custom
        for file, people, column in (
            ("mentors", model.mentors, custom.mentor_column),
            ("mentees", model.mentees, custom.mentee_column),
        )
        if not any(person.columns.get(column) for person in people)
    ]
    return [{"code": "empty_column", "file": file, "factor": name, "column": column} for file, name, column in named]


def _columns_of_ids(file: str) -> tuple[str, str]:
    other = "mentees" if file == "mentors" else "mentors"
    return f"ranked_{other}", f"vetoed_{other}"
