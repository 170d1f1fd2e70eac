"""Forms about mail: how each topic comes, and everything else that a person may wish of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from wtforms import Field, IntegerField, RadioField, SelectField, SelectMultipleField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, StopValidation

from cohort.clock import city
from cohort.forms import BaseForm, options, whole_number
from cohort.people.mail_words import CHOICES, TOPICS, WEEKDAYS
from cohort.people.wishes import Choice, Topic, Wishes
from cohort.people.wishing import MOST_MAILS

_DAYS = [SelectChoice(number, day) for number, day in enumerate(WEEKDAYS)]
_A_NUMBER = f"Write a number from 0 to {MOST_MAILS}."


def _on_a_clock(_form: Any, field: Any) -> None:
    """Says what to write instead of something that is no time; the field's own words for it go."""
    if field.data is None:
        field.errors = []
        raise StopValidation("Write a time, such as 22:00.")


def _time(label: str) -> TimeField:
    return TimeField(label, validators=[_on_a_clock, InputRequired()])


def _topic(topic: Topic) -> RadioField:
    words = TOPICS[topic]
    return RadioField(words.name, description=words.what, choices=options(CHOICES.items()))


class ChoicesForm(BaseForm):
    """How mail about each topic comes. What is not sent along stays as it is."""

    coursework = _topic(Topic.COURSEWORK)
    workshops = _topic(Topic.WORKSHOPS)
    checkins = _topic(Topic.CHECKINS)
    mentoring = _topic(Topic.MENTORING)
    cohort = _topic(Topic.COHORT)
    staff = _topic(Topic.STAFF)

    def __init__(self, wishes: Wishes, offered: Iterable[Topic], **more: Any) -> None:
        """`offered`: the topics that can be chosen here."""
        super().__init__(data={_name(topic): wishes.choice(topic) for topic in Topic} | more.pop("data", {}), **more)
        self._offered = tuple(offered)
        for topic in set(Topic) - set(self._offered):
            del self[_name(topic)]

    @property
    def topics(self) -> Iterator[Field]:
        """The fields of the topics that can be chosen."""
        return (self[_name(topic)] for topic in self._offered)

    @property
    def choices(self) -> Mapping[Topic, Choice]:
        """Those that were sent along."""
        sent = ((topic, self[_name(topic)]) for topic in self._offered)
        return {topic: Choice(field.data) for topic, field in sent if field.raw_data}


class MailForm(ChoicesForm):
    days = SelectMultipleField(
        "Days on which mail may come",
        choices=_DAYS,
        coerce=int,
        validators=[InputRequired("Tick at least one day on which mail may come.")],
    )
    quiet_from = _time("Quiet from")
    quiet_until = _time("Quiet until")
    digest_at = _time("Time")
    digest_day = SelectField("Day of the weekly mail", choices=_DAYS, coerce=int)
    budget = IntegerField(
        "Mails a week",
        validators=[whole_number, InputRequired(_A_NUMBER), NumberRange(0, MOST_MAILS, message=_A_NUMBER)],
    )

    def __init__(self, wishes: Wishes, offered: Iterable[Topic], *, zone: str) -> None:
        """`zone`: whose clocks the times are of."""
        rest = ("days", "quiet_from", "quiet_until", "digest_at", "digest_day", "budget")
        super().__init__(wishes, offered, data={name: getattr(wishes, name) for name in rest})
        for field in (self.quiet_from, self.quiet_until, self.digest_at):
            field.label.text = f"{field.label.text} ({city(zone)})"

    def change(self, wishes: Wishes) -> Wishes:
        """`wishes` as they are once this form is taken."""
        return replace(
            wishes.choosing(self.choices),
            days=tuple(sorted(self.days.data)),
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
            digest_at=self.digest_at.data,
            digest_day=self.digest_day.data,
            budget=self.budget.data,
        )


def as_fields(choices: Mapping[Topic, Choice]) -> Mapping[str, str]:
    """What a form sends along to choose them."""
    return {_name(topic): choice.value for topic, choice in choices.items()}


def _name(topic: Topic) -> str:
    return topic.name.lower()
