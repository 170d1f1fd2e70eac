"""What a mail says, before it is text, HTML and headers; and the desk at which it is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cohort.cohorts.models import Cohort
from cohort.mail.links import Links
from cohort.mail.models import Message
from cohort.people.links import make_link
from cohort.people.models import LinkPurpose, Person
from cohort.reminders.owing import Owed


class Moot(Exception):
    """The mail has nothing to say any more. The text is the reason that staff read."""


@dataclass(frozen=True, slots=True)
class Button:
    word: str
    url: str
    more: str = ""


class Line(NamedTuple):
    """One thing of a list; with an address, its word leads there."""

    word: str
    detail: str = ""
    url: str = ""


MOST_LINES = 5
"""Of a list; the others are counted in its `more`."""


@dataclass(frozen=True, slots=True)
class Things:
    """A list under its own head: what is left to do, what happens, what waits."""

    head: str
    items: tuple[Line, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class WayOut:
    words: str
    link_word: str
    url: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """What a calendar program reads of a mail (RFC 6047)."""

    method: str
    """REQUEST or CANCEL; the same as in `data`."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person; the text and the HTML are two showings of it."""

    subject: str
    title: str
    opening: str
    """What follows the greeting: a sentence in small letters."""
    button: Button
    why: str
    """Ends "Why you get this:"; begins in small letters."""
    when: tuple[str, str] | None = None
    """When it is in the reader's zone; then in the host's, or ''."""
    paragraphs: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    """Paragraphs of staff's own in the place of `opening`; the greeting has a line to itself then."""
    things: tuple[Things, ...] = ()
    way_out: WayOut | None = None
    preheader: str = ""
    is_essential: bool = True
    """False when the person may turn this kind of mail off."""
    calendar: CalendarPart | None = None
    thread: str = ""
    """Names what it is about, when there may be more mails to its reader about the same; '' when there are not."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one message is written: for whom, of which cohort, when."""

    message: Message
    person: Person
    cohort: Cohort | None
    links: Links
    organisation: str
    reply_to: str
    """Where answers to the mail go; '' where nobody reads them."""
    now: datetime
    sender_address: str = ""
    """The address that mails come from."""
    owed: Sequence[Owed] = ()
    """What a reminder still has to say, by the last look."""

    @property
    def sender(self) -> str:
        return self.cohort.title if self.cohort else self.organisation

    @property
    def own_cohort(self) -> Cohort:
        """The cohort of a mail that has one."""
        if self.cohort is None:
            raise LookupError(f"the mail {self.message.template} needs a cohort")
        return self.cohort

    def ask(self, question: str) -> tuple[str, ...]:
        """A way out for somebody with this question, where answers are read."""
        return (f"{question} Answer this mail: it goes to the program team.",) if self.reply_to else ()

    def one_time(self, purpose: LinkPurpose) -> str:
        """The token of a new one-time link; none when the bytes of this mail are frozen already."""
        if self.message.frozen is not None:
            return ""
        cohort_id = self.message.cohort_id if purpose is LinkPurpose.INVITATION else None
        return make_link(self.person, purpose, now=self.now, cohort_id=cohort_id)


Writer = Callable[[Desk], Letter]
"""Writes one kind of mail. Raises Moot when there is nothing to say any more."""
