"""Letting a cohort follow a newer version of its program: for what is still to come, or for everything."""

from datetime import datetime

from sqlalchemy import select

from cohort.assignments.models import Submission
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.errors import Conflict
from cohort.programs.models import ProgramVersion
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule import moving
from cohort.schedule.items import list_entries
from cohort.schedule.moving import Alteration, Take


def taking(cohort: Cohort, version: ProgramVersion, take: Take, *, now: datetime) -> Alteration:
    """The change of dates that `version` brings. Raises Conflict when it has no more what people have worked on."""
    pack = pack_of(version)
    _refuse_losing_work(cohort, pack)
    return lambda arrangement: moving.adopt(arrangement, tuple(list_entries(pack)), pack.length_days, take, now)


def _refuse_losing_work(cohort: Cohort, pack: Pack) -> None:
    """Work is shown beside its brief: a version without the brief would leave it without a page."""
    kept = {module.assignment.key for module in pack.modules if module.assignment}
    assignments = _keys_of(cohort.id, Submission, Submission.assignment_key) - kept
    checkins = _keys_of(cohort.id, CheckInAnswer, CheckInAnswer.checkin_key) - {it.key for it in pack.checkins}
    lost = [f"the assignment “{key}”" for key in sorted(assignments)]
    lost += [f"the check-in “{key}”" for key in sorted(checkins)]
    if lost:
        raise Conflict(
            f"People of this cohort have worked on {', '.join(lost)}, which this version has no more. Put it back into "
            "the program, then take the version after that."
        )


def _keys_of(cohort_id: int, model: type[Submission] | type[CheckInAnswer], key: object) -> set[str]:
    rows = select(key).join(Enrolment, Enrolment.id == model.enrolment_id).where(Enrolment.cohort_id == cohort_id)  # type: ignore[call-overload]
    return set(db.session.scalars(rows.distinct()))
