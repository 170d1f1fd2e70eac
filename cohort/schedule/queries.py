"""Reads of dated items and of the later dates single people have."""

from datetime import datetime

from sqlalchemy import select

from cohort.db import db
from cohort.schedule.models import DatedItem, Extension


def list_items(cohort_id: int) -> list[DatedItem]:
    """Every dated item of a cohort by time; those without a date come last."""
    return list(
        db.session.scalars(
            select(DatedItem)
            .where(DatedItem.cohort_id == cohort_id)
            .order_by(DatedItem.at.is_(None), DatedItem.at, DatedItem.kind, DatedItem.key)
        )
    )


def find_item(cohort_id: int, kind: str, key: str) -> DatedItem | None:
    """The item with the id `kind:key`."""
    return db.session.scalar(
        select(DatedItem).where(DatedItem.cohort_id == cohort_id, DatedItem.kind == kind, DatedItem.key == key)
    )


def list_extensions(enrolment_id: int) -> dict[int, Extension]:
    """The later dates a participant was given, by the item's row id."""
    extensions = db.session.scalars(select(Extension).where(Extension.enrolment_id == enrolment_id))
    return {extension.item_id: extension for extension in extensions}


def effective_due(item: DatedItem, extension: Extension | None) -> datetime | None:
    """When the item is due for a person: the later of the cohort's date and their own. The only answer anywhere."""
    if item.at is None or extension is None:
        return item.at
    return max(item.at, extension.until)
