"""Commands that fill a database with made-up people: the demo, which they also start, and many cohorts to measure."""

import os
import shutil
from dataclasses import replace
from time import monotonic

import click

from cohort.cli.common import in_app, refuse
from cohort.cli.starting import HOST, alone_in, find_port, run_site
from cohort.config import ROOT, Mode, Settings, SettingsError, load


@click.command("demo")
@click.option("--reset", is_flag=True, help="Start over: remove the demo's database and files first.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@click.option("--no-start", is_flag=True, help="Only load the data.")
def demo(reset: bool, port: int, no_start: bool) -> None:
    """Load the demo cohort once, then start web and worker until stopped."""
    os.environ.setdefault("COHORT_MODE", Mode.DEMO)
    if not no_start:
        wanted, port = port, find_port(port)
        if wanted not in (0, port):
            click.echo(f"Port {wanted} is taken; using {port}.")
        os.environ.setdefault("BASE_URL", f"http://{HOST}:{port}")
    settings = _settings()
    click.echo(f"Settings  {settings.mode} mode, data in {_short(settings)}")
    with alone_in(settings.data_dir):
        if reset:
            remove_demo(settings)
            click.echo("Reset     database and files removed")
        _load(settings)
        if not no_start:
            click.echo("Start     web and worker ...")
            raise SystemExit(
                run_site(port, environment=os.environ, logs=settings.data_dir, greeting=_greeting(settings))
            )


@click.command("seed")
@click.option("--cohorts", default=200, show_default=True, type=click.IntRange(1, 5_000))
@click.option("--people", default=10_000, show_default=True, type=click.IntRange(1, 500_000), help="Participants.")
@click.option("--seed", "random_seed", default=1, show_default=True, help="The same seed makes the same people.")
@in_app
def seed(cohorts: int, people: int, random_seed: int) -> None:
    """Add many running cohorts with made-up people, for measurements."""
    from flask import current_app

    from cohort import clock
    from cohort.db import db
    from cohort.demo.people import PASSWORD, hash_for_all
    from cohort.demo.seeding import is_seeded
    from cohort.demo.seeding import seed as sow
    from cohort.demo.story import import_program

    settings: Settings = current_app.extensions["settings"]
    if settings.mode is Mode.PRODUCTION:
        refuse(["Made-up people are refused in production. Set COHORT_MODE=development and a database of its own."])
    if is_seeded():
        refuse(["This database holds seeded cohorts already. Use a new one."])
    began, now = monotonic(), clock.now()
    version = import_program(by=None, now=now)
    sown = sow(version, cohorts=cohorts, people=people, random_seed=random_seed, password_hash=hash_for_all(), now=now)
    number = sum(1 for _ in sown)
    db.session.commit()
    click.echo(f"{number} cohorts with {people} participants in {monotonic() - began:.0f} s.")
    click.echo(f"Sign in as staff1@seeded-001.example with the password {PASSWORD}.")


def _settings() -> Settings:
    try:
        settings = load()
    except SettingsError as problem:
        refuse(str(problem).splitlines())
    if settings.mode is Mode.PRODUCTION:
        refuse(["The demo's people all have one known password, so it is refused in production. Unset COHORT_MODE."])
    return settings


def remove_demo(settings: Settings) -> None:
    """Remove what the demo has made in its own data folder, and nothing anywhere else."""
    if os.environ.get("DATABASE_URL"):
        refuse(["--reset removes only the demo's own database. Unset DATABASE_URL first."])
    if settings.mode is not Mode.DEMO:
        refuse([f"--reset is for the demo, and COHORT_MODE is {settings.mode}. Unset it first."])
    for name in ("cohort.sqlite3", "cohort.sqlite3-wal", "cohort.sqlite3-shm"):
        (settings.data_dir / name).unlink(missing_ok=True)
    shutil.rmtree(settings.uploads_dir, ignore_errors=True)


def _load(settings: Settings) -> None:
    """Migrate the database and load the story once; what was loaded before is kept."""
    from cohort import create_app
    from cohort.db import db
    from cohort.demo.story import HoldsOtherDataError, is_loaded
    from cohort.migrating import migrate

    with create_app(replace(settings, log_level="ERROR")).app_context():
        try:
            migrate()
            click.echo("Database  up to date")
            if is_loaded():
                click.echo("Demo      is there already; kept")
            else:
                tell_story(settings)
        except HoldsOtherDataError:
            refuse(["The database holds something else, or a demo that was not loaded to its end. Use --reset."])
        finally:
            db.session.remove()
            db.engine.dispose()


def tell_story(settings: Settings) -> None:
    """Tell the story; after each step the worker has its round, as it would have had at that moment."""
    from cohort import clock
    from cohort.cli.past import Past
    from cohort.db import db
    from cohort.demo.mailing import DemoMail
    from cohort.demo.script import ZONE, Calendar
    from cohort.demo.stage import Stage
    from cohort.demo.story import play
    from cohort.reminders.tick import run_tick

    began, sent = monotonic(), 0
    click.echo("Demo      loading ten weeks of a cohort ...")
    stage = Stage(Calendar(clock.today(ZONE)), settings.uploads_dir)
    transport = DemoMail(stage.refused)
    past = Past(settings)
    for turn in play(stage, clock.now()):
        if turn.ends_span and not turn.is_recent:
            past.decide(turn.at)
        if not turn.is_recent:
            sent += past.note_sent(turn.at)
        db.session.commit()
        if turn.is_recent:
            sent += run_tick(turn.at, settings, transport).sent
    db.session.commit()
    click.echo(f"Demo      loaded in {monotonic() - began:.0f} s, {sent} mails sent")


def _greeting(settings: Settings) -> str:
    from cohort.demo.people import PASSWORD, SIGN_INS

    people = [f"  {email:38}  {who}" for email, who in SIGN_INS]
    lines = ["", f"Open {settings.base_url} and sign in with the password {PASSWORD} as", *people]
    return "\n".join([*lines, "", f"Mail that left: {settings.base_url}/mailbox. Stop with Ctrl-C."])


def _short(settings: Settings) -> str:
    folder = settings.data_dir
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)
