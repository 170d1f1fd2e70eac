"""The reminder rules of a cohort as its pages put them into words."""

from collections.abc import Iterator
from typing import Any

from cohort.cohorts.models import Cohort
from cohort.people.wishes import Choice
from cohort.programs.outline import AUDIENCE_WORDS, rule_words
from cohort.programs.pack import ReminderRule
from cohort.reminders.rule_changing import OWN
from cohort.reminders.rule_foreseeing import TOLD_ALIKE, Expected, Told
from cohort.reminders.ruling import RuleOfCohort
from cohort.templating import day, moment

Row = dict[str, Any]
CLASS_WORDS = {"critical": "Always sent", "digest": "Can wait"}
AS_SHIPPED = "As the product says it"
CONDITION_WORDS = {
    "profile-complete": "their profile is complete",
    "done": "they have ticked it off",
    "submitted": "they have handed it in",
    "answered": "they have answered",
    "declined": "they have said that they do not come",
    "booked": "their next meeting is noted",
    "logged": "a session is logged",
    "given": "the feedback is given",
}
_DIGESTS = {Choice.DAILY: "in the daily digest", Choice.WEEKLY: "in the weekly digest"}


def name_of(rule: ReminderRule) -> str:
    """`Assignment soon`: what a rule is called where its sentence is too long."""
    return rule.key.removeprefix(OWN).replace("-", " ").capitalize()


def list_row(one: RuleOfCohort) -> Row:
    words = rule_words(one.rule)
    return {
        "key": one.rule.key,
        "name": name_of(one.rule),
        "when": words.when,
        "to": words.to,
        "unless": CONDITION_WORDS.get(one.rule.unless or "", ""),
        "is_critical": words.is_critical,
        "state": state_tag(one),
        "changed": changed_words(one),
        "program": [f"{what}: {theirs}" for what, theirs, _ in list_differences(one.program, one.rule)]
        if one.program
        else [],
    }


def state_tag(one: RuleOfCohort) -> tuple[str, str, str]:
    if one.is_off:
        return "", "dash-circle", "Off"
    if one.program is None:
        return "here", "plus-lg", "Added here"
    return ("info", "pencil", "Changed here") if one.is_changed else ("", "check-lg", "As in the program")


def changed_words(one: RuleOfCohort) -> str:
    """`Dana Whitfield, Mon 23 Nov, 09:00 Chicago`; '' for what nobody changed."""
    return f"{one.change.changed_by.name}, {moment(one.change.changed_at)}" if one.change else ""


def list_differences(before: ReminderRule, after: ReminderRule) -> Iterator[tuple[str, str, str]]:
    """What two rules say differently, in words: what, before, after."""
    was, becomes = rule_words(before), rule_words(after)
    for what, one, other in (
        ("When", was.when, becomes.when),
        ("To", AUDIENCE_WORDS[before.to], AUDIENCE_WORDS[after.to]),
        ("Not when", condition_words(before), condition_words(after)),
        ("Kind", CLASS_WORDS[before.kind], CLASS_WORDS[after.kind]),
        ("Subject", before.subject or AS_SHIPPED, after.subject or AS_SHIPPED),
        ("Text", before.text or AS_SHIPPED, after.text or AS_SHIPPED),
    ):
        if one != other:
            yield what, one, other


def difference_rows(before: ReminderRule, after: ReminderRule) -> list[Row]:
    """The same as `moves` shows it, side by side: none of the two is gone."""
    return [
        {"what": what, "now": one, "after": other, "stays": True}
        for what, one, other in list_differences(before, after)
    ]


def expected_row(one: Expected, cohort: Cohort) -> Row:
    """One person in the preview: when in their own zone, and in the cohort's where its clocks differ."""
    zone = one.reader.zone
    row: Row = {"person": one.reader.name, "about": f"about {one.of}" if one.of else ""}
    if one.at is None:
        return {**row, "words": one.reason.capitalize()}
    at = moment(one.at, zone, cohort.zone)
    if one.reason:
        return {**row, "words": f"{one.reason.capitalize()}, {at}"}
    digest = _DIGESTS[one.owed.digest] if one.owed and one.owed.digest else ""
    return {**row, "words": at, "more": digest}


def occasion_words(told: Told, cohort: Cohort) -> str:
    """`Three conversations, Fri 4 Dec`"""
    return "Every pair" if told.key in TOLD_ALIKE else f"{told.title}, {day(told.at, cohort.zone)}"


def condition_words(rule: ReminderRule) -> str:
    """`They have handed it in`"""
    return CONDITION_WORDS[rule.unless].capitalize() if rule.unless else "Nothing holds it back"
