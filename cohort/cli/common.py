"""What the commands share: the application around a command, its answers, and how it refuses."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click

from cohort.cohorts.models import Cohort
from cohort.config import SettingsError
from cohort.errors import DomainError

WRONG_INPUT = 2
P = ParamSpec("P")
R = TypeVar("R")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
pack_file = click.argument("file", metavar="PACK.yaml", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def in_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run `command` inside the application, on a database of this version.

    A refusal of the domain or of the settings is wrong input.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from cohort.migrating import require_current_schema

        require_current_schema()
        return command(*args, **kwargs)

    return in_any_app(run)


def in_any_app(command: Callable[P, R]) -> Callable[P, R]:
    """The same, whatever the database holds: for the command that makes it."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from cohort import create_app  # the commands that only read files need neither settings nor database
        from cohort.db import db

        try:
            app = create_app()
        except SettingsError as problem:
            refuse(str(problem).splitlines())
        with app.app_context():
            try:
                return command(*args, **kwargs)
            except DomainError as refusal:
                refuse([refusal.message])
            finally:
                db.session.remove()
                db.engine.dispose()

    return run


def refuse(problems: Sequence[str]) -> NoReturn:
    """Print what is wrong, line by line, and end with 2."""
    for problem in problems:
        click.echo(problem, err=True)
    raise SystemExit(WRONG_INPUT)


def answer(words: str, facts: Any, as_json: bool) -> None:
    """Print `facts` as JSON when asked for, else the short answer."""
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str) if as_json else words)


def cohort_called(slug: str) -> Cohort:
    """The cohort with this slug; ends with 2 when there is none."""
    from cohort.cohorts.queries import find_cohort

    cohort = find_cohort(slug)
    if cohort is None:
        refuse([f"There is no cohort {slug!r}. The slug is what create-cohort printed, and stands in its address."])
    return cohort


class Day(click.ParamType[date]):
    name = "date"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date. Write it as 2027-03-01.", param, ctx)


class Days(click.ParamType[tuple[date, date]]):
    name = "date..date"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[date, date]:
        if isinstance(value, tuple):
            return value
        first, dots, last = value.partition("..")
        days = (DAY.convert(first, param, ctx), DAY.convert(last if dots else first, param, ctx))
        if days[1] < days[0]:
            self.fail(f"{value!r} ends before it begins. Write the first day first.", param, ctx)
        return days


class Zone(click.ParamType[str]):
    name = "zone"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        from cohort import clock

        if not clock.is_zone(value):
            self.fail(f"{value!r} is no time zone. Write an IANA name such as America/New_York.", param, ctx)
        return str(value)


class Moment(click.ParamType[datetime]):
    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment. Write it as 2027-03-04T15:00:00Z.", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(ZoneInfo("UTC"))


DAY, DAYS, ZONE, MOMENT = Day(), Days(), Zone(), Moment()
