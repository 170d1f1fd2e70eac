"""Words of staff with places in them for what differs from reader to reader: `Bring {title}, {first_name}.` Pure.

The list of names is fixed, each exists only where a reminder knows it, and filling in is one pass over the text: what
stands in for a name is never looked at again.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from cohort.people.invisible import excerpt

_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_AROUND = 12
"""Characters shown beside a stray brace."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    words: str
    """What it stands for."""
    in_subject: bool = True

    @property
    def token(self) -> str:
        return f"{{{self.name}}}"


_READER = Placeholder("first_name", "the first name of who gets the mail")
_COHORT = Placeholder("cohort", "the name of this cohort")
_TITLE = Placeholder("title", "what it is about, by name")
_MENTOR = Placeholder("mentor", "the mentor’s name; “your mentor” where there is none yet")
_PARTICIPANT = Placeholder("participant", "the participant’s name")
_OTHER = Placeholder("other", "the first name of the other one of the pair")
_DAYS = Placeholder("days", "how far off it is on that day: “today”, “in three days”, “two days ago”")
_LINK = Placeholder("link", "the address of the page that the button opens", in_subject=False)
_DUE = (
    Placeholder("due", "until when, in the zone of who gets the mail"),
    Placeholder("due_host", "the same in the cohort’s zone"),
)
_WHEN = (
    Placeholder("when", "when it is, in the zone of who gets the mail"),
    Placeholder("when_host", "the same in the cohort’s zone"),
)
_START = Placeholder("start", "the first day of the cohort")
_MATCHED = Placeholder("matched", "the day on which the two were matched")
_CONTACT = Placeholder("last_contact", "the day on which the two were last in contact")
_PAIR = (_PARTICIPANT, _MENTOR, _OTHER)
_EVERYWHERE = (_READER, _COHORT, _DAYS, _LINK)


def placeholders_of(about: str) -> tuple[Placeholder, ...]:
    """Those that a reminder about this occasion can fill in."""
    return (*_EVERYWHERE, *_only_of(about))


def _only_of(about: str) -> tuple[Placeholder, ...]:
    match about:
        case "cohort.start":
            return (_START, _MENTOR)
        case "match.published":
            return (_MATCHED, *_PAIR)
        case "pair.last_contact":
            return (_CONTACT, *_PAIR)
        case "mentor_session.by":
            return (_TITLE, *_DUE, *_PAIR)
        case _ if about.endswith((".opens", ".starts", ".ends")):
            return (_TITLE, *_WHEN, _MENTOR)
        case _:
            return (_TITLE, *_DUE, _PARTICIPANT, _MENTOR)


def list_broken(text: str, about: str, *, is_subject: bool = False) -> Iterator[str]:
    """What is wrong with the placeholders of `text`, a sentence each."""
    known = {one.name: one for one in placeholders_of(about)}
    for name in dict.fromkeys(_IN_BRACES.findall(text)):
        if name not in known:
            yield _unknown(name, list(known))
        elif is_subject and not known[name].in_subject:
            yield f"{{{name}}} has no place in a subject: leave it out there."
    stray = _IN_BRACES.sub(lambda found: " " * len(found[0]), text)
    for at, char in enumerate(stray):
        if char in "{}":
            near = excerpt(text[max(0, at - _AROUND) : at + _AROUND + 1].replace("\n", " "))
            yield f"A single {char} stands at “{near}”: write both braces around a name, or leave it out."


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each {name} of `values` in its place; anything else in braces stays as it is."""
    return _IN_BRACES.sub(lambda found: values.get(found[1], found[0]), text)


def _unknown(name: str, known: list[str]) -> str:
    if not name.strip():
        return "Nothing stands between { and }: write a name from the list, or leave the braces out."
    close = get_close_matches(name.strip().lower().replace(" ", "_"), known, n=1)
    meant = f" Is {{{close[0]}}} meant?" if close else " The list beside the text has those that there are."
    return f"{excerpt(f'{{{name}}}')} is not a placeholder here.{meant}"
