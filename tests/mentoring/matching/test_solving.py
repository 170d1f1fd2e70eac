"""The engine against enumeration, and its certificate against a checker that shares no code with it."""

from dataclasses import replace
from operator import sub
from random import Random

import pytest

from cohort.mentoring.matching import (
    Alternatives,
    CertificateError,
    Mentee,
    Mentor,
    Result,
    Rules,
    match_people,
    seats_worth_adding,
)
from cohort.mentoring.matching.certificate import certify
from tests.mentoring.matching.reference import Best, Case, Facts, random_case


def run(case: Case) -> Result:
    return match_people(case.mentors, case.mentees, case.rules, case.previous)


def fixed_in(result: Result) -> dict[str, str]:
    return {pair.mentee_id: pair.mentor_id for pair in result.pairs if pair.status in ("pinned", "locked")}


def found(result: Result) -> Best:
    ids = {pair.mentee_id: pair.mentor_id for pair in result.pairs}
    return Best(*result.goals, tuple(ids.get(mentee.id, "~") for mentee in result.model.mentees))


@pytest.mark.parametrize("seed", range(5))
def test_solution_is_the_first_of_the_best_by_enumeration(seed: int) -> None:
    random = Random(seed)
    for _ in range(300):
        case = random_case(random)
        facts, result = Facts(case), run(case)
        assert {(p.mentee_id, p.mentor_id): p.units for p in result.pairs}.items() <= facts.units.items()
        assert found(result) == facts.best(fixed_in(result))


def is_proof(case: Case, result: Result) -> bool:
    """The inequality and the equality at the end of the contract, written from the contract."""
    rules, facts, fixed = case.rules, Facts(case), fixed_in(result)
    count, seats = len(case.mentees), facts.capacity.values()
    bonus, priority, penalty = (
        bp * facts.total_weight for bp in (rules.bonus_bp, rules.priority_bp, rules.load_penalty_bp)
    )
    k = 1 + 2 * sum(c * c for c in seats)
    most = 10000 * facts.total_weight + bonus * (case.previous is not None)
    most += priority * max((mentee.priority for mentee in case.mentees), default=0)
    a = 1 + 2 * (count * most + penalty * sum(c * (c - 1) // 2 for c in seats))
    scale, match = (1, a) if rules.mode == "participation" else (2 * count + 1, 1)
    u = {
        case_id: result.certificate.mentees[place]
        for case_id, place in result.model.mentee_places.items()
        if case_id not in fixed
    }
    p = dict(zip((mentor.id for mentor in result.model.mentors), result.certificate.mentors, strict=True))
    weight = {
        (e.id, m): k * (scale * facts.gain(e, m) + match)
        for e in case.mentees
        for m in facts.capacity
        if e.id not in fixed and (e.id, m) in facts.eligible
    }
    pairs = {(pair.mentee_id, pair.mentor_id) for pair in result.pairs if pair.mentee_id not in fixed}
    taken = {m: sum(mentor == m for mentor in fixed.values()) for m in facts.capacity}
    price_of_seat = {
        (m, seat): k * scale * penalty * (seat - 1) + 2 * seat - 1
        for m, capacity in facts.capacity.items()
        for seat in range(taken[m] + 1, capacity + 1)
    }
    loads = result.loads
    paid = sum(price for (m, seat), price in price_of_seat.items() if seat <= loads[m])
    bound = sum(u.values()) + sum(max(0, p[m] - price) for (m, _), price in price_of_seat.items())
    covered = all(u[e] + p[m] >= amount for (e, m), amount in weight.items())
    return covered and min(u.values(), default=0) >= 0 and bound == sum(weight[pair] for pair in pairs) - paid


def test_certificate_holds_by_an_independent_check() -> None:
    random = Random(20)
    cases = [random_case(random) for _ in range(400)]
    assert [is_proof(case, run(case)) for case in cases] == [True] * len(cases)


def test_answer_is_refused_when_the_proof_fails() -> None:
    result = match_people([Mentor(id="m", capacity=1)], [Mentee(id="e")], Rules())
    result.solution.mentee_prices[0] += 1
    with pytest.raises(CertificateError):
        certify(result.solution)


def test_worse_solution_has_no_certificate() -> None:
    result = match_people([Mentor(id="m", capacity=1)], [Mentee(id="e")], Rules())
    result.solution.move(0, -1)
    with pytest.raises(CertificateError):
        certify(result.solution)


def test_losses_and_moves_are_those_of_enumeration() -> None:
    random = Random(30)
    for _ in range(250):
        case = random_case(random)
        facts, result = Facts(case), run(case)
        search, fixed, best = Alternatives(result), fixed_in(result), found(result)
        for mentee_id, mentor_id in sorted(facts.eligible):
            change = search.change(mentee_id, mentor_id)
            assert search.losses(mentee_id)[mentor_id] == (change and change.loss)
            seats = facts.capacity[mentor_id] - list(fixed.values()).count(mentor_id)
            if mentee_id in fixed or not seats:
                assert change is None
                continue
            other = facts.best(fixed | {mentee_id: mentor_id})
            assert change is not None
            assert change.loss == (
                best.matched - other.matched,
                best.value - other.value,
                other.squares - best.squares,
            )
            moved = facts.goals(after(case, best, change.moves))
            assert facts.rank(moved)[:3] == facts.rank(other)[:3]


def after(case: Case, best: Best, moves: object) -> tuple[str, ...]:
    """The assignment after the moves; each must start where its person is."""
    mentors = dict(zip((mentee.id for mentee in case.mentees), best.mentors, strict=True))
    for move in moves:
        assert mentors[move.mentee_id] == (move.from_mentor_id or "~")
        mentors[move.mentee_id] = move.to_mentor_id or "~"
    return tuple(mentors.values())


def test_order_of_people_does_not_matter() -> None:
    random = Random(40)
    for _ in range(200):
        case = random_case(random)
        shuffled = case._replace(
            mentors=random.sample(case.mentors, len(case.mentors)),
            mentees=random.sample(case.mentees, len(case.mentees)),
        )
        one, other = run(case), run(shuffled)
        assert (one.pairs, one.certificate) == (other.pairs, other.certificate)


def test_one_more_seat_gains_what_a_run_with_it_gains() -> None:
    random = Random(80)
    for _ in range(200):
        case = random_case(random)
        case = case._replace(rules=replace(case.rules, pins=(), stability="bonus"))
        result = run(case)
        gains = seats_worth_adding(result)
        for place, mentor in enumerate(case.mentors):
            roomier = [*case.mentors]
            roomier[place] = replace(mentor, capacity=mentor.capacity + 1)
            more = run(case._replace(mentors=roomier)).goals
            matched, value, squares = map(sub, more, result.goals)
            assert gains.get(mentor.id, (0, 0, 0)) == (matched, value, -squares)


@pytest.mark.parametrize("stability", ["bonus", "lock"])
def test_rerun_with_the_pairs_it_made_changes_nothing(stability: str) -> None:
    random = Random(60)
    for _ in range(200):
        case = random_case(random)
        case = case._replace(previous=None, rules=replace(case.rules, stability=stability))
        pairs = [(pair.mentee_id, pair.mentor_id) for pair in run(case).pairs]
        again = run(case._replace(previous=pairs)).pairs
        assert [(pair.mentee_id, pair.mentor_id) for pair in again] == pairs


def test_weights_beyond_eight_bytes_are_solved_too() -> None:
    mentors = [Mentor(id=f"m{number}", capacity=99, strengths=(("a", 5),)) for number in range(99)]
    mentees = [Mentee(id=f"e{number}", growth=(("a", 1),), priority=9) for number in range(30)]
    rules = Rules(weights={"growth": 1000}, load_penalty_bp=10_000, priority_bp=10_000)

    result = match_people(mentors, mentees, rules)

    assert max(result.solution.weights[0]) > 1 << 63
    assert result.goals == (30, 30 * (1000 * 10_000 + 9 * result.max_units), 30)


def test_progress_counts_the_mentees_who_are_placed_and_may_end_the_run() -> None:
    mentees = [Mentee(id="e1"), Mentee(id="e2"), Mentee(id="e3")]
    rules = Rules(pins=(("e2", "m"),))
    told: list[tuple[int, int]] = []

    match_people([Mentor(id="m", capacity=2)], mentees, rules, progress=lambda *count: told.append(count))

    assert told == [(1, 2), (2, 2)]
    with pytest.raises(KeyboardInterrupt):
        match_people([Mentor(id="m", capacity=2)], mentees, rules, progress=interrupt)


def interrupt(done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_nobody_at_all_is_a_run_too() -> None:
    assert match_people([], [], Rules()).pairs == []


def test_ids_that_repeat_are_refused() -> None:
    with pytest.raises(ValueError, match="unique"):
        match_people([], [Mentee(id="e"), Mentee(id="e")], Rules())
