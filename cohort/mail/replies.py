"""What an SMTP server's reply means for the mail, by the phase in which it came (RFC 5321, 3463, 5248). Pure."""

import re
from enum import Enum, auto

from cohort.mail.lines import without_breaks
from cohort.mail.transports import Fault, Outcome, Verdict

CLOSING = 421
NEEDS_SIGN_IN = frozenset({530, 534, 535, 538})
LONGEST_REASON = 200


class Phase(Enum):
    """What was asked of the server."""

    MAIL = auto()
    """Whether it takes mail from our address. Until here its refusals have nothing to do with the recipient."""
    RCPT = auto()
    DATA = auto()
    """Whether it takes the content now."""
    DOT = auto()
    """To take responsibility for what was handed over."""


_ENHANCED = re.compile(r"[45]\.(\d{1,3})\.(\d{1,3})(?!\d)")
_ABOUT_US = re.compile(r"polic|spam|block|black ?list|deny|denied|reputation|relay|spf|dkim|dmarc|\brbl\b|dnsbl", re.I)
"""Words of servers without enhanced codes that refuse us, not the address."""

_BY_DETAIL = {
    (1, 3): Fault.BAD_ADDRESS,
    (1, 7): Fault.POLICY,  # our own address, here and in the next
    (1, 8): Fault.POLICY,
    (2, 1): Fault.NO_SUCH_USER,
    (2, 2): Fault.MAILBOX_FULL,
    (2, 3): Fault.TOO_BIG,
    (3, 4): Fault.TOO_BIG,
    (6, 7): Fault.NEEDS_SMTPUTF8,
}
_BY_SUBJECT = {1: Fault.NO_SUCH_USER, 7: Fault.POLICY}
_BY_CODE_AT_RCPT = {
    501: Fault.BAD_ADDRESS,
    550: Fault.NO_SUCH_USER,
    551: Fault.NO_SUCH_USER,
    552: Fault.MAILBOX_FULL,
    553: Fault.NO_SUCH_USER,
    554: Fault.POLICY,
    555: Fault.BAD_ADDRESS,
}


def judge_reply(phase: Phase, code: int, words: bytes) -> Outcome:
    """What a refusal means: 4xx and 5xx. Enhanced codes come before basic ones, because those say one thing only."""
    reason = reason_of(code, words)
    if code < 500:
        return Outcome(Verdict.TRANSIENT, reason, _patience(phase, code, _detail(reason)))
    if code in NEEDS_SIGN_IN:
        return Outcome(Verdict.DOWN, reason, Fault.SETTINGS)
    fault = _fault_of_sender(code, _detail(reason)) if phase is Phase.MAIL else _fault(phase, code, reason)
    match fault:
        case Fault.RELAY | Fault.SETTINGS:
            verdict = Verdict.DOWN
        case Fault.MAILBOX_FULL:
            verdict = Verdict.TRANSIENT
        case _:
            verdict = Verdict.PERMANENT
    return Outcome(verdict, reason, fault)


def reason_of(code: int, words: bytes | str) -> str:
    """`550 5.1.1 mailbox unavailable`, in one line and without what databases refuse."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if not text.isascii() or not text.isprintable():
        text = " ".join(without_breaks(text).split())
    return f"{code} {text}"[:LONGEST_REASON]


def _detail(reason: str) -> tuple[int, int] | None:
    """(1, 1) of `550 5.1.1 no such user`; None without an enhanced code, or with one that says nothing."""
    found = _ENHANCED.match(reason, len("550 "))
    detail = (int(found[1]), int(found[2])) if found else None
    return None if detail == (0, 0) else detail


def _patience(phase: Phase, code: int, detail: tuple[int, int] | None) -> Fault | None:
    """What a refusal for now asks for."""
    if (code == CLOSING and phase is not Phase.MAIL) or code == 432 or (detail is not None and detail[0] == 7):
        return Fault.SLOW_DOWN
    return Fault.MAILBOX_FULL if detail == (2, 2) else None


def _fault_of_sender(code: int, detail: tuple[int, int] | None) -> Fault:
    """A refusal of the sender for good, before the recipient is named."""
    if detail in {(2, 3), (3, 4), (6, 7)}:
        return _BY_DETAIL[detail]
    is_ours = code in {501, 550, 553, 555} or (detail is not None and detail[0] in {1, 7})
    return Fault.SETTINGS if is_ours else Fault.RELAY


def _fault(phase: Phase, code: int, reason: str) -> Fault | None:
    """A refusal for good once the recipient is named."""
    detail = _detail(reason)
    if detail is not None:
        known = _BY_DETAIL.get(detail) or _BY_SUBJECT.get(detail[0])
        if known is not None:
            return known
    if phase is not Phase.RCPT:
        return Fault.TOO_BIG if code == 552 else Fault.CONTENT
    fault = _BY_CODE_AT_RCPT.get(code)
    if fault is not Fault.NO_SUCH_USER:
        return fault
    if detail is not None:  # it says something, and not that there is nobody
        return None
    return Fault.POLICY if _ABOUT_US.search(reason) else fault
