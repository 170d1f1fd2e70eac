"""The text of a program pack as plain data that remembers on which line each value stands.

Only the plain part of YAML is read: mappings, lists and scalars. Scalars follow the core schema of YAML 1.2, so `no`,
`10:00` and `2027-03-01` are texts and need no quotes. Aliases and tags are refused: nothing in a pack needs them, and
refusing them keeps a small file from unfolding into a huge one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from cohort.people.invisible import excerpt

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 12

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, lone surrogates, and the line separators that would upset the count of lines."""

_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PackError:
    """One mistake: where it is, a stable code, and a sentence that says what was found and what would be right."""

    path: str
    """Such as `modules[2].assignment.due`; empty for the file as a whole."""
    line: int
    """Counted from 1."""
    code: str
    message: str


class SourceError(Exception):
    """The text cannot be read as a document at all."""

    def __init__(self, error: PackError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Source:
    document: Any
    lines: dict[Path, int]
    repeated: dict[Path, list[tuple[str, int]]] = field(default_factory=dict)
    """For a mapping, the fields that are written more than once in it, with the later lines; the first one counts."""

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def read_source(text: str | bytes) -> Source:
    """Raises SourceError with the one reason why nothing can be read."""
    source = Source(None, {(): 1})
    decoded = _decode(text)
    try:
        document = _Events(decoded, source).read_document()
    except yaml.MarkedYAMLError as error:
        raise _refuse_syntax(error, last_line=len(decoded.splitlines())) from error
    return Source(document, source.lines, source.repeated)


def write_path(path: Path) -> str:
    """('modules', 2, 'assignment', 'due') -> 'modules[2].assignment.due'."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{excerpt(step)}" for step in path).removeprefix(".")


def find_unreadable(text: str) -> re.Match[str] | None:
    """The first character of `text` that no text of a pack may hold."""
    return _UNREADABLE.search(text)


def _refuse(line: int, code: str, message: str, path: Path = ()) -> SourceError:
    return SourceError(PackError(write_path(path), line, code, message))


def _refuse_syntax(error: yaml.MarkedYAMLError, *, last_line: int) -> SourceError:
    """What is never closed is noticed behind the last line, where nobody finds anything."""
    mark = error.problem_mark or error.context_mark
    message = (
        f"This is not readable YAML: {error.problem or error.context}. "
        "Look for a missing quote, a tab, or a line that is not indented like its neighbours."
    )
    return _refuse(min(mark.line + 1, last_line) if mark else 1, "yaml", message)


def _decode(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        size = f"{len(text) / 1024 / 1024:.1f} MB"
        raise _refuse(1, "too-large", f"The file has {size}; a program pack may have {MAX_BYTES // 1024 // 1024} MB.")
    decoded = (text if isinstance(text, str) else _decode_bytes(text)).removeprefix("\ufeff")
    unreadable = find_unreadable(decoded)
    if unreadable:
        line = decoded.count("\n", 0, unreadable.start()) + 1
        character = f"U+{ord(unreadable.group()):04X}"
        raise _refuse(line, "control-character", f"The invisible character {character} stands here: take it out.")
    return decoded


def _decode_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refuse(line, "encoding", "The file is not UTF-8 text: save it again with that encoding.") from error


class _Events:
    """Turns the parser's events into values, one event at a time, so that depth is limited before memory is used."""

    def __init__(self, text: str, source: Source) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))
        self._source = source

    def read_document(self) -> Any:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _refuse(1, "empty", "The file holds nothing: a program pack begins with format: cohort-program/1.")
        document = self._read(next(self._events), ())
        next(self._events)
        end = next(self._events)
        if not isinstance(end, yaml.StreamEndEvent):
            raise _refuse(_line(end), "yaml", "A second document begins here: a file holds one program pack.")
        return document

    def _read(self, event: yaml.Event, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise _refuse(_line(event), "yaml", f"This is nested more than {MAX_DEPTH} levels deep.", path)
        if isinstance(event, yaml.AliasEvent):
            message = "An alias (*) stands here: write the value out, a program pack has no aliases."
            raise _refuse(_line(event), "yaml", message, path)
        if tag := getattr(event, "tag", None):
            message = f"The tag {excerpt(tag)} stands here: leave it out, a program pack has no tags."
            raise _refuse(_line(event), "yaml", message, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._read_mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._read_list(path)
        return _resolve(event.value, is_plain=not event.style) if isinstance(event, yaml.ScalarEvent) else None

    def _read_list(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = (*path, len(items))
            self._source.lines[place] = _line(event)
            items.append(self._read(event, place))
        return items

    def _read_mapping(self, path: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _refuse(_line(event), "yaml", "The name of a field stands here: write it as one word.", path)
            name, line = event.value, _line(event)
            if name in fields:
                self._source.repeated.setdefault(path, []).append((name, line))
                self._read(next(self._events), (*path, name, "again"))
                continue
            self._source.lines[(*path, name)] = line
            fields[name] = self._read(next(self._events), (*path, name))
        return fields


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _resolve(text: str, *, is_plain: bool) -> str | int | float | bool | None:
    """A quoted or block scalar is a text; a plain one may be a number or a word of YAML."""
    if not is_plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
