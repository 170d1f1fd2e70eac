"""The rules of a cohort: those of its program, as far as the cohort has not changed them, and its own."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.programs.pack import ReminderRule
from cohort.programs.queries import pack_of
from cohort.reminders.models import CohortRule

Rules = tuple[ReminderRule, ...]


@dataclass(frozen=True, slots=True)
class RuleOfCohort:
    """One rule as a cohort has it, whether it speaks or not."""

    rule: ReminderRule
    program: ReminderRule | None
    """What the program says; None for a rule of the cohort's own."""
    change: CohortRule | None
    """What the cohort changed about it, with `changed_by` loaded."""

    @property
    def is_off(self) -> bool:
        return self.change is not None and self.change.is_off

    @property
    def is_changed(self) -> bool:
        """It says something else than the program."""
        return self.program is not None and self.rule != self.program

    @property
    def state(self) -> str:
        """The same as long as the rule is: what an editor has seen."""
        told = json.dumps([self.is_off, as_stored(self.rule)], sort_keys=True)
        return sha256(told.encode()).hexdigest()[:16]


def rules_of(cohort: Cohort) -> Rules:
    """Those that speak, in the order of the program; needs `cohort.version` loaded."""
    return apply_changes(pack_of(cohort.version).reminders, list_changes([cohort.id])[cohort.id])


def list_rules(cohort: Cohort) -> list[RuleOfCohort]:
    """All of them, also those that are off: the program's in its order, then the cohort's own. Needs `cohort.version`
    loaded."""
    changes = {change.key: change for change in _changes_with_people(cohort.id)}
    of_program = pack_of(cohort.version).reminders
    keys = {rule.key for rule in of_program}
    own = [RuleOfCohort(as_rule(change), None, change) for key, change in changes.items() if key not in keys]
    return [_as_changed(rule, changes.get(rule.key)) for rule in of_program] + own


def find_rule(cohort: Cohort, key: str) -> RuleOfCohort | None:
    return next((one for one in list_rules(cohort) if one.rule.key == key), None)


def _changes_with_people(cohort_id: int) -> Iterable[CohortRule]:
    return db.session.scalars(
        select(CohortRule)
        .options(joinedload(CohortRule.changed_by))
        .where(CohortRule.cohort_id == cohort_id)
        .order_by(CohortRule.id)
        .execution_options(populate_existing=True)
    )


def _as_changed(rule: ReminderRule, change: CohortRule | None) -> RuleOfCohort:
    return RuleOfCohort(as_rule(change) if change else rule, rule, change)


def list_changes(cohort_ids: Collection[int]) -> Mapping[int, list[CohortRule]]:
    """What cohorts changed about their rules, the oldest first."""
    rows = db.session.scalars(
        select(CohortRule).where(CohortRule.cohort_id.in_(cohort_ids)).order_by(CohortRule.id)
    ).all()
    found: dict[int, list[CohortRule]] = defaultdict(list)
    for row in rows:
        found[row.cohort_id].append(row)
    return found


def apply_changes(rules: Iterable[ReminderRule], changes: Iterable[CohortRule]) -> Rules:
    """A changed rule takes the place of the program's; what is new comes last, what is off is left out."""
    by_key: dict[str, ReminderRule | None] = {rule.key: rule for rule in rules}
    by_key |= {change.key: None if change.is_off else as_rule(change) for change in changes}
    return tuple(rule for rule in by_key.values() if rule is not None)


def as_rule(change: CohortRule) -> ReminderRule:
    return ReminderRule(**change.rule)


def as_stored(rule: ReminderRule) -> dict[str, str | None]:
    return asdict(rule)
