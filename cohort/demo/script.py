"""When things happen in the demo: the times of story.yaml as instants."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import yaml

from cohort import clock
from cohort.demo.people import HERE
from cohort.schedule.dates import parse_expression

ZONE = "America/Chicago"
BACK = timedelta(days=66)
"""A start between 66 and 72 days ago is a Monday on which module 4 is open and its workshop not yet past."""


@cache
def read_story() -> dict[str, Any]:
    story: dict[str, Any] = yaml.safe_load((HERE / "story.yaml").read_text(encoding="utf-8"))
    return story


@cache
def _zones() -> dict[str, str]:
    rosters = [HERE / f"{name}.csv" for name in ("participants", "latecomers", "mentors", "staff")]
    rows = [row for roster in rosters for row in csv.DictReader(roster.read_text(encoding="utf-8").splitlines())]
    return {row["email"].partition("@")[0]: row["time_zone"] for row in rows}


def zone_of(name: str) -> str:
    """The zone of a person, called by what stands before the @ of the address."""
    return _zones()[name]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Dates of the story, counted from the cohort's start or from today."""

    today: date
    """In the cohort's zone."""

    @property
    def start(self) -> date:
        return clock.monday_of(self.today - BACK)

    def day(self, expression: str) -> date:
        """The day of `start+9d` or `today-16d`."""
        return self._read(expression)[0]

    def wall(self, expression: str) -> datetime:
        """The wall-clock time of `start+9d 17:00`, in no zone."""
        return datetime.combine(*self._read(expression))

    def moment(self, expression: str, zone: str = ZONE) -> datetime:
        """The instant of `start+9d 17:00`, by the clocks of `zone`."""
        day, at = self._read(expression)
        return clock.from_local(day, at, zone)

    def _read(self, expression: str) -> tuple[date, time]:
        anchor = self.today if expression.startswith("today") else self.start
        read = parse_expression(expression.replace("today", "start"))
        return anchor + timedelta(days=read.days), read.at
