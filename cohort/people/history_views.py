"""A person's own mail: what came, what did not, what will, and why."""

from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from cohort import clock
from cohort.access import Guard
from cohort.cohorts.models import CohortState
from cohort.db import db
from cohort.gate import access, me
from cohort.mail.explaining import Explanation, explain
from cohort.mail.models import Suppression
from cohort.mail.rehearsal_views import ListPage
from cohort.mail.timeline import (
    BEHIND,
    as_entry,
    cohorts_of,
    list_coming,
    list_past,
    participants_of,
    read_messages,
    read_reminders,
    read_surroundings,
)
from cohort.mail.timeline_rows import rows_of
from cohort.mail.timeline_views import explanation, said_in
from cohort.people.blueprint import bp
from cohort.people.models import Person


@dataclass(frozen=True, slots=True)
class OwnMail:
    """One mail to the reader, explained."""

    explained: Explanation

    def guard(self) -> Guard:
        return Guard(person_id=self.explained.reader.id)


def open_own_mail(what: str) -> OwnMail | None:
    explained = explain(what, reader=me(), cohort=None, now=clock.now())
    return OwnMail(explained) if explained else None


@bp.get("/mail/history")
@access("mail.own", me)
def mail_history(person: Person) -> ResponseReturnValue:
    now = clock.now()
    since = now - BEHIND
    messages = read_messages(person.id, cohort_id=None, since=since)
    reminders = read_reminders(person.id, cohort_id=None, since=since)
    theirs = {message.cohort_id for message in messages if message.cohort_id} | set(cohorts_of(person.id))
    near = read_surroundings(theirs | {noted.reminder.cohort_id for noted in reminders})
    entries = list(list_past(messages, reminders, near))
    for cohort in near.cohorts.values():
        if cohort.state is CohortState.RUNNING:
            coming = list_coming(person.id, cohort, near, now)
            owners = participants_of({row.key[0] for row in coming})
            entries += [as_entry(row, cohort.id, owners.get(row.key[0])) for row in coming]
    entries.sort(key=lambda entry: (entry.at, entry.what), reverse=True)
    return render_template(
        "people/mail_history.html",
        page=ListPage(rows_of(entries, near, lambda what: url_for("people.mail_why", what=what))),
        ahead=sum(entry.is_ahead for entry in entries),
        person=person,
        wishes=person.wishes,
        suppression=db.session.scalar(select(Suppression).where(Suppression.address_key == person.email_key)),
        paused=[cohort.title for cohort in near.cohorts.values() if cohort.mail_paused_at],
    )


@bp.get("/mail/history/<what>")
@access("mail.own", open_own_mail)
def mail_why(mail: OwnMail) -> ResponseReturnValue:
    explained = mail.explained
    return render_template(
        "people/mail_why.html",
        why=explanation(explained, is_own=True),
        cohort_title=explained.cohort.title if explained.cohort else "",
        said=[(told.title, url_for("people.mail_why", what=f"reminder:{told.row_id}")) for told in said_in(explained)],
    )
