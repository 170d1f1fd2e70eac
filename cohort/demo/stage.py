"""What the people of the demo do: the deeds of the product, found by name and done at a moment of the past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.assignments.queries import find_submission
from cohort.assignments.submitting import add_file, save_draft, submit
from cohort.calendars.choosing import choose
from cohort.checkins.answering import Answers, answer
from cohort.checkins.models import Kept, MoodAudience
from cohort.cohorts import inviting
from cohort.cohorts.creating import create_cohort
from cohort.cohorts.enrolling import enrol, withdraw
from cohort.cohorts.launching import launch
from cohort.cohorts.models import Cohort, Enrolment, Staff
from cohort.cohorts.profiling import keep_growth
from cohort.cohorts.roster_fields import RosterKind
from cohort.db import db
from cohort.demo.people import HERE, LEAD, find_person, take_in
from cohort.demo.script import ZONE, Calendar, read_story
from cohort.learning.progress import tick
from cohort.mentoring.accepting import accept
from cohort.mentoring.gathering import list_people
from cohort.mentoring.meetings import Promised, keep_promise, log_session
from cohort.mentoring.models import Commitment, Mentor, NoteAudience, Pairing, PairingState
from cohort.mentoring.pairing import pair_by_hand
from cohort.mentoring.publishing import publish
from cohort.mentoring.runs import ask_run
from cohort.mentoring.wishing import keep_wishes
from cohort.people.away import Days, add_away
from cohort.people.models import AwayKind, Person
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import find_latest_version, pack_of
from cohort.schedule.asking import ask_for_more_time, until_on
from cohort.schedule.extending import grant_extension
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import find_item

SLUG = "spring-emerging-leaders"
PROGRAM = "emerging-leaders"


def find_program() -> ProgramVersion:
    """The latest version of the shipped program."""
    version = find_latest_version(PROGRAM)
    if version is None:
        raise LookupError(PROGRAM)
    return version


@dataclass(slots=True)
class Stage:
    """The cohort of the demo. Objects are read anew for every deed, because a round of the worker lies between them."""

    calendar: Calendar
    uploads_dir: Path
    refused: set[str] = field(default_factory=set)
    """Addresses whose mailbox is gone."""

    def cohort(self) -> Cohort:
        return db.session.scalars(
            select(Cohort)
            .options(joinedload(Cohort.version).joinedload(ProgramVersion.program))
            .where(Cohort.slug == SLUG)
        ).one()

    def enrolment(self, name: str) -> Enrolment:
        return db.session.scalars(
            select(Enrolment)
            .join(Enrolment.person)
            .join(Enrolment.cohort)
            .options(
                joinedload(Enrolment.person),
                joinedload(Enrolment.cohort).joinedload(Cohort.version).joinedload(ProgramVersion.program),
            )
            .where(Cohort.slug == SLUG, Person.email.startswith(f"{name}@", autoescape=True))
        ).one()

    def mentor(self, name: str) -> Mentor:
        return db.session.scalars(
            select(Mentor)
            .join(Mentor.person)
            .join(Mentor.cohort)
            .options(joinedload(Mentor.person))
            .where(Cohort.slug == SLUG, Person.email.startswith(f"{name}@", autoescape=True))
        ).one()

    def pairing(self, name: str) -> Pairing:
        """The pairing of a participant, whatever has become of it."""
        return (
            db.session.scalars(
                select(Pairing)
                .options(
                    joinedload(Pairing.mentor).joinedload(Mentor.person),
                    joinedload(Pairing.enrolment).joinedload(Enrolment.person),
                )
                .where(Pairing.enrolment_id == self.enrolment(name).id)
            )
            .unique()
            .one()
        )

    def item(self, item_id: str) -> DatedItem:
        """The dated item with the id `kind:key`."""
        kind, key = item_id.split(":", 1)
        item = find_item(self.cohort().id, kind, key)
        if item is None:
            raise LookupError(item_id)
        return item

    # Staff

    def create(self, now: datetime) -> None:
        create_cohort(
            find_program(),
            title="Spring Emerging Leaders",
            starts_on=self.calendar.start,
            zone=ZONE,
            seats=12,
            lead=find_person(LEAD),
            now=now,
        )

    def invite_staff(self, now: datetime) -> None:
        take_in(self.cohort(), "staff", RosterKind.STAFF, now=now)
        staff = db.session.scalars(
            select(Staff).options(joinedload(Staff.person)).join(Staff.cohort).where(Cohort.slug == SLUG)
        )
        inviting.invite_staff(self.cohort(), staff.all(), now=now)

    def invite_mentors(self, now: datetime) -> None:
        cohort = self.cohort()
        take_in(cohort, "mentors", RosterKind.MENTOR, now=now)
        mentors = db.session.scalars(select(Mentor).where(Mentor.cohort_id == cohort.id))
        inviting.invite_mentors(cohort, mentors.all(), now=now)

    def invite(self, roster: str, now: datetime) -> None:
        cohort = self.cohort()
        take_in(cohort, roster, RosterKind.PARTICIPANT, now=now)
        enrolments = db.session.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id))
        inviting.invite_participants(cohort, enrolments.all(), now=now)

    def pair(self, mentor: str, participants: Sequence[str], now: datetime) -> None:
        for name in participants:
            pair_by_hand(self.mentor(mentor), self.enrolment(name), now=now)

    def match(self, now: datetime) -> None:
        cohort = self.cohort()
        ask_run(cohort, by=find_person(LEAD), now=now)
        publish(cohort, list_people(cohort).proposed, now=now)

    def launch(self, now: datetime) -> None:
        launch(self.cohort(), now=now)

    def extend(self, given: Mapping[str, str], now: datetime) -> None:
        grant_extension(
            self.enrolment(given["person"]),
            self.item(given["item"]),
            until=self.calendar.moment(given["until"]),
            reason=given["reason"],
            by=find_person(LEAD),
            now=now,
        )

    def note_away(self, given: Mapping[str, str], now: datetime) -> None:
        first, last = (self.calendar.day(given[end]) for end in ("first", "last"))
        add_away(find_person(given["person"]), Days(AwayKind(given["kind"]), first, last), now=now)

    def lose_mailbox(self, name: str) -> None:
        self.refused.add(find_person(name).email)

    # Participants and mentors

    def accept(self, name: str, now: datetime) -> None:
        mentor = self.mentor(name)
        accept(mentor, capacity=mentor.capacity, now=now)

    def join(self, name: str, now: datetime) -> None:
        enrol(self.enrolment(name), now=now)

    def finish_profile(self, name: str, now: datetime) -> None:
        """The roster has told most of it; the person looks it over and adds whom they would like best."""
        mine, prefers = self.enrolment(name), read_story()["prefers"].get(name, {"style": [], "wishes": []})
        keep_growth(mine, growth_areas=mine.growth_areas, goal=mine.goal, style=prefers["style"], now=now)
        if prefers["wishes"]:
            keep_wishes(mine, [self.mentor(mentor).id for mentor in prefers["wishes"]])

    def leave(self, name: str, reason: str, now: datetime) -> None:
        withdraw(self.enrolment(name), reason=reason, now=now)

    def tick(self, name: str, kind: str, key: str, now: datetime) -> None:
        tick(self.enrolment(name), kind, key, now=now)

    def write(self, name: str, key: str, work: Mapping[str, Any], now: datetime) -> None:
        """Save a draft, with its file if there is one; hand it in when the story says at which time."""
        enrolment = self.enrolment(name)
        assignment = pack_of(enrolment.cohort.version).assignment(key)
        draft = save_draft(enrolment, assignment, text=work["text"].strip(), version=0, now=now)
        if "file" in work:
            data = (HERE / work["file"]).read_bytes()
            add_file(draft, name=work["file"], data=data, now=now, uploads_dir=self.uploads_dir)
        if "at" in work:
            submit(find_submission(enrolment.id, key) or draft, assignment, now=now)

    def check_in(self, name: str, key: str, said: Mapping[str, Any], now: datetime) -> None:
        enrolment = self.enrolment(name)
        answers = Answers(
            kept=Kept(said["kept"]) if "kept" in said else None,
            mood=said["mood"],
            mood_for=MoodAudience(said.get("mood_for", "pair")),
            answers=tuple(said["answers"]),
            help=tuple(said.get("help", ())),
            promise=said["promise"],
            promise_by=self.calendar.day(said["by"]) if "by" in said else None,
        )
        answer(enrolment, pack_of(enrolment.cohort.version).checkin(key), answers, version=0, now=now)

    def meet(self, name: str, met: Mapping[str, Any], now: datetime) -> None:
        pairing = self.pairing(name)
        sides = {"mentor": pairing.mentor.person, "mentee": pairing.enrolment.person}
        writer = sides["mentee" if met.get("by") == "participant" else "mentor"]
        log_session(
            pairing,
            by=writer,
            held_on=self.calendar.day(met["held"]),
            minutes=met["minutes"],
            topics=met["topics"],
            session_key=met["session"],
            commitments=[
                Promised(text, sides[side].id, self.calendar.day(promise["by"]))
                for promise in met["promises"]
                for side, text in promise.items()
                if side in sides
            ],
            note=met["note"],
            note_audience=NoteAudience(met.get("audience", "private")),
            next_at=self.calendar.moment(met["next"], writer.time_zone) if "next" in met else None,
            form_key=met["session"],
            now=now,
        )

    def ask_for_more_time(self, asked: Mapping[str, str], now: datetime) -> None:
        item = self.item(asked["item"])
        until = until_on(self.calendar.day(asked["until"]), item, ZONE)
        ask_for_more_time(self.enrolment(asked["person"]), item, until=until, now=now)

    def take_invitations(self, name: str, _: datetime) -> None:
        choose(find_person(name), shows_links=False, takes_invitations=True)

    def keep(self, name: str, text: str, now: datetime) -> None:
        """Tick a promise, if the pair still is one."""
        commitment = db.session.scalars(
            select(Commitment)
            .join(Commitment.pairing)
            .options(joinedload(Commitment.pairing))
            .where(
                Pairing.enrolment_id == self.enrolment(name).id,
                Pairing.state == PairingState.ACTIVE,
                Commitment.text == text,
            )
        ).one_or_none()
        if commitment is not None:
            keep_promise(commitment, now=now)
