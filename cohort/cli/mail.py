"""Commands about reminders and mail."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import click

from cohort.cli.common import DAY, MOMENT, answer, as_json, cohort_called, in_app, refuse


@click.command("tick")
@click.option("--now", "moment", type=MOMENT, help="Pretend that it is this moment, such as 2027-03-04T15:00:00Z.")
@as_json
@in_app
def tick(moment: datetime | None, as_json: bool) -> None:
    """One planning and sending round, as the worker does it, and then the runs of matching that are queued."""
    from dataclasses import asdict

    from flask import current_app

    from cohort import clock
    from cohort.db import db, wait_as_worker
    from cohort.mail.transports import transport_for
    from cohort.mentoring.run_worker import work_on_runs
    from cohort.reminders.tick import run_tick

    wait_as_worker(db.engine)
    settings, now = current_app.extensions["settings"], moment or clock.now()
    with transport_for(settings) as transport:
        counts = run_tick(now, settings, transport)
    facts = {**asdict(counts), "matched": work_on_runs(clock.running_from(now))}
    answer(", ".join(f"{name} {number}" for name, number in facts.items()), facts, as_json)


@click.command("forecast")
@click.argument("slug", metavar="COHORT")
@click.option("--until", type=DAY, help="Last day; two weeks ahead when left out.")
@click.option("--person", default="", help="Only people in whose name this stands.")
@as_json
@in_app
def forecast(slug: str, until: date | None, person: str, as_json: bool) -> None:
    """Every mail to come to the people of COHORT, if nothing changes before."""
    from cohort import clock
    from cohort.reminders.forecast import as_facts
    from cohort.reminders.forecast import forecast as foresee

    cohort = cohort_called(slug)
    now = clock.now()
    end = _end_of(until, cohort.zone) if until else now + timedelta(days=14)
    foreseen = foresee(cohort, now=now, until=end)
    rows = [as_facts(row) for row in foreseen if person.casefold() in row.person.casefold()]
    lines = [f"{row['local']:26}  {row['rule']:24}  {row['item']:34}  {row['person']}{_why_not(row)}" for row in rows]
    planned = sum(row["state"] == "planned" for row in rows)
    answer("\n".join([*lines, f"{planned} mails as things stand, {len(rows) - planned} not sent."]), rows, as_json)


@click.command("rehearse")
@click.argument("slug", metavar="COHORT")
@click.option("--until", type=DAY, help="Last day; the last reminder of the program when left out.")
@as_json
@in_app
def rehearse(slug: str, until: date | None, as_json: bool) -> None:
    """Play the whole program of COHORT and say what to look at. Nothing is sent or stored."""
    from flask import current_app

    from cohort import clock
    from cohort.mail.composing import Composer
    from cohort.reminders.rehearsal_facts import as_facts, as_lines
    from cohort.reminders.rehearsal_letters import Pen
    from cohort.reminders.rehearsing import rehearse as play

    cohort = cohort_called(slug)
    pen = Pen(Composer(current_app.extensions["settings"], current_app.jinja_env), cohort)
    end = _end_of(until, cohort.zone) if until else None
    played = play(cohort, pen.write, now=clock.now(), until=end)
    answer("\n".join(as_lines(played)), as_facts(played), as_json)


@click.command("bounced")
@click.argument("address", metavar="ADDRESS")
@click.option("--reason", type=click.Choice(["bounce", "complaint"]), required=True, help="What came back.")
@click.option("--words", default="", help='What the server wrote, such as "550 5.1.1 no such user".')
@as_json
@in_app
def bounced(address: str, reason: str, words: str, as_json: bool) -> None:
    """Send nothing more to ADDRESS but what its owner asks for: mail came back from it, or was reported as unwanted."""
    from cohort import clock
    from cohort.db import db
    from cohort.mail.models import SuppressionReason
    from cohort.mail.suppressing import count_waiting_for, suppress
    from cohort.people.queries import find_person

    person = find_person(address)
    if person is None:
        refuse([f"Nobody has the address {address!r}. Give the address that the mail went to, without its name."])
    noted = suppress(person.email, SuppressionReason(reason), words, clock.now())
    waiting = count_waiting_for(person)
    facts = {"address": person.email, "reason": noted.reason.value, "since": noted.created_at, "waiting": waiting}
    db.session.commit()
    answer(f"Nothing more leaves to {person.email}: {_concerned(waiting)}.", facts, as_json)


def _concerned(waiting: int) -> str:
    if not waiting:
        return "no mail was waiting"
    return "one mail that waits is held back" if waiting == 1 else f"{waiting} mails that wait are held back"


def _end_of(day: date, zone: str) -> datetime:
    from datetime import time

    from cohort import clock

    return clock.from_local(day + timedelta(days=1), time(0), zone)


def _why_not(row: Mapping[str, str]) -> str:
    return f", not sent: {row['reason']}" if row["reason"] else ""


@click.command("worker")
@in_app
def worker() -> None:
    """Plan and send reminders until stopped. Any number of workers may run on one database."""
    from flask import current_app

    from cohort.reminders.scheduler import run_worker

    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]  # the application behind the proxy
