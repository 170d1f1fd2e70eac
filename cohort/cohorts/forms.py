"""Forms of cohorts: the steps of the wizard, and the settings."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import DateField, FieldList, Form, FormField, IntegerField, SelectField, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional

from cohort.cohorts.creating import LONGEST_TITLE, MOST_SEATS, Days
from cohort.forms import BaseForm, line, options, whole_number, zone_field

_SPARE_ROWS = 4
"""Empty rows for blackout days that a form always offers."""
_MOST_BLACKOUTS = 50


class StepForm(BaseForm):
    """A step of the wizard: it is sent by GET and changes nothing; what it holds stands in the address."""

    class Meta:
        csrf = False


class NameForm(StepForm):
    title = line("Name of the cohort", LONGEST_TITLE, required="Give the cohort a name.")
    program = SelectField("Program", validators=[InputRequired("Choose a program.")])

    def offer(self, programs: Sequence[tuple[str, str]]) -> None:
        """Offer programs: (key, title)."""
        self.program.choices = options(programs)


class StartForm(StepForm):
    starts_on = DateField("First day", validators=[InputRequired("Choose the first day, best a Monday.")])
    zone = zone_field("Time zone of the cohort")


class DaysForm(Form):  # type: ignore[misc]  # WTForms has no type hints
    first = DateField("First day", validators=[Optional()])
    last = DateField("Last day", validators=[Optional()])

    def validate_last(self, field: Any) -> None:
        if field.data and not self.first.data:
            raise ValidationError("Say from which day on.")
        if field.data and field.data < self.first.data:
            raise ValidationError("This is before the first day: swap the days.")


class SeatsForm(StepForm):
    seats = IntegerField(
        "Seats",
        validators=[
            whole_number,
            Optional(),
            NumberRange(1, MOST_SEATS, message=f"Write a number from 1 to {MOST_SEATS:,}, or leave it empty."),
        ],
    )
    blackouts = FieldList(FormField(DaysForm), label="Blackout days", max_entries=_MOST_BLACKOUTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        empty = sum(not row.first.data and not row.last.data for row in self.blackouts)
        for _ in range(min(_SPARE_ROWS - empty, _MOST_BLACKOUTS - len(self.blackouts))):
            self.blackouts.append_entry()

    @property
    def days(self) -> list[Days]:
        """The blackout days, first and last; a row with a first day only is that one day."""
        rows = [(row.first.data, row.last.data or row.first.data) for row in self.blackouts]
        return [(first, last) for first, last in rows if first]


class LeadForm(StepForm):
    lead = line("E-mail address of the program lead", 320, required="Write the address of the program lead.")


class SettingsForm(SeatsForm):
    """Posted, so it carries a token again."""

    class Meta:
        csrf = True

    title = line("Name of the cohort", LONGEST_TITLE, required="Give the cohort a name.")


def rows_of(days: Sequence[tuple[date, date]]) -> list[dict[str, date]]:
    """Blackout days as a form takes them."""
    return [{"first": first, "last": last} for first, last in days]
