"""What must agree across a program pack: keys and their uses, and the dates that hang on one another."""

from collections import defaultdict
from collections.abc import Mapping
from difflib import get_close_matches

from cohort.programs.findings import Findings, Lost
from cohort.programs.source import Path, write_path
from cohort.schedule.dates import Anchor, DateExpression, Position, place, trace

MARGIN_DAYS = 366
"""How far before the start and after the end of a program a date may lie."""

_MAX_COMPARED = 50
"""With more unknown keys than this the likely spelling of each is not looked up: the search would take seconds."""

_ANCHORS = {"module": "opens", "workshop": "at"}
"""The namespaces that dates hang on, and the field that says where the anchor lies."""


def check_agreement(findings: Findings) -> None:
    """Adds the mistakes that show only when the document is seen as a whole."""
    for namespace in list(findings.keys):
        _check_unique(namespace, findings)
    for namespace in list(findings.uses):
        _check_uses(namespace, findings)
    _check_dates(findings)


def _check_unique(namespace: str, findings: Findings) -> None:
    first: dict[str, Path] = {}
    for key, path in findings.keys[namespace]:
        if key not in first:
            first[key] = path
            continue
        where = f"{write_path(first[key][:-1])} (line {findings.source.line(first[key])})"
        findings.refuse(path, "duplicate-key", f"“{key}” is already the key of {where}: choose another one.")
        findings.lost[namespace].append(Lost(path))


def _check_uses(namespace: str, findings: Findings) -> None:
    """Reports a key that nothing has once, however often it is used: one wrong key is one mistake."""
    declared = {key for key, _ in findings.keys[namespace]}
    unknown: dict[str, list[Path]] = defaultdict(list)
    for key, path in findings.uses[namespace]:
        if key not in declared:
            unknown[key].append(path)
    code = "unknown-anchor" if namespace in _ANCHORS else f"unknown-{namespace}"
    for key, places in _leave_out_lost(unknown, findings.lost[namespace]).items():
        close = get_close_matches(key, declared if len(unknown) <= _MAX_COMPARED else [], n=1) or sorted(declared)[:1]
        right = f"write the key of one, such as {close[0]}" if close else "there is none in this pack"
        also = ", ".join(f"{write_path(path)} (line {findings.source.line(path)})" for path in places[1:4])
        also = f" It is also used at {also}." if also else ""
        findings.refuse(places[0], code, f"No {namespace} has the key “{key}”: {right}.{also}")


def _leave_out_lost(unknown: Mapping[str, list[Path]], losses: list[Lost]) -> dict[str, list[Path]]:
    """The unknown keys that are mistakes of their own.

    Each place where a key should be declared and is not (its field is missing, malformed or a duplicate) accounts for
    one unknown key: the one it resembles, or one that is used beside it, or the one used most.
    """
    if any(lost.many for lost in losses):
        return {}
    left = dict(unknown)
    for lost in losses[: len(unknown)]:

        def likeness(key: str, lost: Lost = lost) -> tuple[bool, bool, int]:
            beside = any(path[:2] == lost.path[:2] for path in left[key])
            return _slug(lost.text) == key, beside, len(left[key])

        del left[max(left, key=likeness)]
    return left


def _slug(text: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in text.lower()).split())


def _check_dates(findings: Findings) -> None:
    anchors = _find_anchors(findings)
    expressions = {name: findings.expressions[path] for name, path in anchors.items()}
    positions, circles = trace(expressions)
    for circle in circles:
        _refuse_circle(circle, anchors, findings)
    placed = {path: place(expression, positions) for path, expression in findings.expressions.items()}
    spots = {path: _from_start(position, findings) for path, position in placed.items() if position}
    for path in _list_far(spots, positions, findings):
        del spots[path]
    _check_order(spots, findings)


def _find_anchors(findings: Findings) -> dict[str, Path]:
    """The paths of the expressions of all anchors, by name (`workshop:kickoff`), in the order of the file."""
    anchors: dict[str, Path] = {}
    for namespace, field in _ANCHORS.items():
        for key, path in findings.keys[namespace]:
            expression = (*path[:-1], field)
            if expression in findings.expressions:
                anchors.setdefault(f"{namespace}:{key}", expression)
    return dict(sorted(anchors.items(), key=lambda anchor: findings.source.line(anchor[1])))


def _refuse_circle(circle: tuple[str, ...], anchors: Mapping[str, Path], findings: Findings) -> None:
    first = min(range(len(circle)), key=lambda step: findings.source.line(anchors[circle[step]]))
    names = [*circle[first:], *circle[:first], circle[first]]
    message = f"These dates hang on each other in a circle: {' → '.join(names[:8])}. Hang one of them on start."
    findings.refuse(anchors[names[0]], "circle", message)


def _from_start(position: Position, findings: Findings) -> Position:
    """Counts from the start what is counted from the end, where the length of the program is known."""
    if position.root is not Anchor.END or not findings.is_sound(("length_days",)):
        return position
    length = findings.source.document.get("length_days")
    return Position(Anchor.START, length - 1 + position.days) if length else position


def _list_far(spots: Mapping[Path, Position], positions: Mapping[str, Position], findings: Findings) -> list[Path]:
    """Dates far outside the program, each reported at the expression that leads there and not at what hangs on it."""
    document = findings.source.document
    length = document.get("length_days", 0) if findings.is_sound(("length_days",)) else 0
    allowed = range(-MARGIN_DAYS, length + MARGIN_DAYS)
    far = [path for path, spot in spots.items() if spot.days not in allowed and spot.root is not Anchor.END]
    for path in far:
        target = findings.expressions[path].target
        if target is None or _from_start(positions[target], findings).days in allowed:
            message = (
                f"This lies on day {spots[path].days} of a program of {length} days: "
                f"stay within {MARGIN_DAYS} days of its start and end."
            )
            findings.refuse(path, "far-date", message)
    return far


def _check_order(spots: Mapping[Path, Position], findings: Findings) -> None:
    """Refuses what closes before it opens, where both are counted from the same root."""
    for path, closes in spots.items():
        opening = (*path[:-1], "opens")
        opens = spots.get(opening)
        if path[-1] != "closes" or opens is None or opens.root is not closes.root:
            continue
        if _key(closes, findings.expressions[path]) <= _key(opens, findings.expressions[opening]):
            message = (
                f"This closes ({findings.expressions[path]}) before it opens ({findings.expressions[opening]}): "
                "write a later date."
            )
            findings.refuse(path, "closes-before-opens", message)


def _key(position: Position, expression: DateExpression) -> tuple[int, int, int]:
    return position.days, expression.at.hour, expression.at.minute
