"""Forms that change dates. What to change stands in the address, sent by GET; applying it is a POST of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, SelectField, TimeField
from wtforms.validators import InputRequired, NumberRange, Optional

from cohort.forms import BaseForm, line, options, paragraph, whole_number
from cohort.schedule.changing import LONGEST_MESSAGE
from cohort.schedule.moving import MOST_DAYS, Scope, Take
from cohort.schedule.pushing import Push

OWN = "own"
"""The choice of a date that is not among the suggested ones."""
SCOPES = {
    Scope.CHAIN: "What hangs on it",
    Scope.LATER: "That, and everything after it",
    Scope.ONE: "Only this one",
}
PUSHES = {
    Push.NEXT_DAY: "Each date goes to the next working day after it",
    Push.WEEKS: "Everything from the first one on goes by whole weeks",
    Push.NOTHING: "Nothing moves; I look at each date",
}
TAKES = {
    Take.FUTURE: "Only what is still to come",
    Take.ALL: "Everything, the past included",
}


class ChangeForm(BaseForm):
    """What to change; sent by GET, it changes nothing."""

    class Meta:
        csrf = False


class MoveForm(ChangeForm):
    slot = RadioField("Suggested, same length", validators=[Optional()], default=OWN)
    day = DateField("Day", validators=[InputRequired("Choose the new day.")])
    at = TimeField("Time", validators=[InputRequired("Choose the new time.")])
    scope = RadioField("What moves with it", choices=options(SCOPES.items()), default=Scope.CHAIN.value)

    def offer(self, slots: Sequence[tuple[datetime, str]]) -> None:
        """Offer dates: (local time, how it is called)."""
        suggested = [(f"{at:%Y-%m-%dT%H:%M}", words) for at, words in slots]
        self.slot.choices = options([*suggested, (OWN, "Another date")])

    @property
    def to(self) -> datetime:
        if self.slot.data and self.slot.data != OWN:
            return datetime.fromisoformat(self.slot.data)
        return datetime.combine(self.day.data, self.at.data)


class ShiftForm(ChangeForm):
    item = SelectField("From", validators=[InputRequired("Choose the first item that moves.")])
    number = IntegerField(
        "By",
        default=1,
        validators=[
            whole_number,
            InputRequired("Write how far, such as 1."),
            NumberRange(-MOST_DAYS, MOST_DAYS, message=f"Write a number from −{MOST_DAYS:,} to {MOST_DAYS:,}."),
        ],
    )
    unit = RadioField("Counted in", choices=options([("7", "Weeks"), ("1", "Days")]), default="7")

    @property
    def by(self) -> timedelta:
        return timedelta(days=self.number.data * int(self.unit.data))


class BlackoutForm(ChangeForm):
    first = DateField("First day", validators=[InputRequired("Choose the first day.")])
    last = DateField("Last day", validators=[InputRequired("Choose the last day.")])
    push = RadioField("What becomes of the dates there", choices=options(PUSHES.items()), default=Push.NEXT_DAY.value)


class OpenForm(ChangeForm):
    first = DateField("First day", validators=[InputRequired("Choose the blackout.")])
    last = DateField("Last day", validators=[InputRequired("Choose the blackout.")])


class DeferForm(ChangeForm):
    starts_on = DateField("New first day", validators=[InputRequired("Choose the new first day, best a Monday.")])


class ExpressionForm(ChangeForm):
    expression = line("Date expression", 120, required="Write a date expression, such as start+16d 17:00.")


class MilestoneForm(ExpressionForm):
    title = line("What it is", 120, required="Say what it is.")
    minutes = IntegerField(
        "Minutes",
        default=60,
        validators=[
            whole_number,
            InputRequired("Write how many minutes it takes."),
            NumberRange(1, 1440, message="Write a number of minutes from 1 to 1,440."),
        ],
    )


class VersionForm(ChangeForm):
    take = RadioField("What it takes over", choices=options(TAKES.items()), default=Take.FUTURE.value)


class ApplyForm(BaseForm):
    """The last look: what people are told, and the state that was seen."""

    message = paragraph("Text", LONGEST_MESSAGE)
    asks = BooleanField("Ask who holds a place to confirm")
    seen = HiddenField()
