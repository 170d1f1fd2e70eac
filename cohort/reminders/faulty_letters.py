"""What is missing in a letter, and what its showings print that nobody meant to be read."""

import re
from collections.abc import Iterator

from cohort.mail.composing import Shown
from cohort.mail.letters import Letter, Things, WayOut
from cohort.reminders.rehearsing import Fault

LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\bNone\b(?! of\b)|\bundefined\b")
"""What templates print where a value is missing, or do not print away."""
_TORN = re.compile(r":\s*$|:\s*[,;]|“\s*”|\(\s*\)")
"""Words around a place in which nothing stands."""
HAS_TIME = frozenset({"workshop.starts", "prework.due"})
"""What a mail is about that must say when it is."""
_WHERE = {
    "module": "in the module, in the text of the program",
    "prework": "in the workshop, in the text of the program",
    "workshop": "in the workshop, in the text of the program, or its date in the schedule",
    "assignment": "in the assignment, in the text of the program",
    "checkin": "in the check-in, in the text of the program",
    "mentor_session": "in the mentor session, in the text of the program",
    "cohort": "in the settings of the cohort",
}
"""By the first word of what a rule is about: where its words come from."""


def list_faults(letter: Letter, about: str) -> Iterator[Fault]:
    """What is missing in `letter`, which is about one occasion: `assignment.due`; '' where it is about several."""
    where = f"Fill it in {_WHERE.get(about.split('.')[0], 'in the text of the program')}."
    for slot, text in _slots(letter):
        if not text.strip():
            yield Fault(f"The {slot} is empty.", where)
        elif _TORN.search(text):
            yield Fault(f"The {slot} has a gap: “{text}”.", where)
    if about in HAS_TIME and letter.when is None:
        yield Fault("The mail does not say when it is.", where)


def list_left_over(shown: Shown) -> Iterator[Fault]:
    """What stands in the text of a mail that is no word for people."""
    for found in dict.fromkeys(LEFT_OVER.findall(shown.text)):
        line = next(line for line in shown.text.splitlines() if found in line).strip()
        yield Fault(f"The mail prints “{found}”: {line}", "A field of it is empty: fill it in, or tell who wrote it.")


def _slots(letter: Letter) -> Iterator[tuple[str, str]]:
    yield from (
        ("subject", letter.subject),
        ("title", letter.title),
        *(("text", words) for words in letter.own_words),
        *(() if letter.own_words else (("opening", letter.opening),)),
        ("word of the button", letter.button.word),
        ("address of the button", letter.button.url),
        ("reason", letter.why),
        ("preview line", letter.preheader),
    )
    if letter.when is not None:
        yield "time", letter.when[0]
    for paragraph in letter.paragraphs:
        yield "paragraph", paragraph
    for things in letter.things:
        yield from _slots_of_list(things)
    if letter.way_out is not None:
        yield from _slots_of_way_out(letter.way_out)


def _slots_of_list(things: Things) -> Iterator[tuple[str, str]]:
    yield "head of the list", things.head
    if not things.items:
        yield f"list “{things.head}”", ""
    for line in things.items:
        yield f"line of “{things.head}”", line.word


def _slots_of_way_out(way_out: WayOut) -> Iterator[tuple[str, str]]:
    yield "way out", way_out.words
    yield "link of the way out", way_out.link_word
    yield "address of the way out", way_out.url
