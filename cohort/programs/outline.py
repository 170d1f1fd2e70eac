"""A program pack in words: its dates and reminder rules as sentences, what it holds, and what a new text changes."""

from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from cohort.programs.pack import Document, Module, Pack, ReminderRule
from cohort.programs.packs import write_pack
from cohort.schedule.dates import describe, parse_expression
from cohort.schedule.items import list_entries

MOST_LINES = 400
"""Lines of a comparison that are shown; nobody reads on, and the page stays small."""

OCCASION_WORDS = {
    "cohort.start": "the cohort starts",
    "module.opens": "a module opens",
    "prework.due": "pre-work is due",
    "workshop.starts": "a workshop starts",
    "workshop.ends": "a workshop ends",
    "assignment.due": "an assignment is due",
    "feedback.owed": "feedback is owed",
    "checkin.opens": "a check-in opens",
    "checkin.closes": "a check-in closes",
    "assessment.closes": "an assessment closes",
    "match.published": "matches are published",
    "mentor_session.by": "the last day of a mentor session",
    "pair.last_contact": "a pair was last in touch",
}
AUDIENCE_WORDS = {
    "participant": "Participant",
    "pair": "Participant and mentor",
    "attendees": "Who attends",
    "mentor": "Mentor",
    "staff": "Staff",
}


class DateWords:
    """Says the date expressions of one pack in words: `Workshop Kickoff + 16 days at 17:00`."""

    def __init__(self, pack: Pack) -> None:
        self._titles = {f"module:{module.key}": module.title for module in pack.modules}
        self._titles |= {f"workshop:{it.key}": it.title for it in (module.workshop for module in pack.modules) if it}

    def __call__(self, expression: str) -> str:
        return describe(parse_expression(expression), self._titles)


@dataclass(frozen=True, slots=True)
class Part:
    """How much of one kind a pack holds."""

    one: str
    many: str
    number: int


def list_parts(pack: Pack) -> list[Part]:
    """What the pack holds, in numbers."""
    modules = pack.modules
    return [
        Part("module", "modules", len(modules)),
        Part("lesson", "lessons", sum(len(module.lessons) for module in modules)),
        Part("workshop", "workshops", sum(module.workshop is not None for module in modules)),
        Part("assignment", "assignments", sum(module.assignment is not None for module in modules)),
        Part("mentor session", "mentor sessions", sum(module.mentor_session is not None for module in modules)),
        Part("check-in", "check-ins", len(pack.checkins)),
        Part("date", "dates", sum(1 for _ in list_entries(pack))),
        Part("reminder rule", "reminder rules", len(pack.reminders)),
    ]


def competency_of(module: Module, pack: Pack) -> str:
    """The title of what the module develops."""
    return "All competencies" if module.competency == "all" else pack.competency(module.competency).title


def list_dates(module: Module) -> list[tuple[str, str]]:
    """The dates of a module: what, and its expression."""
    dates: list[tuple[str, str | None]] = [("Opens", module.opens)]
    if workshop := module.workshop:
        dates += [
            ("Pre-work due", workshop.prework_due),
            ("Workshop", workshop.at),
            ("Second sitting", workshop.alternative),
        ]
    if module.assignment:
        dates.append(("Assignment due", module.assignment.due))
    if module.mentor_session:
        dates.append(("Mentor session by", module.mentor_session.by))
    dates.append(("Closes", module.closes))
    return [(name, expression) for name, expression in dates if expression]


def completion_words(pack: Pack) -> list[str]:
    """What earns the certificate, one sentence each."""
    completion = pack.completion
    sentences = ["Every module worked through."]
    if completion.attendance_percent:
        sentences.append(f"At least {completion.attendance_percent}% of the workshops attended.")
    sentences += [f"“{pack.assignment(key).title}” accepted." for key in completion.assignments]
    if completion.final_reflection:
        sentences.append("A final reflection written.")
    return sentences


@dataclass(frozen=True, slots=True)
class RuleWords:
    when: str
    to: str
    unless: str
    is_critical: bool


def rule_words(rule: ReminderRule) -> RuleWords:
    """`3 days before an assignment is due, at 09:00`, to whom, and what holds it back."""
    occasion = OCCASION_WORDS[rule.about]
    at = f", at {rule.at}" if rule.at else ""
    return RuleWords(
        when=f"{_distance(rule.offset)} {occasion}{at}",
        to=AUDIENCE_WORDS[rule.to],
        unless=(rule.unless or "").replace("-", " "),
        is_critical=rule.kind == "critical",
    )


def _distance(offset: str) -> str:
    """`3 days before`, `1 hour after`, `On the day`, `At the moment`."""
    number, unit = int(offset[:-1]), {"d": "day", "h": "hour"}[offset[-1]]
    if number == 0:
        return "On the day" if unit == "day" else "As soon as"
    plural = "" if abs(number) == 1 else "s"
    return f"{abs(number)} {unit}{plural} {'before' if number < 0 else 'after'}"


def in_words(pack: Pack) -> dict[str, Any]:
    """What the templates need to show a pack."""
    return {
        "pack": pack,
        "words": DateWords(pack),
        "parts": list_parts(pack),
        "competencies": [competency_of(module, pack) for module in pack.modules],
        "rules": [rule_words(rule) for rule in pack.reminders],
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines that differ between two texts, with a little around them."""

    lines: tuple[str, ...]
    """As `difflib` writes them: the first character is `+`, `-`, `@` or a blank."""
    added: int
    removed: int
    more: int
    """Lines left out at the end."""


def compare(before: Document, after: Document) -> Comparison:
    """What importing `after` changes, line by line in the text of an export."""
    difference = unified_diff(write_pack(before).splitlines(), write_pack(after).splitlines(), n=2, lineterm="")
    lines = list(difference)[2:]  # after the names of the two files
    return Comparison(
        lines=tuple(lines[:MOST_LINES]),
        added=sum(line.startswith("+") for line in lines),
        removed=sum(line.startswith("-") for line in lines),
        more=max(0, len(lines) - MOST_LINES),
    )
