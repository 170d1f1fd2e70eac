"""A standing world: one cohort with one person of every kind, and one of everything that somebody may not see.

Each private text is a canary: a word of its own, so that a page or a mail that holds it is found at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from cohort.access import Actor
from cohort.assignments.models import Submission, SubmissionFile, SubmissionState
from cohort.assignments.submitting import add_file, save_draft, submit
from cohort.checkins.models import CheckInAnswer, Kept
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mail.models import Message
from cohort.mail.outbox import queue
from cohort.mentoring.concerns import raise_concern
from cohort.mentoring.meeting_proposals import propose_meeting
from cohort.mentoring.meetings import Promised, log_session
from cohort.mentoring.models import (
    Commitment,
    KeptApart,
    MatchRun,
    MeetingProposal,
    Mentor,
    MentoringSession,
    MentorState,
    NoteAudience,
    PairConcern,
    Pairing,
    PairingState,
    RunState,
    Side,
)
from cohort.mentoring.vetoing import keep_vetoes
from cohort.people.away import Days, add_away
from cohort.people.models import Away, AwayKind, Person
from cohort.schedule.asking import ask_for_more_time, decline_request
from cohort.schedule.changing import apply
from cohort.schedule.extending import grant_extension
from cohort.schedule.models import ExtensionRequest, ScheduleChange
from cohort.schedule.moving import move
from cohort.workshops.models import Place, PlaceState, Sitting
from tests.build import Build
from tests.learning.cast import PACK

HANDED_IN, BEGUN, EXTENDED = "leadership-starting-line", "three-conversations", "one-page-strategy"
"""Assignments; the modules of the first two are open on day 70."""
WORKSHOP = "hard-talks"
"""In two days; the owner holds a place in its first sitting."""
CHECKIN, CHECKIN_BEGUN = "checkin-3", "checkin-4"
NAMES = (
    "owner",
    "peer",
    "withdrawn",
    "invited",
    "mentor",
    "other mentor",
    "asked mentor",
    "facilitator",
    "lead",
    "observer",
    "lead elsewhere",
    "stranger",
)


@dataclass(frozen=True)
class Belongings:
    """What one participant has made, alone and with a mentor."""

    enrolment: Enrolment
    work: Submission
    draft: Submission
    file: SubmissionFile
    draft_file: SubmissionFile
    answer: CheckInAnswer
    draft_answer: CheckInAnswer
    pairing: Pairing
    promise: Commitment
    request: ExtensionRequest
    """For more time, open."""
    declined: ExtensionRequest
    meeting: MeetingProposal
    """Open, from the participant to the mentor."""


@dataclass(frozen=True)
class World:
    cohort: Cohort
    cast: dict[str, Person]
    actors: dict[str, Actor]
    """What each of the cast is, written out here and not looked up."""
    owner: Belongings
    left: Belongings
    peer: Enrolment
    proposed: Pairing
    offered: Pairing
    """The other mentor is asked about somebody who does not know."""
    refused: Pairing
    """To the same person that mentor has said no before."""
    concern: PairConcern
    """Of the owner."""
    invited: Enrolment
    message: Message
    place: Place
    program: str
    """The key of the program."""
    change: ScheduleChange
    away: Away
    """Of the owner."""
    veto: KeptApart
    """Of the owner against the other mentor; it waits for staff."""
    run: MatchRun

    @property
    def rehearsed(self) -> str:
        """The key of a mail that is to come to the owner."""
        place = self.owner.enrolment
        return f"reminder:graduation:cohort.start::{place.id}:{place.person_id}:2026-09-14T05:00:00+00:00"

    @property
    def enrolments(self) -> dict[str, Enrolment]:
        """Everybody's own place, of those who have one."""
        own = {"owner": self.owner.enrolment, "withdrawn": self.left.enrolment}
        return own | {"peer": self.peer, "invited": self.invited}


def canary(name: str) -> str:
    return f"canary-{name.replace(' ', '-')}"


def make_world(build: Build, uploads_dir: Path) -> World:
    cohort, elsewhere = build.cohort(), build.cohort(title="Another cohort")
    cast = {
        name: build.person(f"Name of {name}", email=f"canary-{name.replace(' ', '-')}@example.com") for name in NAMES
    }
    cast["admin"] = build.person("Name of admin", email="canary-admin@example.com", is_admin=True)
    enrolled = {
        name: build.enrolment(cohort, cast[name], profiled_at=build.now) for name in ("owner", "peer", "withdrawn")
    }
    mentor = build.mentor(cohort, cast["mentor"])
    other = build.mentor(cohort, cast["other mentor"])
    build.mentor(cohort, cast["asked mentor"], state=MentorState.INVITED, reason="canary-reason-of-mentor")
    build.staff(cohort, cast["facilitator"], StaffRole.FACILITATOR)
    build.staff(cohort, cast["lead"])
    build.staff(cohort, cast["observer"], StaffRole.OBSERVER)
    build.staff(elsewhere, cast["lead elsewhere"])
    invited = build.enrolment(
        cohort,
        cast["invited"],
        state=EnrolmentState.DECLINED,
        reason="canary-reason-of-invited",
        goal="canary-goal-of-invited",
    )
    owner = make_belongings(build, "owner", enrolled["owner"], mentor, uploads_dir)
    keep_vetoes(enrolled["owner"], {other.id: "canary-veto-of-owner"}, now=build.now)
    keep_vetoes(mentor, {enrolled["peer"].id: "canary-veto-of-mentor"}, now=build.now)
    left = make_belongings(build, "withdrawn", enrolled["withdrawn"], other, uploads_dir)
    end(left, build.now)
    assignment = PACK.assignment(HANDED_IN)
    submit(save_draft(enrolled["peer"], assignment, text="Mine.", version=0, now=build.now), assignment, now=build.now)
    return World(
        cohort,
        cast,
        actors_of(cast, cohort, elsewhere, owner.enrolment),
        owner,
        left,
        enrolled["peer"],
        build.pairing(other, enrolled["peer"], state=PairingState.PROPOSED, published_at=None),
        *make_questions(build, cohort, other),
        raise_concern(owner.pairing, by=cast["owner"], text="canary-concern-of-owner", now=build.now),
        invited,
        queue_welcome(owner.enrolment, build.now),
        take_place(build, cohort, owner.enrolment),
        cohort.version.program.key,
        make_change(cohort, cast["lead"], build.now),
        add_away(cast["owner"], Days(AwayKind.ON_CALL, date(2026, 11, 30), date(2026, 12, 6)), now=build.now),
        veto_of(owner.enrolment),
        make_run(cohort, cast["lead"], build.now),
    )


def veto_of(enrolment: Enrolment) -> KeptApart:
    return db.session.query(KeptApart).filter_by(enrolment_id=enrolment.id, side=Side.PARTICIPANT).one()


def make_run(cohort: Cohort, by: Person, now: datetime) -> MatchRun:
    """One that came to nothing, so that there is nothing in it that could be read."""
    run = MatchRun(
        cohort_id=cohort.id,
        number=1,
        state=RunState.FAILED,
        fault="canary-fault-of-run",
        asked_at=now,
        asked_by_id=by.id,
    )
    db.session.add(run)
    db.session.flush()
    return run


def make_questions(build: Build, cohort: Cohort, mentor: Mentor) -> tuple[Pairing, Pairing]:
    """What a mentor is asked and has said no to, about people who never learn of it."""
    asked = {"asked_at": build.now, "answer_by": build.now + timedelta(days=7)}
    reasons = [["because", "canary-why-asked"]]
    late, unlucky = (build.enrolment(cohort, build.person(name), style=["direct"]) for name in ("Late", "Unlucky"))
    no = {"answered_at": build.now, "closed_at": build.now, "published_at": None, "close_reason": "canary-why-not"}
    return (
        build.pairing(mentor, late, state=PairingState.OFFERED, reasons=reasons, **asked),
        build.pairing(mentor, unlucky, state=PairingState.CLOSED, **asked, **no),
    )


def make_belongings(build: Build, name: str, enrolment: Enrolment, mentor: Mentor, uploads_dir: Path) -> Belongings:
    pairing = build.pairing(mentor, enrolment, reasons=[["because", f"canary-match-of-{name}"]])
    enrolment.goal = f"canary-goal-of-{name}"
    enrolment.style = [f"canary-style-of-{name}"]
    enrolment.manager_email = f"canary-manager-of-{name}@example.com"
    work, file = make_work(build, name, enrolment, HANDED_IN, uploads_dir)
    submit(work, PACK.assignment(HANDED_IN), now=build.now)
    draft, draft_file = make_work(build, name, enrolment, BEGUN, uploads_dir, word="draft")
    item = build.item(enrolment.cohort, f"assignment.due:{EXTENDED}")
    assert item.at is not None
    grant_extension(
        enrolment,
        item,
        until=item.at + timedelta(days=2),
        reason=f"canary-extension-of-{name}",
        by=mentor.person,
        now=build.now,
    )
    declined = ask(build, enrolment, EXTENDED)
    decline_request(declined, answer=f"canary-extension-answer-of-{name}", by=mentor.person, now=build.now)
    session = make_sessions(build, name, pairing)
    db.session.flush()
    return Belongings(
        enrolment,
        work,
        draft,
        file,
        draft_file,
        make_answer(build, name, enrolment, CHECKIN, build.now),
        make_answer(build, f"{name}-draft", enrolment, CHECKIN_BEGUN, None),
        pairing,
        db.session.query(Commitment).filter_by(session_id=session.id).one(),
        ask(build, enrolment, BEGUN),
        declined,
        propose_meeting(
            pairing,
            by=enrolment.person,
            starts=[build.now + timedelta(days=2)],
            minutes=45,
            now=build.now,
        ),
    )


def ask(build: Build, enrolment: Enrolment, key: str) -> ExtensionRequest:
    """A request for five days more."""
    item = build.item(enrolment.cohort, f"assignment.due:{key}")
    assert item.at is not None
    return ask_for_more_time(enrolment, item, until=item.at + timedelta(days=5), now=build.now)


def make_work(
    build: Build, name: str, enrolment: Enrolment, key: str, uploads_dir: Path, *, word: str = "work"
) -> tuple[Submission, SubmissionFile]:
    work = save_draft(enrolment, PACK.assignment(key), text=f"canary-{word}-of-{name}", version=0, now=build.now)
    data = f"canary-{word}-content-of-{name}".encode()
    add_file(work, name=f"canary-{word}-file-of-{name}.txt", data=data, now=build.now, uploads_dir=uploads_dir)
    assert work.state is SubmissionState.DRAFT
    return work, db.session.query(SubmissionFile).filter_by(submission_id=work.id).one()


def make_answer(build: Build, name: str, enrolment: Enrolment, key: str, at: datetime | None) -> CheckInAnswer:
    answer = CheckInAnswer(
        enrolment_id=enrolment.id,
        enrolment=enrolment,
        checkin_key=key,
        kept=Kept.PARTLY,
        mood=1,
        answers=[f"canary-answer-of-{name}"],
        promise=f"canary-vow-of-{name}",
        saved_at=build.now,
        answered_at=at,
    )
    db.session.add(answer)
    db.session.flush()
    return answer


def make_sessions(build: Build, name: str, pairing: Pairing) -> MentoringSession:
    """Three sessions: a note for both with a promise, and one of each for its author alone."""
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person
    logged = [
        log_session(
            pairing,
            by=by,
            held_on=date(2026, 11, 20),
            minutes=45,
            topics=["A hard talk"],
            commitments=[Promised(f"canary-promise-of-{name}", mentee.id)] if audience is NoteAudience.PAIR else [],
            note=f"canary-{word}-note-of-{name}",
            note_audience=audience,
            form_key=word,
            now=build.now,
        )
        for by, word, audience in (
            (mentor, "shared", NoteAudience.PAIR),
            (mentor, "mentors-own", NoteAudience.PRIVATE),
            (mentee, "mentees-own", NoteAudience.PRIVATE),
        )
    ]
    return logged[0]


def make_change(cohort: Cohort, lead: Person, now: datetime) -> ScheduleChange:
    """A workshop far ahead that was moved by a day."""
    return apply(
        cohort,
        lambda arrangement: move(arrangement, "workshop:change-sprint", datetime.fromisoformat("2027-01-28T10:00")),
        summary="Moved Change sprint",
        message="Luis is ill.",
        by=lead,
        now=now,
    )


def end(belongings: Belongings, now: datetime) -> None:
    """The participant left three days ago, and the pair ended with it."""
    belongings.enrolment.state = EnrolmentState.WITHDRAWN
    belongings.enrolment.ended_at = now - timedelta(days=3)
    belongings.enrolment.reason = "canary-reason-of-withdrawn"
    belongings.pairing.state = PairingState.CLOSED
    belongings.pairing.closed_at = now - timedelta(days=3)
    belongings.pairing.close_reason = "canary-close-reason"
    db.session.flush()


def take_place(build: Build, cohort: Cohort, enrolment: Enrolment) -> Place:
    """In a sitting whose link nobody but staff sees yet, and whose materials nobody reads yet."""
    item = build.item(cohort, f"workshop:{WORKSHOP}")
    db.session.add(
        Sitting(
            item_id=item.id,
            capacity=5,
            join_url="https://meet.example/canary-link",
            materials="canary-materials",
            code="271828",
        )
    )
    place = Place(item_id=item.id, enrolment=enrolment, state=PlaceState.HELD, since=build.now)
    place.above_reason = "canary-above"
    db.session.add(place)
    db.session.flush()
    return place


def queue_welcome(enrolment: Enrolment, now: datetime) -> Message:
    queue(
        enrolment.person,
        "welcome",
        {"enrolment_id": enrolment.id},
        key=f"welcome:{enrolment.id}",
        now=now,
        cohort_id=enrolment.cohort_id,
    )
    db.session.flush()
    return db.session.query(Message).filter_by(dedup_key=f"welcome:{enrolment.id}").one()


def actors_of(cast: dict[str, Person], cohort: Cohort, elsewhere: Cohort, mentee: Enrolment) -> dict[str, Actor]:
    here = {
        "owner": "participant",
        "peer": "participant",
        "mentor": "mentor",
        "other mentor": "mentor",
        "facilitator": "facilitator",
        "lead": "program lead",
        "observer": "observer",
    }
    roles = {name: {cohort.id: frozenset({role})} for name, role in here.items()}
    roles["lead elsewhere"] = {elsewhere.id: frozenset({"program lead"})}
    return {
        name: Actor(
            person.id,
            is_admin=name == "admin",
            roles=roles.get(name, {}),
            mentees=frozenset({mentee.id}) if name == "mentor" else frozenset(),
        )
        for name, person in cast.items()
    }
