"""What a mentor's home knows of each mentee, loaded for all of them at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cohort.assignments.models import Submission
from cohort.checkins.queries import Told, list_told
from cohort.checkins.window import OwnDate, Window, windows_of
from cohort.clock import in_zone
from cohort.mentoring.agreed import list_next_meetings
from cohort.mentoring.health import Ahead, Contact, Health, judge
from cohort.mentoring.meeting_proposals import list_open
from cohort.mentoring.models import MeetingProposal, Mentor, MentoringSession, Pairing, PairingState
from cohort.mentoring.queries import (
    count_open_commitments,
    due_dates,
    list_logged_keys,
    list_meetings_of,
    list_pairs_of,
    list_work,
)
from cohort.people.models import Away, Person
from cohort.people.queries import list_away
from cohort.programs.pack import MentorSession, Pack
from cohort.schedule.asking import is_reviewed_by_mentor
from cohort.schedule.extension_queries import list_open_requests
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, ExtensionRequest

AHEAD = timedelta(weeks=4)
"""So far ahead a mentor sees when mentees are away."""
_JUDGED = (Kind.MENTOR_SESSION_BY, Kind.CHECKIN_OPENS, Kind.CHECKIN_CLOSES)


@dataclass(frozen=True, slots=True)
class Mentee:
    pairing: Pairing
    sessions: Sequence[MentoringSession]
    """The earliest first."""
    checkins: Sequence[Told]
    """The latest first, with those that the mentor may not read."""
    work: Sequence[Submission]
    next_at: datetime | None
    proposed: MeetingProposal | None
    """Times to meet that one of the two has proposed, while they are open."""
    ahead: Ahead | None
    promises: tuple[int, int]
    """Open ones: theirs, the mentor's."""
    windows: Mapping[str, Window]
    """When each check-in takes their answers, by its key."""
    asked: Sequence[ExtensionRequest]
    """Open requests for more time that the mentor may answer."""
    away: Sequence[Away]
    """Days of the next weeks on which they are away or on call."""

    @property
    def person(self) -> Person:
        return self.pairing.enrolment.person


@dataclass(frozen=True, slots=True)
class Mentees:
    """All of a mentor in one cohort."""

    list: Sequence[Mentee]
    minutes: int
    """Of every session in this cohort, those with former mentees too."""
    logged: int
    ended: Sequence[Pairing]
    """Pairs that were public and are none any more."""


def load_mentees(mentor: Mentor, pack: Pack, items: Sequence[DatedItem], *, zone: str, now: datetime) -> Mentees:
    """The mentor's active pairs; `items` are those of the cohort, days are those of `zone`."""
    pairs, meetings = list_pairs_of(mentor), list_meetings_of(mentor)
    pairings = [pairing for pairing in pairs if pairing.state is PairingState.ACTIVE]
    enrolments = [pairing.enrolment_id for pairing in pairings]
    ids = [pairing.id for pairing in pairings]
    promises, coming, proposed = count_open_commitments(ids), list_next_meetings(ids, now), list_open(ids)
    answers, work = list_told(enrolments), list_work(enrolments)
    due = due_dates([item for item in items if item.kind in _JUDGED], enrolments)
    asked, logged = list_open_requests(enrolments), list_logged_keys(enrolments)
    today = in_zone(now, zone).date()
    away = list_away([pairing.enrolment.person_id for pairing in pairings], today, today + AHEAD)
    found = []
    for pairing in pairings:
        held = [session for session in meetings if session.pairing_id == pairing.id]
        own = [OwnDate(kind, key, at) for (whose, kind, key), at in due.items() if whose == pairing.enrolment_id]
        dates = {date.key: date.at for date in own if date.kind == Kind.MENTOR_SESSION_BY}
        found.append(
            Mentee(
                pairing,
                held,
                [one for one in answers if one.answer.enrolment_id == pairing.enrolment_id],
                [one for one in work if one.enrolment_id == pairing.enrolment_id],
                coming.get(pairing.id),
                proposed.get(pairing.id),
                next_planned(pack, logged[pairing.enrolment_id], dates, zone),
                (promises[pairing.id, pairing.enrolment.person_id], promises[pairing.id, mentor.person_id]),
                windows_of(pack.checkins, own),
                [
                    one
                    for one in asked
                    if one.enrolment_id == pairing.enrolment_id
                    and is_reviewed_by_mentor(pack, one.item.kind, one.item.key)
                ],
                away[pairing.enrolment.person_id],
            )
        )
    ended = [pairing for pairing in pairs if pairing.state is PairingState.CLOSED]
    return Mentees(found, sum(session.minutes for session in meetings), len(meetings), ended)


def planned_sessions(pack: Pack) -> list[MentorSession]:
    """The mentor sessions of a program, in its order."""
    return [module.mentor_session for module in pack.modules if module.mentor_session]


def next_planned(pack: Pack, logged: Collection[str], dates: Mapping[str, datetime | None], zone: str) -> Ahead | None:
    """The first session of the program that is not among those `logged`; None when all are. `dates` by its key."""
    for number, session in enumerate(planned_sessions(pack), start=1):
        if session.key not in logged:
            by = dates.get(session.key)
            return Ahead(session.key, number, session.title, in_zone(by, zone).date() if by else None)
    return None


def judge_mentee(mentee: Mentee, *, zone: str, now: datetime) -> Health:
    """How the pair is doing on the day that it is in `zone`."""
    paired_at = mentee.pairing.published_at or mentee.pairing.proposed_at
    signs = [one.answer.answered_at for one in mentee.checkins] + [one.submitted_at for one in mentee.work]
    sign_at = max((moment for moment in signs if moment), default=None)
    contact = Contact(
        paired_on=in_zone(paired_at, zone).date(),
        met_on=max((session.held_on for session in mentee.sessions), default=None),
        sign_on=in_zone(sign_at, zone).date() if sign_at else None,
        next_on=in_zone(mentee.next_at, zone).date() if mentee.next_at else None,
        ahead=mentee.ahead,
    )
    return judge(contact, in_zone(now, zone).date())
