"""What is owed to whom, when, and what holds it back: rules on the one side, occasions on the other. Pure.

The planner, the forecast and the last look before a mail leaves all ask here, so they cannot disagree.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cohort.people.wishes import Choice
from cohort.programs.pack import ReminderRule
from cohort.reminders.leaving import Leaving, digest_not_after, leave, minds_quiet_hours, put_off
from cohort.reminders.models import ReminderState
from cohort.reminders.occasions import Occasion, Occasions, Reader
from cohort.reminders.timing import ALWAYS, Span, moments_of
from cohort.reminders.windows import next_open

REARM_AFTER = timedelta(hours=24)
"""What was sent is owed again when its occasion moved at least so much later."""
TOO_LATE = "too late"
NO_OPEN_HOUR = "no open hour before it"
SUPERSEDED = "a later reminder says it"

Key = tuple[int, int, str, str]
"""Enrolment, person, rule and subject: what a decision is about."""
Decided = Mapping[Key, Sequence[tuple[datetime, ReminderState]]]


@dataclass(slots=True)
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
    digest: Choice | None = None
    """DAILY or WEEKLY when it leaves with that digest of the reader."""

    @property
    def is_essential(self) -> bool:
        return self.rule.kind == "critical"

    @property
    def is_ahead(self) -> bool:
        """It speaks of something that is still to come when it leaves."""
        return self.occasion.at > self.due_at

    def leaves_at(self, now: datetime) -> datetime:
        """When it leaves if it has not until `now`: at its time or, late, once the reader's quiet hours are over."""
        if now <= self.due_at or self.held:
            return max(now, self.due_at)
        return next_open(self.reader.wishes, now, self.reader.zone) if minds_quiet_hours(self.rule) else now

    def reason_against(self, now: datetime) -> str:
        """Why it is not sent at `now` or when quiet hours are over then; '' when it is."""
        if self.held:
            return self.held
        if now > self.not_after:
            return TOO_LATE
        return NO_OPEN_HOUR if self.leaves_at(now) > self.not_after else ""

    def joining(self, *, weekly: bool) -> "Owed | None":
        """The same, put off to the reader's next digest; None when that would be too late."""
        reader, at = self.reader, self.occasion.at
        leaving = put_off(at, reader.zone, reader.wishes, self.due_at, weekly=weekly, is_ahead=self.is_ahead)
        if leaving is None:
            return None
        return replace(self, due_at=leaving.at, not_after=leaving.not_after, digest=leaving.digest)

    def as_decided(self, due_at: datetime) -> "Owed":
        """The same, as it was put off to the digest at `due_at` because its reader had had enough by then."""
        if self.digest or due_at <= self.due_at:
            return self
        not_after = digest_not_after(self.occasion.at, due_at, is_ahead=self.is_ahead)
        return replace(self, due_at=due_at, not_after=not_after, digest=Choice.WEEKLY)


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
                leaving = leave_to(reader, rule, occasion)
                if leaving.at >= occasion.since and span.first <= leaving.at <= span.last:
                    yield _owed(rule, occasion, reader, leaving)


def owe(rule: ReminderRule, occasion: Occasion, reader: Reader) -> Owed:
    """What `rule` owes `reader` about `occasion`."""
    return _owed(rule, occasion, reader, leave_to(reader, rule, occasion))


def leave_to(reader: Reader, rule: ReminderRule, occasion: Occasion) -> Leaving:
    """When the mail of `rule` about `occasion` leaves for `reader`."""
    return leave(
        rule,
        occasion.at,
        reader.zone,
        reader.wishes,
        day=occasion.day,
        changed_at=occasion.changed_at,
        away=reader.away,
    )


def _owed(rule: ReminderRule, occasion: Occasion, reader: Reader, leaving: Leaving) -> Owed:
    held = _held(rule, occasion, leaving.at) or leaving.held
    key = (occasion.enrolment_id, reader.person_id, rule.key, occasion.subject)
    return Owed(rule, occasion, reader, leaving.at, leaving.not_after, held, key, leaving.digest)


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
