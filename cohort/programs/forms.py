"""The forms of programs: a pack as a file or its text, a text that is edited, and dates."""

from datetime import date
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import DateField, Field, FileField, ValidationError
from wtforms.validators import StopValidation
from wtforms.widgets import TextArea

from cohort.errors import DomainError
from cohort.forms import BaseForm, VersionField
from cohort.programs.packs import Reading, read_pack

LARGEST = 1_000_000
"""Bytes. The text travels with the preview, and forms may have a megabyte."""

_YEARS = range(1970, 2200)
_NOT_IN_PAGES = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\n"), ord("\t"), ord("\r")})
"""Control characters: the reader reports them, a page cannot hold them, and so the text comes back without them."""


class SourceField(Field):  # type: ignore[misc]  # WTForms has no type hints
    """A text that is kept to the letter: tidying it would move its lines and hide what is wrong with it."""

    widget = TextArea()
    data: str

    def _value(self) -> str:
        return self.data or ""

    def process_formdata(self, values: list[Any]) -> None:
        self.data = str(values[0]).replace("\r\n", "\n") if values else ""


class TextForm(BaseForm):
    """The text of a program pack."""

    text = SourceField("Program pack")

    def read(self) -> Reading | None:
        """Read what was sent. None, and an error at a field, when there is no pack."""
        return self._read((self.text.data or "").encode(), "text", "Paste the text of a program pack.")

    def _read(self, content: bytes, field: str, where_none: str) -> Reading | None:
        if not content.strip():
            self.refuse(DomainError(where_none, field=field))
        elif len(content) > LARGEST:
            self.refuse(DomainError("This has more than 1 MB, the most a program pack may have here.", field=field))
        else:
            self.text.data = content.decode(errors="replace").translate(_NOT_IN_PAGES)
            return read_pack(content)
        return None


class PackForm(TextForm):
    file = FileField("Program pack, a YAML file")
    text = SourceField("Or its text")

    def read(self) -> Reading | None:
        """A file goes before the text."""
        content = self._file() or (self.text.data or "").encode()
        return self._read(content, "file", "Choose a file, or paste the text of one.")

    def _file(self) -> bytes:
        upload = self.file.data
        if not isinstance(upload, FileStorage):
            return b""
        with upload.stream as content:
            return content.read(LARGEST + 1)


class EditForm(TextForm):
    """The text of a program as somebody edits it, and the version with which they began."""

    based_on = VersionField()


class DatesForm(BaseForm):
    """What goes with the dates of a program: the version with which the editing began, and a day to count from."""

    based_on = VersionField()
    start = DateField("First day of the example")

    def validate_start(self, field: Field) -> None:
        if field.data is None:
            field.errors = []
            raise StopValidation("Choose a day.")
        if not can_start_on(field.data):
            raise ValidationError(f"Choose a year from {_YEARS[0]} to {_YEARS[-1]}.")


def can_start_on(day: date) -> bool:
    """True for days from which a program can be counted."""
    return day.year in _YEARS
