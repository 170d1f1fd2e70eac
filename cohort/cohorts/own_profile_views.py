"""A participant's profile for one cohort: four steps, each saved by itself, and a page that shows what was told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard
from cohort.cohorts import people_queries as people
from cohort.cohorts.blueprint import bp
from cohort.cohorts.models import CohortState, Enrolment
from cohort.cohorts.own_profile_forms import GrowthForm, YouForm
from cohort.cohorts.profiling import AboutYou, Step, keep_about_you, keep_growth, keep_hours, parts_of
from cohort.forms import BaseForm
from cohort.gate import access, may, me
from cohort.mentoring.models import Mentor
from cohort.mentoring.vetoing import keep_vetoes, reasons_of, said_by, takes_vetoes
from cohort.mentoring.wishing import keep_wishes, list_mentors_to_wish, takes_part
from cohort.mentoring.words import strengths_in_words
from cohort.people.languages import language_name
from cohort.people.seniority import SENIORITY
from cohort.profile_forms import HoursForm, WishesForm, career_values, style_values
from cohort.profile_steps import Walk, keep_draft, save_step
from cohort.programs.queries import pack_of

NAMES: Mapping[Step, tuple[str, str]] = {
    Step.YOU: ("person", "You"),
    Step.GROWTH: ("signpost-split", "What you want"),
    Step.WISHES: ("people", "Mentor wishes"),
    Step.HOURS: ("calendar-range", "Free hours"),
}
"""Icon and name of each step."""
ORDER = tuple(NAMES)


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """One step of somebody's own profile."""

    enrolment: Enrolment
    step: Step

    @property
    def mentors(self) -> list[Mentor]:
        """Whom they may wish for: nobody before they have a place."""
        return list_mentors_to_wish(self.enrolment.cohort, me()) if takes_part(self.enrolment) else []

    def guard(self) -> Guard:
        return self.enrolment.guard()


def open_own_enrolment(slug: str) -> Enrolment | None:
    """The reader's own place in the cohort; for everybody else there is no such page."""
    enrolment = people.find_own_enrolment(slug, me())
    g.cohort = enrolment.cohort if enrolment else None
    return enrolment


def open_step(slug: str, step: str) -> ProfilePage | None:
    enrolment = open_own_enrolment(slug)
    return ProfilePage(enrolment, Step(step)) if enrolment and step in list(Step) else None


@bp.get("/cohorts/<key:slug>/my-profile")
@access("place.see", open_own_enrolment)
def profile(enrolment: Enrolment) -> ResponseReturnValue:
    """What was told; while something is missing, the step that asks for it. After leaving it can still be read."""
    may_write = _may_write(enrolment)
    missing = [part for part in parts_of(enrolment) if not part.is_there]
    if may_write and missing:
        return redirect(_url(enrolment, missing[0].step))
    titles = {each.key: each.title for each in pack_of(enrolment.cohort.version).competencies}
    return render_template(
        "cohorts/my_profile.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        person=me(),
        may_write=may_write,
        grade=SENIORITY.get(me().seniority or 0),
        languages=[language_name(code) for code in me().languages],
        areas=[titles.get(key, key) for key in enrolment.growth_areas],
        urls={step.value: _url(enrolment, step) for step in ORDER},
        in_pool=not missing,
    )


@bp.get("/cohorts/<key:slug>/my-profile/<key:step>")
@access("place.see", open_step)
def profile_step(page: ProfilePage) -> ResponseReturnValue:
    if not _may_write(page.enrolment):
        return redirect(url_for("cohorts.profile", slug=page.enrolment.cohort.slug))
    return _step_page(page, _FORMS[page.step](page.enrolment))


@bp.post("/cohorts/<key:slug>/my-profile/<key:step>")
@access("enrolment.profile", open_step)
def save_profile_step(page: ProfilePage) -> ResponseReturnValue:
    form = _posted(page)
    return save_step(
        form,
        lambda: _SAVE[page.step](page.enrolment, form),
        again=lambda: _step_page(page, form),
        leave=lambda: _walk(page.enrolment).leave(page.step),
    )


@bp.post("/cohorts/<key:slug>/my-profile/<key:step>/draft")
@access("enrolment.profile", open_step)
def autosave_profile_step(page: ProfilePage) -> ResponseReturnValue:
    """Keep what is typed so far. Wishes and vetoes are said by pressing the button."""
    if page.step is Step.WISHES:
        abort(422)
    form = _posted(page)
    return keep_draft(form, lambda: _SAVE[page.step](page.enrolment, form))


def _step_page(page: ProfilePage, form: Any) -> str:
    enrolment, cohort, place = page.enrolment, page.enrolment.cohort, ORDER.index(page.step)
    walk = _walk(enrolment)
    mentors = _offer(page, form)
    titles = {each.key: each.title for each in pack_of(cohort.version).competencies}
    return render_template(
        "cohorts/my_profile_step.html",
        enrolment=enrolment,
        cohort=cohort,
        person=me(),
        form=form,
        step=page.step.value,
        name=NAMES[page.step][1],
        number=place + 1,
        steps=walk.items(here=page.step),
        there=sum(part.is_there for part in walk.parts),
        parts=walk.parts,
        missing=walk.missing,
        is_last=page.step is ORDER[-1],
        has_place=takes_part(enrolment),
        mentors=mentors,
        said=[] if "vetoes" in form else said_by(enrolment, mentors),
        strengths=lambda mentor: strengths_in_words(mentor.strengths, mentor.levels, titles),
    )


def _offer(page: ProfilePage, form: Any) -> list[Mentor]:
    """Give the form its choices; gives the mentors among them."""
    if isinstance(form, GrowthForm):
        form.offer(pack_of(page.enrolment.cohort.version).competencies)
    if not isinstance(form, WishesForm):
        return []
    mentors = page.mentors
    choices = [(one.id, one.person.name) for one in mentors]
    form.offer(choices, takes_vetoes=takes_part(page.enrolment) and takes_vetoes(page.enrolment.cohort))
    return mentors


def _walk(enrolment: Enrolment) -> Walk[Step]:
    return Walk(
        NAMES,
        parts_of(enrolment),
        has_wishes=bool(enrolment.wishes),
        url_of=lambda step: _url(enrolment, step),
        end=url_for("cohorts.profile", slug=enrolment.cohort.slug),
    )


def _url(enrolment: Enrolment, step: StrEnum) -> str:
    return url_for("cohorts.profile_step", slug=enrolment.cohort.slug, step=step.value)


def _may_write(enrolment: Enrolment) -> bool:
    return may("enrolment.profile", enrolment) and enrolment.cohort.state is not CohortState.ARCHIVED


# --- the form of each step: as it is kept, as it is sent, how it is kept ---------------------------------------------


def _you(enrolment: Enrolment) -> BaseForm:
    person = me()
    return YouForm(
        formdata=None,
        company=person.company,
        job_title=person.job_title,
        time_zone=person.time_zone,
        manager_email=enrolment.manager_email,
        on_call=enrolment.on_call,
        **career_values(person.seniority, person.languages),
    )


def _growth(enrolment: Enrolment) -> BaseForm:
    first, second, third = [*enrolment.growth_areas, "", "", ""][:3]
    areas = {"first_area": first, "second_area": second, "third_area": third}
    return GrowthForm(formdata=None, goal=enrolment.goal, **areas, **style_values(enrolment.style))


def _wishes(enrolment: Enrolment) -> BaseForm:
    return WishesForm.showing(enrolment.wishes, reasons_of(enrolment))


def _hours(enrolment: Enrolment) -> BaseForm:
    return HoursForm.showing(enrolment.availability)


_FORMS: Mapping[Step, Callable[[Enrolment], BaseForm]] = {
    Step.YOU: _you,
    Step.GROWTH: _growth,
    Step.WISHES: _wishes,
    Step.HOURS: _hours,
}


def _posted(page: ProfilePage) -> Any:
    form = {Step.YOU: YouForm, Step.GROWTH: GrowthForm, Step.WISHES: WishesForm, Step.HOURS: HoursForm}[page.step]()
    if isinstance(form, YouForm):
        form.known = me().languages
    _offer(page, form)
    return form


def _save_you(enrolment: Enrolment, form: YouForm) -> None:
    about = AboutYou(
        company=form.company.data or "",
        job_title=form.job_title.data or "",
        seniority=form.grade,
        manager_email=form.manager_email.data or "",
        time_zone=form.time_zone.data,
        languages=form.language_codes,
        on_call=form.on_call.data or "",
    )
    keep_about_you(enrolment, about, now=clock.now())


def _save_growth(enrolment: Enrolment, form: GrowthForm) -> None:
    goal, now = form.goal.data or "", clock.now()
    keep_growth(enrolment, growth_areas=form.growth_areas, goal=goal, style=form.style, now=now)


def _save_wishes(enrolment: Enrolment, form: WishesForm) -> None:
    if not takes_part(enrolment):
        return
    keep_wishes(enrolment, form.wishes)
    if "vetoes" in form:
        keep_vetoes(enrolment, form.asked_apart, now=clock.now())


def _save_hours(enrolment: Enrolment, form: HoursForm) -> None:
    keep_hours(enrolment, form.hours, now=clock.now())


_SAVE: Mapping[Step, Callable[[Enrolment, Any], None]] = {
    Step.YOU: _save_you,
    Step.GROWTH: _save_growth,
    Step.WISHES: _save_wishes,
    Step.HOURS: _save_hours,
}
