"""Storing a program pack as the next version of its program."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.queries import find_latest_version


def publish(
    document: dict[str, Any], *, program: Program, based_on: int, by: Person, now: datetime
) -> ProgramVersion | None:
    """Store an edited document as the next version of `program`; the editing began with version `based_on`.

    Returns None when it says what that version says. Raises Conflict when there is a newer version by now, DomainError
    when it has become the document of another program. Whoever publishes holds the program's row: one at a time.
    """
    db.session.execute(select(Program.id).where(Program.id == program.id).with_for_update())
    refuse_outdated(program, based_on)
    if document["key"] != program.key:
        message = f"This says key: {document['key']}, and the program is {program.key}: write its key back."
        raise DomainError(f"{message} A program of its own is imported.", field="text")
    return import_pack(document, by=by, now=now)


def refuse_outdated(program: Program, based_on: int) -> None:
    """Raises Conflict when `based_on` is not the latest version of `program`."""
    latest = find_latest_version(program.key)
    if latest is None or latest.number != based_on:
        number = latest.number if latest else "another one"
        raise Conflict(f"Version {number} was published while you were editing.")


def import_pack(document: dict[str, Any], *, by: Person | None, now: datetime) -> ProgramVersion | None:
    """Store a checked document as a new version. Returns None when it says what the latest version says.

    Cohorts keep the version they were made from. Raises Conflict when somebody imports the same program right now.
    """
    latest = find_latest_version(document["key"])
    digest = digest_of(document)
    if latest is not None and latest.digest == digest:
        return None
    program = latest.program if latest else Program(key=document["key"], created_at=now)
    program.title = document["title"]
    version = ProgramVersion(
        program=program,
        number=latest.number + 1 if latest else 1,
        document=document,
        digest=digest,
        imported_at=now,
        imported_by_id=by.id if by else None,
    )
    try:
        with db.session.begin_nested():
            db.session.add(version)
    except IntegrityError as error:
        raise Conflict("Somebody else imported this program just now. Look at their version, then try again") from error
    return version


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of the document in canonical JSON: the same content has the same digest, in whatever order."""
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
