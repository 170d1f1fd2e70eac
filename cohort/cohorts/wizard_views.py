"""The wizard that makes a cohort, in four steps.

Steps are sent by GET: what was chosen so far stands in the address, so that Back is a link, a page can be reloaded and
nothing is stored. Only the last button, after the preview of every date, is a POST.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cohort import clock
from cohort.access import Guard
from cohort.cohorts.blueprint import bp
from cohort.cohorts.creating import create_cohort, propose_slug
from cohort.cohorts.forms import LeadForm, NameForm, SeatsForm, StartForm, StepForm
from cohort.cohorts.queries import find_cohort
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, me
from cohort.people.models import Person
from cohort.people.queries import find_person
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import find_latest_version, list_latest_versions, pack_of
from cohort.schedule.plan import Plan, PlanError, make_plan
from cohort.schedule.words import KIND_WORDS, by_month, list_doubts
from cohort.templating import day

STEPS = ("Name and program", "Start", "Seats and free days", "Lead and dates")
LAST = len(STEPS)
WEEKS_AHEAD = 6
"""The start that is suggested: people need time to be invited, to answer and to be matched."""


class NewCohort:
    """What is to be created; it belongs to no cohort yet."""

    def guard(self) -> Guard:
        return Guard()


def open_wizard() -> NewCohort:
    return NewCohort()


@dataclass
class Answers:
    """The forms of the first three steps."""

    name: NameForm
    start: StartForm
    seats: SeatsForm

    @property
    def forms(self) -> tuple[StepForm, ...]:
        return (self.name, self.start, self.seats)

    def first_unfinished(self, before: int) -> int | None:
        """The first of the steps before `before` that has something to fix."""
        return next((step for step, form in enumerate(self.forms[: before - 1], 1) if not form.validate()), None)

    @cached_property
    def version(self) -> ProgramVersion:
        """The latest version of the program that was chosen."""
        version = find_latest_version(self.name.program.data)
        if version is None:
            raise DomainError("This program is not there any more: choose another one.", field="program")
        return version

    def plan(self) -> Plan:
        """Every date, for answers that are in order. Raises PlanError."""
        return make_plan(
            pack_of(self.version),
            start=self.start.starts_on.data,
            zone=self.start.zone.data,
            blackouts=self.seats.days,
        )


@bp.get("/new-cohort")
@access("cohort.create", open_wizard)
def wizard(_: NewCohort) -> ResponseReturnValue:
    programs = list_latest_versions()
    if not programs:
        return render_template("cohorts/no_program.html")
    asked = min(max(request.args.get("step", 1, type=int), 1), LAST)
    answers = _read(request.args, programs)
    return _show(answers.first_unfinished(asked) or asked, answers, request.args)


@bp.post("/new-cohort")
@access("cohort.create", open_wizard)
def create(_: NewCohort) -> ResponseReturnValue:
    answers = _read(request.form, list_latest_versions())
    step = answers.first_unfinished(LAST)
    lead = LeadForm(request.form)
    if step or not lead.validate():
        return _show(step or LAST, answers, request.form, lead=lead), 422
    made_before = find_cohort(request.form.get("slug", ""))
    if made_before is not None:
        flash("This cohort was created already; here it is.", "info")
        return redirect(url_for("cohorts.show", slug=made_before.slug))
    try:
        slug = _create(answers, lead)
    except DomainError as refusal:
        lead.refuse(refusal)
        return _show(LAST, answers, request.form, lead=lead), refusal.status
    flash("The cohort is created as a draft. Nobody was told. Next, import its people.", "success")
    page = "mailroom.rehearsal" if request.form.get("then") == "rehearse" else "cohorts.show"
    return redirect(url_for(page, slug=slug))


def _create(answers: Answers, lead: LeadForm) -> str:
    cohort = create_cohort(
        answers.version,
        title=answers.name.title.data,
        starts_on=answers.start.starts_on.data,
        zone=answers.start.zone.data,
        seats=answers.seats.seats.data,
        blackouts=answers.seats.days,
        lead=_find_lead(lead.lead.data),
        now=clock.now(),
    )
    db.session.commit()
    return cohort.slug


def _find_lead(address: str) -> Person:
    person = find_person(address)
    if person is None:
        message = "Nobody with this address has an account. Choose yourself for now, and import staff afterwards."
        raise DomainError(message, field="lead")
    return person


def _read(values: MultiDict[str, str], programs: list[ProgramVersion]) -> Answers:
    """The steps as they were answered so far; a step that was not reached has what we suggest."""
    name = NameForm(_if_answered(values, "title"))
    name.offer([(version.program.key, version.program.title) for version in programs])
    start = StartForm(
        _if_answered(values, "starts_on"),
        data={"starts_on": _suggest_start(clock.today(me().time_zone)), "zone": me().time_zone},
    )
    return Answers(name, start, SeatsForm(values))


def _if_answered(values: MultiDict[str, str], field: str) -> MultiDict[str, str] | None:
    return values if field in values else None


def _suggest_start(today: date) -> date:
    """The first Monday that leaves enough time."""
    enough = today + timedelta(weeks=WEEKS_AHEAD)
    return enough + timedelta(days=-enough.weekday() % 7)


def _show(step: int, answers: Answers, values: MultiDict[str, str], *, lead: LeadForm | None = None) -> str:
    if step == LAST:
        try:
            plan = answers.plan()
        except PlanError as error:
            answers.start.refuse(DomainError(str(error), field="starts_on"))
            return _show(2, answers, values)
        return _show_last(answers, values, plan, lead or LeadForm(data={"lead": me().email}))
    form = answers.forms[step - 1]
    return render_template(
        "cohorts/wizard.html",
        step=step,
        steps=_steps(step, values),
        form=form,
        carried=_carried(values, form),
        suggested=_suggest_start(clock.today(me().time_zone)),
        back=_address(step - 1, values) if step > 1 else url_for("cohorts.overview"),
    )


def _show_last(answers: Answers, values: MultiDict[str, str], plan: Plan, lead: LeadForm) -> str:
    zone, title = answers.start.zone.data, answers.name.title.data
    slug = propose_slug(title)
    return render_template(
        "cohorts/wizard_dates.html",
        steps=_steps(LAST, values),
        form=lead,
        carried=_carried(values, lead),
        facts=_facts(answers, slug),
        title=title,
        slug=slug,
        zone=zone,
        months=list(by_month(plan.items, zone)),
        number=len(plan.items),
        doubts=list_doubts(plan.warnings),
        kinds=KIND_WORDS,
        back=_address(LAST - 1, values),
    )


def _facts(answers: Answers, slug: str) -> list[dict[str, str]]:
    """What the first three steps said, in words."""
    version, seats, days = answers.version, answers.seats.seats.data, answers.seats.days
    free = [day(first) if first == last else f"{day(first)} to {day(last)}" for first, last in days]
    return [
        {"meta": "Program", "title": f"{version.program.title}, version {version.number}"},
        {"meta": "First day", "title": f"{day(answers.start.starts_on.data)}, {answers.start.zone.data}"},
        {"meta": "Seats", "title": str(seats) if seats else "As many as are invited"},
        {"meta": "Blackout days", "title": "; ".join(free) or "None"},
        {"meta": "Address", "title": f"/cohorts/{slug}"},
    ]


def _steps(here: int, values: MultiDict[str, str]) -> list[dict[str, Any]]:
    states = {True: ("done", "check-circle-fill"), False: ("", "circle")}
    steps = []
    for number, word in enumerate(STEPS, 1):
        state, icon = ("here", "pencil-fill") if number == here else states[number < here]
        url = _address(number, values) if number < here else ""
        steps.append({"word": word, "state": state, "icon": icon, "url": url})
    return steps


def _address(step: int, values: MultiDict[str, str]) -> str:
    answers: dict[str, Any] = {name: value for name, value in values.items() if _is_answer(name) and value}
    return url_for("cohorts.wizard", **answers, step=step)


def _carried(values: MultiDict[str, str], form: StepForm) -> list[tuple[str, str]]:
    """What the other steps hold, for hidden fields."""
    own = {field.name for field in form}
    return [
        (name, value)
        for name, value in values.items(multi=True)
        if value and _is_answer(name) and name.split("-")[0] not in own
    ]


def _is_answer(name: str) -> bool:
    return name in ("title", "program", "starts_on", "zone", "seats", "lead") or name.startswith("blackouts-")
