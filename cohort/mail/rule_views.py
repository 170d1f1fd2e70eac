"""The reminder rules of a cohort: the list, and the page of one, which previews by name before anything is saved."""

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.converters import row_number
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.forms import options
from cohort.gate import access, may, me
from cohort.mail.blueprint import bp
from cohort.mail.rule_example_views import (
    NEW,
    RulePage,
    choose_example,
    choose_told,
    example_key,
    open_rule,
    read_rule,
    write_example,
)
from cohort.mail.rule_forms import NewRuleForm, RuleForm, as_data, as_sent
from cohort.mail.rule_rows import (
    CLASS_WORDS,
    Row,
    changed_words,
    condition_words,
    difference_rows,
    expected_row,
    list_row,
    name_of,
    occasion_words,
    state_tag,
)
from cohort.programs.combining import FITTING, tells_of_match
from cohort.programs.outline import OCCASION_WORDS, rule_words
from cohort.programs.pack import ReminderRule
from cohort.reminders import rule_changing
from cohort.reminders.listing import SPOKEN_OF
from cohort.reminders.placeholders import placeholders_of
from cohort.reminders.rule_changing import RuleChanged
from cohort.reminders.rule_foreseeing import Expected, RuleForecast, Told, foresee_rule
from cohort.reminders.rule_testing import send_test
from cohort.reminders.ruling import RuleOfCohort, list_rules
from cohort.reminders.timing import is_opening
from cohort.templating import count


@bp.get("/cohorts/<key:slug>/mail-room/rules")
@access("mail.preview", open_cohort)
def rules(cohort: Cohort) -> ResponseReturnValue:
    rows = list_rules(cohort)
    return render_template(
        "mailroom/rules.html",
        cohort=cohort,
        on=[list_row(one) for one in rows if not one.is_off],
        off=[list_row(one) for one in rows if one.is_off],
        may_edit=_may_edit(cohort),
    )


@bp.get("/cohorts/<key:slug>/mail-room/rules/<key:rule>")
@access("mail.preview", open_rule)
def rule(page: RulePage) -> ResponseReturnValue:
    return _show_stored(page)


@bp.post("/cohorts/<key:slug>/mail-room/rules/<key:rule>")
@access("mail.edit", open_rule)
def change_rule(page: RulePage) -> ResponseReturnValue:
    """Preview or save, whichever button was pressed."""
    before, form = page.found.rule, RuleForm()
    rule = read_rule(form, before.key, before.about, before)
    if rule is None:
        return _show(page.cohort, form, before, page.found, is_sound=False), 422
    try:
        if form.seen.data != page.found.state:
            return _show_conflict(page, form, rule)
        if request.form.get("do") != "save":
            return _show(page.cohort, form, rule, page.found)
        rule_changing.change_rule(page.cohort, rule, seen=form.seen.data, by=me(), now=clock.now())
    except RuleChanged:
        return _show_conflict(page, form, rule)
    except DomainError as refusal:
        page = _begin_anew(page)
        form.refuse(refusal)
        return _show(page.cohort, form, rule, page.found), refusal.status
    db.session.commit()
    flash(f"Saved: {rule_words(rule).when}. Who got this mail before does not get it again.", "success")
    return redirect(url_for("mailroom.rules", slug=page.cohort.slug))


@bp.get("/cohorts/<key:slug>/mail-room/new-rule")
@access("mail.edit", open_cohort)
def new_rule(cohort: Cohort) -> ResponseReturnValue:
    """First what it is about, then the rest: only what goes with that is asked for."""
    about = request.args.get("about", "")
    if about not in SPOKEN_OF:
        choice = NewRuleForm(formdata=request.args or None)
        choice.offer(SPOKEN_OF)
        if request.args:
            choice.validate()
        return render_template("mailroom/new_rule.html", cohort=cohort, form=choice)
    suggested = _suggest(about)
    form = RuleForm(formdata=None, data=as_data(suggested))
    form.offer(about, None)
    return _show(cohort, form, suggested, None)


@bp.post("/cohorts/<key:slug>/mail-room/new-rule")
@access("mail.edit", open_cohort)
def add_rule(cohort: Cohort) -> ResponseReturnValue:
    about, form = request.args.get("about", ""), RuleForm()
    if about not in SPOKEN_OF:
        return redirect(url_for("mailroom.new_rule", slug=cohort.slug))
    rule = read_rule(form, NEW, about, None)
    if rule is None:
        return _show(cohort, form, _suggest(about), None, is_sound=False), 422
    if request.form.get("do") != "save":
        return _show(cohort, form, rule, None)
    try:
        added = rule_changing.add_rule(cohort, rule, name=form.name.data, by=me(), now=clock.now())
    except DomainError as refusal:
        slug = cohort.slug
        db.session.rollback()
        cohort = open_cohort(slug) or abort(404)
        form.refuse(refusal)
        return _show(cohort, form, rule, None), refusal.status
    db.session.commit()
    flash(f"Added: {rule_words(added).when}.", "success")
    return redirect(url_for("mailroom.rules", slug=cohort.slug))


@bp.post("/cohorts/<key:slug>/mail-room/rules/<key:rule>/off")
@access("mail.edit", open_rule)
def turn_rule_off(page: RulePage) -> ResponseReturnValue:
    return _switch(page, rule_changing.turn_off, "Turned off: nothing is sent by it any more.")


@bp.post("/cohorts/<key:slug>/mail-room/rules/<key:rule>/on")
@access("mail.edit", open_rule)
def turn_rule_on(page: RulePage) -> ResponseReturnValue:
    return _switch(page, rule_changing.turn_on, "Turned on. What is too late by now is not sent.")


@bp.post("/cohorts/<key:slug>/mail-room/rules/<key:rule>/back")
@access("mail.edit", open_rule)
def put_rule_back(page: RulePage) -> ResponseReturnValue:
    return _switch(page, rule_changing.put_back, "Put back: this rule is as the program has it.")


@bp.post("/cohorts/<key:slug>/mail-room/rules/<key:rule>/test")
@access("mail.edit", open_rule)
def test_rule(page: RulePage) -> ResponseReturnValue:
    """To whoever asks, and to nobody else."""
    cohort, to = page.cohort, me()
    enrolment_id = request.form.get("enrolment_id", 0, type=row_number)
    subject = request.form.get("subject", "")
    try:
        send_test(cohort, page.found.rule.key, enrolment_id=enrolment_id, subject=subject, to=to, now=clock.now())
    except DomainError as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
        return redirect(page.url)
    db.session.commit()
    waits = " It waits until the mail of this cohort goes on." if cohort.mail_paused_at else ""
    flash(f"A test is on its way to {to.email}, and to nobody else.{waits}", "success")
    return redirect(page.url)


def _may_edit(cohort: Cohort) -> bool:
    return may("mail.edit", cohort) and not cohort.guard().is_archived


def _suggest(about: str) -> ReminderRule:
    fitting = FITTING[about]
    offset = "+1d" if is_opening(about) or about == "pair.last_contact" else "-1d"
    unless = next(iter(fitting.conditions), None)
    return ReminderRule(NEW, about, offset, fitting.audiences[0], "digest", at="09:00", unless=unless)


def _switch(page: RulePage, deed: Callable[..., None], done: str) -> ResponseReturnValue:
    try:
        deed(page.cohort, page.found.rule.key, seen=request.form.get("seen", ""), by=me(), now=clock.now())
    except RuleChanged:
        return _show_conflict(page, None, page.found.rule)
    except DomainError as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
        return redirect(page.url)
    db.session.commit()
    flash(done, "success")
    return redirect(url_for("mailroom.rules", slug=page.cohort.slug))


def _show_conflict(page: RulePage, form: RuleForm | None, typed: ReminderRule) -> ResponseReturnValue:
    """Both versions side by side. What was typed stays in the form, which goes on from what is saved now."""
    page = _begin_anew(page)
    if form is None:
        return _show_stored(page, is_outdated=True), Conflict.status
    form.seen.data = page.found.state
    return _show(page.cohort, form, typed, page.found, is_outdated=True), Conflict.status


def _begin_anew(page: RulePage) -> RulePage:
    """Undo what a refused deed began, and read everything again."""
    slug, key = page.cohort.slug, page.found.rule.key
    db.session.rollback()
    return open_rule(slug, key) or abort(404)


def _show_stored(page: RulePage, *, is_outdated: bool = False) -> str:
    found = page.found
    form = None
    if _may_edit(page.cohort) and found.rule.about in SPOKEN_OF and not tells_of_match(found.rule):
        form = RuleForm(formdata=None, data={**as_data(found.rule), "seen": found.state})
        form.offer(found.rule.about, found.rule)
    return _show(page.cohort, form, found.rule, found, is_outdated=is_outdated)


def _show(
    cohort: Cohort,
    form: RuleForm | None,
    rule: ReminderRule,
    found: RuleOfCohort | None,
    *,
    is_sound: bool = True,
    is_outdated: bool = False,
) -> str:
    """The page of `rule`, saved or typed; `found` is what is saved under its key."""
    is_edited = found is None or rule != found.rule
    foreseen = foresee_rule(cohort, rule, now=clock.now())
    asked = request.values
    told = choose_told(foreseen.told, asked.get("occasion", ""))
    example = choose_example(told, asked.get("example", ""))
    if form is not None:
        _offer_examples(form, cohort, foreseen.told, told, example)
    saved = foresee_rule(cohort, found.rule, now=clock.now()) if found and is_edited else None
    return render_template(
        "mailroom/rule.html",
        cohort=cohort,
        form=form,
        rule=rule,
        found=found,
        words=rule_words(rule),
        condition=condition_words(rule),
        kind_word=CLASS_WORDS[rule.kind],
        name=name_of(rule) if found else "",
        state=state_tag(found) if found else None,
        changed=changed_words(found) if found else "",
        occasion_word=OCCASION_WORDS[rule.about],
        is_edited=is_edited,
        is_sound=is_sound,
        is_fixed=tells_of_match(rule),
        is_spoken_of=rule.about in SPOKEN_OF,
        conflict=difference_rows(found.rule, rule) if is_outdated and found else None,
        differences=difference_rows(found.program, found.rule) if found and found.program else [],
        foreseen=foreseen,
        told=told,
        told_row=_told_row(told, cohort) if told else None,
        others=[_other_row(one, cohort, "" if is_edited else rule.key) for one in foreseen.told if one is not told],
        example=write_example(cohort, example) if example else None,
        example_key=example_key(example) if example else "",
        typed_values={**as_sent(rule), "occasion": told.key if told else "", "example": asked.get("example", "")},
        placeholders=[(one.token, one.words) for one in placeholders_of(rule.about)],
        may_edit=_may_edit(cohort),
        promise=_promise(foreseen, saved, found),
        button_word=_button_word(foreseen, found),
    )


def _promise(foreseen: RuleForecast, saved: RuleForecast | None, found: RuleOfCohort | None) -> str:
    """What pressing the last button does."""
    if found and found.is_off:
        return "The rule is off: it sends nothing before you turn it on."
    if not foreseen.mails:
        return "No mail is foreseen from this rule."
    to = f"{count(foreseen.mails, 'mail', 'mails')} to {count(foreseen.people, 'person', 'people')}"
    before = f", {saved.mails} as it is saved now" if saved and saved.mails != foreseen.mails else ""
    return f"Foreseen to the end of the program: {to}{before}. Nobody gets again what they got already."


def _button_word(foreseen: RuleForecast, found: RuleOfCohort | None) -> str:
    verb = "Save" if found else "Add"
    if (found and found.is_off) or not foreseen.mails:
        return f"{verb} the rule"
    return f"{verb} and send {count(foreseen.mails, 'mail', 'mails')} as foreseen"


def _offer_examples(
    form: RuleForm, cohort: Cohort, told: Sequence[Told], chosen: Told | None, example: Expected | None
) -> None:
    form.occasion.choices = options((one.key, occasion_words(one, cohort)) for one in told)
    people = [one for one in (*chosen.gets, *chosen.gets_not) if one.owed] if chosen else []
    form.example.choices = options(
        (example_key(one), f"{one.reader.name}, about {one.of}" if one.of else one.reader.name) for one in people
    )
    form.occasion.data = chosen.key if chosen else ""
    form.example.data = example_key(example) if example else ""


def _told_row(told: Told, cohort: Cohort) -> Row:
    return {
        "title": occasion_words(told, cohort),
        "gets": [expected_row(one, cohort) for one in told.gets],
        "gets_not": [expected_row(one, cohort) for one in told.gets_not],
    }


def _other_row(told: Told, cohort: Cohort, rule: str) -> Row:
    """`rule`: whose page shows it; '' for one that is not saved."""
    return {
        "title": occasion_words(told, cohort),
        "url": url_for("mailroom.rule", slug=cohort.slug, rule=rule, occasion=told.key) if rule else "",
        "meta": ", ".join(
            [count(len(told.gets), "mail", "mails"), *([f"{len(told.gets_not)} without"] if told.gets_not else [])]
        ),
        "icon": "calendar-check",
    }
