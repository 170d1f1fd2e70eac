"""The home page: what it shows, and to whom it does not exist."""

from datetime import date, timedelta

import pytest

from cohort.access import AFTER_WITHDRAWAL
from cohort.assignments.submitting import save_draft, submit
from cohort.cohorts.models import CohortState, EnrolmentState
from cohort.db import db
from cohort.learning.progress import tick
from cohort.mentoring.models import Commitment, MentoringSession
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import PACK, Cast, codes, make_cast, make_others, text


@pytest.fixture
def cast(build: Build) -> Cast:
    return make_cast(build)


def log_session(build: Build, cast: Cast, *, promises: int = 1) -> None:
    session = MentoringSession(
        pairing_id=cast.pairing.id,
        held_on=date(2026, 11, 10),
        minutes=45,
        next_at=build.now + timedelta(days=1),
        form_key="form",
        logged_by_id=cast.ruth.id,
        logged_at=build.now - timedelta(days=13),
    )
    db.session.add(session)
    db.session.flush()
    for number in range(promises):
        words = {"text": f"Promise {number}", "owner_id": cast.priya.id}
        db.session.add(Commitment(session_id=session.id, pairing_id=cast.pairing.id, **words))
    db.session.add(
        Commitment(session_id=session.id, pairing_id=cast.pairing.id, owner_id=cast.ruth.id, text="Promise of Ruth")
    )
    db.session.flush()


def test_home_says_what_is_next_what_the_week_holds_and_where_one_is(
    build: Build, client: PageClient, cast: Cast
) -> None:
    log_session(build, cast)
    page = text(client.sign_in(cast.priya), f"{cast.home}/home")

    for words in (
        "Good afternoon, Priya",
        "day 70 of 179, module 4 of 8",
        "Answer your check-in",
        "Closes today",
        "Mentor session",
        "Pre-work: Hard talks rehearsal",
        "Workshop: Hard talks rehearsal",
        "Ruth Okafor",
        "Promise 0",
    ):
        assert words in page, words
    assert (page.count('class="next"'), page.count('class="is-here')) == (1, 1)
    assert "Promise of Ruth" not in page


def test_home_asks_for_the_profile_first(build: Build, client: PageClient, cast: Cast) -> None:
    cast.mine.profiled_at = None

    page = text(client.sign_in(cast.priya), f"{cast.home}/home")

    assert "Complete your profile" in page
    assert f'href="{cast.home}/my-profile"' in page


def test_home_names_what_was_done_last(build: Build, client: PageClient, cast: Cast) -> None:
    module = PACK.modules[3]
    tick(cast.mine, "lesson", f"{module.key}/{module.lessons[0].key}", now=build.now)
    tick(cast.mine, "prework", "kickoff", now=build.now)

    page = text(client.sign_in(cast.priya), f"{cast.home}/home")

    assert f"Lesson: {module.lessons[0].title}" in page
    assert "Pre-work: Kickoff" in page


def test_home_of_a_draft_cohort_says_when_it_starts(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2027, 1, 4))
    mine = build.enrolment(cohort, profiled_at=build.now)

    page = text(client.sign_in(mine.person), f"/cohorts/{cohort.slug}/home")

    assert "The program starts on Monday 4 January" in page
    assert "starts on Mon 4 Jan 2027" in page
    assert "No mentor yet" in page


def test_home_of_somebody_who_left_shows_only_their_own(build: Build, client: PageClient, cast: Cast) -> None:
    assignment = PACK.assignment("leadership-starting-line")
    work = save_draft(cast.mine, assignment, text="Mine", version=0, now=build.now)
    submit(work, assignment, now=build.now)
    cast.mine.state, cast.mine.ended_at = EnrolmentState.WITHDRAWN, build.now - timedelta(days=29)

    page = text(client.sign_in(cast.priya), f"{cast.home}/home")

    assert f'href="/submissions/{work.id}"' in page
    assert "Where you are" not in page
    assert client.get(f"{cast.home}/program").status_code == 404
    assert client.get(f"{cast.home}/my-mentor").status_code == 200


def test_home_of_somebody_who_left_closes_after_thirty_days(build: Build, client: PageClient, cast: Cast) -> None:
    long_ago = build.now - AFTER_WITHDRAWAL - timedelta(seconds=1)
    cast.mine.state, cast.mine.ended_at = EnrolmentState.WITHDRAWN, long_ago
    client.sign_in(cast.priya)

    for page in ("home", "my-mentor"):
        assert client.get(f"{cast.home}/{page}").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_home_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    log_session(build, cast, promises=number)
    for module in PACK.modules[:number]:
        tick(cast.mine, "lesson", f"{module.key}/{module.lessons[0].key}", now=build.now)
        build.enrolment(build.cohort(), cast.priya)
    client.sign_in(cast.priya)

    with queries as seen:
        client.get(f"{cast.home}/home")

    assert seen.count == 12


@pytest.mark.parametrize("page", ["home", "my-schedule", "my-mentor"])
def test_own_pages_exist_only_for_participants(build: Build, client: PageClient, cast: Cast, page: str) -> None:
    path = f"{cast.home}/{page}"
    assert path_of(client.get(path)) == "/sign-in"
    others = make_others(build, cast.cohort)
    del others["left"]
    invited = build.enrolment(cast.cohort, state=EnrolmentState.INVITED).person

    found = codes(client, path, others | {"mentor": cast.ruth, "invited": invited})

    assert found.pop("peer") == 200
    assert set(found.values()) == {404}
