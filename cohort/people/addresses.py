"""E-mail addresses: which ones are taken, and when two of them are the same."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from cohort.errors import DomainError
from cohort.people.invisible import excerpt, is_invisible


class AddressError(DomainError):
    """The text is not an e-mail address that mail can be sent to."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="email")


def check_address(text: str) -> str:
    """The address to store: lower case, the domain in ASCII (IDNA), so that any mail server takes it.

    Letters outside ASCII before the @ are refused: many servers cannot deliver to them, and some look like others.
    Raises AddressError with a sentence that shows what is wrong, invisible characters included.
    """
    address = text.strip()
    if not address:
        raise AddressError("Give an e-mail address.")
    if any(map(is_invisible, address)):
        raise AddressError(f"“{excerpt(address)}” contains an invisible character. Type the address again without it.")
    if address.startswith(("=", "+", "-")) or "|" in address:
        raise AddressError(f"“{excerpt(address)}” is not an e-mail address but looks like a spreadsheet formula.")
    try:
        return _in_ascii(address)
    except EmailNotValidError as error:
        raise AddressError(f"“{excerpt(address)}” is not an e-mail address. {error}") from error


def masked(address: str) -> str:
    """`p…@example.com`: enough for its owner to know it, not for anybody to write to it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def address_key(text: str) -> str:
    """What addresses are compared by. Never raises: the key of what is no address equals no stored key."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    try:
        return _in_ascii(folded)
    except EmailNotValidError:
        return folded


def _in_ascii(address: str) -> str:
    checked = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    if checked.ascii_email is None:
        raise EmailNotValidError("The part before the @-sign may hold English letters only.")
    return checked.ascii_email.lower()
