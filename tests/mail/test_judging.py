"""What becomes of a mail by what came of handing it over."""

from datetime import UTC, datetime, timedelta

import pytest

from cohort.mail.judging import LEFT_BEHIND, MAY_HAVE_ARRIVED, NO_ANSWER, Change, Tried, judge, judge_lost, retry_after
from cohort.mail.models import MessageState
from cohort.mail.transports import Fault, Outcome, Verdict

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
FAILED, PENDING = MessageState.FAILED, MessageState.PENDING


def tried(attempts: int = 1, topic: str = "", reason: str = "", not_after: datetime | None = None) -> Tried:
    return Tried(42, topic, reason, attempts, NOW, not_after)


@pytest.mark.parametrize(
    "fault", [Fault.POLICY, Fault.CONTENT, Fault.TOO_BIG, Fault.NEEDS_SMTPUTF8, Fault.NO_SUCH_USER]
)
def test_refused_for_good_fails_with_the_servers_words(fault: Fault) -> None:
    assert judge(tried(), Outcome(Verdict.PERMANENT, "554 no", fault), NOW) == Change(FAILED, "554 no")


def test_refused_for_now_waits_as_long_as_the_attempt_says() -> None:
    outcome = Outcome(Verdict.TRANSIENT, "450 4.2.1 later")

    assert judge(tried(3), outcome, NOW) == Change(PENDING, "450 4.2.1 later", NOW + retry_after(42, 3))


@pytest.mark.parametrize(("attempts", "hours", "state"), [(8, 20.9, PENDING), (8, 21.1, FAILED), (12, 1, FAILED)])
def test_full_mailbox_is_tried_for_a_day(attempts: int, hours: float, state: MessageState) -> None:
    outcome = Outcome(Verdict.PERMANENT, "552 5.2.2 full", Fault.MAILBOX_FULL)

    assert judge(tried(attempts), outcome, NOW + timedelta(hours=hours)).state is state


def test_nothing_is_tried_again_when_it_would_be_too_late() -> None:
    outcome = Outcome(Verdict.TRANSIENT, "451 later")
    soon = NOW + timedelta(seconds=44)

    change = judge(tried(not_after=soon), outcome, NOW)

    assert (change.state, change.reason) == (FAILED, "given up after one try: 451 later")


def test_relay_that_takes_nothing_costs_no_attempt() -> None:
    change = judge(tried(), Outcome(Verdict.DOWN, "535 no", Fault.SETTINGS), NOW)

    assert (change.state, change.is_counted) == (PENDING, False)


def test_unclear_is_sent_once_more_where_losing_it_would_hurt() -> None:
    first = judge(tried(), LEFT_BEHIND, NOW)
    refused_between = judge(tried(2, reason=first.reason), Outcome(Verdict.TRANSIENT, "451 later"), NOW)

    assert (first.state, first.due_at) == (PENDING, NOW + timedelta(minutes=10))
    again = Outcome(Verdict.UNCLEAR, f"{NO_ANSWER}: TimeoutError")
    assert judge(tried(3, reason=refused_between.reason), again, NOW) == Change(FAILED, MAY_HAVE_ARRIVED)


def test_mail_whose_worker_is_stopped_again_and_again_is_not_repeated_for_ever() -> None:
    reason = LEFT_BEHIND.reason

    assert [judge(tried(times, reason=reason), LEFT_BEHIND, NOW).state for times in (3, 4)] == [PENDING, FAILED]


def test_unclear_is_never_sent_again_where_it_can_wait() -> None:
    assert judge(tried(topic="coursework"), LEFT_BEHIND, NOW) == Change(FAILED, MAY_HAVE_ARRIVED)


def test_mail_that_stops_the_worker_three_times_fails() -> None:
    assert [judge_lost(times, "").state for times in (1, 2, 3)] == [PENDING, PENDING, FAILED]
