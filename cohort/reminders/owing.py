"""What is owed to whom, when, and what holds it back: rules on the one side, occasions on the other. Pure.

The planner, the forecast and the last look before a mail leaves all ask here, so they cannot disagree.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cohort.programs.pack import ReminderRule
from cohort.reminders.models import ReminderState
from cohort.reminders.occasions import Occasion, Occasions, Reader
from cohort.reminders.timing import ALWAYS, Span, due_at, moments_of, not_after

REARM_AFTER = timedelta(hours=24)
"""What was sent is owed again when its occasion moved at least so much later."""
TOO_LATE = "too late"
TURNED_OFF = "turned off"
SUPERSEDED = "a later reminder says it"

Key = tuple[int, int, str, str]
"""Enrolment, person, rule and subject: what a decision is about."""
Decided = Mapping[Key, Sequence[tuple[datetime, ReminderState]]]


@dataclass(frozen=True, slots=True)
class Owed:
    """One mail that a rule owes one person about one occasion."""

    rule: ReminderRule
    occasion: Occasion
    reader: Reader
    due_at: datetime
    not_after: datetime
    held: str
    """Why it is not sent as things stand: `submitted`, `turned off`; '' when it is."""
    key: Key

    @property
    def is_essential(self) -> bool:
        return self.rule.kind == "critical"

    def reason_against(self, now: datetime) -> str:
        """Why it is not sent at `now`; '' when it is."""
        return self.held or (TOO_LATE if now > self.not_after else "")


def list_owed(rules: Sequence[ReminderRule], occasions: Occasions, span: Span = ALWAYS) -> Iterator[Owed]:
    """Everything that becomes due in `span`, decided or not."""
    by_about: dict[str, list[tuple[ReminderRule, Span]]] = defaultdict(list)
    for rule in rules:
        by_about[rule.about].append((rule, moments_of([rule], span)))
    for occasion in occasions.of_participants:
        for rule, moments in by_about[occasion.about]:
            if not moments.first <= occasion.at <= moments.last:
                continue
            for reader in _readers(rule, occasion, occasions.staff):
                owed = owe(rule, occasion, reader)
                if owed.due_at >= occasion.since and span.first <= owed.due_at <= span.last:
                    yield owed


def owe(rule: ReminderRule, occasion: Occasion, reader: Reader) -> Owed:
    """What `rule` owes `reader` about `occasion`."""
    due = due_at(rule, occasion.at, reader.zone, occasion.day)
    held = _held(rule, occasion, due)
    if not held and rule.kind == "digest" and not reader.takes_digest:
        held = TURNED_OFF
    key = (occasion.enrolment_id, reader.person_id, rule.key, occasion.subject)
    return Owed(rule, occasion, reader, due, not_after(rule, occasion.at, due, reader.zone), held, key)


def is_decided(owed: Owed, decided: Decided) -> bool:
    """True when it was sent or dropped before, for this date or, once sent, for one that is hardly different."""
    before = decided.get(owed.key)
    return before is not None and any(
        anchor == owed.occasion.at or (state is ReminderState.QUEUED and owed.occasion.at < anchor + REARM_AFTER)
        for anchor, state in before
    )


def superseded(owed: Iterable[Owed]) -> set[Key]:
    """Of several mails to one person about one thing that would leave at once, all but the last to become due."""
    last: dict[tuple[int, int, str], Owed] = {}
    out: set[Key] = set()
    for one in sorted(owed, key=lambda one: one.due_at):
        about = (one.occasion.enrolment_id, one.reader.person_id, one.occasion.subject)
        if about in last:
            out.add(last[about].key)
        last[about] = one
    return out


def _readers(rule: ReminderRule, occasion: Occasion, staff: tuple[Reader, ...]) -> tuple[Reader, ...]:
    if rule.about == "mentor_session.by" and occasion.pair is None:
        return ()
    mentor = (occasion.pair.mentor,) if occasion.pair else ()
    match rule.to:
        case "participant" | "attendees":
            return (occasion.participant,)
        case "pair":
            return (occasion.participant, *mentor)
        case "mentor":
            return mentor
        case "staff":
            return staff
        case _:
            return ()


def _held(rule: ReminderRule, occasion: Occasion, due: datetime) -> str:
    """The rule's own word when what it waits for is so; the occasion's when it concerns nobody."""
    if occasion.held:
        return occasion.held
    match rule.unless:
        case None:
            return ""
        case "booked":
            is_so = occasion.done_at is not None or (occasion.next_at is not None and occasion.next_at > due)
        case _:
            is_so = occasion.done_at is not None
    return rule.unless.replace("-", " ") if is_so else ""
