"""Made-up cohorts by the hundred, for measurements and load: written in sets, the same for the same seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from sqlalchemy import insert, select

from cohort import clock
from cohort.assignments.models import Submission, SubmissionState
from cohort.checkins.models import CheckInAnswer, Kept, MoodAudience
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import Base, db
from cohort.demo.script import ZONE
from cohort.demo.wording import FIRST_NAMES, LAST_NAMES, PROMISES, SENTENCES
from cohort.learning.models import Progress
from cohort.mentoring.meetings import TOPICS
from cohort.mentoring.models import (
    Commitment,
    Mentor,
    MentoringSession,
    MentorState,
    Note,
    NoteAudience,
    Pairing,
    PairingState,
)
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import pack_of
from cohort.schedule.deriving import FIELDS, plan_of
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem

ZONES = (*[ZONE] * 4, "America/New_York", "Europe/London", "Pacific/Auckland")
COMPANIES = ("Northwind Managed IT", "Lakeshore Cloud Care", "Copperline Systems", "Harbor & Pine Technology")
HOURS = ("mon 09:00-12:00;wed 13:00-16:00", "tue 09:00-12:00;thu 09:00-12:00", "tue 13:00-17:00;fri 09:00-12:00")
MENTEES = 3
"""Of every mentor."""
SPREAD = 30
"""Weeks over which the starts of cohorts lie; the last of them is two weeks ahead."""
AHEAD = timedelta(weeks=2)
SLUG = "seeded-{:03}"

Row = dict[str, Any]


def seed(
    version: ProgramVersion, *, cohorts: int, people: int, random_seed: int, password_hash: str, now: datetime
) -> Iterator[Cohort]:
    """Add `cohorts` running cohorts with `people` participants between them; gives each when it is written."""
    start = clock.monday_of(now.date())
    for number in range(cohorts):
        random = Random(random_seed * 1_000_003 + number)
        share = people // cohorts + (number < people % cohorts)
        cohort = _add_cohort(
            version,
            slug=SLUG.format(number + 1),
            title=f"Leaders {number + 1}",
            starts_on=start + AHEAD - timedelta(weeks=number % SPREAD),
            zone=random.choice(ZONES),
            state=CohortState.RUNNING,
        )
        Filling(cohort, random, now, password_hash).fill(share)
        yield cohort


def is_seeded() -> bool:
    return db.session.scalar(select(Cohort.id).where(Cohort.slug == SLUG.format(1))) is not None


def add_past_cohort(version: ProgramVersion, title: str, *, starts_on: date, zone: str, lead: Person) -> None:
    """A cohort of six that has been through the program and is archived."""
    slug = title.lower().replace(" ", "-")
    cohort = _add_cohort(version, slug=slug, title=title, starts_on=starts_on, zone=zone, state=CohortState.ARCHIVED)
    ended = clock.from_local(starts_on + timedelta(days=185), datetime.min.time(), zone)
    Filling(cohort, Random(7), ended, None).fill(6)
    db.session.add(Staff(cohort=cohort, person=lead, role=StaffRole.LEAD, since=cohort.created_at))


def _add_cohort(
    version: ProgramVersion, *, slug: str, title: str, starts_on: date, zone: str, state: CohortState
) -> Cohort:
    opened = clock.from_local(starts_on, datetime.min.time(), zone)
    cohort = Cohort(
        slug=slug,
        title=title,
        version=version,
        zone=zone,
        starts_on=starts_on,
        state=state,
        matched_on=starts_on - timedelta(days=6),
        launched_at=opened - timedelta(days=3),
        created_at=opened - timedelta(days=42),
    )
    db.session.add(cohort)
    db.session.flush()
    return cohort


@dataclass
class Filling:
    """One cohort being filled with people and with what they have done until `now`."""

    cohort: Cohort
    random: Random
    now: datetime
    password_hash: str | None

    def fill(self, people: int) -> None:
        self._write_items()
        participants = self._add_people(people, "participant")
        mentors = self._add_people(-(-people // MENTEES), "mentor")
        self._add_staff()
        enrolments = self._add_enrolments(participants)
        pairings = self._add_pairings(enrolments, self._add_mentors(mentors), participants, mentors)
        self._write(Progress, [row for enrolment in enrolments for row in self._progress(enrolment)])
        self._write(Submission, [row for enrolment in enrolments for row in self._submissions(enrolment)])
        self._write(CheckInAnswer, [row for enrolment in enrolments for row in self._answers(enrolment)])
        self._add_sessions(pairings)

    @cached_property
    def pack(self) -> Any:
        return pack_of(self.cohort.version)

    @cached_property
    def past(self) -> Mapping[str, Mapping[str, datetime]]:
        """When the items of the cohort were, by kind and key; only those before now."""
        past: dict[str, dict[str, datetime]] = {kind: {} for kind in Kind}
        for item in plan_of(self.cohort).items:
            if item.at is not None and item.at < self.now:
                past[item.kind][item.key] = item.at
        return past

    @property
    def has_ended(self) -> bool:
        return self.cohort.state is CohortState.ARCHIVED

    def _write_items(self) -> None:
        names = ("kind", "key", *FIELDS)
        items = plan_of(self.cohort).items
        rows = [{name: getattr(item, name) for name in names} for item in items]
        self._write(DatedItem, [{"cohort_id": self.cohort.id, **row} for row in rows])

    def _add_people(self, number: int, role: str) -> list[int]:
        return self._insert(Person, [self._person(place, role) for place in range(number)])

    def _person(self, number: int, role: str) -> Row:
        first, last = self.random.choice(FIRST_NAMES), self.random.choice(LAST_NAMES)
        email = f"{role}{number + 1}@{self.cohort.slug}.example"
        return {
            "name": f"{first} {last}",
            "email": email,
            "email_key": email,
            "company": self.random.choice(COMPANIES),
            "job_title": "Service Manager" if role == "mentor" else "Team Lead",
            "seniority": 6 if role == "mentor" else 5,
            "time_zone": self.random.choice(ZONES),
            "languages": ["en"],
            "password_hash": self.password_hash,
            "created_at": self.cohort.created_at,
        }

    def _add_staff(self) -> None:
        if self.password_hash is None:
            return
        roles = (StaffRole.LEAD, StaffRole.FACILITATOR)
        people = self._insert(Person, [self._person(number, "staff") for number in range(len(roles))])
        rows = [{"person_id": one, "role": role} for one, role in zip(people, roles, strict=True)]
        self._write(Staff, [{"cohort_id": self.cohort.id, "since": self.cohort.created_at, **row} for row in rows])

    def _add_enrolments(self, people: Sequence[int]) -> list[int]:
        areas = [competency.key for competency in self.pack.competencies]
        joined = self.cohort.created_at + timedelta(days=12)
        state = EnrolmentState.COMPLETED if self.has_ended else EnrolmentState.ENROLLED
        rows = [
            {
                "cohort_id": self.cohort.id,
                "person_id": person,
                "state": state,
                "invited_at": joined - timedelta(days=3),
                "answered_at": joined + timedelta(minutes=place),
                "growth_areas": self.random.sample(areas, 3),
                "availability": self.random.choice(HOURS),
                "goal": self.random.choice(SENTENCES),
                "profiled_at": joined + timedelta(days=1),
            }
            for place, person in enumerate(people)
        ]
        return self._insert(Enrolment, rows)

    def _add_mentors(self, people: Sequence[int]) -> list[int]:
        areas = [competency.key for competency in self.pack.competencies]
        rows = [
            {
                "cohort_id": self.cohort.id,
                "person_id": person,
                "state": MentorState.ENDED if self.has_ended else MentorState.ACCEPTED,
                "capacity": MENTEES,
                "strengths": self.random.sample(areas, 3),
                "availability": self.random.choice(HOURS),
                "answered_at": self.cohort.created_at + timedelta(days=9),
            }
            for person in people
        ]
        return self._insert(Mentor, rows)

    def _add_pairings(
        self, enrolments: Sequence[int], mentors: Sequence[int], participants: Sequence[int], people: Sequence[int]
    ) -> list[tuple[int, int, int]]:
        """(pairing, person who participates, person who mentors)"""
        matched = (self.cohort.launched_at or self.now) - timedelta(days=3)
        rows = [
            {
                "cohort_id": self.cohort.id,
                "mentor_id": mentors[place // MENTEES],
                "enrolment_id": enrolment,
                "state": PairingState.CLOSED if self.has_ended else PairingState.ACTIVE,
                "reasons": [["because", "Both know how a service desk feels on a Monday."]],
                "score": 70,
                "proposed_at": matched,
                "published_at": matched,
                "closed_at": self.now if self.has_ended else None,
            }
            for place, enrolment in enumerate(enrolments)
        ]
        ids = self._insert(Pairing, rows)
        return [(one, participants[place], people[place // MENTEES]) for place, one in enumerate(ids)]

    def _progress(self, enrolment: int) -> Iterator[Row]:
        pace = self.random.uniform(0.5, 4)
        """Days for a lesson."""
        opened = self.past[Kind.MODULE_OPENS]
        for module in self.pack.modules:
            for number, lesson in enumerate(module.lessons if module.key in opened else ()):
                done = opened[module.key] + timedelta(days=pace * (number + 0.5))
                if done < self.now:
                    key = f"{module.key}/{lesson.key}"
                    yield {"enrolment_id": enrolment, "kind": "lesson", "key": key, "done_at": done}
        for key, due in self.past[Kind.PREWORK_DUE].items():
            if self.random.random() < 0.8:
                yield {"enrolment_id": enrolment, "kind": "prework", "key": key, "done_at": due - timedelta(hours=5)}

    def _submissions(self, enrolment: int) -> Iterator[Row]:
        for key, due in self.past[Kind.ASSIGNMENT_DUE].items():
            if self.has_ended or self.random.random() < 0.9:
                handed_in = min(due + timedelta(hours=self.random.uniform(-120, 20)), self.now)
                yield {
                    "enrolment_id": enrolment,
                    "assignment_key": key,
                    "reviewed_by": self.pack.assignment(key).reviewed_by,
                    "state": SubmissionState.SUBMITTED,
                    "text": self._text(8),
                    "version": 2,
                    "saved_at": handed_in,
                    "submitted_at": handed_in,
                }

    def _answers(self, enrolment: int) -> Iterator[Row]:
        is_first = True
        for key, opened in self.past[Kind.CHECKIN_OPENS].items():
            if self.random.random() < 0.85:
                answered = min(opened + timedelta(hours=self.random.uniform(1, 90)), self.now)
                yield {
                    "enrolment_id": enrolment,
                    "checkin_key": key,
                    "kept": None if is_first else self.random.choice(list(Kept)),
                    "mood": self.random.randint(2, 5),
                    "mood_for": self.random.choice(list(MoodAudience)),
                    "answers": [self._text(1) for _ in self.pack.checkin(key).questions],
                    "promise": self.random.choice(PROMISES),
                    "version": 1,
                    "saved_at": answered,
                    "answered_at": answered,
                }
                is_first = False

    def _add_sessions(self, pairings: Sequence[tuple[int, int, int]]) -> None:
        due = [
            (key, at, pair)
            for key, at in self.past[Kind.MENTOR_SESSION_BY].items()
            for pair in pairings
            if self.random.random() < 0.9
        ]
        sessions = self._insert(MentoringSession, [self._session(*one) for one in due])
        noted = list(zip(sessions, due, strict=True))
        self._write(Note, [self._note(session, at, pair) for session, (_, at, pair) in noted])
        self._write(Commitment, [self._promise(session, at, pair) for session, (_, at, pair) in noted])

    def _session(self, key: str, by: datetime, pair: tuple[int, int, int]) -> Row:
        held = by - timedelta(days=self.random.randint(0, 6))
        return {
            "pairing_id": pair[0],
            "held_on": clock.in_zone(held, self.cohort.zone).date(),
            "minutes": self.random.choice((30, 45, 45, 60)),
            "topics": self.random.sample(TOPICS, 2),
            "session_key": key,
            "form_key": f"{pair[0]}:{key}",
            "logged_by_id": pair[2],
            "logged_at": held,
        }

    def _note(self, session: int, by: datetime, pair: tuple[int, int, int]) -> Row:
        audience = self.random.choice(list(NoteAudience))
        return {
            "session_id": session,
            "author_id": pair[2],
            "audience": audience,
            "text": self._text(2),
            "written_at": by,
        }

    def _promise(self, session: int, by: datetime, pair: tuple[int, int, int]) -> Row:
        kept = by + timedelta(days=9)
        return {
            "session_id": session,
            "pairing_id": pair[0],
            "owner_id": pair[1],
            "text": self.random.choice(PROMISES),
            "due_on": (by + timedelta(days=14)).date(),
            "kept_at": kept if self.random.random() < 0.7 and kept < self.now else None,
        }

    def _text(self, sentences: int) -> str:
        return " ".join(self.random.choices(SENTENCES, k=sentences))

    def _write(self, model: type[Base], rows: Sequence[Row]) -> None:
        if rows:
            db.session.execute(insert(model), rows)

    def _insert(self, model: type[Any], rows: Sequence[Row]) -> list[int]:
        """Write the rows and give their ids in the same order."""
        if not rows:
            return []
        return list(db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows))
