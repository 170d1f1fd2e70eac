"""Reads of programs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, undefer

from cohort.access import Actor
from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.pack import Pack, build_pack

MOST_USES = 20
"""Cohorts that are named beside a program; the versions count all of them."""


def find_latest_version(key: str) -> ProgramVersion | None:
    """The newest version of the program `key`, with its program and its content."""
    return db.session.scalar(
        select(ProgramVersion)
        .join(ProgramVersion.program)
        .options(joinedload(ProgramVersion.program), undefer(ProgramVersion.document))
        .where(Program.key == key)
        .order_by(ProgramVersion.number.desc())
        .limit(1)
    )


def find_newer_version(version: ProgramVersion) -> ProgramVersion | None:
    """The newest version of the same program, when it is newer than `version`; without its content."""
    return db.session.scalar(
        select(ProgramVersion)
        .where(ProgramVersion.program_id == version.program_id, ProgramVersion.number > version.number)
        .order_by(ProgramVersion.number.desc())
        .limit(1)
    )


def find_version(key: str, number: int) -> ProgramVersion | None:
    """One version of the program `key`, with its program and its content."""
    return db.session.scalar(
        select(ProgramVersion)
        .join(ProgramVersion.program)
        .options(joinedload(ProgramVersion.program), undefer(ProgramVersion.document))
        .where(Program.key == key, ProgramVersion.number == number)
    )


def programs_by_title() -> Select[Program]:
    """Every program."""
    return select(Program).order_by(Program.title, Program.id)


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    versions: int
    imported_at: datetime
    """When the latest version came."""
    cohorts: int


def facts_of(programs: Collection[Program]) -> dict[int, ProgramFacts]:
    """Versions and cohorts of programs, by the program's row id, in one query."""
    counts = (
        select(
            ProgramVersion.program_id,
            func.count(ProgramVersion.id.distinct()),
            func.max(ProgramVersion.imported_at),
            func.count(Cohort.id),
        )
        .outerjoin(Cohort, Cohort.version_id == ProgramVersion.id)
        .where(ProgramVersion.program_id.in_([program.id for program in programs]))
        .group_by(ProgramVersion.program_id)
    )
    return {row[0]: ProgramFacts(row[1], row[2], row[3]) for row in db.session.execute(counts)}


@dataclass(frozen=True, slots=True)
class VersionFacts:
    number: int
    imported_at: datetime
    imported_by: str | None
    """A name; None when it came from the command line."""
    cohorts: int


def list_versions(program_id: int) -> list[VersionFacts]:
    """The versions of a program, newest first, each with the number of cohorts that run on it."""
    versions = (
        select(ProgramVersion.number, ProgramVersion.imported_at, Person.name, func.count(Cohort.id))
        .outerjoin(Person, Person.id == ProgramVersion.imported_by_id)
        .outerjoin(Cohort, Cohort.version_id == ProgramVersion.id)
        .where(ProgramVersion.program_id == program_id)
        .group_by(ProgramVersion.id, Person.name)
        .order_by(ProgramVersion.number.desc())
    )
    return [VersionFacts(*row) for row in db.session.execute(versions)]


@dataclass(frozen=True, slots=True)
class UseFacts:
    """A cohort that runs on some version of a program."""

    slug: str
    title: str
    state: CohortState
    number: int


def list_uses(program_id: int, actor: Actor) -> list[UseFacts]:
    """The cohorts of a program for which `actor` works, for an admin all; those not archived first, newest first."""
    uses = (
        select(Cohort.slug, Cohort.title, Cohort.state, ProgramVersion.number)
        .join(ProgramVersion, ProgramVersion.id == Cohort.version_id)
        .where(ProgramVersion.program_id == program_id)
        .order_by(Cohort.state == CohortState.ARCHIVED, Cohort.starts_on.desc(), Cohort.id.desc())
        .limit(MOST_USES)
    )
    if not actor.is_admin:
        uses = uses.where(Cohort.id.in_(actor.cohorts_as("program lead", "facilitator", "observer")))
    return [UseFacts(*row) for row in db.session.execute(uses)]


def list_latest_versions() -> list[ProgramVersion]:
    """The newest version of every program, with its program."""
    newest = select(func.max(ProgramVersion.id)).group_by(ProgramVersion.program_id)
    return list(
        db.session.scalars(
            select(ProgramVersion)
            .join(ProgramVersion.program)
            .options(joinedload(ProgramVersion.program))
            .where(ProgramVersion.id.in_(newest))
            .order_by(Program.title, Program.id)
        )
    )


def pack_of(version: ProgramVersion) -> Pack:
    """The content of a version. A version never changes, so each process reads and builds it once."""
    pack = _packs.get(version.digest)
    if pack is None:
        while len(_packs) >= _MOST_PACKS:
            _packs.pop(next(iter(_packs)), None)
        pack = _packs[version.digest] = build_pack(version.document)
    return pack


_packs: dict[str, Pack] = {}
"""By digest, the oldest first."""
_MOST_PACKS = 64
