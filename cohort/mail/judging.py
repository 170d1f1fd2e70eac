"""What becomes of a mail by what came of handing it over. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cohort.mail.models import MessageState
from cohort.mail.transports import Fault, Outcome, Verdict

MOST_ATTEMPTS = 12
GIVE_UP_AFTER = timedelta(hours=24)
"""Since the first attempt."""
MAILBOX_FULL_WAITS = timedelta(hours=3)
"""People empty a mailbox within a day, not within minutes."""
DOWN_WAITS = timedelta(seconds=30)
"""Should it be this mail at which the relay hangs up, it does not stand before all others."""
ASK_AGAIN_AFTER = timedelta(minutes=10)
"""How long a mail is held of which nobody knows whether it was accepted."""
MOST_WRITINGS = 3
WRITE_AGAIN_AFTER = timedelta(hours=1)
MOST_LOST_LEASES = 3
MOST_LEFT_BEHIND = 3
NO_ANSWER = "no answer after the hand-over"
"""How the reason of a mail begins that may have been accepted."""
MAY_HAVE_ARRIVED = f"{NO_ANSWER}; it may have arrived"
LEFT_BEHIND = Outcome(Verdict.UNCLEAR, f"{NO_ANSWER}: the worker stopped")
STOPPED_THE_WORKER = "stopped the worker three times"


@dataclass(frozen=True, slots=True)
class Tried:
    """A mail that was handed over, as it was then."""

    id: int
    topic: str
    reason: str
    """Why it had been tried before."""
    attempts: int
    """This one included."""
    begun_at: datetime
    not_after: datetime | None

    @property
    def may_have_arrived(self) -> bool:
        return self.reason.startswith(NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Change:
    """What a mail becomes."""

    state: MessageState
    reason: str = ""
    due_at: datetime | None = None
    """None: as before."""
    is_counted: bool = True
    """False for an attempt whose failure has nothing to do with the mail."""

    @property
    def is_final(self) -> bool:
        return self.state is not MessageState.PENDING


def judge(tried: Tried, outcome: Outcome, now: datetime) -> Change:
    """What `tried` becomes, `outcome` having come at `now`."""
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return Change(MessageState.SENT)
        case Verdict.DOWN:
            return Change(MessageState.PENDING, _still(tried, outcome.reason), now + DOWN_WAITS, is_counted=False)
        case Verdict.UNCLEAR:
            return _unclear(tried, outcome, now)
        case Verdict.PERMANENT if outcome.fault is not Fault.MAILBOX_FULL:
            return Change(MessageState.FAILED, outcome.reason)
        case _:
            return _refused_for_now(tried, outcome, now)


def _unclear(tried: Tried, outcome: Outcome, now: datetime) -> Change:
    """Sent again where losing it would hurt: a second copy has the same Message-ID. What can wait is never.

    A relay that gives no answer gets it once more; a worker that was stopped says nothing about the mail.
    """
    is_enough = outcome is not LEFT_BEHIND or tried.attempts > MOST_LEFT_BEHIND
    if tried.topic or (tried.may_have_arrived and is_enough):
        return Change(MessageState.FAILED, MAY_HAVE_ARRIVED)
    return Change(MessageState.PENDING, outcome.reason, now + ASK_AGAIN_AFTER)


def _refused_for_now(tried: Tried, outcome: Outcome, now: datetime) -> Change:
    full = outcome.fault is Fault.MAILBOX_FULL
    again_at = now + (MAILBOX_FULL_WAITS if full else retry_after(tried.id, tried.attempts))
    last = tried.begun_at + GIVE_UP_AFTER
    is_over = again_at > min(last, tried.not_after or last)
    if tried.attempts >= MOST_ATTEMPTS or is_over:
        tries = "one try" if tried.attempts == 1 else f"{tried.attempts} tries"
        return Change(MessageState.FAILED, f"given up after {tries}: {outcome.reason}")
    return Change(MessageState.PENDING, _still(tried, outcome.reason), again_at)


def _still(tried: Tried, reason: str) -> str:
    """An earlier attempt may have been accepted, whatever came of this one."""
    return f"{NO_ANSWER} once; then {reason}" if tried.may_have_arrived else reason


def judge_unwritable(error: Exception, writings: int, now: datetime) -> Change:
    """A mail that could not be written for the `writings`-th time."""
    reason = f"could not be written: {type(error).__name__}"
    if writings < MOST_WRITINGS:
        return Change(MessageState.PENDING, reason, now + WRITE_AGAIN_AFTER)
    return Change(MessageState.FAILED, reason)


def judge_lost(lost_leases: int, reason: str) -> Change:
    """A mail that was claimed and not begun when its process ended, for the `lost_leases`-th time."""
    if lost_leases < MOST_LOST_LEASES:
        return Change(MessageState.PENDING, reason)
    return Change(MessageState.FAILED, STOPPED_THE_WORKER)


def retry_after(message_id: int, attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: a minute, doubling up to an hour, spread by a quarter to each side.

    The spread depends on the message alone, so that many mails refused at once do not come back at once.
    """
    seed = int.from_bytes(sha256(f"{message_id}:{attempts}".encode()).digest()[:8]) / 2**64
    return timedelta(seconds=min(3600, 60 * 2 ** (attempts - 1)) * (0.75 + 0.5 * seed))
