"""Forms of the matching studio: the settings of a run, a pair by hand, two who are kept apart."""

from collections.abc import Iterable

from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from cohort.forms import BaseForm, options, paragraph, whole_number
from cohort.mentoring.gathering import People, is_known
from cohort.mentoring.settings import FACTOR_WORDS, GREATEST_WEIGHT, STANDARD_WEIGHTS, RunSettings

MOST_STARTS, LARGEST_GAP, MOST_PAIRS = 672, 9, 10_000


def _number(label: str, least: int, most: int, *, required: bool = False) -> IntegerField:
    words = f"{label}: write a whole number from {least:,} to {most:,}."
    first = InputRequired(words) if required else Optional()
    return IntegerField(
        label, validators=[whole_number, first, NumberRange(least, most, words)], render_kw={"min": least, "max": most}
    )


def _weight(name: str) -> IntegerField:
    return _number(FACTOR_WORDS[name], 0, GREATEST_WEIGHT, required=True)


class SettingsForm(BaseForm):
    """What staff set for a run."""

    growth = _weight("growth")
    preference = _weight("preference")
    style = _weight("style")
    seniority = _weight("seniority")
    availability = _weight("availability")
    language = _weight("language")
    mentor_preference = _weight("mentor_preference")
    different_employer = BooleanField("Different employer")
    shared_language = BooleanField("A shared language")
    shared_hours = BooleanField("Shared hours")
    least_starts = _number("Possible starts of a session in a week, at least", 1, MOST_STARTS, required=True)
    competitors = paragraph("Employers that compete", 2000)
    least_gap = _number("Grades the mentor stands above, at least", -LARGEST_GAP, LARGEST_GAP)
    least_fit = _number("Smallest fit of 100", 0, 100)
    most_changes = _number("Change at most this many pairs", 0, MOST_PAIRS)

    def __init__(self, settings: RunSettings, **values: object) -> None:
        shown = settings.stored()
        super().__init__(
            data=shown
            | shown["weights"]
            | {
                "competitors": "\n".join("; ".join(group) for group in settings.competitors),
                "least_fit": settings.least_fit or None,
            },
            **values,
        )

    @property
    def weights(self) -> dict[str, IntegerField]:
        return {name: self[name] for name in STANDARD_WEIGHTS}

    @property
    def shares(self) -> dict[str, int]:
        """Each weight as hundredths of them all, as they stand in the form."""
        values = {name: max(0, field.data or 0) for name, field in self.weights.items()}
        whole = sum(values.values()) or 1
        return {name: (200 * value + whole) // (2 * whole) for name, value in values.items()}

    @property
    def has_more_rules(self) -> bool:
        """One of the rules that are seldom used is set, or wrong."""
        seldom = (self.competitors, self.least_gap, self.least_fit)
        return any(field.errors or field.data not in (None, "") for field in seldom)

    def validate(self, extra_validators: object = None) -> bool:
        is_whole = bool(super().validate(extra_validators))
        if is_whole and not any(field.data for field in self.weights.values()):
            self.growth.errors = ["Give at least one of them a weight."]
            return False
        return is_whole

    def settings(self) -> RunSettings:
        return RunSettings(
            weights={name: field.data for name, field in self.weights.items()},
            different_employer=self.different_employer.data,
            shared_language=self.shared_language.data,
            shared_hours=self.shared_hours.data,
            least_starts=self.least_starts.data,
            competitors=tuple(_groups(self.competitors.data or "")),
            least_gap=self.least_gap.data,
            least_fit=self.least_fit.data or 0,
            most_changes=self.most_changes.data,
        )


def _groups(text: str) -> Iterable[tuple[str, ...]]:
    """One group a line, its employers apart by ';'; a line with fewer than two says nothing."""
    for written in text.splitlines():
        group = tuple(filter(None, (name.strip() for name in written.split(";"))))
        if len(group) > 1:
            yield group


class PersonForm(BaseForm):
    """The participant whose mentors staff want to look at; sent by GET."""

    class Meta(BaseForm.Meta):
        csrf = False

    enrolment = SelectField("Participant", validators=[InputRequired("Choose a participant.")])

    def offer(self, people: People) -> None:
        """Everybody whose pair staff may still change."""
        known = {one.enrolment_id for one in people.pairings if is_known(one)}
        free = [(str(one.id), one.person.name) for one in people.enrolments if one.id not in known]
        self.enrolment.choices = options([("", "Choose"), *free])


class PairForm(BaseForm):
    """A pair chosen by staff; the values are row ids of people of the cohort."""

    enrolment = SelectField("Participant", validators=[InputRequired("Choose a participant.")])
    mentor = SelectField("Mentor", validators=[InputRequired("Choose a mentor.")])

    def offer(self, people: People) -> None:
        self.enrolment.choices = options((str(one.id), one.person.name) for one in people.enrolments)
        self.mentor.choices = options((str(one.id), one.person.name) for one in people.mentors)
