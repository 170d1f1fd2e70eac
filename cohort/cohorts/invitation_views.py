"""A participant's own place in a cohort: the invitation and its answer, the profile, giving the place back."""

from datetime import datetime
from typing import NamedTuple

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts import people_queries as people
from cohort.cohorts.blueprint import bp
from cohort.cohorts.enrolling import decline, enrol, withdraw
from cohort.cohorts.leaving import count_kept
from cohort.cohorts.models import CohortState, Enrolment, EnrolmentState, StaffRole
from cohort.cohorts.people_forms import AnswerForm, ProfileForm, WithdrawForm
from cohort.cohorts.profiling import GROWTH_AREAS, save_profile
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, may, me
from cohort.people.accounts import change_zone
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.templating import minutes_words

MAY_ANSWER = (EnrolmentState.INVITED, EnrolmentState.DECLINED)


def open_own_enrolment(slug: str) -> Enrolment | None:
    """The reader's own place in the cohort; for everybody else there is no such page."""
    enrolment = people.find_own_enrolment(slug, me())
    g.cohort = enrolment.cohort if enrolment else None
    return enrolment


@bp.get("/cohorts/<key:slug>/invitation")
@access("place.see", open_own_enrolment)
def invitation(enrolment: Enrolment) -> ResponseReturnValue:
    return _invitation_page(enrolment, AnswerForm(formdata=None))


@bp.post("/cohorts/<key:slug>/invitation")
@access("enrolment.answer", open_own_enrolment)
def answer_invitation(enrolment: Enrolment) -> ResponseReturnValue:
    form = AnswerForm()
    if not form.validate():
        return _invitation_page(enrolment, form), 422
    if request.form.get("answer") == "decline":
        decline(enrolment, reason=form.reason.data or "", now=clock.now())
        flash("Your answer is kept. You can change your mind here as long as the program runs.", "info")
    elif enrolment.state in MAY_ANSWER:
        enrol(enrolment, now=clock.now())
        flash(*_welcome(enrolment))
    db.session.commit()
    to_profile = enrolment.is_in and enrolment.profiled_at is None
    return redirect(url_for(f"cohorts.{'profile' if to_profile else 'invitation'}", slug=enrolment.cohort.slug))


def _welcome(enrolment: Enrolment) -> tuple[str, str]:
    if enrolment.is_in:
        return "You have a place. A mail with the first dates is on its way.", "success"
    return "All places are taken, so you are on the waiting list. You get a mail as soon as a place is free.", "info"


def _invitation_page(enrolment: Enrolment, form: AnswerForm) -> str:
    cohort = enrolment.cohort
    pack = pack_of(cohort.version)
    taken = people.count_taken(cohort.id)
    line = people.line_of(cohort.id)
    return render_template(
        "cohorts/invitation.html",
        enrolment=enrolment,
        cohort=cohort,
        pack=pack,
        form=form,
        modules=_modules(pack, list_items(cohort.id)),
        load=_weekly_load(pack),
        counts=people.count_people(cohort.id),
        staff=people.list_staff(cohort.id),
        lead_role=StaffRole.LEAD,
        free=None if cohort.seats is None else max(0, cohort.seats - taken - len(line)),
        place=line.get(enrolment.id),
        next_place=len(line) + 1,
        may_answer=enrolment.state in MAY_ANSWER and _is_open(enrolment),
        is_open=_is_open(enrolment),
        has_begun=clock.today(cohort.zone) >= cohort.starts_on,
    )


def _is_open(enrolment: Enrolment) -> bool:
    return may("enrolment.answer", enrolment) and enrolment.cohort.state is not CohortState.ARCHIVED


class ModuleDates(NamedTuple):
    title: str
    summary: str
    opens: datetime | None
    closes: datetime | None


def _modules(pack: Pack, items: list[DatedItem]) -> list[ModuleDates]:
    dates = {(item.kind, item.key): item.at for item in items}
    return [
        ModuleDates(
            module.title,
            module.summary,
            dates.get(("module.opens", module.key)),
            dates.get(("module.closes", module.key)),
        )
        for module in pack.modules
    ]


def _weekly_load(pack: Pack) -> str:
    """Lessons, workshops and mentor sessions spread over the weeks of the program, to the next quarter of an hour."""
    minutes = sum(
        sum(lesson.minutes for lesson in module.lessons)
        + (module.workshop.minutes if module.workshop else 0)
        + (module.mentor_session.minutes if module.mentor_session else 0)
        for module in pack.modules
    )
    weeks = max(1, pack.length_days / 7)
    return minutes_words(round(minutes / weeks / 15 + 0.5) * 15)


@bp.get("/cohorts/<key:slug>/my-profile")
@access("place.see", open_own_enrolment)
def profile(enrolment: Enrolment) -> ResponseReturnValue:
    """The own profile; after leaving it can still be read."""
    person = me()
    areas = [*enrolment.growth_areas, "", "", ""]
    form = ProfileForm(
        formdata=None,
        company=person.company,
        job_title=person.job_title,
        time_zone=person.time_zone,
        on_call=enrolment.on_call,
        first_area=areas[0],
        second_area=areas[1],
        third_area=areas[2],
        availability=enrolment.availability.replace(";", "\n"),
        goal=enrolment.goal,
    )
    return _profile_page(enrolment, form)


@bp.post("/cohorts/<key:slug>/my-profile")
@access("enrolment.profile", open_own_enrolment)
def save_own_profile(enrolment: Enrolment) -> ResponseReturnValue:
    form, person = ProfileForm(), me()
    form.offer(pack_of(enrolment.cohort.version).competencies)
    if not form.validate():
        return _profile_page(enrolment, form), 422
    try:
        save_profile(
            enrolment,
            growth_areas=form.growth_areas,
            on_call=form.on_call.data or "",
            availability=form.availability.data or "",
            goal=form.goal.data or "",
            now=clock.now(),
        )
    except DomainError as refusal:
        form.refuse(refusal)
        return _profile_page(enrolment, form), refusal.status
    person.company, person.job_title = form.company.data or "", form.job_title.data or ""
    change_zone(person, form.time_zone.data)
    db.session.commit()
    flash(_saved_words(enrolment), "success" if enrolment.profiled_at else "info")
    return redirect(url_for("cohorts.profile", slug=enrolment.cohort.slug))


def _profile_page(enrolment: Enrolment, form: ProfileForm) -> str:
    pack = pack_of(enrolment.cohort.version)
    form.offer(pack.competencies)
    titles = {each.key: each.title for each in pack.competencies}
    return render_template(
        "cohorts/invitation_profile.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        form=form,
        missing=_missing(enrolment),
        may_write=may("enrolment.profile", enrolment) and enrolment.cohort.state is not CohortState.ARCHIVED,
        chosen=[titles.get(key, key) for key in enrolment.growth_areas],
    )


def _missing(enrolment: Enrolment) -> list[str]:
    parts = [
        ("three growth areas", len(enrolment.growth_areas) >= GROWTH_AREAS),
        ("free hours", bool(enrolment.availability)),
        ("what you want from the program", bool(enrolment.goal)),
    ]
    return [words for words, is_there in parts if not is_there]


def _saved_words(enrolment: Enrolment) -> str:
    if enrolment.profiled_at:
        return "Your profile is complete, and you can be matched with a mentor. You can change it at any time."
    return f"Saved. Still missing: {', '.join(_missing(enrolment))}."


@bp.route("/cohorts/<key:slug>/invitation/leave", methods=["GET", "POST"])
@access("people.withdraw", open_own_enrolment)
def leave(enrolment: Enrolment) -> ResponseReturnValue:
    """Give the own place back; the password is asked again first."""
    form = WithdrawForm()
    if form.validate_on_submit():
        withdraw(enrolment, reason=form.reason.data, now=clock.now())
        db.session.commit()
        flash("You have left the program. For 30 days you can still read what you wrote.", "info")
        return redirect(url_for("cohorts.invitation", slug=enrolment.cohort.slug))
    page = render_template(
        "cohorts/invitation_leave.html",
        form=form,
        enrolment=enrolment,
        cohort=enrolment.cohort,
        kept=count_kept(enrolment),
    )
    return page, 422 if form.errors else 200
