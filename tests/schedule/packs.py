"""Small packs, each with just the dates that a test is about."""

from datetime import datetime

from cohort.programs.pack import AgendaPoint, Assignment, Milestone, Module, Pack, Workshop


def wall(text: str) -> datetime:
    """A wall-clock time, `2027-03-09T15:30`, that belongs to no zone yet."""
    return datetime.fromisoformat(text)


def make_module(
    key: str,
    *,
    opens: str = "start+0d 08:00",
    closes: str = "start+20d 17:00",
    workshop: str | None = None,
    alternative: str | None = None,
    due: str | None = None,
) -> Module:
    """A module; with `workshop` it has one of two hours that carries the module's key, with `due` an assignment."""
    meeting = (
        Workshop(key, key.capitalize(), workshop, 120, (AgendaPoint("All", 120),), alternative) if workshop else None
    )
    assignment = Assignment(key, "Homework", "text", "mentor", "Do it.", due, ()) if due else None
    return Module(key, f"Module {key}", "all", "About.", opens, closes, (), meeting, assignment)


def make_pack(*modules: Module, milestones: dict[str, str] | None = None, length_days: int = 180) -> Pack:
    """`milestones` gives expressions by key; each milestone takes half an hour."""
    marks = tuple(Milestone(key, key.capitalize(), at, 30) for key, at in (milestones or {}).items())
    return Pack("cohort-program/1", "small", "Small", "About.", "en", length_days, (), modules, milestones=marks)
