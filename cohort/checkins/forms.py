"""The form of a check-in, made for its questions."""

from typing import Any

from wtforms import DateField, RadioField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from cohort.checkins.answering import LONGEST_ANSWER, LONGEST_PROMISE, Answers
from cohort.checkins.models import CheckInAnswer, Kept, MoodAudience
from cohort.checkins.words import HELP, KEPT, MOODS
from cohort.forms import BaseForm, VersionField, line, options, paragraph
from cohort.programs.pack import CheckIn


class CheckInForm(BaseForm):
    """What every check-in asks. A draft may leave out anything; the deed says what sending needs."""

    kept = RadioField("", choices=options((key.value, word) for key, word in KEPT.items()), validators=[Optional()])
    mood = RadioField(
        "How are you, as a lead, these two weeks?",
        choices=options((str(number), f"{number} {word}") for number, (word, _) in MOODS.items()),
        validators=[Optional()],
    )
    mood_for = RadioField(
        "Who may read how you are?",
        choices=options(
            [
                (MoodAudience.PAIR.value, "You and your mentor"),
                (MoodAudience.STAFF.value, "You, your mentor, facilitators and program leads"),
            ]
        ),
        default=MoodAudience.PAIR.value,
    )
    help = SelectMultipleField(
        "Do you need help?", choices=options(HELP.items()), widget=ListWidget(), option_widget=CheckboxInput()
    )
    promise = line("Your promise until the next check-in", LONGEST_PROMISE)
    promise_by = DateField("By", validators=[Optional()])
    version = VersionField(default=0)

    def questions(self) -> list[Any]:
        """The fields of the check-in's own questions, in its order."""
        return [field for field in self if field.name.startswith("answer_")]

    def answers(self) -> Answers:
        return Answers(
            kept=Kept(self.kept.data) if self.kept.data else None,
            mood=int(self.mood.data) if self.mood.data else None,
            mood_for=MoodAudience(self.mood_for.data),
            answers=tuple(field.data for field in self.questions()),
            help=tuple(self.help.data or ()),
            promise=self.promise.data,
            promise_by=self.promise_by.data,
        )


def form_for(checkin: CheckIn, *, promise: str, **how: Any) -> CheckInForm:
    """The form of one check-in; `promise` is that of last time, empty when there was none."""
    asked = {
        f"answer_{number}": paragraph(question, LONGEST_ANSWER) for number, question in enumerate(checkin.questions)
    }
    form: CheckInForm = type("AskedForm", (CheckInForm,), asked)(**how)
    form.kept.label.text = f"Your last promise: “{promise}”"
    return form


def kept_values(answer: CheckInAnswer) -> dict[str, Any]:
    """What a draft puts into the form."""
    texts = {f"answer_{number}": text for number, text in enumerate(answer.answers)}
    return texts | {
        "kept": answer.kept.value if answer.kept else None,
        "mood": str(answer.mood) if answer.mood else None,
        "mood_for": answer.mood_for.value,
        "help": answer.help,
        "promise": answer.promise,
        "promise_by": answer.promise_by,
        "version": answer.version,
    }
