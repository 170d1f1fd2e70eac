"""Pages on which more time is asked for and answered, and to whom they do not exist."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cohort.cohorts.models import StaffRole
from cohort.db import db
from cohort.people.away import Days, add_away
from cohort.people.models import AwayKind, Person
from cohort.schedule.asking import ask_for_more_time
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import Cast, codes, make_others, text

KEY = "three-conversations"
WEEK = Days(AwayKind.ON_CALL, date(2026, 11, 30), date(2026, 12, 6))
DAY = timedelta(days=1)


def small_page(cast: Cast, what: str = "assignment", key: str = KEY) -> str:
    return f"{cast.home}/more-time/{what}/{key}"


def the_request() -> ExtensionRequest:
    return db.session.query(ExtensionRequest).one()


def asked(build: Build, cast: Cast, item: DatedItem) -> str:
    """A request of Priya's; the address at which it is answered."""
    assert item.at is not None
    request = ask_for_more_time(cast.mine, item, until=item.at + 5 * DAY, now=build.now)
    db.session.commit()
    return f"/extension-requests/{request.id}"


def test_date_in_an_on_call_week_is_pointed_out_with_the_next_working_day(
    build: Build, client: PageClient, cast: Cast
) -> None:
    add_away(cast.priya, WEEK, now=build.now)
    db.session.commit()
    client.sign_in(cast.priya)

    assignment = text(client, f"{cast.home}/assignments/{KEY}")
    assert "Fri 4 Dec is in your on-call week. Mon 7 Dec is the first working day after it." in assignment
    assert 'value="2026-12-07"' in assignment
    assert "Three conversations is due Fri 4 Dec, in your on-call week." in text(client, f"{cast.home}/home")
    assert "Due 23:00 London (17:00 Chicago), in your on-call week" in text(client, f"{cast.home}/my-schedule")


def test_nothing_is_pointed_out_to_others_or_of_other_days(build: Build, client: PageClient, cast: Cast) -> None:
    peer = build.enrolment(cast.cohort, profiled_at=build.now).person
    add_away(peer, WEEK, now=build.now)
    add_away(cast.priya, Days(AwayKind.AWAY, date(2026, 12, 24), date(2026, 12, 31)), now=build.now)
    db.session.commit()
    client.sign_in(cast.priya)

    for page in ("assignments/" + KEY, "home"):
        assert "on-call week" not in text(client, f"{cast.home}/{page}")


def test_person_asks_with_one_date_and_takes_it_back(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    sent = client.send(small_page(cast), {"until": "2026-12-09"})

    assert path_of(sent) == f"{cast.home}/assignments/{KEY}"
    page = text(client, path_of(sent))
    assert "You asked for <b>Wed 9 Dec, 23:00 London</b>" in page
    assert "you, your mentor Ruth Okafor, facilitators and program leads" in page
    assert client.send(f"{small_page(cast)}/take-back").status_code == 302
    assert the_request().decided_by_id == cast.priya.id
    assert client.send(f"{small_page(cast)}/take-back").status_code == 409


def test_schedule_says_what_was_asked_and_no_page_asks_for_it_again(
    build: Build, client: PageClient, cast: Cast, item: DatedItem
) -> None:
    add_away(cast.priya, WEEK, now=build.now)
    asked(build, cast, item)
    client.sign_in(cast.priya)

    schedule, home = (text(client, f"{cast.home}/{page}") for page in ("my-schedule", "home"))

    assert "Asked for Wed 9 Dec" in schedule
    assert "Due 23:00 London (17:00 Chicago), in your on-call week" in schedule
    assert f"{cast.home}/more-time/assignment/{KEY}" not in schedule + home


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "Choose a day."),
        ("2026-12-04", "Choose a day after the date that you have."),
        ("2027-06-01", "Choose a day at most 60 days after"),
        ("9999-12-31", "Choose a day at most 60 days after"),
    ],
)
def test_odd_date_is_said_on_the_small_page(client: PageClient, cast: Cast, day: str, words: str) -> None:
    client.sign_in(cast.priya)

    answer = client.send(small_page(cast), {"until": day})

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert db.session.query(ExtensionRequest).count() == 0


def test_check_in_with_more_time_is_answered_until_then(
    build: Build, client: PageClient, cast: Cast, dana: Person
) -> None:
    closes = build.item(cast.cohort, "checkin.closes:checkin-4")
    assert closes.at is not None and closes.at < build.now
    address = f"{cast.home}/check-ins/checkin-4"
    assert "It takes no more answers" in text(client.sign_in(cast.priya), address)
    until = build.now + 2 * DAY
    db.session.add(Extension(item_id=closes.id, enrolment_id=cast.mine.id, until=until, granted_at=build.now))
    db.session.commit()

    assert "Closes in 2 days" in text(client, address)


def test_small_page_exists_only_for_participants(build: Build, client: PageClient, cast: Cast) -> None:
    found = codes(client, small_page(cast), make_others(build, cast.cohort) | {"mentor": cast.ruth})

    assert {name for name, code in found.items() if code == 200} == {"peer"}
    assert {code for name, code in found.items() if name not in ("peer", "left")} == {404}


def test_mentor_grants_with_another_date(build: Build, client: PageClient, cast: Cast, item: DatedItem) -> None:
    address = asked(build, cast, item)
    client.sign_in(cast.ruth)
    assert "Asks for more time for “Three conversations”: until Wed 9 Dec." in text(client, f"{cast.home}/mentees")

    answer = client.send(address, {"until": "2026-12-08", "answer": "Bring it along.", "do": "grant"})

    assert path_of(answer) == f"{cast.home}/mentees"
    page = text(client.sign_in(cast.priya), f"{cast.home}/assignments/{KEY}")
    assert "It is extended to Tue 8 Dec (was Fri 4 Dec) by Ruth Okafor." in page
    assert "Ruth Okafor gave you more time." in page


def test_declined_request_shows_the_answer_to_the_person_and_the_form_again(
    build: Build, client: PageClient, cast: Cast, item: DatedItem, dana: Person
) -> None:
    address = asked(build, cast, item)
    client.sign_in(dana)
    assert client.send(address, {"until": "2026-12-09", "do": "decline"}).status_code == 422

    answer = client.send(address, {"until": "2026-12-09", "answer": "The showcase needs it.", "do": "decline"})

    assert path_of(answer) == f"{cast.home}/extensions"
    assert "left the date as it is" in text(client, address)
    page = text(client.sign_in(cast.priya), f"{cast.home}/assignments/{KEY}")
    assert "Dana Whitfield left the date as it is" in page
    assert "The showcase needs it." in page
    assert "New date you ask for" in page


def test_slower_decider_gets_a_page_that_says_who_was_faster(
    build: Build, client: PageClient, cast: Cast, item: DatedItem, dana: Person
) -> None:
    address = asked(build, cast, item)
    client.sign_in(cast.ruth).send(address, {"until": "2026-12-09", "do": "grant"})

    late = client.sign_in(dana).send(address, {"until": "2026-12-10", "do": "grant"})

    assert late.status_code == 409
    assert "Ruth Okafor has granted this request already." in late.get_data(as_text=True)


def test_request_is_read_by_those_who_decide(
    build: Build, client: PageClient, cast: Cast, item: DatedItem, dana: Person
) -> None:
    address = asked(build, cast, item)
    others = make_others(build, cast.cohort) | {"mentor": cast.ruth}

    found = codes(client, address, others)

    assert {name for name, code in found.items() if code == 200} == {"mentor", "facilitator", "lead"}
    assert {code for code in found.values() if code != 200} == {404}


def test_mentor_does_not_decide_about_check_ins(build: Build, client: PageClient, cast: Cast, dana: Person) -> None:
    address = asked(build, cast, build.item(cast.cohort, "checkin.closes:checkin-6"))

    assert client.sign_in(cast.ruth).get(address).status_code == 404
    assert "Asks for more time" not in text(client, f"{cast.home}/mentees")
    assert client.sign_in(dana).get(address).status_code == 200


# --- several at once, and the report ---


def test_several_get_more_time_after_a_preview(
    build: Build, client: PageClient, cast: Cast, item: DatedItem, dana: Person
) -> None:
    ben = build.enrolment(cast.cohort, build.person("Ben Adeyemi"))
    build.enrolment(cast.cohort, build.person("Cho Park"))
    db.session.commit()
    client.sign_in(dana)
    chosen = f"item={item.item_id}&people={cast.mine.id}&people={ben.id}&until_on=2026-12-08"
    page = f"{cast.home}/extensions/new"
    assert text(client, f"{page}?{chosen}").count("checked") == 2

    preview = text(client, f"{page}?{chosen}&see=1")
    assert preview.count("<b>Tue 8 Dec, 17:00 Chicago</b>") == 2
    assert db.session.query(Extension).count() == 0
    form = {"item": item.item_id, "people": [cast.mine.id, ben.id], "until_on": "2026-12-08", "reason": "Both on call"}
    given = client.send(page, form)

    assert path_of(given) == f"{cast.home}/extensions"
    people = db.session.execute(select(Extension.enrolment_id, Extension.reason).order_by(Extension.enrolment_id))
    assert [tuple(row) for row in people] == sorted([(cast.mine.id, "Both on call"), (ben.id, "Both on call")])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("see=1", "Choose what the extension is for."),
        ("see=1&item=assignment.due:three-conversations&until_on=2026-12-04", "Choose at least one person."),
        ("see=1&item=assignment.due:three-conversations&until_on=2026-12-04&people={}", "Choose a time after the date"),
        ("see=1&item=assignment.due:three-conversations&until_on=9999-12-31&people={}", "in this century"),
        ("see=1&item=nothing&until_on=x&people=x", "things to fix"),
    ],
)
def test_odd_choice_is_said(client: PageClient, cast: Cast, dana: Person, query: str, words: str) -> None:
    answer = client.sign_in(dana).get(f"{cast.home}/extensions/new?{query.format(cast.mine.id)}")

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_people_of_another_cohort_are_not_given_more_time(
    build: Build, client: PageClient, cast: Cast, item: DatedItem, dana: Person
) -> None:
    stranger = build.enrolment(build.cohort())
    db.session.commit()
    form = {"item": item.item_id, "people": [stranger.id], "until_on": "2026-12-08"}

    assert client.sign_in(dana).send(f"{cast.home}/extensions/new", form).status_code == 422
    assert db.session.query(Extension).count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_report_takes_as_many_queries_for_more(
    build: Build, client: PageClient, cast: Cast, item: DatedItem, dana: Person, queries: QueryCount, number: int
) -> None:
    assert item.at is not None
    for _ in range(number):
        one = build.enrolment(cast.cohort)
        db.session.add(
            Extension(item_id=item.id, enrolment_id=one.id, until=item.at + DAY, granted_by=dana, granted_at=build.now)
        )
        ask_for_more_time(build.enrolment(cast.cohort), item, until=item.at + DAY, now=build.now)
    db.session.commit()
    client.sign_in(dana)

    with queries as seen:
        page = client.get(f"{cast.home}/extensions").get_data(as_text=True)

    assert page.count('data-label="Extended to"') == number
    assert seen.count == 9


def test_report_is_read_by_staff(build: Build, client: PageClient, cast: Cast) -> None:
    others = make_others(build, cast.cohort) | {"mentor": cast.ruth}

    found = codes(client, f"{cast.home}/extensions", others)
    form = codes(client, f"{cast.home}/extensions/new", others)

    assert {name for name, code in found.items() if code == 200} == {"facilitator", "lead", "observer"}
    assert {name for name, code in form.items() if code == 200} == {"facilitator", "lead"}


# --- who is away ---


def test_staff_see_who_is_away_when_something_is_due(
    build: Build, client: PageClient, cast: Cast, dana: Person
) -> None:
    ben = build.enrolment(cast.cohort, build.person("Ben Adeyemi"))
    add_away(ben.person, WEEK, now=build.now)
    db.session.commit()

    page = text(client.sign_in(dana), f"{cast.home}/schedule")

    assert "Ben Adeyemi is on call 30 Nov – 6 Dec" in page
    assert f"item=assignment.due:{KEY}&amp;people={ben.id}&amp;until_on=2026-12-07" in page


@pytest.mark.parametrize("role", [StaffRole.OBSERVER, None])
def test_observer_sees_who_is_away_and_an_admin_does_not(
    build: Build, client: PageClient, cast: Cast, role: StaffRole | None
) -> None:
    add_away(cast.priya, WEEK, now=build.now)
    reader = build.staff(cast.cohort, role=role).person if role else build.person(is_admin=True)
    db.session.commit()

    page = text(client.sign_in(reader), f"{cast.home}/schedule")

    assert ("Priya Raman is on call" in page, "extensions/new" in page) == (role is not None, False)


@pytest.mark.parametrize("number", [1, 3])
def test_schedule_takes_as_many_queries_for_more_people_away(
    build: Build, client: PageClient, cast: Cast, dana: Person, queries: QueryCount, number: int
) -> None:
    for _ in range(number):
        add_away(build.enrolment(cast.cohort).person, WEEK, now=build.now)
    db.session.commit()
    client.sign_in(dana)

    with queries as seen:
        client.get(f"{cast.home}/schedule")

    assert seen.count == 14
