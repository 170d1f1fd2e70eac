"""Storing a program pack as the next version of its program."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.exc import IntegrityError

from cohort.db import db
from cohort.errors import Conflict
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.queries import find_latest_version


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
