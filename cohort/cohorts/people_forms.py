"""Forms about people in a cohort: lists, invitations, answers, profiles, extensions."""

from collections.abc import Sequence
from datetime import datetime, time

from wtforms import DateField, HiddenField, SelectField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Optional, ValidationError

from cohort import clock
from cohort.cohorts.availability import parse_availability
from cohort.errors import DomainError
from cohort.forms import BaseForm, line, options, paragraph, zone_field
from cohort.programs.pack import Competency
from cohort.schedule.models import DatedItem

REASON_LENGTH = 500


class AnswerForm(BaseForm):
    """Yes or no to an invitation, told by the button that is pressed."""

    reason = paragraph("Why not this time", REASON_LENGTH)


class WithdrawForm(BaseForm):
    reason = paragraph("Reason", REASON_LENGTH, required="Write the reason in a few words.")


class EmptyForm(BaseForm):
    """One button, nothing to fill in."""


class ProfileForm(BaseForm):
    """What a participant tells about themselves for one cohort. It may be saved unfinished."""

    company = line("Employer", 200)
    job_title = line("Job title", 200)
    time_zone = zone_field()
    on_call = line("On call", 200)
    first_area = SelectField("First", validators=[Optional()])
    second_area = SelectField("Second", validators=[Optional()])
    third_area = SelectField("Third", validators=[Optional()])
    availability = paragraph("Hours you are free each week", 2_000)
    goal = paragraph("What you want from this program", 2_000)

    def offer(self, competencies: Sequence[Competency]) -> None:
        """Offer the growth areas of the program."""
        choices = options([("", "Choose"), *((each.key, each.title) for each in competencies)])
        for field in (self.first_area, self.second_area, self.third_area):
            field.choices = choices

    @property
    def growth_areas(self) -> list[str]:
        areas = (self.first_area.data, self.second_area.data, self.third_area.data)
        return [area for area in areas if area]

    def validate_availability(self, field: TextAreaField) -> None:
        check_hours(field.data)


class ExtensionForm(BaseForm):
    """A later date for one item, as a local time in the cohort's zone."""

    item = SelectField("What for", validators=[InputRequired("Choose what the extension is for.")])
    until_on = DateField("Until", validators=[InputRequired("Choose a day.")])
    until_at = TimeField("Time", default=time(17), validators=[InputRequired("Choose a time.")])
    reason = paragraph("Reason", REASON_LENGTH)

    def offer(self, items: Sequence[tuple[DatedItem, str]]) -> None:
        self.item.choices = options([("", "Choose"), *((item.item_id, words) for item, words in items)])

    def until(self, zone: str) -> datetime:
        return clock.from_local(self.until_on.data, self.until_at.data, zone)

    def refuse(self, refusal: DomainError) -> None:
        where = "until_on" if refusal.field == "until" else refusal.field
        super().refuse(DomainError(refusal.message, field=where))


class FilterForm(BaseForm):
    """The search above a list of people; a GET form."""

    class Meta:
        csrf = False

    list = HiddenField()
    q = line("Search", 120)
    state = SelectField("State", validators=[Optional()])


def check_hours(text: str | None) -> None:
    """Refuse hours that cannot be read; a line break separates items like ';'."""
    try:
        parse_availability((text or "").replace("\n", ";"))
    except DomainError as refusal:
        raise ValidationError(refusal.message) from refusal
