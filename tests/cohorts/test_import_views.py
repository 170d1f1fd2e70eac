"""An import as staff walk through it: file, columns, rows, errors to correct, import."""

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cohort.cohorts.models import Cohort, Enrolment, Staff
from cohort.db import db
from cohort.forms import LONGEST_CARRIED
from cohort.mail.models import Message
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, path_of

READY = "email,name,company\nann@example.com,Ann Lee,Northwind\nben@example.com,Ben Ode,\n"


@pytest.fixture
def cohort(build: Build) -> Cohort:
    return build.cohort()


@pytest.fixture
def lead(build: Build, client: PageClient, cohort: Cohort) -> PageClient:
    person = build.person("Dana Whitfield", email="dana@example.com")
    build.staff(cohort, person)
    return client.sign_in(person)


def upload(client: PageClient, cohort: Cohort, data: str | bytes, **fields: str) -> TestResponse:
    content = data.encode() if isinstance(data, str) else data
    form = {"kind": "participant", "delimiter": "", "file": (io.BytesIO(content), "people.csv"), **fields}
    return client.send(f"/cohorts/{cohort.slug}/people/import", form, content_type="multipart/form-data")


def last_form(answer: TestResponse) -> dict[str, str]:
    """The hidden fields and selects of the last form of a page, as a browser would send them."""
    page = answer.get_data(as_text=True)
    form = page[page.rindex('<form class="panel"') :]
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*>', form)
    values = {attribute(tag, "name"): attribute(tag, "value") for tag in hidden}
    for name, body in re.findall(r'<select[^>]*name="(column-\d+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', body)
        values[name] = chosen.group(1) if chosen else ""
    values.pop("csrf_token")
    return values


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return unescape(found.group(1)) if found else ""


def go_on(client: PageClient, cohort: Cohort, answer: TestResponse, **fields: str) -> TestResponse:
    return client.send(f"/cohorts/{cohort.slug}/people/import", last_form(answer) | fields)


def count(kind: type[Person] | type[Enrolment] | type[Staff] | type[Message]) -> int:
    return db.session.scalar(select(func.count()).select_from(kind)) or 0


def test_messy_export_is_previewed_corrected_and_imported(cohort: Cohort, lead: PageClient, content: Path) -> None:
    before = count(Person)

    preview = upload(lead, cohort, (content / "participants-messy.csv").read_bytes())

    page = preview.get_data(as_text=True)
    assert preview.status_code == 200
    for words in (
        "6 new, 0 updated, 0 unchanged.",
        "15 problems. These rows are left out.",
        "Left out: Employee ID, Cost centre, Start date.",
        "Import 6 people",
        "jasper‹U+200B›.lim@example.com",
        "Did you mean Europe/Berlin?",
        "Looks like a spreadsheet formula",
    ):
        assert words in page, words
    assert (count(Person), count(Enrolment)) == (before, 0)
    assert len(page) < 60_000

    done = go_on(lead, cohort, preview, step="import")

    assert path_of(done) == f"/cohorts/{cohort.slug}/people"
    shown = lead.get(done.location).get_data(as_text=True)
    assert "6 people imported, 13 rows left out. Nobody was mailed" in shown
    assert (count(Person), count(Enrolment), count(Message)) == (before + 6, 6, 0)


def test_error_rows_come_back_corrected(cohort: Cohort, lead: PageClient, content: Path) -> None:
    preview = upload(lead, cohort, (content / "participants-messy.csv").read_bytes())

    download = go_on(lead, cohort, preview, step="errors")

    assert download.headers["Content-Disposition"] == 'attachment; filename="participants-to-correct.csv"'
    text = download.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert (len(rows), rows[0][-1]) == (14, "Reasons")
    corrected = text.replace("Berlin time", "Europe/Berlin").encode()
    again = upload(lead, cohort, corrected).get_data(as_text=True)
    assert "Left out: Employee ID, Cost centre, Start date, Reasons." in again
    assert "Import 3 people" in again  # the corrected row, and two whose first copies are not in this file


def test_unknown_columns_are_asked_for_and_the_answer_is_kept(cohort: Cohort, lead: PageClient) -> None:
    asked = upload(lead, cohort, "Contact,name,Shoe size\nann@example.com,Ann Lee,38\n")

    page = asked.get_data(as_text=True)
    assert asked.status_code == 422
    assert "No column was recognised for E-mail address" in page
    assert page.count("Not known by name") == 2

    rows = go_on(lead, cohort, asked, **{"column-0": "email"})

    assert "Import 1 person" in rows.get_data(as_text=True)
    assert "Left out: Shoe size." in rows.get_data(as_text=True)
    back = go_on(lead, cohort, rows, step="columns")
    assert last_form(back)["column-0"] == "email"
    go_on(lead, cohort, rows, step="import")
    assert db.session.scalars(select(Person.name).where(Person.email == "ann@example.com")).one() == "Ann Lee"


def test_two_columns_for_one_field_are_refused(cohort: Cohort, lead: PageClient) -> None:
    asked = upload(lead, cohort, "Contact,name,Other\nann@example.com,Ann Lee,ann@example.org\n")

    answer = go_on(lead, cohort, asked, **{"column-0": "email", "column-2": "email"})

    assert answer.status_code == 422
    assert "E-mail address can come from one column only" in answer.get_data(as_text=True)


def test_wrong_delimiter_gives_one_message_and_keeps_the_file(cohort: Cohort, lead: PageClient, content: Path) -> None:
    answer = upload(lead, cohort, (content / "participants-messy.csv").read_bytes(), delimiter=",")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "1 thing to fix" in page
    assert "people.csv is still here" in page
    again = go_on(lead, cohort, answer, kind="participant", delimiter=";")
    assert "Import 6 people" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Choose the file to import."),
        (b"PK\x03\x04 a workbook", "This is a workbook, not a CSV file."),
        (b"email,name\n", "No row is ready"),
    ],
)
def test_file_without_rows_says_so(cohort: Cohort, lead: PageClient, data: bytes, message: str) -> None:
    assert message in upload(lead, cohort, data).get_data(as_text=True)


def test_nothing_is_imported_from_a_form_that_somebody_changed(cohort: Cohort, lead: PageClient) -> None:
    for carried in ("not base64!", "YWJj", "x" * (LONGEST_CARRIED + 1)):
        form = {"kind": "participant", "delimiter": "", "carried": carried, "step": "import"}
        assert lead.send(f"/cohorts/{cohort.slug}/people/import", form).status_code == 422
    assert count(Enrolment) == 0


def test_file_too_large_to_carry_is_asked_for_again(
    cohort: Cohort, lead: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cohort.forms.LONGEST_CARRIED", 10)
    preview = upload(lead, cohort, READY)
    assert "choose it once more" in preview.get_data(as_text=True)

    done = upload(lead, cohort, READY, **(last_form(preview) | {"step": "import"}))

    assert path_of(done) == f"/cohorts/{cohort.slug}/people"
    assert count(Enrolment) == 2


def test_second_import_offers_nothing(cohort: Cohort, lead: PageClient) -> None:
    go_on(lead, cohort, upload(lead, cohort, READY), step="import")

    again = upload(lead, cohort, READY).get_data(as_text=True)

    assert "0 new, 0 updated, 2 unchanged." in again
    assert "There is nothing to import." in again


def test_names_and_goals_are_shown_as_text(cohort: Cohort, lead: PageClient) -> None:
    answer = upload(lead, cohort, 'email,name\na@example.com,"<script>alert(1)</script>"\n<i>x,B\n')

    page = answer.get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<i>x" not in page


def test_first_fifty_rows_with_errors_are_shown_and_all_are_counted(cohort: Cohort, lead: PageClient) -> None:
    rows = "".join(f"no-address-{number},Person\n" for number in range(60))

    page = upload(lead, cohort, f"email,name\n{rows}").get_data(as_text=True)

    assert "the first 50 of 60" in page
    assert ("no-address-49" in page, "no-address-50" in page) == (True, False)


@pytest.mark.parametrize("kind", ["participant", "mentor", "staff"])
def test_template_of_each_kind_is_ready_to_import(cohort: Cohort, lead: PageClient, kind: str) -> None:
    template = lead.get(f"/cohorts/{cohort.slug}/people/import/{kind}.csv")

    page = upload(lead, cohort, template.get_data(), kind=kind).get_data(as_text=True)

    assert template.mimetype == "text/csv"
    assert "1 new, 0 updated, 0 unchanged." in page


def test_template_of_an_unknown_kind_does_not_exist(cohort: Cohort, lead: PageClient) -> None:
    assert lead.get(f"/cohorts/{cohort.slug}/people/import/nobody.csv").status_code == 404


STAFF = "email,name,role\nroot@example.com,Root,admin\nfay@example.com,Fay,facilitator\n"


def test_program_lead_appoints_no_admin(cohort: Cohort, lead: PageClient) -> None:
    preview = upload(lead, cohort, STAFF, kind="staff")
    assert "Only an admin may appoint another one." in preview.get_data(as_text=True)

    go_on(lead, cohort, preview, step="import")

    assert db.session.scalars(select(Person.name).where(Person.is_admin)).all() == []
    assert db.session.scalars(select(Person.name).where(Person.email == "fay@example.com")).one() == "Fay"


def test_admin_appoints_another_after_giving_the_password_lately(
    build: Build, client: PageClient, cohort: Cohort
) -> None:
    client.sign_in(build.person(is_admin=True))

    go_on(client, cohort, upload(client, cohort, STAFF, kind="staff"), step="import")

    assert db.session.scalars(select(Person.is_admin).where(Person.email == "root@example.com")).one()


def test_import_is_for_those_who_run_the_cohort(build: Build, client: PageClient, cohort: Cohort) -> None:
    peer, outsider = build.person(), build.person()
    build.enrolment(cohort, peer)
    build.staff(build.cohort(), outsider)
    db.session.commit()

    assert upload(client.sign_in(peer), cohort, READY).status_code == 403
    assert upload(client.sign_in(outsider), cohort, READY).status_code == 404
    assert db.session.scalar(select(func.count()).where(Person.email == "ann@example.com")) == 0
