"""From a cohort's pack, start, zone, blackouts and match day to its dated items."""

from sqlalchemy import select

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.programs.queries import pack_of
from cohort.schedule.models import DatedItem
from cohort.schedule.plan import Plan, make_plan

FIELDS = ("title", "module_key", "expression", "why", "at", "ends_at")


def plan_of(cohort: Cohort) -> Plan:
    """What the dates of `cohort` are by its pack; needs the cohort's version loaded."""
    return make_plan(
        pack_of(cohort.version),
        start=cohort.starts_on,
        zone=cohort.zone,
        match=cohort.matched_on,
        blackouts=cohort.blackout_days,
    )


def derive_items(cohort: Cohort) -> None:
    """Write the cohort's dated items as the plan gives them; an item keeps its row when its date changes."""
    kept = {
        (item.kind, item.key): item
        for item in db.session.scalars(select(DatedItem).where(DatedItem.cohort_id == cohort.id))
    }
    for planned in plan_of(cohort).items:
        item = kept.pop((planned.kind, planned.key), None)
        if item is None:
            item = DatedItem(cohort_id=cohort.id, kind=planned.kind, key=planned.key)
            db.session.add(item)
        for name in FIELDS:
            setattr(item, name, getattr(planned, name))
    for gone in kept.values():
        db.session.delete(gone)
    db.session.flush()
