"""The format `cohort-program/1`: which fields a program pack has, in the order in which they are written."""

from collections.abc import Mapping
from typing import Any

from cohort.programs.combining import AUDIENCES, CLASSES, CONDITIONS, OCCASIONS, needs_time
from cohort.programs.fields import (
    LANGUAGE,
    OFFSET,
    Choice,
    Clock,
    Expression,
    Flag,
    Key,
    Levels,
    ListOf,
    Number,
    Record,
    Text,
    Use,
    Whole,
)
from cohort.programs.findings import Findings
from cohort.programs.source import Path

FORMAT = "cohort-program/1"

_TITLE = Text(200, one_line=True)
_TEXT = Text(5_000)
_PAGE = Text(50_000)
_DATE = Expression()
_MINUTES = Whole(1, 720)
_LEVELS = Levels(_TEXT)
_BILLION = 1_000_000_000


def _agenda_adds_up(session: Mapping[str, Any], path: Path, findings: Findings) -> None:
    if not ({"agenda", "minutes"} <= session.keys()):
        return
    if not (findings.is_sound((*path, "agenda")) and findings.is_sound((*path, "minutes"))):
        return
    total = sum(point["minutes"] for point in session["agenda"])
    if total != session["minutes"]:
        message = (
            f"The points of the agenda take {total} minutes, and minutes says {session['minutes']}: make them agree."
        )
        findings.refuse((*path, "agenda"), "agenda-minutes", message)


def _offset_fits_time(rule: Mapping[str, Any], path: Path, findings: Findings) -> None:
    if "offset" not in rule or not findings.is_sound((*path, "offset")):
        return
    in_days = needs_time(rule["offset"])
    if in_days and "at" not in rule and findings.is_sound((*path, "at")):
        message = f'An offset in days ({rule["offset"]}) comes with a local time: add at, such as "09:00".'
        findings.refuse((*path, "at"), "offset-needs-time", message)
    if not in_days and "at" in rule and findings.is_sound((*path, "at")):
        message = f"An offset in hours ({rule['offset']}) counts from the moment itself: leave at out."
        findings.refuse((*path, "at"), "offset-takes-no-time", message)


_AGENDA = ListOf(Record("point of an agenda", {"title": _TITLE, "minutes": _MINUTES}, in_line=True))

_COMPETENCY = Record(
    "competency", {"key": Key("competency"), "title": _TITLE, "levels": _LEVELS, "behaviours": ListOf(_TEXT)}
)
_LESSON = Record(
    "lesson",
    {
        "key": Key("lesson"),
        "title": _TITLE,
        "kind": Choice(("read", "exercise", "template")),
        "minutes": _MINUTES,
        "body": _PAGE,
    },
)
_WORKSHOP = Record(
    "workshop",
    {
        "key": Key("workshop"),
        "title": _TITLE,
        "at": _DATE,
        "minutes": _MINUTES,
        "alternative": _DATE,
        "prework": _TEXT,
        "prework_due": _DATE,
        "agenda": _AGENDA,
    },
    optional=("alternative", "prework", "prework_due"),
    agrees=_agenda_adds_up,
)
_ASSIGNMENT = Record(
    "assignment",
    {
        "key": Key("assignment"),
        "title": _TITLE,
        "kind": Choice(("text", "file", "link", "template")),
        "reviewed_by": Choice(("mentor", "facilitator", "peers")),
        "brief": _PAGE,
        "due": _DATE,
        "rubric": ListOf(Record("line of a rubric", {"criterion": _TITLE, "levels": _LEVELS})),
    },
)
_MENTOR_SESSION = Record(
    "mentor session",
    {
        "key": Key("mentor session"),
        "title": _TITLE,
        "by": _DATE,
        "minutes": _MINUTES,
        "agenda": _AGENDA,
        "leaves_behind": _TEXT,
        "prompt": _TEXT,
    },
    optional=("leaves_behind", "prompt"),
    agrees=_agenda_adds_up,
)
_MODULE = Record(
    "module",
    {
        "key": Key("module"),
        "title": _TITLE,
        "competency": Use("competency", every="all"),
        "summary": _PAGE,
        "opens": _DATE,
        "closes": _DATE,
        "lessons": ListOf(_LESSON, fewest=0),
        "workshop": _WORKSHOP,
        "assignment": _ASSIGNMENT,
        "mentor_session": _MENTOR_SESSION,
        "reflection": _TEXT,
        "discussion": _TEXT,
    },
    optional=("workshop", "assignment", "mentor_session", "reflection", "discussion"),
)
_CHECKIN = Record("check-in", {"key": Key("check-in"), "opens": _DATE, "closes": _DATE, "questions": ListOf(_TEXT)})
_ASSESSMENT = Record(
    "assessment",
    {
        "key": Key("assessment"),
        "title": _TITLE,
        "kind": Choice(("self", "360")),
        "opens": _DATE,
        "closes": _DATE,
        "release": _DATE,
    },
    optional=("release",),
    in_line=True,
)
_MILESTONE = Record(
    "milestone", {"key": Key("milestone"), "title": _TITLE, "at": _DATE, "minutes": _MINUTES}, in_line=True
)
_EXAMPLE = Record("example", {"from": Number(-_BILLION, _BILLION), "to": Number(-_BILLION, _BILLION)}, in_line=True)
_KPI = Record(
    "KPI",
    {
        "key": Key("KPI"),
        "title": _TITLE,
        "unit": _TITLE,
        "better": Choice(("up", "down")),
        "formula": _TEXT,
        "source": _TEXT,
        "example": _EXAMPLE,
    },
    optional=("example",),
    in_line=True,
)
_COMPLETION = Record(
    "completion",
    {
        "modules": Choice(("all",)),
        "attendance_percent": Whole(0, 100),
        "assignments": ListOf(Use("assignment"), fewest=0, most=100),
        "final_reflection": Flag(),
    },
    optional=("modules", "attendance_percent", "assignments", "final_reflection"),
    in_line=True,
)
_REMINDER = Record(
    "reminder",
    {
        "key": Key("reminder"),
        "about": Choice(OCCASIONS),
        "offset": OFFSET,
        "at": Clock(),
        "to": Choice(AUDIENCES),
        "unless": Choice(CONDITIONS),
        "class": Choice(CLASSES),
    },
    optional=("at", "unless"),
    agrees=_offset_fits_time,
    in_line=True,
)
PACK = Record(
    "program pack",
    {
        "format": Choice((FORMAT,)),
        "key": Key("program"),
        "title": _TITLE,
        "summary": _PAGE,
        "language": LANGUAGE,
        "length_days": Whole(1, 730),
        "competencies": ListOf(_COMPETENCY),
        "modules": ListOf(_MODULE, most=200),
        "checkins": ListOf(_CHECKIN, fewest=0, most=200),
        "assessments": ListOf(_ASSESSMENT, fewest=0, most=100),
        "milestones": ListOf(_MILESTONE, fewest=0, most=200),
        "kpis": ListOf(_KPI, fewest=0, most=100),
        "completion": _COMPLETION,
        "reminders": ListOf(_REMINDER, fewest=0, most=200),
    },
    optional=("checkins", "assessments", "milestones", "kpis", "completion", "reminders"),
)
