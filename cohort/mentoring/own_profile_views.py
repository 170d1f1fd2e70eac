"""A mentor's profile for one cohort: what they can help with, whom they would like, when they are free."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard
from cohort.cohorts import people_queries as people
from cohort.cohorts.models import CohortState, Enrolment
from cohort.gate import access, me
from cohort.mentoring.blueprint import bp
from cohort.mentoring.invitation_forms import HelpForm, help_form, level_values
from cohort.mentoring.mentor_profiling import Help, MentorStep, keep_help, keep_mentor_hours, mentor_parts_of
from cohort.mentoring.models import Mentor
from cohort.mentoring.vetoing import keep_vetoes, reasons_of, said_by, takes_vetoes
from cohort.mentoring.wishing import keep_wishes, list_participants_to_wish, takes_part
from cohort.mentoring.words import strengths_in_words
from cohort.profile_forms import HoursForm, WishesForm, career_values, style_values
from cohort.profile_steps import Walk, keep_draft, save_step
from cohort.programs.queries import pack_of

NAMES: Mapping[MentorStep, tuple[str, str]] = {
    MentorStep.HELP: ("person", "What you can help with"),
    MentorStep.WISHES: ("people", "Mentee wishes"),
    MentorStep.HOURS: ("calendar-range", "Free hours"),
}
"""Icon and name of each step."""
ORDER = tuple(NAMES)


@dataclass(frozen=True, slots=True)
class MentorProfilePage:
    """One step of a mentor's own profile."""

    mentor: Mentor
    step: MentorStep

    def guard(self) -> Guard:
        return self.mentor.guard()


def open_own_place(slug: str) -> Mentor | None:
    """The reader's own place as a mentor; for everybody else there is no such page."""
    mentor = people.find_own_mentor(slug, me())
    g.cohort = mentor.cohort if mentor else None
    return mentor


def open_step(slug: str, step: str) -> MentorProfilePage | None:
    mentor = open_own_place(slug)
    return MentorProfilePage(mentor, MentorStep(step)) if mentor and step in list(MentorStep) else None


@bp.get("/cohorts/<key:slug>/mentor-profile/<key:step>")
@access("mentor.answer", open_step)
def profile_step(page: MentorProfilePage) -> ResponseReturnValue:
    mentor = page.mentor
    if not takes_part(mentor) or mentor.cohort.state is CohortState.ARCHIVED:
        return redirect(url_for("mentoring.invitation", slug=mentor.cohort.slug))
    return _step_page(page, _form(page))


@bp.post("/cohorts/<key:slug>/mentor-profile/<key:step>")
@access("mentor.answer", open_step)
def save_profile_step(page: MentorProfilePage) -> ResponseReturnValue:
    form = _posted(page)
    return save_step(
        form,
        lambda: _SAVE[page.step](page.mentor, form),
        again=lambda: _step_page(page, form),
        leave=lambda: walk_of(page.mentor).leave(page.step),
    )


@bp.post("/cohorts/<key:slug>/mentor-profile/<key:step>/draft")
@access("mentor.answer", open_step)
def autosave_profile_step(page: MentorProfilePage) -> ResponseReturnValue:
    """Keep what is typed so far. Wishes and vetoes are said by pressing the button."""
    if page.step is MentorStep.WISHES:
        abort(422)
    form = _posted(page)
    return keep_draft(form, lambda: _SAVE[page.step](page.mentor, form))


def _step_page(page: MentorProfilePage, form: Any) -> str:
    mentor, place = page.mentor, ORDER.index(page.step)
    walk = walk_of(mentor)
    enrolments = _offer(page, form)
    return render_template(
        "mentoring/my_profile_step.html",
        mentor=mentor,
        cohort=mentor.cohort,
        person=me(),
        form=form,
        step=page.step.value,
        name=NAMES[page.step][1],
        number=place + 1,
        steps=walk.items(here=page.step),
        missing=walk.missing,
        is_last=page.step is ORDER[-1],
        enrolments=enrolments,
        said=[] if "vetoes" in form else said_by(mentor, enrolments),
        titles=titles_of(mentor),
        strengths=strengths_in_words(mentor.strengths, mentor.levels, titles_of(mentor)),
    )


def walk_of(mentor: Mentor) -> Walk[MentorStep]:
    return Walk(
        NAMES,
        mentor_parts_of(mentor),
        has_wishes=bool(mentor.wishes),
        url_of=lambda step: url_of(mentor, step),
        end=url_for("mentoring.invitation", slug=mentor.cohort.slug),
    )


def titles_of(mentor: Mentor) -> dict[str, str]:
    """Of the competencies of the program, by key."""
    return {each.key: each.title for each in pack_of(mentor.cohort.version).competencies}


def url_of(mentor: Mentor, step: StrEnum) -> str:
    return url_for("mentoring.profile_step", slug=mentor.cohort.slug, step=step.value)


# --- the form of each step: as it is kept, as it is sent, how it is kept ---------------------------------------------


def _form(page: MentorProfilePage) -> Any:
    mentor, person = page.mentor, me()
    if page.step is MentorStep.HOURS:
        return HoursForm.showing(mentor.availability)
    if page.step is MentorStep.WISHES:
        return WishesForm.showing(mentor.wishes, reasons_of(mentor))
    return help_form(
        pack_of(mentor.cohort.version).competencies,
        formdata=None,
        bio=mentor.bio,
        **level_values(mentor.strengths, mentor.levels),
        **career_values(person.seniority, person.languages),
        **style_values(mentor.style),
    )


def _posted(page: MentorProfilePage) -> Any:
    if page.step is MentorStep.HELP:
        told = help_form(pack_of(page.mentor.cohort.version).competencies)
        told.known = me().languages
        return told
    form = HoursForm() if page.step is MentorStep.HOURS else WishesForm()
    _offer(page, form)
    return form


def _offer(page: MentorProfilePage, form: Any) -> list[Enrolment]:
    """Give the form of wishes its choices; gives the participants among them."""
    if not isinstance(form, WishesForm):
        return []
    cohort = page.mentor.cohort
    enrolments = list_participants_to_wish(cohort, me()) if takes_part(page.mentor) else []
    form.offer([(one.id, one.person.name) for one in enrolments], takes_vetoes=takes_vetoes(cohort))
    return enrolments


def _save_help(mentor: Mentor, form: HelpForm) -> None:
    told = Help(form.levels, form.grade, form.language_codes, form.style, form.bio.data or "")
    keep_help(mentor, told)


def _save_wishes(mentor: Mentor, form: WishesForm) -> None:
    keep_wishes(mentor, form.wishes)
    if "vetoes" in form:
        keep_vetoes(mentor, form.asked_apart, now=clock.now())


def _save_hours(mentor: Mentor, form: HoursForm) -> None:
    keep_mentor_hours(mentor, form.hours)


_SAVE: Mapping[MentorStep, Callable[[Mentor, Any], None]] = {
    MentorStep.HELP: _save_help,
    MentorStep.WISHES: _save_wishes,
    MentorStep.HOURS: _save_hours,
}
