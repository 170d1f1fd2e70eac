"""Forms of pairs: asking, answering, meeting, logging a session, ending a pair, a concern."""

from collections.abc import Callable, Iterable
from datetime import datetime

from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from cohort import clock
from cohort.forms import BaseForm, DayField, line, options, paragraph, whole_number
from cohort.mentoring.asking import LONGEST_REASON
from cohort.mentoring.concerns import LONGEST as LONGEST_CONCERN
from cohort.mentoring.meetings import LONGEST_NOTE, LONGEST_PROMISE, MOST_PROMISES, TOPICS, Promised
from cohort.mentoring.models import NoteAudience, Pairing
from cohort.people.models import Person
from cohort.programs.pack import MentorSession
from cohort.templating import first_name

USUAL_MINUTES = (30, 45, 60, 90)
OTHER = "other"


class PromiseForm(BaseForm):
    """One promise of a session; a row left empty is none."""

    class Meta(BaseForm.Meta):
        csrf = False  # a part of a form that has the token

    text = line("Promise", LONGEST_PROMISE)
    owner = SelectField("Whose", coerce=int)
    due_on = DayField("By", validators=[Optional()])


class SessionForm(BaseForm):
    """A session as one of the two tells it. Dates and times are those of the writer's zone."""

    held_on = DayField("Date", validators=[InputRequired("Choose the day you met.")])
    minutes = RadioField(
        "Minutes",
        choices=options([*((str(number), str(number)) for number in USUAL_MINUTES), (OTHER, "Other")]),
        default="45",
        validators=[InputRequired("Choose how long it took.")],
    )
    other_minutes = IntegerField("Other minutes", validators=[whole_number, Optional()])
    topics = SelectMultipleField(
        "Topics",
        choices=options((topic, topic) for topic in TOPICS),
        validators=[Optional()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    session_key = SelectField("Program session")
    promises = FieldList(FormField(PromiseForm), min_entries=MOST_PROMISES, max_entries=MOST_PROMISES)
    note_for = RadioField("The note is for", default=NoteAudience.PAIR.value)
    note = paragraph("Note", LONGEST_NOTE)
    next_on = DayField("Next session", validators=[Optional()])
    next_time = TimeField("Time", validators=[Optional()])
    form_key = HiddenField(validators=[InputRequired(), Length(max=60)])

    def offer(self, pairing: Pairing, writer: Person, planned: Iterable[MentorSession]) -> None:
        """Give the choices and labels their words for this writer."""
        other = first_name(other_of(pairing, writer).name)
        people = [pairing.enrolment.person, pairing.mentor.person]
        for number, promise in enumerate(self.promises, start=1):
            promise.form.text.label.text = f"Promise {number}"
            promise.form.owner.choices = [(person.id, first_name(person.name)) for person in people]
        self.session_key.choices = options(
            [*((one.key, f"{n}. {one.title}") for n, one in enumerate(planned, start=1)), ("", "None of them")]
        )
        self.note_for.choices = options([(NoteAudience.PRIVATE, "Only me"), (NoteAudience.PAIR, f"{other} and me")])
        self.next_time.label.text = f"Time in {clock.city(writer.time_zone)}"

    def validate(self, extra_validators: object = None) -> bool:
        is_whole = bool(super().validate(extra_validators))
        return all([is_whole, self._check_minutes(), *map(self._check_promise, self.promises), self._check_next()])

    def _check_minutes(self) -> bool:
        if self.minutes.data == OTHER and self.other_minutes.data is None and not self.other_minutes.errors:
            self.other_minutes.errors = ["Write how many minutes, or choose one of the numbers."]
            return False
        return True

    def _check_promise(self, row: FormField) -> bool:
        due_on, text = row.form.due_on, row.form.text
        if due_on.data and not text.data:
            text.errors = ["Write what was promised, or empty the date beside it."]
            return False
        if due_on.data and self.held_on.data and due_on.data < self.held_on.data:
            due_on.errors = ["Choose the day of the session or a later one."]
            return False
        return True

    def _check_next(self) -> bool:
        if bool(self.next_on.data) == bool(self.next_time.data):
            return True
        missing = self.next_time if self.next_on.data else self.next_on
        if not missing.errors:
            missing.errors = ["Give both a day and a time, or neither."]
        return False

    @property
    def length(self) -> int:
        """Minutes."""
        return int(self.other_minutes.data) if self.minutes.data == OTHER else int(self.minutes.data)

    @property
    def promised(self) -> list[Promised]:
        rows = (row.form for row in self.promises)
        return [Promised(row.text.data, row.owner.data, row.due_on.data) for row in rows if row.text.data]

    def next_at(self, zone: str) -> datetime | None:
        return clock.from_local(self.next_on.data, self.next_time.data, zone) if self.next_on.data else None


def other_of(pairing: Pairing, reader: Person) -> Person:
    """The other one of the two."""
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person
    return mentee if reader.id == mentor.id else mentor


class EndForm(BaseForm):
    reason = paragraph("Why does it end?", 500)


class PublishForm(BaseForm):
    """The pairs to publish travel as hidden fields of their own."""


class AskForm(BaseForm):
    """Until when mentors answer, by the clocks of the cohort; the pairs travel as hidden fields of their own."""

    answer_on = DayField("Answer by", validators=[InputRequired("Choose a day.")])
    answer_at = TimeField("Time", validators=[InputRequired("Choose a time.")])

    def answer_by(self, zone: str) -> datetime:
        return clock.from_local(self.answer_on.data, self.answer_at.data, zone)


class DeclineForm(BaseForm):
    reason = paragraph(
        "Why not this time?", LONGEST_REASON, required="Write a few words, so that staff find a better fit."
    )


class MeetingForm(BaseForm):
    """Up to three starts: of those that suit both, and one of the writer's own, by their clocks."""

    starts = SelectMultipleField(
        "Times that suit you both",
        validators=[Optional()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    minutes = RadioField("How long", choices=options((str(each), f"{each} min") for each in USUAL_MINUTES))
    own_on = DayField("Another day", validators=[Optional()])
    own_at = TimeField("Time", validators=[Optional()])

    def offer(self, suggested: Iterable[datetime], words: Callable[[datetime], str], writer: Person) -> None:
        self.starts.choices = options((start.isoformat(), words(start)) for start in suggested)
        self.own_at.label.text = f"Time in {clock.city(writer.time_zone)}"

    def validate(self, extra_validators: object = None) -> bool:
        is_whole = bool(super().validate(extra_validators))
        offered = {option.value for option in self.starts.choices}
        if not set(self.starts.data or ()) <= offered:
            self.starts.errors = ["One of these times does not suit both any more. Choose again."]
            return False
        if bool(self.own_on.data) != bool(self.own_at.data):
            missing = self.own_at if self.own_on.data else self.own_on
            missing.errors = missing.errors or ["Give both a day and a time, or neither."]
            return False
        return is_whole

    def chosen(self, zone: str) -> list[datetime]:
        own = [clock.from_local(self.own_on.data, self.own_at.data, zone)] if self.own_on.data else []
        return [*map(datetime.fromisoformat, self.starts.data or ()), *own]


class ConcernForm(BaseForm):
    text = paragraph(
        "What is on your mind?", LONGEST_CONCERN, required="Write what you want the program leads to know."
    )
