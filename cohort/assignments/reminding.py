"""When a participant is reminded of an assignment, said on its page by the same rules that send the mails."""

from collections.abc import Iterable
from datetime import datetime

from cohort.programs.pack import ReminderRule
from cohort.reminders.timing import due_at


def list_reminders(
    rules: Iterable[ReminderRule], due: datetime, *, zone: str, takes_digest: bool, now: datetime
) -> list[datetime]:
    """The moments still to come at which a person in `zone` is reminded unless they have submitted, in order.

    `takes_digest` is False for somebody who turned off mail that can wait.
    """
    speaking = (
        rule
        for rule in rules
        if rule.about == "assignment.due" and rule.to == "participant" and (takes_digest or rule.kind == "critical")
    )
    return sorted(at for at in {due_at(rule, due, zone) for rule in speaking} if at > now)
