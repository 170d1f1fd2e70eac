"""What the lead of the demo changes about its dates, each change applied and told as from the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cohort.demo.people import LEAD, find_person
from cohort.demo.stage import Stage
from cohort.schedule import moving, pushing
from cohort.schedule.changing import apply
from cohort.schedule.doubts import write_day
from cohort.schedule.moving import Alteration
from cohort.schedule.pushing import Push

Told = Mapping[str, Any]


def change_dates(stage: Stage, told: Told, now: datetime) -> None:
    """Do one of the changes of story.yaml."""
    summary, alteration = _read(stage, told)
    apply(
        stage.cohort(),
        alteration,
        summary=summary,
        by=find_person(LEAD),
        message=told.get("message", "").strip(),
        asks=told.get("asks", False),
        now=now,
    )


def _read(stage: Stage, told: Told) -> tuple[str, Alteration]:
    """The words of the history, and the change itself."""
    match told:
        case {"black_out": [begins, ends]}:
            first, last = stage.calendar.day(begins), stage.calendar.day(ends)
            summary = f"Added the blackout {write_day(first)} to {write_day(last)}"
            return summary, lambda it: pushing.black_out(it, first, last, Push.NEXT_DAY)
        case {"move": [item_id, expression], "title": title}:
            to = stage.calendar.wall(expression)
            summary = f"Moved {title} to {write_day(to.date())}, {to:%H:%M}"
            return summary, lambda it: moving.move(it, item_id, to)
        case {"pin": item_id, "title": title}:
            return f"Pinned {title}", lambda it: moving.pin(it, item_id)
        case {"drop": item_id, "title": title}:
            return f"Dropped {title}", lambda it: moving.drop(it, item_id)
        case {"rule": [item_id, expression], "title": title}:
            return f"Gave {title} the date rule {expression}", lambda it: moving.override(it, item_id, expression)
        case {"add": [title, expression, minutes]}:
            return f"Added {title}", lambda it: moving.add_milestone(it, title, expression, minutes)
    raise ValueError(told)
