"""The outside of mails: no text from anybody breaks a header, and nothing is folded that must not be."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from cohort.mail.headers import LONGEST_LINE, Envelope, clean_line, message_id_for, to_bytes

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def written(subject: str = "Hello", text: str = "Hello\n", html: str = "<p>Hello</p>", **values: Any) -> bytes:
    fields: dict[str, Any] = {
        "sender_name": "Spring Emerging Leaders",
        "sender": "cohort@cohorts.example.org",
        "to_name": "Ann Lee",
        "to": "ann@example.com",
        "message_id": "abc@cohorts.example.org",
        "at": AT,
    }
    return to_bytes(subject, text, html, Envelope(**(fields | values)))


def parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=default)


def test_every_header_stands_once() -> None:
    mail = parsed(written(unsubscribe="https://cohort.example/u/1d.abc", reply_to="team@example.org"))

    assert mail.keys() == [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
    ]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == AT


@pytest.mark.parametrize("length", [10, 76, 77, 200, 900])
def test_list_unsubscribe_is_never_folded(length: int) -> None:
    url = "https://cohort.example/u/" + "x" * length

    lines = written(unsubscribe=url).split(b"\r\n")

    assert f"List-Unsubscribe: <{url}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_line_breaks_in_titles_become_spaces(break_: str) -> None:
    title = f"Week 3{break_}Bcc: evil@example.org"

    mail = parsed(written(subject=title, sender_name=title, to_name=title))

    assert mail["Subject"] == "Week 3 Bcc: evil@example.org"
    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["To"].addresses] == ["ann@example.com"]
    assert [one.display_name for one in mail["From"].addresses] == ["Week 3 Bcc: evil@example.org"]


def test_encoded_words_in_titles_stay_text() -> None:
    mail = parsed(written(subject="=?utf-8?q?=0D=0ABcc:_x?="))

    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize("name", ['Zoë "Z" O\'Neil, PhD', "李明", "Nguyễn Thị Ánh Tuyết", "Bell, Marcus <m@x>"])
def test_names_arrive_as_they_are(name: str) -> None:
    (address,) = parsed(written(to_name=name))["To"].addresses

    assert (address.display_name, address.addr_spec) == (name, "ann@example.com")


def test_long_subject_is_cut_and_its_lines_are_short() -> None:
    data = written(subject="Ü" * 200)

    assert parsed(data)["Subject"] == "Ü" * LONGEST_LINE
    head = data.split(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 76


def test_plain_subject_begins_on_its_own_line() -> None:
    subject = "Your profile is not finished: Spring Emerging Leaders starts Mon 14 Sep"

    data = written(subject=subject)

    assert b"Subject: Your profile is not finished: Spring Emerging Leaders starts Mon 14\r\n Sep\r\n" in data
    assert parsed(data)["Subject"] == subject


def test_no_line_is_longer_than_servers_take() -> None:
    data = written(text="word " * 2_000, html=f"<p>{'ü' * 5_000}</p>")

    assert max(map(len, data.split(b"\r\n"))) <= 78
    html = parsed(data).get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == f"<p>{'ü' * 5_000}</p>"


def test_message_id_depends_on_key_and_domain_alone() -> None:
    assert message_id_for("welcome:7", "cohorts.example.org") == "p2k5kle46bhto4xv52xbrejxy2@cohorts.example.org"
    assert message_id_for("welcome:8", "cohorts.example.org") != message_id_for("welcome:7", "cohorts.example.org")
    assert message_id_for("welcome:7", "b.example") != message_id_for("welcome:7", "a.example")


def test_clean_line_keeps_ordinary_text() -> None:
    assert clean_line("  Führung für alle – Teil\t2 ") == "Führung für alle – Teil 2"
