"""When a participant is reminded of an assignment, said on its page by the same rules that send the mails."""

from collections.abc import Iterable
from datetime import datetime

from cohort.people.wishes import Wishes
from cohort.programs.pack import ReminderRule
from cohort.reminders.leaving import leave


def list_reminders(
    rules: Iterable[ReminderRule], due: datetime, *, zone: str, wishes: Wishes, now: datetime
) -> list[datetime]:
    """The moments still to come at which a person in `zone` is reminded unless they have submitted, in order."""
    mine = (rule for rule in rules if rule.about == "assignment.due" and rule.to == "participant")
    leaving = [leave(rule, due, zone, wishes) for rule in mine]
    return sorted({one.at for one in leaving if not one.held and one.at > now})
