"""The editors of a program in the browser: its dates, its text, and two who edit at once."""

import copy
import html
import re
from typing import Any

import pytest

from cohort.cohorts.models import CohortState, StaffRole
from cohort.db import db
from cohort.people.models import Person
from cohort.programs.dating import all_places, list_places
from cohort.programs.importing import import_pack
from cohort.programs.models import ProgramVersion
from cohort.programs.packs import write_pack
from tests.build import Build, shipped_document
from tests.client import PageClient, QueryCount, path_of

DATES, TEXT = "/programs/emerging-leaders/dates", "/programs/emerging-leaders/text"


@pytest.fixture
def lead(build: Build) -> Person:
    """The lead of a cohort that runs on version 1 of the shipped program."""
    version = import_pack(shipped_document(), by=None, now=build.now)
    assert version is not None
    person = build.staff(build.cohort(version=version), build.person("Dana Whitfield")).person
    db.session.commit()
    return person


def dates(based_on: int = 1, **changes: str) -> dict[str, str]:
    """What the page of dates sends; changes by name, with __ for a dot and _ for a hyphen."""
    boxes = {f"date.{one.name}": one.text for one in all_places(list_places(shipped_document()))}
    named = {f"date.{name.replace('__', '.').replace('_', '-')}": text for name, text in changes.items()}
    assert named.keys() <= boxes.keys()
    return {"based_on": str(based_on), "start": "2026-11-30", **boxes, **named}


def with_title(title: str) -> dict[str, Any]:
    return copy.deepcopy(shipped_document()) | {"title": title}


def versions() -> list[ProgramVersion]:
    found = db.session.query(ProgramVersion).join(ProgramVersion.program).order_by(ProgramVersion.number)
    return [one for one in found if one.document["key"] == "emerging-leaders"]


def text_in(page: str) -> str:
    """What stands in the box of the text, as a browser would send it back."""
    found = re.search(r'<textarea[^>]* name="text"[^>]*>\r?\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def someone_publishes(build: Build, title: str = "Growing Leaders") -> None:
    import_pack(with_title(title), by=None, now=build.now)
    db.session.commit()


def test_page_shows_every_expression_with_the_date_it_gives(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    monday = client.get(DATES).get_data(as_text=True)
    autumn = client.get(f"{DATES}?start=2026-09-14").get_data(as_text=True)

    assert 'name="date.workshop.hard-talks.at" value="start+72d 10:00"' in monday
    assert 'value="2026-11-30"' in monday
    assert "Wed 25 Nov, 10:00 to 12:00" in autumn
    assert "All 96 dates can be worked out." in autumn
    assert [client.get(f"{DATES}?start={day}").status_code for day in ("soon", "9999-12-31")] == [200, 200]


def test_dates_are_shown_for_what_was_typed_and_nothing_is_stored(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    answer = client.send(DATES, {**dates(workshop__kickoff__at="start+2d 11:00"), "do": "show"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'value="start+2d 11:00"' in page
    assert "Wed 2 Dec, 11:00 to 13:00" in page
    assert len(versions()) == 1


def test_example_that_cannot_be_counted_from_is_refused(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    answers = [client.send(DATES, {**dates(), "start": day, "do": "show"}) for day in ("9999-12-31", "soon")]

    assert [answer.status_code for answer in answers] == [422, 422]
    said = [answer.get_data(as_text=True) for answer in answers]
    assert "Choose a year from 1970 to 2199." in said[0]
    assert "Choose a day." in said[1]
    assert "Not a valid date" not in said[1]


def test_mistakes_stand_under_their_boxes_and_everything_typed_stays(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    wrong = dates(
        module__aim__opens="begin+1d", module__starting_line__closes="start-1d", workshop__kickoff__at="start+2d 11:00"
    )

    answer = client.send(DATES, {**wrong, "do": "preview"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "2 things to fix." in page
    assert "“begin+1d” begins with no known anchor" in page
    assert "This closes (start-1d) before it opens (start+0d 08:00)" in page
    for text in ("begin+1d", "start-1d", "start+2d 11:00"):
        assert f'value="{text}"' in page
    assert page.count('aria-invalid="true"') == 2


def test_circle_is_a_mistake_at_its_box(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    circle = dates(module__aim__opens="workshop:goals-clinic-9d", workshop__goals_clinic__at="module:aim+9d")

    page = client.send(DATES, {**circle, "do": "preview"}).get_data(as_text=True)

    assert "These dates hang on each other in a circle" in page


def test_preview_shows_changed_lines_and_publishes_the_next_version(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    preview = client.send(DATES, {**dates(workshop__kickoff__at="start+2d 11:00"), "do": "preview"})
    page = preview.get_data(as_text=True)

    assert preview.status_code == 200
    assert '<li class="is-old">−     at: start+2d 10:00</li>' in page
    assert '<li class="is-new">+     at: start+2d 11:00</li>' in page
    assert "Publish version 2" in page
    assert len(versions()) == 1

    answer = client.send(TEXT, {"text": text_in(page), "based_on": "1", "do": "import"})

    assert path_of(answer) == "/programs/emerging-leaders"
    (first, second) = versions()
    assert second.document["modules"][0]["workshop"]["at"] == "start+2d 11:00"
    assert (second.number, second.imported_by_id, first.document) == (2, lead.id, shipped_document())
    assert "Version 2 is published." in client.get("/programs/emerging-leaders").get_data(as_text=True)


def test_preview_leads_back_to_the_dates_with_what_was_typed(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    page = client.send(DATES, {**dates(workshop__kickoff__at="start+2d 11:00"), "do": "preview"}).get_data(as_text=True)
    text = text_in(page)

    back = client.send(DATES, {"text": text, "based_on": "1"}).get_data(as_text=True)
    more = client.send(DATES, {"text": text.replace("title: Kickoff", "title: Begin"), "based_on": "1"})

    assert f'formaction="{DATES}"' in page
    assert 'name="date.workshop.kickoff.at" value="start+2d 11:00"' in back
    assert "to fix" not in back
    assert more.status_code == 422
    assert "This text has more changes than dates." in more.get_data(as_text=True)
    assert "title: Begin" in text_in(more.get_data(as_text=True))


def test_optional_date_can_be_taken_out(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    page = client.send(DATES, {**dates(workshop__kickoff__alternative=""), "do": "preview"}).get_data(as_text=True)

    assert "0 lines added, 1 removed" in page
    assert '<li class="is-old">−     alternative: start+3d 15:00</li>' in page


def test_slower_editor_of_dates_goes_on_from_the_newer_version(build: Build, lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    someone_publishes(build)

    answer = client.send(DATES, {**dates(workshop__kickoff__at="start+2d 11:00"), "do": "preview"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Version 2 was published while you were editing." in page
    assert 'name="date.workshop.kickoff.at" value="start+2d 11:00"' in page
    assert re.search(r'name="based_on"[^>]* value="2"', page)
    again = client.send(DATES, {**dates(2, workshop__kickoff__at="start+2d 11:00"), "do": "preview"})
    assert "1 line added, 1 removed" in again.get_data(as_text=True)


def test_date_that_is_gone_in_the_newer_version_is_named(build: Build, lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    shorter = with_title("Shorter")
    shorter["milestones"] = shorter["milestones"][1:]
    gone = shipped_document()["milestones"][0]["key"]
    import_pack(shorter, by=None, now=build.now)
    db.session.commit()

    answer = client.send(DATES, dates() | {f"date.milestone.{gone}.at": "start+1d 10:00"})

    assert answer.status_code == 409
    assert f"These dates are not in it any more: milestone.{gone}.at." in answer.get_data(as_text=True)


def test_text_editor_holds_the_whole_pack(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    page = client.get(TEXT).get_data(as_text=True)

    assert text_in(page) == write_pack(shipped_document())
    assert re.search(r'name="based_on"[^>]* value="1"', page)


def test_mistakes_in_the_text_stand_with_their_lines(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    wrong = write_pack(shipped_document()).replace("length_days: 180", "length_days: long <b>")

    for do in ("", "import"):
        answer = client.send(TEXT, {"text": wrong, "based_on": "1", "do": do})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "1 thing to fix" in page
        assert '<th scope="row">length_days</th>' in page
        assert text_in(page) == wrong
    assert len(versions()) == 1


def test_text_is_previewed_and_published(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    text = write_pack(with_title("Growing Leaders")).replace("\n", "\r\n")

    page = client.send(TEXT, {"text": text, "based_on": "1"}).get_data(as_text=True)
    back = client.send(TEXT, {"text": text, "based_on": "1", "do": "edit"}).get_data(as_text=True)
    answer = client.send(TEXT, {"text": text, "based_on": "1", "do": "import"})

    assert "1 line added, 1 removed" in page
    assert "Back to the dates" not in page
    assert "title: Growing Leaders" in text_in(back)
    assert path_of(answer) == "/programs/emerging-leaders"
    assert [version.document["title"] for version in versions()] == ["Emerging Leaders", "Growing Leaders"]


def test_slower_editor_of_the_text_is_told_and_keeps_it(build: Build, lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    mine = write_pack(with_title("My Leaders"))
    someone_publishes(build)

    for do in ("", "import"):
        answer = client.send(TEXT, {"text": mine, "based_on": "1", "do": do})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "Version 2 was published while you were editing." in page
        assert text_in(page) == mine
        assert re.search(r'name="based_on"[^>]* value="2"', page)
    preview = client.send(TEXT, {"text": mine, "based_on": "2"}).get_data(as_text=True)
    assert '<li class="is-old">− title: Growing Leaders</li>' in preview
    assert '<li class="is-new">+ title: My Leaders</li>' in preview
    assert [version.number for version in versions()] == [1, 2]


def test_version_that_is_no_number_is_a_conflict(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    answers = [client.send(path, {"text": "x", "based_on": "yes"}).status_code for path in (TEXT, DATES)]

    assert answers[0] == 409
    assert answers[1] in (409, 422)


def test_text_that_became_another_program_is_refused(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    other = write_pack(copy.deepcopy(shipped_document()) | {"key": "other-leaders"})

    answer = client.send(TEXT, {"text": other, "based_on": "1", "do": "import"})

    assert answer.status_code == 422
    assert "the program is emerging-leaders: write its key back" in answer.get_data(as_text=True)
    assert text_in(answer.get_data(as_text=True)) == other


def test_same_text_publishes_nothing(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    answer = client.send(TEXT, {"text": write_pack(shipped_document()), "based_on": "1", "do": "import"})

    assert path_of(answer) == "/programs/emerging-leaders"
    assert len(versions()) == 1


@pytest.mark.parametrize("path", [DATES, TEXT])
def test_only_leads_and_admins_edit(build: Build, lead: Person, client: PageClient, path: str) -> None:
    cohort = build.cohort()
    people = {
        "lead": lead,
        "admin": build.person(is_admin=True),
        "facilitator": build.staff(cohort, role=StaffRole.FACILITATOR).person,
        "participant": build.enrolment(cohort).person,
    }

    answers = {name: client.sign_in(person).get(path).status_code for name, person in people.items()}

    assert answers == {"lead": 200, "admin": 200, "facilitator": 403, "participant": 403}
    page = client.sign_in(people["facilitator"]).get("/programs/emerging-leaders").get_data(as_text=True)
    assert "Edit dates" not in page


def test_program_that_is_not_there_has_no_editor(lead: Person, client: PageClient) -> None:
    client.sign_in(lead)

    assert [client.get(f"/programs/nothing/{page}").status_code for page in ("dates", "text")] == [404, 404]


def test_earlier_version_offers_no_editor(build: Build, lead: Person, client: PageClient) -> None:
    client.sign_in(lead)
    someone_publishes(build)

    assert "Edit dates" in client.get("/programs/emerging-leaders").get_data(as_text=True)
    assert "Edit dates" not in client.get("/programs/emerging-leaders?version=1").get_data(as_text=True)


def test_who_uses_it_names_only_the_readers_cohorts(build: Build, lead: Person, client: PageClient) -> None:
    (version,) = versions()
    build.cohort(version=version, title="Not yours")
    archived = build.cohort(version=version, title="Pilot Leaders", state=CohortState.ARCHIVED)
    build.staff(archived, lead)
    db.session.commit()

    for path in ("/programs/emerging-leaders", DATES):
        page = client.sign_in(lead).get(path).get_data(as_text=True)
        assert "Version 1, running." in page
        assert "Version 1, archived." in page
        assert "Not yours" not in page
    admin = build.person(is_admin=True)
    assert "Not yours" in client.sign_in(admin).get(DATES).get_data(as_text=True)


@pytest.mark.parametrize("number", [1, 3])
def test_page_of_dates_takes_the_same_queries(
    build: Build, lead: Person, client: PageClient, queries: QueryCount, number: int
) -> None:
    (version,) = versions()
    for _ in range(number):
        build.staff(build.cohort(version=version), lead)
    client.sign_in(lead)

    with queries as seen:
        client.get(DATES)

    assert seen.count == 6


def test_cohorts_that_are_behind_are_led_to_the_latest_version(build: Build, lead: Person, client: PageClient) -> None:
    (version,) = versions()
    archived = build.cohort(version=version, state=CohortState.ARCHIVED)
    build.staff(archived, lead)
    someone_publishes(build)
    latest = build.cohort(version=versions()[1])
    build.staff(latest, lead)
    db.session.commit()

    page = client.sign_in(lead).get("/programs/emerging-leaders").get_data(as_text=True)

    behind = re.findall(r'href="/cohorts/([^"/]+)/schedule/change/version">Take version 2<', page)
    assert len(behind) == 1
    assert behind[0] not in (archived.slug, latest.slug)
