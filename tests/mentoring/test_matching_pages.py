"""The pages on which staff match people."""

import re
from typing import Any

import pytest

from cohort.cohorts.enrolling import withdraw
from cohort.cohorts.models import Enrolment, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mentoring import why_views
from cohort.mentoring.models import KeptApart, MatchRun, MentorState, Pairing, PairingState
from cohort.mentoring.pairing import pair_by_hand
from cohort.mentoring.settings import STANDARD_WEIGHTS
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.mentoring.studio import FORM, enrolment, lead, mentor, proposals, text_of, veto

CHOICE = re.compile(r'name="pair" value="(\d+)" form="ask"')


def test_run_shows_pairs_with_reasons_and_the_proof(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth Okafor", capacity=1)
    enrolment(build, cohort, "Ann Lee")
    enrolment(build, cohort, "Ben Ray")
    lead(build, cohort, client)

    answer = client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)
    page = text_of(client, path_of(answer))

    assert "Ruth can help with communication, one of Ann’s growth areas" in page
    assert "Proven best" in page
    assert "Too few places: Ann Lee and Ben Ray can only go to Ruth Okafor, who has one place for 2 people." in page
    assert "1 of 1, full" in page


def test_readiness_counts_who_has_told_everything(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth Okafor", availability="")
    enrolment(build, cohort, "Ann Lee", growth_areas=[])
    for name in ("Ben", "Cy"):
        enrolment(build, cohort, name, state=EnrolmentState.INVITED)
    mentor(build, cohort, "Sam", state=MentorState.INVITED)
    lead(build, cohort, client)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert "0 of 5 have told everything" in page, "as the page of who is ready counts"
    assert "2 participants and 1 mentor are invited and not taking part yet." in page


def test_changed_profile_makes_the_plan_outdated(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth, sam = (mentor(build, cohort, name, capacity=1) for name in ("Ruth", "Sam"))
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)
    ruth.capacity, sam.strengths = 0, []
    db.session.commit()

    assert "Outdated" in text_of(client, f"/cohorts/{cohort.slug}/matching")


def test_full_mentor_by_hand_is_refused_beside_the_costs(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth", capacity=0)
    ann = enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    answer = client.send(f"/cohorts/{cohort.slug}/matching/pairs", {"mentor": ruth.id, "enrolment": ann.id})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Ruth has no place left. Remove another pair first." in page
    assert "Why nobody for Ann" in page


def test_pair_by_hand_with_somebody_who_leaves_at_that_moment_says_so(
    build: Build, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL somebody may leave between the reading of the form and the cohort's turn."""
    cohort = build.cohort()
    ruth, ann = mentor(build, cohort, "Ruth"), enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    def leave_first(*people: Any, **how: Any) -> Pairing:
        withdraw(db.session.get_one(Enrolment, ann.id), reason="", now=build.now)
        db.session.commit()
        return pair_by_hand(*people, **how)

    monkeypatch.setattr(why_views, "pair_by_hand", leave_first)
    answer = client.send(f"/cohorts/{cohort.slug}/matching/pairs", {"enrolment": ann.id, "mentor": ruth.id})

    assert answer.status_code == 409
    assert "One of the two left this cohort meanwhile. Nothing was changed." in answer.get_data(as_text=True)


@pytest.mark.parametrize("sent", [{}, {"mentor": "1", "enrolment": "999999"}, {"mentor": "x", "enrolment": "y"}])
def test_pair_by_hand_without_a_choice_says_what_to_do(build: Build, client: PageClient, sent: dict[str, str]) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    for deed in ("pairs", "apart"):
        answer = client.send(f"/cohorts/{cohort.slug}/matching/{deed}", sent)
        assert "Choose a participant and a mentor of this cohort." in text_of(client, path_of(answer))


def test_pair_by_hand_is_proposed_and_removed(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth, ann = mentor(build, cohort, "Ruth"), enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    client.send(f"/cohorts/{cohort.slug}/matching/pairs", {"mentor": ruth.id, "enrolment": ann.id})
    pairing = db.session.query(Pairing).one()
    page = text_of(client, f"/cohorts/{cohort.slug}/matching")
    client.send(f"/pairs/{pairing.id}/remove")

    assert "By hand" in page
    assert db.session.query(Pairing).count() == 0


def test_facilitator_reads_and_has_no_buttons(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "Ann")
    client.sign_in(build.staff(cohort, role=StaffRole.FACILITATOR).person)

    assert "Run matching" not in text_of(client, f"/cohorts/{cohort.slug}/matching")
    assert client.send(f"/cohorts/{cohort.slug}/matching/run", FORM).status_code == 403


@pytest.mark.parametrize("who", ["participant", "mentor", "outsider", "admin"])
def test_matching_is_not_for_others(build: Build, client: PageClient, who: str) -> None:
    cohort = build.cohort()
    pairing = build.pairing(mentor(build, cohort, "Ruth"), enrolment(build, cohort, "Ann"), state=PairingState.PROPOSED)
    people: dict[str, Person] = {
        "participant": pairing.enrolment.person,
        "mentor": pairing.mentor.person,
        "outsider": build.staff(build.cohort()).person,
        "admin": build.person(is_admin=True),
    }
    client.sign_in(people[who])

    paths = [f"/cohorts/{cohort.slug}/matching", f"/cohorts/{cohort.slug}/matching/publish", f"/pairs/{pairing.id}"]
    answers = [client.get(path).status_code for path in paths]
    answers += [client.send(path).status_code for path in (f"{paths[0]}/run", paths[1], f"{paths[2]}/remove")]

    assert answers == ([404] * 6 if who == "outsider" else [403, 403, 404, 403, 403, 404])


def test_anonymous_is_asked_to_sign_in(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    db.session.commit()

    assert path_of(client.get(f"/cohorts/{cohort.slug}/matching")) == "/sign-in"


@pytest.mark.parametrize("number", [1, 3])
def test_matching_page_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    cohort = build.cohort()
    for one in range(number):
        ruth = mentor(build, cohort, f"Ruth {one}", capacity=2)
        build.pairing(ruth, enrolment(build, cohort, f"Ann {one}"))
        build.pairing(ruth, enrolment(build, cohort, f"Ben {one}"), state=PairingState.PROPOSED, score=50)
        enrolment(build, cohort, f"Cy {one}")
    lead(build, cohort, client)

    with queries as seen:
        page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert seen.count == 11, seen.statements
    assert len(re.findall('class="pair"', page)) == number


def test_every_pair_can_be_chosen_beside_the_settings(build: Build, client: PageClient) -> None:
    """On one page: going to another would lose what is ticked and typed on this one."""
    cohort = build.cohort()
    for one in range(40):
        mentor(build, cohort, f"Mentor Number {one}", capacity=1)
        enrolment(build, cohort, f"Participant Number {one}")
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")
    first, others = page.split("<summary>Show the other 20 pairs</summary>")

    assert [part.count('class="pair"') for part in (first, others)] == [20, 20]
    assert sorted(map(int, CHOICE.findall(page))) == sorted(one.id for one in proposals(cohort))
    assert page.count('name="growth"') == 1 and 'aria-label="Pages"' not in page
    assert len(page.encode()) < 120_000


def test_more_than_a_hundred_pairs_stay_a_small_page(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    for one in range(26):
        mentor(build, cohort, f"Mentor Number {one}", capacity=4)
    for one in range(101):
        enrolment(build, cohort, f"Participant Number {one}")
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")
    rows = page.split("<summary>Show the other 81 pairs</summary>")[1].split("</details>")[0]

    assert (page.count('class="pair"'), len(CHOICE.findall(page))) == (20, 101)
    assert (rows.count('scope="row"'), rows.count("/matching/people/")) == (81, 81)
    assert len(page.encode()) < 190_000


def test_settings_are_kept_with_the_run_and_shown_again(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", company="Northwind")
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)
    path = f"/cohorts/{cohort.slug}/matching"
    before = text_of(client, path)
    chosen = FORM | {"growth": 7, "different_employer": None, "competitors": "A; B\nalone\n C ;D;", "most_changes": 0}

    client.send(f"{path}/run", {name: value for name, value in chosen.items() if value is not None})
    page = text_of(client, path)

    assert "Rules out 1 pair, 1 of them alone." in before
    assert "Off. It would rule out 1 pair." in page
    assert "Staff alone see proposals until you ask the mentors." in before
    assert re.search(r'id="growth"[^>]*value="7"', page)
    assert re.search(r'id="most_changes"[^>]*value="0"', page)
    assert 'name="different_employer" type="checkbox" value="y">' in page
    assert "A; B\r\nC; D</textarea>" in page or "A; B\nC; D</textarea>" in page
    assert "10 %</output>" in page


@pytest.mark.parametrize(
    ("chosen", "is_open"),
    [({}, False), ({"least_fit": "60"}, True), ({"competitors": "A; B"}, True), ({"least_gap": "many"}, True)],
)
def test_rules_that_are_set_or_wrong_stand_open(
    build: Build, client: PageClient, chosen: dict[str, str], is_open: bool
) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    answer = client.send(f"/cohorts/{cohort.slug}/matching/run", FORM | chosen)
    page = client.get(path_of(answer)) if answer.status_code == 302 else answer

    opened = '<details class="more" open><summary>More rules</summary>' in page.get_data(as_text=True)
    assert opened == is_open


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"growth": ""}, "Growth areas: write a whole number from 0 to 100."),
        ({"growth": "101"}, "Growth areas: write a whole number from 0 to 100."),
        (
            {"least_starts": "0"},
            "at least: write a whole number from 1 to 672.",
        ),
        ({"most_changes": "-1"}, "Change at most this many pairs: write a whole number from 0 to 10,000."),
        ({"least_gap": "many"}, "Write a whole number, such as 12."),
        (dict.fromkeys(STANDARD_WEIGHTS, "0"), "Give at least one of them a weight."),
    ],
)
def test_wrong_settings_are_refused_at_their_field(
    build: Build, client: PageClient, wrong: dict[str, str], said: str
) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    answer = client.send(f"/cohorts/{cohort.slug}/matching/run", FORM | wrong)

    assert (answer.status_code, said in answer.get_data(as_text=True)) == (422, True)
    assert db.session.query(MatchRun).count() == 0


def test_every_deed_of_the_studio_by_its_button(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth, sam = mentor(build, cohort, "Ruth", capacity=1), mentor(build, cohort, "Sam", capacity=1)
    ann, ben = enrolment(build, cohort, "Ann", wishes=[ruth.id]), enrolment(build, cohort, "Ben")
    lead(build, cohort, client)
    path = f"/cohorts/{cohort.slug}/matching"

    def press(where: str, data: dict[str, object] | None = None) -> str:
        return text_of(client, path_of(client.send(where, data or {})))

    client.send(f"{path}/run", FORM)
    anns = db.session.query(Pairing).filter_by(enrolment_id=ann.id).one()
    assert "Locked: Ann with Ruth." in press(f"/pairs/{anns.id}/lock")
    assert "Run again around 1 lock" in text_of(client, path)
    assert "Unlocked: Ann with Ruth." in press(f"/pairs/{anns.id}/unlock")
    chosen = press(f"{path}/pairs", {"mentor": sam.id, "enrolment": ann.id})
    assert "Ann is proposed to Sam. Runs leave this pair alone." in chosen
    assert "Run 2 placed the others around it." in chosen
    assert "Since run 1" in chosen
    assert "By hand" in chosen
    apart = press(f"{path}/apart", {"mentor": ruth.id, "enrolment": ben.id})
    assert "No run pairs Ben with Ruth. Run again to see what changes." in apart
    assert "Outdated" in apart
    kept = db.session.query(KeptApart).one()
    assert "Ben and Ruth may be a pair again." in press(f"{path}/apart/{kept.id}/allow")
    waiting = veto(build, ruth, ben)
    db.session.commit()
    assert "Vetoes that wait for you" in text_of(client, path)
    assert client.send(f"{path}/run", FORM).status_code == 409
    assert "Ben and Ruth are kept apart." in press(f"{path}/apart/{waiting.id}/confirm")
    assert client.send(f"{path}/apart/{waiting.id}/turn-down").status_code == 409
    assert "Removed: Ann with Sam." in press(f"/pairs/{db.session.query(Pairing.id).scalar()}/remove")


def test_runs_and_their_files(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "=Ann")
    lead(build, cohort, client)
    path = f"/cohorts/{cohort.slug}/matching"
    client.send(f"{path}/run", FORM)

    assert "1 of 1 matched, mean fit 35" in text_of(client, f"{path}/runs")
    assert client.get(f"{path}/runs/1/files").data[:2] == b"PK"
    report = client.get(f"{path}/runs/1/certificate").get_json(force=True)
    assert (report["status"], report["certificate"]["mentee"].keys() != set()) == ("optimal", True)
    assert "'=Ann,Ruth,35,proposed,no" in client.get(f"{path}/pairs.csv").get_data(as_text=True)
    assert client.get(f"{path}/runs/2/files").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_why_page_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    cohort = build.cohort()
    for one in range(number):
        mentor(build, cohort, f"Ruth {one}")
        ann = enrolment(build, cohort, f"Ann {one}")
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)

    with queries as seen:
        page = text_of(client, f"/cohorts/{cohort.slug}/matching/people/{ann.id}")

    assert seen.count == 13, seen.statements
    assert page.count("Choose this") == number - 1
