"""A QR code as one path of an SVG picture, drawn by a template like everything else on a page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_ZONE = 4
"""Empty modules around it, as the standard wants."""


@dataclass(frozen=True, slots=True)
class Picture:
    size: int
    """Modules from edge to edge, with the quiet zone."""
    path: str
    """The dark modules, row by row."""


def draw(text: str) -> Picture:
    """The code for `text`, with enough spare for a slide that is seen from the last row."""
    matrix = segno.make(text, error="m", micro=False).matrix
    return Picture(len(matrix) + 2 * QUIET_ZONE, "".join(_runs(matrix)))


def _runs(matrix: Iterable[bytes | bytearray]) -> Iterator[str]:
    for y, row in enumerate(matrix, start=QUIET_ZONE):
        x = QUIET_ZONE
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                yield f"M{x} {y}h{length}v1h-{length}z"
            x += length
