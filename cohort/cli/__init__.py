"""The command line: the same deeds as the pages, for operators and scripts.

Each command prints a short answer for people, or JSON with --json. It ends with 0 when it is done and with 2 when the
input was wrong: then every error is listed and nothing has changed.
"""

from importlib import import_module
from typing import cast

import click

from cohort import __version__

COMMANDS = {
    "installation": ("init", "create-admin", "serve"),
    "programs": ("check-program", "import-program", "export-program", "schedule"),
    "cohorts": ("create-cohort", "import-people", "match-cohort", "launch"),
    "matching": ("match",),
    "dates": ("move", "shift", "blackout", "defer"),
    "mail": ("tick", "forecast", "rehearse", "worker", "bounced"),
    "demo": ("demo", "seed"),
}
"""By the module that holds them, each under its own name."""
MODULE_OF = {name: module for module, names in COMMANDS.items() for name in names}


class Commands(click.Group):
    """Imports a command when it is asked for, so that one which only reads files starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(MODULE_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULE_OF:
            return None
        module = import_module(f"cohort.cli.{MODULE_OF[cmd_name]}")
        return cast(click.Command, getattr(module, cmd_name.replace("-", "_")))


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="cohort")
def main() -> None:
    """Run leadership cohorts: program, people, matching, reminders."""
