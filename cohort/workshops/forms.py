"""Forms about workshops: the check-in, the settings of a sitting, its attendance, its import."""

from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from cohort.cohorts.models import Enrolment
from cohort.errors import DomainError
from cohort.forms import BaseForm, FileForm, VersionField, line, options, paragraph, whole_number
from cohort.people.models import Person
from cohort.workshops.models import Attendance, Place, Sitting
from cohort.workshops.settling import LONGEST_LINK, MOST_SEATS, Settings

REASON_LENGTH = 500
MARK_WORDS = {
    Attendance.ATTENDED: "Attended",
    Attendance.PART: "Part",
    Attendance.EXCUSED: "Excused",
    Attendance.NO_SHOW: "No-show",
}


class CodeForm(BaseForm):
    """What stands on the screen of the room."""

    code = line("Code", 12, required="Write the six digits that stand on the screen.")


class EmptyForm(BaseForm):
    """One button, nothing to fill in."""


class SettingsForm(BaseForm):
    """Everything that staff settle about a sitting."""

    version = VersionField()
    capacity = IntegerField(
        "Seats",
        validators=[
            whole_number,
            Optional(),
            NumberRange(1, MOST_SEATS, message=f"Write a number from 1 to {MOST_SEATS:,}, or leave it empty."),
        ],
    )
    room = line("Room", 200)
    join_url = line("Join link", LONGEST_LINK)
    facilitator = SelectField("Facilitator", validators=[Optional()])
    materials = paragraph("Materials", 20_000)
    make_up = paragraph("Make-up task", 2_000)

    def offer(self, staff: Sequence[Person]) -> None:
        self.facilitator.choices = options(
            [("", "The facilitators of the cohort"), *((str(one.id), one.name) for one in staff)]
        )

    def show(self, sitting: Sitting | None) -> None:
        """Fill in what is kept."""
        self.version.data = sitting.version if sitting else 0
        if sitting is not None:
            self.capacity.data, self.room.data, self.join_url.data = sitting.capacity, sitting.room, sitting.join_url
            self.facilitator.data = str(sitting.facilitator_id or "")
            self.materials.data, self.make_up.data = sitting.materials, sitting.make_up

    @property
    def settings(self) -> Settings:
        return Settings(
            capacity=self.capacity.data,
            room=self.room.data or "",
            join_url=self.join_url.data or "",
            facilitator_id=int(self.facilitator.data) if self.facilitator.data else None,
            materials=self.materials.data or "",
            make_up=self.make_up.data or "",
        )


class PersonForm(BaseForm):
    """Somebody of the cohort, to be signed up or noted."""

    person = SelectField("Who", validators=[InputRequired("Choose a person.")])

    def offer(self, enrolments: Sequence[Enrolment]) -> None:
        self.person.choices = options([("", "Choose"), *((str(one.id), one.person.name) for one in enrolments)])

    def chosen(self, enrolments: Sequence[Enrolment]) -> Enrolment:
        return next(one for one in enrolments if str(one.id) == self.person.data)


class AboveForm(PersonForm):
    """A seat although all are taken."""

    reason = paragraph("Reason", REASON_LENGTH, required="Write the reason in a few words.")


def mark_name(place: Place) -> str:
    """The name of the control that says whether somebody was there."""
    return f"mark-{place.id}"


def read_marks(sent: Any, places: Sequence[Place]) -> dict[int, Attendance | None]:
    """What was chosen for each of `places`; whoever has no control in the form is left as they are."""
    known: dict[str, Attendance | None] = {"": None, **{mark.value: mark for mark in Attendance}}
    chosen = ((place, sent.get(mark_name(place))) for place in places)
    return {place.enrolment_id: known[word] for place, word in chosen if word in known}


class AttendanceFileForm(FileForm):
    """The attendance that a meeting tool has noted."""

    def refuse(self, refusal: DomainError) -> None:
        super().refuse(DomainError(refusal.message, field=refusal.field or "file"))
