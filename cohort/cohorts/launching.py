"""From draft to running: what should be true before, what is mailed at that moment, and the launch itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import contains_eager

from cohort.clock import from_local, in_zone
from cohort.cohorts.inviting import invite_mentors, invite_participants, invite_staff
from cohort.cohorts.models import AT_ONCE, Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.config import Settings
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.condition import read_condition
from cohort.mail.models import Message
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.models import Person
from cohort.people.names import list_names
from cohort.schedule.doubts import write_day
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.workshops.queries import list_early

EARLY = timedelta(weeks=4)
"""Sittings of the first weeks should have their room or link before people are invited."""
_NAMED = 5
"""So many people are named in one line; the others are counted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist. What `blocks` and is not ok refuses the launch; the rest is for staff to weigh."""

    word: str
    ok: bool
    detail: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class FirstMails:
    """Who is invited by the launch itself: everybody whose invitation did not leave before."""

    enrolments: Sequence[Enrolment]
    mentors: Sequence[Mentor]
    staff: Sequence[Staff]
    """Those without a password, who could not sign in."""

    @property
    def count(self) -> int:
        return len(self.enrolments) + len(self.mentors) + len(self.staff)


def launch(cohort: Cohort, *, now: datetime) -> None:
    """Set a draft running and invite everybody who was not invited yet; from now on reminders are planned.

    Raises Conflict when it is no draft any more, and DomainError when there is nobody to run it for.
    """
    people = _check_participants(_count_states(cohort))
    if not people.ok:
        raise DomainError(people.detail)
    launched = db.session.scalar(
        update(Cohort)
        .where(Cohort.id == cohort.id, Cohort.state == CohortState.DRAFT)
        .values(state=CohortState.RUNNING, launched_at=now, plan_revision=Cohort.plan_revision + 1, look_at=AT_ONCE)
        .returning(Cohort.id)
    )
    if launched is None:
        raise Conflict("This cohort was launched before. Nothing was mailed again.")
    db.session.refresh(cohort, ["state", "launched_at", "plan_revision"])
    mails = first_mails(cohort)
    invite_participants(cohort, mails.enrolments, now=now)
    invite_mentors(cohort, mails.mentors, now=now)
    invite_staff(cohort, mails.staff, now=now)


def first_mails(cohort: Cohort) -> FirstMails:
    """Whom a launch would mail now."""
    enrolments = db.session.scalars(
        select(Enrolment).where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.INVITED,
            Enrolment.invited_at.is_(None),
        )
    )
    mentors = db.session.scalars(
        select(Mentor).where(
            Mentor.cohort_id == cohort.id, Mentor.state == MentorState.INVITED, Mentor.invited_at.is_(None)
        )
    )
    told = select(Message.person_id).where(Message.cohort_id == cohort.id, Message.template == "staff-invitation")
    staff = db.session.scalars(
        select(Staff)
        .join(Staff.person)
        .options(contains_eager(Staff.person))
        .where(
            Staff.cohort_id == cohort.id,
            Staff.until.is_(None),
            Person.password_hash.is_(None),
            Person.id.not_in(told),
        )
    )
    return FirstMails(enrolments.all(), mentors.all(), staff.all())


def checklist(cohort: Cohort, *, now: datetime, settings: Settings) -> list[Check]:
    """What to look at before a launch, each line decided by the present state."""
    states = _count_states(cohort)
    enrolled = states.get(EnrolmentState.ENROLLED, 0)
    return [
        _check_lead(cohort),
        _check_participants(states),
        _check_mentors(cohort, enrolled),
        _check_pairs(cohort, enrolled),
        _check_answers(cohort),
        _check_workshops(cohort, now),
        _check_rooms(cohort),
        _check_mail(settings),
        _check_mail_leaves(now, settings),
    ]


def _count_states(cohort: Cohort) -> dict[EnrolmentState, int]:
    counts = select(Enrolment.state, func.count()).where(Enrolment.cohort_id == cohort.id).group_by(Enrolment.state)
    return {row[0]: row[1] for row in db.session.execute(counts)}


def _check_lead(cohort: Cohort) -> Check:
    leads = db.session.scalars(
        select(Person.name)
        .join(Staff, Staff.person_id == Person.id)
        .where(Staff.cohort_id == cohort.id, Staff.role == StaffRole.LEAD, Staff.until.is_(None))
        .order_by(Person.name)
    ).all()
    if not leads:
        return Check("Program lead", False, "Nobody leads this cohort: nobody would see what needs attention.")
    return Check("Program lead", True, f"{list_names(leads, most=_NAMED)} {'leads' if len(leads) == 1 else 'lead'} it.")


def _check_participants(states: Mapping[EnrolmentState, int]) -> Check:
    counted = (EnrolmentState.ENROLLED, EnrolmentState.INVITED, EnrolmentState.WAITLISTED)
    numbers = [f"{states[state]} {state}" for state in counted if state in states]
    detail = f"{', '.join(numbers)}." if numbers else "Nobody is enrolled or invited yet: import participants first."
    return Check("Participants", bool(numbers), detail, blocks=True)


def _check_mentors(cohort: Cohort, enrolled: int) -> Check:
    states = {
        state: (number, room)
        for state, number, room in db.session.execute(
            select(Mentor.state, func.count(), func.sum(Mentor.capacity))
            .where(Mentor.cohort_id == cohort.id)
            .group_by(Mentor.state)
        )
    }
    accepted, room = states.get(MentorState.ACCEPTED, (0, 0))
    invited, _ = states.get(MentorState.INVITED, (0, 0))
    detail = f"{accepted} accepted, with room for {room}; {invited} did not answer yet."
    people = "1 participant is" if enrolled == 1 else f"{enrolled} participants are"
    return Check("Mentors", accepted > 0 and room >= enrolled, f"{detail} {people} enrolled.")


def _check_pairs(cohort: Cohort, enrolled: int) -> Check:
    if not enrolled:
        return Check("Pairs", False, "Nobody has joined yet. Match people once they have; the launch need not wait.")
    paired = select(Pairing.enrolment_id).where(Pairing.cohort_id == cohort.id, Pairing.state == PairingState.ACTIVE)
    alone = db.session.scalars(
        select(Person.name)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.id.not_in(paired),
        )
        .order_by(Person.name)
    ).all()
    if alone:
        return Check(
            "Pairs", False, f"Without a mentor: {list_names(alone, most=_NAMED)}. The launch need not wait for them."
        )
    return Check("Pairs", True, "Everybody enrolled has a mentor.")


def _check_answers(cohort: Cohort) -> Check:
    """What the mentors say who were asked about their mentees."""
    rows = db.session.execute(
        select(Person.name, Pairing.state)
        .join(Mentor, Mentor.person_id == Person.id)
        .join(Pairing, Pairing.mentor_id == Mentor.id)
        .where(Pairing.cohort_id == cohort.id, Pairing.state.not_in((PairingState.PROPOSED, PairingState.CLOSED)))
        .order_by(Person.name)
    ).all()
    if not rows:
        return Check("Mentors’ answers", False, "No mentor has been asked about anybody yet.")
    silent = list(dict.fromkeys(row.name for row in rows if row.state is PairingState.OFFERED))
    kept = sum(row.state is PairingState.ACCEPTED for row in rows)
    missing = f"Not answered yet: {list_names(silent, most=_NAMED)}." if silent else "No answer is missing."
    unpublished = f" Accepted and not published: {kept}." if kept else ""
    return Check("Mentors’ answers", not silent and not kept, missing + unpublished)


def _check_workshops(cohort: Cohort, now: datetime) -> Check:
    workshops = [item.at for item in list_items(cohort.id) if item.kind == Kind.WORKSHOP and item.at]
    past = sum(at <= now for at in workshops)
    if past:
        detail = f"{past} of {len(workshops)} workshops lie in the past. Nobody is reminded of what is over."
        return Check("Workshop dates", False, detail)
    if not workshops:
        return Check("Workshop dates", True, "This program has no workshops.")
    first = write_day(in_zone(workshops[0], cohort.zone).date())
    return Check("Workshop dates", True, f"{len(workshops)} workshops, the first on {first}.")


def _check_rooms(cohort: Cohort) -> Check:
    until = from_local(cohort.starts_on + EARLY, time.min, cohort.zone)
    sittings = list_early(cohort.id, until)
    bare = [_write_sitting(item, cohort) for item, is_bare in sittings if is_bare]
    if bare:
        return Check("Rooms and links", False, f"Neither room nor link yet: {list_names(bare, most=_NAMED)}.")
    if not sittings:
        return Check("Rooms and links", True, "No workshop is held in the first four weeks.")
    return Check("Rooms and links", True, "Each sitting of the first four weeks has a room or a link.")


def _write_sitting(item: DatedItem, cohort: Cohort) -> str:
    return f"{item.title} on {write_day(in_zone(item.at, cohort.zone).date())}" if item.at else item.title


def _check_mail(settings: Settings) -> Check:
    server = settings.mail_server
    if server.scheme == "mailbox":
        return Check("Mail", True, "Mails stay in the mailbox page of this installation and reach nobody.")
    if settings.host.split(":")[0] in ("localhost", "127.0.0.1"):
        return Check("Mail", False, f"Links in mails would lead to {settings.base_url}, which others cannot open.")
    return Check("Mail", True, f"Mails leave through {server.host}:{server.port} from {settings.mail_from}.")


def _check_mail_leaves(now: datetime, settings: Settings) -> Check:
    troubles = read_condition(now, settings.mail_mode).troubles
    if troubles:
        return Check("Worker", False, " ".join(trouble.words for trouble in troubles))
    return Check("Worker", True, "The worker runs, and mail leaves.")
