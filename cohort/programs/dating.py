"""The dates of a program one by one: where each stands in its document, and what comes of what somebody types there.

Pure. Whether a document with other dates is in order is what `packs.read_pack` says of its text; here each expression
is placed on the calendar of an example cohort, also while others are wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cohort.programs.pack import Document
from cohort.programs.source import Path
from cohort.schedule.dates import (
    Anchor,
    DateExpression,
    ExpressionError,
    Position,
    describe,
    parse_expression,
    place,
    trace,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one date stands."""

    name: str
    """`workshop.kickoff.at`: the same in every version that has it."""
    label: str
    path: Path
    text: str
    """Its expression; '' where the date may be left out and is."""
    is_optional: bool = False
    minutes: int | None = None
    """How long what it dates lasts; None for moments."""
    is_for_workdays: bool = False
    """People meet or hand something in then."""


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    title: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What stands under the box of a date: the day it gives, or what is wrong."""

    words: str
    is_wrong: bool = False


def list_places(document: Document) -> list[PlaceGroup]:
    """Every date of a program in the order of its pack: module by module, then what lies between the modules."""
    groups = [
        PlaceGroup(f"{number} {module['title']}", tuple(_of_module(module, ("modules", number - 1))))
        for number, module in enumerate(document["modules"], 1)
    ]
    between = (
        ("Check-ins", tuple(_of_checkins(document.get("checkins", ())))),
        ("Assessments", tuple(_of_assessments(document.get("assessments", ())))),
        ("Milestones", tuple(_of_milestones(document.get("milestones", ())))),
    )
    return groups + [PlaceGroup(title, places) for title, places in between if places]


def with_dates(document: Document, typed: Mapping[str, str]) -> dict[str, Any]:
    """A copy of `document` that says the dates of `typed`, by name; an optional date is left out where that is ''."""
    changed = deepcopy(dict(document))
    for one in all_places(list_places(document)):
        text = typed.get(one.name, one.text).strip()
        *way, field = one.path
        holder: Any = changed
        for step in way:
            holder = holder[step]
        if text or not one.is_optional:
            holder[field] = text
        else:
            holder.pop(field, None)
    return changed


def list_changes(document: Document, typed: Mapping[str, str]) -> dict[str, str]:
    """Of what was typed, by name, what differs from `document`."""
    before = {one.name: one.text for one in all_places(list_places(document))}
    return {name: text for name, text in typed.items() if text.strip() != before.get(name, "")}


def all_places(groups: Sequence[PlaceGroup]) -> Iterator[Place]:
    for group in groups:
        yield from group.places


def foresee(document: Document, *, start: date) -> dict[str, Said]:
    """What each date of `document` gives for a cohort that starts on `start`, by name."""
    places = list(all_places(list_places(document)))
    expressions = {one.name: _parse(one.text) for one in places}
    sound = {name: it for name, it in expressions.items() if isinstance(it, DateExpression)}
    anchors = {anchor: sound[name] for name, anchor in _anchors(places) if name in sound}
    positions, _ = trace(anchors)
    last = start + timedelta(days=document["length_days"] - 1)
    roots = {Anchor.START: start, Anchor.END: last}
    return {one.name: _say(one, expressions[one.name], positions, roots, start.year) for one in places}


def _parse(text: str) -> DateExpression | Said:
    if not text:
        return Said("Not set.")
    try:
        return parse_expression(text)
    except ExpressionError as error:
        return Said(error.message, is_wrong=True)


def _anchors(places: Sequence[Place]) -> Iterator[tuple[str, str]]:
    """(name, what others hang on): ('workshop.kickoff.at', 'workshop:kickoff')."""
    for one in places:
        kind, key, field = one.name.split(".")
        if (kind, field) in (("module", "opens"), ("workshop", "at")):
            yield one.name, f"{kind}:{key}"


def _say(
    one: Place,
    expression: DateExpression | Said,
    positions: Mapping[str, Position],
    roots: Mapping[Anchor, date],
    year: int,
) -> Said:
    if isinstance(expression, Said):
        return expression
    position = place(expression, positions)
    if position is None:
        return Said(f"It hangs on {expression.target}, which has no date.", is_wrong=True)
    if position.root not in roots:
        return Said(f"{describe(expression, {})}: a date once the matches are published.")
    day = roots[position.root] + timedelta(days=position.days)
    at = datetime.combine(day, expression.at)
    until = f" to {at + timedelta(minutes=one.minutes):%H:%M}" if one.minutes else ""
    words = f"{day:%a} {day.day} {day:%b}{'' if day.year == year else f' {day.year}'}, {at:%H:%M}{until}"
    return Said(f"{words}: a weekend" if one.is_for_workdays and day.weekday() >= 5 else words)


def _of_module(module: Document, path: Path) -> Iterator[Place]:
    key = module["key"]
    yield Place(f"module.{key}.opens", "Opens", (*path, "opens"), module["opens"])
    if workshop := module.get("workshop"):
        yield from _of_workshop(workshop, (*path, "workshop"))
    if assignment := module.get("assignment"):
        name, where = f"assignment.{assignment['key']}.due", (*path, "assignment", "due")
        yield Place(name, "Assignment due", where, assignment["due"], is_for_workdays=True)
    if session := module.get("mentor_session"):
        where = (*path, "mentor_session", "by")
        yield Place(f"session.{session['key']}.by", "Mentor session by", where, session["by"])
    yield Place(f"module.{key}.closes", "Closes", (*path, "closes"), module["closes"])


def _of_workshop(workshop: Document, path: Path) -> Iterator[Place]:
    key, minutes = workshop["key"], workshop["minutes"]
    yield Place(f"workshop.{key}.at", "Workshop", (*path, "at"), workshop["at"], minutes=minutes, is_for_workdays=True)
    yield Place(
        f"workshop.{key}.alternative",
        "Second sitting",
        (*path, "alternative"),
        workshop.get("alternative", ""),
        is_optional=True,
        minutes=minutes,
        is_for_workdays=True,
    )
    yield Place(
        f"workshop.{key}.prework_due",
        "Pre-work due",
        (*path, "prework_due"),
        workshop.get("prework_due", ""),
        is_optional=True,
        is_for_workdays=True,
    )


def _of_checkins(checkins: Sequence[Document]) -> Iterator[Place]:
    for index, checkin in enumerate(checkins):
        for field in ("opens", "closes"):
            label = f"Check-in {index + 1} {field}"
            yield Place(f"checkin.{checkin['key']}.{field}", label, ("checkins", index, field), checkin[field])


def _of_assessments(assessments: Sequence[Document]) -> Iterator[Place]:
    words = {"opens": "opens", "closes": "closes", "release": "results shown"}
    for index, assessment in enumerate(assessments):
        for field, word in words.items():
            yield Place(
                f"assessment.{assessment['key']}.{field}",
                f"{assessment['title']} {word}",
                ("assessments", index, field),
                assessment.get(field, ""),
                is_optional=field == "release",
            )


def _of_milestones(milestones: Sequence[Document]) -> Iterator[Place]:
    for index, milestone in enumerate(milestones):
        yield Place(
            f"milestone.{milestone['key']}.at",
            milestone["title"],
            ("milestones", index, "at"),
            milestone["at"],
            minutes=milestone["minutes"],
            is_for_workdays=True,
        )
