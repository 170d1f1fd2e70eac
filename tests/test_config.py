"""Settings: read from the environment, typed, and refused with a sentence that says what to do."""

from pathlib import Path

import pytest

from cohort.config import MailMode, MailServer, Mode, SettingsError, load

PRODUCTION = {
    "DATABASE_URL": "postgres://cohort:secret@db.example.org/cohort",
    "SECRET_KEY": "k" * 32,
    "BASE_URL": "https://cohort.example.org/",
    "MAIL_URL": "smtp://user%40example.org:p%2Fw@mail.example.org:587?starttls=1",
    "DATA_DIR": "/srv/cohort",
}


def test_production_settings_are_typed() -> None:
    settings = load(PRODUCTION)

    assert settings.mode is Mode.PRODUCTION
    assert settings.database_url == "postgresql+psycopg://cohort:secret@db.example.org/cohort"
    assert settings.base_url == "https://cohort.example.org"
    assert settings.mail_server == MailServer("smtp", "mail.example.org", 587, "user@example.org", "p/w", True)
    assert settings.mail_from == "cohort@cohort.example.org"
    assert settings.data_dir == Path("/srv/cohort")
    assert not settings.shows_mailbox


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        load({})

    assert [line.split()[0] for line in str(refusal.value).splitlines()] == ["BASE_URL", "SECRET_KEY", "MAIL_URL"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("COHORT_MODE", "live", "COHORT_MODE is 'live'. Set it to one of: production, development, demo."),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must start with sqlite:/// or postgresql://"),
        ("SECRET_KEY", "short", "SECRET_KEY is shorter than 32 characters."),
        ("BASE_URL", "cohort.example.org", "BASE_URL is 'cohort.example.org'. It needs a scheme and a host"),
        ("BASE_URL", "https://example.org/app", "It needs a scheme and a host and nothing after them"),
        ("MAIL_URL", "smtp://mail:port", "MAIL_URL has a port that is not a number"),
        ("MAIL_URL", "mailbox:", "MAIL_URL must be smtp://"),
        ("MAIL_FROM", "Cohort <x@example.org>", "MAIL_FROM must be one plain address"),
        ("PROXY_HOPS", "-1", "PROXY_HOPS is '-1'. Set it to a whole number from 0 to 5."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud'."),
        ("MAIL_MODE", "test", "MAIL_MODE is 'test'. Set it to one of: live, allowlist, log, off."),
        ("MAIL_MODE", "allowlist", "MAIL_ALLOW is missing. Name who gets mail"),
        ("MAIL_ALLOW", "ann@example.org office", "MAIL_ALLOW names 'office'. Write addresses, or domains"),
        ("METRICS_TOKEN", "short", "METRICS_TOKEN is shorter than 32 characters."),
    ],
)
def test_wrong_setting_is_refused_with_a_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(PRODUCTION | {name: value})

    assert sentence in str(refusal.value)


def test_mail_is_live_unless_said_otherwise() -> None:
    assert load(PRODUCTION).mail_mode is MailMode.LIVE

    listed = load(PRODUCTION | {"MAIL_MODE": "allowlist", "MAIL_ALLOW": "Ann@Example.org, @office.example.org"})
    assert (listed.mail_mode, listed.mail_allow) == (MailMode.ALLOWLIST, ("ann@example.org", "@office.example.org"))


def test_demo_needs_no_setting_and_keeps_its_key(tmp_path: Path) -> None:
    environ = {"COHORT_MODE": "demo", "DATA_DIR": str(tmp_path / "data")}

    first, again = load(environ), load(environ)

    assert first == again
    assert first.shows_mailbox
    assert len(first.secret_key) == 64
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
