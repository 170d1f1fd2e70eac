"""Pages of this feature."""

from cohort.mentoring.blueprint import bp

__all__ = ["bp"]
