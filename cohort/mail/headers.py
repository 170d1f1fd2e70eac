"""From a letter to the bytes that leave: headers that no text can break, and lines that every server takes.

RFC 5322 for the frame, RFC 3834 for what is sent by machines, RFC 2369 and RFC 8058 for one-click unsubscription, RFC
2919 for List-Id. The bytes are put together by hand, because the email package takes fifty times as long; that it
reads in them what was written is tried on generated mails. They depend on the arguments alone, so that every
attempt sends the same.
"""

import re
from base64 import b32encode
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from struct import Struct

from cohort.mail.addressing import wire_address
from cohort.mail.lines import address_header, clean_line, text_header

__all__ = ["Envelope", "clean_line", "message_id_for", "to_bytes"]

_VISIBLE = re.compile(r"[!-;=?-~]+")
"""Every visible character but angle brackets."""
LINE = 76
"""Characters of base64 in a line."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands on the outside of one mail."""

    sender_name: str
    sender: str
    to_name: str
    to: str
    message_id: str
    """Without angle brackets."""
    at: datetime
    unsubscribe: str | None = None
    """The address for one-click unsubscription; None for mail that cannot be turned off."""
    reply_to: str = ""
    thread: str = ""
    """The Message-ID under which mail programs gather what is about the same thing; need not be that of a mail."""
    list_id: str = ""
    """To filter by: `spring.cohorts.example.org`."""
    feedback: str = ""
    """What complaints are counted by, for senders who look after their reputation."""


def message_id_for(dedup_key: str, domain: str, install_id: str = "") -> str:
    """The Message-ID of a mail: the same for every attempt, so that a second copy is recognised as one.

    `install_id` sets apart installations that share a domain.
    """
    digest = sha256(f"{install_id or domain}\0{dedup_key}".encode()).digest()
    return f"{b32encode(digest).decode()[:26].lower()}@{domain}"


def to_bytes(
    subject: str, text: str, html: str, envelope: Envelope, calendar: tuple[str, bytes] | None = None
) -> bytes:
    """The whole mail, with CRLF line ends and no line longer than servers take.

    `calendar`: method and bytes of what goes to the calendar as well. Raises ValueError when something that is no
    text, such as the Message-ID, would break its line.
    """
    key = sha256(envelope.message_id.encode()).hexdigest()[:26]
    # No boundary can stand in what it divides: base64 has no "=_".
    showings, files = f"=_showings_{key}", f"=_files_{key}"
    parts = [
        _part('text/plain; charset="utf-8"', _with_crlf(text)),
        _part('text/html; charset="utf-8"', _with_crlf(html)),
    ]
    if calendar is None:
        body = _multipart("alternative", showings, parts)
    else:
        method, data = calendar
        parts.append(_part(f'text/calendar; charset="utf-8"; method={_visible(method)}', data))
        invitation = _part("application/ics", data, 'Content-Disposition: attachment; filename="invite.ics"\r\n')
        body = _multipart("mixed", files, [_multipart("alternative", showings, parts), invitation])
    return b"".join((f"{_head(subject, envelope)}\r\nMIME-Version: 1.0\r\n".encode(), *body))


def _head(subject: str, envelope: Envelope) -> str:
    sender = wire_address(envelope.sender)
    if sender is None:
        raise ValueError(f"mail cannot come from {envelope.sender!r}")
    lines = [
        address_header("From", envelope.sender_name, sender),
        _to(envelope),
        text_header("Subject", subject),
        f"Date: {_date(envelope.at)}",
        f"Message-ID: <{_visible(envelope.message_id)}>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
    ]
    reply_to = wire_address(envelope.reply_to)
    if reply_to and reply_to.isascii():  # whoever answers may have a server that takes no other
        lines.append(f"Reply-To: {reply_to}")
    if envelope.thread:
        lines.append(f"References: <{_visible(envelope.thread)}>")
    if envelope.list_id:
        lines.append(f"List-Id: <{_visible(envelope.list_id)}>")
    if envelope.unsubscribe:
        # Folded, a long address becomes encoded words in many a program, and one-click unsubscription silently stops.
        lines.append(f"List-Unsubscribe: <{_visible(envelope.unsubscribe)}>")
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if envelope.feedback:
        lines.append(f"Feedback-ID: {_visible(envelope.feedback)}")
    return "\r\n".join(lines)


def _to(envelope: Envelope) -> str:
    """A mail to what is no address is written all the same, and refused by name when it shall leave."""
    address = wire_address(envelope.to)
    return address_header("To", envelope.to_name, address) if address else "To: undisclosed-recipients:;"


def _visible(value: str) -> str:
    """`value`, which goes into a header as it is."""
    if not _VISIBLE.fullmatch(value):
        raise ValueError(f"{value!r} would break a header")
    return value


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    """Kept, because a round writes many mails at one moment."""
    return format_datetime(at)


def _with_crlf(text: str) -> bytes:
    """As MIME has text: CRLF between lines and behind the last."""
    data = text.encode("utf-8", "replace")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.replace(b"\n", b"\r\n")
    return data if data.endswith(b"\n") else data + b"\r\n"


def _part(kind: str, data: bytes, more: str = "") -> list[bytes]:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{more}\r\n"
    return [head.encode(), _in_base64(data)]


def _in_base64(data: bytes) -> bytes:
    """In lines of LINE; every one ends with CRLF."""
    encoded = b2a_base64(data, newline=False)
    lines, rest = divmod(len(encoded), LINE)
    last = (encoded[-rest:], b"") if rest else (b"",)
    return b"\r\n".join((*_cut(lines).unpack_from(encoded), *last))


@lru_cache(maxsize=256)
def _cut(lines: int) -> Struct:
    """Cuts off so many lines at once, three times as fast as one by one."""
    return Struct(f"{LINE}s" * lines)


def _multipart(kind: str, boundary: str, parts: Iterable[list[bytes]]) -> list[bytes]:
    pieces = [f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()]
    opening = f"--{boundary}\r\n".encode()
    for part in parts:
        pieces += [opening, *part]
    return [*pieces, f"--{boundary}--\r\n".encode()]
