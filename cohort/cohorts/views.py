"""Pages of this feature."""

from cohort.cohorts.blueprint import bp

__all__ = ["bp"]
