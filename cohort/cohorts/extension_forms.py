"""The form that gives several people more time for one thing."""

from collections.abc import Sequence
from datetime import datetime

from wtforms import SelectField, SelectMultipleField, TimeField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from cohort import clock
from cohort.cohorts.models import Enrolment
from cohort.cohorts.people_forms import REASON_LENGTH
from cohort.errors import DomainError
from cohort.forms import BaseForm, DayField, options, paragraph
from cohort.schedule.models import DatedItem


class SeveralForm(BaseForm):
    """What for, until when, to whom; read from the address for the preview, and sent again to give it."""

    item = SelectField("What for", validators=[InputRequired("Choose what the extension is for.")])
    until_on = DayField("New date", validators=[InputRequired("Choose a day.")])
    until_at = TimeField("Time", validators=[Optional()])
    people = SelectMultipleField(
        "Who",
        coerce=int,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
        validators=[InputRequired("Choose at least one person.")],
    )
    reason = paragraph("Reason", REASON_LENGTH)

    def offer(self, items: Sequence[tuple[DatedItem, str]], people: Sequence[Enrolment]) -> None:
        self.item.choices = options([("", "Choose"), *((item.item_id, words) for item, words in items)])
        self.people.choices = options((str(one.id), one.person.name) for one in people)

    def until(self, item: DatedItem, zone: str) -> datetime:
        """The moment that is meant; without a time, the item's own. Raises DomainError where the item has no date."""
        if item.at is None:
            raise DomainError("This has no date yet.", field="item")
        at = self.until_at.data or clock.in_zone(item.at, zone).time()
        return clock.from_local(self.until_on.data, at, zone)

    def refuse(self, refusal: DomainError) -> None:
        where = "until_on" if refusal.field == "until" else refusal.field
        super().refuse(DomainError(refusal.message, field=where))


class PreviewForm(SeveralForm):
    """The same, asked with GET: it changes nothing."""

    class Meta:
        csrf = False
