"""`cohort match` as a process would be: files in, files out, three exit codes, and nothing else needed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cohort.cli import main

HEAVY = ("flask", "sqlalchemy", "werkzeug", "jinja2")
PIN = '[[pin]]\nmentee = "e1"\nmentor = "m9"\n'


class Folder:
    """The files of one run; `pairs.csv` of an earlier one is there already."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("mentors.csv", "mentor_id,name,company,capacity\nm1,Ruth,,2\n")
        self.write("mentees.csv", "mentee_id,name,company\ne1,Priya,\ne2,Omar,\ne3,Lena,\n")
        self.write("rules.toml", "")
        self.write("pairs.csv", "mentee_id,mentor_id\ne3,m1\n")

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)

    def arguments(self, *more: str) -> list[str]:
        files = {"mentors": "mentors.csv", "mentees": "mentees.csv", "out": "pairs.csv", "report": "report.json"}
        return ["match", *(word for option, name in files.items() for word in (f"--{option}", self.named(name))), *more]

    def named(self, name: str) -> str:
        return str(self.path / name)

    def run(self, *more: str) -> Result:
        return CliRunner().invoke(main, self.arguments(*more))

    def report(self) -> dict[str, object]:
        return dict(json.loads((self.path / "report.json").read_text()))

    def has_pairs(self) -> bool:
        return (self.path / "pairs.csv").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_pairs_and_report_are_written(folder: Folder) -> None:
    done = folder.run("--explain", "0")
    assert (done.exit_code, done.stdout) == (0, "2 of 3 mentees have a mentor, proven best.\n")
    assert (folder.path / "pairs.csv").read_bytes() == (
        b"mentee_id,mentor_id,status,score_units,score,kept,reason\n"
        b"e1,m1,matched,0,0.0000,0,\ne2,m1,matched,0,0.0000,0,\ne3,,unmatched,,,,capacity_shortage\n"
    )
    assert folder.report()["status"] == "optimal"


def test_earlier_pairs_are_kept(folder: Folder) -> None:
    before = folder.named("before.csv")
    folder.write("before.csv", "mentee_id,mentor_id\ne3,m1\n")
    assert folder.run("--previous", before).exit_code == 0
    assert b"e3,m1,matched,0,0.0000,1,\n" in (folder.path / "pairs.csv").read_bytes()


@pytest.mark.parametrize(
    ("option", "file", "rules", "exit_code", "words"),
    [
        ("--rules", "rules.toml", "colour = 1", 2, "rules, row 0, colour: There is no such table.\n"),
        ("--rules", "none.toml", "", 2, "rules, row 0, whole file: The file of rules could not be read.\n"),
        ("--previous", "", "", 2, "previous, row 0, whole file: The file of previous could not be read.\n"),
        ("--mentors", "none.csv", "", 2, "mentors, row 0, whole file: The file of mentors could not be read.\n"),
        ("--rules", "rules.toml", PIN, 3, "pin of e1 with m9: unknown_id\n"),
    ],
)
def test_refusal_leaves_no_pairs(
    folder: Folder, option: str, file: str, rules: str, exit_code: int, words: str
) -> None:
    folder.write("rules.toml", rules)
    refused = folder.run(option, folder.named(file))
    assert (refused.exit_code, refused.stderr) == (exit_code, words)
    assert not folder.has_pairs()
    assert folder.report()["status"] == {2: "input_error", 3: "conflict"}[exit_code]


def test_place_that_cannot_be_written_is_said(folder: Folder) -> None:
    refused = folder.run("--report", folder.named("nowhere/report.json"))
    assert (refused.exit_code, "nowhere" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_nothing_else_is_needed_or_loaded(folder: Folder) -> None:
    """A process with an empty environment, in an empty folder, gives the bytes that a run in this one gives."""
    code = f"""
import sys
from cohort.cli import main
try:
    main()
finally:
    assert not set({HEAVY}) & set(sys.modules)
"""
    here, elsewhere = folder.path, folder.path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, "-c", code, *folder.arguments()]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": "7"}
    subprocess.run(command, cwd=elsewhere, env=environment, check=True, capture_output=True)
    written = [(here / name).read_bytes() for name in ("pairs.csv", "report.json")]
    assert folder.run().exit_code == 0
    assert written == [(here / name).read_bytes() for name in ("pairs.csv", "report.json")]
    assert list(elsewhere.iterdir()) == []
