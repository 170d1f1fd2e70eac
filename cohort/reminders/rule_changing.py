"""What staff do to the reminder rules of their cohort: change one, turn it off and on, put it back, add their own.

A rule keeps its key, whatever becomes of it, and decisions stand under the key: what was sent is not sent again.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from cohort.cohorts.models import Cohort
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.models import Person
from cohort.programs.combining import Mistake, list_mistakes, tells_of_match
from cohort.programs.pack import ReminderRule
from cohort.reminders.models import CohortRule
from cohort.reminders.placeholders import list_broken
from cohort.reminders.ruling import RuleOfCohort, as_stored, list_rules

LONGEST_SUBJECT = 120
LONGEST_TEXT = 2_000
MOST_OWN = 100
"""Rules of its own that a cohort may have."""
OWN = "own-"
"""Begins the keys of a cohort's own rules, so that none of them is ever that of a rule of the program."""
_LONGEST_NAME = 40


class RuleChanged(Conflict):
    """Somebody else changed the rule after it was opened."""


def find_mistakes(rule: ReminderRule, before: ReminderRule | None = None) -> list[Mistake]:
    """All that is wrong with a rule of a cohort, the words of its own included. `before`: what it replaces."""
    return [*list_mistakes(rule, before), *_mistakes_of_words(rule)]


def change_rule(cohort: Cohort, rule: ReminderRule, *, seen: str, by: Person, now: datetime) -> None:
    """Give the rule with this key other words, times or readers. `seen`: its state when it was opened."""
    before = _take(cohort, rule.key, seen)
    if rule.about != before.rule.about:
        raise DomainError("A rule stays about the same thing. Add another one instead.", field="about")
    _refuse_mistakes(rule, before.rule)
    _write(cohort, before, rule, is_off=before.is_off, by=by, now=now)


def turn_off(cohort: Cohort, key: str, *, seen: str, by: Person, now: datetime) -> None:
    """It sends nothing from now on; what waits in the outbox is not sent either."""
    before = _take(cohort, key, seen)
    _write(cohort, before, before.rule, is_off=True, by=by, now=now)


def turn_on(cohort: Cohort, key: str, *, seen: str, by: Person, now: datetime) -> None:
    """It speaks again, of what is not too late by now."""
    before = _take(cohort, key, seen)
    _write(cohort, before, before.rule, is_off=False, by=by, now=now)


def put_back(cohort: Cohort, key: str, *, seen: str, by: Person, now: datetime) -> None:
    """As the program has it, and on."""
    before = _take(cohort, key, seen)
    if before.program is None:
        raise DomainError("This rule is the cohort’s own: the program has none to go back to.")
    _write(cohort, before, before.program, is_off=False, by=by, now=now)


def add_rule(cohort: Cohort, rule: ReminderRule, *, name: str, by: Person, now: datetime) -> ReminderRule:
    """A rule of the cohort's own, with a key made from its name; the key that `rule` has does not matter."""
    take_turn(cohort.id)
    rules = list_rules(cohort)
    if sum(one.program is None for one in rules) >= MOST_OWN:
        raise DomainError(f"A cohort has at most {MOST_OWN} rules of its own. Change one of them instead.")
    _refuse_mistakes(rule)
    added = replace(rule, key=_make_key(name, rule.about, {one.rule.key for one in rules}))
    _write(cohort, RuleOfCohort(added, None, None), added, is_off=False, by=by, now=now)
    return added


def _take(cohort: Cohort, key: str, seen: str) -> RuleOfCohort:
    """The rule as it is now, for this transaction alone."""
    take_turn(cohort.id)
    found = next((one for one in list_rules(cohort) if one.rule.key == key), None)
    if found is None or found.state != seen:
        raise RuleChanged("This rule was changed after you opened it.")
    if tells_of_match(found.rule):
        raise DomainError("This mail leaves when a match is published. It can be neither changed nor turned off.")
    return found


def _write(
    cohort: Cohort, before: RuleOfCohort, rule: ReminderRule, *, is_off: bool, by: Person, now: datetime
) -> None:
    """What is as in the program leaves no row."""
    row = before.change
    if rule == before.program and not is_off:
        if row is not None:
            db.session.delete(row)
    elif row is None:
        values = {"rule": as_stored(rule), "is_off": is_off, "changed_at": now, "changed_by_id": by.id}
        db.session.add(CohortRule(cohort_id=cohort.id, key=rule.key, **values))
    else:
        row.rule, row.is_off, row.changed_at, row.changed_by = as_stored(rule), is_off, now, by
    db.session.flush()


def _refuse_mistakes(rule: ReminderRule, before: ReminderRule | None = None) -> None:
    for mistake in find_mistakes(rule, before):
        raise DomainError(mistake.message, field=mistake.field)


def _mistakes_of_words(rule: ReminderRule) -> Iterator[Mistake]:
    for field, words, longest in (("subject", rule.subject, LONGEST_SUBJECT), ("text", rule.text, LONGEST_TEXT)):
        if words and len(words) > longest:
            yield Mistake(field, f"At most {longest:,} characters; this has more. Shorten it.")
        broken = list_broken(words or "", rule.about, is_subject=field == "subject")
        yield from (Mistake(field, message) for message in broken)
    if rule.subject and "\n" in rule.subject:
        yield Mistake("subject", "A subject is one line.")


def _make_key(name: str, about: str, taken: set[str]) -> str:
    words = _as_key(name)[:_LONGEST_NAME].strip("-") or _as_key(about)
    keys = (f"{OWN}{words}" if number == 1 else f"{OWN}{words}-{number}" for number in count(1))
    return next(key for key in keys if key not in taken)


def _as_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
