"""Sending reminders, beside the least that any sender does: what a mail costs, what a second worker brings, memory.

    python -m benchmarks.reminders sending | workers | crowd | memory [how many mails]

`sending` needs Django for its floor (`pip install django`): its bare `send_messages` sends the same mails to the same
server, over one connection, and keeps no account of any.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError

from benchmarks.installations import SECRET_KEY, copy_database, resident
from benchmarks.planning import CONTENT
from benchmarks.sink import sink
from cohort import create_app
from cohort.clock import running_from
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import ROOT, MailServer, Mode, Settings
from cohort.db import Base, db
from cohort.mail.composing import Composer
from cohort.mail.delivery import Delivery
from cohort.mail.models import Message
from cohort.mail.transports import MailboxTransport, Verdict, transport_for
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.pack import build_pack
from cohort.programs.packs import read_pack
from cohort.reminders.tick import TickCounts, plan
from cohort.schedule.models import DatedItem
from cohort.schedule.plan import make_plan

Facts = dict[str, Any]
PER_COHORT = 200
ZONE, START = "America/Chicago", date(2026, 9, 14)
DUE = datetime(2026, 12, 1, 15, tzinfo=UTC)
"""When the reminder of an assignment is due to everybody."""
RELAY_MS = 20
ANSWERED = DUE - timedelta(minutes=5)
"""So late that nobody is owed anything else."""


def fill(app: Flask, people: int) -> None:
    """An outbox with one reminder to each of `people`, written by the planner."""
    with app.app_context():
        Base.metadata.create_all(db.engine)
        reading = read_pack(CONTENT.read_bytes())
        program = Program(key="benchmark", title="Benchmark", created_at=ANSWERED)
        version = ProgramVersion(
            program=program, number=1, document=reading.document, digest="0" * 64, imported_at=ANSWERED
        )
        db.session.add(version)
        db.session.flush()
        for number, first in enumerate(range(0, people, PER_COHORT)):
            _fill_cohort(version, number, range(first, min(first + PER_COHORT, people)))
        db.session.commit()
        plan(DUE, TickCounts(), everything=True)
        db.session.remove()
        db.engine.dispose()


def _fill_cohort(version: ProgramVersion, number: int, people: range) -> None:
    cohort = Cohort(
        version=version,
        slug=f"cohort-{number}",
        title=f"Emerging Leaders {number}",
        zone=ZONE,
        starts_on=START,
        state=CohortState.RUNNING,
        launched_at=ANSWERED,
        created_at=ANSWERED,
    )
    db.session.add(cohort)
    db.session.flush()
    items = make_plan(build_pack(version.document), start=START, zone=ZONE, match=None, blackouts=()).items
    fields = ("kind", "key", "title", "module_key", "expression", "why", "at", "ends_at")
    db.session.execute(
        insert(DatedItem), [{"cohort_id": cohort.id} | {name: getattr(item, name) for name in fields} for item in items]
    )
    emails = [f"person{one}@domain{one % 300}.example" for one in people]
    persons = [
        {
            "id": one + 1,
            "name": f"Zoë Person {one}",
            "email": email,
            "email_key": email,
            "time_zone": ZONE,
            "created_at": ANSWERED,
        }
        for one, email in zip(people, emails, strict=True)
    ]
    db.session.execute(insert(Person), persons)
    places = [
        {
            "cohort_id": cohort.id,
            "person_id": one["id"],
            "state": EnrolmentState.ENROLLED,
            "answered_at": ANSWERED,
        }
        for one in persons
    ]
    db.session.execute(insert(Enrolment), places)


@contextmanager
def prepared(people: int, folder: Path) -> Iterator[Path]:
    """A SQLite database with that outbox, in memory where the system has a folder for it."""
    shm = Path("/dev/shm")  # noqa: S108  a folder of our own in it
    with TemporaryDirectory(dir=shm if shm.is_dir() else folder) as home:
        source = Path(home) / "source.sqlite3"
        fill(create_app(_settings(Path(home), MailServer("mailbox"), f"sqlite:///{source}")), people)
        yield source


def send_all(settings: Settings, after: Callable[[int], None] = lambda _: None) -> float:
    """CPU seconds of this process for sending the whole outbox; `after` is told how many have left."""
    app = create_app(settings)
    sent = 0
    with app.app_context(), transport_for(settings) as transport:
        delivery = Delivery(Composer(settings, app.jinja_env), transport, running_from(DUE))
        began = time.process_time()
        while (counts := _run(delivery)) != {}:
            sent += counts[Verdict.ACCEPTED]
            after(sent)
        taken = time.process_time() - began
        db.session.remove()
        db.engine.dispose()
    return taken


def _run(delivery: Delivery) -> Counter[str]:
    """As the worker: a round in which the database kept it waiting for too long is left, and the next one begins."""
    while True:
        try:
            return delivery.run()
        except OperationalError:
            db.session.rollback()


def measure_sending(people: int = 10_000) -> Facts:
    """CPU for each mail, ours and Django's, one after the other on the same machine."""
    with prepared(people, ROOT) as source, sink() as relay:
        target = source.parent / "run.sqlite3"
        copy_database(source, target)
        mails = _write_some(_settings(source.parent, MailServer("mailbox"), f"sqlite:///{source}"))
        ours = send_all(_settings(source.parent, relay.server, f"sqlite:///{target}")) / people * 1000
        floor, version = _django(relay.server, mails, people)
    return {"mails": people, "ms": ours, "floor_ms": floor / people * 1000, "floor": f"Django {version}"}


def _write_some(settings: Settings, number: int = 100) -> list[bytes]:
    """The same mails, written by the same composer."""
    app = create_app(settings)
    with app.app_context():
        ids = select(Message.id).order_by(Message.id).limit(number)
        db.session.execute(update(Message).where(Message.id.not_in(ids)).values(due_at=DUE + timedelta(days=1)))
        db.session.commit()
        Delivery(Composer(settings, app.jinja_env), MailboxTransport(), lambda: DUE).run()
        mails = list(db.session.scalars(select(Message.frozen).where(Message.frozen.is_not(None))))
        db.session.remove()
        db.engine.dispose()
    return [mail for mail in mails if mail is not None]


def _django(server: MailServer, mails: Sequence[bytes], number: int) -> tuple[float, str]:
    """CPU seconds of Django's bare `send_messages` for as many mails with the same text, HTML and headers."""
    import django
    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection

    settings.configure(USE_TZ=True)
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend", host=server.host, port=server.port)
    ready = []
    for mail in (message_from_bytes(data, policy=default) for data in mails):
        plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None and rich is not None
        taken_apart = {"from", "to", "subject", "content-type", "mime-version", "reply-to"}
        headers = {name: str(value) for name, value in mail.items() if name.lower() not in taken_apart}
        ready.append(
            {
                "subject": str(mail["Subject"]),
                "body": plain.get_content(),
                "from_email": str(mail["From"]),
                "to": [str(mail["To"])],
                "reply_to": [str(mail["Reply-To"])],
                "headers": headers,
                "alternatives": [(rich.get_content(), "text/html")],
            }
        )
    messages = [EmailMultiAlternatives(**ready[one % len(ready)]) for one in range(number)]
    began = time.process_time()
    sent = connection.send_messages(messages)
    taken = time.process_time() - began
    assert sent == number
    return taken, django.get_version()


def measure_memory(people: int = 100_000) -> Facts:
    """MiB of the sending process after a tenth of the mails and after all."""
    seen: list[float] = []

    def note(sent: int) -> None:
        if not seen and sent >= people // 10:
            seen.append(resident(os.getpid()) or 0)

    with prepared(people, ROOT) as source, sink() as relay:
        send_all(_settings(source.parent, relay.server, f"sqlite:///{source}"), note)
    return {"mails": people, "early_mib": seen[0], "late_mib": resident(os.getpid()) or 0}


def measure_workers(people: int = 2_000) -> Facts:
    """Mails in a second of one and of two workers on a PostgreSQL that waits for its disk.

    Measured with a relay that takes `RELAY_MS` for each mail, as real ones take and more, and with one that takes
    nothing: then a worker keeps a core busy by itself, and the database and the relay another.
    """
    from tests.postgres import postgres_url

    facts: Facts = {"mails": people}
    for name, wait in (("relay", RELAY_MS), ("at_once", 0)):
        with TemporaryDirectory() as home, sink(wait) as relay:
            rates: dict[int, float] = {}
            for workers in (1, 2):
                settings = _settings(Path(home), relay.server, postgres_url(durable=True))
                fill(create_app(settings), people)
                rates[workers] = people / _send_with(workers, settings)
        facts[name] = {"one": round(rates[1]), "two": round(rates[2]), "times": round(rates[2] / rates[1], 2)}
    return facts


def measure_crowd(people: int = 10_000, workers: int = 4) -> Facts:
    """What the relay got when so many processes share one outbox, on each database; seconds for each."""
    from tests.postgres import postgres_url

    facts: Facts = {"mails": people, "workers": workers}
    for name in ("sqlite", "postgres"):
        with TemporaryDirectory() as home, sink() as relay:
            url = postgres_url() if name == "postgres" else f"sqlite:///{home}/outbox.sqlite3"
            settings = _settings(Path(home), relay.server, url)
            fill(create_app(settings), people)
            seconds = _send_with(workers, settings)
        facts[name] = {"taken": relay.took[0], "different": relay.took[1], "seconds": round(seconds)}
    return facts


def _send_with(workers: int, settings: Settings) -> float:
    """Seconds until as many processes have sent everything."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.reminders",
        "worker",
        settings.database_url,
        str(settings.mail_server.port),
    ]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    return time.perf_counter() - began


def _work(database_url: str, port: str) -> None:
    """One worker of `measure_workers`: ready, and then off when it is told."""
    with TemporaryDirectory() as home:
        settings = _settings(Path(home), MailServer("smtp", "127.0.0.1", int(port)), database_url)
        create_app(settings)
        print("ready", flush=True)
        sys.stdin.readline()
        send_all(settings)


def _settings(home: Path, server: MailServer, url: str) -> Settings:
    return Settings(
        mode=Mode.DEVELOPMENT,
        database_url=url,
        secret_key=SECRET_KEY,
        base_url="https://cohort.example",
        mail_server=server,
        mail_from="cohort@cohort.example",
        data_dir=home,
        support_address="help@cohort.example",
        log_level="WARNING",
        mail_per_second=0,
    )


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "worker":
        _work(*rest)
        return
    measures: Mapping[str, Callable[..., Facts]] = {
        "sending": measure_sending,
        "workers": measure_workers,
        "crowd": measure_crowd,
        "memory": measure_memory,
    }
    facts = measures[what](*map(int, rest))
    if what == "sending":
        facts["times"] = facts["ms"] / facts["floor_ms"]
    print(json.dumps({name: round(value, 2) if isinstance(value, float) else value for name, value in facts.items()}))


if __name__ == "__main__":
    main()
