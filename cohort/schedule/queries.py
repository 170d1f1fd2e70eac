"""Reads of dated items and of the later dates single people have."""

from datetime import datetime

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import joinedload

from cohort.db import db
from cohort.schedule.models import DatedItem, Extension

# Built once: they are asked on most pages of a cohort.
_BY_TIME = (
    select(DatedItem)
    .where(DatedItem.cohort_id == bindparam("cohort_id"), DatedItem.dropped_at.is_(None))
    .order_by(DatedItem.at.is_(None), DatedItem.at, DatedItem.kind, DatedItem.key)
)
_BY_ID = select(DatedItem).where(
    DatedItem.cohort_id == bindparam("cohort_id"),
    DatedItem.kind == bindparam("kind"),
    DatedItem.key == bindparam("key"),
    DatedItem.dropped_at.is_(None),
)


EFFECTIVE_DUE = case((Extension.until > DatedItem.at, Extension.until), else_=DatedItem.at)
"""`effective_due` in a statement in which the person's extension, if there is one, stands beside the item."""


def list_items(cohort_id: int) -> list[DatedItem]:
    """Every dated item of a cohort by time, but those that were dropped; those without a date come last."""
    return list(db.session.scalars(_BY_TIME, {"cohort_id": cohort_id}))


def list_rows(cohort_id: int) -> list[DatedItem]:
    """As `list_items`, with those that were dropped."""
    return list(
        db.session.scalars(
            select(DatedItem)
            .where(DatedItem.cohort_id == cohort_id)
            .order_by(DatedItem.at.is_(None), DatedItem.at, DatedItem.kind, DatedItem.key)
        )
    )


def find_item(cohort_id: int, kind: str, key: str) -> DatedItem | None:
    """The item with the id `kind:key`; None when it was dropped."""
    return db.session.scalar(_BY_ID, {"cohort_id": cohort_id, "kind": kind, "key": key})


def list_extensions(enrolment_id: int) -> dict[int, Extension]:
    """The later dates a participant was given, by the item's row id, with who gave them."""
    extensions = db.session.scalars(
        select(Extension).options(joinedload(Extension.granted_by)).where(Extension.enrolment_id == enrolment_id)
    )
    return {extension.item_id: extension for extension in extensions}


def effective_due(item: DatedItem, extension: Extension | None) -> datetime | None:
    """When the item is due for a person: the later of the cohort's date and their own. The only answer anywhere."""
    if item.at is None or extension is None:
        return item.at
    return later_of(item.at, extension.until)


def later_of(at: datetime, until: datetime | None) -> datetime:
    """The same of what is read without its row: the cohort's date, and the person's own if they have one."""
    return max(at, until) if until else at
