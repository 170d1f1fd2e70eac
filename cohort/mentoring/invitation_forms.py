"""Forms of mentors about themselves: the answer to the invitation, and how mentees see them."""

from collections.abc import Sequence

from wtforms import SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import ValidationError

from cohort.cohorts.availability import parse_availability
from cohort.errors import DomainError
from cohort.forms import BaseForm, line, options, paragraph
from cohort.programs.pack import Competency

MOST_OFFERED = 9
"""More mentees than that are agreed with the program team, who may import another number."""


class MentorAnswerForm(BaseForm):
    capacity = SelectField("How many mentees can you take in this cohort", coerce=int)
    reason = paragraph("Why not this time", 500)

    def offer(self, hours: Sequence[str]) -> None:
        """Offer 0 mentees and up, each with what it takes in words."""
        self.capacity.choices = options((str(number), words) for number, words in enumerate(hours))


class MentorProfileForm(BaseForm):
    strengths = SelectMultipleField("What you can help with")
    availability = paragraph("Hours you are free each week", 2_000)
    style = line("Your style, in a few words", 200)
    bio = paragraph("About you", 2_000)

    def offer(self, competencies: Sequence[Competency]) -> None:
        self.strengths.choices = options((each.key, each.title) for each in competencies)

    def validate_availability(self, field: TextAreaField) -> None:
        try:
            parse_availability((field.data or "").replace("\n", ";"))
        except DomainError as refusal:
            raise ValidationError(refusal.message) from refusal
