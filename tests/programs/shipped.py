"""The shipped program pack, whole and with one thing broken."""

from pathlib import Path

from cohort.programs.pack import build_pack
from cohort.programs.source import read_source

SHIPPED = (Path(__file__).parents[2] / "content" / "emerging-leaders.yaml").read_text(encoding="utf-8")
PACK = build_pack(read_source(SHIPPED).document)


def replace(old: str, new: str, *, text: str = SHIPPED) -> str:
    """The pack with one occurrence of `old` replaced; it must be the only one."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the pack"
    return text.replace(old, new)


def line_of(piece: str, text: str) -> int:
    """The line on which `piece` begins, which must stand in `text` once."""
    assert text.count(piece) == 1, f"{piece!r} stands {text.count(piece)} times"
    return text.count("\n", 0, text.index(piece)) + 1
