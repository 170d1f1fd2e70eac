"""Commands about program packs; checking and scheduling need no database and no settings."""

from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from cohort.cli.common import DAY, DAYS, ZONE, answer, as_json, in_app, pack_file, refuse
from cohort.programs.packs import Reading, read_pack
from cohort.schedule.plan import PlanError, make_plan, plan_as_json


@click.command("check-program")
@pack_file
@as_json
def check_program(file: Path, as_json: bool) -> None:
    """Say whether PACK.yaml can be imported, and everything that is wrong with it."""
    reading = read_pack(file.read_bytes())
    facts = {
        "errors": [
            {"path": error.path, "line": error.line, "code": error.code, "message": error.message}
            for error in reading.errors
        ]
    }
    if reading.pack is None:
        if as_json:
            answer("", facts, True)
            raise SystemExit(2)
        _refuse_pack(file, reading)
    answer(f"{file.name} is in order: {reading.pack.title}, {len(reading.pack.modules)} modules.", facts, as_json)


@click.command("import-program")
@pack_file
@in_app
def import_program(file: Path) -> None:
    """Store PACK.yaml as a program, or as the next version of one."""
    from cohort import clock
    from cohort.db import db
    from cohort.programs.importing import import_pack

    reading = read_pack(file.read_bytes())
    if reading.document is None or reading.pack is None:
        _refuse_pack(file, reading)
    version = import_pack(reading.document, by=None, now=clock.now())
    db.session.commit()
    key = reading.pack.key
    click.echo(f"{key}: nothing has changed." if version is None else f"{key}: version {version.number} imported.")


@click.command("export-program")
@click.argument("key")
@in_app
def export_program(key: str) -> None:
    """Print the latest version of the program KEY as a pack."""
    from cohort.programs.packs import write_pack
    from cohort.programs.queries import find_latest_version

    version = find_latest_version(key)
    if version is None:
        refuse([f"There is no program {key!r}. Import its pack first."])
    click.echo(write_pack(version.document), nl=False)


@click.command("schedule")
@pack_file
@click.option("--start", type=DAY, required=True, help="First day of the cohort, a Monday.")
@click.option("--zone", type=ZONE, required=True, help="The cohort's IANA time zone.")
@click.option("--match", type=DAY, help="The day on which matches are published.")
@click.option("--blackout", "blackouts", type=DAYS, multiple=True, help="Days without program dates: A..B.")
@as_json
def schedule(
    file: Path, start: date, zone: str, match: date | None, blackouts: tuple[tuple[date, date], ...], as_json: bool
) -> None:
    """Print every dated item of PACK.yaml for a cohort that starts on a day."""
    reading = read_pack(file.read_bytes())
    if reading.pack is None:
        _refuse_pack(file, reading)
    try:
        plan = make_plan(reading.pack, start=start, zone=zone, match=match, blackouts=blackouts)
    except PlanError as problem:
        refuse([str(problem)])
    facts = plan_as_json(plan, zone)
    lines = [f"{item['at'] or 'no date yet':25}  {item['id']:45}  {item['why']}" for item in facts["items"]]
    lines += [f"Look at: {warning.message}" for warning in plan.warnings]
    answer("\n".join(lines), facts, as_json)


def _refuse_pack(file: Path, reading: Reading) -> NoReturn:
    refuse([f"{file.name}:{error.line}: {error.path}: {error.message}" for error in reading.errors])
