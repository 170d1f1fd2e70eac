"""The form of an import: one for choosing a file, naming its columns and importing it, so that nothing is lost."""

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import Length

from cohort.cohorts.roster_fields import RosterKind, fields_of
from cohort.cohorts.roster_file import DELIMITERS, MAX_BYTES
from cohort.errors import DomainError
from cohort.forms import BaseForm, options

LONGEST_CARRIED = 900_000
"""Characters. A larger file is asked for again, because a form takes one megabyte at most."""
KINDS = {RosterKind.PARTICIPANT: "Participants", RosterKind.MENTOR: "Mentors", RosterKind.STAFF: "Staff"}


class ImportForm(BaseForm):
    kind = RadioField("Who is in the file", choices=options((kind, word) for kind, word in KINDS.items()))
    file = FileField("CSV file")
    delimiter = SelectField(
        "Between the cells",
        choices=options([("", "Find out by itself"), *((sign, f"A {word}") for sign, word in DELIMITERS.items())]),
    )
    carried = HiddenField(validators=[Length(max=LONGEST_CARRIED)])
    """The file of the step before, packed, so that nobody has to choose it twice."""
    name = HiddenField(validators=[Length(max=200)])
    mapped = HiddenField()
    """Set once the person has said what the columns are."""

    @property
    def roster_kind(self) -> RosterKind:
        return RosterKind(self.kind.data)

    def read(self) -> bytes:
        """The bytes of the file chosen now, or else of the one carried here. Raises DomainError when there is none."""
        if self.file.data:
            self.name.data = self.file.data.filename or ""
            data: bytes = self.file.data.read(MAX_BYTES + 1)
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
        return zlib.decompressobj().decompress(base64.b64decode(carried, altchars=b"-_", validate=True), MAX_BYTES + 1)
    except (binascii.Error, zlib.error):
        return b""


def column_name(place: int) -> str:
    """The name of the control that says what a column is."""
    return f"column-{place}"


def chosen_mapping(sent: Mapping[str, str], headers: Sequence[str], kind: RosterKind) -> dict[str, str | None]:
    """What the person chose for each header; a field nobody offered counts as left out."""
    known = {field.key for field in fields_of(kind)}
    chosen = {header: sent.get(column_name(place), "") for place, header in enumerate(headers)}
    return {header: key if key in known else None for header, key in chosen.items()}
