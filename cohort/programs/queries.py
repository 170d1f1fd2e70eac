"""Reads of programs."""

from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.db import db
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.pack import Pack, build_pack


def find_latest_version(key: str) -> ProgramVersion | None:
    """The newest version of the program `key`, with its program."""
    return db.session.scalar(
        select(ProgramVersion)
        .join(ProgramVersion.program)
        .options(joinedload(ProgramVersion.program))
        .where(Program.key == key)
        .order_by(ProgramVersion.number.desc())
        .limit(1)
    )


def pack_of(version: ProgramVersion) -> Pack:
    """The content of a version. A version never changes, so each process builds it once."""
    return _built(version.digest, _Document(version.document))


class _Document:
    """Carries a document past the cache, whose key is the digest alone."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _built(digest: str, document: _Document) -> Pack:
    return build_pack(document.content)
