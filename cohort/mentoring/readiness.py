"""Who is ready for matching, who is missing what, and one reminder to those who are not, once in three days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.cohorts.profiling import Part, parts_of
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.mail.models import Message
from cohort.mail.outbox import queue_all
from cohort.mentoring.mentor_profiling import mentor_parts_of
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState

NUDGE = "profile-nudge"
NOT_SOONER = timedelta(days=3)
ANSWER = "an answer to the invitation"
Place = Enrolment | Mentor


@dataclass(frozen=True, slots=True)
class Readiness:
    """One participant or mentor, what matching still needs of them, and when they were last asked for it."""

    place: Place
    missing: Sequence[str]
    nudged_at: datetime | None
    is_invited: bool
    """They were sent an invitation at all, or have answered one."""

    @property
    def is_ready(self) -> bool:
        return not self.missing

    @property
    def awaits_answer(self) -> bool:
        return self.place.state in (EnrolmentState.INVITED, MentorState.INVITED)

    def is_due(self, now: datetime) -> bool:
        """A reminder may be sent to them now."""
        lately = self.nudged_at is not None and now - self.nudged_at < NOT_SOONER
        return bool(self.missing) and self.is_invited and self.place.person.is_active and not lately


def list_readiness(cohort: Cohort) -> list[Readiness]:
    """Everybody whom matching is waiting for or has: who is missing something first, then by name.

    Participants who have a mentor are left out; matching has done its work for them.
    """
    nudged = {person_id: at for person_id, (at, _) in _last_nudges(cohort.id).items()}
    rows = [_readiness(place, nudged.get(place.person_id)) for place in _list_places(cohort.id)]
    return sorted(rows, key=lambda row: (row.is_ready, row.place.person.name.casefold(), row.place.id))


def remind(cohort: Cohort, people: Collection[int], *, now: datetime) -> int:
    """Send one reminder to each of `people`, by person id, who is missing something; gives the number of mails.

    Nobody gets a second one within three days, whoever presses the button how often. Raises Conflict when the cohort
    is archived.
    """
    take_turn(cohort.id)
    due = [row.place for row in list_readiness(cohort) if row.place.person_id in people and row.is_due(now)]
    last = _last_nudges(cohort.id)
    mails = [(place.person_id, _params(place), _key(place, last.get(place.person_id))) for place in due]
    queue_all(NUDGE, mails, now=now, cohort_id=cohort.id)
    return len(mails)


def missing_of_place(place: Place) -> list[Part]:
    """What matching still needs of somebody who takes part. Needs the person loaded."""
    parts = mentor_parts_of(place) if isinstance(place, Mentor) else parts_of(place)
    return [part for part in parts if not part.is_there]


def _readiness(place: Place, nudged_at: datetime | None) -> Readiness:
    if place.state in (EnrolmentState.INVITED, MentorState.INVITED):
        return Readiness(place, [ANSWER], nudged_at, place.invited_at is not None)
    return Readiness(place, [part.name for part in missing_of_place(place)], nudged_at, is_invited=True)


def _list_places(cohort_id: int) -> list[Place]:
    paired = select(Pairing.enrolment_id).where(Pairing.cohort_id == cohort_id, Pairing.state == PairingState.ACTIVE)
    enrolments = db.session.scalars(
        select(Enrolment)
        .options(joinedload(Enrolment.person))
        .where(
            Enrolment.cohort_id == cohort_id,
            Enrolment.state.in_([EnrolmentState.INVITED, EnrolmentState.ENROLLED]),
            Enrolment.id.not_in(paired),
        )
    )
    mentors = db.session.scalars(
        select(Mentor)
        .options(joinedload(Mentor.person))
        .where(Mentor.cohort_id == cohort_id, Mentor.state.in_([MentorState.INVITED, MentorState.ACCEPTED]))
    )
    return [*enrolments, *mentors]


def _last_nudges(cohort_id: int) -> dict[int, tuple[datetime, int]]:
    """When each person was last reminded, and by which message."""
    sent = (
        select(Message.person_id, func.max(Message.created_at).label("at"), func.max(Message.id).label("id"))
        .where(Message.cohort_id == cohort_id, Message.template == NUDGE)
        .group_by(Message.person_id)
    )
    return {person_id: (at, number) for person_id, at, number in db.session.execute(sent)}


def _params(place: Place) -> dict[str, int]:
    return {"mentor_id" if isinstance(place, Mentor) else "enrolment_id": place.id}


def _key(place: Place, last: tuple[datetime, int] | None) -> str:
    """The same until one has been queued, so that two who press at once send one mail."""
    return f"{NUDGE}:{place.cohort_id}:{place.person_id}:{last[1] if last else 0}"
