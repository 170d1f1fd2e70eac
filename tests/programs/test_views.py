"""Pages of programs, as their readers see them."""

import copy
from io import BytesIO
from typing import Any

import pytest

from cohort.cohorts.models import StaffRole
from cohort.db import db
from cohort.people.models import Person
from cohort.programs import forms
from cohort.programs.importing import import_pack
from cohort.programs.layout import OCCASIONS
from cohort.programs.models import ProgramVersion
from cohort.programs.outline import compare, rule_words
from cohort.programs.pack import ReminderRule
from cohort.programs.packs import read_pack, write_pack
from tests.build import CONTENT, Build, shipped_document
from tests.client import PageClient, QueryCount, path_of

PACK = (CONTENT / "emerging-leaders.yaml").read_text()


def lead(build: Build, role: StaffRole = StaffRole.LEAD) -> Person:
    """A program lead of some cohort, whose program is not the shipped one."""
    person = build.person("Dana Whitfield")
    build.staff(build.cohort(), person, role=role)
    return person


def shipped(build: Build) -> ProgramVersion:
    version = import_pack(shipped_document(), by=None, now=build.now)
    assert version is not None
    return version


def with_title(title: str) -> dict[str, Any]:
    document = copy.deepcopy(shipped_document())
    document["title"] = title
    return document


def test_overview_lists_programs_with_their_use(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    build.cohort(version=shipped(build))
    db.session.commit()

    page = client.get("/programs").get_data(as_text=True)

    assert "2 programs" in page
    assert '<a class="calm-link" href="/programs/emerging-leaders">Emerging Leaders</a>' in page
    assert 'href="/import-program"' in page


def test_overview_without_programs_says_how_to_begin(build: Build, client: PageClient) -> None:
    client.sign_in(build.person(is_admin=True))

    page = client.get("/programs").get_data(as_text=True)

    assert "No program yet" in page
    assert '<a href="/import-program">Import program</a>' in page


@pytest.mark.parametrize("path", ["/programs", "/programs/emerging-leaders", "/programs/emerging-leaders/modules/aim"])
def test_programs_are_read_by_leads_facilitators_and_admins(build: Build, client: PageClient, path: str) -> None:
    shipped(build)
    cohort = build.cohort()
    enrolled, mentor = build.enrolment(cohort), build.mentor(cohort)
    readers = {
        "admin": build.person(is_admin=True),
        "lead": build.staff(cohort).person,
        "facilitator": build.staff(cohort, role=StaffRole.FACILITATOR).person,
        "participant": enrolled.person,
        "mentor": mentor.person,
        "outsider": build.person(),
    }

    answers = {name: client.sign_in(person).get(path).status_code for name, person in readers.items()}

    assert answers == {
        "admin": 200,
        "lead": 200,
        "facilitator": 200,
        "participant": 403,
        "mentor": 403,
        "outsider": 403,
    }


def test_only_leads_and_admins_import(build: Build, client: PageClient) -> None:
    facilitator = lead(build, StaffRole.FACILITATOR)

    assert client.sign_in(facilitator).send("/import-program", {"text": PACK, "do": "import"}).status_code == 403
    assert "Import program" not in client.get("/programs").get_data(as_text=True)
    assert client.sign_in(build.enrolment(build.cohort()).person).get("/import-program").status_code == 403


def test_anonymous_is_asked_to_sign_in(build: Build, client: PageClient) -> None:
    shipped(build)
    paths = ("/programs", "/programs/emerging-leaders", "/programs/emerging-leaders/export", "/import-program")

    assert {path_of(client.get(path)) for path in paths} == {"/sign-in"}


def test_program_page_says_its_dates_and_rules_in_words(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    shipped(build)
    db.session.commit()

    page = client.get("/programs/emerging-leaders").get_data(as_text=True)

    assert "Version 1. 8 modules, 32 lessons, 8 workshops, 8 assignments" in page
    assert "Start + 21 days at 08:00" in page
    assert "Workshop Kickoff + 16 days at 17:00" in page


def test_program_page_has_a_tab_for_each_part(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    shipped(build)
    db.session.commit()

    def tab(part: str) -> str:
        return client.get(f"/programs/emerging-leaders?part={part}").get_data(as_text=True)

    assert "Check-in 12" in tab("dates")
    assert "3 days before an assignment is due, at 09:00" in tab("rules")
    assert "Stays composed while a major incident is running." in tab("competencies")
    assert "Start + 21 days at 08:00" in tab("no-such-part")


def test_earlier_version_is_shown_when_asked_for(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    shipped(build)
    import_pack(with_title("Growing Leaders"), by=None, now=build.now)
    db.session.commit()

    latest = client.get("/programs/emerging-leaders").get_data(as_text=True)
    earlier = client.get("/programs/emerging-leaders?version=1").get_data(as_text=True)

    assert "<h1>Growing Leaders</h1>" in latest
    assert "<h1>Emerging Leaders</h1>" in earlier
    assert "Show version 2, the latest" in earlier
    assert client.get("/programs/emerging-leaders?version=3").status_code == 404
    assert client.get("/programs/no-such-program").status_code == 404


def test_module_page_shows_lessons_rubric_and_agenda(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    version = shipped(build)
    db.session.commit()
    aim = next(module for module in version.document["modules"] if module["key"] == "aim")

    page = client.get("/programs/emerging-leaders/modules/aim").get_data(as_text=True)

    assert f"<h1>{aim['title']}</h1>" in page
    assert "Module 2 of 8" in page
    for lesson in aim["lessons"]:
        assert lesson["title"].replace("'", "&#39;") in page
    assert aim["assignment"]["rubric"][0]["criterion"].replace("'", "&#39;") in page
    assert client.get("/programs/emerging-leaders/modules/no-such-module").status_code == 404


def test_export_is_a_file_that_imports_to_nothing(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    version = shipped(build)
    db.session.commit()

    answer = client.get("/programs/emerging-leaders/export")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="emerging-leaders-v1.yaml"'
    assert answer.mimetype == "application/yaml"
    assert read_pack(answer.get_data()).document == version.document


def test_preview_shows_what_is_in_the_file_and_stores_nothing(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))

    answer = client.send("/import-program", {"file": (BytesIO(PACK.encode()), "pack.yaml")})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<h1>Preview of Emerging Leaders</h1>" in page
    assert "this becomes version 1 of a new one" in page
    assert 'name="do" value="import"' in page
    assert "key: emerging-leaders" in page
    assert [version.program.key for version in db.session.query(ProgramVersion).all() if version.number > 1] == []


def test_previewed_text_is_imported_when_asked(build: Build, client: PageClient) -> None:
    person = lead(build)
    client.sign_in(person)

    answer = client.send("/import-program", {"text": PACK.replace("\n", "\r\n"), "do": "import"})

    assert path_of(answer) == "/programs/emerging-leaders"
    version = db.session.query(ProgramVersion).filter(ProgramVersion.imported_by_id == person.id).one()
    assert (version.number, version.document) == (1, shipped_document())
    assert "Version 1 is imported." in client.get("/programs/emerging-leaders").get_data(as_text=True)


def test_preview_of_a_change_shows_the_lines(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    build.cohort(version=shipped(build))
    db.session.commit()

    page = client.send("/import-program", {"text": write_pack(with_title("Growing Leaders"))}).get_data(as_text=True)

    assert "1 line added, 1 removed" in page
    assert '<li class="is-old">− title: Emerging Leaders</li>' in page
    assert '<li class="is-new">+ title: Growing Leaders</li>' in page
    assert "This becomes version 2. One cohort keeps the version it has." in page


def test_preview_of_the_same_offers_nothing_to_import(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    shipped(build)
    db.session.commit()

    page = client.send("/import-program", {"text": PACK}).get_data(as_text=True)
    answer = client.send("/import-program", {"text": PACK, "do": "import"})

    assert "There is nothing to import." in page
    assert 'value="import"' not in page
    assert path_of(answer) == "/programs/emerging-leaders"
    assert "Nothing has changed" in client.get("/programs").get_data(as_text=True)
    assert db.session.query(ProgramVersion).filter_by(number=2).count() == 0


def test_errors_stand_in_a_table_with_their_place_and_the_text_is_kept(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))
    wrong = PACK.replace("opens: start+21d 08:00", "opens: begin+21d 08:00").replace(
        "length_days: 180", "length_days: long <b>"
    )
    (first, second) = read_pack(wrong).errors

    for do in ("preview", "import"):
        answer = client.send("/import-program", {"text": wrong, "do": do})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "2 things to fix" in page
        assert f'<th scope="row">{second.path}</th>' in page
        assert f'<td data-label="Line"><span>{first.line}</span></td>' in page
        assert "opens: begin+21d 08:00" in page
        assert "length_days: long &lt;b&gt;" in page
    assert db.session.query(ProgramVersion).count() == 1


def test_file_that_is_no_text_is_refused_in_words(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))

    answer = client.send("/import-program", {"file": (BytesIO(b"\xff\xfe\x00"), "pack.yaml")})

    assert answer.status_code == 422
    assert "not UTF-8 text" in answer.get_data(as_text=True)


def test_nothing_is_refused(build: Build, client: PageClient) -> None:
    client.sign_in(lead(build))

    answer = client.send("/import-program", {"text": "  "})

    assert answer.status_code == 422
    assert "Choose a file, or paste the text of one." in answer.get_data(as_text=True)


def test_too_much_is_refused(build: Build, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "LARGEST", 10)
    client.sign_in(lead(build))

    answer = client.send("/import-program", {"file": (BytesIO(b"#" * 11), "pack.yaml")})

    assert answer.status_code == 422
    assert "This has more than 1 MB" in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", [1, 3])
def test_overview_takes_the_same_queries(build: Build, client: PageClient, queries: QueryCount, number: int) -> None:
    person = lead(build)
    for _ in range(number):
        build.cohort(version=build.program())
    client.sign_in(person)

    with queries as seen:
        client.get("/programs")

    assert seen.count == 7


@pytest.mark.parametrize("number", [1, 3])
def test_program_page_takes_the_same_queries(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    person = lead(build)
    shipped(build)
    for step in range(number):
        version = import_pack(with_title(f"Leaders {step}"), by=person, now=build.now)
        assert version is not None
        build.cohort(version=version)
    client.sign_in(person)

    with queries as seen:
        client.get("/programs/emerging-leaders")

    assert seen.count == 7


def test_every_occasion_of_a_rule_has_words() -> None:
    rules = [ReminderRule("key", about, "-3d", "pair", "digest", at="09:00") for about in OCCASIONS]

    assert all(rule_words(rule).when.startswith("3 days before ") for rule in rules)
    hour = ReminderRule("key", "workshop.starts", "-1h", "attendees", "critical")
    assert rule_words(hour).when == "1 hour before a workshop starts"


def test_long_comparison_is_cut_and_counted() -> None:
    before, after = with_title("A"), with_title("B")
    after["summary"] = "\n".join(f"line {number}" for number in range(600))

    changes = compare(before, after)

    assert len(changes.lines) == 400
    assert changes.added == 602
    assert changes.more > 0
