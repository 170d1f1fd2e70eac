"""Forms of mentors about themselves: the answer to the invitation, and how mentees see them."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import SelectField
from wtforms.validators import Optional

from cohort.forms import BaseForm, options, paragraph
from cohort.mentoring.words import LEVELS, UNSAID_LEVEL
from cohort.profile_forms import CareerForm, StyleForm
from cohort.programs.pack import Competency

LEVEL_PREFIX = "level_"
MOST_OFFERED = 4
"""More mentees than that are agreed with the program team, who may import another number."""


class MentorAnswerForm(BaseForm):
    capacity = SelectField("How many mentees can you take in this cohort", coerce=int)
    reason = paragraph("Why not this time", 500)

    def offer(self, hours: Sequence[str]) -> None:
        """Offer 0 mentees and up, each with what it takes in words."""
        self.capacity.choices = options((str(number), words) for number, words in enumerate(hours))


class HelpForm(CareerForm, StyleForm):
    """What a mentor can help with and how; made for the competencies of a program by `help_form`."""

    bio = paragraph("About you", 2_000)

    @property
    def level_fields(self) -> list[Any]:
        return [field for field in self if field.name.startswith(LEVEL_PREFIX)]

    @property
    def levels(self) -> dict[str, int]:
        """By competency key, of those the mentor can help with."""
        return {field.name.removeprefix(LEVEL_PREFIX): int(field.data) for field in self.level_fields if field.data}


def help_form(competencies: Sequence[Competency], **how: Any) -> HelpForm:
    choices = options(
        [("", "Not my area"), *((str(level), f"{words} ({level} of {max(LEVELS)})") for level, words in LEVELS.items())]
    )
    asked = {
        f"{LEVEL_PREFIX}{each.key}": SelectField(each.title, choices=choices, validators=[Optional()])
        for each in competencies
    }
    form: HelpForm = type("AskedForm", (HelpForm,), asked)(**how)
    return form


def level_values(strengths: Sequence[str], levels: Mapping[str, int]) -> dict[str, str]:
    """What is kept, as the form shows it."""
    return {f"{LEVEL_PREFIX}{key}": str(levels.get(key, UNSAID_LEVEL)) for key in strengths}
