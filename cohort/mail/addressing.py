"""Addresses as they stand in commands and headers: nothing that is no address gets there."""

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
LONGEST_LOCAL = 64
"""Octets (RFC 5321, section 4.5.3.1.1)."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")


@lru_cache(maxsize=2048)
def wire_address(text: str) -> str | None:
    """`text` as mail servers take it, its domain in ASCII (IDNA); None when it is no address.

    Letters outside ASCII before the @ stay: such a mail leaves only over a server that offers SMTPUTF8.
    """
    address = text if text.isascii() else _with_ascii_domain(text)
    local, at, domain = address.partition("@")
    if not at or not address.isprintable() or len(local.encode()) > LONGEST_LOCAL:
        return None
    return address if _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


def _with_ascii_domain(text: str) -> str:
    """'' for what is no address."""
    try:
        checked = validate_email(
            unicodedata.normalize("NFC", text), check_deliverability=False, globally_deliverable=False, strict=True
        )
    except (EmailNotValidError, UnicodeError):
        return ""
    return f"{checked.local_part}@{checked.ascii_domain}"
