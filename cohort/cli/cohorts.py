"""Commands that run a cohort: make it, fill it, match it, launch it."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from cohort.cli.common import DAY, DAYS, WRONG_INPUT, ZONE, answer, as_json, cohort_called, in_app, refuse
from cohort.cohorts.importing import ImportedRow, ImportResult
from cohort.cohorts.roster_fields import RosterKind
from cohort.cohorts.rosters import Problem


@click.command("create-cohort")
@click.option("--program", "key", required=True, help="Key of an imported program.")
@click.option("--title", required=True)
@click.option("--start", type=DAY, required=True, help="First day, a Monday.")
@click.option("--zone", type=ZONE, required=True, help="The cohort's IANA time zone.")
@click.option("--seats", type=click.IntRange(1, 10_000), help="Left out: as many as are invited.")
@click.option("--blackout", "blackouts", type=DAYS, multiple=True, help="Days without program dates: A..B.")
@in_app
def create_cohort(
    key: str, title: str, start: date, zone: str, seats: int | None, blackouts: tuple[tuple[date, date], ...]
) -> None:
    """Make a cohort of a program, with every dated item, and print its slug."""
    from cohort import clock
    from cohort.cohorts.creating import create_cohort as create
    from cohort.db import db
    from cohort.programs.queries import find_latest_version

    version = find_latest_version(key)
    if version is None:
        refuse([f"There is no program {key!r}. Import its pack first."])
    cohort = create(
        version, title=title, starts_on=start, zone=zone, seats=seats, blackouts=blackouts, lead=None, now=clock.now()
    )
    db.session.commit()
    click.echo(cohort.slug)


@click.command("import-people")
@click.argument("slug", metavar="COHORT")
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "kind", type=click.Choice([kind.value for kind in RosterKind]), required=True)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--enrol", is_flag=True, help="Enrol participants and accept mentors at once, without invitations.")
@as_json
@in_app
def import_people(slug: str, file: Path, kind: str, dry_run: bool, enrol: bool, as_json: bool) -> None:
    """Take the people of FILE.csv into COHORT. Rows with errors are left out and listed.

    With --dry-run, or when no row can be taken, errors end the command with 2.
    """
    from cohort import clock
    from cohort.cohorts import importing
    from cohort.cohorts.roster_file import read_table
    from cohort.cohorts.rosters import check_roster
    from cohort.db import db
    from cohort.programs.queries import pack_of

    cohort = cohort_called(slug)
    areas = [competency.key for competency in pack_of(cohort.version).competencies]
    roster = check_roster(read_table(file.read_bytes()), RosterKind(kind), growth_areas=areas)
    if roster.problems:
        refuse(roster.problems)
    result = importing.preview(cohort, roster, may_appoint_admins=True, enrol=enrol)
    takes_some = bool(result.created or result.updated or result.unchanged)
    if not dry_run and takes_some:
        result = importing.import_people(cohort, roster, by=None, may_appoint_admins=True, enrol=enrol, now=clock.now())
        db.session.commit()
    answer(_say(result, dry_run), _facts(result), as_json)
    if result.problems and (dry_run or not takes_some):
        raise SystemExit(WRONG_INPUT)


@click.command("match-cohort")
@click.argument("slug", metavar="COHORT")
@click.option("--publish", is_flag=True, help="Publish the pairs: both people of each are mailed.")
@click.option("--by", metavar="EMAIL", help="Who asks; without it a program lead of the cohort, or else an admin.")
@as_json
@in_app
def match_cohort(slug: str, publish: bool, by: str | None, as_json: bool) -> None:
    """Propose a mentor for every participant of COHORT without one. The run is kept, and waited for."""
    from cohort import clock
    from cohort.db import db
    from cohort.mentoring import publishing
    from cohort.mentoring.gathering import list_people
    from cohort.mentoring.kept_runs import last_done, list_runs
    from cohort.mentoring.queries import find_who_asks
    from cohort.mentoring.runs import ask_run

    cohort = cohort_called(slug)
    asking = find_who_asks(cohort, by)
    if asking is None:
        refuse(["Nobody to ask in the name of: appoint a program lead or an admin, or name one with --by."])
    last = last_done(list_runs(cohort.id))
    row = ask_run(cohort, last.settings if last else None, by=asking, now=clock.now(), wait=True)
    proposed = list_people(cohort).proposed
    if publish:
        publishing.publish(cohort, proposed, now=clock.now())
    db.session.commit()
    facts = {"proposed": len(proposed), "unmatched": len(row.outcome["unmatched"]), "published": publish}
    words = (
        f"{facts['proposed']} pairs {'published' if publish else 'proposed'}, {facts['unmatched']} people unmatched."
    )
    answer(words, facts, as_json)


@click.command("launch")
@click.argument("slug", metavar="COHORT")
@in_app
def launch(slug: str) -> None:
    """Start COHORT: from now on its reminders are sent."""
    from cohort import clock
    from cohort.cohorts.launching import launch as start
    from cohort.db import db

    cohort = cohort_called(slug)
    start(cohort, now=clock.now())
    db.session.commit()
    click.echo(f"{cohort.title} is running.")


def _facts(result: ImportResult) -> dict[str, Any]:
    counts = result.roster.counts
    return {
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "errors": counts.with_errors,
        "skipped": counts.skipped,
        "mapping": dict(result.roster.mapping),
        "notices": list(result.roster.notices),
        "rows": [_row_facts(row) for row in result.rows],
    }


def _row_facts(row: ImportedRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "result": row.outcome.value,
        "name": row.name,
        "email": row.email,
        "problems": [_problem_facts(problem) for problem in row.problems],
        "warnings": [_problem_facts(problem) for problem in row.warnings],
    }


def _problem_facts(problem: Problem) -> dict[str, Any]:
    return {"column": problem.column, "field": problem.field, "found": problem.found, "message": problem.message}


def _say(result: ImportResult, dry_run: bool) -> str:
    counts = result.roster.counts
    head = (
        f"{'Would take' if dry_run else 'Took'} {result.created} new and {result.updated} changed people; "
        f"{result.unchanged} unchanged, {counts.with_errors} rows with errors, {counts.skipped} empty rows."
    )
    left_out = [f"Column “{header}” is left out." for header, field in result.roster.mapping.items() if field is None]
    problems = [f"Row {number}: {problem}" for number, problem in result.problems]
    return "\n".join([head, *left_out, *result.roster.notices, *problems])
