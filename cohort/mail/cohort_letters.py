"""Mails that deeds in a cohort cause: invitations, places, receipts."""

from datetime import date, timedelta
from typing import TypeVar

from cohort.assignments.models import Submission
from cohort.assignments.readers import reviewer_words
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff
from cohort.db import Base, db
from cohort.mail.letters import Button, Desk, Letter, Line, Moot, Things, WayOut
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import LinkPurpose
from cohort.programs.queries import pack_of
from cohort.schedule.queries import effective_due, find_item, list_extensions, list_items
from cohort.templating import capital, moment, number_words

Row = TypeVar("Row", bound=Base)

_FIRST_DATES = {"workshop": "Workshop", "assignment.due": "Due", "checkin.closes": "Answer by"}
"""Kinds of dated items a new participant is told of, and what their date is."""


def invitation(desk: Desk) -> Letter:
    enrolment = _find(desk, Enrolment, "enrolment_id")
    if enrolment.state is not EnrolmentState.INVITED:
        raise Moot(f"answered: {enrolment.state.value}")
    cohort = desk.own_cohort
    return Letter(
        subject=f"You are invited: {cohort.title}, from {_long(cohort.starts_on)}",
        title=f"You are invited to {cohort.title}",
        opening=f"{desk.organisation} has a place for you in {pack_of(cohort.version).title}.",
        when=_dates(cohort),
        paragraphs=(_what_it_is(cohort), "It takes two or three hours a week."),
        button=Button(
            "See the invitation and answer",
            desk.links.invitation(desk.one_time(LinkPurpose.INVITATION)),
            "You choose a password there. The link works once, for 60 days.",
        ),
        why=f"the program team put you on the list for {cohort.title}. You can say no on the same page.",
        preheader=f"Starts {_long(cohort.starts_on)}.",
    )


def mentor_invitation(desk: Desk) -> Letter:
    mentor = _find(desk, Mentor, "mentor_id")
    if mentor.state is not MentorState.INVITED:
        raise Moot(f"answered: {mentor.state.value}")
    cohort = desk.own_cohort
    sessions = [module for module in pack_of(cohort.version).modules if module.mentor_session]
    return Letter(
        subject=f"Would you mentor in {cohort.title}, from {_long(cohort.starts_on)}?",
        title=f"Would you be a mentor in {cohort.title}?",
        opening=f"{desk.organisation} would like you to go along with one or more emerging leaders.",
        when=_dates(cohort),
        paragraphs=(
            f"You meet {number_words(len(sessions))} times over the program, about an hour each, with an agenda for "
            "each meeting. You say how many people you can take, and whom you are matched with is explained to you.",
        ),
        button=Button(
            "See what it takes and answer",
            desk.links.invitation(desk.one_time(LinkPurpose.INVITATION)),
            "You choose a password there. The link works once, for 60 days.",
        ),
        why=f"the program team of {cohort.title} asked for you. You can say no on the same page.",
        preheader=f"Starts {_long(cohort.starts_on)}.",
    )


def staff_invitation(desk: Desk) -> Letter:
    staff = _find(desk, Staff, "staff_id")
    if staff.until is not None:
        raise Moot("the role has ended")
    cohort = desk.own_cohort
    return Letter(
        subject=f"You are {staff.role.value} of {cohort.title}",
        title=f"You are {staff.role.value} of {cohort.title}",
        opening=f"you now have the role of {staff.role.value} in this cohort.",
        when=_dates(cohort),
        button=Button(
            "Open the cohort",
            desk.links.invitation(desk.one_time(LinkPurpose.INVITATION)),
            "You choose a password there. The link works once, for 60 days.",
        ),
        why="somebody who runs this cohort gave you the role.",
        preheader=f"The cohort starts {_long(cohort.starts_on)}.",
    )


def welcome(desk: Desk) -> Letter:
    enrolment = _enrolled(desk)
    cohort = desk.own_cohort
    return Letter(
        subject=f"You have a place: {cohort.title} starts {_long(cohort.starts_on)}",
        title=f"You have a place in {cohort.title}",
        opening="good to have you. This is what comes first.",
        when=_dates(cohort),
        things=_first_dates(desk, cohort),
        button=_to_profile(desk, enrolment),
        way_out=WayOut("Something changed?", "Give your place back", desk.links.answer(cohort.slug)),
        why="you accepted the invitation.",
        preheader="What comes first, in your time zone.",
    )


def place_free(desk: Desk) -> Letter:
    enrolment = _enrolled(desk)
    cohort = desk.own_cohort
    return Letter(
        subject=f"A place is free: you are in {cohort.title}, from {_long(cohort.starts_on)}",
        title=f"You moved up: you have a place in {cohort.title}",
        opening="a place became free and you were next on the waiting list. It is yours.",
        when=_dates(cohort),
        things=_first_dates(desk, cohort),
        button=_to_profile(desk, enrolment),
        way_out=WayOut("Cannot take it any more?", "Give it to the next on the list", desk.links.answer(cohort.slug)),
        why="you were on the waiting list.",
        preheader="You were next on the waiting list.",
    )


def waitlisted(desk: Desk) -> Letter:
    enrolment = _find(desk, Enrolment, "enrolment_id")
    if enrolment.state is not EnrolmentState.WAITLISTED:
        raise Moot(f"not on the waiting list: {enrolment.state.value}")
    cohort = desk.own_cohort
    return Letter(
        subject=f"You are on the waiting list of {cohort.title}",
        title="You are on the waiting list",
        opening=f"all places of {cohort.title} are taken. When one becomes free before the program starts, it goes to "
        "the first on the list, and you are told by mail.",
        when=_dates(cohort),
        button=Button("See your place on the list", desk.links.answer(cohort.slug)),
        way_out=WayOut("Do not want to wait?", "Leave the list", desk.links.answer(cohort.slug)),
        why="you accepted the invitation after the last place was taken.",
        preheader="All places are taken; you are told when one becomes free.",
    )


def submission_receipt(desk: Desk) -> Letter:
    submission = _find(desk, Submission, "submission_id")
    if submission.submitted_at is None:
        raise Moot("taken back")
    cohort = desk.own_cohort
    assignment = pack_of(cohort.version).assignment(submission.assignment_key)
    item = find_item(cohort.id, "assignment.due", assignment.key)
    due = effective_due(item, list_extensions(submission.enrolment_id).get(item.id)) if item else None
    handed_in = moment(submission.submitted_at, desk.person.time_zone)
    due_words = f"Due {moment(due, desk.person.time_zone, cohort.zone)}." if due else ""
    return Letter(
        subject=f"Handed in: {assignment.title}, {handed_in}",
        title=f"Handed in: {assignment.title}",
        opening="your work has arrived.",
        when=(handed_in, due_words),
        paragraphs=("Your mentor looks at it first. Read by: you, your mentor, facilitators and program leads.",)
        if submission.reviewed_by == "mentor"
        else (
            f"{capital(reviewer_words(submission.reviewed_by, ''))} looks at it first. Read by: you, facilitators and "
            "program leads.",
        ),
        button=Button("See what you handed in", desk.links.assignment(cohort.slug, assignment.key)),
        why="you pressed the button that hands in your work. Keep this mail as your receipt.",
        preheader=f"Received {handed_in}.",
    )


def _enrolled(desk: Desk) -> Enrolment:
    enrolment = _find(desk, Enrolment, "enrolment_id")
    if not enrolment.is_in:
        raise Moot(f"not enrolled: {enrolment.state.value}")
    return enrolment


def _find(desk: Desk, kind: type[Row], param: str) -> Row:
    """The row that the mail is about. Raises Moot when it is gone."""
    row = db.session.get(kind, desk.message.params[param], populate_existing=True)
    if row is None:
        raise Moot("what it was about is gone")
    return row


def _dates(cohort: Cohort) -> tuple[str, str]:
    pack = pack_of(cohort.version)
    last = cohort.starts_on + timedelta(days=pack.length_days - 1)
    return f"{_long(cohort.starts_on)} to {_long(last)}", "Each date is shown to you in your own time zone."


def _long(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def _what_it_is(cohort: Cohort) -> str:
    pack = pack_of(cohort.version)
    workshops = sum(module.workshop is not None for module in pack.modules)
    return (
        f"{number_words(len(pack.modules)).capitalize()} modules, {number_words(workshops)} workshops, and a mentor of "
        "your own."
    )


def _first_dates(desk: Desk, cohort: Cohort) -> tuple[Things, ...]:
    items = [item for item in list_items(cohort.id) if item.at and item.at > desk.now and item.kind in _FIRST_DATES]
    zone = desk.person.time_zone
    lines = tuple(
        Line(item.title, f"{_FIRST_DATES[item.kind]} {moment(item.at, zone)}") for item in items[:3] if item.at
    )
    return (Things("The first dates", lines),) if lines else ()


def _to_profile(desk: Desk, enrolment: Enrolment) -> Button:
    home = desk.links.home(desk.own_cohort.slug)
    if enrolment.profiled_at is not None:
        return Button("Open your home page", home)
    return Button("Finish your profile", home, "Five minutes: when you are free, and what you want to grow in.")
