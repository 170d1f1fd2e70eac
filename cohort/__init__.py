"""The application: a table of contents.

How it is put together stands in `application`, and is imported by whoever asks for one: what only reads files, such as
matching two rosters, starts without it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from cohort.config import Settings

__version__ = "0.1.0"

FEATURES = (
    "cohort.people.views",
    "cohort.programs.views",
    "cohort.cohorts.views",
    "cohort.schedule.views",
    "cohort.schedule.extension_views",
    "cohort.learning.views",
    "cohort.assignments.views",
    "cohort.checkins.views",
    "cohort.mentoring.views",
    "cohort.mentoring.matching_views",
    "cohort.mentoring.publish_views",
    "cohort.mentoring.readiness_views",
    "cohort.workshops.views",
    "cohort.mail.views",
    "cohort.calendars.views",
    "cohort.health",
)
MODELS = (
    "cohort.assignments.models",
    "cohort.calendars.models",
    "cohort.checkins.models",
    "cohort.learning.models",
    "cohort.mail.models",
    "cohort.mentoring.models",
    "cohort.reminders.models",
    "cohort.schedule.models",
    "cohort.workshops.models",
)


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The web application (and the context in which the command line and the worker run)."""
    from cohort.application import assemble

    return assemble(settings)
