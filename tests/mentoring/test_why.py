"""Why this mentor: points with their evidence, and the price of every other choice, against all plans there are."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings

from cohort.mentoring.gathering import list_people
from cohort.mentoring.models import PairingState
from cohort.mentoring.pairing import lock, pair_by_hand
from cohort.mentoring.proposing import run
from cohort.mentoring.run_input import engine_id
from cohort.mentoring.why import Why, ask_why
from tests.build import Build
from tests.mentoring.studio import ask, enrolment, mentor, proposals
from tests.mentoring.test_proposing import People, worlds


def option(why: Why, name: str) -> tuple[int, list[str], bool, str]:
    one = next(one for one in why.options if one.mentor.person.name == name)
    assert one.can_be_chosen == ("The cohort" in one.cost)
    return one.fit, list(one.rules), one.is_absolute, f"{one.cost} {one.moves}".strip()


def test_points_of_a_pair_with_what_they_rest_on(build: Build) -> None:
    cohort = build.cohort()
    ruth = mentor(
        build,
        cohort,
        "Ruth",
        levels={"communication": 5},
        style=["direct", "open"],
        seniority=7,
        strengths=["communication"],
    )
    ann = enrolment(build, cohort, "Ann", wishes=[ruth.id], style=["direct"], seniority=5)
    ruth.wishes = [ann.id]

    why = ask_why(list_people(cohort), ann)

    assert [(one.name, one.points, one.most, one.evidence) for one in why.factors] == [
        ("Growth areas", 20, 40, "communication 5 of 5, strategic thinking 0 of 5, empowering others 0 of 5"),
        ("Wish of the participant", 15, 15, "First wish"),
        ("Working style", 15, 15, "Both named direct"),
        ("Shared hours", 6, 10, "10 possible starts a week"),
        ("Career path", 10, 10, "2 grades above"),
        ("First language", 5, 5, "English"),
        ("Wish of the mentor", 5, 5, "First wish"),
    ]
    assert why.fit == 76


def test_what_is_missing_is_named(build: Build) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", availability="")
    ann = enrolment(build, cohort, "Ann")

    evidence = {one.name: one.evidence for one in ask_why(list_people(cohort), ann).factors}

    assert evidence["Shared hours"] == "Not known: Ruth."
    assert evidence["Career path"] == "Not known: Ann and Ruth."


def test_another_mentor_costs_a_chain_of_moves_said_before(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    ann = enrolment(build, cohort, "Ann", wishes=[ruth.id, sam.id])
    enrolment(build, cohort, "Ben", wishes=[sam.id])
    ask(build, cohort)

    why = ask_why(list_people(cohort), ann)

    assert why.present is ruth
    assert option(why, "Sam") == (
        47,
        [],
        False,
        "The cohort loses 18 of 200 points. Ben moves from Sam to Ruth.",
    )


def test_one_fewer_matched_is_said_plainly(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = mentor(build, cohort, "Ruth", capacity=1), mentor(build, cohort, "Sam", capacity=1, company="Other")
    ann = enrolment(build, cohort, "Ann", company="Else", wishes=[ruth.id])
    ben = enrolment(build, cohort, "Ben", company="Ruth's firm")
    ask(build, cohort)

    assert option(ask_why(list_people(cohort), ann), "Sam")[3] == (
        "One fewer is matched. The cohort loses 50 of 200 points. Ben has no mentor then."
    )
    assert option(ask_why(list_people(cohort), ben), "Ruth") == (
        35,
        ["same employer"],
        False,
        "The cohort loses 15 of 200 points. Ann moves from Ruth to Sam.",
    )
    assert sam.capacity == 1


@pytest.mark.parametrize("state", [PairingState.PROPOSED, PairingState.OFFERED])
def test_lock_says_what_it_costs_and_a_known_pair_has_to_end_first(build: Build, state: PairingState) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    ann = enrolment(build, cohort, "Ann", wishes=[ruth.id])
    enrolment(build, cohort, "Ben", wishes=[sam.id])
    pair_by_hand(sam, ann, now=build.now).state = state
    ask(build, cohort)

    why = ask_why(list_people(cohort), ann)

    assert why.is_known == (state is PairingState.OFFERED)
    assert why.present is sam
    assert why.lock_cost == (
        ""
        if why.is_known
        else "The cohort loses 30 of 200 points. "
        "Against the best plan without it: Ann moves from Ruth to Sam. Ben moves from Sam to Ruth."
    )
    best = proposals(cohort)[-1]
    if best.enrolment.person.name == "Ben":
        lock(best)
        assert option(ask_why(list_people(cohort), ann), "Ruth")[3].startswith("Has no place that a run may give")


def test_absolute_rules_and_a_former_no_are_told_apart(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = mentor(build, cohort, "Ruth"), mentor(build, cohort, "Sam")
    mentor(build, cohort, "Tess", capacity=0)
    ann = enrolment(build, cohort, "Ann", manager_email=ruth.person.email)
    build.pairing(sam, ann, state=PairingState.CLOSED, answered_at=build.now, published_at=None)

    why = ask_why(list_people(cohort), ann)

    assert option(why, "Ruth")[1:] == (["one reports to the other"], True, "Cannot be chosen.")
    assert option(why, "Sam")[1:] == (
        ["said no when asked"],
        False,
        "One more is matched. The cohort gains 35 of 100 points.",
    )
    assert option(why, "Tess")[3] == "Takes nobody now."
    assert why.unmatched is not None


@given(worlds())
@settings(max_examples=40)
def test_costs_are_those_of_the_best_plan_that_has_the_pair(people: People) -> None:
    """Against every plan there is."""
    for one in people.free[:2]:
        why = ask_why(people, one)
        made = run(people)
        mentee = made.result.model.mentee_places[engine_id(one.id)]
        for choice in why.options:
            place = made.result.model.mentor_places[engine_id(choice.mentor.id)]
            change = why._alternatives.change(engine_id(one.id), engine_id(choice.mentor.id))
            if change is None or not made.result.model.is_eligible(mentee, place):
                continue
            best = best_with(made.result, mentee, place)
            assert (made.result.goals.matched - best[0], made.result.goals.value - best[1]) == change.loss[:2]
            assert ("fewer" in choice.cost) == (change.loss.matched > 0)
            assert ("loses nothing" in choice.cost) == (not change.loss.value)


def best_with(result: object, mentee: int, mentor: int) -> tuple[int, int]:
    """Matched and value of the best plan that holds the pair, by trying all."""
    model, fixed = result.model, result.solution.fixed.mentor_of  # type: ignore[attr-defined]
    choices = [
        [fixed[place]] if place in fixed else [mentor] if place == mentee else [-1, *model.eligible_places(place)]
        for place in range(len(model.mentees))
    ]
    found = []
    for plan in product(*choices):
        loads = Counter(place for place in plan if place >= 0)
        if all(number <= model.capacities[place] for place, number in loads.items()):
            gains = sum(model.gain(one, place) for one, place in enumerate(plan) if place >= 0)
            penalty = model.load_penalty * sum(n * (n - 1) // 2 for n in loads.values())
            found.append((sum(loads.values()), gains - penalty))
    return max(found)
