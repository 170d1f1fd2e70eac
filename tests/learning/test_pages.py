"""Program, modules, lessons, workshops, schedule and mentor page."""

from datetime import date, timedelta

import pytest

from cohort.cohorts.models import CohortState
from cohort.db import db
from cohort.learning.models import Progress
from cohort.learning.progress import tick
from cohort.mentoring.models import Commitment, MentoringSession, PairingState
from cohort.programs.pack import Module
from cohort.schedule.models import Extension
from cohort.workshops.signing_up import take_place
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import PACK, Cast, codes, make_cast, make_others, text

READERS = {
    "peer": 200,
    "left": 404,
    "other mentor": 200,
    "facilitator": 200,
    "lead": 200,
    "observer": 200,
    "participant elsewhere": 404,
    "lead elsewhere": 404,
    "admin": 403,
}
"""Rows C1 and I1 of the access matrix."""


@pytest.fixture
def cast(build: Build) -> Cast:
    return make_cast(build)


def module_of(number: int) -> Module:
    return PACK.modules[number - 1]


def lesson_path(cast: Cast, number: int, position: int = 0) -> str:
    module = module_of(number)
    return f"{cast.home}/modules/{module.key}/lessons/{module.lessons[position].key}"


def ticks(cast: Cast) -> list[tuple[str, str]]:
    found = db.session.query(Progress.kind, Progress.key).filter_by(enrolment_id=cast.mine.id)
    return [(kind, key) for kind, key in found.order_by(Progress.id)]


@pytest.mark.parametrize("page", ["program", "module", "lesson", "workshop"])
def test_content_is_read_by_whom_the_matrix_says(build: Build, client: PageClient, cast: Cast, page: str) -> None:
    module = module_of(4)
    assert module.workshop is not None
    path = {
        "program": f"{cast.home}/program",
        "module": f"{cast.home}/modules/{module.key}",
        "lesson": lesson_path(cast, 4),
        "workshop": f"{cast.home}/workshops/{module.workshop.key}",
    }[page]
    assert path_of(client.get(path)) == "/sign-in"

    assert codes(client, path, make_others(build, cast.cohort)) == READERS


def test_module_ahead_shows_title_and_date_and_no_lessons(build: Build, client: PageClient, cast: Cast) -> None:
    ahead = module_of(5)
    for person in (cast.priya, cast.ruth):
        page = text(client.sign_in(person), f"{cast.home}/modules/{ahead.key}")
        assert "It opens on Mon 7 Dec" in page
        assert ahead.title in page
        assert ahead.lessons[0].title not in page
        assert client.get(lesson_path(cast, 5)).status_code == 404


def test_module_ahead_is_read_early_by_those_who_prepare_it(build: Build, client: PageClient, cast: Cast) -> None:
    others = make_others(build, cast.cohort)
    for name in ("facilitator", "lead"):
        page = text(client.sign_in(others[name]), f"{cast.home}/modules/{module_of(5).key}")
        assert module_of(5).lessons[0].title in page
    assert codes(client, lesson_path(cast, 5), others)["facilitator"] == 200


def test_nothing_is_open_before_the_launch(build: Build, client: PageClient, cast: Cast) -> None:
    cast.cohort.state = CohortState.DRAFT

    assert client.sign_in(cast.priya).get(lesson_path(cast, 1)).status_code == 404


def test_module_shows_ticks_dates_and_why(build: Build, client: PageClient, cast: Cast) -> None:
    module = module_of(4)
    tick(cast.mine, "lesson", f"{module.key}/{module.lessons[0].key}", now=build.now)
    item = build.item(cast.cohort, "assignment.due:three-conversations")
    assert item.at is not None
    later = item.at + timedelta(days=3)
    db.session.add(Extension(item_id=item.id, enrolment_id=cast.mine.id, until=later, granted_at=build.now))

    page = text(client.sign_in(cast.priya), f"{cast.home}/modules/{module.key}")

    assert "1 of 4 lessons read" in page
    assert f"Continue: {module.lessons[1].title}" in page
    assert "It is extended to " in page
    assert "Workshop Hard talks rehearsal + 9 days at 17:00 was Fri 4 Dec; extended for you" in page
    assert "Ruth may ask" in page


def test_module_shows_others_no_ticks(build: Build, client: PageClient, cast: Cast) -> None:
    module = module_of(4)
    tick(cast.mine, "lesson", f"{module.key}/{module.lessons[0].key}", now=build.now)

    page = text(client.sign_in(cast.ruth), f"{cast.home}/modules/{module.key}")

    assert module.lessons[0].title in page
    assert ("Not read" in page, "lessons read" in page, "Continue:" in page) == (False, False, False)


@pytest.mark.parametrize("number", [1, 3])
def test_module_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    module = module_of(4)
    for lesson in module.lessons[:number]:
        tick(cast.mine, "lesson", f"{module.key}/{lesson.key}", now=build.now)
    client.sign_in(cast.priya)

    with queries as seen:
        client.get(f"{cast.home}/modules/{module.key}")

    assert seen.count == 10


def test_lesson_is_marked_as_read_and_the_next_one_opens(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)
    path, following = lesson_path(cast, 4), lesson_path(cast, 4, 1)

    done = client.send(path, {"do": "done"})

    assert path_of(done) == following
    assert ticks(cast) == [("lesson", "/".join([module_of(4).key, module_of(4).lessons[0].key]))]
    assert "Read Mon 23 Nov" in text(client, path)

    undone = client.send(path, {"do": "undo"})

    assert (path_of(undone), ticks(cast)) == (path, [])


def test_last_lesson_leads_back_to_the_module(build: Build, client: PageClient, cast: Cast) -> None:
    done = client.sign_in(cast.priya).send(lesson_path(cast, 4, -1), {"do": "done"})

    assert path_of(done) == f"{cast.home}/modules/{module_of(4).key}"


def test_ticking_takes_few_queries(build: Build, client: PageClient, cast: Cast, queries: QueryCount) -> None:
    client.sign_in(cast.priya)
    path, token = lesson_path(cast, 4), client.csrf_token()

    with queries as seen:
        client.post(path, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"})

    assert (seen.count, len(ticks(cast))) == (7, 1)


def test_ticks_are_only_for_participants(build: Build, client: PageClient, cast: Cast) -> None:
    others = make_others(build, cast.cohort)
    expected = {"left": 403, "other mentor": 404, "facilitator": 403, "lead": 403, "admin": 404, "lead elsewhere": 404}
    for name, code in expected.items():
        client.sign_in(others[name])
        assert client.send(lesson_path(cast, 4), {"do": "done"}).status_code == code, name
        assert client.send(f"{cast.home}/workshops/kickoff/prework", {"do": "done"}).status_code == code, name
    assert db.session.query(Progress).count() == 0


def test_archived_cohort_takes_no_ticks(build: Build, client: PageClient, cast: Cast) -> None:
    cast.cohort.state = CohortState.ARCHIVED
    client.sign_in(cast.priya)

    assert client.send(lesson_path(cast, 4), {"do": "done"}).status_code == 409
    assert client.get(lesson_path(cast, 4)).status_code == 200


def test_workshop_shows_times_agenda_and_who_comes(build: Build, client: PageClient, cast: Cast) -> None:
    ben = build.enrolment(cast.cohort, build.person("Ben Adeyemi", company="Lakeshore"))
    build.enrolment(cast.cohort, build.person("Nadia Sorel"))
    take_place(ben, build.item(cast.cohort, "workshop:hard-talks"), now=build.now)
    db.session.commit()

    page = text(client.sign_in(cast.priya), f"{cast.home}/workshops/hard-talks")

    for words in ("16:00–18:00", "10:00–12:00 Chicago", "Begins in 2 days", "16:25", "21:00–23:00", "Ben Adeyemi"):
        assert words in page, words
    assert "Nadia Sorel" not in page


def test_workshop_ahead_shows_no_agenda_and_takes_no_tick(build: Build, client: PageClient, cast: Cast) -> None:
    workshop = module_of(5).workshop
    assert workshop is not None
    path = f"{cast.home}/workshops/{workshop.key}"

    page = text(client.sign_in(cast.priya), path)

    assert workshop.agenda[0].title not in page
    assert client.send(f"{path}/prework", {"do": "done"}).status_code == 404


def test_prework_is_ticked_and_unticked(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)
    path = f"{cast.home}/workshops/hard-talks"

    assert path_of(client.send(f"{path}/prework", {"do": "done"})) == path
    assert ticks(cast) == [("prework", "hard-talks")]
    assert "Done, Mon 23 Nov" in text(client, path)

    client.send(f"{path}/prework", {"do": "undo"})
    assert ticks(cast) == []


@pytest.mark.parametrize("number", [1, 3])
def test_workshop_takes_as_many_queries_for_more_people(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    for _ in range(number):
        build.enrolment(cast.cohort)
    client.sign_in(cast.priya)

    with queries as seen:
        client.get(f"{cast.home}/workshops/hard-talks")

    assert seen.count == 13


def test_schedule_goes_by_the_readers_weeks_with_own_dates_and_breaks(build: Build, client: PageClient) -> None:
    cohort = build.cohort(blackouts=[["2026-12-24", "2027-01-01"]])
    mine = build.enrolment(cohort, build.person(time_zone="Pacific/Auckland"))
    item = build.item(cohort, "assignment.due:three-conversations")
    assert item.at is not None
    until = item.at + timedelta(days=3)
    db.session.add(Extension(item_id=item.id, enrolment_id=mine.id, until=until, granted_at=build.now))

    page = text(client.sign_in(mine.person), f"/cohorts/{cohort.slug}/my-schedule")

    weeks = [week.split("</section>")[0] for week in page.split('id="week-')[1:]]
    by_monday = {week[:10]: week for week in weeks}
    assert "Assignment: Three conversations" in by_monday["2026-12-07"]  # Tue 8 Dec, 12:00 in Auckland
    assert "extended to Tue 8 Dec (was Sat 5 Dec)" in by_monday["2026-12-07"]
    assert "The cohort takes a break: Thu 24 Dec to Fri 1 Jan 2027" in by_monday["2026-12-21"]
    assert "The cohort takes a break" in by_monday["2026-12-28"]
    assert next(iter(by_monday)) == "2026-11-23"
    assert "Late" in by_monday["2026-10-12"]


@pytest.mark.parametrize("number", [1, 3])
def test_schedule_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    for module in PACK.modules[:number]:
        assert module.assignment is not None
        item = build.item(cast.cohort, f"assignment.due:{module.assignment.key}")
        db.session.add(Extension(item_id=item.id, enrolment_id=cast.mine.id, until=build.now, granted_at=build.now))
    client.sign_in(cast.priya)

    with queries as seen:
        client.get(f"{cast.home}/my-schedule")

    assert seen.count == 8


def test_mentor_page_shows_match_sessions_and_promises(build: Build, client: PageClient, cast: Cast) -> None:
    session = MentoringSession(
        pairing_id=cast.pairing.id,
        held_on=date(2026, 11, 10),
        minutes=45,
        topics=["Delegation"],
        session_key=module_of(3).mentor_session.key,  # type: ignore[union-attr]
        next_at=build.now + timedelta(days=1),
        form_key="form",
        logged_by_id=cast.ruth.id,
        logged_at=build.now,
    )
    db.session.add(session)
    db.session.flush()
    promise = {"session_id": session.id, "pairing_id": cast.pairing.id}
    db.session.add(Commitment(owner_id=cast.priya.id, text="Book the talk", due_on=date(2026, 11, 25), **promise))
    db.session.add(Commitment(owner_id=cast.ruth.id, text="Send the template", kept_at=build.now, **promise))

    page = text(client.sign_in(cast.priya), f"{cast.home}/my-mentor")

    for words in (
        "Ruth Okafor",
        "Both are free on Tuesdays.",
        "45 min: Delegation",
        "You, open, by Wed 25 Nov",
        "Ruth Okafor, kept on Mon 23 Nov",
        "15:00</time> London",
        module_of(4).mentor_session.title,  # type: ignore[union-attr]
    ):
        assert words in page, words


def test_proposed_mentor_is_not_shown(build: Build, client: PageClient, cast: Cast) -> None:
    cast.pairing.state, cast.pairing.published_at = PairingState.PROPOSED, None
    client.sign_in(cast.priya)

    for page in ("home", "my-mentor"):
        shown = text(client, f"{cast.home}/{page}")
        assert ("Ruth Okafor" in shown, "No mentor yet" in shown) == (False, True)


@pytest.mark.parametrize("number", [1, 3])
def test_mentor_page_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    for form in range(number):
        session = MentoringSession(
            pairing_id=cast.pairing.id,
            held_on=date(2026, 11, 1 + form),
            minutes=45,
            form_key=f"form-{form}",
            logged_by_id=cast.ruth.id,
            logged_at=build.now,
        )
        db.session.add(session)
        db.session.flush()
        db.session.add(
            Commitment(session_id=session.id, pairing_id=cast.pairing.id, owner_id=cast.ruth.id, text="Promise")
        )
    client.sign_in(cast.priya)

    with queries as seen:
        client.get(f"{cast.home}/my-mentor")

    assert seen.count == 12
