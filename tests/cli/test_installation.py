"""Settings and database: refused with a sentence before anything is done."""

import re

import pytest

from tests.cli.conftest import PACK, Installation


def test_commands_refuse_an_empty_database(empty: Installation) -> None:
    result = empty.run("import-program", PACK, expect=2)
    assert result.stderr == "The database is not up to date. Run: cohort init\n"


def test_init_twice_changes_nothing(installation: Installation) -> None:
    assert installation.run("init").stdout == "The database is up to date.\n"


def test_wrong_settings_are_all_listed() -> None:
    result = Installation({"COHORT_MODE": "production", "BASE_URL": "", "SECRET_KEY": "", "MAIL_URL": ""}).run(
        "init", expect=2
    )
    assert [line.split()[0] for line in result.stderr.splitlines()] == ["BASE_URL", "SECRET_KEY", "MAIL_URL"]


def test_create_admin_prints_a_link_to_set_the_password(installation: Installation) -> None:
    said = installation.run("create-admin", "Ada@Example.org", "--name", "Ada Admin").stdout
    assert re.search(r"^http://127\.0\.0\.1:8000/password/\S+$", said, re.MULTILINE)


def test_create_admin_refuses_what_is_no_address(installation: Installation) -> None:
    result = installation.run("create-admin", "ada", "--name", "Ada", expect=2)
    assert "is not an e-mail address" in result.stderr


@pytest.mark.parametrize("option", ["--workers", "--threads"])
def test_serve_refuses_a_number_of_nothing(installation: Installation, option: str) -> None:
    assert "0 is not in the range" in installation.run("serve", option, 0, expect=2).stderr
