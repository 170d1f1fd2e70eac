"""Matching two rosters by files alone: neither settings nor database nor data directory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cohort.mentoring.matching.files import INPUT_ERROR, Outcome, match_files

FILE = click.Path(path_type=Path)


@click.command("match")
@click.option("--mentors", type=FILE, required=True, help="CSV of the mentors.")
@click.option("--mentees", type=FILE, required=True, help="CSV of the mentees.")
@click.option("--rules", type=FILE, help="TOML with weights, hard rules and pins; left out: the defaults.")
@click.option("--previous", type=FILE, help="CSV of an earlier run's pairs, which are kept where that costs little.")
@click.option("--out", type=FILE, required=True, help="Where the pairs go, as CSV.")
@click.option("--report", type=FILE, required=True, help="Where the reasons, the proof or the errors go, as JSON.")
@click.option("--explain", type=click.IntRange(min=0), default=3, show_default=True, help="Alternatives per mentee.")
def match(
    mentors: Path, mentees: Path, rules: Path | None, previous: Path | None, out: Path, report: Path, explain: int
) -> None:
    """Pair mentors and mentees of two CSV files so that nothing better exists.

    Ends with 0 when the pairs are written, with 2 when an input is wrong and with 3 when a pin cannot be honoured; the
    report says what and where.
    """
    paths = {"mentors": mentors, "mentees": mentees, "rules": rules, "previous": previous}
    data = {file: _read(path) for file, path in paths.items() if path}
    outcome = match_files(
        data["mentors"],
        data["mentees"],
        data.get("rules"),
        data.get("previous"),
        explain=explain,
        missing=[file for file, content in data.items() if content is None],
    )
    try:
        _write(outcome, out, report)
    except OSError as problem:
        click.echo(str(problem), err=True)
        raise SystemExit(INPUT_ERROR) from problem
    for line in _summary(outcome.report):
        click.echo(line, err=outcome.exit_code != 0)
    raise SystemExit(outcome.exit_code)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(outcome: Outcome, out: Path, report: Path) -> None:
    if outcome.pairs is None:
        out.unlink(missing_ok=True)
    else:
        out.write_bytes(outcome.pairs)
    report.write_bytes(outcome.report_json)


def _summary(report: Mapping[str, Any]) -> Iterator[str]:
    if report["status"] == "input_error":
        for error in report["errors"]:
            yield f"{error['file']}, row {error['row']}, {error['column'] or 'whole file'}: {error['message']}"
    elif report["status"] == "conflict":
        for conflict in report["conflicts"]:
            yield f"pin of {conflict['mentee_id']} with {conflict['mentor_id']}: {conflict['code']}"
    else:
        yield f"{report['objective']['matched']} of {report['counts']['mentees']} mentees have a mentor, proven best."
