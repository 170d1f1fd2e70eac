"""From a letter to the bytes that leave: headers that no text can break, and lines that every server takes.

RFC 5322 for the frame, RFC 3834 for what is sent by machines, RFC 2369 and RFC 8058 for one-click unsubscription.
"""

import re
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from textwrap import wrap
from typing import Any

LONGEST_LINE = 150
"""Characters of a subject or a name; what is longer is cut."""


class _Policy(EmailPolicy):
    """Folds like the standard policy, but for two headers.

    List-Unsubscribe is left as it is: folded, an address of 76 characters or more becomes encoded words, and one-click
    unsubscription silently stops. A plain Subject begins on the line of its name, which the standard leaves empty when
    the text is a little too long for it.
    """

    def fold(self, name: str, value: Any) -> str:
        line = f"{name}: {value}"
        if name.lower().startswith("list-unsubscribe"):
            return line + self.linesep
        if name.lower() == "subject" and line.isascii():
            lines = wrap(line, self.max_line_length or 76, break_on_hyphens=False)
            return f"{self.linesep} ".join(lines) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


POLICY = _Policy(linesep="\r\n", max_line_length=76, raise_on_defect=False)


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


def clean_line(text: str) -> str:
    """`text` fit for a header: one line, no control characters, at most LONGEST_LINE characters.

    A title pasted from a word processor may hold a vertical tab or U+2028, at which the email package raises; and it
    lets NUL through. An encoded word, which some versions decode into header lines, is taken apart.
    """
    text = unicodedata.normalize("NFC", text).replace("=?", "= ?")
    text = "".join(" " if _breaks(char) else char for char in text)
    text = re.sub(r"\s+", " ", text).strip()
    return text[:LONGEST_LINE].rstrip()


def _breaks(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}


def message_id_for(dedup_key: str, domain: str) -> str:
    """The Message-ID of a mail: the same for every attempt, so that a second copy is recognised as one."""
    digest = sha256(f"{domain}\0{dedup_key}".encode()).digest()
    return f"{b32encode(digest).decode()[:26].lower()}@{domain}"


def to_bytes(
    subject: str, text: str, html: str, envelope: Envelope, calendar: tuple[str, bytes] | None = None
) -> bytes:
    """The whole mail, with CRLF line ends and no line longer than servers take.

    `calendar`: method and bytes of what goes to the calendar as well.
    """
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _address(envelope.sender_name, envelope.sender)
    mail["To"] = _address(envelope.to_name, envelope.to)
    if envelope.reply_to:
        mail["Reply-To"] = _address("", envelope.reply_to)
    mail["Subject"] = clean_line(subject)
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<{envelope.message_id}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if envelope.unsubscribe:
        mail["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if calendar:
        _add_calendar(mail, *calendar)
    return mail.as_bytes()


def _add_calendar(mail: EmailMessage, method: str, data: bytes) -> None:
    """The same bytes twice: as one more showing of the mail for programs that understand it, and as a file."""
    mail.add_alternative(data.decode(), subtype="calendar", params={"method": method}, cte="base64")
    mail.add_attachment(data, maintype="application", subtype="ics", filename="invite.ics")


def _address(name: str, address: str) -> Address:
    return Address(display_name=clean_line(name), addr_spec=address)
