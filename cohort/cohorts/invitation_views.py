"""A participant's own place in a cohort: the invitation and its answer, giving the place back."""

from datetime import datetime
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts import people_queries as people
from cohort.cohorts.blueprint import bp
from cohort.cohorts.enrolling import decline, enrol, withdraw
from cohort.cohorts.leaving import count_kept
from cohort.cohorts.models import CohortState, Enrolment, EnrolmentState, StaffRole
from cohort.cohorts.own_profile_views import open_own_enrolment
from cohort.cohorts.people_forms import AnswerForm, WithdrawForm
from cohort.db import db
from cohort.gate import access, may
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.templating import minutes_words

MAY_ANSWER = (EnrolmentState.INVITED, EnrolmentState.DECLINED)


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
