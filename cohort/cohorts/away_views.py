"""What the panel about people who are away needs, on whichever page of a cohort it stands."""

from collections.abc import Sequence
from typing import Any

from cohort import clock
from cohort.cohorts.away_rows import list_clashes
from cohort.cohorts.models import Cohort
from cohort.gate import may
from cohort.schedule.models import DatedItem


def away_context(cohort: Cohort, items: Sequence[DatedItem]) -> dict[str, Any]:
    """For those who may read when people are away: an admin as such may not, and gets no panel."""
    reads = may("extension.list", cohort)
    return {
        "clashes": list_clashes(cohort, items, now=clock.now()) if reads else None,
        "may_grant": may("extension.grant", cohort),
    }
