"""The kinds of values a program pack is made of, and what is right for each; `layout.py` puts them together.

Each kind reports a mistake once: what cannot be read because of it is passed on as lost, never as a second mistake.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar

from cohort.people.invisible import excerpt
from cohort.programs.findings import Findings, Lost
from cohort.programs.source import Path, find_unreadable
from cohort.schedule.dates import KEY, MAX_KEY, ExpressionError, parse_clock, parse_expression

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
_OFFSET = re.compile(r"[+-][0-9]{1,4}[dh]")
_MAX_UNKNOWN = 100
"""So many unknown fields in one place are reported; nobody reads on, and each costs a search for what was meant."""


class Kind:
    """What may stand in a place of the document."""

    noun: ClassVar[str] = "a text"
    types: ClassVar[tuple[type, ...]] = (str,)

    def inspect(self, value: Any, path: Path, findings: Findings) -> None:
        if value is None:
            findings.refuse(path, "empty", f"Nothing stands here: write {self.noun}, or leave the field out.")
        elif type(value) not in self.types:
            findings.refuse(path, "wrong-type", f"Found {_show(value)}; write {self.noun}{_advice(self, value)}.")
        else:
            self.check(value, path, findings)
            return
        self.lose(path, findings)

    def check(self, value: Any, path: Path, findings: Findings) -> None:
        """Reports what is wrong with a value of the right type."""
        raise NotImplementedError

    def lose(self, path: Path, findings: Findings, *, many: bool = False) -> None:
        """Notes the keys that cannot be read because this value cannot."""


@dataclass(frozen=True, slots=True)
class Text(Kind):
    longest: int
    """In characters."""
    one_line: bool = False

    def check(self, value: str, path: Path, findings: Findings) -> None:
        unreadable = find_unreadable(value)
        if not value.strip():
            findings.refuse(path, "empty", "The text is empty: write one.")
        elif unreadable or "\r" in value:
            code = ord(unreadable.group()) if unreadable else ord("\r")
            findings.refuse(path, "control-character", f"The text holds the invisible U+{code:04X}: take it out.")
        elif self.one_line and "\n" in value:
            findings.refuse(path, "line-break", f"“{excerpt(value)}” goes over several lines: write it on one.")
        elif len(value) > self.longest:
            message = f"“{excerpt(value)}” has {len(value):,} characters; there is room for {self.longest:,}."
            findings.refuse(path, "too-long", message)


@dataclass(frozen=True, slots=True)
class Pattern(Kind):
    """A short text of a fixed form."""

    form: re.Pattern[str]
    code: str
    right: str

    def check(self, value: str, path: Path, findings: Findings) -> None:
        if not self.form.fullmatch(value):
            findings.refuse(path, self.code, f"Found “{excerpt(value)}”; write {self.right}.")


LANGUAGE = Pattern(_LANGUAGE, "bad-language", "a language tag such as en or pt-BR")
OFFSET = Pattern(_OFFSET, "bad-offset", "a sign, a number and d for days or h for hours, such as -3d, +0d or -24h")


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    values: tuple[str, ...]

    def check(self, value: str, path: Path, findings: Findings) -> None:
        if value not in self.values:
            right = " or ".join(filter(None, (", ".join(self.values[:-1]), self.values[-1])))
            findings.refuse(path, "unknown-value", f"Found “{excerpt(value)}”; write {right}.")


@dataclass(frozen=True, slots=True)
class Key(Kind):
    """Declares a key, which is unique within its namespace."""

    noun: ClassVar[str] = "a key such as hard-talks"
    namespace: str

    def check(self, value: str, path: Path, findings: Findings) -> None:
        if _is_key(value):
            findings.keys[self.namespace].append((value, path))
            return
        message = f"“{excerpt(value)}” is not a key: write small letters, digits and single hyphens, such as hard-talks"
        findings.refuse(path, "bad-key", f"{message}; at most {MAX_KEY} characters.")
        findings.lost[self.namespace].append(Lost(path, value))

    def lose(self, path: Path, findings: Findings, *, many: bool = False) -> None:
        findings.lost[self.namespace].append(Lost(path, many=many))


@dataclass(frozen=True, slots=True)
class Use(Kind):
    """Names a key that is declared elsewhere."""

    namespace: str
    every: str | None = None
    """The word that stands for all of them, where one may."""

    def check(self, value: str, path: Path, findings: Findings) -> None:
        if value != self.every:
            findings.uses[self.namespace].append((value, path))


class Expression(Kind):
    noun: ClassVar[str] = "a date expression such as start+16d 17:00"

    def check(self, value: str, path: Path, findings: Findings) -> None:
        try:
            expression = parse_expression(value)
        except ExpressionError as error:
            findings.refuse(path, error.code, error.message)
            return
        findings.expressions[path] = expression
        if expression.key is not None:
            findings.uses[expression.anchor].append((expression.key, path))


class Clock(Kind):
    noun: ClassVar[str] = 'a time such as "09:00"'

    def check(self, value: str, path: Path, findings: Findings) -> None:
        try:
            parse_clock(value)
        except ValueError as error:
            findings.refuse(path, "bad-time", str(error))


@dataclass(frozen=True, slots=True)
class Number(Kind):
    noun: ClassVar[str] = "a number"
    types: ClassVar[tuple[type, ...]] = (int, float)
    lowest: int
    highest: int

    def check(self, value: float, path: Path, findings: Findings) -> None:
        if not self.lowest <= value <= self.highest:
            message = f"Found {value:,}; write a number from {self.lowest:,} to {self.highest:,}."
            findings.refuse(path, "out-of-range", message)


class Whole(Number):
    noun: ClassVar[str] = "a whole number"
    types: ClassVar[tuple[type, ...]] = (int,)


class Flag(Kind):
    noun: ClassVar[str] = "true or false"
    types: ClassVar[tuple[type, ...]] = (bool,)

    def check(self, value: bool, path: Path, findings: Findings) -> None:
        """Both are right."""


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    noun: ClassVar[str] = "a list"
    types: ClassVar[tuple[type, ...]] = (list,)
    kind: Kind
    fewest: int = 1
    most: int = 50

    def check(self, value: list[Any], path: Path, findings: Findings) -> None:
        if not value and self.fewest:
            findings.refuse(path, "empty", "The list is empty: write at least one entry.")
        elif len(value) > self.most:
            findings.refuse(path, "too-many", f"{len(value):,} entries stand here; there is room for {self.most}.")
            self.lose(path, findings)
        else:
            for index, item in enumerate(value):
                self.kind.inspect(item, (*path, index), findings)

    def lose(self, path: Path, findings: Findings, *, many: bool = False) -> None:
        self.kind.lose(path, findings, many=True)


class Levels(ListOf):
    """Four descriptions, from weakest to strongest."""

    noun: ClassVar[str] = "a list of four texts"

    def check(self, value: list[Any], path: Path, findings: Findings) -> None:
        if len(value) != 4:
            message = f"There {'is 1 level' if len(value) == 1 else f'are {len(value)} levels'} here; write four."
            findings.refuse(path, "level-count", message)
        else:
            super().check(value, path, findings)


@dataclass(frozen=True, slots=True)
class Record(Kind):
    """A group of named fields, all required but for the optional ones."""

    noun: ClassVar[str] = "a group of fields"
    types: ClassVar[tuple[type, ...]] = (dict,)
    name: str
    fields: Mapping[str, Kind]
    optional: tuple[str, ...] = ()
    agrees: Callable[[Mapping[str, Any], Path, Findings], None] | None = None
    """Checks what the fields must have in common."""
    in_line: bool = False
    """Written as `{key: …, title: …}`."""

    def check(self, value: dict[str, Any], path: Path, findings: Findings) -> None:
        self._check_names(value, path, findings)
        for name, kind in self.fields.items():
            if name in value:
                kind.inspect(value[name], (*path, name), findings)
        if self.agrees:
            self.agrees(value, path, findings)

    def lose(self, path: Path, findings: Findings, *, many: bool = False) -> None:
        for name, kind in self.fields.items():
            kind.lose((*path, name), findings, many=many)

    def _check_names(self, value: dict[str, Any], path: Path, findings: Findings) -> None:
        """A name that is unknown or written twice most likely stands for one that is missing: that is one mistake."""
        absent = [name for name in self.fields if name not in value]
        unknown = [name for name in value if name not in self.fields]
        for name in unknown[:_MAX_UNKNOWN]:
            meant = self._find_meant(name, absent)
            self._refuse_unknown(name, meant, path, findings)
            if meant and _is_like(name, meant) and type(value[name]) in self.fields[meant].types:
                self.fields[meant].inspect(value[name], (*path, name), findings)
            else:
                for lost in [meant] if meant else [name for name in absent if name in self.optional]:
                    self.fields[lost].lose((*path, lost), findings)
            absent = [name for name in absent if name != meant]
        missing = [name for name in absent if name not in self.optional]
        if path in findings.source.repeated:
            missing = self._refuse_repeated(findings.source.repeated[path], missing, path, findings)
        for name in missing:
            findings.refuse((*path, name), "missing-field", f"{name} is missing in this {self.name}: add it.")
            self.fields[name].lose((*path, name), findings)

    def _find_meant(self, name: str, absent: list[str]) -> str | None:
        required = [field for field in absent if field not in self.optional]
        return next((field for field in absent if _is_like(name, field)), next(iter(required), None))

    def _refuse_unknown(self, name: str, meant: str | None, path: Path, findings: Findings) -> None:
        right = f"{meant} is missing here, is that meant?" if meant else f"the fields are {', '.join(self.fields)}."
        message = f"“{excerpt(name)}” is not a field of a {self.name}: {right}"
        findings.refuse((*path, name), "unknown-field", message)

    def _refuse_repeated(
        self, repeated: list[tuple[str, int]], missing: list[str], path: Path, findings: Findings
    ) -> list[str]:
        """Reports all of them as one mistake and returns the missing fields that this does not account for."""
        (name, line), *others = repeated
        more = f" So do {', '.join(excerpt(other) for other, _ in others[:5])}: is a dash missing?" if others else ""
        hint = f" {missing[0]} is missing here, is that meant?" if missing and not others else ""
        message = f"“{excerpt(name)}” stands twice in this {self.name}: keep one.{more}{hint}"
        findings.refuse((*path, name), "duplicate-field", message, line=line)
        for lost in {name for name, _ in repeated} & set(self.fields):
            self.fields[lost].lose((*path, lost), findings, many=True)
        for lost in missing[: len(repeated)]:
            self.fields[lost].lose((*path, lost), findings)
        return missing[len(repeated) :]


def _is_like(name: str, field: str) -> bool:
    """True for a misspelling, whose value can be read as that of the field."""
    return bool(get_close_matches(name[:MAX_KEY], [field]))


def _is_key(text: str) -> bool:
    return len(text) <= MAX_KEY and re.fullmatch(KEY, text) is not None


def _show(value: object) -> str:
    if isinstance(value, dict):
        return Record.noun
    if isinstance(value, list):
        return ListOf.noun
    return str(value).lower() if isinstance(value, bool) else f"“{excerpt(str(value))}”"


def _advice(kind: Kind, value: object) -> str:
    is_scalar = not isinstance(value, (dict, list))
    return ", in quotes if it is meant as it stands" if str in kind.types and is_scalar else ""
