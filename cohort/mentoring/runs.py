"""Runs of matching, each kept: what was asked, what came of it, and the files that prove it.

A run of a usual cohort is done at once. One of a large cohort is queued, and a worker does it (see `run_worker`).
"""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from cohort.cohorts.models import Cohort
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict
from cohort.mentoring.apart import list_waiting
from cohort.mentoring.gathering import Couple, People, list_people
from cohort.mentoring.kept_runs import UNDER_WAY, Couples, SavedRun, couples_before
from cohort.mentoring.matching import Outcome
from cohort.mentoring.matching.diagnosing import first_choices, score_spread
from cohort.mentoring.matching.files import OPTIMAL
from cohort.mentoring.matching.leaving_out import everybody_left_out
from cohort.mentoring.matching.report import full_report, pairs_csv
from cohort.mentoring.models import MatchRun, RunState
from cohort.mentoring.pairing import Proposals, keep_proposals, proposals_of
from cohort.mentoring.proposing import (
    Run,
    Tell,
    blocking_couples,
    count_ruled_out,
    price_of_locks,
    run,
    seats_worth_adding,
)
from cohort.mentoring.run_input import RunInput, facts_digest, write_input
from cohort.mentoring.settings import RunSettings
from cohort.people.models import Person

LARGEST_AT_ONCE = 200 * 60
"""Thinkable pairs of a run that is answered in the request."""
ALTERNATIVES = 3
"""For each participant in the report, as the command gives without being asked for more."""
MOST_BLOCKING = 50
"""So many are kept by name; the others are counted."""
_A_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The files of equal runs are equal, to the byte."""


def ask_run(
    cohort: Cohort, settings: RunSettings | None = None, *, by: Person, now: datetime, wait: bool = False
) -> MatchRun:
    """Run the engine and keep its pairs as proposals in the place of those of the run before; pairs that stand stay.

    A large run is queued instead, unless somebody will `wait`. Needs the cohort's version loaded. Raises Conflict when
    the cohort is archived, a veto waits for staff, or a run is under way.
    """
    take_turn(cohort.id)
    people = list_people(cohort)
    _refuse(people)
    settings = settings or RunSettings()
    row = MatchRun(
        cohort_id=cohort.id,
        number=_next_number(cohort.id),
        state=RunState.QUEUED,
        rules=settings.stored(),
        asked_at=now,
        asked_by_id=by.id,
    )
    db.session.add(row)
    db.session.flush()
    if wait or people.couples <= LARGEST_AT_ONCE:
        keep_run(row, work_out(people, settings, couples_before(cohort.id)), now=now)
    return row


def _refuse(people: People) -> None:
    if waiting := list_waiting(people.apart):
        vetoes = "A veto waits" if len(waiting) == 1 else f"{len(waiting)} vetoes wait"
        raise Conflict(f"{vetoes} for you: confirm or turn down first. Nothing was run.")
    query = select(MatchRun.number).where(MatchRun.cohort_id == people.cohort.id, MatchRun.state.in_(UNDER_WAY))
    if (number := db.session.scalar(query)) is not None:
        raise Conflict(f"Run {number} is under way. Nothing was run.")


def _next_number(cohort_id: int) -> int:
    last = db.session.scalar(select(func.max(MatchRun.number)).where(MatchRun.cohort_id == cohort_id))
    return (last or 0) + 1


@dataclass(frozen=True)
class WorkedOut:
    """Everything that a run finds out; made without the database, so that it only waits to be written."""

    outcome: Mapping[str, Any]
    files: bytes
    proposals: Proposals


def work_out(people: People, settings: RunSettings, before: Couples, tell: Tell | None = None) -> WorkedOut:
    """`before`: the pairs of the run before. `tell` hears of every plan that is made, and once more before the files
    are; it may raise to end the run."""
    made = run(people, settings, tell)
    outcome = _outcome_of(made, tell) | {"pairs": _pairs_of(made, before)}
    if tell:
        tell(1, 1)
    return WorkedOut(outcome, _files_of(made), proposals_of(made))


def keep_run(row: MatchRun, found: WorkedOut, *, now: datetime) -> None:
    """Write down what came of a run, and make its pairs the proposals of the cohort. The cohort's turn is taken."""
    row.outcome, row.files, row.state, row.progress = dict(found.outcome), found.files, RunState.DONE, 100
    row.begun_at, row.ended_at, row.fault = row.begun_at or now, now, ""
    db.session.flush()
    keep_proposals(found.proposals, now=now)


def is_about(saved: SavedRun, given: RunInput) -> bool:
    """The run was about the people as they are now; `given`: what it would be given."""
    return bool(facts_digest(given) == saved.row.outcome["facts"])


def is_current(saved: SavedRun, people: People, given: RunInput) -> bool:
    """The pairs there are now are those of the run, and it was about the people as they are now."""
    pairs = {one.enrolment_id: one.mentor_id for one in people.pairings if one.enrolment_id in people.by_enrolment_id}
    planned = {enrolment: mentor for enrolment, (mentor, *_) in saved.couples.items()}
    return pairs == planned and is_about(saved, given)


def ruled_out_now(people: People, saved: SavedRun | None, given: RunInput) -> Mapping[str, tuple[int, int]]:
    """How many pairs each rule rules out, and how many it alone: as the last run found it where that was about the
    people as they are now, and of a large cohort."""
    is_large = people.couples > LARGEST_AT_ONCE
    if saved and (is_large or is_about(saved, given)):
        return {code: (both[0], both[1]) for code, both in saved.row.outcome["ruled_out"].items()}
    return {} if is_large else count_ruled_out(given)


def would_rule_out(people: People, settings: RunSettings) -> Mapping[str, int]:
    """How many pairs each rule that has a switch would rule out if it were on; nothing of a large cohort."""
    if people.couples > LARGEST_AT_ONCE:
        return {}
    switched_on = replace(settings, different_employer=True, shared_language=True, shared_hours=True)
    counts = count_ruled_out(write_input(people, switched_on))
    return {code: counts.get(code, (0, 0))[0] for code in ("same_company", "language", "availability")}


def _outcome_of(made: Run, tell: Tell | None) -> dict[str, Any]:
    """In row ids and hundredths, so that names and words stay where they belong."""
    spread = score_spread(made.result)
    blocking = blocking_couples(made)
    return {
        "facts": facts_digest(made.given),
        "rules_hash": made.given.rules_hash,
        "matched": made.result.goals.matched,
        "people": len(made.result.model.mentees),
        "points": made.points,
        "unmatched": [[one.enrolment.id, one.reason, one.shared] for one in made.unmatched],
        "spread": {name: None if units is None else made.in_points(units) for name, units in spread.items()},
        "histogram": _histogram(made),
        "first_choice": dict(first_choices(made.result)),
        "blocking": {"count": len(blocking), "pairs": [_blocking_row(made, one) for one in blocking[:MOST_BLOCKING]]},
        "seats": [list(one) for one in seats_worth_adding(made)],
        "locks": {"number": len(made.people.locked), **_price(made, tell)},
        "steadiness": {
            "mode": made.steadiness.mode,
            "bonus_bp": made.steadiness.bonus_bp,
            "matched": made.steadiness.matched,
            "points": made.steadiness.points,
            "changed": len(made.changes),
        },
        "ruled_out": {code: list(both) for code, both in count_ruled_out(made.given).items()},
    }


def _histogram(made: Run) -> list[int]:
    """Pairs by tens of their fit, 0 to 9 first; 100 counts with the nineties."""
    tens = Counter(min(9, fit // 10) for fit in made.scores.values())
    return [tens[ten] for ten in range(10)]


def _blocking_row(made: Run, couple: Couple) -> list[int | None]:
    """Enrolment, mentor, their fit together, and the fit the participant has now."""
    return [*couple, made.fit(couple), made.scores.get(couple[0])]


def _price(made: Run, tell: Tell | None) -> dict[str, int]:
    matched, points = price_of_locks(made, tell) if made.people.locked else (0, 0)
    return {"matched": matched, "points": points}


def _pairs_of(made: Run, before: Couples) -> list[list[Any]]:
    """Enrolment, mentor, fit, and how: `run`, `locked` when staff locked what a run proposed, `hand`, `known`."""
    standing = {one.enrolment_id: one for one in made.people.standing}
    return [
        [enrolment, mentor, made.scores[enrolment], _how(standing.get(enrolment), before.get(enrolment), mentor)]
        for enrolment, mentor in sorted(made.plan.items())
    ]


def _how(standing: Any, before: tuple[int, int, str] | None, mentor_id: int) -> str:
    if standing is None:
        return "run"
    if not standing.is_locked:
        return "known"
    return "locked" if before and before[0] == mentor_id and before[2] in ("run", "locked") else "hand"


def _files_of(made: Run) -> bytes:
    """The archive: what went in, and what `cohort match` makes of it."""
    left_out = everybody_left_out(made.result)
    proven = Outcome(OPTIMAL, pairs_csv(made.result, left_out), full_report(made.result, left_out, ALTERNATIVES))
    files = made.given.files | {"pairs.csv": proven.pairs or b"", "report.json": proven.report_json}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _A_MOMENT), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
