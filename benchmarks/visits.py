"""Whom and what to measure: the people of a database, and the pages of the journeys that they open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any

from flask import Flask
from sqlalchemy import Executable, delete, func, select, update

from cohort import clock
from cohort.assignments.models import Submission, SubmissionState
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.learning.models import Progress
from cohort.mentoring.models import Mentor, MentoringSession, MentorState, Pairing, PairingState
from cohort.people import sessions
from cohort.people.accounts import appoint_admin
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion
from cohort.programs.pack import Assignment, Module
from cohort.programs.queries import pack_of
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem

PAGE, STAFF_LIST, POST = (2.5, 15), (2.5, 12), (2.0, 10)
"""The goals: at most so many times the floor, at most so many queries."""
PARAGRAPH = "I moved the two tickets that only I knew about to the queue, and said so in the stand-up. "


@dataclass(frozen=True, slots=True)
class Cast:
    """Who opens the pages of one database, and what their addresses name."""

    people: Mapping[str, int]
    """Person ids of the participant, the mentor, the lead and an admin."""
    slug: str
    pairing: int
    enrolment: int
    module: str
    lesson: str
    assignment: str
    checkin: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One page, or one form that is sent."""

    name: str
    who: str
    path: str
    floor: str
    """The page of the floor that does as much: participant, staff or complete."""
    most_times: float
    """The goal: at most so many times the floor."""
    most_queries: int
    form_on: str = ""
    """The page on which the form stands, for what is sent; its path is where it goes."""
    fill: Callable[[int], Mapping[str, str]] = lambda _: {}
    """What is typed in a round."""
    forget: Callable[[], None] = lambda: None
    """Undo what the last round has sent, so that the next does the same work."""


def find_cast(app: Flask) -> Cast:
    """The running cohort nearest to its tenth week, its lead, the pair in it that has done most, and an admin."""
    with app.app_context():
        lead, cohort = _find_lead()
        enrolment, mentor, pairing = _find_pair(cohort)
        module, assignment = _find_module(cohort)
        people = {"participant": enrolment.person_id, "mentor": mentor.person_id, "lead": lead, "admin": _find_admin()}
        return Cast(
            people=people,
            slug=cohort.slug,
            pairing=pairing.id,
            enrolment=enrolment.id,
            module=module.key,
            lesson=module.lessons[0].key,
            assignment=assignment.key,
            checkin=_opened(cohort, Kind.CHECKIN_OPENS)[-1],
        )


def _find_lead() -> tuple[int, Cohort]:
    rows = db.session.execute(
        select(Staff.person_id, Cohort)
        .join(Staff.cohort)
        .where(Staff.role == StaffRole.LEAD, Staff.until.is_(None), Cohort.state == CohortState.RUNNING)
        .order_by(Cohort.id)
    ).all()
    if not rows:
        raise LookupError("nobody leads a running cohort here")
    tenth_week = clock.today("UTC") - timedelta(days=70)
    lead, cohort = min(rows, key=lambda row: abs(row.Cohort.starts_on - tenth_week))
    return lead, cohort


def _find_admin() -> int:
    admin = db.session.scalars(select(Person).where(Person.is_admin).order_by(Person.id)).first()
    if admin is None:
        admin = appoint_admin("admin@benchmarks.example", name="Admin", now=clock.now())
        db.session.commit()
    return admin.id


def _find_pair(cohort: Cohort) -> tuple[Enrolment, Mentor, Pairing]:
    done = select(func.count()).where(Progress.enrolment_id == Enrolment.id).scalar_subquery()
    row = db.session.execute(
        select(Enrolment, Mentor, Pairing)
        .join(Pairing, Pairing.enrolment_id == Enrolment.id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Mentor.state == MentorState.ACCEPTED,
            Pairing.state == PairingState.ACTIVE,
        )
        .order_by(done.desc(), Enrolment.id)
    ).first()
    if row is None:
        raise LookupError(f"{cohort.slug} has no pair")
    return row.Enrolment, row.Mentor, row.Pairing


def _find_module(cohort: Cohort) -> tuple[Module, Assignment]:
    """The module that opened last among those with work to hand in, and that work."""
    version = db.session.get_one(ProgramVersion, cohort.version_id)
    modules = {module.key: (module, module.assignment) for module in pack_of(version).modules if module.assignment}
    return [modules[key] for key in _opened(cohort, Kind.MODULE_OPENS) if key in modules][-1]


def _opened(cohort: Cohort, kind: Kind) -> list[str]:
    """The keys of what has opened by now, in order."""
    return list(
        db.session.scalars(
            select(DatedItem.key)
            .where(DatedItem.cohort_id == cohort.id, DatedItem.kind == kind, DatedItem.at <= clock.now())
            .order_by(DatedItem.at)
        )
    )


def open_browsers(app: Flask, cast: Cast) -> dict[str, str]:
    """Sign the cast in; gives the cookie of each as the sign-in page and the first page with a form would set it."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookies = {}
    with app.app_context():
        for who, person_id in cast.people.items():
            token = sessions.begin(db.session.get_one(Person, person_id), device="benchmarks", now=clock.now())
            content = {"_user_id": token, "_fresh": True, "_permanent": True, "csrf_token": token_hex(20)}
            cookies[who] = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(content)}"
        db.session.commit()
    return cookies


def list_visits(app: Flask, cast: Cast) -> list[Visit]:
    return [*_participant_visits(app, cast), *_mentor_visits(cast), *_staff_visits(cast), *_posts(app, cast)]


def _participant_visits(app: Flask, cast: Cast) -> list[Visit]:
    home = f"/cohorts/{cast.slug}"
    pages = {
        "participant: home": f"{home}/home",
        "participant: module": f"{home}/modules/{cast.module}",
        "participant: lesson": f"{home}/modules/{cast.module}/lessons/{cast.lesson}",
        "participant: assignment": f"{home}/assignments/{cast.assignment}",
        "participant: my schedule": f"{home}/my-schedule",
        "participant: my mentor": f"{home}/my-mentor",
    }
    unsent = _forgetting(app, _answers(cast))
    checkin = Visit(
        "participant: check-in", "participant", f"{home}/check-ins/{cast.checkin}", "participant", *PAGE, forget=unsent
    )
    return [checkin, *(Visit(name, "participant", path, "participant", *PAGE) for name, path in pages.items())]


def _mentor_visits(cast: Cast) -> list[Visit]:
    pages = {"mentor: home": f"/cohorts/{cast.slug}/mentees", "mentor: pair": f"/pairs/{cast.pairing}"}
    return [Visit(name, "mentor", path, "participant", *PAGE) for name, path in pages.items()]


def _staff_visits(cast: Cast) -> list[Visit]:
    home = f"/cohorts/{cast.slug}"
    pages = {
        "staff: overview, heat map": home,
        "staff: people": f"{home}/people",
        "staff: schedule": f"{home}/schedule",
        "staff: mail room": f"{home}/mail-room",
        "staff: matching": f"{home}/matching",
    }
    cohorts = Visit("staff: cohorts", "admin", "/cohorts", "staff", *STAFF_LIST)
    return [cohorts, *(Visit(name, "lead", path, "staff", *STAFF_LIST) for name, path in pages.items())]


def _posts(app: Flask, cast: Cast) -> list[Visit]:
    home = f"/cohorts/{cast.slug}"
    lesson, assignment = f"{home}/modules/{cast.module}/lessons/{cast.lesson}", f"{home}/assignments/{cast.assignment}"
    checkin, log = f"{home}/check-ins/{cast.checkin}", f"/pairs/{cast.pairing}/sessions/new"

    def post(name: str, who: str, form_on: str, path: str, **more: Any) -> Visit:
        return Visit(f"POST {name}", who, path, "complete", *POST, form_on=form_on, **more)

    unread, unsent = _forgetting(app, _ticks(cast)), _forgetting(app, _answers(cast))
    reopened, unlogged = _forgetting(app, _reopened(cast)), _forgetting(app, _sessions(app, cast))
    return [
        post("complete a lesson", "participant", lesson, lesson, forget=unread),
        post("autosave", "participant", assignment, f"{assignment}/draft", fill=_draft, forget=reopened),
        post("log a session", "mentor", log, log, fill=_session, forget=unlogged),
        post("answer a check-in", "participant", checkin, checkin, fill=_check_in, forget=unsent),
    ]


def _draft(round_number: int) -> dict[str, str]:
    return {"text": f"Two jobs, one calendar.\n\n{PARAGRAPH * 6}\n\nRound {round_number}."}


def _session(_: int) -> dict[str, str]:
    promise = {"promises-0-text": "Hand the patch calendar over to Dev", "promises-1-text": "Send the agenda"}
    return {"minutes": "45", "topics": "Handing over", "note": PARAGRAPH * 3, **promise}


def _check_in(_: int) -> dict[str, str]:
    answers = {f"answer_{number}": PARAGRAPH for number in range(9)}
    return {"kept": "kept", "mood": "4", "promise": "Ask before I answer, three times", "do": "send", **answers}


def _forgetting(app: Flask, statement: Executable) -> Callable[[], None]:
    def forget() -> None:
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()

    return forget


def _ticks(cast: Cast) -> Executable:
    return delete(Progress).where(
        Progress.enrolment_id == cast.enrolment, Progress.key == f"{cast.module}/{cast.lesson}"
    )


def _reopened(cast: Cast) -> Executable:
    """The work is a draft, also when the person has handed it in."""
    return (
        update(Submission)
        .where(Submission.enrolment_id == cast.enrolment, Submission.assignment_key == cast.assignment)
        .values(state=SubmissionState.DRAFT, submitted_at=None)
    )


def _answers(cast: Cast) -> Executable:
    return delete(CheckInAnswer).where(
        CheckInAnswer.enrolment_id == cast.enrolment, CheckInAnswer.checkin_key == cast.checkin
    )


def _sessions(app: Flask, cast: Cast) -> Executable:
    """Those logged from now on; their notes and promises go with them."""
    with app.app_context():
        latest = db.session.scalar(select(func.max(MentoringSession.id))) or 0
        db.session.rollback()
    return delete(MentoringSession).where(MentoringSession.pairing_id == cast.pairing, MentoringSession.id > latest)
