"""Commands about packs: what they print, and what they refuse with 2 and every error."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cohort.cli import main
from tests.cli.conftest import PACK, Installation

SCHEDULE = ("schedule", PACK, "--start", "2027-03-01", "--zone", "America/New_York", "--json")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The shipped pack with two mistakes."""
    text = (
        PACK.read_text()
        .replace("length_days: 180", "length_days: many")
        .replace("at: start+2d 10:00", "at: strat+2d", 1)
    )
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    return file


def test_check_program_needs_neither_settings_nor_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COHORT_MODE", "DATABASE_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(main, ["check-program", str(PACK)])
    assert (result.exit_code, result.stdout) == (0, "emerging-leaders.yaml is in order: Emerging Leaders, 8 modules.\n")


def test_check_program_lists_every_mistake_with_its_place(broken: Path) -> None:
    result = CliRunner().invoke(main, ["check-program", str(broken)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2
    assert all(line.startswith("broken.yaml:") for line in result.stderr.splitlines())


def test_check_program_gives_the_mistakes_as_json(broken: Path) -> None:
    result = CliRunner().invoke(main, ["check-program", str(broken), "--json"])
    errors = json.loads(result.stdout)["errors"]
    assert result.exit_code == 2
    assert [sorted(error) for error in errors] == [["code", "line", "message", "path"]] * 2
    assert {"length_days", "modules[0].workshop.at"} == {error["path"] for error in errors}


def test_schedule_prints_every_item_by_time() -> None:
    result = CliRunner().invoke(main, [str(argument) for argument in SCHEDULE])
    items = json.loads(result.stdout)["items"]
    dated = [item["utc"] for item in items if item["utc"]]
    assert result.exit_code == 0
    assert dated == sorted(dated)
    assert items[0]["id"] == "assessment.opens:baseline"
    assert next(item for item in items if item["id"] == "workshop:kickoff") == {
        "id": "workshop:kickoff",
        "kind": "workshop",
        "key": "kickoff",
        "at": "2027-03-03T10:00:00-05:00",
        "ends_at": "2027-03-03T12:00:00-05:00",
        "utc": "2027-03-03T15:00:00Z",
        "why": "Start + 2 days at 10:00",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--start", "tomorrow", "--zone", "Europe/London"), "is no date"),
        (("--start", "2027-03-01", "--zone", "London"), "is no time zone"),
        (("--start", "2027-03-01", "--zone", "Europe/London", "--blackout", "2027-04-02..2027-04-01"), "ends before"),
        (("--start", "0001-01-01", "--zone", "Europe/London"), "cannot be planned"),
    ],
)
def test_schedule_refuses_wrong_input(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(main, ["schedule", str(PACK), *arguments])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_import_of_an_export_changes_nothing(with_cohort: Installation, tmp_path: Path) -> None:
    exported = tmp_path / "exported.yaml"
    exported.write_text(with_cohort.run("export-program", "emerging-leaders").stdout)
    assert with_cohort.run("import-program", exported).stdout == "emerging-leaders: nothing has changed.\n"


def test_import_program_refuses_a_broken_pack(installation: Installation, broken: Path) -> None:
    result = installation.run("import-program", broken, expect=2)
    assert len(result.stderr.splitlines()) == 2


def test_export_program_refuses_an_unknown_key(installation: Installation) -> None:
    result = installation.run("export-program", "nothing", expect=2)
    assert result.stderr == "There is no program 'nothing'. Import its pack first.\n"
