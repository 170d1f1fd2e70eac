"""Workshops and meetings as invitations by mail (RFC 5546): what each person should hold, beside what they were told.

States are compared, not changes: a date that was moved and moved back between two rounds sends nothing. What is told is
recorded in the transaction that queues the mail, and a mail that has not left when the next one is due never leaves.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, select, union_all, update

from cohort.calendars.events import MEETING
from cohort.calendars.models import CalendarChoice, CalendarInvitation
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue_all
from cohort.mentoring.agreed import agreed_dates
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.models import Person
from cohort.schedule.items import SITTINGS
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Place, PlaceState, Sitting

REQUEST, CANCEL = "REQUEST", "CANCEL"
TEMPLATES = {REQUEST: "calendar-request", CANCEL: "calendar-cancel"}
SUPERSEDED = "superseded"
IS_IN = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)
WORKSHOP_LASTS = timedelta(hours=1)
"""Of one whose end is not known."""

Key = tuple[int, str]
"""Person, and UID of the event."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An event that a person should have in their calendar."""

    title: str
    starts_at: datetime
    ends_at: datetime
    location: str = ""
    sequence: int = 0
    """How often it was changed for everybody."""

    def is_told_by(self, told: CalendarInvitation) -> bool:
        said = (told.title, told.starts_at, told.ends_at, told.location)
        return not told.is_cancelled and said == (self.title, self.starts_at, self.ends_at, self.location)


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail to be sent."""

    person_id: int
    uid: str
    sequence: int
    booked: Booked | None
    """None for what is cancelled."""
    is_update: bool = False

    @property
    def key(self) -> Key:
        return self.person_id, self.uid

    @property
    def method(self) -> str:
        return REQUEST if self.booked else CANCEL

    @property
    def message_key(self) -> str:
        return f"calendar:{self.uid}:{self.person_id}:{self.sequence}:{self.method}"


def list_cohorts_to_tell(cohort_ids: Collection[int], now: datetime) -> list[int]:
    """Those of the cohorts in which somebody takes invitations, or holds one for what is still to come."""
    takers = select(CalendarChoice.person_id).where(CalendarChoice.takes_invitations)
    enrolled = select(Enrolment.cohort_id).where(Enrolment.person_id.in_(takers), Enrolment.state.in_(IS_IN))
    mentors = select(Mentor.cohort_id).where(Mentor.person_id.in_(takers), Mentor.state == MentorState.ACCEPTED)
    told = select(CalendarInvitation.cohort_id).where(
        CalendarInvitation.is_cancelled.is_(False), CalendarInvitation.starts_at > now
    )
    concerned = union_all(enrolled, mentors, told).subquery()
    found: set[int] = set(db.session.scalars(select(concerned.c.cohort_id).distinct()))
    return [cohort_id for cohort_id in cohort_ids if cohort_id in found]


def tell_calendars(cohort_id: int, *, domain: str, now: datetime) -> int:
    """Queue what the calendars of a cohort's people have to be told; how many mails that is.

    Holds the cohort until the transaction ends, so that the second of two planners finds nothing left to do.
    """
    if not _take_turn(cohort_id):
        return 0
    told = _list_told(cohort_id)
    notices = list(_compare(_list_booked(cohort_id, domain), told, now))
    if not notices:
        return 0
    heard = _supersede(cohort_id, notices)
    _record(cohort_id, notices, told, now)
    leaving = [notice for notice in notices if notice.booked or notice.key in heard]
    _queue(cohort_id, leaving, now)
    return len(leaving)


def count_invitations_due(
    cohort_id: int, dates: Mapping[int, tuple[datetime, datetime] | None], *, domain: str, now: datetime
) -> int:
    """How many calendar mails would leave if the dated items with these row ids had these instants; changes nothing.

    Of each item its begin and its end; None where it would be dropped.
    """
    instants = {_item_uid(item_id, domain): both for item_id, both in dates.items()}
    booked = {
        key: replace(one, starts_at=both[0], ends_at=both[1])
        for key, one in _list_booked(cohort_id, domain).items()
        if (both := instants.get(key[1]))
    }
    told = {key: row for key, row in _list_told(cohort_id).items() if key[1] in instants}
    return sum(1 for _ in _compare(booked, told, now))


def _compare(booked: Mapping[Key, Booked], told: Mapping[Key, CalendarInvitation], now: datetime) -> Iterator[Notice]:
    """The mails that make the calendars right. What is over stays as it is."""
    for key, one in booked.items():
        last = told.get(key)
        holds = last is not None and not last.is_cancelled
        is_ahead = one.starts_at > now or (last is not None and holds and last.starts_at > now)
        if is_ahead and not (last and one.is_told_by(last)):
            sequence = max(one.sequence, last.sequence + 1) if last else one.sequence
            yield Notice(*key, sequence, one, is_update=holds)
    for key, last in told.items():
        if key not in booked and not last.is_cancelled and last.starts_at > now:
            yield Notice(*key, last.sequence + 1, None)


# --- what should be, and what was said -----------------------------------------------------------------------------


def _take_turn(cohort_id: int) -> bool:
    """False when the cohort sends no mail at the moment."""
    sends = and_(Cohort.state == CohortState.RUNNING, Cohort.mail_paused_at.is_(None))
    turn = select(Cohort.id).where(Cohort.id == cohort_id, sends).with_for_update(key_share=True)
    return db.session.scalar(turn) is not None


def _list_told(cohort_id: int) -> dict[Key, CalendarInvitation]:
    rows = db.session.scalars(
        select(CalendarInvitation)
        .where(CalendarInvitation.cohort_id == cohort_id)
        .order_by(CalendarInvitation.starts_at, CalendarInvitation.uid, CalendarInvitation.person_id)
        .execution_options(populate_existing=True)
    )
    return {(row.person_id, row.uid): row for row in rows}


def _list_booked(cohort_id: int, domain: str) -> dict[Key, Booked]:
    """Everything that those who take invitations have booked in a cohort, also what is over."""
    booked = {
        (row.person_id, _item_uid(row.id, domain)): _workshop(row) for row in db.session.execute(_places(cohort_id))
    }
    for row in db.session.execute(_meetings(cohort_id)):
        ends_at = row.at + timedelta(minutes=row.minutes)
        booked[row.person_id, f"{row.kind}-{row.id}@{domain}"] = Booked(MEETING, row.at, ends_at)
    return booked


def _item_uid(item_id: int, domain: str) -> str:
    return f"item-{item_id}@{domain}"


def _workshop(row: Row[Any]) -> Booked:
    ends_at = row.ends_at or row.at + WORKSHOP_LASTS
    return Booked(f"Workshop: {row.title}", row.at, ends_at, row.room or "", row.sequence)


def _takers() -> Select[int]:
    return (
        select(CalendarChoice.person_id)
        .join(CalendarChoice.person)
        .where(CalendarChoice.takes_invitations, Person.deactivated_at.is_(None))
    )


def _places(cohort_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrolment.person_id,
            DatedItem.id,
            DatedItem.title,
            DatedItem.at,
            DatedItem.ends_at,
            DatedItem.sequence,
            Sitting.room,
        )
        .join(Place, Place.item_id == DatedItem.id)
        .join(Enrolment, Enrolment.id == Place.enrolment_id)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .where(
            DatedItem.cohort_id == cohort_id,
            DatedItem.kind.in_(SITTINGS),
            DatedItem.at.is_not(None),
            DatedItem.dropped_at.is_(None),
            Place.state == PlaceState.HELD,
            Enrolment.state.in_(IS_IN),
            Enrolment.person_id.in_(_takers()),
        )
        .order_by(DatedItem.at, DatedItem.id, Enrolment.person_id)
    )


def _meetings(cohort_id: int) -> Select[*tuple[Any, ...]]:
    """The dates that pairs have agreed, for each of the two."""
    dates = agreed_dates().c
    both = [
        select(column.label("person_id"), dates.kind, dates.id, dates.at, dates.minutes)
        .join(Pairing, Pairing.id == dates.pairing_id)
        .join(Enrolment, Enrolment.id == Pairing.enrolment_id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .where(
            Pairing.cohort_id == cohort_id,
            Pairing.state == PairingState.ACTIVE,
            Enrolment.state.in_(IS_IN),
            Mentor.state == MentorState.ACCEPTED,
            dates.replaced_at.is_(None),
            column.in_(_takers()),
        )
        for column in (Enrolment.person_id, Mentor.person_id)
    ]
    agreed = union_all(*both).subquery()
    return select(agreed).order_by(agreed.c.at, agreed.c.kind, agreed.c.id, agreed.c.person_id)


# --- writing -------------------------------------------------------------------------------------------------------


def _supersede(cohort_id: int, notices: Sequence[Notice]) -> set[Key]:
    """Cancel what has not left of these events; gives those of which something may have arrived before."""
    keys = {notice.key for notice in notices}
    rows = db.session.execute(
        select(Message.id, Message.person_id, Message.params, Message.state, Message.attempts)
        .where(
            Message.cohort_id == cohort_id,
            Message.person_id.in_({notice.person_id for notice in notices}),
            Message.template.in_(TEMPLATES.values()),
            Message.state != MessageState.CANCELLED,
        )
        .with_for_update(of=Message)
    ).all()
    mine = [row for row in rows if (row.person_id, row.params["uid"]) in keys]
    unsent = [row.id for row in mine if row.state is MessageState.PENDING]
    if unsent:
        db.session.execute(
            update(Message)
            .where(Message.id.in_(unsent), Message.state == MessageState.PENDING)
            .values(state=MessageState.CANCELLED, reason=SUPERSEDED, frozen=None)
            .execution_options(synchronize_session=False)
        )
    return {
        (row.person_id, row.params["uid"])
        for row in mine
        if row.state is not MessageState.PENDING or row.attempts  # an attempt may have arrived without an answer
    }


def _record(cohort_id: int, notices: Iterable[Notice], told: Mapping[Key, CalendarInvitation], now: datetime) -> None:
    for notice in notices:
        row = told.get(notice.key)
        if row is None:
            row = CalendarInvitation(person_id=notice.person_id, uid=notice.uid, cohort_id=cohort_id)
            db.session.add(row)
        row.sequence, row.told_at, row.is_cancelled = notice.sequence, now, notice.booked is None
        if one := notice.booked:
            row.title, row.starts_at, row.ends_at, row.location = one.title, one.starts_at, one.ends_at, one.location
    db.session.flush()


def _queue(cohort_id: int, notices: Iterable[Notice], now: datetime) -> None:
    for method, template in TEMPLATES.items():
        mails = [
            (
                notice.person_id,
                {"uid": notice.uid, "sequence": notice.sequence, "is_update": notice.is_update},
                notice.message_key,
            )
            for notice in notices
            if notice.method == method
        ]
        queue_all(template, mails, now=now, cohort_id=cohort_id)
