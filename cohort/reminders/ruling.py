"""The rules of a cohort: those of its program, as far as the cohort has not changed them, and its own."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import select

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.programs.pack import ReminderRule
from cohort.programs.queries import pack_of
from cohort.reminders.models import CohortRule

Rules = tuple[ReminderRule, ...]


def rules_of(cohort: Cohort) -> Rules:
    """Those that speak, in the order of the program; needs `cohort.version` loaded."""
    return apply_changes(pack_of(cohort.version).reminders, list_changes([cohort.id])[cohort.id])


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
