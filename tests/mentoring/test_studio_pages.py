"""What the studio says in each state: what to do next, why somebody has nobody, what its numbers mean."""

import re

import pytest

from cohort.cohorts.models import EnrolmentState, StaffRole
from cohort.db import db
from cohort.mentoring.gathering import list_people
from cohort.mentoring.kept_runs import SavedRun
from cohort.mentoring.models import MatchRun, MentorState, PairingState, RunState
from cohort.mentoring.settings import STANDARD_WEIGHTS, RunSettings
from cohort.mentoring.studio_rows import asked_words
from cohort.mentoring.tile_rows import tiles
from cohort.mentoring.vetoing import reasons_of
from tests.build import Build
from tests.client import PageClient
from tests.mentoring.studio import FORM, ask, enrolment, lead, mentor, saved, text_of, veto

PRIMARY = re.compile(r'<(?:a|button)[^>]*class="btn btn-primary[^>]*>(?:<svg.*?</svg>)?([^<]*)')


def test_run_stands_where_the_pairs_will(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth")
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert '<button type="submit" form="settings" class="btn btn-primary">' in page
    assert PRIMARY.findall(page) == ["Run matching"]
    assert page.count("Run matching") == 1 and "Run with these settings" in page
    assert "Price of locks" not in page, "no numbers before there is anything to count"


def test_pairs_of_people_who_left_keep_their_names(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth, tess = mentor(build, cohort, "Ruth"), mentor(build, cohort, "Tess")
    ann, ben = enrolment(build, cohort, "Ann"), enrolment(build, cohort, "Ben")
    build.pairing(ruth, ann)
    declined = {"state": PairingState.CLOSED, "asked_at": build.now, "answered_at": build.now, "published_at": None}
    build.pairing(tess, ben, **declined)
    build.pairing(tess, ben, **declined)
    ruth.state = tess.state = MentorState.ENDED
    ann.state = EnrolmentState.WITHDRAWN
    people = list_people(cohort)

    assert (people.mentors, people.enrolments, people.declined) == ([], [ben], {(ben.id, tess.id)})
    assert [(one.mentor.person.name, one.enrolment.person.name) for one in people.active] == [("Ruth", "Ann")]
    assert [(one.mentor.person.name, one.enrolment.person.name) for one in people.asked] == [("Tess", "Ben")]
    lead(build, cohort, client)
    assert "Ruth" in text_of(client, f"/cohorts/{cohort.slug}/matching")


def test_without_mentors_the_studio_leads_to_the_invitations(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    enrolment(build, cohort, "Ann")
    lead(build, cohort, client)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert "No mentors yet" in page and "One participant waits for one." in page
    assert f'<a href="/cohorts/{cohort.slug}/people">People and invitations</a>' in page
    assert "Run matching" not in page


def test_nothing_to_watch_out_for_is_said_without_a_warning(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=2)
    mentees = [enrolment(build, cohort, "Ann"), enrolment(build, cohort, "Ben", growth_areas=[])]
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)
    pages = [f"/cohorts/{cohort.slug}/matching/people/{one.id}" for one in mentees]

    both = text_of(client, f"/cohorts/{cohort.slug}/matching")
    calm, warned = (text_of(client, page) for page in pages)

    assert both.count("Nothing stands out; agree early") == both.count("Watch out:</b> Ben has not named") == 1
    assert both.count("Watch out:") == both.count('class="watch"') == 1
    assert ("Nothing stands out" in calm, "Watch out:" in calm) == (True, False)
    assert ("Nothing stands out" in warned, "Watch out:" in warned) == (False, True)


def test_waiting_vetoes_come_before_a_run_and_heavy_ones_are_told(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth, _ = mentor(build, cohort, "Ruth"), mentor(build, cohort, "Sam")
    veto(build, ruth, enrolment(build, cohort, "Ann Lee"))
    lead(build, cohort, client)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert "Decide about the 1 veto above; then matching can run." in page
    assert "<b>Ann Lee</b> loses 1 of 2 mentors who would fit to vetoes." in page
    assert PRIMARY.findall(page) == []


def test_old_button_decides_about_no_other_veto(build: Build, client: PageClient) -> None:
    """Of two leads one has turned a veto down, and another has been said since."""
    cohort = build.cohort()
    ruth, sam = mentor(build, cohort, "Ruth"), mentor(build, cohort, "Sam")
    ann = enrolment(build, cohort, "Ann Lee")
    seen = veto(build, ruth, ann)
    path = f"/cohorts/{cohort.slug}/matching/apart/{seen.id}"
    lead(build, cohort, client)
    client.send(f"{path}/turn-down")
    db.session.expunge(seen)
    other = veto(build, sam, ann)

    answers = [client.send(f"{path}/{deed}").status_code for deed in ("confirm", "turn-down")]

    assert (answers, reasons_of(ann), other.confirmed_at) == ([404, 404], {sam.id: other.reason}, None)


@pytest.mark.parametrize("role", [StaffRole.FACILITATOR, StaffRole.OBSERVER])
def test_vetoes_are_for_leads_alone(build: Build, client: PageClient, role: StaffRole) -> None:
    """A facilitator may be the mentor whom somebody asked not to get."""
    cohort = build.cohort()
    ruth, ann = mentor(build, cohort, "Ruth"), enrolment(build, cohort, "Ann Lee")
    veto(build, ruth, ann, confirmed_at=build.now)
    ask(build, cohort)
    leads, others = build.staff(cohort).person, build.staff(cohort, role=role).person
    pages = [f"/cohorts/{cohort.slug}/matching", f"/cohorts/{cohort.slug}/matching/readiness"]

    client.sign_in(leads)
    read = ["veto" in text_of(client, page) for page in pages]
    client.sign_in(others)
    texts = [text_of(client, page) for page in pages]

    assert (read, ["veto" in text for text in texts]) == ([True, True], [False, False])
    assert "Program leads read which of them stand in the way." in texts[0]


def test_nothing_is_left_to_run_when_every_pair_stands(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth")
    build.pairing(ruth, enrolment(build, cohort, "Ann"))
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)
    ruth.strengths = []
    db.session.commit()

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert ("Nothing to run" in page, "Outdated" in page) == (True, False)


def test_people_of_one_bottleneck_share_its_words(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=1)
    for name in ("Ann", "Ben", "Cy"):
        enrolment(build, cohort, name)
    enrolment(build, cohort, "Dee", languages=["fi"])
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)

    page = text_of(client, f"/cohorts/{cohort.slug}/matching")

    assert page.count("Too few places: Ann, Ben and Cy can only go to Ruth") == 1
    assert page.index("Too few places") < page.index("Cy has nobody") < page.index("no common language (1 of them)")


def test_who_has_nobody_is_shown_every_mentor_and_who_has_one_every_other(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=1)
    mentor(build, cohort, "Sam", capacity=1)
    ann, dee = enrolment(build, cohort, "Ann"), enrolment(build, cohort, "Dee", languages=["fi"])
    lead(build, cohort, client)
    client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)

    pages = [text_of(client, f"/cohorts/{cohort.slug}/matching/people/{one.id}") for one in (ann, dee)]

    heads = [re.findall(r">(Every[^<]*mentor)</h2>", page) for page in pages]
    assert heads == [["Every other mentor"], ["Every mentor"]]


def test_every_change_since_the_run_before_is_told_most_behind_a_word(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor(build, cohort, "Ruth", capacity=10)
    people = [f"Participant {one}" for one in range(10)]
    for name in people:
        enrolment(build, cohort, name)
    lead(build, cohort, client)
    path = f"/cohorts/{cohort.slug}/matching"
    for least_fit in ("100", "0"):
        client.send(f"{path}/run", FORM | {"least_fit": least_fit})

    since = text_of(client, path).split("Since run 1</h2>")[1].split("Compare run 2 with")[0]
    shown, others = since.split("<summary>Show the other 2 changes</summary>")

    assert [part.count("<del>Nobody</del>") for part in (shown, others)] == [8, 2]
    assert sorted(re.findall(r"Participant \d", since)) == people


def test_a_no_of_the_mentor_is_told_as_the_reason(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ann = enrolment(build, cohort, "Ann")
    closed = {"answered_at": build.now, "published_at": None, "closed_at": build.now}
    build.pairing(mentor(build, cohort, "Ruth"), ann, state=PairingState.CLOSED, **closed)
    build.pairing(mentor(build, cohort, "Sam"), enrolment(build, cohort, "Ben"))
    lead(build, cohort, client)

    assert "The mentor who was asked said not this time" in text_of(client, f"/cohorts/{cohort.slug}/matching")


def test_publishing_what_was_accepted_is_the_one_next_step(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth = mentor(build, cohort, "Ruth Okafor")
    build.pairing(ruth, enrolment(build, cohort, "Ann"), state=PairingState.PROPOSED)
    lead(build, cohort, client)
    path = f"/cohorts/{cohort.slug}/matching"

    first = PRIMARY.findall(text_of(client, path))
    asked = {"state": PairingState.ACCEPTED, "asked_at": build.now, "answered_at": build.now}
    build.pairing(ruth, enrolment(build, cohort, "Ben"), **asked)
    db.session.commit()

    assert first == ["Ask Ruth about this pair"]
    assert PRIMARY.findall(text_of(client, path)) == ["Publish 1 accepted pair"]


@pytest.mark.parametrize(
    ("matched", "points", "number", "words"),
    [
        (0, 6, "−6 points", "Without the 2 locks of the last run all pairs together would have 6 points more."),
        (0, -1, "+1 point", "Without the 2 locks of the last run all pairs together would have 1 point fewer."),
        (
            1,
            -30,
            "−1 person",
            "Without the 2 locks of the last run 1 more person would have a mentor and all pairs together would have "
            "30 points fewer.",
        ),
        (0, 0, "0 ", "The 2 locks of the last run cost nothing."),
    ],
)
def test_price_of_locks_reads_in_both_directions(
    build: Build, matched: int, points: int, number: str, words: str
) -> None:
    cohort = build.cohort()
    row = ask(build, cohort)
    row.outcome = row.outcome | {"locks": {"number": 2, "matched": matched, "points": points}}

    price = tiles(list_people(cohort), saved(row), [])[3]

    assert (f"{price['number']} {price.get('of', '')}", price["definition"]) == (number, words)


def test_runs_say_what_they_were_asked() -> None:
    def words(**values: object) -> str:
        settings = RunSettings(**values)  # type: ignore[arg-type]
        return asked_words(SavedRun(MatchRun(rules=settings.stored(), state=RunState.DONE), "Dana"))

    assert words() == "Standard weights"
    assert words(weights=dict(STANDARD_WEIGHTS) | {"growth": 10}, most_changes=1, shared_hours=False) == (
        "Growth areas 10; no shared hours needed; 1 change at most"
    )
