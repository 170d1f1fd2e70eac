"""The form of an import: a file, or its text."""

from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import Field, FileField
from wtforms.widgets import TextArea

from cohort.errors import DomainError
from cohort.forms import BaseForm
from cohort.programs.packs import Reading, read_pack

LARGEST = 1_000_000
"""Bytes. The text travels with the preview, and forms may have a megabyte."""

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


class PackForm(BaseForm):
    file = FileField("Program pack, a YAML file")
    text = SourceField("Or its text")

    def read(self) -> Reading | None:
        """Read what was sent; a file goes before the text. None, and an error at the field, when there is no pack."""
        content = self._file() or (self.text.data or "").encode()
        if not content.strip():
            self.refuse(DomainError("Choose a file, or paste the text of one.", field="file"))
        elif len(content) > LARGEST:
            self.refuse(DomainError("This has more than 1 MB, the most a program pack may have here.", field="file"))
        else:
            self.text.data = content.decode(errors="replace").translate(_NOT_IN_PAGES)
            return read_pack(content)
        return None

    def _file(self) -> bytes:
        upload = self.file.data
        if not isinstance(upload, FileStorage):
            return b""
        with upload.stream as content:
            return content.read(LARGEST + 1)
