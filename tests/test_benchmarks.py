"""A small run of the measurements: they find their people and pages, and give a ratio for each. No time is judged."""

from pathlib import Path

import pytest

from benchmarks import feeds, matching, pages, planning, tables
from benchmarks.browsing import filled, form_for
from benchmarks.installations import seeded_source
from benchmarks.tables import as_text
from cohort import clock

FORM = b"""
<form method="get" action="/find"><input name="q" value="no"></form>
<form method="post" data-autosave="/form/draft">
<input type="hidden" name="csrf_token" value="t"><input type="checkbox" name="a" value="1" checked>
<input type="checkbox" name="a" value="2"><input type="radio" name="b" value="1"><input type="file" name="c">
<select name="d"><option value="">Choose</option><option value="x" selected>X</option></select>
<textarea name="e">
Two &amp; two
lines</textarea><button name="do" value="send">Send</button></form>
"""


def test_form_is_sent_as_a_browser_sends_it() -> None:
    fields = form_for("/form/draft", "/form", FORM)
    assert fields == [("csrf_token", "t"), ("a", "1"), ("d", "x"), ("e", "Two & two\nlines")]
    assert filled(fields, {"a": "2", "do": "send"}) == [*fields[:1], *fields[2:], ("a", "2"), ("do", "send")]


def test_form_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="/find"):
        form_for("/find", "/form", FORM)


@pytest.mark.slow
def test_every_page_stands_beside_its_floor(tmp_path: Path) -> None:
    source = seeded_source(pages.FEW, pages.FEW * 2, clock.today("UTC").isoformat())

    report = pages.measure([source], rounds=1, folder=tmp_path, starts=1, worker_seconds=3)

    [database] = report["databases"]
    assert {floor["name"]: floor["queries"] for floor in database["floors"]} == {
        "participant": 5,
        "staff": 3,
        "complete": 3,
    }
    assert [page["name"] for page in database["pages"] if not page["times"] > 0] == []
    lines = as_text(report | {"databases": [database, database]}).splitlines()
    assert [line.split()[:1] for line in lines if line.startswith("POST log")] == [["POST"], ["POST"]]
    assert tables.HEADS[0] == lines[1].split()[0]


def test_planning_stands_beside_its_floor() -> None:
    report = planning.measure(sizes=(8, 16), rounds=1, people=2)

    names = ["plan", "move, before and after", "preview", "apply"]
    assert [(it["name"], it["items"]) for it in report["series"]] == [(name, n) for n in (8, 16) for name in names]
    assert [it["name"] for it in report["series"] if not it["times"] > 0] == []
    lines = planning.as_text(report).splitlines()
    assert lines[1].split()[0] == planning.HEADS[0]
    assert len(lines) == 2 + len(report["series"]) + 1


@pytest.mark.slow
def test_feed_stands_beside_the_library_and_a_hello() -> None:
    report = feeds.measure([5, 10], rounds=1)

    assert [(row["name"], row["items"], row["queries"]) for row in report["rows"]] == [
        ("feed", 5, 6),
        ("feed, not modified", 5, 4),
        ("feed", 10, 6),
        ("feed, not modified", 10, 4),
    ]
    assert [row["name"] for row in report["rows"] if not row["times"] > 0] == []
    assert tables.feeds_text(report).splitlines()[-1].startswith("feed, not modified, 10 items beside 5:")


def test_matching_stands_beside_what_is_installed() -> None:
    report = matching.measure(sizes=((8, 4), (16, 8)), beside=((8, 4),), pairs=(8, 4), rounds=1, limit=20)

    assert [one["mib"] < 100 for one in report["sizes"]] == [True, True]
    assert [one["by"] for one in report["beside"]] == ["cohort match", *matching.PACKAGES]
    lines = matching.as_text(report).splitlines()
    assert [line.split()[:3] for line in lines[1:3]] == [["8", "x", "4"], ["16", "x", "8"]]
