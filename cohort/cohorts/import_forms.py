"""The form of an import: one for choosing a file, naming its columns and importing it, so that nothing is lost."""

from collections.abc import Mapping, Sequence

from wtforms import HiddenField, RadioField, SelectField

from cohort.cohorts.roster_fields import RosterKind, fields_of
from cohort.cohorts.roster_file import DELIMITERS
from cohort.forms import FileForm, options

KINDS = {RosterKind.PARTICIPANT: "Participants", RosterKind.MENTOR: "Mentors", RosterKind.STAFF: "Staff"}


class ImportForm(FileForm):
    kind = RadioField("Who is in the file", choices=options((kind, word) for kind, word in KINDS.items()))
    delimiter = SelectField(
        "Between the cells",
        choices=options([("", "Find out by itself"), *((sign, f"A {word}") for sign, word in DELIMITERS.items())]),
    )
    mapped = HiddenField()
    """Set once the person has said what the columns are."""

    @property
    def roster_kind(self) -> RosterKind:
        return RosterKind(self.kind.data)


def column_name(place: int) -> str:
    """The name of the control that says what a column is."""
    return f"column-{place}"


def chosen_mapping(sent: Mapping[str, str], headers: Sequence[str], kind: RosterKind) -> dict[str, str | None]:
    """What the person chose for each header; a field nobody offered counts as left out."""
    known = {field.key for field in fields_of(kind)}
    chosen = {header: sent.get(column_name(place), "") for place, header in enumerate(headers)}
    return {header: key if key in known else None for header, key in chosen.items()}
