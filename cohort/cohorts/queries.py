"""Reads of cohorts and their people, scoped to the one who asks."""

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from cohort.access import Actor
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.programs.models import ProgramVersion


def visible_cohorts(actor: Actor) -> Select[Cohort]:
    """The cohorts that `actor` may know of, newest start first."""
    cohorts = select(Cohort).order_by(Cohort.starts_on.desc(), Cohort.id.desc())
    return cohorts if actor.is_admin else cohorts.where(Cohort.id.in_(actor.roles.keys()))


def find_cohort(slug: str) -> Cohort | None:
    """The cohort with its program version; whether the reader may know of it is the gate's question."""
    return db.session.scalar(
        select(Cohort).options(joinedload(Cohort.version).joinedload(ProgramVersion.program)).where(Cohort.slug == slug)
    )
