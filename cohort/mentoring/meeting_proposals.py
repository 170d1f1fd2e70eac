"""Times that one of a pair proposes to the other, who takes one of them with one button."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from cohort.calendars.models import CalendarChoice
from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.outbox import queue
from cohort.mentoring.agreed import agreed_dates
from cohort.mentoring.meetings import LONGEST_MEETING, OLDEST, hold_pair
from cohort.mentoring.models import MeetingProposal, Mentor, Pairing, PairingState
from cohort.mentoring.slots import AHEAD, NOTICE, Span, Week, suggest_starts
from cohort.people.models import Away, Person
from cohort.people.queries import list_away

MOST_STARTS = 3


def starts_of(proposal: MeetingProposal) -> list[datetime]:
    return [datetime.fromisoformat(start) for start in proposal.starts]


def starts_ahead(proposal: MeetingProposal, now: datetime) -> list[datetime]:
    """Those that can still be taken; none once it is answered."""
    return [] if proposal.answered_at else [start for start in starts_of(proposal) if start > now]


def suggest_for(pairing: Pairing, reader: Person, *, minutes: int, now: datetime) -> list[datetime]:
    """Three times that should suit both, on days of the reader's. Needs both people of the pair loaded."""
    mentor, enrolment = pairing.mentor, pairing.enrolment
    away = list_away([mentor.person_id, enrolment.person_id], now.date(), (now + AHEAD + NOTICE).date())
    weeks = [_week(one, away[one.person_id]) for one in (mentor, enrolment)]
    if reader.id == enrolment.person_id:
        weeks.reverse()
    return suggest_starts(weeks[0], weeks[1], minutes=minutes, busy=_list_busy(mentor, now), now=now)


def _week(one: Mentor | Enrolment, away: Sequence[Away]) -> Week:
    return Week(one.availability, one.person.time_zone, [(days.first, days.last) for days in away])


def _list_busy(mentor: Mentor, now: datetime) -> list[Span]:
    """What the mentor has agreed with anybody in this cohort."""
    agreed = agreed_dates()
    rows = db.session.execute(
        select(agreed.c.at, agreed.c.minutes)
        .join(Pairing, Pairing.id == agreed.c.pairing_id)
        .where(
            Pairing.mentor_id == mentor.id,
            Pairing.state == PairingState.ACTIVE,
            agreed.c.replaced_at.is_(None),
            agreed.c.at >= now,
        )
    )
    return [(row.at, row.at + timedelta(minutes=row.minutes)) for row in rows]


def propose_meeting(
    pairing: Pairing, *, by: Person, starts: Sequence[datetime], minutes: int, now: datetime
) -> MeetingProposal:
    """Propose up to three starts to the other of the two, who gets a mail; it takes the place of what was open.

    The same times, sent twice, are proposed once. Needs the mentor and the enrolment of the pair loaded. Raises
    DomainError for times that cannot be, Conflict when the pair has ended.
    """
    wanted = sorted({start.astimezone(UTC) for start in starts})
    _check(wanted, minutes, now)
    hold_pair(pairing)
    said = [start.isoformat() for start in wanted]
    open_one = find_open(pairing.id)
    if open_one and (open_one.proposed_by_id, open_one.starts, open_one.minutes) == (by.id, said, minutes):
        return open_one
    if open_one:
        open_one.answered_at = now
    proposal = MeetingProposal(
        pairing_id=pairing.id, proposed_by_id=by.id, minutes=minutes, starts=said, proposed_at=now
    )
    db.session.add(proposal)
    db.session.flush()
    _tell("meeting-proposed", proposal, pairing, by, now)
    return proposal


def _check(starts: Sequence[datetime], minutes: int, now: datetime) -> None:
    if not starts:
        raise DomainError("Choose at least one time.", field="starts")
    if len(starts) > MOST_STARTS:
        raise DomainError(f"Choose at most {MOST_STARTS} times.", field="starts")
    if starts[0] <= now:
        raise DomainError("Choose times that are still to come.", field="starts")
    if starts[-1] > now + OLDEST:
        raise DomainError("This is more than a year ahead. Check the year.", field="own_on")
    if not 1 <= minutes <= LONGEST_MEETING:
        raise DomainError(f"Write minutes from 1 to {LONGEST_MEETING}.", field="minutes")


def take_meeting(proposal: MeetingProposal, start: datetime, *, by: Person, now: datetime) -> None:
    """Agree on one of the starts, by the one to whom they were proposed: it is the pair's next meeting.

    The other is told by mail, or by their calendar where they take invitations. Taking it twice changes nothing. Needs
    the whole pair loaded. Raises Conflict when it is answered, the time has passed or the pair has ended.
    """
    pairing = proposal.pairing
    if by.id == proposal.proposed_by_id:
        raise Conflict("You proposed these times yourself: the other of you two takes one.")
    hold_pair(pairing)
    if start not in starts_of(proposal) or start <= now:
        raise Conflict("This time cannot be taken any more. Propose others.")
    values = {"answered_at": now, "taken": start}
    taken = db.session.scalar(
        update(MeetingProposal)
        .where(MeetingProposal.id == proposal.id, MeetingProposal.answered_at.is_(None))
        .values(values)
        .returning(MeetingProposal.id),
        execution_options={"synchronize_session": False},
    )
    if taken is None:
        if db.session.scalar(select(MeetingProposal.taken).where(MeetingProposal.id == proposal.id)) == start:
            return
        raise Conflict("These times are answered already. Look at what you two agreed, or propose others.")
    for name, value in values.items():
        set_committed_value(proposal, name, value)
    proposer = _other(pairing, by)
    if not _is_told_by_calendar(proposer, pairing.enrolment.cohort):
        queue(
            proposer,
            "meeting-taken",
            {"proposal_id": proposal.id},
            key=f"meeting-taken:{proposal.id}",
            now=now,
            cohort_id=pairing.cohort_id,
            not_after=start,
        )


def call_off(proposal: MeetingProposal, *, by: Person, now: datetime) -> None:
    """End what one of the pair has proposed, by either of them, without a date; the other is told by mail.

    Calling it off twice changes nothing. Needs the whole pair loaded. Raises Conflict when one of the times was taken
    or the pair has ended.
    """
    pairing = proposal.pairing
    hold_pair(pairing)
    ended = db.session.scalar(
        update(MeetingProposal)
        .where(MeetingProposal.id == proposal.id, MeetingProposal.answered_at.is_(None))
        .values(answered_at=now)
        .returning(MeetingProposal.id),
        execution_options={"synchronize_session": False},
    )
    if ended is None:
        if db.session.scalar(select(MeetingProposal.taken).where(MeetingProposal.id == proposal.id)):
            raise Conflict("One of these times was taken already. Propose others to move the meeting.")
        return
    set_committed_value(proposal, "answered_at", now)
    _tell("meeting-called-off", proposal, pairing, by, now)


def _is_told_by_calendar(person: Person, cohort: Cohort) -> bool:
    """An invitation comes by itself, in a cohort that runs."""
    takes = select(CalendarChoice.takes_invitations).where(CalendarChoice.person_id == person.id)
    return cohort.state is CohortState.RUNNING and bool(db.session.scalar(takes))


def _tell(kind: str, proposal: MeetingProposal, pairing: Pairing, by: Person, now: datetime) -> None:
    """A mail to the other of the two, worth sending until the last of the times."""
    queue(
        _other(pairing, by),
        kind,
        {"proposal_id": proposal.id},
        key=f"{kind}:{proposal.id}",
        now=now,
        cohort_id=pairing.cohort_id,
        not_after=starts_of(proposal)[-1],
    )


def _other(pairing: Pairing, by: Person) -> Person:
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person
    return mentee if by.id == mentor.id else mentor


def find_open(pairing_id: int) -> MeetingProposal | None:
    """What one of the two has proposed and the other has not answered; all of it may have passed."""
    return list_open([pairing_id]).get(pairing_id)


def list_open(pairing_ids: Collection[int]) -> dict[int, MeetingProposal]:
    rows = db.session.scalars(_OPEN, {"pairing_ids": list(pairing_ids)})
    return {proposal.pairing_id: proposal for proposal in rows}


_OPEN = (
    select(MeetingProposal)
    .where(
        MeetingProposal.pairing_id.in_(bindparam("pairing_ids", expanding=True)), MeetingProposal.answered_at.is_(None)
    )
    .order_by(MeetingProposal.id)
)
"""Built once: it is asked on the homes of participants and mentors."""


def find_proposal(proposal_id: int) -> MeetingProposal | None:
    """A proposal with its pair, both people, and the cohort."""
    pair = joinedload(MeetingProposal.pairing)
    return db.session.scalar(
        select(MeetingProposal)
        .options(
            pair.joinedload(Pairing.mentor).joinedload(Mentor.person),
            pair.joinedload(Pairing.enrolment).options(
                joinedload(Enrolment.person), joinedload(Enrolment.cohort).joinedload(Cohort.version)
            ),
        )
        .where(MeetingProposal.id == proposal_id)
    )
