"""What a roster may say about a person: the fields of each kind, how their headers are called, what each accepts."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from cohort import clock
from cohort.cohorts.availability import Window, parse_availability
from cohort.errors import DomainError
from cohort.exports import as_typed
from cohort.people.addresses import check_address
from cohort.people.invisible import excerpt, is_out_of_place
from cohort.people.languages import CODE as LANGUAGE_CODE
from cohort.people.seniority import SENIORITY
from cohort.people.zones import suggest_zone

NAME_LENGTH = 120
LINE_LENGTH = 200
TEXT_LENGTH = 2_000
ITEM_LENGTH = 40
MAX_CAPACITY = 99
STAFF_ROLES = ("admin", "program lead", "facilitator", "observer")

Value = str | int | tuple[str, ...] | tuple[Window, ...] | None


class RosterKind(StrEnum):
    PARTICIPANT = "participant"
    MENTOR = "mentor"
    STAFF = "staff"


class FieldError(DomainError):
    """A cell does not hold what its field needs. The sentence quotes what was found and says what to do."""


@dataclass(frozen=True)
class RosterField:
    key: str
    label: str
    check: Callable[[str], Value]
    """Turns a trimmed, non-empty cell into the value to store; raises DomainError."""
    aliases: tuple[str, ...] = ()
    """Other headers it goes by; case, spaces and punctuation do not count."""
    required: bool = False
    empty: Value = ""
    """The value of a cell that is empty or not there."""

    @property
    def has_several(self) -> bool:
        """True when a cell may list several values, with ';' between them."""
        return self.empty == ()

    def read(self, cell: str) -> Value:
        text = as_typed(cell.strip()).strip()
        if text:
            return self.check(text)
        if self.required:
            raise FieldError(f"{'Only spaces' if cell else 'Empty'}, but required. Fill it in, or remove the row.")
        return self.empty

    def is_called(self, header: str) -> bool:
        return _plain(header) in {_plain(name) for name in (self.key, *self.aliases)}


def fields_of(kind: RosterKind, growth_areas: Sequence[str] = ()) -> tuple[RosterField, ...]:
    """The fields of a roster; `growth_areas` are the competency keys that the cells may name."""
    return (_EMAIL, _NAME, *_OTHERS[kind](growth_areas))


def check_line(text: str, *, limit: int = LINE_LENGTH) -> str:
    """One line of text, in NFC, with ordinary single spaces between the words."""
    composed = unicodedata.normalize("NFC", text)
    _refuse_hidden(composed)
    return _limited(" ".join(composed.split()), limit)


def check_text(text: str) -> str:
    """Text of several lines, in NFC, its line breaks as '\\n'."""
    composed = "\n".join(unicodedata.normalize("NFC", text).splitlines())
    _refuse_hidden(composed, but="\n\t")
    return _limited(composed, TEXT_LENGTH)


def check_zone(text: str) -> str:
    if clock.is_zone(text):
        return text
    meant = suggest_zone(text)
    advice = f"Did you mean {meant}?" if meant else "Write area and city, such as Europe/London."
    raise FieldError(f"“{excerpt(text)}” is not a time zone. {advice}")


def check_areas(text: str, *, known: Sequence[str]) -> tuple[str, ...]:
    """Competency keys, in the order written; capitals and spaces for hyphens are taken."""
    keys = {re.sub(r"[\s_]+", "-", item.casefold()): item for item in _items(text)}
    unknown = [item for key, item in keys.items() if key not in known]
    if unknown:
        quoted = " and ".join(f"“{excerpt(item)}”" for item in unknown[:3])
        raise FieldError(f"Unknown: {quoted}. Choose from {', '.join(known)}.")
    return tuple(keys)


def check_strengths(text: str, *, known: Sequence[str]) -> tuple[str, ...]:
    """Competency keys as `check_areas` reads them, each with or without a level from 1 to 5: 'communication:4'."""
    parted = [item.partition(":") for item in _items(text)]
    keys = check_areas(";".join(key for key, _, _ in parted), known=known)
    for key, colon, level in parted:
        if colon and not re.fullmatch(r"\s*[1-5]\s*", level):
            raise FieldError(f"“{excerpt(key + colon + level)}” has no level from 1 to 5. Write it as “{keys[0]}:4”.")
    if len(keys) < len(parted):
        raise FieldError("A strength is named twice. Keep one of them.")
    return tuple(f"{key}{colon}{level.strip()}" for key, (_, colon, level) in zip(keys, parted, strict=True))


def check_seniority(text: str) -> int:
    grades = {word.casefold(): grade for grade, word in SENIORITY.items()} | {str(grade): grade for grade in SENIORITY}
    grade = grades.get(text.casefold())
    if grade is None:
        raise FieldError(f"“{excerpt(text)}” is not a grade. Write a number from 1 (technician) to 10 (owner).")
    return grade


def check_languages(text: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(item.lower().replace("_", "-") for item in _items(text)))
    wrong = next((tag for tag in tags if not LANGUAGE_CODE.fullmatch(tag)), None)
    if wrong is not None:
        raise FieldError(f"“{excerpt(wrong)}” is not a language code. Write codes such as “en;es”.")
    return tags


def check_words(text: str) -> tuple[str, ...]:
    """Free words, in lower case, the first one of repeats."""
    return tuple(dict.fromkeys(check_line(item, limit=ITEM_LENGTH).lower() for item in _items(text)))


def check_capacity(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text):
        raise FieldError(f"“{excerpt(text)}” is not a number of participants. Write a number from 0 to {MAX_CAPACITY}.")
    return int(text)


def check_role(text: str) -> str:
    role = re.sub(r"[\s_-]+", " ", text.casefold())
    if role not in STAFF_ROLES:
        raise FieldError(f"“{excerpt(text)}” is not a staff role. Choose from {', '.join(STAFF_ROLES)}.")
    return role


def _check_availability(text: str) -> tuple[Window, ...]:
    return parse_availability(_limited(text, TEXT_LENGTH))


def _items(text: str) -> list[str]:
    return [item for item in (part.strip() for part in _limited(text, TEXT_LENGTH).split(";")) if item]


def _limited(text: str, limit: int) -> str:
    if len(text) > limit:
        raise FieldError(f"“{excerpt(text)}” is too long: {len(text):,} characters, at most {limit:,}. Shorten it.")
    return text


def _refuse_hidden(text: str, *, but: str = "") -> None:
    place = next((at for at, char in enumerate(text) if is_out_of_place(char) and char not in but), None)
    if place is not None:
        shown = excerpt(text[max(0, place - 20) :])
        raise FieldError(f"“{shown}” contains a line break or a character that cannot be seen. Type it again without.")


def _plain(header: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", header).casefold()))


_EMAIL = RosterField(
    "email",
    "E-mail address",
    check_address,
    ("E-mail address", "mail", "mail address", "work email", "work email address", "business email"),
    required=True,
)
_NAME = RosterField(
    "name",
    "Name",
    partial(check_line, limit=NAME_LENGTH),
    ("Full name", "display name", "employee name", "complete name"),
    required=True,
)
_COMPANY = RosterField(
    "company", "Company", check_line, ("Company name", "employer", "organisation", "organization", "organisation name")
)
_JOB_TITLE = RosterField("job_title", "Job title", check_line, ("Title", "position", "job", "job position"))
_SENIORITY = RosterField("seniority", "Seniority", check_seniority, ("Grade", "career stage"), empty=None)
_MANAGER = RosterField(
    "manager_email",
    "Manager’s e-mail address",
    check_address,
    (
        "Manager e-mail address",
        "line manager e-mail",
        "line manager e-mail address",
        "managers email",
        "supervisor email",
    ),
)
_ZONE = RosterField("time_zone", "Time zone", check_zone, ("Timezone", "tz", "IANA time zone"))
_LANGUAGES = RosterField("languages", "Languages", check_languages, ("Language", "spoken languages"), empty=())
_AVAILABILITY = RosterField(
    "availability", "Free hours", _check_availability, ("Free hours", "available hours", "weekly hours"), empty=()
)


def _participant_fields(known: Sequence[str]) -> tuple[RosterField, ...]:
    return (
        _COMPANY,
        _JOB_TITLE,
        _SENIORITY,
        _MANAGER,
        _ZONE,
        _LANGUAGES,
        RosterField(
            "growth_areas",
            "Growth areas",
            partial(check_areas, known=known),
            ("Wants to grow in", "growth area", "grow in"),
            empty=(),
        ),
        RosterField("on_call", "On call", check_line, ("On-call pattern", "on-call duty", "on-call rota")),
        _AVAILABILITY,
        RosterField("goal", "Personal goal", check_text, ("Personal goal", "my goal")),
    )


def _mentor_fields(known: Sequence[str]) -> tuple[RosterField, ...]:
    return (
        _COMPANY,
        _JOB_TITLE,
        _SENIORITY,
        _ZONE,
        _LANGUAGES,
        RosterField(
            "strengths",
            "Strengths",
            partial(check_strengths, known=known),
            ("Strength", "strong in", "can help with"),
            empty=(),
        ),
        RosterField("capacity", "Capacity", check_capacity, ("Seats", "mentee capacity", "places"), empty=None),
        _AVAILABILITY,
        RosterField("style", "Style", check_words, ("Mentoring style",), empty=()),
        RosterField("bio", "About", check_text, ("Biography", "about", "about me")),
    )


def _staff_fields(_: Sequence[str]) -> tuple[RosterField, ...]:
    return (RosterField("role", "Role", check_role, ("Staff role",), required=True), _ZONE)


_OTHERS = MappingProxyType(
    {
        RosterKind.PARTICIPANT: _participant_fields,
        RosterKind.MENTOR: _mentor_fields,
        RosterKind.STAFF: _staff_fields,
    }
)
