"""Runs that were kept, as lists and pages read them: what was asked, what came of it, how two differ."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from cohort.db import db
from cohort.mentoring.models import MatchRun, RunState
from cohort.mentoring.settings import RunSettings, settings_of
from cohort.people.models import Person

UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)
Couples = Mapping[int, tuple[int, int, str]]
"""Mentor, fit and how the pair came about, by enrolment."""


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run as lists show it."""

    row: MatchRun
    asked_by: str

    @property
    def couples(self) -> Couples:
        return _couples_of(self.row.outcome)

    @property
    def settings(self) -> RunSettings:
        return settings_of(self.row.rules)


def _couples_of(outcome: Mapping[str, Any]) -> Couples:
    return {enrolment: (mentor, fit, how) for enrolment, mentor, fit, how in outcome.get("pairs", ())}


@dataclass(frozen=True, slots=True)
class Sums:
    """What came of a run, in a line; nothing of it before it is done."""

    rules_hash: str | None
    matched: int | None
    people: int | None
    mean: int | None
    """The mean fit; None also where nobody was matched."""


def list_runs(cohort_id: int) -> list[SavedRun]:
    """Every run of the cohort, the latest first; without its files and its outcome."""
    return [SavedRun(row, name) for row, name in db.session.execute(_select_runs(cohort_id))]


def list_summed(cohort_id: int) -> list[tuple[SavedRun, Sums]]:
    """The same, each with its sums."""
    found = MatchRun.outcome
    query = _select_runs(cohort_id).add_columns(
        found["rules_hash"].as_string(),
        found["matched"].as_integer(),
        found["people"].as_integer(),
        found[("spread", "mean")].as_integer(),
    )
    rows: Iterable[Any] = db.session.execute(query)
    return [(SavedRun(row, name), Sums(*sums)) for row, name, *sums in rows]


def _select_runs(cohort_id: int) -> Select[MatchRun, str]:
    return (
        select(MatchRun, Person.name)
        .join(Person, Person.id == MatchRun.asked_by_id)
        .where(MatchRun.cohort_id == cohort_id)
        .order_by(MatchRun.number.desc())
    )


def read_outcomes(runs: Iterable[SavedRun]) -> None:
    """Bring up what came of these."""
    if ids := [one.row.id for one in runs]:
        db.session.scalars(select(MatchRun).options(undefer(MatchRun.outcome)).where(MatchRun.id.in_(ids))).all()


def find_run(cohort_id: int, number: int) -> MatchRun | None:
    """A run with its files."""
    return db.session.scalar(
        select(MatchRun)
        .options(undefer(MatchRun.files))
        .where(MatchRun.cohort_id == cohort_id, MatchRun.number == number)
    )


def last_done(runs: Sequence[SavedRun]) -> SavedRun | None:
    return next((one for one in runs if one.row.state is RunState.DONE), None)


def under_way(runs: Sequence[SavedRun]) -> SavedRun | None:
    return next((one for one in runs if one.row.state in UNDER_WAY), None)


def couples_before(cohort_id: int) -> Couples:
    """Those of the last run that is done."""
    query = select(MatchRun.outcome).where(MatchRun.cohort_id == cohort_id, MatchRun.state == RunState.DONE)
    outcome = db.session.scalars(query.order_by(MatchRun.number.desc()).limit(1)).first()
    return _couples_of(outcome or {})


def read_file(row: MatchRun, name: str) -> bytes:
    """One file of the archive. KeyError when it has none of that name."""
    with zipfile.ZipFile(io.BytesIO(row.files or b"")) as archive:
        return archive.read(name)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one participant from one run to another; None stands for no mentor."""

    enrolment_id: int
    before: tuple[int, int] | None
    """Mentor and fit."""
    after: tuple[int, int] | None


def compare(earlier: SavedRun, later: SavedRun) -> list[Difference]:
    """Everybody whose mentor is another, in the order of their rows."""
    before, after = earlier.couples, later.couples
    return [
        Difference(enrolment, _ends(before.get(enrolment)), _ends(after.get(enrolment)))
        for enrolment in sorted(before.keys() | after.keys())
        if before.get(enrolment, (None,))[0] != after.get(enrolment, (None,))[0]
    ]


def _ends(couple: tuple[int, int, str] | None) -> tuple[int, int] | None:
    return couple and couple[:2]
