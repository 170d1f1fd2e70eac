"""The policy against the access matrix, cell by cell, and the gate against every route."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from cohort.access import ACTIONS, COLUMNS, Actor, Guard, Verdict, decide
from cohort.gate import MARK, undeclared_routes

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
COHORT, ELSEWHERE = 1, 2
OWNER, ENROLMENT = 10, 100
MATRIX = {
    row["code"]: dict(zip(COLUMNS, row["OWN PEER MENT OMEN FAC STF OSTF ADM ANON WDR"].split(), strict=True))
    for row in csv.DictReader((Path(__file__).parent / "access_matrix.csv").read_text().splitlines())
}
# The decisions above the matrix come first: the mentor reviews work that was declared so, and may extend it.
MATRIX["D3"]["MENT"] = MATRIX["D4"]["MENT"] = MATRIX["D5"]["MENT"] = MATRIX["D6"]["MENT"] = "M"

CAST = {
    "OWN": Actor(OWNER, roles={COHORT: frozenset({"participant"})}),
    "WDR": Actor(OWNER),
    "PEER": Actor(11, roles={COHORT: frozenset({"participant"})}),
    "MENT": Actor(12, roles={COHORT: frozenset({"mentor"})}, mentees=frozenset({ENROLMENT})),
    "OMEN": Actor(13, roles={COHORT: frozenset({"mentor"})}, mentees=frozenset({999})),
    "FAC": Actor(14, roles={COHORT: frozenset({"facilitator"})}),
    "STF": Actor(15, roles={COHORT: frozenset({"program lead"})}),
    "OSTF": Actor(16, roles={ELSEWHERE: frozenset({"program lead"})}),
    "ADM": Actor(17, is_admin=True),
    "ANON": Actor(),
}
THING = Guard(cohort_id=COHORT, person_id=OWNER, enrolment_id=ENROLMENT)
ANSWERS = {"Y": Verdict.ALLOW, "-": Verdict.HIDE, "x": Verdict.REFUSE, "h": Verdict.HIDE, "L": Verdict.SIGN_IN}
FROM_THE_MATRIX = sorted(name for name, action in ACTIONS.items() if not action.code.startswith("N"))


def guard_for(column: str, cell: str, *, holds: bool) -> Guard:
    withdrawn = NOW - (timedelta(days=3) if holds else timedelta(days=31))
    return replace(
        THING,
        is_declared="M" in cell and holds,
        withdrawn_at=withdrawn if column == "WDR" else None,
    )


def expected(cell: str, *, holds: bool) -> Verdict:
    if cell in ANSWERS:
        return ANSWERS[cell]
    if "D" in cell:
        return Verdict.METADATA
    if set(cell) <= set("GCO"):
        return Verdict.ALLOW
    if "U" in cell:
        return Verdict.ALLOW if holds else Verdict.CONFIRM
    return Verdict.ALLOW if holds and set(cell) <= set("MW") else Verdict.HIDE


def readers(action: str, guard: Guard) -> set[str]:
    """Who of the cast gets to see the thing; nobody has withdrawn."""
    cast = {column: actor for column, actor in CAST.items() if column != "WDR"}
    return {column for column, actor in cast.items() if decide(actor, action, guard, NOW) >= Verdict.METADATA}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", FROM_THE_MATRIX)
def test_every_cell_of_the_matrix_is_what_the_policy_answers(name: str, column: str) -> None:
    cell = MATRIX[ACTIONS[name].code][column]
    for holds in (True, False):
        actor = replace(CAST[column], confirmed_at=NOW if holds else NOW - timedelta(minutes=11))

        verdict = decide(actor, name, guard_for(column, cell, holds=holds), NOW)

        assert verdict is expected(cell, holds=holds), f"{ACTIONS[name].code} {column} {cell} holds={holds}"


def test_unknown_action_raises() -> None:
    with pytest.raises(KeyError):
        decide(CAST["STF"], "submission.reed", THING, NOW)


def test_two_roles_give_the_better_answer() -> None:
    both = Actor(18, is_admin=True, roles={COHORT: frozenset({"facilitator"})})

    assert decide(both, "module.read", THING, NOW) is Verdict.ALLOW


def test_draft_is_hidden_from_everybody_but_its_owner() -> None:
    draft = replace(THING, is_draft=True, is_declared=True)

    assert readers("submission.read", draft) == {"OWN"}


def test_notes_are_read_by_the_two_of_the_pair_alone() -> None:
    assert readers("note.read", THING) == {"OWN", "MENT"}


def test_what_a_former_mentor_wrote_is_kept_for_them_alone() -> None:
    assert readers("note.keep", replace(THING, enrolment_id=None)) == {"OWN"}
    assert readers("note.keep", THING) == {"OWN"}


def test_observer_reads_what_staff_read_and_writes_nothing() -> None:
    observer = Actor(19, roles={COHORT: frozenset({"observer"})})

    assert decide(observer, "submission.read", THING, NOW) is Verdict.ALLOW
    assert decide(observer, "note.read", THING, NOW) is Verdict.HIDE
    assert decide(observer, "cohort.edit", THING, NOW) < Verdict.METADATA


def test_more_time_is_asked_for_by_its_owner_and_given_by_the_reviewer_and_staff() -> None:
    assert readers("extension.ask", THING) == {"OWN"}
    assert readers("extension.grant", replace(THING, is_declared=True)) == {"MENT", "FAC", "STF"}
    assert readers("extension.grant", THING) == {"FAC", "STF"}
    assert readers("extension.list", replace(THING, person_id=None)) == {"FAC", "STF"}


def test_days_away_are_noted_by_their_owner_alone() -> None:
    assert readers("account.away", Guard(person_id=OWNER)) == {"OWN"}


def test_nobody_without_membership_sees_anything_of_a_cohort() -> None:
    stranger = Actor(20)

    seen = {name for name in ACTIONS if decide(stranger, name, replace(THING, person_id=None), NOW) >= Verdict.METADATA}

    assert seen == set()


def test_every_route_declares_its_access(app: Flask) -> None:
    assert undeclared_routes(app) == []


def test_public_routes_are_the_known_few(app: Flask) -> None:
    public = {
        endpoint for endpoint, view in app.view_functions.items() if str(getattr(view, MARK, "")).startswith("public:")
    }

    assert public == PUBLIC


def test_declared_actions_exist(app: Flask) -> None:
    declared = {getattr(view, MARK, "public:") for view in app.view_functions.values()}

    assert {name for name in declared if not name.startswith("public:")} <= set(ACTIONS)


PUBLIC = {
    "calendars.feed",
    "health.health",
    "health.mail",
    "health.metrics",
    "mailroom.mailbox",
    "mailroom.mailbox_html",
    "mailroom.mailbox_message",
    "people.choose_by_link",
    "people.forgotten_password",
    "people.invitation",
    "people.new_password",
    "people.send_sign_in_link",
    "people.sign_in",
    "people.sign_in_by_link",
    "people.sign_in_with_password",
    "people.sign_out",
    "people.unsubscribe",
    "people.unsubscribe_now",
    "people.who_reads_what",
}
