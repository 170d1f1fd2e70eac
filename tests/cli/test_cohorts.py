"""Running a cohort from the command line, and what is refused with nothing changed."""

from pathlib import Path

from sqlalchemy import func, select

from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import db
from cohort.mail.models import Message
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from tests.cli.conftest import CONTENT, Installation, looking_into

SLUG = "spring-leaders"


def count(model: type[object]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_dry_run_tells_of_every_row_and_writes_nothing(with_cohort: Installation) -> None:
    messy = CONTENT / "participants-messy.csv"
    with looking_into(with_cohort):
        before = (count(Enrolment), count(Message))
    facts = with_cohort.json("import-people", SLUG, messy, "--as", "participant", "--dry-run", expect=2)
    assert {name: facts[name] for name in ("created", "errors", "skipped")} == {
        "created": 6,
        "errors": 13,
        "skipped": 2,
    }
    assert sum(len(row["problems"]) for row in facts["rows"]) == 15
    assert facts["mapping"]["Employee ID"] is None
    with looking_into(with_cohort):
        assert (count(Enrolment), count(Message)) == before


def test_dry_run_names_row_and_column_for_people(with_cohort: Installation) -> None:
    messy = CONTENT / "participants-messy.csv"
    lines = with_cohort.run("import-people", SLUG, messy, "--as", "participant", "--dry-run", expect=2).stdout
    assert lines.startswith("Would take 6 new and 0 changed people; 0 unchanged, 13 rows with errors, 2 empty rows.")
    assert "Column “Cost centre” is left out." in lines
    assert "\nRow 8: Time zone: " in lines


def test_file_without_any_good_row_is_refused(with_cohort: Installation, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("email,name\nnobody,Nobody\n")
    result = with_cohort.run("import-people", SLUG, file, "--as", "participant", expect=2)
    assert "Row 2: email: " in result.stdout


def test_file_that_is_no_roster_is_refused(with_cohort: Installation, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("colour,size\nred,2\n")
    result = with_cohort.run("import-people", SLUG, file, "--as", "participant", expect=2)
    assert result.stderr.startswith("No column was recognised for E-mail address or Name.")


def test_commands_refuse_an_unknown_cohort(with_cohort: Installation) -> None:
    for arguments in (
        ("launch", "nowhere"),
        ("match-cohort", "nowhere"),
        ("forecast", "nowhere"),
        ("rehearse", "nowhere"),
    ):
        assert "There is no cohort 'nowhere'." in with_cohort.run(*arguments, expect=2).stderr


def test_create_cohort_refuses_an_unknown_program(with_cohort: Installation) -> None:
    arguments = ("--program", "nothing", "--title", "T", "--start", "2027-03-01", "--zone", "Europe/London")
    assert "There is no program 'nothing'." in with_cohort.run("create-cohort", *arguments, expect=2).stderr


def test_launch_refuses_a_cohort_without_people(with_cohort: Installation) -> None:
    arguments = ("--program", "emerging-leaders", "--title", "Nobody", "--start", "2027-03-01", "--zone", "UTC")
    slug = with_cohort.run("create-cohort", *arguments).stdout.strip()
    assert "Nobody is enrolled or invited yet" in with_cohort.run("launch", slug, expect=2).stderr


def test_cohort_is_filled_matched_and_launched(running: Installation) -> None:
    with looking_into(running):
        cohort = db.session.scalars(select(Cohort).where(Cohort.slug == SLUG)).one()
        taking_part = {
            Enrolment: Enrolment.state == EnrolmentState.ENROLLED,
            Mentor: Mentor.state == MentorState.ACCEPTED,
            Pairing: Pairing.state == PairingState.ACTIVE,
        }
        found = {
            model.__name__: db.session.scalar(select(func.count()).where(model.cohort_id == cohort.id, condition))
            for model, condition in taking_part.items()
        }
    assert cohort.state is CohortState.RUNNING
    assert found == {"Enrolment": 27, "Mentor": 14, "Pairing": 27}


def test_launch_twice_is_refused(running: Installation) -> None:
    assert running.run("launch", SLUG, expect=2).stderr == (
        "This cohort was launched before. Nothing was mailed again.\n"
    )


def test_same_roster_twice_changes_nobody(running: Installation) -> None:
    facts = running.json("import-people", SLUG, CONTENT / "participants.csv", "--as", "participant")
    assert (facts["created"], facts["updated"]) == (0, 0)
    assert facts["unchanged"] == len(facts["rows"])


def test_good_rows_of_a_messy_file_are_taken_once(running: Installation) -> None:
    messy = CONTENT / "participants-messy.csv"
    assert running.json("import-people", SLUG, messy, "--as", "participant")["created"] == 6
    again = running.json("import-people", SLUG, messy, "--as", "participant")
    assert (again["created"], again["unchanged"]) == (0, 6)


def test_rehearsal_prints_every_mail_to_come_and_sends_none(running: Installation) -> None:
    with looking_into(running):
        before = count(Message)
    facts = running.json("rehearse", SLUG, "--until", "2027-03-31")
    lines = running.run("rehearse", SLUG, "--until", "2027-03-31").stdout.splitlines()
    assert {"person", "subject", "rules", "items", "class", "local", "utc", "faults"} == set(facts["mails"][0])
    assert [mail["utc"] for mail in facts["mails"]] == sorted(mail["utc"] for mail in facts["mails"])
    assert max(mail["local"] for mail in facts["mails"]) < "2027-04-02"
    assert sum(week["mails"] for week in facts["weeks"]) == len(facts["mails"]) > 100
    assert facts["busiest_week"] in {week["week"] for week in facts["weeks"]}
    assert facts["empty_fields"] == []
    assert lines[0].endswith(facts["mails"][0]["subject"])
    assert f"{len(facts['mails'])} mails to" in "\n".join(lines)
    with looking_into(running):
        assert count(Message) == before


def test_forecast_says_what_ticks_then_send(running: Installation) -> None:
    rows = running.json("forecast", SLUG, "--until", "2027-03-02")
    assert list(rows[0]) == ["rule", "about", "item", "person", "state", "local", "utc", "reason"]
    assert running.json("forecast", SLUG, "--until", "2027-03-02", "--person", rows[0]["person"].upper()) == [
        row for row in rows if row["person"] == rows[0]["person"]
    ]
    assert [row["utc"] for row in rows] == sorted(row["utc"] for row in rows)
    running.run("tick", "--now", "2027-02-28T00:00:00Z")
    planned = [row for row in rows if "2027-03-01T00" < row["utc"] < "2027-03-01T14" and row["state"] == "planned"]
    sent = running.json("tick", "--now", "2027-03-01T14:00:00Z")
    assert sent["queued"] >= len(planned) > 0
    assert running.json("tick", "--now", "2027-03-01T14:00:00Z")["queued"] == 0


def test_tick_refuses_what_is_no_moment(running: Installation) -> None:
    assert "is no moment" in running.run("tick", "--now", "soon", expect=2).stderr
