"""Every mail to come: what the planner would decide if nothing changed, worked out by the planner's own code."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.reminders.listing import SEATED, list_occasions
from cohort.reminders.occasions import Moved
from cohort.reminders.owing import Decided, Key, Owed
from cohort.reminders.planning import list_decided, list_open, read_spent
from cohort.reminders.rounds import Bundle, Decision, Spent, bundles, rounds
from cohort.reminders.ruling import Rules, rules_of
from cohort.reminders.timing import Span, is_wall_clock, moments_by_about, moments_of, sendable_since


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """One mail to one person, or one that will not be sent as things stand."""

    rule: str
    about: str
    item: str
    """The occasion: `assignment.due:KEY`."""
    title: str
    person: str
    person_id: int
    state: str
    """`planned` or `dropped`."""
    local: datetime
    """In the zone of the person."""
    utc: datetime
    """When it leaves; of what is due already and leaves with the next round, when it was due."""
    reason: str
    """Why it will not be sent; '' when it will."""
    is_essential: bool
    is_wall_clock: bool
    """Leaves at this time on everybody's own clock."""
    key: Key
    anchor_at: datetime
    """The moment of the occasion for this person."""
    mail: str
    """What is the same for all that goes into one mail; '' for what will not be sent."""
    digest: str
    """`daily` or `weekly` when it leaves with that digest."""
    budget: int
    """Of the person: mails a week that can wait."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a forecast rests on besides the occasions: how the cohort reminds, and what it has told before."""

    rules: Rules
    decided: Decided
    spent: Spent


def forecast(
    cohort: Cohort,
    *,
    now: datetime,
    until: datetime,
    moved: Moved | None = None,
    known: Known | None = None,
    enrolment_ids: Collection[int] | None = None,
) -> list[ForecastRow]:
    """What becomes due from `now` on until `until`, and what is due already, undecided and not long too late; by time.

    A tick at the time of a row does what the row says, if nothing changes before. A cohort that is not launched yet is
    foreseen as if it were launched now; while its mail is paused, as if it went on; with `moved`, as if items had those
    dates. Needs `cohort.version` loaded. `known` spares reading it again; `enrolment_ids` are
    those of whom is spoken, for all of whom it is worked out when left out.
    """
    if cohort.state is CohortState.ARCHIVED:
        return []
    known = known or read_known(cohort, now)
    owed = list_to_come(cohort, known, now=now, until=max(now, until), moved=moved, enrolment_ids=enrolment_ids)
    rows: list[ForecastRow] = []
    for moment, decisions in rounds(owed, since=now, spent=known.spent.copy()):
        mails = bundles(one.owed for one in decisions if not one.reason)
        mail_of = {one.key: mail for mail in mails for one in mail.owed}
        rows += [_row(one, moment, mail_of.get(one.owed.key), now) for one in decisions]
    return rows


def read_known(cohort: Cohort, now: datetime, rules: Rules | None = None) -> Known:
    """Needs `cohort.version` loaded; `rules` are those of the cohort where they were read already."""
    rules = rules_of(cohort) if rules is None else rules
    since = moments_of(rules, Span(sendable_since(rules, now), now)).first
    return Known(rules, list_decided([cohort.id], since=since)[cohort.id], read_spent([cohort.id], now))


def list_to_come(
    cohort: Cohort,
    known: Known,
    *,
    now: datetime,
    until: datetime,
    taking_part: Collection[EnrolmentState] = SEATED,
    moved: Moved | None = None,
    enrolment_ids: Collection[int] | None = None,
) -> list[Owed]:
    """What is open and not long too late at `now`, or becomes due until `until`; by time."""
    span = Span(sendable_since(known.rules, now), until)
    occasions = list_occasions(
        [cohort.id],
        enrolment_ids=enrolment_ids,
        since=now if cohort.state is CohortState.DRAFT else None,
        moments=moments_by_about(known.rules, span),
        taking_part=taking_part,
        moved=moved,
    )
    return list_open(known.rules, occasions[cohort.id], known.decided, span)


def as_facts(row: ForecastRow) -> dict[str, Any]:
    """A row as `cohort forecast --json` prints it."""
    return {
        "rule": row.rule,
        "about": row.about,
        "item": row.item,
        "person": row.person,
        "state": row.state,
        "local": row.local.isoformat(timespec="minutes"),
        "utc": f"{row.utc:%Y-%m-%dT%H:%M:%SZ}",
        "reason": row.reason,
    }


def count_people(rows: Iterable[ForecastRow]) -> int:
    """How many people get mail."""
    return len({row.person_id for row in rows if row.state == "planned"})


def count_mails(rows: Iterable[ForecastRow]) -> int:
    """How many mails they get: several things may be said in one."""
    return len({row.mail for row in rows if row.mail})


def _row(decision: Decision, moment: datetime, mail: Bundle | None, now: datetime) -> ForecastRow:
    owed, reason = decision.owed, decision.reason
    at = moment if moment > now and not reason else owed.due_at
    return ForecastRow(
        rule=owed.rule.key,
        about=owed.rule.about,
        item=owed.occasion.subject,
        title=owed.occasion.title,
        person=owed.reader.name,
        person_id=owed.reader.person_id,
        state="dropped" if reason else "planned",
        local=in_zone(at, owed.reader.zone),
        utc=at,
        reason=reason,
        is_essential=owed.is_essential,
        is_wall_clock=is_wall_clock(owed.rule),
        key=owed.key,
        anchor_at=owed.occasion.at,
        mail=mail.key if mail else "",
        digest=owed.digest.value if owed.digest else "",
        budget=owed.reader.wishes.budget,
    )
