"""The page on which staff publish pairs."""

import pytest

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.mail.models import Message
from cohort.mentoring.models import Pairing, PairingState
from cohort.mentoring.pairing import remove
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.mentoring.test_publishing import proposed


def lead(build: Build, cohort: Cohort, client: PageClient) -> PageClient:
    return client.sign_in(build.staff(cohort).person)


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_preview_counts_the_mails_that_publishing_sends(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort)
    chosen = [proposed(build, ruth, name).id for name in ("Ann", "Ben", "Cy")][:2]
    lead(build, cohort, client)

    preview = client.get(f"/cohorts/{cohort.slug}/matching/publish", query_string={"some": "1", "pair": chosen})
    answer = client.send(f"/cohorts/{cohort.slug}/matching/publish", {"pair": chosen})

    assert "Publish 2 pairs and send 4 mails" in preview.get_data(as_text=True)
    assert "2 pairs published; 4 mails are on the way." in text_of(client, path_of(answer))
    assert db.session.query(Message).filter_by(template="match-published").count() == 4
    assert db.session.query(Pairing).filter_by(state=PairingState.ACTIVE).count() == 2


def test_publishing_in_two_tabs_says_that_it_was_done(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    pair = proposed(build, build.mentor(cohort), "Ann")
    lead(build, cohort, client)
    path = f"/cohorts/{cohort.slug}/matching/publish"

    answers = [client.send(path, {"pair": [pair.id]}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert "These pairs were published before. Nobody was mailed again." in text_of(client, path_of(answers[1]))
    assert db.session.query(Message).filter_by(template="match-published").count() == 2


def test_no_of_a_mentor_since_the_preview_is_not_passed_over(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, capacity=2)
    ann, ben = (proposed(build, ruth, name) for name in ("Ann", "Ben"))
    ben.state, ben.answered_at, ben.closed_at = PairingState.CLOSED, build.now, build.now
    lead(build, cohort, client)

    answer = client.send(f"/cohorts/{cohort.slug}/matching/publish", {"pair": [ann.id, ben.id]})
    page = answer.get_data(as_text=True)

    assert (answer.status_code, "The proposals have changed since you looked." in page) == (409, True)
    assert ("Publish 1 pair and send 2 mails" in page, ann.state) == (True, PairingState.PROPOSED)
    assert client.send(f"/cohorts/{cohort.slug}/matching/publish", {"pair": [ben.id]}).status_code == 409


def test_page_of_before_a_run_publishes_nothing_that_the_run_made(build: Build, client: PageClient) -> None:
    """No new pair gets the id of one that is gone."""
    cohort = build.cohort()
    ruth = build.mentor(cohort)
    seen = proposed(build, ruth, "Ann")
    number = seen.id
    lead(build, cohort, client)
    remove(seen)
    db.session.commit()
    db.session.expunge(seen)
    other = proposed(build, ruth, "Ben")

    answer = client.send(f"/cohorts/{cohort.slug}/matching/publish", {"pair": [number]})

    assert (answer.status_code, other.state) == (409, PairingState.PROPOSED)
    assert "None of these pairs is there any more." in answer.get_data(as_text=True)


def test_publishing_nothing_asks_for_a_choice(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    lead(build, cohort, client)

    answer = client.get(f"/cohorts/{cohort.slug}/matching/publish?some=1")

    assert "Choose at least one" in text_of(client, path_of(answer))


def test_pairs_of_another_cohort_are_not_published(build: Build, client: PageClient) -> None:
    mine, other = build.cohort(), build.cohort()
    theirs = proposed(build, build.mentor(other), "Ann")
    lead(build, mine, client)

    answer = client.send(f"/cohorts/{mine.slug}/matching/publish", {"pair": [theirs.id]})

    assert answer.status_code == 409
    assert db.session.get_one(Pairing, theirs.id).state is PairingState.PROPOSED


@pytest.mark.parametrize("number", [1, 3])
def test_publishing_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    cohort = build.cohort(matched_on=build.now.date())
    ruth = build.mentor(cohort)
    pairs = [proposed(build, ruth, f"Ann {one}").id for one in range(number)]
    lead(build, cohort, client)
    token = client.csrf_token()
    db.session.expire_all()  # the server has none of the rows at hand

    with queries as seen:
        answer = client.post(
            f"/cohorts/{cohort.slug}/matching/publish",
            data={"pair": pairs, "csrf_token": token},
            headers={"Sec-Fetch-Site": "same-origin"},
        )

    assert answer.status_code == 302
    assert seen.count == 13, seen.statements
