"""Storing packs: a version for each change, none for the same again."""

import copy

import pytest

from cohort.db import db
from cohort.errors import Conflict
from cohort.programs import importing
from cohort.programs.importing import import_pack
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.packs import read_pack, write_pack
from tests.build import Build, shipped_document


def renamed(title: str) -> dict[str, object]:
    document = copy.deepcopy(shipped_document())
    document["title"] = title
    return document


def test_first_import_makes_the_program_and_its_version_1(build: Build) -> None:
    person = build.person()

    version = import_pack(shipped_document(), by=person, now=build.now)

    assert version is not None
    assert (version.program.key, version.program.title) == ("emerging-leaders", "Emerging Leaders")
    assert (version.number, version.imported_at, version.imported_by_id) == (1, build.now, person.id)


def test_same_content_changes_nothing_in_whatever_order(build: Build) -> None:
    import_pack(shipped_document(), by=None, now=build.now)
    backwards = dict(reversed(shipped_document().items()))

    assert import_pack(backwards, by=None, now=build.now) is None
    assert db.session.query(ProgramVersion).count() == 1


def test_import_of_an_export_changes_nothing(build: Build) -> None:
    version = import_pack(shipped_document(), by=None, now=build.now)
    assert version is not None
    db.session.expire_all()
    again = read_pack(write_pack(version.document)).document

    assert again is not None
    assert import_pack(again, by=None, now=build.now) is None


def test_changed_content_is_the_next_version_and_renames_the_program(build: Build) -> None:
    import_pack(shipped_document(), by=None, now=build.now)

    version = import_pack(renamed("Growing Leaders"), by=None, now=build.now)

    assert version is not None
    assert (version.number, version.program.title) == (2, "Growing Leaders")
    assert db.session.query(Program).count() == 1


def test_content_of_an_earlier_version_is_a_new_version(build: Build) -> None:
    import_pack(shipped_document(), by=None, now=build.now)
    import_pack(renamed("Growing Leaders"), by=None, now=build.now)

    version = import_pack(shipped_document(), by=None, now=build.now)

    assert version is not None
    assert version.number == 3


def test_import_that_did_not_see_another_one_is_a_conflict(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    import_pack(shipped_document(), by=None, now=build.now)
    monkeypatch.setattr(importing, "find_latest_version", lambda key: None)  # read before the other one committed

    with pytest.raises(Conflict):
        import_pack(renamed("Growing Leaders"), by=None, now=build.now)

    assert [version.number for version in db.session.query(ProgramVersion)] == [1]
