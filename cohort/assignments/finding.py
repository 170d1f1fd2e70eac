"""How the routes of assignments find what their address names."""

from dataclasses import dataclass

from flask import g

from cohort.assignments.models import Submission
from cohort.assignments.queries import find_work
from cohort.learning.finding import ModulePage, find_page, open_module
from cohort.programs.pack import Assignment


@dataclass(frozen=True, slots=True)
class AssignmentPage(ModulePage):
    assignment: Assignment


def find_assignment(slug: str, assignment: str) -> AssignmentPage | None:
    """An assignment of a module that is open for the reader; before that it is not there."""
    page = find_page(slug)
    opened = (
        open_module(page, lambda it: it.assignment is not None and it.assignment.key == assignment) if page else None
    )
    if opened is None or opened.module.assignment is None or not opened.is_open:
        return None
    return AssignmentPage(opened.cohort, opened.enrolment, opened.module, opened.number, True, opened.module.assignment)


def find_handed_in(submission_id: int) -> Submission | None:
    """Somebody's work with whose it is. The cohort is shown around it, except to an owner who left."""
    work = find_work(submission_id)
    if work is not None and work.enrolment.is_in:
        g.cohort = work.enrolment.cohort
    return work
