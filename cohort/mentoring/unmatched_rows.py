"""Everybody without a mentor and why, as the studio lists them: people of one bottleneck under the words they share."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import url_for

from cohort.cohorts.models import Enrolment
from cohort.mentoring.gathering import People
from cohort.mentoring.kept_runs import SavedRun
from cohort.mentoring.proposing import RULES_IN_WORDS

Row = dict[str, Any]
NOT_RUN = "Not in a run yet, or taken out of a pair since: run again, or pair by hand."
SAID_NO = "The mentor who was asked said not this time: run again, or pair by hand."
FOR_LEADS = "No mentor is possible by the rules of the run. Program leads read which of them stand in the way."
"""To everybody else, whatever the rules are: one of them may be a veto."""


def unmatched_groups(people: People, last: SavedRun | None, *, may_decide: bool) -> list[Row]:
    """The words that all of a group share, and its rows; those who share them with nobody come last."""
    groups: dict[str, list[Row]] = {}
    # Runs that were kept before know of no shared words.
    found = {who: (*words, "")[:2] for who, *words in last.row.outcome["unmatched"]} if last else {}
    said_no = {enrolment for enrolment, _ in people.declined}
    for one in people.alone:
        shared, own = _reason_of(one, found, said_no)
        if not may_decide and any(rule in own for rule in RULES_IN_WORDS.values()):
            own = "" if shared else FOR_LEADS
        groups.setdefault(shared, []).append(_row(one, own, people.cohort.slug, may_decide=may_decide))
    return [{"shared": shared, "rows": groups[shared]} for shared in sorted(groups, key=lambda words: not words)]


def _reason_of(one: Enrolment, found: Mapping[int, Sequence[str]], said_no: Collection[int]) -> tuple[str, str]:
    """What others share of the reason, and the rest of it."""
    if one.id not in found:
        return "", SAID_NO if one.id in said_no else NOT_RUN
    words, shared = found[one.id]
    return shared, words.removeprefix(shared).strip()


def _row(one: Enrolment, own: str, slug: str, *, may_decide: bool) -> Row:
    why = {
        "word": "Why",
        "url": url_for("matching.why", slug=slug, enrolment_id=one.id),
        "about": f"{one.person.name} has nobody",
    }
    return {"icon": "question-lg", "who": one.person.name, "what": own, "actions": [why] if may_decide else []}
