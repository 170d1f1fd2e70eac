"""Reads the CSV files of a run, and collects everything that is wrong with them instead of stopping at the first."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

SMALL_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class InputError:
    """`file` is mentors, mentees, rules or previous; `row` counts data rows from 1, 0 is header or whole file."""

    file: str
    row: int
    column: str
    code: str
    message: str

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }


class Faults:
    """The errors found in one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[InputError] = []

    def add(self, row: int, column: str, code: str, message: str) -> None:
        self.errors.append(InputError(self.file, row, column, code, message))


def decoded(data: bytes, faults: Faults) -> str | None:
    """The text without a byte order mark, or None when it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.add(0, "", "bad_encoding", "Save the file as UTF-8.")
        return None


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file by column, stripped; rows that are blank are left out."""

    columns: Mapping[str, Sequence[str]]
    size: int

    def cells(self, column: str) -> Sequence[str]:
        """One for each row; empty when the file does not have the column."""
        return self.columns.get(column) or [""] * self.size


def read_table(data: bytes, required: Sequence[str], faults: Faults) -> Table:
    """The table in the file, without rows when it is no text. Required columns that are not there are faults."""
    text = decoded(data, faults)
    if text is None:
        return Table({}, 0)
    rows = _rows(text)
    header = next(rows, [])
    for column in required:
        if column not in header:
            faults.add(0, column, "missing_column", f"Add the column {column}.")
    padding = [""] * len(header)
    filled = [(row + padding)[: len(header)] for row in rows]
    columns = reversed(list(zip(header, zip(*filled, strict=True), strict=True))) if filled else ()
    return Table(dict(columns), len(filled))  # of columns with the same name the first counts


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    for row in csv.reader(io.StringIO(text, newline="")):
        cells = list(map(str.strip, row))
        if any(cells):
            yield cells


@lru_cache(maxsize=1024)
def small_number(text: str) -> int | None:
    """The number that the digits stand for; None for anything else and for more than nine digits."""
    return int(text) if SMALL_NUMBER.fullmatch(text) else None


def read_previous(data: bytes, faults: Faults) -> list[tuple[str, str]]:
    """The (mentee id, mentor id) pairs of an earlier run; rows without either are left out."""
    table = read_table(data, ("mentee_id", "mentor_id"), faults)
    pairs = zip(table.cells("mentee_id"), table.cells("mentor_id"), strict=True)
    return [pair for pair in pairs if all(pair)]
