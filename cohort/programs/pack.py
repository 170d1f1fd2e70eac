"""A program pack as frozen dataclasses: what a checked document says, without the reading and the checking.

Dates stay what the author wrote, expressions such as `workshop:kickoff+16d 17:00`; `schedule.dates` reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Competency:
    key: str
    title: str
    levels: tuple[str, ...]
    """Four descriptions, from "not yet" to "could teach it"."""
    behaviours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    key: str
    title: str
    kind: str
    """read, exercise or template."""
    minutes: int
    body: str
    """Markdown."""


@dataclass(frozen=True, slots=True)
class AgendaPoint:
    title: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Workshop:
    key: str
    title: str
    at: str
    minutes: int
    agenda: tuple[AgendaPoint, ...]
    alternative: str | None = None
    """When the second sitting is."""
    prework: str = ""
    prework_due: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    criterion: str
    levels: tuple[str, ...]
    """Four descriptions, from weakest to strongest."""


@dataclass(frozen=True, slots=True)
class Assignment:
    key: str
    title: str
    kind: str
    """text, file, link or template."""
    reviewed_by: str
    """mentor, facilitator or peers."""
    brief: str
    due: str
    rubric: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class MentorSession:
    key: str
    title: str
    by: str
    minutes: int
    agenda: tuple[AgendaPoint, ...]
    leaves_behind: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    key: str
    title: str
    competency: str
    """The key of the competency it develops, or `all`."""
    summary: str
    opens: str
    closes: str
    lessons: tuple[Lesson, ...]
    workshop: Workshop | None = None
    assignment: Assignment | None = None
    mentor_session: MentorSession | None = None
    reflection: str = ""
    discussion: str = ""


@dataclass(frozen=True, slots=True)
class CheckIn:
    key: str
    opens: str
    closes: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    key: str
    title: str
    kind: str
    """self or 360."""
    opens: str
    closes: str
    release: str | None = None
    """When the person assessed sees the answers of the others."""


@dataclass(frozen=True, slots=True)
class Milestone:
    key: str
    title: str
    at: str
    minutes: int


@dataclass(frozen=True, slots=True)
class KpiExample:
    """A baseline and a target that show the scale; participants take their own."""

    baseline: float
    target: float


@dataclass(frozen=True, slots=True)
class Kpi:
    key: str
    title: str
    unit: str
    better: str
    """up or down."""
    formula: str
    source: str
    example: KpiExample | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What earns the certificate."""

    modules: str = "all"
    attendance_percent: int = 0
    assignments: tuple[str, ...] = ()
    """Keys of the assignments that must be accepted."""
    final_reflection: bool = False


@dataclass(frozen=True, slots=True)
class ReminderRule:
    key: str
    about: str
    """The occasion it counts from, such as `assignment.due`."""
    offset: str
    """`-3d` in days, with a local time in `at`; `-24h` in hours, from the moment itself."""
    to: str
    """participant, pair, attendees, mentor or staff."""
    kind: str
    """critical goes out at once, digest may be gathered. The pack calls it `class`."""
    at: str | None = None
    unless: str | None = None
    """What holds it back once it is so, such as `submitted`."""
    subject: str | None = None
    """In staff's own words, with placeholders; None: as the product says it."""
    text: str | None = None

    def __hash__(self) -> int:
        """Rules are asked for in every cache of moments; their keys tell them apart."""
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class Pack:
    format: str
    key: str
    title: str
    summary: str
    language: str
    length_days: int
    competencies: tuple[Competency, ...]
    modules: tuple[Module, ...]
    checkins: tuple[CheckIn, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    completion: Completion = Completion()
    reminders: tuple[ReminderRule, ...] = ()

    def module(self, key: str) -> Module:
        """Raises KeyError when there is none; so do the other finders."""
        return _named(self.modules, key)

    def competency(self, key: str) -> Competency:
        return _named(self.competencies, key)

    def workshop(self, key: str) -> Workshop:
        return _named([module.workshop for module in self.modules if module.workshop], key)

    def assignment(self, key: str) -> Assignment:
        return _named([module.assignment for module in self.modules if module.assignment], key)

    def mentor_session(self, key: str) -> MentorSession:
        return _named([module.mentor_session for module in self.modules if module.mentor_session], key)

    def lesson(self, key: str) -> Lesson:
        return _named([lesson for module in self.modules for lesson in module.lessons], key)

    def checkin(self, key: str) -> CheckIn:
        return _named(self.checkins, key)

    def assessment(self, key: str) -> Assessment:
        return _named(self.assessments, key)

    def milestone(self, key: str) -> Milestone:
        return _named(self.milestones, key)


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


_Thing = TypeVar("_Thing", bound=_Keyed)


def _named(things: Iterable[_Thing], key: str) -> _Thing:
    for thing in things:
        if thing.key == key:
            return thing
    raise KeyError(key)


def build_pack(document: Document) -> Pack:
    """The pack that a checked document describes. It checks nothing: `packs.read_pack` has done so."""
    return Pack(
        **_without(
            document,
            "competencies",
            "modules",
            "checkins",
            "assessments",
            "milestones",
            "kpis",
            "completion",
            "reminders",
        ),
        competencies=tuple(_build_competency(entry) for entry in document["competencies"]),
        modules=tuple(_build_module(entry) for entry in document["modules"]),
        checkins=tuple(_build_checkin(entry) for entry in document.get("checkins", ())),
        assessments=tuple(Assessment(**entry) for entry in document.get("assessments", ())),
        milestones=tuple(Milestone(**entry) for entry in document.get("milestones", ())),
        kpis=tuple(_build_kpi(entry) for entry in document.get("kpis", ())),
        completion=_build_completion(document.get("completion", {})),
        reminders=tuple(_build_reminder(entry) for entry in document.get("reminders", ())),
    )


def _without(entry: Document, *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def _build_competency(entry: Document) -> Competency:
    return Competency(entry["key"], entry["title"], tuple(entry["levels"]), tuple(entry["behaviours"]))


def _build_module(entry: Document) -> Module:
    return Module(
        **_without(entry, "lessons", "workshop", "assignment", "mentor_session"),
        lessons=tuple(Lesson(**lesson) for lesson in entry["lessons"]),
        workshop=_build_workshop(entry["workshop"]) if "workshop" in entry else None,
        assignment=_build_assignment(entry["assignment"]) if "assignment" in entry else None,
        mentor_session=_build_mentor_session(entry["mentor_session"]) if "mentor_session" in entry else None,
    )


def _build_workshop(entry: Document) -> Workshop:
    return Workshop(**_without(entry, "agenda"), agenda=_build_agenda(entry))


def _build_mentor_session(entry: Document) -> MentorSession:
    return MentorSession(**_without(entry, "agenda"), agenda=_build_agenda(entry))


def _build_agenda(entry: Document) -> tuple[AgendaPoint, ...]:
    return tuple(AgendaPoint(**point) for point in entry["agenda"])


def _build_assignment(entry: Document) -> Assignment:
    rubric = tuple(Criterion(line["criterion"], tuple(line["levels"])) for line in entry["rubric"])
    return Assignment(**_without(entry, "rubric"), rubric=rubric)


def _build_checkin(entry: Document) -> CheckIn:
    return CheckIn(entry["key"], entry["opens"], entry["closes"], tuple(entry["questions"]))


def _build_kpi(entry: Document) -> Kpi:
    example = entry.get("example")
    return Kpi(**_without(entry, "example"), example=example and KpiExample(example["from"], example["to"]))


def _build_completion(entry: Document) -> Completion:
    return Completion(**_without(entry, "assignments"), assignments=tuple(entry.get("assignments", ())))


def _build_reminder(entry: Document) -> ReminderRule:
    return ReminderRule(**_without(entry, "class"), kind=entry["class"])
