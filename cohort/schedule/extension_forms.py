"""Forms about more time: asking for a day, answering."""

from wtforms import DateField
from wtforms.validators import InputRequired

from cohort.forms import BaseForm, paragraph
from cohort.schedule.asking import LONGEST_ANSWER


class AskForm(BaseForm):
    """One field: the day. The time of the day stays that of the item."""

    until = DateField("New date you ask for", validators=[InputRequired("Choose a day.")])


class DecideForm(BaseForm):
    until = DateField("New date", validators=[InputRequired("Choose a day.")])
    answer = paragraph("Answer", LONGEST_ANSWER)


class EmptyForm(BaseForm):
    """One button, nothing to fill in."""
