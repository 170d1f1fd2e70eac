"""Writing tables that people open in a spreadsheet. Every export goes through here, so that no cell can act there."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""What spreadsheets may evaluate on opening; the wide signs count in East Asian settings."""


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[str | int | float | None]], *, delimiter: str = ","
) -> str:
    """The table as RFC 4180 describes it, texts made harmless. Encode it as `utf-8-sig`, or Excel garbles names."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def harmless(cell: str) -> str:
    """`cell`, with an apostrophe in front if a spreadsheet would take it for a formula: "'=1+1"."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def as_typed(cell: str) -> str:
    """The reverse of `harmless`, for files that come back: an apostrophe goes only if it guards a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell, 1) else cell
