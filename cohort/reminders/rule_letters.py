"""A reminder sent to staff as a test of its rule."""

from dataclasses import replace

from cohort.clock import standing_at
from cohort.mail.letters import Desk, Letter, Moot
from cohort.programs.queries import pack_of
from cohort.reminders.letters import write_about
from cohort.reminders.occasions import Reader
from cohort.reminders.owing import owe
from cohort.reminders.rule_testing import find_occasion
from cohort.reminders.ruling import find_rule


def rule_test(desk: Desk) -> Letter:
    """The stored rule about one occasion, read by who asked for it at the moment at which it would leave."""
    cohort, params, person = desk.own_cohort, desk.message.params, desk.person
    found = find_rule(cohort, params["rule"])
    occasion = find_occasion(cohort, params["enrolment_id"], params["subject"])
    if found is None or occasion is None:
        raise Moot("what it was about is gone")
    owed = owe(found.rule, occasion, Reader(person.id, person.name, person.time_zone, person.wishes))
    with standing_at(owed.due_at):
        letter = write_about(replace(desk, now=owed.due_at), [owed], pack_of(cohort.version))
    return replace(
        letter,
        subject=f"[Test] {letter.subject}",
        why="you asked for this test of a reminder. It went to nobody else, and counts as none.",
        is_essential=True,
    )
