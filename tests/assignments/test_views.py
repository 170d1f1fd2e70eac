"""The page of an assignment and the page on which it is read: what they do, and to whom they do not exist."""

import html
import re
from datetime import timedelta
from io import BytesIO

import pytest

from cohort.assignments.models import Submission, SubmissionFile, SubmissionState
from cohort.assignments.submitting import add_file, save_draft, submit
from cohort.cohorts.models import CohortState, EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message
from cohort.schedule.models import Extension
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import PACK, Cast, codes, make_cast, make_others, text

KEY = "three-conversations"
ASSIGNMENT = PACK.assignment(KEY)
AHEAD = next(module.assignment for module in PACK.modules[4:] if module.assignment)
CANARY = "canary-text-of-priya"


@pytest.fixture
def cast(build: Build) -> Cast:
    return make_cast(build)


def path(cast: Cast, key: str = KEY) -> str:
    return f"{cast.home}/assignments/{key}"


def the_work() -> Submission:
    return db.session.query(Submission).one()


def draft(build: Build, cast: Cast, words: str = CANARY) -> Submission:
    return save_draft(cast.mine, ASSIGNMENT, text=words, version=0, now=build.now)


def draft_with_file(build: Build, cast: Cast, settings: Settings) -> Submission:
    work = draft(build, cast)
    add_file(work, name="plan.pdf", data=b"%PDF-1.7 plan", now=build.now, uploads_dir=settings.uploads_dir)
    return work


def a_file(name: str = "plan.pdf", data: bytes = b"%PDF-1.7 plan") -> tuple[BytesIO, str]:
    return BytesIO(data), name


def typed(page: str) -> str:
    """What stands in the text box of a page."""
    found = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1]).replace("\r\n", "\n")


def handed_in(build: Build, cast: Cast, settings: Settings) -> Submission:
    work = draft_with_file(build, cast, settings)
    submit(work, ASSIGNMENT, now=build.now)
    return work


# --- the participant's page ---


def test_page_says_what_to_do_until_when_and_who_reads_it(build: Build, client: PageClient, cast: Cast) -> None:
    page = text(client.sign_in(cast.priya), path(cast))

    for words in (
        "One feedback talk",
        "Due in 11 days",
        "23:00</time> London",
        "17:00 Chicago",
        "A reminder is sent on Tue 1 Dec at 09:00 unless you have submitted.",
        "Another on Fri 4 Dec at 09:00.",
        "If it is late, you are reminded on Sat 5 Dec, Tue 8 Dec and Sat 12 Dec, until you submit.",
        "you, your mentor Ruth Okafor, and the facilitators and staff of this cohort",
        "What Ruth looks for",
        ASSIGNMENT.rubric[0].criterion,
    ):
        assert words in page, words


def test_page_shows_an_extension_and_its_reminders(build: Build, client: PageClient, cast: Cast) -> None:
    item = build.item(cast.cohort, f"assignment.due:{KEY}")
    assert item.at is not None
    until = item.at + timedelta(days=3)
    db.session.add(Extension(item_id=item.id, enrolment_id=cast.mine.id, until=until, granted_at=build.now))

    page = text(client.sign_in(cast.priya), path(cast))

    assert "It is extended to Mon 7 Dec (was Fri 4 Dec)." in page
    assert "A reminder is sent on Fri 4 Dec at 09:00" in page
    assert "Tue 1 Dec" not in page


def test_page_promises_no_reminder_that_is_not_sent(build: Build, client: PageClient, cast: Cast) -> None:
    cast.priya.mail_wishes = NO_MAIL_THAT_CAN_WAIT
    client.sign_in(cast.priya)
    assert "A reminder is sent on Fri 4 Dec at 09:00" in text(client, path(cast))

    cast.cohort.mail_paused_at = build.now
    db.session.commit()

    assert "No reminder of it is planned." in text(client, path(cast))


def test_page_without_a_mentor_says_so(build: Build, client: PageClient, cast: Cast) -> None:
    alone = build.enrolment(cast.cohort).person

    page = text(client.sign_in(alone), path(cast))

    assert "you, your mentor once you have one, and the facilitators and staff of this cohort" in page
    assert "What the mentor looks for" in page


def test_draft_is_saved_and_then_submitted_with_a_receipt(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    saved = client.send(path(cast), {"text": "First\r\nline", "version": "0", "do": "save"})
    assert path_of(saved) == path(cast)
    assert (the_work().text, the_work().version, the_work().state) == ("First\nline", 1, SubmissionState.DRAFT)
    assert typed(text(client, path(cast))) == "First\nline"

    sent = client.send(path(cast), {"text": "Second", "version": "1", "do": "submit", "files": [a_file()]})
    assert path_of(sent) == path(cast)
    assert (the_work().text, the_work().submitted_at) == ("Second", build.now)
    assert [mail.template for mail in db.session.query(Message)] == ["submission-receipt"]
    page = text(client, path(cast))
    assert ("Second" in page, "<textarea" in page, "Withdraw the submission" in page) == (True, False, True)


def test_form_that_is_sent_twice_submits_once(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)
    form = {"text": "Mine", "version": "0", "do": "submit"}

    answers = [client.send(path(cast), form | {"files": [a_file()]}) for _ in range(2)]

    assert [path_of(answer) for answer in answers] == [path(cast)] * 2
    assert (db.session.query(Message).count(), db.session.query(SubmissionFile).count()) == (1, 1)


def test_autosave_answers_with_the_version_to_name_next(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    first = client.send(f"{path(cast)}/draft", {"text": "One", "version": "0"})
    second = client.send(f"{path(cast)}/draft", {"text": "Two", "version": str(first.json["version"])})
    stale = client.send(f"{path(cast)}/draft", {"text": "Three", "version": "1"})

    assert (first.json, second.json) == ({"saved": "15:00", "version": 1}, {"saved": "15:00", "version": 2})
    assert (stale.status_code, the_work().text) == (409, "Two")


def test_autosave_takes_few_queries(build: Build, client: PageClient, cast: Cast, queries: QueryCount) -> None:
    draft(build, cast)
    client.sign_in(cast.priya)
    address, form = f"{path(cast)}/draft", {"csrf_token": client.csrf_token(), "text": "Two", "version": "1"}

    with queries as seen:
        answer = client.post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, seen.count) == (200, 8)


def test_submitting_takes_few_queries(
    build: Build, client: PageClient, cast: Cast, settings: Settings, queries: QueryCount
) -> None:
    draft_with_file(build, cast, settings)
    client.sign_in(cast.priya)
    address = path(cast)
    form = {"csrf_token": client.csrf_token(), "text": CANARY, "version": "1", "do": "submit"}

    with queries as seen:
        answer = client.post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, seen.count) == (302, 10)


@pytest.mark.parametrize("version", ["0", "7", "-1", "x", ""])
def test_save_from_another_page_shows_both_texts_and_overwrites_nothing(
    build: Build, client: PageClient, cast: Cast, version: str
) -> None:
    draft(build, cast, "Kept in the other window")
    client.sign_in(cast.priya)

    answer = client.send(path(cast), {"text": "Typed in this one", "version": version, "do": "submit"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, the_work().text) == (409, "Kept in the other window")
    assert "Kept in the other window" in page
    assert typed(page) == "Typed in this one"
    assert 'name="version" type="hidden" value="1"' in page

    client.send(path(cast), {"text": "Typed in this one", "version": "1", "do": "save"})
    assert the_work().text == "Typed in this one"


def test_save_after_submitting_shows_both_texts(
    build: Build, client: PageClient, cast: Cast, settings: Settings
) -> None:
    handed_in(build, cast, settings)
    client.sign_in(cast.priya)

    answer = client.send(path(cast), {"text": "Typed late", "version": "2", "do": "save"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, the_work().text) == (409, CANARY)
    assert ("Typed late" in page, CANARY in page, "<textarea" in page) == (True, True, False)


def test_empty_work_is_not_submitted(build: Build, client: PageClient, cast: Cast) -> None:
    late = PACK.modules[0].assignment
    assert late is not None
    client.sign_in(cast.priya)

    answer = client.send(path(cast, late.key), {"text": "  ", "version": "0", "do": "submit"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "There is nothing to submit yet" in page
    assert the_work().state is SubmissionState.DRAFT


def test_refused_submission_keeps_the_text_as_the_draft(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    answer = client.send(path(cast), {"text": "So far", "version": "0", "do": "submit"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, the_work().text) == (422, "So far")
    assert "Attach a file: this work is handed in as one." in page
    assert 'name="version" type="hidden" value="1"' in page


def test_text_that_is_too_long_is_kept_on_the_page(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    answer = client.send(path(cast), {"text": "x" * 100_001, "version": "0", "do": "save"})

    assert answer.status_code == 422
    assert "At most 100,000 characters" in answer.get_data(as_text=True)
    assert "x" * 100_001 in answer.get_data(as_text=True)
    assert db.session.query(Submission).count() == 0


def test_files_are_attached_downloaded_and_removed(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)
    files = [a_file("../plän.pdf"), a_file("data.csv", b"a;b")]

    answer = client.send(path(cast), {"text": "See", "version": "0", "do": "save", "files": files})

    assert path_of(answer) == path(cast)
    assert [file.name for file in db.session.query(SubmissionFile).order_by(SubmissionFile.id)] == [
        "plän.pdf",
        "data.csv",
    ]
    first = db.session.query(SubmissionFile).order_by(SubmissionFile.id).first()
    assert first is not None
    with client.get(f"/submissions/{first.submission_id}/files/{first.id}") as download:
        assert download.get_data() == b"%PDF-1.7 plan"
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert download.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert (download.mimetype, download.headers["Cache-Control"]) == ("application/pdf", "no-store, private")

    client.send(path(cast), {"text": "See more", "version": "1", "do": f"remove-{first.id}"})
    assert [file.name for file in db.session.query(SubmissionFile)] == ["data.csv"]
    assert the_work().text == "See more"


def test_refused_file_leaves_the_typed_text_on_the_page(build: Build, client: PageClient, cast: Cast) -> None:
    client.sign_in(cast.priya)

    answer = client.send(
        path(cast), {"text": "Typed", "version": "0", "do": "save", "files": [a_file("virus.exe", b"MZ")]}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "“virus.exe” cannot be attached" in page
    assert typed(page) == "Typed"
    assert db.session.query(SubmissionFile).count() == 0


def test_file_gone_from_the_disk_is_said(build: Build, client: PageClient, cast: Cast, settings: Settings) -> None:
    work = handed_in(build, cast, settings)
    work.files[0].sha256 = "0" * 64

    answer = client.sign_in(cast.priya).get(f"/submissions/{work.id}/files/{work.files[0].id}")

    assert answer.status_code == 410


def test_late_work_is_taken_and_marked(build: Build, client: PageClient, cast: Cast) -> None:
    late = PACK.modules[0].assignment
    assert late is not None
    client.sign_in(cast.priya)
    assert "It is late, and still taken." in text(client, path(cast, late.key))

    client.send(path(cast, late.key), {"text": "Better late", "version": "0", "do": "submit"})

    page = text(client, path(cast, late.key))
    assert ("Submitted late" in page, "Withdraw the submission" in page) == (True, False)
    assert client.send(f"{path(cast, late.key)}/withdraw").status_code == 409


def test_submission_is_withdrawn_before_it_is_due(
    build: Build, client: PageClient, cast: Cast, settings: Settings
) -> None:
    handed_in(build, cast, settings)
    client.sign_in(cast.priya)

    assert path_of(client.send(f"{path(cast)}/withdraw")) == path(cast)

    assert (the_work().state, the_work().submitted_at) == (SubmissionState.DRAFT, None)
    assert typed(text(client, path(cast))) == CANARY


def test_submission_is_not_withdrawn_where_there_is_none(build: Build, client: PageClient, cast: Cast) -> None:
    assert client.sign_in(cast.priya).send(f"{path(cast)}/withdraw").status_code == 404


def test_archived_cohort_takes_no_work(build: Build, client: PageClient, cast: Cast) -> None:
    cast.cohort.state = CohortState.ARCHIVED

    answer = client.sign_in(cast.priya).send(path(cast), {"text": "Typed", "version": "0", "do": "save"})

    assert (answer.status_code, db.session.query(Submission).count()) == (409, 0)


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_as_many_queries_for_more_files(
    build: Build, client: PageClient, cast: Cast, settings: Settings, queries: QueryCount, number: int
) -> None:
    work = draft(build, cast)
    for name in range(number):
        add_file(work, name=f"{name}.txt", data=b"text", now=build.now, uploads_dir=settings.uploads_dir)
    client.sign_in(cast.priya)
    address = path(cast)

    with queries as seen:
        client.get(address)

    assert seen.count == 14


# --- to whom it exists ---


def test_brief_is_read_by_whom_the_matrix_says_and_shows_no_work(build: Build, client: PageClient, cast: Cast) -> None:
    draft(build, cast)
    others = make_others(build, cast.cohort)
    assert path_of(client.get(path(cast))) == "/sign-in"

    found = codes(client, path(cast), others | {"mentor": cast.ruth})

    assert {name for name, code in found.items() if code == 200} == {
        "peer",
        "other mentor",
        "facilitator",
        "lead",
        "observer",
        "mentor",
    }
    assert (found["left"], found["admin"]) == (404, 403)
    page = text(client.sign_in(others["lead"]), path(cast))
    assert (CANARY in page, "<textarea" in page, ASSIGNMENT.rubric[0].criterion in page) == (False, False, True)


def test_assignment_ahead_does_not_exist_yet(build: Build, client: PageClient, cast: Cast) -> None:
    address = path(cast, AHEAD.key)

    assert client.sign_in(cast.priya).get(address).status_code == 404
    assert client.send(address, {"text": "Early", "version": "0", "do": "save"}).status_code == 404
    assert client.sign_in(build.staff(cast.cohort).person).get(address).status_code == 200


def test_only_participants_write(build: Build, client: PageClient, cast: Cast) -> None:
    others = make_others(build, cast.cohort)
    expected = {"left": 403, "other mentor": 404, "facilitator": 403, "lead": 403, "admin": 404, "lead elsewhere": 404}
    for name, code in expected.items():
        client.sign_in(others[name])
        for address in (path(cast), f"{path(cast)}/draft", f"{path(cast)}/withdraw"):
            assert client.send(address, {"text": "x", "version": "0"}).status_code == code, (name, address)
    assert db.session.query(Submission).count() == 0


def test_handed_in_work_is_read_by_whom_the_page_said(
    build: Build, client: PageClient, cast: Cast, settings: Settings
) -> None:
    work = handed_in(build, cast, settings)
    others = make_others(build, cast.cohort) | {"mentor": cast.ruth, "owner": cast.priya}
    readers = {"facilitator", "lead", "observer", "mentor", "owner"}
    for address in (f"/submissions/{work.id}", f"/submissions/{work.id}/files/{work.files[0].id}"):
        client.delete_cookie("cohort")
        assert path_of(client.get(address)) == "/sign-in"
        found = codes(client, address, others)
        assert {name for name, code in found.items() if code == 200} == readers
        assert {code for name, code in found.items() if name not in readers} == {404}

    page = text(client.sign_in(cast.ruth), f"/submissions/{work.id}")
    assert (CANARY in page, "plan.pdf" in page, ASSIGNMENT.rubric[0].criterion in page) == (True, True, True)
    assert "Priya Raman, the mentor, and the facilitators and staff of this cohort" in page


def test_draft_is_read_only_by_its_owner(build: Build, client: PageClient, cast: Cast, settings: Settings) -> None:
    work = draft_with_file(build, cast, settings)
    others = make_others(build, cast.cohort) | {"mentor": cast.ruth}
    for address in (f"/submissions/{work.id}", f"/submissions/{work.id}/files/{work.files[0].id}"):
        assert set(codes(client, address, others).values()) == {404}
        assert codes(client, address, {"owner": cast.priya}) == {"owner": 200}


def test_mentor_reads_only_what_was_declared_for_mentors(
    build: Build, client: PageClient, cast: Cast, settings: Settings
) -> None:
    work = handed_in(build, cast, settings)
    work.reviewed_by = "facilitator"

    assert client.sign_in(cast.ruth).get(f"/submissions/{work.id}").status_code == 404


def test_file_of_another_submission_is_not_found(
    build: Build, client: PageClient, cast: Cast, settings: Settings
) -> None:
    mine, other = handed_in(build, cast, settings), build.enrolment(cast.cohort)
    theirs = save_draft(other, ASSIGNMENT, text="Theirs", version=0, now=build.now)

    answer = client.sign_in(other.person).get(f"/submissions/{theirs.id}/files/{mine.files[0].id}")

    assert answer.status_code == 404


def test_own_work_is_read_after_leaving(build: Build, client: PageClient, cast: Cast, settings: Settings) -> None:
    work = handed_in(build, cast, settings)
    cast.mine.state, cast.mine.ended_at = EnrolmentState.WITHDRAWN, build.now - timedelta(days=29)
    client.sign_in(cast.priya)
    assert CANARY in text(client, f"/submissions/{work.id}")

    cast.mine.ended_at = build.now - timedelta(days=31)
    db.session.commit()

    assert client.get(f"/submissions/{work.id}").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_reading_takes_as_many_queries_for_more_files(
    build: Build, client: PageClient, cast: Cast, settings: Settings, queries: QueryCount, number: int
) -> None:
    work = draft(build, cast)
    for name in range(number):
        add_file(work, name=f"{name}.txt", data=b"text", now=build.now, uploads_dir=settings.uploads_dir)
    submit(work, ASSIGNMENT, now=build.now)
    client.sign_in(cast.ruth)
    address = f"/submissions/{work.id}"

    with queries as seen:
        client.get(address)

    assert seen.count == 7
