"""Characters that nobody can see: found, and shown by their code point, so that a message can name them."""

import re
import unicodedata

BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")
"""Joiners and fillers that Unicode counts as letters or marks although nothing is drawn for them."""

WRITING_AIDS = frozenset("\u00ad\u061c\u200c\u200d\u200e\u200f")
"""Soft hyphen, joiners and direction marks, which ordinary text in several scripts needs."""


def is_invisible(char: str) -> bool:
    """True for control and format characters, line separators, blank letters, and every space but the ordinary one."""
    return char in BLANK_LETTERS or (unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Zs"} and char != " ")


def is_out_of_place(char: str) -> bool:
    """True for an invisible character that is neither a space nor needed in writing."""
    return is_invisible(char) and char not in WRITING_AIDS and unicodedata.category(char) != "Zs"


def reveal(text: str) -> str:
    """`text` with each invisible character written as its code point: 'ann‹U+200B›.lee'."""
    return "".join(f"‹U+{ord(char):04X}›" if is_invisible(char) else char for char in text)


def excerpt(text: str, *, length: int = 60) -> str:
    """The beginning of `text` on one line, fit to be quoted in a message: at most `length` characters and '…'."""
    beginning = text[: 4 * length]
    shown = reveal(re.sub(r"[ \t\r\n]+", " ", beginning.strip()))
    return shown if len(shown) <= length and beginning == text else shown[:length].rstrip() + "…"
