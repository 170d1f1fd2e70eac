"""Forms of reminder rules: what a new one is about, and all that a rule says."""

from collections.abc import Collection
from datetime import time

from wtforms import HiddenField, IntegerField, RadioField, SelectField, TimeField
from wtforms.validators import InputRequired, Optional

from cohort.errors import DomainError
from cohort.forms import BaseForm, line, options, paragraph, whole_number
from cohort.mail.rule_rows import CLASS_WORDS, CONDITION_WORDS
from cohort.programs.combining import FITTING, Mistake
from cohort.programs.outline import AUDIENCE_WORDS, OCCASION_WORDS
from cohort.programs.pack import ReminderRule
from cohort.reminders.rule_changing import LONGEST_SUBJECT, LONGEST_TEXT

ALWAYS = ""
"""The choice of no condition."""
_FIELD_OF = {"offset": "number"}


class NewRuleForm(BaseForm):
    """The first step of a new rule; sent by GET, it changes nothing."""

    class Meta:
        csrf = False

    about = RadioField("What it is about", validators=[InputRequired("Choose what the reminder is about.")])

    def offer(self, occasions: Collection[str]) -> None:
        words = ((about, OCCASION_WORDS[about]) for about in OCCASION_WORDS if about in occasions)
        self.about.choices = options((about, said[:1].upper() + said[1:]) for about, said in words)


class RuleForm(BaseForm):
    name = line("What you call it", 60, required="Give it a name, such as Bring your laptop.")
    number = IntegerField("How far", validators=[whole_number, InputRequired("Write a number, such as 3.")])
    unit = SelectField("Counted in", choices=options([("d", "days"), ("h", "hours")]), default="d")
    side = SelectField("Which side", choices=options([("-", "before"), ("+", "after")]), default="-")
    at = TimeField("Time of day", validators=[Optional()])
    to = RadioField("To")
    unless = RadioField("Unless", default=ALWAYS)
    kind = RadioField("Kind", default="digest", choices=options(CLASS_WORDS.items()))
    subject = line("Subject", LONGEST_SUBJECT)
    text = paragraph("Text", LONGEST_TEXT)
    seen = HiddenField()
    occasion = SelectField("Occasion", validate_choice=False)
    example = SelectField("Written for", validate_choice=False)

    def offer(self, about: str, before: ReminderRule | None) -> None:
        """The choices that go with what the rule is about; what it says already stays possible.

        `before`: the rule as it is saved, which has its name; None for a new one.
        """
        if before is not None:
            del self.name
        fitting = FITTING[about]
        audiences = dict.fromkeys([*fitting.audiences, *([before.to] if before else [])])
        conditions = dict.fromkeys([*fitting.conditions, *([before.unless] if before and before.unless else [])])
        self.to.choices = options((one, AUDIENCE_WORDS[one]) for one in audiences)
        never = [(ALWAYS, "Nothing holds it back")]
        self.unless.choices = options([*never, *((one, _said(CONDITION_WORDS[one])) for one in conditions)])
        self.to.data = self.to.data or next(iter(audiences))

    def rule(self, key: str, about: str) -> ReminderRule:
        """What was filled in; needs a form that validates."""
        return ReminderRule(
            key=key,
            about=about,
            offset=f"{self.side.data if self.number.data else '+'}{self.number.data}{self.unit.data}",
            to=self.to.data,
            kind=self.kind.data,
            at=f"{self.at.data:%H:%M}" if self.at.data and self.unit.data == "d" else None,
            unless=self.unless.data or None,
            subject=self.subject.data or None,
            text=self.text.data or None,
        )

    def refuse_all(self, mistakes: Collection[Mistake]) -> None:
        for mistake in mistakes:
            self.refuse(DomainError(mistake.message, field=_FIELD_OF.get(mistake.field, mistake.field)))


def as_data(rule: ReminderRule) -> dict[str, object]:
    """What the form shows of a rule."""
    return {
        "number": abs(int(rule.offset[:-1])),
        "unit": rule.offset[-1],
        "side": rule.offset[0],
        "at": time.fromisoformat(rule.at) if rule.at else None,
        "to": rule.to,
        "unless": rule.unless or ALWAYS,
        "kind": rule.kind,
        "subject": rule.subject or "",
        "text": rule.text or "",
    }


def as_sent(rule: ReminderRule) -> dict[str, str]:
    """The same as a browser sends it; a rule that is not saved yet has some name."""
    values = {name: "" if value is None else str(value) for name, value in as_data(rule).items()}
    return {**values, "name": rule.key, "at": rule.at or ""}


def _said(words: str) -> str:
    return words[:1].upper() + words[1:]
