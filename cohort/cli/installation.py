"""Commands about the installation itself."""

import os
import sys

import click

from cohort.cli.common import in_any_app, in_app


@click.command("init")
@in_any_app
def init() -> None:
    """Make or migrate the database; running it again changes nothing."""
    from cohort.migrating import migrate

    migrate()
    click.echo("The database is up to date.")


@click.command("create-admin")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@in_app
def create_admin(email: str, name: str) -> None:
    """Give EMAIL an admin account and print a one-time link to set its password."""
    from flask import current_app

    from cohort import clock
    from cohort.db import db
    from cohort.people.accounts import appoint_admin
    from cohort.people.links import make_link
    from cohort.people.models import LinkPurpose

    person = appoint_admin(email, name=name, now=clock.now())
    token = make_link(person, LinkPurpose.PASSWORD, now=clock.now())
    db.session.commit()
    click.echo(f"{person.name} is an admin. Open this within four hours to set the password:")
    click.echo(f"{current_app.extensions['settings'].base_url}/password/{token}")


@click.command("serve")
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 64))
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the web pages with gunicorn."""
    from cohort.config import ROOT

    check_schema()
    os.chdir(ROOT)
    os.execv(sys.executable, gunicorn_command(bind, workers, threads))  # noqa: S606  our own interpreter, no shell


@in_app
def check_schema() -> None:
    """Ends with 2 when settings are wrong or the database is not at this version's schema."""


def gunicorn_command(bind: str, workers: int, threads: int) -> list[str]:
    """The web server: threads for slow clients, no control socket in the home folder, stopped gracefully."""
    return [
        sys.executable,
        *("-m", "gunicorn", "wsgi:app", "--bind", bind, "--worker-class", "gthread"),
        *("--workers", str(workers), "--threads", str(threads)),
        *(
            "--no-control-socket",
            "--graceful-timeout",
            "30",
            "--max-requests",
            "20000",
            "--max-requests-jitter",
            "2000",
        ),
    ]
