"""What the forms of participants and mentors about themselves share: career, style, weekly hours, wishes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from wtforms import FieldList, FormField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cohort.cohorts import week_grid
from cohort.cohorts.availability import format_availability, join_windows, parse_availability
from cohort.errors import DomainError
from cohort.forms import BaseForm, line, options, paragraph
from cohort.mentoring.vetoing import LONGEST_REASON, MOST_VETOES
from cohort.mentoring.words import LONGEST_STYLE, MOST_STYLES, STYLES, tidy_styles
from cohort.people.languages import language_name, read_languages
from cohort.people.seniority import SENIORITY

Choices = Sequence[tuple[int, str]]
"""(id, name) of the people to choose from."""
WISHES = ("first_wish", "second_wish", "third_wish")


class CareerForm(BaseForm):
    """Where somebody stands, and in which languages one can talk with them."""

    seniority = SelectField(
        "Where you stand",
        choices=options([("", "Choose"), *((str(grade), word) for grade, word in SENIORITY.items())]),
        validators=[Optional()],
    )
    languages = line("Languages", 200)
    known: Sequence[str] = ()
    """Codes of the languages that are kept now; set before the form is validated."""

    def validate_languages(self, field: StringField) -> None:
        _as_validation(lambda: self.language_codes)

    @property
    def grade(self) -> int | None:
        return int(self.seniority.data) if self.seniority.data else None

    @property
    def language_codes(self) -> list[str]:
        return read_languages(self.languages.data or "", known=self.known)


def career_values(seniority: int | None, languages: Sequence[str]) -> dict[str, str]:
    """What is kept, as the form shows it."""
    names = dict.fromkeys(map(language_name, languages))
    return {"seniority": str(seniority or ""), "languages": ", ".join(names)}


class StyleForm(BaseForm):
    """Ways of mentoring: of the list, and in own words."""

    styles = SelectMultipleField(
        "Style",
        choices=options((word, word.capitalize()) for word in STYLES),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    own_style = line("In your own words", 200)

    def validate_own_style(self, field: StringField) -> None:
        if any(len(word) > LONGEST_STYLE for word in self.style):
            raise ValidationError("A word or two for each, with commas between them.")
        if len(self.style) > MOST_STYLES:
            raise ValidationError(f"At most {MOST_STYLES} in all. Leave some out.")

    @property
    def style(self) -> list[str]:
        return tidy_styles(self.styles.data or [], self.own_style.data or "")


def style_values(style: Sequence[str]) -> dict[str, Any]:
    own = [word for word in style if word not in STYLES]
    return {"styles": [word for word in style if word in STYLES], "own_style": ", ".join(own)}


class HoursForm(BaseForm):
    """The free hours of a week: ticked by the half hour, and as text what the grid does not show."""

    slots = SelectMultipleField(
        "Hours you are free each week",
        choices=options((value, value) for value in week_grid.all_values()),
    )
    availability = paragraph("Other hours", 2_000)

    @classmethod
    def showing(cls, stored: str) -> Self:
        ticked, others = week_grid.show(parse_availability(stored))
        text = "\n".join(format_availability([window]) for window in others)
        return cls(formdata=None, slots=ticked, availability=text)

    def validate_availability(self, field: TextAreaField) -> None:
        _as_validation(lambda: parse_availability((field.data or "").replace("\n", ";")))

    @property
    def rows(self) -> Iterator[week_grid.Row]:
        return week_grid.rows(self.slots.data or ())

    @property
    def hours(self) -> str:
        """As they are kept."""
        written = parse_availability((self.availability.data or "").replace("\n", ";"))
        return format_availability(join_windows([*week_grid.windows_of(self.slots.data or ()), *written]))


class VetoForm(BaseForm):
    """Somebody not to be paired with; a row left empty is nobody."""

    class Meta(BaseForm.Meta):
        csrf = False  # a part of a form that has the token

    who = SelectField("Not with", validators=[Optional()])
    reason = line("Why", LONGEST_REASON)


class WishesForm(BaseForm):
    """Whom one would like best, and, until the first run, with whom one asks not to be paired."""

    first_wish = SelectField("First wish", validators=[Optional()])
    second_wish = SelectField("Second wish", validators=[Optional()])
    third_wish = SelectField("Third wish", validators=[Optional()])
    vetoes = FieldList(FormField(VetoForm), min_entries=MOST_VETOES, max_entries=MOST_VETOES)

    @classmethod
    def showing(cls, wishes: Sequence[int], vetoes: Mapping[int, str]) -> Self:
        rows = [{"who": str(who), "reason": reason} for who, reason in vetoes.items()]
        named = dict(zip(WISHES, map(str, wishes), strict=False))
        return cls(formdata=None, vetoes=rows, **named)

    def offer(self, people: Choices, *, takes_vetoes: bool) -> None:
        """Give the people to choose from; once the first run has been, nobody is asked about vetoes.

        Rows that were sent stay: the page was open since before, and what stands in them is not dropped in silence.
        """
        choices = options([("", "Nobody"), *((str(one), name) for one, name in people)])
        for name in WISHES:
            self[name].choices = choices
        if not takes_vetoes and "vetoes" in self and not any(row.form.who.raw_data for row in self._rows):
            del self.vetoes
        for number, row in enumerate(self._rows, start=1):
            row.form.who.choices = choices
            row.form.who.label.text = f"Not with, {number} of {MOST_VETOES}"
            row.form.reason.label.text = f"Why, {number} of {MOST_VETOES}"

    def validate(self, extra_validators: object = None) -> bool:
        return bool(super().validate(extra_validators)) and self._check_all()

    def _check_all(self) -> bool:
        """Every row, so that each says what is wrong with it."""
        checked = [self._check(row.form) for row in self._rows]
        return all(checked)

    def _check(self, row: VetoForm) -> bool:
        if row.who.data and not row.reason.data:
            row.reason.errors = ["Write why. Program staff read it, and nobody else."]
        elif row.reason.data and not row.who.data:
            row.who.errors = ["Choose whom you mean, or empty the reason beside it."]
        elif row.who.data and [one.form.who.data for one in self._rows].count(row.who.data) > 1:
            row.who.errors = ["You name this person twice. Keep one of the rows."]
        elif row.who.data and int(row.who.data) in self.wishes:
            row.who.errors = ["You wish for this person above. Choose one of the two."]
        else:
            return not row.errors
        return False

    @property
    def _rows(self) -> Sequence[Any]:
        return list(self.vetoes) if "vetoes" in self else []

    @property
    def wishes(self) -> list[int]:
        return [int(self[name].data) for name in WISHES if self[name].data]

    @property
    def asked_apart(self) -> dict[int, str]:
        """Reasons by the id of the person not to be paired with."""
        rows = (row.form for row in self._rows)
        return {int(row.who.data): row.reason.data for row in rows if row.who.data}

    def refuse(self, refusal: DomainError) -> None:
        where = "second_wish" if refusal.field == "wishes" else refusal.field
        super().refuse(type(refusal)(refusal.message, field=None if where == "vetoes" else where))


def _as_validation(read: Any) -> None:
    try:
        read()
    except DomainError as refusal:
        raise ValidationError(refusal.message) from refusal
