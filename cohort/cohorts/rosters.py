"""Checking a roster: which column is what, and for each row the values to import or everything that is wrong with it.

The dry run and the import both stand on `check_roster`. It knows no database: whether a person already exists is found
by the import, through `RosterRow.email_key`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from cohort.cohorts.roster_fields import RosterField, RosterKind, Value, fields_of
from cohort.cohorts.roster_file import DELIMITERS, Table, TableRow
from cohort.errors import DomainError
from cohort.exports import write_csv
from cohort.people.addresses import address_key
from cohort.people.invisible import excerpt

REASONS = "Reasons"
"""The column that the download of error rows adds, and that is passed over when such a file comes back."""

PLAINLY_EXTRA = frozenset(
    {"reasons", "employeeid", "employeenumber", "personnelnumber", "id", "costcentre", "costcenter"}
    | {"startdate", "hiredate", "department", "phone", "phonenumber"}
)
"""Columns of personnel exports that no field is meant by, as letters and digits in lower case."""

FORMULA = re.compile(r"[=＝]|[+\-@]\s*[\w.+\-*/]*[(|]")
"""What is worth a warning: an equals sign first, or a sign followed by a function call or a command ('+cmd|')."""


class RowState(StrEnum):
    READY = "ready"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Problem:
    column: str | None
    """The header as the file has it; None when the whole row is meant."""
    field: str | None
    found: str
    """What stands in the cell, shortened, invisible characters made visible."""
    message: str

    def __str__(self) -> str:
        return f"{self.column or 'Whole row'}: {self.message}"


@dataclass(frozen=True)
class RosterRow:
    number: int
    state: RowState
    cells: tuple[str, ...]
    values: Mapping[str, Value] = dataclass_field(default_factory=dict)
    """By field, every field of the kind; empty unless the row is ready."""
    email_key: str | None = None
    """What a ready row's address is compared by, in this file and with people who exist."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Counts:
    rows: int
    ready: int
    with_errors: int
    skipped: int
    problems: int
    warnings: int


@dataclass(frozen=True)
class Roster:
    kind: RosterKind
    mapping: Mapping[str, str | None]
    """Header to field, None for a column that is left out."""
    ignored: tuple[str, ...] = ()
    """Columns left out because they are plainly extra, or because the person said so."""
    unrecognised: tuple[str, ...] = ()
    """Columns left out for now, to be asked about."""
    rows: tuple[RosterRow, ...] = ()
    problems: tuple[str, ...] = ()
    """What is wrong with the file as a whole; then no row was looked at."""
    notices: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts:
        states = [row.state for row in self.rows]
        return Counts(
            rows=len(states),
            ready=states.count(RowState.READY),
            with_errors=states.count(RowState.ERROR),
            skipped=states.count(RowState.SKIPPED),
            problems=sum(len(row.problems) for row in self.rows),
            warnings=sum(len(row.warnings) for row in self.rows),
        )


@dataclass(frozen=True)
class _Column:
    place: int
    header: str
    field: RosterField

    def problem(self, cell: str, message: str) -> Problem:
        return Problem(self.header, self.field.key, excerpt(cell), message)


def suggest_mapping(headers: Sequence[str], kind: RosterKind) -> dict[str, str | None]:
    """The field each header names by itself; None where there is none, or where several headers name the same one."""
    return _settle(headers, _claims(headers, fields_of(kind), None))


def check_roster(
    table: Table, kind: RosterKind, *, growth_areas: Sequence[str], mapping: Mapping[str, str | None] | None = None
) -> Roster:
    """`table` as a roster of `kind`. `growth_areas` are the program's competency keys.

    `mapping` is a person's choice and replaces the suggestion; headers it does not name are left out.
    """
    fields = fields_of(kind, growth_areas)
    claims = _claims(table.header, fields, mapping)
    settled = _settle(table.header, claims)
    left_out = [header for header, key in settled.items() if key is None]
    unrecognised = [header for header in left_out if mapping is None and not _is_plainly_extra(header)]
    problems = (table.problem,) if table.problem else tuple(_mapping_problems(claims, fields))
    return Roster(
        kind,
        settled,
        ignored=tuple(header for header in left_out if header not in unrecognised),
        unrecognised=tuple(unrecognised),
        rows=() if problems else tuple(_check_rows(table, settled, fields)),
        problems=problems,
        notices=table.notices,
    )


def error_csv(table: Table, roster: Roster) -> str:
    """The rows with errors as they were uploaded, with the delimiter of the file and one more column, the reasons.

    A column of reasons from an earlier download is replaced. In a row with too many cells it stays, because nobody can
    say which of the cells it is.
    """
    width = len(table.header)
    kept = [place for place, header in enumerate(table.header) if header.casefold() != REASONS.casefold()]
    wrong = [row for row in roster.rows if row.state is RowState.ERROR]
    rows = [
        [
            *(row.cells if _overflows(row.cells, width) else [_cell(row.cells, place) for place in kept]),
            " ".join(map(str, row.problems)),
        ]
        for row in wrong
    ]
    return write_csv([*(table.header[place] for place in kept), REASONS], rows, delimiter=table.delimiter)


def _claims(
    headers: Sequence[str], fields: Sequence[RosterField], mapping: Mapping[str, str | None] | None
) -> dict[str, list[str]]:
    """For each field the headers that are meant to hold it: by their names, or by the mapping if there is one."""
    if mapping is None:
        return {field.key: [header for header in headers if field.is_called(header)] for field in fields}
    return {field.key: [header for header in headers if mapping.get(header) == field.key] for field in fields}


def _settle(headers: Sequence[str], claims: Mapping[str, Sequence[str]]) -> dict[str, str | None]:
    nothing: dict[str, str | None] = dict.fromkeys(headers)
    return nothing | {claimants[0]: key for key, claimants in claims.items() if len(claimants) == 1}


def _is_plainly_extra(header: str) -> bool:
    return "".join(filter(str.isalnum, header.casefold())) in PLAINLY_EXTRA


def _mapping_problems(claims: Mapping[str, Sequence[str]], fields: Sequence[RosterField]) -> Iterator[str]:
    """One sentence for each field that several columns claim, and one for all required fields that no column holds."""
    for field in fields:
        if len(claims[field.key]) > 1:
            quoted = " and ".join(f"“{excerpt(header)}”" for header in claims[field.key])
            yield f"{field.label} can come from one column only: choose between {quoted}."
    missing = [field.label for field in fields if field.required and not claims[field.key]]
    if missing:
        yield f"No column was recognised for {' or '.join(missing)}. Choose the column that holds it."


def _check_rows(table: Table, mapping: Mapping[str, str | None], fields: Sequence[RosterField]) -> Iterator[RosterRow]:
    columns = [
        _Column(place, header, field)
        for place, header in enumerate(table.header)
        for field in fields
        if field.key == mapping[header]
    ]
    nothing = {field.key: field.empty for field in fields}
    first_rows: dict[str, int] = {}
    for row in table.rows:
        if not any(cell.strip() for cell in row.cells):
            yield RosterRow(row.number, RowState.SKIPPED, row.cells)
        elif _overflows(row.cells, len(table.header)):
            yield RosterRow(row.number, RowState.ERROR, row.cells, problems=(_too_wide(row, table),))
        else:
            yield _check_row(row, columns, nothing, first_rows)


def _check_row(
    row: TableRow, columns: Sequence[_Column], nothing: Mapping[str, Value], first_rows: dict[str, int]
) -> RosterRow:
    """`first_rows` remembers the row in which each address came first, and is added to."""
    values, problems, warnings = dict(nothing), [], []
    key = None
    for column in columns:
        cell = _cell(row.cells, column.place)
        try:
            value = column.field.read(cell)
            if column.field.key == "email":
                key = address_key(str(value))
                _refuse_repeat(cell, first_rows.setdefault(key, row.number), row.number)
        except DomainError as error:
            problems.append(column.problem(cell, error.message))
            continue
        values[column.field.key] = value
        if isinstance(value, str) and FORMULA.match(value):
            warnings.append(column.problem(cell, "Looks like a spreadsheet formula. It is kept as plain text."))
    if problems:
        return RosterRow(row.number, RowState.ERROR, row.cells, problems=tuple(problems), warnings=tuple(warnings))
    return RosterRow(row.number, RowState.READY, row.cells, values, key, warnings=tuple(warnings))


def _refuse_repeat(cell: str, first: int, number: int) -> None:
    if first != number:
        raise DomainError(f"“{excerpt(cell)}” is the address of row {first} again. Keep one of the two rows.")


def _too_wide(row: TableRow, table: Table) -> Problem:
    found, expected = len(row.cells), len(table.header)
    message = (
        f"{found} cells where the header has {expected}, so nothing of this row is taken. "
        f"Put quotation marks round a cell that contains a {DELIMITERS[table.delimiter]}."
    )
    return Problem(None, None, f"{found} cells", message)


def _overflows(cells: Sequence[str], width: int) -> bool:
    """True when something stands beyond the last column; empty cells there are what spreadsheets leave behind."""
    return any(cell.strip() for cell in cells[width:])


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
