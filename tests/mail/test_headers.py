"""The outside of mails: no text from anybody breaks a header, and nothing is folded that must not be."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import unquote
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.mail.headers import Envelope, clean_line, message_id_for, to_bytes
from cohort.mail.lines import LONGEST_TEXT

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ICS = b"BEGIN:VCALENDAR\r\nSUMMARY:F\xc3\xbchrung\r\nEND:VCALENDAR\r\n"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"


def written(
    subject: str = "Hello",
    text: str = "Hello\n",
    html: str = "<p>Hello</p>",
    calendar: tuple[str, bytes] | None = None,
    **values: Any,
) -> bytes:
    fields: dict[str, Any] = {
        "sender_name": "Spring Emerging Leaders",
        "sender": "cohort@cohorts.example.org",
        "to_name": "Ann Lee",
        "to": "ann@example.com",
        "message_id": "abc@cohorts.example.org",
        "at": AT,
    }
    return to_bytes(subject, text, html, Envelope(**(fields | values)), calendar)


def parsed(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=default))


def head_of(data: bytes) -> list[bytes]:
    return data.split(b"\r\n\r\n")[0].split(b"\r\n")


# --- generated mails, read back ------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), max_size=220) | st.sampled_from(
    [
        "",
        " ",
        "Week 3: hard talks – what to say, and when to say nothing (Führung für alle) 90 minutes",
        "Your profile is not finished: Spring Emerging Leaders starts Mon 14 Sep",
        'Zoë "Z" O\'Neil, PhD',
        'Bell, Marcus "the\\ bell" <m@x>',
        "=?utf-8?q?=0D=0ABcc:_x?= and ?= and =?",
        "x" * 150,
        f"{'x' * 70} {'y' * 70}",
        "Ü" * 200,
        "李明 " * 40,
        "a\u0308\u0323" * 160,
        FAMILY * 160,
        "one\r\ntwo\x00three\u2028four\x85",
    ]
)
BODIES = st.text(st.characters(codec="utf-8"), max_size=400) | st.sampled_from(
    ["", ".", "..\r\n.\r\n", "\n\n", "a\rb\r\nc\n", "word " * 600, "ü" * 5_000, "--=_showings_abc\r\n", "=_ =20 =\n"]
)
MAILS = st.fixed_dictionaries(
    {
        "subject": TEXTS,
        "sender_name": TEXTS,
        "to_name": TEXTS,
        "text": BODIES,
        "html": BODIES,
        "calendar": st.none() | st.tuples(st.sampled_from(["REQUEST", "CANCEL"]), st.binary(max_size=200)),
        "to": st.sampled_from(["ann@example.com", "o'neil+x@a.b.example", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"]),
        "unsubscribe": st.none() | st.from_regex(r"https://cohort\.example/u/[a-zA-Z0-9._-]{1,120}", fullmatch=True),
        "reply_to": st.sampled_from(["", "team@example.org", "not an address", "ü@example.org"]),
        "thread": st.sampled_from(["", "root@cohorts.example.org"]),
        "list_id": st.sampled_from(["", "spring.cohorts.example.org"]),
        "feedback": st.sampled_from(["", "7:coursework:reminder:cohort"]),
    }
)


@settings(max_examples=200)
@given(MAILS)
def test_what_is_written_is_what_is_read(values: dict[str, Any]) -> None:
    """Headers, showings and lines of generated mails, as the email package reads them; other mails in every run."""
    data = written(**values)
    mail = parsed(data)
    check_lines(data, values)
    check_headers(mail, values)
    check_body(mail, values)
    assert name_in(data, "From") == clean_line(values["sender_name"])
    assert name_in(data, "To") == clean_line(values["to_name"])
    assert data == written(**values)


def check_lines(data: bytes, values: dict[str, Any]) -> None:
    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert [line for line in lines if b"\r" in line or b"\n" in line or b"\0" in line or not line.isascii()] == []
    assert max(map(len, lines)) <= 998
    head = head_of(data)
    whole = (b"List-Unsubscribe: ", f"To: {values['to']}".encode(), f" <{values['to']}>".encode())
    assert [line for line in head if len(line) > 76 and not line.startswith(whole)] == []
    assert all(len(word) <= 75 for line in head for word in re.findall(rb"=\?[^?]*\?[^?]*\?[^?]*\?=", line))
    encodable = (b"From:", b"To:", b"Subject:", b" ")
    assert [line for line in head if b"=?" in line and not line.startswith(encodable)] == []
    assert [line for line in head if b"=?" in line.partition(b"<")[2]] == []
    if values["unsubscribe"]:
        assert f"List-Unsubscribe: <{values['unsubscribe']}>".encode() in head


def check_headers(mail: EmailMessage, values: dict[str, Any]) -> None:
    expected = {
        "From": None,
        "To": None,
        "Subject": clean_line(values["subject"]),
        "Date": None,
        "Message-ID": "<abc@cohorts.example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Reply-To": values["reply_to"] if values["reply_to"] == "team@example.org" else "",
        "References": "<root@cohorts.example.org>" if values["thread"] else "",
        "List-Id": "<spring.cohorts.example.org>" if values["list_id"] else "",
        "List-Unsubscribe": f"<{values['unsubscribe']}>" if values["unsubscribe"] else "",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if values["unsubscribe"] else "",
        "Feedback-ID": values["feedback"],
        "MIME-Version": "1.0",
        "Content-Type": None,
    }
    assert mail.keys() == [name for name, value in expected.items() if value != "" or name == "Subject"]
    assert {name: str(mail[name] or "") for name, value in expected.items() if value is not None} == {
        name: value for name, value in expected.items() if value is not None
    }
    assert mail["Date"].datetime == AT
    for name, person, address in (
        ("From", "sender_name", "cohort@cohorts.example.org"),
        ("To", "to_name", values["to"]),
    ):
        (one,) = mail[name].addresses
        assert (without_spaces(one.display_name), one.addr_spec) == (
            without_spaces(clean_line(values[person])),
            address,
        )


def without_spaces(text: str) -> str:
    """In names, Python 3.11 reads a space between two encoded words, which RFC 2047 says is none."""
    return text.replace(" ", "")


def name_in(data: bytes, header: str) -> str:
    """The name before an address, by the older half of the email package, which leaves it out."""
    value = str(message_from_bytes(data, policy=compat32)[header])
    phrase = re.sub(r"\r\n(?= )", "", value).rpartition("<")[0].strip()
    return unquote(phrase) if phrase.startswith('"') else str(make_header(decode_header(phrase)))


def check_body(mail: EmailMessage, values: dict[str, Any]) -> None:
    assert [defect for part in mail.walk() for defect in part.defects] == []
    kinds = ["multipart/alternative", "text/plain", "text/html"]
    if values["calendar"]:
        kinds = ["multipart/mixed", *kinds, "text/calendar", "application/ics"]
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert list(parts) == kinds
    for kind, body in (("text/plain", values["text"]), ("text/html", values["html"])):
        assert parts[kind].get_content_charset() == "utf-8"
        assert as_lines(parts[kind].get_content()) == as_lines(body if body.endswith(("\r", "\n")) else f"{body}\n")
    if values["calendar"]:
        method, data = values["calendar"]
        shown, attached = parts["text/calendar"], parts["application/ics"]
        assert (shown.get_param("method"), shown.get_content_charset()) == (method, "utf-8")
        assert shown.get_payload(decode=True) == attached.get_payload(decode=True) == data
        assert attached.get_filename() == "invite.ics"


def as_lines(text: str) -> str:
    """With one kind of line end, as MIME has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- single rules --------------------------------------------------------------------------------------------------


def test_every_header_stands_once() -> None:
    """M11."""
    mail = parsed(
        written(
            unsubscribe="https://cohort.example/u/1d.abc",
            reply_to="team@example.org",
            thread="root@cohorts.example.org",
            list_id="spring.cohorts.example.org",
            feedback="7:coursework:reminder:cohort",
        )
    )

    assert mail.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Reply-To",
        "References",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
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
    """M01, M02."""
    title = f"Week 3{break_}Bcc: evil@example.org"

    data = written(subject=title, sender_name=title, to_name=title)
    mail = parsed(data)

    assert b"\x00" not in data
    assert mail["Subject"] == "Week 3 Bcc: evil@example.org"
    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["To"].addresses] == ["ann@example.com"]
    assert [one.display_name for one in mail["From"].addresses] == ["Week 3 Bcc: evil@example.org"]


def test_encoded_words_in_titles_stay_text() -> None:
    mail = parsed(written(subject="=?utf-8?q?=0D=0ABcc:_x?="))

    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize("name", ['Zoë "Z" O\'Neil, PhD', "李明", "Nguyễn Thị Ánh Tuyết", "Bell, Marcus <m@x>", ""])
def test_names_arrive_as_they_are(name: str) -> None:
    """M03."""
    (address,) = parsed(written(to_name=name))["To"].addresses

    assert (address.display_name, address.addr_spec) == (name, "ann@example.com")


def test_domain_outside_ascii_stands_in_ascii() -> None:
    """M04."""
    assert b"To: Ann Lee <li@xn--r8jz45g.jp>" in head_of(written(to="li@例え.jp"))


def test_letters_outside_ascii_before_the_at_are_left_as_they_are() -> None:
    """M05: such a mail leaves only over a server that takes them."""
    data = written(to="üser@example.org", to_name="Zoë")

    assert "To: =?utf-8?q?Zo=C3=AB?= <üser@example.org>".encode() in head_of(data)


def test_bad_address_is_in_no_header() -> None:
    """M06: the mail is written, and refused by name when it shall leave."""
    data = written(to="a@x.org\r\nBcc: evil@example.org")

    assert b"To: undisclosed-recipients:;" in head_of(data)
    assert b"evil" not in data


def test_long_subject_is_cut_and_its_lines_are_short() -> None:
    """M07."""
    data = written(subject="Ü" * 200)

    assert parsed(data)["Subject"] == "Ü" * LONGEST_TEXT
    assert max(map(len, head_of(data))) <= 76


@pytest.mark.parametrize("character", ["a\u0323\u0308", "\U0001f44d\U0001f3fd", FAMILY, FLAG, "\u2764\ufe0f"])
def test_cut_tears_no_character(character: str) -> None:
    assert clean_line(character * 200) == clean_line(character) * LONGEST_TEXT


def test_encoded_words_are_legible_where_most_of_them_is_ascii() -> None:
    assert b"Subject: =?utf-8?q?F=C3=BChrung_f=C3=BCr_alle?=" in head_of(written(subject="Führung für alle"))
    assert b"Subject: =?utf-8?b?5p2O5piO?=" in head_of(written(subject="李明"))


def test_plain_subject_begins_on_its_own_line() -> None:
    subject = "Your profile is not finished: Spring Emerging Leaders starts Mon 14 Sep"

    data = written(subject=subject)

    assert b"Subject: Your profile is not finished: Spring Emerging Leaders starts Mon 14\r\n Sep\r\n" in data
    assert parsed(data)["Subject"] == subject


def test_no_line_is_longer_than_servers_take() -> None:
    """M09."""
    data = written(text="word " * 2_000, html=f"<p>{'ü' * 5_000}</p>", calendar=("REQUEST", ICS * 90))

    assert max(map(len, data.split(b"\r\n"))) <= 78
    html = parsed(data).get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == f"<p>{'ü' * 5_000}</p>"


def test_boundary_depends_on_the_message_id_alone_and_stands_in_no_part() -> None:
    random = Random(7)
    texts = ["".join(random.choices("-=_showingsfile0123456789abcdef\n", k=2_000)) for _ in range(2)]

    boundaries = {str(parsed(written(text=text)).get_boundary()) for text in texts}
    (boundary,) = boundaries
    data = written(text=f"--{boundary}\n--{boundary}--\n", calendar=("REQUEST", f"--{boundary}--\r\n".encode()))

    assert data.count(f"--{boundary}\r\n".encode()) == 3
    assert data.count(f"--{boundary}--\r\n".encode()) == 1
    assert parsed(written(message_id="other@cohorts.example.org")).get_boundary() != boundary


@pytest.mark.parametrize("name", ["message_id", "unsubscribe", "thread", "list_id", "feedback"])
@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.org", "a b", "a>", "ü"])
def test_what_is_no_text_is_refused_rather_than_mended(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="would break a header"):
        written(**{name: value})


def test_message_id_depends_on_key_and_installation_alone() -> None:
    assert message_id_for("welcome:7", "cohorts.example.org") == "p2k5kle46bhto4xv52xbrejxy2@cohorts.example.org"
    assert message_id_for("welcome:8", "cohorts.example.org") != message_id_for("welcome:7", "cohorts.example.org")
    assert message_id_for("welcome:7", "b.example") != message_id_for("welcome:7", "a.example")


def test_message_ids_of_an_installation_with_an_id_of_its_own() -> None:
    """P04."""
    ids = [message_id_for(f"o:1.assignment.7.2..{gen}", "cohorts.example.org", "inst-1") for gen in (0, 1)]

    assert ids == [
        "p2wvbsanroahmdu27hylohdtf5@cohorts.example.org",
        "ktuzi3wzcsum4jsqucs7vmcti6@cohorts.example.org",
    ]


def test_clean_line_keeps_ordinary_text() -> None:
    assert clean_line("  Führung für alle – Teil\t2 ") == "Führung für alle – Teil 2"
    assert clean_line("half a \ud83d character") == "half a character"
