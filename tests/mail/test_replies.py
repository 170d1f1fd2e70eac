"""What each reply of a server means: verdict and fault, phase by phase."""

import pytest

from cohort.mail.replies import LONGEST_REASON, Phase, judge_reply, reason_of
from cohort.mail.transports import Fault, Outcome, Verdict

DOWN, TRANSIENT, PERMANENT = Verdict.DOWN, Verdict.TRANSIENT, Verdict.PERMANENT


@pytest.mark.parametrize(
    ("phase", "reply", "verdict", "fault"),
    [
        (Phase.MAIL, "530 5.7.0 sign in first", DOWN, Fault.SETTINGS),
        (Phase.MAIL, "535 bad password", DOWN, Fault.SETTINGS),
        (Phase.MAIL, "550 5.7.1 sender not allowed", DOWN, Fault.SETTINGS),
        (Phase.MAIL, "553 5.1.8 sender domain unknown", DOWN, Fault.SETTINGS),
        (Phase.MAIL, "554 5.3.2 not now", DOWN, Fault.RELAY),
        (Phase.MAIL, "503 out of order", DOWN, Fault.RELAY),
        (Phase.MAIL, "451 4.3.0 later", TRANSIENT, None),
        (Phase.MAIL, "452 4.3.1 no room", TRANSIENT, None),
        (Phase.MAIL, "432 4.3.2 concurrent connections", TRANSIENT, Fault.SLOW_DOWN),
        (Phase.MAIL, "450 4.7.28 too fast", TRANSIENT, Fault.SLOW_DOWN),
        (Phase.MAIL, "552 5.3.4 too big", PERMANENT, Fault.TOO_BIG),
        (Phase.MAIL, "553 5.6.7 needs SMTPUTF8", PERMANENT, Fault.NEEDS_SMTPUTF8),
        (Phase.RCPT, "421 4.3.2 closing", TRANSIENT, Fault.SLOW_DOWN),
        (Phase.RCPT, "432 4.3.2 concurrent connections", TRANSIENT, Fault.SLOW_DOWN),
        (Phase.RCPT, "450 4.2.0 greylisted", TRANSIENT, None),
        (Phase.RCPT, "451 4.7.1 greylisted", TRANSIENT, Fault.SLOW_DOWN),
        (Phase.RCPT, "452 4.2.2 mailbox full", TRANSIENT, Fault.MAILBOX_FULL),
        (Phase.RCPT, "452 no room", TRANSIENT, None),
        (Phase.RCPT, "552 5.2.2 mailbox full", TRANSIENT, Fault.MAILBOX_FULL),
        (Phase.RCPT, "552 full", TRANSIENT, Fault.MAILBOX_FULL),
        (Phase.RCPT, "550 5.1.1 no such user", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "551 5.1.6 moved away", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "553 5.1.2 no such domain", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "554 5.1.1 no such user", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "550 5.1.10 null MX", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "550 5.2.1 mailbox disabled", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "550 unknown user", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "550 5.0.0 unknown user", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.RCPT, "550 listed by a block list", PERMANENT, Fault.POLICY),
        (Phase.RCPT, "550 relaying denied", PERMANENT, Fault.POLICY),
        (Phase.RCPT, "550 5.7.1 no such user here", PERMANENT, Fault.POLICY),
        (Phase.RCPT, "553 5.1.8 sender rejected", PERMANENT, Fault.POLICY),
        (Phase.RCPT, "554 not for us", PERMANENT, Fault.POLICY),
        (Phase.RCPT, "550 5.4.6 mail goes in circles", PERMANENT, None),
        (Phase.RCPT, "501 bad syntax", PERMANENT, Fault.BAD_ADDRESS),
        (Phase.RCPT, "501 5.5.4 bad syntax", PERMANENT, Fault.BAD_ADDRESS),
        (Phase.RCPT, "555 unknown parameter", PERMANENT, Fault.BAD_ADDRESS),
        (Phase.RCPT, "550 5.1.3 bad syntax", PERMANENT, Fault.BAD_ADDRESS),
        (Phase.RCPT, "550 5.6.7 needs SMTPUTF8", PERMANENT, Fault.NEEDS_SMTPUTF8),
        (Phase.RCPT, "530 5.7.0 sign in first", DOWN, Fault.SETTINGS),
        (Phase.DATA, "451 4.3.0 later", TRANSIENT, None),
        (Phase.DATA, "550 5.7.1 refused", PERMANENT, Fault.POLICY),
        (Phase.DATA, "554 5.5.1 no recipients", PERMANENT, Fault.CONTENT),
        (Phase.DOT, "421 4.4.2 closing", TRANSIENT, Fault.SLOW_DOWN),
        (Phase.DOT, "451 4.3.0 later", TRANSIENT, None),
        (Phase.DOT, "452 4.2.2 mailbox full", TRANSIENT, Fault.MAILBOX_FULL),
        (Phase.DOT, "550 5.7.26 not authenticated", PERMANENT, Fault.POLICY),
        (Phase.DOT, "554 5.7.1 looks like spam", PERMANENT, Fault.POLICY),
        (Phase.DOT, "550 5.1.1 no such user", PERMANENT, Fault.NO_SUCH_USER),
        (Phase.DOT, "552 5.3.4 too big", PERMANENT, Fault.TOO_BIG),
        (Phase.DOT, "552 5.2.3 too big", PERMANENT, Fault.TOO_BIG),
        (Phase.DOT, "552 too big", PERMANENT, Fault.TOO_BIG),
        (Phase.DOT, "552 5.2.2 mailbox full", TRANSIENT, Fault.MAILBOX_FULL),
        (Phase.DOT, "554 5.6.0 broken content", PERMANENT, Fault.CONTENT),
        (Phase.DOT, "554 transaction failed", PERMANENT, Fault.CONTENT),
    ],
)
def test_reply_means(phase: Phase, reply: str, verdict: Verdict, fault: Fault | None) -> None:
    code, _, words = reply.partition(" ")

    assert judge_reply(phase, int(code), words.encode()) == Outcome(verdict, reply, fault)


def test_reason_is_one_line_that_a_database_takes() -> None:
    assert reason_of(550, b"5.1.1 \x00no\nsuch\r\n  user\xff") == "550 5.1.1 no such user�"
    assert len(reason_of(550, b"x" * 1000)) == LONGEST_REASON
