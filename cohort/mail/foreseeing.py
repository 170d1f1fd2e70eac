"""The forecast as the mail room shows it: one line for each occasion, with how many get the mail and how many not; or
one for each person."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cohort.reminders.forecast import ForecastRow


class Sending(StrEnum):
    """How free a mail is to come later."""

    ALWAYS = "always"
    CAN_WAIT = "can-wait"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a forecast is to be seen; '' for all."""

    rule: str = ""
    kind: str = ""
    person: str = ""
    """Stands in the name."""
    item: str = ""

    def wants(self, row: ForecastRow) -> bool:
        return (
            self.rule in ("", row.rule)
            and self.kind in ("", sending_of(row))
            and self.item in ("", occasion_of(row))
            and self.person.casefold() in row.person.casefold()
        )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One mail of the forecast to everybody whom it concerns."""

    rule: str
    item: str
    title: str
    first_at: datetime
    local: datetime
    """What the clocks of the first who gets it show; of everybody when `is_wall_clock`."""
    is_wall_clock: bool
    to: int
    not_to: tuple[tuple[str, int], ...]
    """(reason, number of people), the most frequent first."""
    sending: Sending
    digest: str
    """`daily` or `weekly`, of a digest."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person of the forecast."""

    person_id: int
    name: str
    mails: int
    not_sent: int
    next_at: datetime | None
    next_title: str


def sending_of(row: ForecastRow) -> Sending:
    if row.digest:
        return Sending.DIGEST
    return Sending.ALWAYS if row.is_essential else Sending.CAN_WAIT


def occasion_of(row: ForecastRow) -> str:
    """Pairs are told alike, whichever they are."""
    return row.about if row.about.startswith(("pair.", "match.")) else row.item


def group(rows: Iterable[ForecastRow]) -> list[Foreseen]:
    """By rule, occasion and time, and all that one kind of digest gathers; ordered by when the first mail leaves."""
    groups: dict[tuple[str, ...], list[ForecastRow]] = defaultdict(list)
    for row in rows:
        what = (row.digest, "") if row.digest and not row.reason else (row.rule, occasion_of(row))
        groups[*what, _time(row)].append(row)
    return sorted((_line(one) for one in groups.values()), key=lambda line: (line.first_at, line.rule, line.item))


def by_person(rows: Iterable[ForecastRow]) -> list[Addressee]:
    """By name."""
    theirs: dict[tuple[str, int], list[ForecastRow]] = defaultdict(list)
    for row in rows:
        theirs[row.person, row.person_id].append(row)
    return [_addressee(*who, of) for who, of in sorted(theirs.items())]


def _addressee(name: str, person_id: int, rows: Sequence[ForecastRow]) -> Addressee:
    first = min((row for row in rows if row.mail), key=lambda row: row.utc, default=None)
    return Addressee(
        person_id=person_id,
        name=name,
        mails=len({row.mail for row in rows if row.mail}),
        not_sent=sum(not row.mail for row in rows),
        next_at=first.utc if first else None,
        next_title=first.title if first else "",
    )


def _time(row: ForecastRow) -> str:
    is_local = row.is_wall_clock or row.digest
    return f"{row.local:%Y-%m-%dT%H:%M}" if is_local else f"{row.utc:%Y-%m-%dT%H:%M}Z"


def _line(rows: list[ForecastRow]) -> Foreseen:
    first = min(rows, key=lambda row: row.utc)
    reasons = Counter(row.reason for row in rows if row.reason)
    digest = first.digest if not first.reason else ""
    return Foreseen(
        rule="" if digest else first.rule,
        item="" if digest else occasion_of(first),
        title=first.title,
        first_at=first.utc,
        local=first.local,
        is_wall_clock=first.is_wall_clock or bool(digest),
        to=len({row.person_id for row in rows if not row.reason}),
        not_to=tuple(reasons.most_common()),
        sending=sending_of(first),
        digest=digest,
    )
