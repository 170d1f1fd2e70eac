"""A mentor's own place in a cohort: the invitation and its answer, the number of mentees, how mentees see them."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts import people_queries as people
from cohort.cohorts.models import CohortState
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, me
from cohort.mentoring.accepting import accept, decline
from cohort.mentoring.blueprint import bp
from cohort.mentoring.invitation_forms import MOST_OFFERED, MentorAnswerForm
from cohort.mentoring.mentor_profiling import mentor_parts_of
from cohort.mentoring.models import Mentor, MentorState
from cohort.mentoring.own_profile_views import open_own_place, titles_of, url_of, walk_of
from cohort.mentoring.words import strengths_in_words
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.templating import count, minutes_words

READING_MINUTES = 20
"""What reading one piece of work and answering it takes, as mentors tell."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """What one mentee takes, from the program."""

    sessions: int
    session_minutes: int
    works: int

    @property
    def minutes(self) -> int:
        return self.session_minutes + self.works * READING_MINUTES


def commitment_of(pack: Pack) -> Commitment:
    sessions = [module.mentor_session for module in pack.modules if module.mentor_session]
    works = [module for module in pack.modules if module.assignment and module.assignment.reviewed_by == "mentor"]
    return Commitment(len(sessions), sum(session.minutes for session in sessions), len(works))


@bp.get("/cohorts/<key:slug>/mentor-invitation")
@access("mentor.answer", open_own_place)
def invitation(mentor: Mentor) -> ResponseReturnValue:
    return _page(mentor, MentorAnswerForm(formdata=None, capacity=mentor.capacity))


@bp.post("/cohorts/<key:slug>/mentor-invitation")
@access("mentor.answer", open_own_place)
def answer_invitation(mentor: Mentor) -> ResponseReturnValue:
    form = MentorAnswerForm()
    form.offer(_hours(mentor))
    says_no = request.form.get("answer") == "decline"
    if says_no:
        form.capacity.data = mentor.capacity
    try:
        if not form.validate():
            return _page(mentor, form, status=422)
        _answer(mentor, form, says_no=says_no)
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(mentor, form, status=refusal.status)
    db.session.commit()
    return redirect(url_for("mentoring.invitation", slug=mentor.cohort.slug))


def _answer(mentor: Mentor, form: MentorAnswerForm, *, says_no: bool) -> None:
    was_in = mentor.state is MentorState.ACCEPTED
    if says_no:
        decline(mentor, reason=form.reason.data or "", now=clock.now())
        flash("Your answer is kept. You can change your mind here as long as the program runs.", "info")
    else:
        accept(mentor, capacity=form.capacity.data, now=clock.now())
        room = count(mentor.capacity, "mentee", "mentees")
        words = "Changed: you have room for" if was_in else "Thank you. You have room for"
        flash(f"{words} {room}. The program team proposes matches and tells you by mail.", "success")


def _page(mentor: Mentor, form: MentorAnswerForm, *, status: int = 200) -> ResponseReturnValue:
    cohort, person = mentor.cohort, me()
    pack = pack_of(cohort.version)
    form.offer(_hours(mentor))
    page = render_template(
        "mentoring/invitation.html",
        mentor=mentor,
        cohort=cohort,
        person=person,
        pack=pack,
        commitment=commitment_of(pack),
        reading_minutes=READING_MINUTES,
        form=form,
        strengths=strengths_in_words(mentor.strengths, mentor.levels, titles_of(mentor)),
        steps=walk_of(mentor).items(),
        next_step=next((url_of(mentor, part.step) for part in mentor_parts_of(mentor) if not part.is_there), ""),
        mentees=people.count_mentees([mentor.id]).get(mentor.id, 0),
        has_accepted=mentor.state is MentorState.ACCEPTED,
        is_open=cohort.state is not CohortState.ARCHIVED and mentor.state is not MentorState.ENDED,
    )
    return page, status


def _hours(mentor: Mentor) -> list[str]:
    """The choices of the number of mentees, in words; an agreed larger number stays possible."""
    each = commitment_of(pack_of(mentor.cohort.version)).minutes
    most = max(MOST_OFFERED, mentor.capacity)
    return ["Nobody for now", *(_words(number, each) for number in range(1, most + 1))]


def _words(number: int, minutes_each: int) -> str:
    return f"{count(number, 'mentee', 'mentees')}, about {minutes_words(_rounded(number * minutes_each))} in all"


def _rounded(minutes: int) -> int:
    """To full hours, as an estimate is told."""
    return max(60, round(minutes / 60) * 60)
