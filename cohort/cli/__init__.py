"""The command line: the same deeds as the pages, for operators and scripts.

Each command prints a short answer for people, or JSON with --json. It ends with 0 when it is done and with 2 when the
input was wrong: then every error is listed and nothing has changed.
"""

import click

from cohort import __version__
from cohort.cli import cohorts, dates, demo, installation, mail, programs


@click.group()
@click.version_option(__version__, prog_name="cohort")
def main() -> None:
    """Run leadership cohorts: program, people, matching, reminders."""


for command in (
    installation.init,
    installation.create_admin,
    installation.serve,
    programs.check_program,
    programs.import_program,
    programs.export_program,
    programs.schedule,
    cohorts.create_cohort,
    cohorts.import_people,
    cohorts.match_cohort,
    cohorts.launch,
    dates.move,
    dates.shift,
    dates.blackout,
    dates.defer,
    mail.tick,
    mail.forecast,
    mail.rehearse,
    mail.worker,
    mail.bounced,
    demo.demo,
    demo.seed,
):
    main.add_command(command)
