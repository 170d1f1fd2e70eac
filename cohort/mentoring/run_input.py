"""The files of a run, in the contract that `cohort match` reads. They are its only input: what is matched was read from
them, so that the command makes the same of them as we did."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from hashlib import sha256

from cohort.cohorts.availability import format_availability, parse_availability
from cohort.cohorts.models import Cohort, Enrolment
from cohort.errors import DomainError
from cohort.mentoring.gathering import Couple, People
from cohort.mentoring.matching import Mentee, Rules
from cohort.mentoring.matching import Mentor as MentorFacts
from cohort.mentoring.matching.people import key
from cohort.mentoring.matching.reading import Faults, read_previous
from cohort.mentoring.matching.rosters import read_mentees, read_mentors
from cohort.mentoring.matching.rulesfile import read_rules
from cohort.mentoring.models import KeptApart, Mentor, Pairing, Side
from cohort.mentoring.settings import RunSettings
from cohort.mentoring.words import UNSAID_LEVEL
from cohort.people.languages import language_name
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of

STYLE = "style"
_SHARED_COLUMNS = ("name", "company", "email", "seniority", "timezone", "availability", "languages", STYLE)
MENTOR_COLUMNS = ("mentor_id", *_SHARED_COLUMNS, "capacity", "strengths", "ranked_mentees", "vetoed_mentees")
MENTEE_COLUMNS = ("mentee_id", *_SHARED_COLUMNS, "manager", "growth", "ranked_mentors", "vetoed_mentors")
_QUARTER = 15
_STANDARD = {"goals": 0, "timezone": 0}
"""What nobody is asked for, and what shared hours tell already."""


@dataclass(frozen=True)
class RunInput:
    """The bytes of the four files."""

    mentors: bytes
    mentees: bytes
    rules: bytes
    previous: bytes

    @property
    def files(self) -> dict[str, bytes]:
        return {
            "mentors.csv": self.mentors,
            "mentees.csv": self.mentees,
            "rules.toml": self.rules,
            "previous.csv": self.previous,
        }

    @property
    def rules_hash(self) -> str:
        return sha256(self.rules).hexdigest()[:12]

    @cached_property
    def read(self) -> tuple[list[MentorFacts], list[Mentee], Rules, list[tuple[str, str]]]:
        """What the engine takes. DomainError when somebody's facts cannot be said in these files."""
        faults = {name: Faults(name) for name in ("mentors", "mentees", "rules", "previous")}
        found = (
            read_mentors(self.mentors, faults["mentors"], [STYLE]),
            read_mentees(self.mentees, faults["mentees"], [STYLE]),
            read_rules(self.rules, faults["rules"]),
            read_previous(self.previous, faults["previous"]),
        )
        wrong = [error for one in faults.values() for error in one.errors]
        if wrong:
            raise DomainError(f"Nobody can be matched yet: {wrong[0].message} ({wrong[0].file}, row {wrong[0].row})")
        return found

    def steadied(self, stability: str, bonus_bp: int) -> "RunInput":
        """The same run, keeping more or less of the pairs of the run before."""
        head, tail = self.rules.split(_STABILITY_HEAD)
        rest = tail.split(b"\n\n", 1)[1]
        return replace(self, rules=head + _stability(stability, bonus_bp) + b"\n\n" + rest)


_STABILITY_HEAD = b"[stability]\n"


def _stability(mode: str, bonus_bp: int) -> bytes:
    return _STABILITY_HEAD + f'mode = "{mode}"\nbonus_bp = {bonus_bp}'.encode()


def engine_id(row_id: int) -> str:
    """Row ids as the engine sorts them: by number."""
    return f"{row_id:010d}"


def couple_of(mentee_id: str, mentor_id: str) -> Couple:
    return int(mentee_id), int(mentor_id)


def write_input(people: People, settings: RunSettings) -> RunInput:
    """Everybody who may be matched, with the pairs that stand as pins."""
    pinned = [one for one in people.standing if _can_be_pinned(people, one)]
    pins = {(one.enrolment_id, one.mentor_id) for one in pinned}
    held = Counter(one.mentor_id for one in people.standing)
    kept = Counter(mentor_id for _, mentor_id in pins)
    titles = _titles(people.pack)
    outside = {one.enrolment_id for one in people.standing} - {enrolment for enrolment, _ in pins}
    return RunInput(
        mentors=_table(
            MENTOR_COLUMNS,
            (_mentor_row(people, one, _capacity(one, held[one.id], kept[one.id]), titles) for one in people.mentors),
        ),
        mentees=_table(
            MENTEE_COLUMNS, (_mentee_row(people, one, titles) for one in people.enrolments if one.id not in outside)
        ),
        rules=_rules(people, settings, pins),
        previous=_table(
            ("mentee_id", "mentor_id"),
            (
                {"mentee_id": engine_id(one.enrolment_id), "mentor_id": engine_id(one.mentor_id)}
                for one in people.open_to_change
            ),
        ),
    )


def _can_be_pinned(people: People, pairing: Pairing) -> bool:
    """Both take part, and nothing absolute was said since; other pairs that stand hold their seat and no more."""
    mentor = people.by_mentor_id.get(pairing.mentor_id)
    enrolment = people.by_enrolment_id.get(pairing.enrolment_id)
    return mentor is not None and enrolment is not None and not absolute_reasons(people, mentor, enrolment)


def absolute_reasons(people: People, mentor: Mentor, enrolment: Enrolment) -> list[str]:
    """The rules that not even staff break, by the contract's codes, as far as they keep these two apart."""
    said = {_SIDES[one.side] for one in people.apart if (one.mentor_id, one.enrolment_id) == (mentor.id, enrolment.id)}
    email = key(mentor.person.email)
    facts = {
        "same_person": key(enrolment.person.email) == email,
        "line_manager": key(enrolment.manager_email or "") == email,
    }
    return [code for code, holds in facts.items() if holds] + [code for code in _SIDES.values() if code in said]


_SIDES: Mapping[Side, str] = {
    Side.PARTICIPANT: "mentee_veto",
    Side.MENTOR: "mentor_veto",
    Side.STAFF: "staff_forbid",
}


def _capacity(mentor: Mentor, held: int, pinned: int) -> int:
    """What a run may fill: of the pairs that the mentor holds, only those that are pinned are in the run."""
    return max(pinned, mentor.capacity - (held - pinned))


def _mentor_row(people: People, mentor: Mentor, capacity: int, titles: Mapping[str, str]) -> dict[str, str]:
    person = mentor.person
    levels = ((titles.get(one, one), (mentor.levels or {}).get(one, UNSAID_LEVEL)) for one in mentor.strengths or ())
    return {
        "mentor_id": engine_id(mentor.id),
        "name": person.name,
        "company": person.company or "",
        "email": person.email,
        "capacity": str(capacity),
        "seniority": str(person.seniority or ""),
        "timezone": person.time_zone,
        "availability": _hours(mentor.availability),
        "languages": _list(map(language_name, person.languages or ())),
        "strengths": _list(f"{name}:{level}" for name, level in levels),
        STYLE: _list(mentor.style or ()),
        "ranked_mentees": _list(map(engine_id, mentor.wishes or ())),
        "vetoed_mentees": _list(
            engine_id(one.enrolment_id) for one in _said(people, Side.MENTOR) if one.mentor_id == mentor.id
        ),
    }


def _mentee_row(people: People, enrolment: Enrolment, titles: Mapping[str, str]) -> dict[str, str]:
    person = enrolment.person
    priorities = range(3, 0, -1)  # the first area counts three times the third; more than three are not asked for
    areas = ((titles.get(one, one), weight) for one, weight in zip(enrolment.growth_areas, priorities, strict=False))
    return {
        "mentee_id": engine_id(enrolment.id),
        "name": person.name,
        "company": person.company or "",
        "email": person.email,
        "manager": enrolment.manager_email or "",
        "seniority": str(person.seniority or ""),
        "timezone": person.time_zone,
        "availability": _hours(enrolment.availability),
        "languages": _list(map(language_name, person.languages or ())),
        "growth": _list(f"{name}:{weight}" for name, weight in areas),
        STYLE: _list(enrolment.style or ()),
        "ranked_mentors": _list(map(engine_id, enrolment.wishes or ())),
        "vetoed_mentors": _list(
            engine_id(one.mentor_id) for one in _said(people, Side.PARTICIPANT) if one.enrolment_id == enrolment.id
        ),
    }


def _said(people: People, side: Side) -> Iterable[KeptApart]:
    return (one for one in people.apart if one.side is side)


@lru_cache(maxsize=10_000)
def _hours(text: str | None) -> str:
    """Kept, because every page of the studio writes those of everybody."""
    return format_availability(parse_availability(text or ""))


def _list(items: Iterable[str]) -> str:
    return ";".join(item.replace(";", ",") for item in items)


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _rules(people: People, settings: RunSettings, pins: set[Couple]) -> bytes:
    """Whole program sessions must fit, at the beginning, the middle and the end of the cohort."""
    pack = people.pack
    longest = max((each.mentor_session.minutes for each in pack.modules if each.mentor_session), default=60)
    weeks = [people.cohort.starts_on + timedelta(days=days) for days in (0, pack.length_days // 2, pack.length_days)]
    weights = _STANDARD | {name: weight for name, weight in settings.weights.items() if name != STYLE}
    constraints = {
        "forbid_same_company": settings.different_employer,
        "competitors": [list(group) for group in settings.competitors],
        "require_common_language": settings.shared_language,
        "require_meeting": settings.shared_hours,
        "meeting_minutes": -(-longest // _QUARTER) * _QUARTER,
        "min_starts": settings.least_starts,
        "min_score_bp": 100 * settings.least_fit,
        "reference_dates": [day.isoformat() for day in weeks],
    }
    if settings.least_gap is not None:
        constraints["min_seniority_gap"] = settings.least_gap
    style = {"name": STYLE, "kind": "overlap", "mentor_column": STYLE, "mentee_column": STYLE}
    forbids = {(one.enrolment_id, one.mentor_id) for one in _said(people, Side.STAFF)} | (people.declined - pins)
    blocks = [
        _block("[weights]", weights),
        _block("[constraints]", constraints),
        _stability("bonus", 0).decode(),
        _block("[[custom]]", style | {"weight": settings.weights.get(STYLE, 0)}),
        *(_couple("[[pin]]", couple) for couple in sorted(pins)),
        *(_couple("[[forbid]]", couple) for couple in sorted(forbids)),
    ]
    return ("\n\n".join(blocks) + "\n").encode()


def _block(head: str, values: Mapping[str, object]) -> str:
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return "\n".join([head, *lines])


def _couple(head: str, couple: Couple) -> str:
    return _block(head, {"mentee": engine_id(couple[0]), "mentor": engine_id(couple[1])})


def titles_of(cohort: Cohort) -> dict[str, str]:
    """Competencies as they stand inside a sentence: 'strategic thinking' by its key."""
    return _titles(pack_of(cohort.version))


def _titles(pack: Pack) -> dict[str, str]:
    return {one.key: one.title[:1].lower() + one.title[1:] for one in pack.competencies}


def facts_digest(given: RunInput) -> str:
    """What tells whether a run was about the people as they are: all but who is pinned."""
    rules = [block for block in given.rules.split(b"\n\n") if not block.startswith((b"[[pin]]", b"[stability]"))]
    return sha256(b"\n\n".join([given.mentors, given.mentees, *rules])).hexdigest()
