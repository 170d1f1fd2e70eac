"""The date-expression language: `ANCHOR±Nd [HH:MM]`, read, traced to its root, and said in words.

An expression is written without spaces except those before the time: `start+16d 17:00`, `end-3d`, `match+10d`,
`workshop:kickoff+9d 17:00`, `module:aim+0d 08:00`. The days and their sign are never left out; the time may be, and
means midnight then. Days are calendar days in the cohort's zone, the time is wall-clock time there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from functools import lru_cache

from cohort.people.invisible import excerpt

KEY = r"[a-z0-9]+(?:-[a-z0-9]+)*"
"""What a key looks like: small letters, digits and single hyphens."""

MAX_KEY = 60
MAX_DAYS = 1000
"""The most days an expression may count in either direction."""

_MAX_TEXT = 120
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_DAYS = r"[+-][0-9]{1,4}d"
_FORM = re.compile(
    rf"(?:(?P<plain>start|end|match)|(?P<keyed>workshop|module):(?P<key>{KEY}))(?P<days>{_DAYS})(?: +(?P<at>{_CLOCK}))?"
)


class Anchor(StrEnum):
    """What the days of an expression are counted from."""

    START = "start"
    END = "end"
    """The last day of the program, day `length_days` − 1."""
    MATCH = "match"
    """The day on which the matches are published."""
    WORKSHOP = "workshop"
    """The day of the first sitting."""
    MODULE = "module"
    """The day on which the module opens."""

    @property
    def is_keyed(self) -> bool:
        return self in {Anchor.WORKSHOP, Anchor.MODULE}


class ExpressionError(ValueError):
    """A text that is no date expression. The message says what was found and what would be right."""

    def __init__(self, message: str, *, code: str = "bad-expression") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class DateExpression:
    anchor: Anchor
    days: int
    key: str | None = None
    """The key of the workshop or module it hangs on."""
    at: time = time(0)

    @property
    def target(self) -> str | None:
        """What it hangs on, such as `workshop:kickoff`; None when that is start, end or match."""
        return None if self.key is None else f"{self.anchor}:{self.key}"

    def __str__(self) -> str:
        clock = f" {self.at:%H:%M}" if self.at != time(0) else ""
        return f"{self.target or self.anchor}{self.days:+d}d{clock}"


@dataclass(frozen=True, slots=True)
class Position:
    """Calendar days from a root: start, end or match."""

    root: Anchor
    days: int


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> DateExpression:
    """Reads an expression; blanks around it do not count. Raises ExpressionError."""
    written = text.strip()
    form = _FORM.fullmatch(written) if len(written) <= _MAX_TEXT else None
    if form is None:
        raise _explain(written)
    days = int(form["days"][:-1])
    if abs(days) > MAX_DAYS:
        raise ExpressionError(f"“{excerpt(written)}” counts {abs(days)} days; at most {MAX_DAYS} can be counted.")
    at = parse_clock(form["at"]) if form["at"] else time(0)
    return DateExpression(Anchor(form["plain"] or form["keyed"]), days, form["key"], at)


def parse_clock(text: str) -> time:
    """A time of day written `HH:MM`, 00:00 to 23:59. Raises ValueError."""
    if not re.fullmatch(_CLOCK, text):
        raise ValueError(f"“{excerpt(text)}” is not a time of day: write it as HH:MM, such as 09:00 or 17:30.")
    return time(int(text[:2]), int(text[3:]))


def _explain(text: str) -> ExpressionError:
    """The first thing that is wrong with `text`, reading from the left, and what would be right."""
    found = f"“{excerpt(text)}”"
    head = re.match(r"[^\W\d_]*", text)
    word = head.group() if head else ""
    if word.lower() not in set(Anchor):
        right = "write start, end, match, workshop:KEY or module:KEY, such as start+16d 17:00"
        return ExpressionError(f"{found} begins with no known anchor: {right}.", code="unknown-anchor")
    anchor = Anchor(word.lower())
    if anchor.is_keyed != text[len(word) :].startswith(":"):
        return ExpressionError(_explain_key(found, anchor))
    example = f"{anchor}:kickoff+2d 17:00" if anchor.is_keyed else f"{anchor}+2d 17:00"
    form = "ANCHOR±Nd or ANCHOR±Nd HH:MM, without other spaces"
    return ExpressionError(f"{found} is not of the form {form}: write something like {_correct(text) or example}.")


def _correct(text: str) -> str | None:
    """`text` with the usual slips set right: capitals, spaces, a typographic minus, missing days, 7:00."""
    guess = re.sub("[−–]", "-", text[:_MAX_TEXT].lower())
    guess = re.sub(r"\s*([+-])\s*([0-9]{1,4})\s*(?:days?|d)?(?=\s|$)", r"\1\2d", guess)
    guess = re.sub(r"\s+(?:at\s+)?([0-9]:)", r" 0\1", guess)
    guess = guess if re.search(_DAYS, guess) else re.sub(r"^(\S+)", r"\1+0d", guess)
    return guess if _FORM.fullmatch(guess) else None


def _explain_key(found: str, anchor: Anchor) -> str:
    if anchor.is_keyed:
        return f"{found} does not say which {anchor}: write its key after a colon, such as {anchor}:kickoff+2d 17:00."
    return f"{found} has a key, and {anchor} takes none: write {anchor}+2d 17:00."


def trace(anchors: Mapping[str, DateExpression]) -> tuple[dict[str, Position], tuple[tuple[str, ...], ...]]:
    """The position of every anchor (`workshop:kickoff`, `module:aim`), and the circles among them.

    What hangs on a circle, or on an anchor that is not there, has no position. Each anchor hangs on one thing only, so
    one walk that never passes an anchor twice finds everything.
    """
    positions: dict[str, Position] = {}
    circles: list[tuple[str, ...]] = []
    walked: set[str] = set()
    for first in anchors:
        trail: dict[str, None] = {}
        name: str | None = first
        while name is not None and name in anchors and name not in walked and name not in trail:
            trail[name] = None
            name = anchors[name].target
        if name in trail:
            steps = list(trail)
            circles.append(tuple(steps[steps.index(name) :]))
        for step in reversed(trail):
            position = place(anchors[step], positions)
            if position is not None:
                positions[step] = position
        walked.update(trail)
    return positions, tuple(circles)


def place(expression: DateExpression, positions: Mapping[str, Position]) -> Position | None:
    """Where an expression lies, given where the anchors do; None when its anchor has no position."""
    if expression.target is None:
        return Position(expression.anchor, expression.days)
    base = positions.get(expression.target)
    return base and Position(base.root, base.days + expression.days)


def describe(expression: DateExpression, titles: Mapping[str, str]) -> str:
    """The expression for people: 'Workshop Kickoff + 16 days at 17:00', 'End − 3 days', 'Start at 08:00'.

    `titles` gives the titles of anchors by their name, such as `workshop:kickoff`; without one the key is shown.
    """
    count = abs(expression.days)
    sign = "−" if expression.days < 0 else "+"
    days = f" {sign} {count} {'day' if count == 1 else 'days'}" if count else ""
    clock = f" at {expression.at:%H:%M}" if expression.at != time(0) else ""
    return f"{_describe_anchor(expression, titles)}{days}{clock}"


def _describe_anchor(expression: DateExpression, titles: Mapping[str, str]) -> str:
    if expression.target is None:
        return "Matches published" if expression.anchor is Anchor.MATCH else expression.anchor.capitalize()
    return f"{expression.anchor.capitalize()} {titles.get(expression.target, expression.key)}"
