"""Commands that fill a database with made-up people: the demo cohort, and a large one for measurements."""

import click


@click.command("demo")
def demo() -> None:
    """Load the demo cohort."""


@click.command("seed")
def seed() -> None:
    """Make many cohorts."""
