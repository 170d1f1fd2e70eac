"""Everything that one person of a cohort was mailed and will be, for staff; and why, mail by mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard, Verdict, decide
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.gate import access, current_actor
from cohort.mail import why_rows
from cohort.mail.blueprint import bp
from cohort.mail.explaining import Explanation, explain
from cohort.mail.models import Message
from cohort.mail.rehearsal_views import ListPage
from cohort.mail.timeline import (
    BEHIND,
    Entry,
    Surroundings,
    around,
    as_entry,
    belongs_to,
    list_coming,
    list_past,
    participants_of,
    read_messages,
    read_reminders,
)
from cohort.mail.timeline_rows import rows_of
from cohort.people.models import Person


@dataclass(frozen=True, slots=True)
class PersonPage:
    """The mail of one cohort to somebody who has or had a part in it."""

    cohort: Cohort
    person: Person

    def guard(self) -> Guard:
        return self.cohort.guard()


@dataclass(frozen=True, slots=True)
class WhyPage:
    """One mail of a cohort, explained."""

    cohort: Cohort
    explained: Explanation
    what: str

    def guard(self) -> Guard:
        return self.cohort.guard()


def open_person(slug: str, person: int) -> PersonPage | None:
    cohort, found = open_cohort(slug), db.session.get(Person, person)
    if cohort is None or found is None or not belongs_to(found.id, cohort.id):
        return None
    return PersonPage(cohort, found)


def open_why(slug: str, person: int, what: str) -> WhyPage | None:
    page = open_person(slug, person)
    if page is None:
        return None
    explained = explain(what, reader=page.person, cohort=page.cohort, now=clock.now())
    if explained is None or explained.reader.id != page.person.id:
        return None
    return WhyPage(page.cohort, explained, what)


@bp.get("/cohorts/<key:slug>/mail-room/people/<id:person>")
@access("mail.log", open_person)
def person(page: PersonPage) -> ResponseReturnValue:
    now, near = clock.now(), around([page.cohort])
    entries = list_entries(page.person, page.cohort, near, now)
    return render_template(
        "mailroom/person.html",
        cohort=page.cohort,
        person=page.person,
        page=ListPage(rows_of(entries, near, lambda what: _why_url(page.cohort, page.person, what))),
        ahead=sum(entry.is_ahead for entry in entries),
    )


@bp.get("/cohorts/<key:slug>/mail-room/people/<id:person>/<what>")
@access("mail.log", open_why)
def why(page: WhyPage) -> ResponseReturnValue:
    is_whole = decide(current_actor(), "mail.log", page.guard(), clock.now()) is Verdict.ALLOW
    explained = page.explained
    return render_template(
        "mailroom/why.html",
        cohort=page.cohort,
        person=explained.reader,
        why=explanation(explained, is_own=False, with_facts=is_whole),
        said=[
            (told.title, _why_url(page.cohort, explained.reader, f"reminder:{told.row_id}"))
            for told in said_in(explained)
        ],
    )


def list_entries(person: Person, cohort: Cohort, near: Surroundings, now: datetime) -> list[Entry]:
    """What a cohort mailed and will mail to somebody, the latest first."""
    since = now - BEHIND
    messages = read_messages(person.id, cohort_id=cohort.id, since=since)
    entries = list(list_past(messages, read_reminders(person.id, cohort_id=cohort.id, since=since), near))
    coming = list_coming(person.id, cohort, near, now)
    owners = participants_of({row.key[0] for row in coming})
    entries += [as_entry(row, cohort.id, owners.get(row.key[0])) for row in coming]
    return sorted(entries, key=lambda entry: (entry.at, entry.what), reverse=True)


def said_in(explained: Explanation) -> list[Any]:
    """The parts of a mail that says several things."""
    several = len(explained.told) > 1 and not explained.is_reminder_alone
    return [told for told in explained.told if told.row_id] if several else []


def explanation(explained: Explanation, *, is_own: bool, with_facts: bool = True) -> dict[str, Any]:
    """As the templates show it."""
    message = explained.message
    return {
        "question": why_rows.question(explained, is_own=is_own),
        "answer": why_rows.answer(explained, is_own=is_own) if with_facts else "",
        "title": why_rows.title_of(explained),
        "tag": why_rows.FATES[explained.fate],
        "steps": why_rows.list_steps(explained, is_own=is_own, with_facts=with_facts),
        "server": message.reason if message and message.state == "failed" else "",
        "message_id": message.message_id if message and message.attempts else "",
        "mailbox_url": mailbox_url(message),
    }


def mailbox_url(message: Message | None) -> str:
    """Where the mail itself may be read: in the mailbox of a demo; elsewhere nowhere."""
    settings: Settings = current_app.extensions["settings"]
    if message is None or message.frozen is None or message.state != "sent" or not settings.shows_mailbox:
        return ""
    return url_for("mailroom.mailbox_message", message=message.id)


def _why_url(cohort: Cohort, person: Person, what: str) -> str:
    return url_for("mailroom.why", slug=cohort.slug, person=person.id, what=what)
