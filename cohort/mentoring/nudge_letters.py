"""The mail that asks somebody for what matching still needs to know of them."""

from typing import TypeVar

from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Enrolment, EnrolmentState
from cohort.db import db
from cohort.mail.letters import Button, Desk, Letter, Line, Moot, Things
from cohort.mentoring.models import Mentor, MentorState
from cohort.mentoring.readiness import missing_of_place
from cohort.people.models import LinkPurpose
from cohort.templating import capital, long_day

Place = TypeVar("Place", Enrolment, Mentor)


def profile_nudge(desk: Desk) -> Letter:
    """To a participant or a mentor: what is missing, and a link to the step that asks for it first."""
    if "mentor_id" in desk.message.params:
        mentor = _find(desk, Mentor, "mentor_id")
        return _of(desk, mentor, asked=mentor.state is MentorState.INVITED, is_in=mentor.state is MentorState.ACCEPTED)
    enrolment = _find(desk, Enrolment, "enrolment_id")
    asked = enrolment.state is EnrolmentState.INVITED
    return _of(desk, enrolment, asked=asked, is_in=enrolment.state is EnrolmentState.ENROLLED)


def _of(desk: Desk, place: Enrolment | Mentor, *, asked: bool, is_in: bool) -> Letter:
    if asked:
        return _unanswered(desk, place)
    missing = missing_of_place(place) if is_in else []
    if not missing:
        raise Moot("nothing is missing any more" if is_in else f"does not take part: {place.state.value}")
    cohort, step = desk.own_cohort, missing[0].step.value
    is_mentor = isinstance(place, Mentor)
    url = desk.links.mentor_profile(cohort.slug, step) if is_mentor else desk.links.own_profile(cohort.slug, step)
    return Letter(
        subject=f"Still missing for your match in {cohort.title}: {missing[0].words}",
        title="Your profile is nearly there",
        opening=f"the program team of {cohort.title} is about to match participants and mentors. Whom you are matched "
        "with depends on what your profile says.",
        things=(Things("Still missing", tuple(Line(capital(part.words)) for part in missing)),),
        button=Button("Fill in what is missing", url, "It takes a few minutes, and each step is saved by itself."),
        why="the program team asked those whose profile is not complete.",
        preheader=f"{len(missing)} {'thing is' if len(missing) == 1 else 'things are'} missing.",
    )


def _unanswered(desk: Desk, place: Enrolment | Mentor) -> Letter:
    cohort = desk.own_cohort
    role = "mentor" if isinstance(place, Mentor) else "participant"
    return Letter(
        subject=f"Your answer is missing: {cohort.title}, from {long_day(cohort.starts_on)}",
        title="Will you take part?",
        opening=f"the program team of {cohort.title} is about to match participants and mentors, and does not know yet "
        f"whether you take part as a {role}.",
        button=Button(
            "See the invitation and answer",
            desk.links.invitation(desk.one_time(LinkPurpose.INVITATION)),
            "The link works once, for 60 days. You can say no on the same page.",
        ),
        why=f"you were invited to {cohort.title} and have not answered.",
        preheader="Yes or no: both help.",
    )


def _find(desk: Desk, kind: type[Place], param: str) -> Place:
    """Whose profile it is. Raises Moot when they are gone."""
    loading = joinedload(kind.person)
    found = db.session.get(kind, desk.message.params[param], options=[loading], populate_existing=True)
    if found is None:
        raise Moot("what it was about is gone")
    return found
