"""When a check-in takes answers: from its opening until the next one opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from cohort.programs.pack import CheckIn
from cohort.schedule.items import Kind


@dataclass(frozen=True, slots=True)
class Window:
    """The dates around one check-in; a date is None while it hangs on something that is not settled."""

    opens: datetime | None
    closes: datetime | None
    next_opens: datetime | None
    """When the one after it opens. An answer that comes after the closing is taken until then, and as long as it is
    open for a person with more time; the last one always."""

    def is_ahead(self, now: datetime) -> bool:
        return self.opens is None or now < self.opens

    def is_over(self, now: datetime) -> bool:
        return self.next_opens is not None and now >= max(self.next_opens, self.closes or self.next_opens)

    def takes_answers(self, now: datetime) -> bool:
        return not self.is_ahead(now) and not self.is_over(now)

    def is_open(self, now: datetime) -> bool:
        """Between its own two dates; after the closing it still takes answers, but nobody is asked for them."""
        return not self.is_ahead(now) and (self.closes is None or now < self.closes)


class Dated(Protocol):
    """A dated item of the cohort, or as it stands for one person."""

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def at(self) -> datetime | None: ...


class OwnDate(NamedTuple):
    """A date of check-ins as it stands for one person."""

    kind: str
    key: str
    at: datetime | None


def windows_of(checkins: Iterable[CheckIn], items: Iterable[Dated]) -> Mapping[str, Window]:
    """The window of every check-in by its key, from the dated items of the cohort or of one person."""
    at = {(item.kind, item.key): item.at for item in items}
    keys = [checkin.key for checkin in checkins]
    opens = {key: at.get((Kind.CHECKIN_OPENS, key)) for key in keys}
    opened = sorted(moment for moment in opens.values() if moment is not None)
    return {key: _window(opens[key], at.get((Kind.CHECKIN_CLOSES, key)), opened) for key in keys}


def _window(opens: datetime | None, closes: datetime | None, opened: list[datetime]) -> Window:
    following = [moment for moment in opened if opens is not None and moment > opens]
    return Window(opens, closes, following[0] if following else None)
