"""Forms of the steps in which participants tell about themselves. Each may be saved unfinished."""

from collections.abc import Sequence

from wtforms import SelectField, StringField
from wtforms.validators import Optional, ValidationError

from cohort.errors import DomainError
from cohort.forms import line, options, paragraph, zone_field
from cohort.people.addresses import check_address
from cohort.profile_forms import CareerForm, StyleForm
from cohort.programs.pack import Competency


class YouForm(CareerForm):
    company = line("Employer", 200)
    job_title = line("Role", 200)
    manager_email = line("Your manager’s e-mail address", 320)
    time_zone = zone_field()
    on_call = line("On call", 200)

    def validate_manager_email(self, field: StringField) -> None:
        try:
            field.data = check_address(field.data) if field.data else ""
        except DomainError as refusal:
            raise ValidationError(refusal.message) from refusal


class GrowthForm(StyleForm):
    first_area = SelectField("First", validators=[Optional()])
    second_area = SelectField("Second", validators=[Optional()])
    third_area = SelectField("Third", validators=[Optional()])
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
