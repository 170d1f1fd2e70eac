"""Concerns: raised by either of a pair, read and settled by program leads, unknown to everybody else."""

import pytest

from cohort.cohorts.models import CohortState, StaffRole
from cohort.db import db
from cohort.mentoring.models import PairConcern, Pairing, PairingState
from cohort.reports.attention import list_concerns
from tests.build import Build
from tests.client import PageClient, path_of

TEXT = "CANARY-concern"


@pytest.fixture
def pairing(build: Build) -> Pairing:
    cohort = build.cohort()
    mentor = build.mentor(cohort, build.person("Ruth Okafor"))
    made = build.pairing(mentor, build.enrolment(cohort, build.person("Marcus Bell")))
    assert isinstance(made, Pairing)
    return made


@pytest.mark.parametrize("who", ["mentor", "mentee"])
def test_either_raises_one_and_a_lead_settles_it(build: Build, client: PageClient, pairing: Pairing, who: str) -> None:
    cohort = pairing.enrolment.cohort
    by = pairing.mentor.person if who == "mentor" else pairing.enrolment.person
    lead = build.staff(cohort).person
    path = f"/pairs/{pairing.id}/concern"

    page = client.sign_in(by).get(path).get_data(as_text=True)
    answers = [client.send(path, {"text": TEXT}) for _ in range(2)]
    after = client.get(path_of(answers[0])).get_data(as_text=True)

    assert "the program leads of this cohort" in page
    assert "in confidence" in after
    assert TEXT not in after
    assert db.session.query(PairConcern).count() == 1

    queue = client.sign_in(lead).get(f"/cohorts/{cohort.slug}").get_data(as_text=True)
    assert (by.name in queue, "Has raised a concern" in queue, TEXT in queue) == (True, True, False)
    assert TEXT in client.get(f"/cohorts/{cohort.slug}/matching/concerns").get_data(as_text=True)
    concern = db.session.query(PairConcern).one()
    settled = [client.send(f"/concerns/{concern.id}/settle").status_code for _ in range(2)]
    assert settled == [302, 409]
    assert (concern.settled_at, concern.settled_by_id) == (build.now, lead.id)
    assert "Has raised a concern" not in client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)


def test_nobody_but_leads_learns_of_it(build: Build, client: PageClient, pairing: Pairing) -> None:
    cohort, here = pairing.enrolment.cohort, f"/cohorts/{pairing.enrolment.cohort.slug}"
    others = [
        pairing.enrolment.person,
        pairing.mentor.person,
        build.staff(cohort, role=StaffRole.FACILITATOR).person,
        build.staff(cohort, role=StaffRole.OBSERVER).person,
        build.person(is_admin=True),
        build.staff(build.cohort()).person,
    ]
    client.sign_in(others[0]).send(f"/pairs/{pairing.id}/concern", {"text": TEXT})
    concern = db.session.query(PairConcern).one()

    for person in others:
        client.sign_in(person)
        answers = [client.get(f"{here}/matching/concerns"), client.send(f"/concerns/{concern.id}/settle")]
        assert [answer.status_code for answer in answers] == [404, 404], person.name
        pages = [client.get(path).get_data(as_text=True) for path in (here, f"/pairs/{pairing.id}")]
        assert [page for page in pages if TEXT in page or "raised a concern" in page] == [], person.name
    assert "concern" not in [one.kind for one in list_concerns(cohort, now=build.now)]


def test_who_has_no_mentor_any_more_may_still_say_it_and_the_former_mentor_not(
    build: Build, client: PageClient, pairing: Pairing
) -> None:
    pairing.state, pairing.closed_at = PairingState.CLOSED, build.now
    db.session.commit()
    path, mentor = f"/pairs/{pairing.id}/concern", pairing.mentor.person

    assert client.sign_in(pairing.enrolment.person).send(path, {"text": TEXT}).status_code == 302
    assert client.sign_in(mentor).send(path, {"text": TEXT}).status_code == 404


@pytest.mark.parametrize(("text", "message"), [("  ", "Write what you want"), ("x" * 2001, "At most 2,000")])
def test_empty_and_endless_words_are_refused_and_kept(
    client: PageClient, pairing: Pairing, text: str, message: str
) -> None:
    answer = client.sign_in(pairing.mentor.person).send(f"/pairs/{pairing.id}/concern", {"text": text})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, message in page, text.strip() in page) == (422, True, True)


def test_archived_cohort_takes_none(client: PageClient, pairing: Pairing) -> None:
    pairing.enrolment.cohort.state = CohortState.ARCHIVED
    db.session.commit()

    answer = client.sign_in(pairing.enrolment.person).send(f"/pairs/{pairing.id}/concern", {"text": TEXT})

    assert answer.status_code == 409
