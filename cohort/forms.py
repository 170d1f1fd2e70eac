"""What every form shares: CSRF, tidy text, and fields for times in a named zone and for choices of zones."""

import base64
import binascii
import unicodedata
import zlib
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, StopValidation
from wtforms.widgets import HiddenInput

from cohort import clock
from cohort.errors import DomainError

FIRST_YEAR, LAST_YEAR = 2000, 2100
_BREAKS = {0x2028: "\n", 0x2029: "\n"}


def tidy(text: str | None) -> str:
    """Text as we keep it: NFC, LF line ends, no control characters, nothing around it."""
    text = unicodedata.normalize("NFC", (text or "").translate(_BREAKS)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


class BaseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no type hints
    """A form whose text fields are tidied and whose refusals land on the field they concern."""

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, StringField):
                filters = list(unbound_field.kwargs.get("filters", []))
                unbound_field.kwargs["filters"] = [*filters, tidy] if tidy not in filters else filters
            return unbound_field.bind(form=form, **options)

    def refuse(self, refusal: DomainError) -> None:
        """Show a deed's refusal at its field, or above the form when it concerns none."""
        if refusal.field and refusal.field in self:
            self[refusal.field].errors = [*self[refusal.field].errors, refusal.message]
        else:
            self.form_errors.append(refusal.message)


LARGEST_FILE = 5 * 1024 * 1024
LONGEST_CARRIED = 900_000
"""Characters. A larger file is asked for again, because a form takes one megabyte at most."""


class FileForm(BaseForm):
    """A form that takes a table and carries it from step to step, so that nobody has to choose it twice."""

    file = FileField("CSV file")
    carried = HiddenField(validators=[Length(max=LONGEST_CARRIED)])
    """The file of the step before, packed."""
    name = HiddenField(validators=[Length(max=200)])

    def read(self) -> bytes:
        """The bytes of the file chosen now, or else of the one carried here. Raises DomainError when there is none."""
        if self.file.data:
            self.name.data = self.file.data.filename or ""
            data: bytes = self.file.data.read(LARGEST_FILE + 1)
        else:
            data = _unpack(self.carried.data or "")
        if not data:
            raise DomainError("Choose the file to import.", field="file")
        packed = base64.urlsafe_b64encode(zlib.compress(data)).decode()
        self.carried.data = packed if len(packed) <= LONGEST_CARRIED else ""
        return data


def _unpack(carried: str) -> bytes:
    """What was packed into `carried`, up to the largest file we take; nothing if somebody changed it."""
    try:
        return zlib.decompressobj().decompress(
            base64.b64decode(carried, altchars=b"-_", validate=True), LARGEST_FILE + 1
        )
    except (binascii.Error, zlib.error, ValueError):
        return b""


class VersionField(IntegerField):  # type: ignore[misc]  # WTForms has no type hints
    """The version of what the page shows, 0 where nothing is kept yet; -1, which nothing has, for what is no number."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    def _value(self) -> str:
        """What a page says that is shown again: its own version, not the one that was sent."""
        return str(self.data)


class DayField(DateField):  # type: ignore[misc]  # WTForms has no type hints
    """A day that somebody may mean: the first and the last of the calendar are no instant in every zone."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data and not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            self.data = None
            raise ValueError("Choose a day in this century.")


def line(label: str, longest: int, *, required: str | None = None, **options: Any) -> StringField:
    """A one-line text box. `required` is the sentence shown when it is left empty."""
    return StringField(label, validators=_text_rules(longest, required), **options)


def paragraph(label: str, longest: int, *, required: str | None = None, **options: Any) -> TextAreaField:
    """A text box of several lines."""
    return TextAreaField(label, validators=_text_rules(longest, required), **options)


def _text_rules(longest: int, required: str | None) -> list[Any]:
    first = DataRequired(required) if required else Optional()
    return [first, Length(max=longest, message=f"At most {longest:,} characters; this has more. Shorten it.")]


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def zone_field(label: str = "Time zone") -> SelectField:
    """A choice of every IANA zone, by its full name."""
    return SelectField(label, choices=options((zone, zone.replace("_", " ")) for zone in sorted(clock.zones())))


def whole_number(_form: Any, field: Any) -> None:
    """Says what to write instead of something that is no number; the field's own words for it go."""
    if field.data is None and field.raw_data and field.raw_data[0].strip():
        field.errors = []
        raise StopValidation("Write a whole number, such as 12.")
