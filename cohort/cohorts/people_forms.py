"""Forms about people in a cohort: lists, invitations, answers, extensions."""

from collections.abc import Sequence
from datetime import datetime, time

from wtforms import HiddenField, SelectField, TimeField
from wtforms.validators import InputRequired, Optional

from cohort import clock
from cohort.errors import DomainError
from cohort.forms import BaseForm, DayField, line, options, paragraph
from cohort.schedule.models import DatedItem

REASON_LENGTH = 500


class AnswerForm(BaseForm):
    """Yes or no to an invitation, told by the button that is pressed."""

    reason = paragraph("Why not this time", REASON_LENGTH)


class WithdrawForm(BaseForm):
    reason = paragraph("Reason", REASON_LENGTH, required="Write the reason in a few words.")


class EmptyForm(BaseForm):
    """One button, nothing to fill in."""


class ExtensionForm(BaseForm):
    """A later date for one item, as a local time in the cohort's zone."""

    item = SelectField("What for", validators=[InputRequired("Choose what the extension is for.")])
    until_on = DayField("Until", validators=[InputRequired("Choose a day.")])
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
