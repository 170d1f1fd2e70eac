"""How routes inside a cohort find it: the gate's `find` functions, which also tell the shell where the reader is."""

from flask import g

from cohort.cohorts.models import Cohort
from cohort.cohorts.queries import find_cohort


def open_cohort(slug: str, **_: object) -> Cohort | None:
    """The cohort of the address; the shell draws its bar and navigation from it."""
    g.cohort = find_cohort(slug)
    cohort: Cohort | None = g.cohort
    return cohort
