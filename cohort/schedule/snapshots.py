"""What staff can change of an arrangement, written down and read again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from cohort.schedule.items import Entry, Kind
from cohort.schedule.plan import Adjustment, Arrangement


def snapshot(arrangement: Arrangement) -> dict[str, Any]:
    """What staff can change of an arrangement, as JSON holds it; `as_it_was` reads it."""
    return {
        "start": arrangement.start.isoformat(),
        "blackouts": [[first.isoformat(), last.isoformat()] for first, last in arrangement.blackouts],
        "adjustments": {item_id: _write_adjustment(it) for item_id, it in sorted(arrangement.adjustments.items())},
        "added": [
            [it.kind.value, it.key, it.title, it.expression, it.minutes, it.module_key] for it in arrangement.added
        ],
    }


def as_it_was(arrangement: Arrangement, facts: Mapping[str, Any]) -> Arrangement:
    """The arrangement that `snapshot` was taken of, for the program of `arrangement` and the matches of today."""
    return replace(
        arrangement,
        start=date.fromisoformat(facts["start"]),
        blackouts=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in facts["blackouts"]),
        adjustments={item_id: _read_adjustment(it) for item_id, it in facts["adjustments"].items()},
        added=tuple(Entry(Kind(kind), *rest) for kind, *rest in facts["added"]),
    )


def _write_adjustment(it: Adjustment) -> dict[str, Any]:
    return {
        "override": it.override,
        "days": it.days,
        "clock": it.clock.isoformat("minutes") if it.clock is not None else None,
        "pinned_on": it.pinned_on.isoformat() if it.pinned_on else None,
        "is_dropped": it.is_dropped,
        "reason": it.reason,
    }


def _read_adjustment(facts: Mapping[str, Any]) -> Adjustment:
    clock, pinned_on = facts["clock"], facts["pinned_on"]
    return Adjustment(
        **{
            **facts,
            "clock": time.fromisoformat(clock) if clock else None,
            "pinned_on": date.fromisoformat(pinned_on) if pinned_on else None,
        }
    )
