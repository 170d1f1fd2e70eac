"""What becomes of one rule in a cohort, saved or not: by name who gets its mail when, and who does not and why.

The planner's own code decides, with all other rules beside it, because they share days and budgets. What it does not
look at any more, such as what was sent before, is added here with its reason.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.db import db
from cohort.mail.models import Message
from cohort.programs.pack import ReminderRule
from cohort.reminders import owing
from cohort.reminders.listing import SEATED, example_occasions, list_occasions
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.occasions import Occasion, Occasions, Reader
from cohort.reminders.owing import TOO_LATE, Owed, list_owed
from cohort.reminders.planning import list_decided, list_open, read_spent
from cohort.reminders.rounds import Decision, bundles, rounds
from cohort.reminders.ruling import Rules, rules_of
from cohort.reminders.timing import ALWAYS, Span, moments_of, sendable_since
from cohort.schedule.queries import list_items

SENT = "sent already"
JOINED_LATER = "joined after its time"
NO_MENTOR = "no mentor yet"
NO_STAFF = "no staff to tell"
TOLD_ALIKE = ("match.published", "pair.last_contact")
"""Occasions that each pair has for itself."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What one person gets of the rule about one occasion, or why they do not."""

    occasion: Occasion
    reader: Reader
    at: datetime | None
    """When the mail leaves, or left; None for one that never does."""
    reason: str
    """Why nothing is sent; '' when it is."""
    owed: Owed | None = None
    """What the mail is written from; None where nobody is there to read it."""

    @property
    def of(self) -> str:
        """The participant, where it is about somebody else than the reader."""
        participant = self.occasion.participant
        return "" if self.reader.person_id == participant.person_id else participant.name


@dataclass(frozen=True, slots=True)
class Told:
    """One occasion, and everybody whom the rule concerns about it."""

    key: str
    """The occasion, `assignment.due:KEY`; of pairs, who are all told alike, what the rule is about."""
    title: str
    at: datetime
    """Of the first of them."""
    gets: tuple[Expected, ...]
    """By time and name."""
    gets_not: tuple[Expected, ...]
    """By reason and name."""

    @property
    def first_at(self) -> datetime | None:
        """When the first mail leaves."""
        return self.gets[0].at if self.gets else None


@dataclass(frozen=True, slots=True)
class RuleForecast:
    told: tuple[Told, ...]
    """The occasions to come, the next first."""
    mails: int
    """How many mails will carry the rule: several things that can wait share one."""
    people: int
    is_example: bool = False
    """Nobody is in the cohort yet: this is one participant who is not there."""


def foresee_rule(cohort: Cohort, rule: ReminderRule, *, now: datetime) -> RuleForecast:
    """What would become of `rule` from `now` on if it were one of the cohort's.

    As the forecast, a cohort that is not launched is foreseen as if it were launched now, and one whose mail is paused
    as if it went on. Needs `cohort.version` loaded.
    """
    if cohort.state is CohortState.ARCHIVED:
        return RuleForecast((), 0, 0)
    rules = _among(rules_of(cohort), rule)
    span = Span(sendable_since(rules, now), ALWAYS.last)
    occasions, is_example = _read_occasions(cohort, now)
    decided = list_decided([cohort.id], since=moments_of(rules, span).first)[cohort.id]
    before = _read_decided(cohort.id, rule.key)
    leaving: dict[tuple[object, ...], Expected] = {}
    mails = 0
    spent = read_spent([cohort.id], now)
    for moment, decisions in rounds(list_open(rules, occasions, decided, span), since=now, spent=spent):
        of_rule = [one for one in decisions if one.owed.rule.key == rule.key]
        leaving |= {_key(one.owed): _expect(one, moment) for one in of_rule}
        mails += len({bundle.key for bundle in bundles(one.owed for one in of_rule if not one.reason)})
    everything: list[Expected] = []
    for occasion in (one for one in occasions.of_participants if one.about == rule.about):
        owed = list(list_owed([rule], Occasions((replace(occasion, since=ALWAYS.first),), occasions.staff)))
        everything += [
            leaving.get(_key(one)) or _explain(one, occasion, before, is_decided=owing.is_decided(one, decided))
            for one in owed
        ] or [Expected(occasion, occasion.participant, None, NO_STAFF if rule.to == "staff" else NO_MENTOR)]
    told = _gather(everything, now)
    people = {one.reader.person_id for group in told for one in group.gets}
    return RuleForecast(told, mails, len(people), is_example)


def _expect(decision: Decision, moment: datetime) -> Expected:
    """Of what a round at `moment` decides."""
    owed = decision.owed
    at = None if decision.reason else max(owed.due_at, moment)
    return Expected(owed.occasion, owed.reader, at, decision.reason, owed)


def _among(rules: Rules, rule: ReminderRule) -> Rules:
    return (*(one for one in rules if one.key != rule.key), rule)


def _read_occasions(cohort: Cohort, now: datetime) -> tuple[Occasions, bool]:
    is_draft = cohort.state is CohortState.DRAFT
    found = list_occasions(
        [cohort.id],
        since=now if is_draft else None,
        taking_part=(*SEATED, EnrolmentState.INVITED) if is_draft else SEATED,
    )[cohort.id]
    if is_draft and not found.of_participants:
        return example_occasions(cohort, list_items(cohort.id), since=now), True
    return found, False


def _key(owed: Owed) -> tuple[object, ...]:
    return (*owed.key, owed.occasion.at)


_Before = Mapping[tuple[object, ...], tuple[ReminderState, str, datetime]]
"""By what was decided about: how, why, and when the mail left or was to leave; the last decision about it."""


def _read_decided(cohort_id: int, rule_key: str) -> _Before:
    rows = db.session.execute(
        select(
            Reminder.enrolment_id,
            Reminder.person_id,
            Reminder.rule_key,
            Reminder.subject,
            Reminder.state,
            Reminder.reason,
            func.coalesce(Message.sent_at, Reminder.due_at),
        )
        .outerjoin(Message, Message.id == Reminder.message_id)
        .where(Reminder.cohort_id == cohort_id, Reminder.rule_key == rule_key)
        .order_by(Reminder.anchor_at, Reminder.id)
    )
    return {tuple(key): (state, reason, at) for *key, state, reason, at in rows}


def _explain(owed: Owed, occasion: Occasion, before: _Before, *, is_decided: bool) -> Expected:
    """Of what no round to come decides."""
    known = before.get(owed.key)
    if is_decided and known:
        state, reason, at = known
        if state is ReminderState.QUEUED:
            return Expected(occasion, owed.reader, at, SENT, owed)
        return Expected(occasion, owed.reader, None, reason, owed)
    return Expected(occasion, owed.reader, None, JOINED_LATER if owed.due_at < occasion.since else TOO_LATE, owed)


def _gather(everything: Iterable[Expected], now: datetime) -> tuple[Told, ...]:
    """By occasion: those that are still to come or of which something is still to be told, and pairs."""
    groups: dict[str, list[Expected]] = defaultdict(list)
    for one in everything:
        groups[_group(one.occasion)].append(one)
    told = [_tell(key, group) for key, group in groups.items()]
    ahead = [
        one
        for one in told
        if one.gets or one.key in TOLD_ALIKE or any(each.occasion.at >= now for each in one.gets_not)
    ]
    return tuple(sorted(ahead, key=lambda one: (one.first_at or one.at, one.at, one.key)))


def _group(occasion: Occasion) -> str:
    return occasion.about if occasion.about in TOLD_ALIKE else occasion.subject


def _tell(key: str, group: Sequence[Expected]) -> Told:
    gets = sorted((one for one in group if not one.reason), key=lambda one: (one.at, *_name(one)))
    gets_not = sorted((one for one in group if one.reason), key=lambda one: (one.reason, *_name(one)))
    first = min(group, key=lambda one: one.occasion.at)
    return Told(key, first.occasion.title, first.occasion.at, tuple(gets), tuple(gets_not))


def _name(one: Expected) -> tuple[str, int, str]:
    return one.reader.name, one.reader.person_id, one.of
