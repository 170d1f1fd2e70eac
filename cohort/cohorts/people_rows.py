"""The people of a cohort as the lists show them: words for states, and what can be done about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cohort.cohorts.models import Enrolment, EnrolmentState, Staff
from cohort.cohorts.people_queries import (
    Counts,
    count_mentees,
    has_failed,
    last_invitations,
    line_of,
    mentors_of,
)
from cohort.mail.models import Message
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import Person
from cohort.templating import count, day

Tag = tuple[str, str, str]

ENROLMENT_TAGS: Mapping[EnrolmentState, Tag] = {
    EnrolmentState.INVITED: ("", "circle", "Not answered"),
    EnrolmentState.WAITLISTED: ("warn", "hourglass-split", "Waiting"),
    EnrolmentState.ENROLLED: ("ok", "check-lg", "Enrolled"),
    EnrolmentState.DECLINED: ("", "dash-lg", "Not this time"),
    EnrolmentState.WITHDRAWN: ("", "dash-circle", "Withdrawn"),
    EnrolmentState.COMPLETED: ("ok", "check-circle-fill", "Completed"),
}
MENTOR_TAGS: Mapping[MentorState, Tag] = {
    MentorState.INVITED: ("", "circle", "Not answered"),
    MentorState.ACCEPTED: ("ok", "check-lg", "Accepted"),
    MentorState.DECLINED: ("", "dash-lg", "Not this time"),
    MentorState.ENDED: ("", "dash-circle", "Ended"),
}
NOT_INVITED: Tag = ("info", "envelope", "Not invited yet")
MAIL_FAILED: Tag = ("bad", "envelope-x-fill", "Invitation not delivered")
STATE_WORDS = {
    "participants": {state.value: tag[2] for state, tag in ENROLMENT_TAGS.items()},
    "mentors": {state.value: tag[2] for state, tag in MENTOR_TAGS.items()},
    "staff": {role: role.capitalize() for role in ("program lead", "facilitator", "observer")},
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list of people."""

    id: int
    person: Person
    tag: Tag
    why: str
    """Since when the state is what it is, and what is missing."""
    reason: str
    """Their own words or those of staff; for staff of the cohort alone."""
    more: str
    """What belongs to the role: mentor, room, role."""
    may_be_invited: bool
    was_invited: bool


def rows_of_participants(cohort_id: int, enrolments: list[Enrolment], zone: str) -> list[PersonRow]:
    mails = last_invitations(cohort_id, [one.person_id for one in enrolments])
    mentors = mentors_of([one.id for one in enrolments])
    line = line_of(cohort_id)
    return [
        PersonRow(
            one.id,
            one.person,
            enrolment_tag(one, mails.get(one.person_id)),
            _why_enrolment(one, line, zone),
            one.reason if one.state in (EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN) else "",
            mentors.get(one.id, "") if one.is_in else "",
            one.state is EnrolmentState.INVITED,
            one.invited_at is not None,
        )
        for one in enrolments
    ]


def rows_of_mentors(cohort_id: int, mentors: list[Mentor], zone: str) -> list[PersonRow]:
    mails = last_invitations(cohort_id, [one.person_id for one in mentors])
    mentees = count_mentees([one.id for one in mentors])
    return [
        PersonRow(
            one.id,
            one.person,
            _mentor_tag(one, mails.get(one.person_id)),
            _since(one.invited_at, one.answered_at, zone),
            one.reason if one.answered_at else "",
            f"{mentees.get(one.id, 0)} of {count(one.capacity, 'mentee', 'mentees')}"
            if one.state is MentorState.ACCEPTED
            else "",
            one.state is MentorState.INVITED,
            one.invited_at is not None,
        )
        for one in mentors
    ]


def rows_of_staff(cohort_id: int, staff: list[Staff], zone: str) -> list[PersonRow]:
    mails = last_invitations(cohort_id, [one.person_id for one in staff])
    return [
        PersonRow(
            one.id,
            one.person,
            _staff_tag(one.person, mails.get(one.person_id)),
            f"Since {day(one.since, zone)}",
            "",
            one.role.value.capitalize(),
            True,
            one.person_id in mails,
        )
        for one in staff
    ]


def enrolment_tag(enrolment: Enrolment, mail: Message | None = None) -> Tag:
    is_open = enrolment.state is EnrolmentState.INVITED
    return _invited_tag(ENROLMENT_TAGS[enrolment.state], is_open, enrolment.invited_at, mail)


def _mentor_tag(mentor: Mentor, mail: Message | None) -> Tag:
    return _invited_tag(MENTOR_TAGS[mentor.state], mentor.state is MentorState.INVITED, mentor.invited_at, mail)


def _invited_tag(tag: Tag, is_open: bool, invited_at: datetime | None, mail: Message | None) -> Tag:
    if not is_open:
        return tag
    return MAIL_FAILED if has_failed(mail) else tag if invited_at else NOT_INVITED


def _staff_tag(person: Person, mail: Message | None) -> Tag:
    if person.password_hash:
        return ("ok", "check-lg", "Has an account")
    return MAIL_FAILED if has_failed(mail) else ("", "circle", "Not answered") if mail else NOT_INVITED


def _why_enrolment(one: Enrolment, line: Mapping[int, int], zone: str) -> str:
    if one.state is EnrolmentState.WAITLISTED:
        return f"Number {line[one.id]} in line" if one.id in line else ""
    if one.state is EnrolmentState.WITHDRAWN:
        return _since(None, one.ended_at, zone)
    missing = ", profile not finished" if one.state is EnrolmentState.ENROLLED and one.profiled_at is None else ""
    return _since(one.invited_at, one.answered_at, zone) + missing


def _since(invited_at: datetime | None, answered_at: datetime | None, zone: str) -> str:
    if answered_at:
        return f"Since {day(answered_at, zone)}"
    return f"Invited on {day(invited_at, zone)}" if invited_at else ""


def totals(counts: Counts) -> dict[str, int]:
    """The number of people on each list."""
    return {name: sum(n for (kind, _), n in counts.items() if kind == name) for name in STATE_WORDS}
