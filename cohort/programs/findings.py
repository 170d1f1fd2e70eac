"""What one pass over a document found: the mistakes, and the values that must agree with values elsewhere."""

from collections import defaultdict
from dataclasses import dataclass, field

from cohort.programs.source import PackError, Path, Source, write_path
from cohort.schedule.dates import DateExpression

MAX_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Lost:
    """A key that should have been declared at a place and cannot be read there, so that uses of it are no mistake."""

    path: Path
    text: str = ""
    """What stands there instead."""
    many: bool = False
    """True when a whole list is lost, and with it nobody knows how many keys."""


@dataclass(slots=True)
class Findings:
    source: Source
    errors: list[PackError] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)
    keys: dict[str, list[tuple[str, Path]]] = field(default_factory=lambda: defaultdict(list))
    """By namespace (`workshop`): the keys declared, in the order of the file."""
    uses: dict[str, list[tuple[str, Path]]] = field(default_factory=lambda: defaultdict(list))
    """By namespace: the keys that other places name."""
    lost: dict[str, list[Lost]] = field(default_factory=lambda: defaultdict(list))
    expressions: dict[Path, DateExpression] = field(default_factory=dict)

    def refuse(self, path: Path, code: str, message: str, *, line: int | None = None) -> None:
        self.broken.add(path)
        self.errors.append(PackError(write_path(path), line or self.source.line(path), code, message))

    def is_sound(self, path: Path) -> bool:
        """True when no mistake was found at `path` or inside it."""
        return not any(place[: len(path)] == path for place in self.broken)

    def list_errors(self) -> tuple[PackError, ...]:
        """In the order of the file; a file that is wrong all over gives the first few hundred."""
        errors = sorted(self.errors, key=lambda error: (error.line, error.path))
        if len(errors) <= MAX_ERRORS:
            return tuple(errors)
        more = f"There are {len(errors) - MAX_ERRORS} more mistakes after this one: correct these first."
        return (*errors[:MAX_ERRORS], PackError("", errors[MAX_ERRORS].line, "more-errors", more))
