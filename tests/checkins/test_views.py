"""The form of a check-in and the page on which it is read: what they do, and who reads which part."""

import html
import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from cohort.checkins.answering import Answers, answer, save_draft
from cohort.checkins.models import CheckInAnswer, Kept, MoodAudience
from cohort.cohorts.models import CohortState, EnrolmentState
from cohort.db import db
from cohort.mentoring.models import PairingState
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import PACK, Cast, codes, make_cast, make_others, text

OPEN, BEFORE = PACK.checkin("checkin-5"), PACK.checkin("checkin-4")
FULL = {
    "kept": "partly",
    "mood": "4",
    "mood_for": "pair",
    "answer_0": "Canary one",
    "answer_1": "Canary two",
    "answer_2": "",
    "help": ["mentor", "time"],
    "promise": "I will have the talk.",
    "promise_by": "2026-12-02",
    "version": "0",
}
SHARED = Answers(mood=2, answers=("Canary one",), help=("mentor",), promise="Canary promise")


@pytest.fixture
def cast(build: Build) -> Cast:
    return make_cast(build)


def path(cast: Cast, key: str = OPEN.key) -> str:
    return f"{cast.home}/check-ins/{key}"


def opening(build: Build, cast: Cast, key: str) -> datetime:
    at = build.item(cast.cohort, f"checkin.opens:{key}").at
    assert at is not None
    return at


def promise_before(build: Build, cast: Cast, words: str = "I will ask twice.") -> None:
    answer(cast.mine, BEFORE, Answers(mood=3, promise=words), version=0, now=opening(build, cast, BEFORE.key))


def given(key: str = OPEN.key) -> CheckInAnswer:
    return db.session.query(CheckInAnswer).filter_by(checkin_key=key).one()


def boxes(page: str) -> list[str]:
    """What stands in the text boxes of a page."""
    found = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    return [html.unescape(words) for words in found]


def test_form_asks_for_everything_and_says_who_reads_it(build: Build, client: PageClient, cast: Cast) -> None:
    promise_before(build, cast)

    page = text(client.sign_in(cast.priya), path(cast))

    for words in (
        "Check-in 5 of 12",
        "Closes today, Mon 23 Nov, 23:00 London (17:00 Chicago)",
        "I will ask twice.",
        *OPEN.questions,
        "After you send it, the next one opens Thu 3 Dec.",
    ):
        assert words in html.unescape(page), words
    assert page.count("Read by: <strong>you and your mentor, Ruth</strong>") == 2 + len(OPEN.questions)
    assert page.count("Read by: <strong>you, your mentor, facilitators and program leads</strong>") == 1


def test_form_asks_about_a_promise_only_when_there_was_one(build: Build, client: PageClient, cast: Cast) -> None:
    page = text(client.sign_in(cast.priya), path(cast))

    assert ('name="kept"' in page, 'name="promise"' in page) == (False, True)


def test_check_in_is_sent(build: Build, client: PageClient, cast: Cast) -> None:
    promise_before(build, cast)
    client.sign_in(cast.priya)

    sent = client.send(path(cast), FULL | {"do": "send"})

    assert path_of(sent) == f"{cast.home}/home"
    kept = given()
    assert (kept.kept, kept.mood, kept.mood_for, kept.answered_at) == (Kept.PARTLY, 4, MoodAudience.PAIR, build.now)
    assert (kept.answers, kept.help) == (["Canary one", "Canary two", ""], ["mentor", "time"])
    assert (kept.promise, kept.promise_by) == ("I will have the talk.", date(2026, 12, 2))
    assert path_of(client.get(path(cast))) == f"/check-ins/{kept.id}"


def test_what_is_missing_is_said_and_the_rest_kept_as_a_draft(build: Build, client: PageClient, cast: Cast) -> None:
    promise_before(build, cast)
    client.sign_in(cast.priya)

    refused = client.send(path(cast), FULL | {"mood": "", "do": "send"})

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Choose how you are; any of the five is right." in page
    assert boxes(page)[:2] == ["Canary one", "Canary two"]
    assert 'name="version" type="hidden" value="1"' in page
    assert (given().answered_at, given().promise) == (None, "I will have the talk.")

    refused = client.send(
        path(cast), {key: FULL[key] for key in FULL if key != "kept"} | {"version": "1", "do": "send"}
    )
    assert "Say what became of your last promise." in refused.get_data(as_text=True)


@pytest.mark.parametrize("wrong", [{"mood": "9"}, {"mood_for": "all"}, {"help": ["rocket"]}, {"promise_by": "soon"}])
def test_what_cannot_be_is_refused_and_the_text_kept(
    build: Build, client: PageClient, cast: Cast, wrong: dict[str, object]
) -> None:
    client.sign_in(cast.priya)

    refused = client.send(path(cast), FULL | wrong | {"do": "save"})

    assert (refused.status_code, boxes(refused.get_data(as_text=True))[0]) == (422, "Canary one")
    assert db.session.query(CheckInAnswer).count() == 0


def test_draft_is_saved_and_shown_again(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    saved = client.send(path(cast), FULL | {"do": "save"})

    page = text(client, path(cast))
    assert path_of(saved) == path(cast)
    assert boxes(page)[0] == "Canary one"
    assert re.search(r'name="mood" value="4" checked', page)
    assert 'value="2026-12-02"' in page
    assert given().answered_at is None


def test_autosave_answers_with_the_version_to_name_next(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    first = client.send(f"{path(cast)}/draft", FULL)
    second = client.send(f"{path(cast)}/draft", FULL | {"answer_0": "More", "version": "1"})
    stale = client.send(f"{path(cast)}/draft", FULL | {"answer_0": "Old", "version": "1"})

    assert (first.json, second.json) == ({"saved": "15:00", "version": 1}, {"saved": "15:00", "version": 2})
    assert (stale.status_code, given().answers[0]) == (409, "More")


def test_save_from_another_page_shows_both_and_overwrites_nothing(build: Build, client: PageClient, cast: Cast) -> None:
    save_draft(cast.mine, OPEN, Answers(answers=("Kept elsewhere",)), version=0, now=build.now)
    client.sign_in(cast.priya)

    refused = client.send(path(cast), FULL | {"do": "send"})

    page = refused.get_data(as_text=True)
    assert (refused.status_code, given().answers[0], given().answered_at) == (409, "Kept elsewhere", None)
    assert ("Kept elsewhere" in page, boxes(page)[0]) == (True, "Canary one")

    client.send(path(cast), FULL | {"version": "1", "do": "send"})
    assert given().answers[0] == "Canary one"


def test_sent_check_in_is_not_changed_and_what_was_typed_is_shown(build: Build, client: PageClient, cast: Cast) -> None:
    answer(cast.mine, OPEN, SHARED, version=0, now=build.now)
    client.sign_in(cast.priya)

    refused = client.send(path(cast), FULL | {"version": "1", "promise": "Another", "do": "save"})

    page = refused.get_data(as_text=True)
    assert (refused.status_code, given().promise) == (409, "Canary promise")
    assert ('value="Another"' in page, "Send check-in" in page) == (True, False)


@pytest.mark.parametrize(
    ("key", "words"),
    [("checkin-6", "It opens on Thu 3 Dec, 15:00 London (09:00 Chicago)"), ("checkin-4", "It takes no more answers")],
)
def test_closed_check_in_says_when_it_is_open_and_takes_nothing(
    build: Build, client: PageClient, cast: Cast, key: str, words: str
) -> None:
    client.sign_in(cast.priya)
    page = text(client, path(cast, key))
    assert (words in page, "<textarea" in page) == (True, False)

    assert client.send(path(cast, key), FULL | {"do": "send"}).status_code == 409
    assert db.session.query(CheckInAnswer).count() == 0


def test_nothing_is_open_before_the_launch(build: Build, client: PageClient, cast: Cast) -> None:
    cast.cohort.state = CohortState.DRAFT
    client.sign_in(cast.priya)

    assert "<textarea" not in text(client, path(cast))
    assert client.send(path(cast), FULL | {"do": "send"}).status_code == 409


def test_check_in_after_its_closing_is_taken_until_the_next_opens(
    build: Build, client: PageClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = build.item(cast.cohort, f"checkin.closes:{OPEN.key}")
    item.at = build.now - timedelta(hours=1)
    client.sign_in(cast.priya)

    assert "is still taken until the next one opens on Thu 3 Dec" in text(client, path(cast))
    assert path_of(client.send(path(cast), FULL | {"do": "send"})) == f"{cast.home}/home"


@pytest.mark.parametrize("number", [1, 3])
def test_form_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    for checkin in PACK.checkins[:number]:
        answer(cast.mine, checkin, Answers(mood=3), version=0, now=opening(build, cast, checkin.key))
    client.sign_in(cast.priya)
    address = path(cast)

    with queries as seen:
        client.get(address)

    assert seen.count == 11


def test_sending_takes_few_queries(build: Build, client: PageClient, cast: Cast, queries: QueryCount) -> None:
    save_draft(cast.mine, OPEN, Answers(answers=("So far",)), version=0, now=build.now)
    client.sign_in(cast.priya)
    address, form = path(cast), FULL | {"csrf_token": client.csrf_token(), "version": "1", "do": "send"}

    with queries as seen:
        sent = client.post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})

    assert (sent.status_code, seen.count) == (302, 9)


# --- who reads it ---


def test_form_exists_only_for_participants(build: Build, client: PageClient, cast: Cast) -> None:
    others = make_others(build, cast.cohort)
    assert path_of(client.get(path(cast))) == "/sign-in"

    found = codes(client, path(cast), others | {"mentor": cast.ruth})

    assert {name for name, code in found.items() if code == 200} == {"peer"}
    assert {code for name, code in found.items() if name != "peer"} == {404}
    client.sign_in(others["left"])
    assert client.send(path(cast), FULL | {"do": "send"}).status_code == 403
    assert client.sign_in(cast.ruth).send(path(cast), FULL | {"do": "send"}).status_code == 404
    assert db.session.query(CheckInAnswer).count() == 0


@pytest.mark.parametrize("mood_for", MoodAudience)
def test_pair_reads_everything_and_staff_what_is_for_them(
    build: Build, client: PageClient, cast: Cast, mood_for: MoodAudience
) -> None:
    kept = answer(cast.mine, OPEN, replace(SHARED, mood_for=mood_for), version=0, now=build.now)
    others = make_others(build, cast.cohort)
    address = f"/check-ins/{kept.id}"
    for person in (cast.priya, cast.ruth):
        page = text(client.sign_in(person), address)
        assert [words in page for words in ("Canary one", "Canary promise", "2 Stretched", "Time with my")] == [
            True
        ] * 4

    for name in ("facilitator", "lead"):
        page = text(client.sign_in(others[name]), address)
        assert ("Canary" in page, "Time with my mentor" in page) == (False, True)
        assert ("2 Stretched" in page) == (mood_for is MoodAudience.STAFF)


def test_check_in_does_not_exist_for_anybody_else(build: Build, client: PageClient, cast: Cast) -> None:
    kept = answer(cast.mine, OPEN, SHARED, version=0, now=build.now)
    others = make_others(build, cast.cohort)
    address = f"/check-ins/{kept.id}"
    assert path_of(client.get(address)) == "/sign-in"

    found = codes(client, address, others)

    assert {name for name, code in found.items() if code == 200} == {"facilitator", "lead"}
    assert {code for name, code in found.items() if name not in ("facilitator", "lead")} == {404}


def test_later_mentor_reads_nothing_that_was_told_to_the_one_before(
    build: Build, client: PageClient, cast: Cast
) -> None:
    """The mentor of then was named beside every box; what is sent from now on, the new one reads."""
    then, old = opening(build, cast, BEFORE.key), cast.pairing
    before = answer(cast.mine, BEFORE, SHARED, version=0, now=then)
    old.state, old.closed_at = PairingState.CLOSED, then + timedelta(hours=1)
    new = build.pairing(build.mentor(cast.cohort), cast.mine, published_at=then + timedelta(hours=2))
    told = Answers(mood=3, answers=("For the new one",), kept=Kept.PARTLY, promise="A new promise")
    after = answer(cast.mine, OPEN, told, version=0, now=build.now)
    db.session.commit()

    mentor = client.sign_in(new.mentor.person)
    assert mentor.get(f"/check-ins/{before.id}").status_code == 404
    page = text(mentor, f"/check-ins/{after.id}")
    assert ("For the new one" in page, "A new promise" in page, "Canary" in page) == (True, True, False)
    for address in (f"/pairs/{new.id}", f"{cast.home}/mentees"):
        page = text(mentor, address)
        assert ("For the new one" in page, "Canary" in page) == (True, False)

    assert codes(client, f"/check-ins/{after.id}", {"mentor before": cast.ruth}) == {"mentor before": 404}
    own = text(client.sign_in(cast.priya), f"/check-ins/{before.id}")
    assert "It was for the mentor you had then; no mentor reads it now." in own
    assert ("<strong>you alone</strong>" in own, "your mentor" in own) == (True, False)
    assert f"/check-ins/{before.id}" not in text(client, f"/pairs/{new.id}")
    assert "<strong>you and your mentor</strong>" in text(client, f"/check-ins/{after.id}")


def test_mentor_who_is_found_again_reads_what_was_told_before(build: Build, client: PageClient, cast: Cast) -> None:
    then, old, mentor = opening(build, cast, BEFORE.key), cast.pairing, cast.pairing.mentor
    kept = answer(cast.mine, BEFORE, SHARED, version=0, now=then)
    old.state, old.closed_at = PairingState.CLOSED, then + timedelta(hours=1)
    db.session.commit()
    assert codes(client, f"/check-ins/{kept.id}", {"mentor": cast.ruth}) == {"mentor": 404}

    build.pairing(mentor, cast.mine, published_at=build.now)
    db.session.commit()

    assert "Canary one" in text(client.sign_in(cast.ruth), f"/check-ins/{kept.id}")


def test_first_mentor_reads_what_was_told_to_whoever_would_come(build: Build, client: PageClient, cast: Cast) -> None:
    """The form says: your mentor, once you have one."""
    later = build.enrolment(cast.cohort)
    kept = answer(later, OPEN, SHARED, version=0, now=build.now)
    build.pairing(cast.pairing.mentor, later, published_at=build.now)
    db.session.commit()

    assert "Canary one" in text(client.sign_in(cast.ruth), f"/check-ins/{kept.id}")


def test_draft_is_read_only_by_its_owner(build: Build, client: PageClient, cast: Cast) -> None:
    kept = save_draft(cast.mine, OPEN, SHARED, version=0, now=build.now)
    others = make_others(build, cast.cohort) | {"mentor": cast.ruth}

    assert set(codes(client, f"/check-ins/{kept.id}", others).values()) == {404}
    assert codes(client, f"/check-ins/{kept.id}", {"owner": cast.priya}) == {"owner": 200}


def test_own_check_in_is_read_after_leaving(build: Build, client: PageClient, cast: Cast) -> None:
    kept = answer(cast.mine, OPEN, SHARED, version=0, now=build.now)
    cast.mine.state, cast.mine.ended_at = EnrolmentState.WITHDRAWN, build.now - timedelta(days=29)
    client.sign_in(cast.priya)
    assert "Canary one" in text(client, f"/check-ins/{kept.id}")

    cast.mine.ended_at = build.now - timedelta(days=31)
    db.session.commit()

    assert client.get(f"/check-ins/{kept.id}").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_reading_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, queries: QueryCount, number: int
) -> None:
    for checkin in PACK.checkins[:number]:
        kept = answer(cast.mine, checkin, Answers(mood=3), version=0, now=opening(build, cast, checkin.key))
    client.sign_in(cast.ruth)
    address = f"/check-ins/{kept.id}"

    with queries as seen:
        client.get(address)

    assert seen.count == 5
