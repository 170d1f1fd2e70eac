"""Reading an uploaded table: bytes in, numbered rows of text out. What the columns mean is not its business."""

import codecs
import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 100
SAMPLE_ROWS = 50
"""How many rows are looked at to find the delimiter."""

BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How Excel and OpenDocument files begin: a zip archive, and the older compound file."""


@dataclass(frozen=True)
class TableRow:
    number: int
    """As a spreadsheet numbers it: the header is row 1, empty lines count, line breaks inside a cell do not."""
    cells: tuple[str, ...]
    """Exactly as they stand in the file; maybe fewer or more than the header has."""


@dataclass(frozen=True)
class Table:
    header: tuple[str, ...] = ()
    """Trimmed and all different; a column without a header is called 'Column 5' after its place."""
    rows: tuple[TableRow, ...] = ()
    delimiter: str = ","
    notices: tuple[str, ...] = ()
    """What the person should know about how the file was read."""
    problem: str | None = None
    """Why the file could not be read; then there are no rows."""


class _UnreadableError(Exception):
    """The file cannot be read as a table, in a sentence fit to show."""


def read_table(data: bytes, *, delimiter: str | None = None) -> Table:
    """The table in `data`: UTF-8 or UTF-16 with or without a byte order mark, or else windows-1252 with a notice.

    The delimiter is found by itself unless one of DELIMITERS is given. Never raises for what is in the file: whatever
    makes it unreadable becomes the one `problem` of the table.
    """
    try:
        text, notices = _decode(data)
        delimiter = _choose(text, delimiter)
        records = _records(text, delimiter)
        header = _check_header(next(records, []))
        rows = tuple(TableRow(number, tuple(cells)) for number, cells in enumerate(records, start=2))
    except _UnreadableError as error:
        return Table(delimiter=delimiter or ",", problem=str(error))
    return Table(header, rows, delimiter, notices)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    if len(data) > MAX_BYTES:
        raise _UnreadableError(f"The file is larger than {MAX_BYTES // 1024**2} MB. Divide it into several files.")
    if data.startswith(WORKBOOKS):
        raise _UnreadableError("This is a workbook, not a CSV file. Save the sheet as “CSV UTF-8” and upload that.")
    text, notices = _as_text(data)
    if "\0" in text:
        raise _UnreadableError("The file holds zero bytes, so it is no CSV text. Save the sheet as “CSV UTF-8”.")
    return text, notices


def _as_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    mark, encoding = next((known for known in BYTE_ORDER_MARKS if data.startswith(known[0])), (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding), ()
    except UnicodeDecodeError:
        if mark:
            raise _UnreadableError("The file is damaged: part of its text cannot be read. Export it again.") from None
    try:
        return data.decode("windows-1252"), (
            "The file is not UTF-8, so it was read as windows-1252. Look at the names with accents before you import.",
        )
    except UnicodeDecodeError:
        raise _UnreadableError("The file is no text that can be read. Save the sheet as “CSV UTF-8”.") from None


def _choose(text: str, chosen: str | None) -> str:
    """The delimiter to read with. One chosen by hand stands, unless it makes a single column of a table."""
    found = max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter))
    if chosen is None or chosen == found:
        return found
    if _fit(text, found) > 0 and _fit(text, chosen) == 0:
        raise _UnreadableError(
            f"With a {DELIMITERS[chosen]} between the cells, the file has only one column. "
            f"It looks as if it is a {DELIMITERS[found]}: choose that and upload the file again."
        )
    return chosen


def _fit(text: str, delimiter: str) -> float:
    """How well `delimiter` makes a table of `text`: columns gained, times the share of rows as wide as the header."""
    widths = [len(cells) for cells in islice(_readable(text, delimiter), SAMPLE_ROWS) if cells]
    return (widths[0] - 1) * widths.count(widths[0]) / len(widths) if widths else 0


def _readable(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows up to the first one that cannot be read."""
    with suppress(csv.Error):
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows as lists of cells. The csv module's own limit holds for a cell: 131,072 characters."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS + 1:
                raise _UnreadableError(f"The file has more than {MAX_ROWS:,} rows. Divide it into several files.")
            yield cells
    except csv.Error:
        raise _UnreadableError(
            f"Row {number + 1} cannot be read: a quotation mark opens a cell and is not closed where the cell ends. "
            "Put one at each end of the cell, and two where one is meant inside it."
        ) from None


def _check_header(cells: list[str]) -> tuple[str, ...]:
    header = [unicodedata.normalize("NFC", cell).strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise _UnreadableError("Row 1 is empty. Put the names of the columns there, such as “email” and “name”.")
    if len(header) > MAX_COLUMNS:
        raise _UnreadableError(f"The file has more than {MAX_COLUMNS} columns. Leave only those to import.")
    named = tuple(name or f"Column {place}" for place, name in enumerate(header, start=1))
    _refuse_repeats(named)
    return named


def _refuse_repeats(header: tuple[str, ...]) -> None:
    counts = Counter(" ".join(name.casefold().split()) for name in header)
    repeated = [name for name in header if counts[" ".join(name.casefold().split())] > 1]
    if repeated:
        places = ", ".join(f"“{name}” (column {header.index(name) + 1})" for name in dict.fromkeys(repeated))
        raise _UnreadableError(f"Several columns have the same header: {places}. Rename or remove all but one of each.")
