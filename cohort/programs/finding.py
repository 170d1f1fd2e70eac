"""How routes of programs find what their address names."""

from flask import request

from cohort.access import Guard
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import find_latest_version, find_version


class Shelf:
    """All programs together, for what concerns no single one."""

    def guard(self) -> Guard:
        return Guard()


def open_shelf() -> Shelf:
    return Shelf()


def open_version(key: str, **_: object) -> ProgramVersion | None:
    """The version that the address asks for, else the latest."""
    number = request.args.get("version", type=int)
    return find_latest_version(key) if number is None else find_version(key, number)


def open_latest(key: str) -> ProgramVersion | None:
    return find_latest_version(key)
