"""Runs that are kept: what is stored, what the command makes of their files, what steadies them, how two differ."""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from itertools import product

import pytest
from sqlalchemy import inspect, update

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring import pairing as deeds
from cohort.mentoring import runs
from cohort.mentoring.apart import confirm, forbid, turn_down
from cohort.mentoring.gathering import list_people
from cohort.mentoring.kept_runs import compare, find_run, list_runs, list_summed, read_outcomes
from cohort.mentoring.matching import match_files
from cohort.mentoring.models import MatchRun, PairingState, RunState, Side
from cohort.mentoring.proposing import count_ruled_out, run
from cohort.mentoring.run_input import RunInput, write_input
from cohort.mentoring.runs import is_current, ruled_out_now
from cohort.mentoring.settings import RunSettings, settings_of
from tests.build import Build
from tests.mentoring.studio import ask, enrolment, mentor, names, proposals, saved, veto


def filled(build: Build) -> Cohort:
    """Three participants with wishes, three mentors, and something odd in every text that files hold."""
    cohort = build.cohort()
    ruth = mentor(build, cohort, 'Ruth "R; O" Okafor', capacity=1, company="Firm; one\n", style=["direct"], seniority=8)
    sam = mentor(build, cohort, " Sam, of Three ", capacity=2, levels={"communication": 5}, seniority=6)
    tess = mentor(build, cohort, "=Tess", capacity=1, company='"Quoted"', style=["open", "direct; odd"])
    for number, name in enumerate(("Ann", "Ben", "Cy")):
        wishes = [ruth.id, sam.id, tess.id][number:]
        enrolment(build, cohort, name, wishes=wishes, style=["direct"], seniority=4, manager_email="boss@example.com")
    return cohort


def files_of(row: MatchRun) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(row.files or b"")) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_command_makes_the_same_bytes_of_the_files_of_a_run(build: Build) -> None:
    cohort = filled(build)
    first = ask(build, cohort)
    pair = proposals(cohort)[0]
    deeds.lock(pair)
    forbid(pair.mentor, proposals(cohort)[1].enrolment, by=build.person(), now=build.now)

    second = ask(build, cohort, RunSettings(most_changes=1, competitors=(("Firm one", 'A "b"'),), least_gap=-3))

    assert (first.number, second.number) == (1, 2)
    for row in (first, second):
        files = files_of(row)
        made = match_files(*(files[name] for name in ("mentors.csv", "mentees.csv", "rules.toml", "previous.csv")))
        assert made.exit_code == 0, made.report
        assert (made.pairs, made.report_json) == (files["pairs.csv"], files["report.json"])


def test_what_a_run_keeps(build: Build) -> None:
    cohort = filled(build)

    row = ask(build, cohort, RunSettings(least_fit=5))

    assert (row.state, row.progress, row.asked_at, row.ended_at) == (RunState.DONE, 100, build.now, build.now)
    assert settings_of(row.rules) == RunSettings(least_fit=5)
    assert row.outcome["matched"] == row.outcome["people"] == 3
    assert row.outcome["first_choice"] == {"ranking": 3, "first": 3, "any": 3}
    assert sum(row.outcome["histogram"]) == 3
    assert {how for *_, how in row.outcome["pairs"]} == {"run"}
    people = list_people(cohort)
    assert is_current(list_runs(cohort.id)[0], people, write_input(people, RunSettings(least_fit=5)))


def test_run_read_back_is_about_the_same_people(build: Build) -> None:
    """Also where the database keeps its settings in another order."""
    cohort = filled(build)
    row = ask(build, cohort)
    turned = row.rules | {"weights": dict(reversed(row.rules["weights"].items()))}
    db.session.execute(update(MatchRun).values(rules=turned))
    db.session.expire(row)

    people, [last] = list_people(cohort), list_runs(cohort.id)
    read_outcomes([last])

    assert is_current(last, people, write_input(people, last.settings))


def test_wishes_of_both_and_style_and_levels_move_pairs(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    ann, ben = (enrolment(build, cohort, name) for name in ("Ann", "Ben"))

    def plan() -> set[tuple[str, str]]:
        ask(build, cohort)
        return set(names(proposals(cohort)))

    assert plan() == {("Ann", "Ruth"), ("Ben", "Sam")}
    for change in (
        {"of": ann, "wishes": [sam.id]},
        {"of": ruth, "wishes": [ben.id]},
        {"of": ann, "style": ["direct"], "with": (sam, {"style": ["direct"]})},
        {"of": ann, "growth_areas": ["communication"], "with": (sam, {"levels": {"communication": 5}})},
    ):
        changes = [(change["of"], {k: v for k, v in change.items() if k not in ("of", "with")})]
        changes += [change["with"]] if "with" in change else []
        before = [(one, {name: getattr(one, name) for name in values}) for one, values in changes]
        for one, values in changes:
            for name, value in values.items():
                setattr(one, name, value)
        assert plan() == {("Ann", "Sam"), ("Ben", "Ruth")}, change
        for one, values in before:
            for name, value in values.items():
                setattr(one, name, value)
        db.session.flush()


@pytest.mark.parametrize("state", [PairingState.OFFERED, PairingState.ACCEPTED, PairingState.ACTIVE])
def test_pairs_that_others_know_of_stand_and_hold_their_seats(build: Build, state: PairingState) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", capacity=1)
    build.pairing(ruth, enrolment(build, cohort, "Ann"), state=state)
    enrolment(build, cohort, "Ben")

    row = ask(build, cohort)

    assert proposals(cohort) == []
    assert [how for *_, how in row.outcome["pairs"]] == ["known"]
    assert row.outcome["unmatched"][0][1].startswith("Too few places") or "No mentor" in row.outcome["unmatched"][0][1]


def test_pair_that_stands_against_a_later_veto_still_holds_its_seat(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", capacity=1)
    ann = enrolment(build, cohort, "Ann", manager_email=ruth.person.email)
    build.pairing(ruth, ann)
    enrolment(build, cohort, "Ben")

    row = ask(build, cohort)

    assert (row.outcome["matched"], row.outcome["people"]) == (0, 1)


def test_vetoes_forbids_and_a_no_of_the_mentor_keep_pairs_apart(build: Build) -> None:
    cohort = build.cohort()
    people = [mentor(build, cohort, name) for name in ("Ruth", "Sam", "Tess", "Una")]
    ann = enrolment(build, cohort, "Ann")
    veto(build, people[0], ann, confirmed_at=build.now)
    veto(build, people[1], ann, Side.MENTOR, confirmed_at=build.now)
    forbid(people[2], ann, by=build.person(), now=build.now)
    build.pairing(
        people[3], ann, state=PairingState.CLOSED, answered_at=build.now, published_at=None, closed_at=build.now
    )

    row = ask(build, cohort)

    assert row.outcome["matched"] == 0
    assert row.outcome["unmatched"][0][1] == (
        "No mentor with a place is possible: "
        "a veto of the participant (1 of them), a veto of the mentor (1 of them), kept apart by staff (2 of them). "
        "Without “a veto of the participant”, 1 mentor is possible. "
        "Without “a veto of the mentor”, 1 mentor is possible. Without “kept apart by staff”, 2 mentors are possible."
    )
    assert deeds.pair_by_hand(people[3], ann, now=build.now).is_locked, "staff may ask again"


def test_no_run_starts_while_a_veto_waits(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = mentor(build, cohort, "Ruth"), mentor(build, cohort, "Sam")
    ann = enrolment(build, cohort, "Ann")
    first, second = veto(build, ruth, ann), veto(build, sam, ann)

    with pytest.raises(Conflict, match="2 vetoes wait for you"):
        ask(build, cohort)
    confirm(first, now=build.now)
    turn_down(second)
    ask(build, cohort)

    assert names(proposals(cohort)) == [("Ann", "Sam")]
    for deed in (lambda: confirm(first, now=build.now), lambda: turn_down(first), lambda: turn_down(second)):
        with pytest.raises(Conflict, match="decided meanwhile"):
            deed()


def test_rules_count_what_they_rule_out_alone_and_in_all(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", company="Northwind", seniority=3)
    mentor(build, cohort, "Sam", company="Northwind", languages=["es"])
    mentor(build, cohort, "Tess", availability="sun 20:00-24:00")
    enrolment(build, cohort, "Ann", seniority=5)

    def counts(**settings: object) -> dict[str, tuple[int, int]]:
        return dict(count_ruled_out(write_input(list_people(cohort), RunSettings(**settings))))  # type: ignore[arg-type]

    assert counts() == {"same_company": (2, 1), "language": (1, 0), "availability": (1, 1)}
    assert counts(different_employer=False, least_gap=0) == {
        "language": (1, 1),
        "availability": (1, 1),
        "seniority": (1, 1),
    }
    assert counts(shared_hours=False, shared_language=False) == {"same_company": (2, 2)}
    assert counts(competitors=(("Tess's firm", "northwind"),))["competitor"] == (1, 0)
    assert counts(least_fit=100)["min_score"] == (3, 0)
    assert counts(least_starts=11)["availability"] == (3, 1)


def test_what_rules_rule_out_is_counted_anew_once_somebody_changed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", company="Northwind")
    sam = mentor(build, cohort, "Sam")
    enrolment(build, cohort, "Ann")
    ask(build, cohort)
    counted = []

    def count(given: RunInput) -> Mapping[str, tuple[int, int]]:
        counted.append(given)
        return count_ruled_out(given)

    monkeypatch.setattr(runs, "count_ruled_out", count)

    def counts() -> tuple[Mapping[str, tuple[int, int]], int]:
        people, [last] = list_people(cohort), list_runs(cohort.id)
        read_outcomes([last])
        return ruled_out_now(people, last, write_input(people, last.settings)), len(counted)

    assert counts() == ({"same_company": (1, 1)}, 0)
    sam.person.company = "Northwind"
    assert counts() == ({"same_company": (2, 2)}, 1)


def test_lists_of_runs_leave_what_came_of_them_where_it_is(build: Build) -> None:
    cohort = filled(build)
    for _ in range(3):
        ask(build, cohort)
    db.session.expire_all()

    [last, *others] = list_runs(cohort.id)
    read_outcomes([last])

    assert last.row.outcome["matched"] == 3
    assert [inspect(one.row).unloaded >= {"outcome", "files"} for one in others] == [True, True]
    assert [(one.row.number, sums.matched, sums.people, sums.mean) for one, sums in list_summed(cohort.id)] == [
        (number, 3, 3, last.row.outcome["spread"]["mean"]) for number in (3, 2, 1)
    ]


def test_as_few_pairs_change_as_asked_by_the_smallest_bonus(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    ann, ben = (enrolment(build, cohort, name) for name in ("Ann", "Ben"))
    ask(build, cohort)
    ann.wishes, ben.wishes = [sam.id], [ruth.id]

    free = run(list_people(cohort), RunSettings(most_changes=2))
    steady = run(list_people(cohort), RunSettings(most_changes=0))

    assert (len(free.changes), free.steadiness.mode) == (2, "free")
    assert (len(steady.changes), steady.steadiness.mode, steady.steadiness.points) == (0, "bonus", 30)
    just_less = run(list_people(cohort), RunSettings())
    fewer = just_less.given.steadied("bonus", steady.steadiness.bonus_bp - 10)
    assert fewer.rules != steady.given.rules
    made = match_files(fewer.mentors, fewer.mentees, fewer.rules, fewer.previous)
    assert made.report["objective"]["kept"] == 0  # type: ignore[index]


def test_where_no_bonus_is_enough_every_pair_is_locked(build: Build) -> None:
    """Who came later can only be placed if somebody moves, and the count goes before every bonus."""
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=1)
    sam = mentor(build, cohort, "Sam", capacity=1, company="Other")
    ann = enrolment(build, cohort, "Ann", wishes=[sam.id])
    ask(build, cohort)
    enrolment(build, cohort, "Ben", company="Ruth's firm")

    row = ask(build, cohort, RunSettings(most_changes=0))

    assert ann.id in {pair.enrolment_id for pair in proposals(cohort)}
    assert row.outcome["steadiness"] | {"points": 0} == {
        "mode": "lock",
        "bonus_bp": 0,
        "matched": 1,
        "points": 0,
        "changed": 0,
    }


def test_price_of_locks_and_the_difference_of_two_runs(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    ann, ben = enrolment(build, cohort, "Ann", wishes=[ruth.id]), enrolment(build, cohort, "Ben", wishes=[sam.id])
    first = ask(build, cohort)

    deeds.pair_by_hand(sam, ann, now=build.now)
    second = ask(build, cohort)

    assert first.outcome["locks"] == {"number": 0, "matched": 0, "points": 0}
    assert second.outcome["locks"] == {"number": 1, "matched": 0, "points": 30}
    assert {how for *_, how in second.outcome["pairs"]} == {"hand", "run"}
    moved = compare(saved(first), saved(second))
    assert [(one.enrolment_id, one.before, one.after) for one in moved] == [
        (ann.id, (ruth.id, 50), (sam.id, 35)),
        (ben.id, (sam.id, 50), (ruth.id, 35)),
    ]


def test_locked_pair_of_a_run_is_no_pair_by_hand(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "Ann")
    ask(build, cohort)
    deeds.lock(proposals(cohort)[0])

    ask(build, cohort)
    third = ask(build, cohort)

    assert [how for *_, how in third.outcome["pairs"]] == ["locked"]
    deeds.unlock(proposals(cohort)[0])
    assert [how for *_, how in ask(build, cohort).outcome["pairs"]] == ["run"]


def test_seats_worth_adding_are_worth_what_is_said(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = mentor(build, cohort, "Ruth", capacity=1), mentor(build, cohort, "Sam", capacity=1)
    for name in ("Ann", "Ben", "Cy"):
        enrolment(build, cohort, name, wishes=[ruth.id])

    row = ask(build, cohort)

    a_second_mentee_costs = 3
    assert row.outcome["seats"] == [
        [ruth.id, 1, 50 - a_second_mentee_costs],
        [sam.id, 1, 35 - a_second_mentee_costs],
    ]
    ruth.capacity = 2
    assert ask(build, cohort).outcome["points"] == row.outcome["points"] + 50


def test_lock_and_forbid_refuse_pairs_that_others_know_of(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth")
    known = build.pairing(ruth, enrolment(build, cohort, "Ann"), state=PairingState.OFFERED)

    for deed in (deeds.lock, deeds.unlock, deeds.remove):
        with pytest.raises(Conflict):
            deed(known)
    with pytest.raises(Conflict, match="End that pair first"):
        forbid(ruth, known.enrolment, by=build.person(), now=build.now)
    with pytest.raises(Conflict, match="End that pair first"):
        deeds.pair_by_hand(mentor(build, cohort, "Sam"), known.enrolment, now=build.now)


def test_by_hand_the_loosest_pair_of_a_full_mentor_gives_way(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", capacity=2)
    enrolment(build, cohort, "Ann", wishes=[ruth.id])
    enrolment(build, cohort, "Ben")
    ask(build, cohort)
    cy = enrolment(build, cohort, "Cy")

    deeds.pair_by_hand(ruth, cy, now=build.now)

    assert names(proposals(cohort)) == [("Ann", "Ruth"), ("Cy", "Ruth")]


@pytest.mark.parametrize("side", [*Side, "same person"])
def test_by_hand_nothing_absolute_is_broken(build: Build, side: Side | str) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth")
    ann = enrolment(build, cohort, "Ann") if side in list(Side) else build.enrolment(cohort, ruth.person)
    if isinstance(side, Side):
        veto(build, ruth, ann, side)

    with pytest.raises(DomainError) as refusal:
        deeds.pair_by_hand(ruth, ann, now=build.now)
    assert refusal.value.field == "mentor"


def test_nobody_waits_for_a_run_of_two_hundred_and_sixty(build: Build) -> None:
    cohort = build.cohort()
    mentors = [mentor(build, cohort, f"Mentor {number}", capacity=4) for number in range(60)]
    people = [enrolment(build, cohort, f"Person {n}", wishes=[mentors[n % 7].id]) for n in range(200)]

    row = ask(build, cohort)

    assert (row.state, row.outcome["matched"]) == (RunState.DONE, len(people))
    loads = Counter(pair.mentor_id for pair in proposals(cohort))
    assert max(loads.values()) <= 4


def test_every_plan_of_a_small_cohort_is_worth_less(build: Build) -> None:
    """The proof, against all plans there are."""
    cohort = filled(build)
    made = run(list_people(cohort))
    model, at = made.result.model, made.result.solution
    choices = product([-1, *range(len(model.mentors))], repeat=len(model.mentees))

    def goals(plan: tuple[int, ...]) -> tuple[int, int]:
        loads = Counter(place for place in plan if place >= 0)
        if any(number > model.capacities[place] for place, number in loads.items()):
            return (-1, 0)
        if any(place >= 0 and not model.is_eligible(mentee, place) for mentee, place in enumerate(plan)):
            return (-1, 0)
        gains = sum(model.gain(mentee, place) for mentee, place in enumerate(plan) if place >= 0)
        return sum(loads.values()), gains - model.load_penalty * sum(n * (n - 1) // 2 for n in loads.values())

    assert max(map(goals, choices)) == goals(tuple(at.mentor_of)) == made.result.goals[:2]


def test_find_run_reads_the_files_and_lists_do_not(build: Build) -> None:
    cohort = filled(build)
    ask(build, cohort)
    db.session.expire_all()

    found = find_run(cohort.id, 1)

    assert found is not None
    assert found.files
    assert find_run(cohort.id, 2) is None
    assert find_run(build.cohort().id, 1) is None
