"""One mail of a rule as somebody would read it, saved or not; its HTML is shown in a frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import abort, current_app, make_response, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.errors import DomainError
from cohort.gate import access
from cohort.mail.blueprint import bp
from cohort.mail.composing import Composer
from cohort.mail.letters import Letter
from cohort.mail.rehearsal_views import FRAME_POLICY
from cohort.mail.rule_forms import RuleForm
from cohort.people.models import Person
from cohort.programs.combining import FITTING
from cohort.programs.pack import ReminderRule
from cohort.reminders.playing import Due, find_people
from cohort.reminders.rehearsal_letters import Pen
from cohort.reminders.rehearsing import Draft
from cohort.reminders.rounds import bundles
from cohort.reminders.rule_changing import OWN, find_mistakes
from cohort.reminders.rule_foreseeing import Expected, Told, foresee_rule
from cohort.reminders.ruling import RuleOfCohort, find_rule

NEW = f"{OWN}new"
"""The key of a rule that is not saved yet."""


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule of a cohort."""

    cohort: Cohort
    found: RuleOfCohort

    @property
    def url(self) -> str:
        return url_for("mailroom.rule", slug=self.cohort.slug, rule=self.found.rule.key)

    def guard(self) -> Guard:
        return self.cohort.guard()


@dataclass(frozen=True, slots=True)
class Example:
    """One mail of a rule as somebody would read it."""

    expected: Expected
    draft: Draft
    text: str
    html: str
    product: Letter
    """What the product says in the place of words of staff's own."""


def open_rule(slug: str, rule: str) -> RulePage | None:
    cohort = open_cohort(slug)
    found = find_rule(cohort, rule) if cohort else None
    return RulePage(cohort, found) if cohort and found else None


@bp.get("/cohorts/<key:slug>/mail-room/rules/<key:rule>/example")
@access("mail.preview", open_rule)
def rule_example(page: RulePage) -> ResponseReturnValue:
    """The mail of the rule as it is saved, for a frame."""
    return _frame(page.cohort, page.found.rule, request.args.get("occasion", ""), request.args.get("example", ""))


@bp.post("/cohorts/<key:slug>/mail-room/rule-example")
@access("mail.edit", open_cohort)
def typed_example(cohort: Cohort) -> ResponseReturnValue:
    """The mail of a rule that is not saved yet, for a frame; words as long as these fit no address."""
    key, about, form = request.form.get("key", NEW), request.form.get("about", ""), RuleForm()
    found = find_rule(cohort, key)
    rule = read_rule(form, key, about, found.rule if found else None) if about in FITTING else None
    if rule is None:
        return "This rule cannot be shown: what is wrong with it stands beside the form.", DomainError.status
    return _frame(cohort, rule, form.occasion.data or "", form.example.data or "")


def read_rule(form: RuleForm, key: str, about: str, before: ReminderRule | None) -> ReminderRule | None:
    """What was typed; None, and an error at each field, when it is no rule."""
    form.offer(about, before)
    if not form.validate():
        return None
    rule = form.rule(key, about)
    form.refuse_all(find_mistakes(rule, before))
    return None if form.errors else rule


def choose_told(told: Sequence[Told], asked: str) -> Told | None:
    chosen = (one for one in told if one.key == asked)
    return next(chosen, next((one for one in told if one.gets), next(iter(told), None)))


def choose_example(told: Told | None, asked: str) -> Expected | None:
    if told is None:
        return None
    written = [one for one in (*told.gets, *told.gets_not) if one.owed]
    return next((one for one in written if example_key(one) == asked), next(iter(written), None))


def example_key(one: Expected) -> str:
    return f"{one.occasion.enrolment_id}.{one.reader.person_id}"


def write_example(cohort: Cohort, expected: Expected) -> Example:
    pen = Pen(Composer(current_app.extensions["settings"], current_app.jinja_env), cohort)
    due, person = _due(cohort, expected)
    draft = pen.write(due, person) or Draft("Nothing to say", (), is_written=False)
    shown = pen.show(due, person) if draft.is_written else None
    owed = due.bundle.owed[0]
    as_shipped = replace(owed, rule=replace(owed.rule, subject=None, text=None))
    product = pen.letter(replace(due, bundle=replace(due.bundle, owed=(as_shipped,))), person)
    return Example(expected, draft, shown.text if shown else "", shown.html if shown else "", product)


def _due(cohort: Cohort, expected: Expected) -> tuple[Due, Person]:
    if expected.owed is None:
        abort(404)
    person_id = expected.reader.person_id
    at = max(expected.at or expected.owed.due_at, expected.owed.due_at)
    return Due(at, person_id, next(bundles([expected.owed]))), find_people(cohort, [person_id])[person_id]


def _frame(cohort: Cohort, rule: ReminderRule, occasion: str, example: str) -> ResponseReturnValue:
    told = choose_told(foresee_rule(cohort, rule, now=clock.now()).told, occasion)
    expected = choose_example(told, example)
    written = write_example(cohort, expected) if expected else None
    if written is None or not written.draft.is_written:
        abort(404)
    response = make_response(written.html.replace('<a href="', '<a target="_blank" href="'))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
