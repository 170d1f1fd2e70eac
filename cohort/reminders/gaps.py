"""What a cohort still has to fill in before its mails and pages say all they should."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Sitting


@dataclass(frozen=True, slots=True)
class Gap:
    title: str
    kind: str
    at: datetime | None
    what: str
    mend: str


def list_gaps(cohort: Cohort, items: Sequence[DatedItem]) -> Iterator[Gap]:
    """The gaps of `items`, which are the cohort's, in their order. Needs `cohort.version` loaded."""
    placed = _find_placed(cohort.id)
    silent = _find_silent(pack_of(cohort.version))
    for item in items:
        if item.kind in SITTINGS and item.id not in placed:
            what, mend = "It has neither a room nor a join link.", "Say where it is on the page of the workshop."
            yield Gap(item.title, item.kind, item.at, what, mend)
        elif (item.kind, item.key) in silent:
            what, mend = silent[item.kind, item.key]
            yield Gap(item.title, item.kind, item.at, what, mend)


def _find_placed(cohort_id: int) -> set[int]:
    """Ids of the items that have a place."""
    sittings = select(Sitting.item_id).join(DatedItem, DatedItem.id == Sitting.item_id)
    return set(
        db.session.scalars(
            sittings.where(DatedItem.cohort_id == cohort_id, or_(Sitting.room != "", Sitting.join_url != ""))
        )
    )


def _find_silent(pack: Pack) -> dict[tuple[str, str], tuple[str, str]]:
    """What the program announces without saying what it is: (kind, key) -> what is missing, how to mend it."""
    silent: dict[tuple[str, str], tuple[str, str]] = {}
    for module in pack.modules:
        if not module.lessons:
            mend = "Write at least one lesson in the text of the program."
            silent[Kind.MODULE_OPENS, module.key] = ("It has no lessons: its mail lists nothing to read.", mend)
        if module.workshop and not module.workshop.prework.strip():
            mend = "Write prework in the text of the program, or take its date away."
            silent[Kind.PREWORK_DUE, module.workshop.key] = ("It is due, and nothing says what it is.", mend)
        if module.assignment and not module.assignment.brief.strip():
            mend = "Write the brief in the text of the program."
            silent[Kind.ASSIGNMENT_DUE, module.assignment.key] = ("It has no brief.", mend)
    return silent
