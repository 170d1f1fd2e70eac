"""Writing a mail into the outbox, in the transaction of the deed that causes it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from cohort.db import db
from cohort.mail.models import Message
from cohort.people.models import Person


def queue(
    person: Person,
    template: str,
    params: dict[str, Any] | None = None,
    *,
    key: str,
    now: datetime,
    cohort_id: int | None = None,
    due_at: datetime | None = None,
    not_after: datetime | None = None,
) -> Message | None:
    """Queue one mail for `person`, to leave at `due_at` (now when left out).

    `key` says what makes it the same mail: a second call with the same key queues nothing and returns None.
    `params` are ids and keys from which the mail is written when it leaves, with the person as its reader.
    """
    if db.session.scalar(select(Message.id).where(Message.dedup_key == key)) is not None:
        return None
    message = Message(
        dedup_key=key,
        person_id=person.id,
        cohort_id=cohort_id,
        template=template,
        params=params or {},
        due_at=due_at or now,
        not_after=not_after,
        created_at=now,
    )
    db.session.add(message)
    return message


def queue_all(
    template: str,
    mails: Iterable[tuple[int, dict[str, Any], str]],
    *,
    now: datetime,
    cohort_id: int | None = None,
    due_at: datetime | None = None,
    not_after: datetime | None = None,
    topic: str = "",
) -> None:
    """Queue many mails at once: (person id, params, key) each, as `queue` takes them.

    Of a key that is queued already nothing is queued again, also when another process is about to queue it.
    """
    rows = [
        {
            "dedup_key": key,
            "person_id": person_id,
            "cohort_id": cohort_id,
            "template": template,
            "params": params,
            "topic": topic,
            "due_at": due_at or now,
            "not_after": not_after,
            "created_at": now,
        }
        for person_id, params, key in mails
    ]
    if rows:
        is_postgresql = db.session.get_bind().dialect.name == "postgresql"
        insert = postgresql.insert(Message) if is_postgresql else sqlite.insert(Message)
        db.session.execute(insert.on_conflict_do_nothing(), rows)
