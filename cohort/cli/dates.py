"""Commands that change when things are: each shows what it does, and does it unless --dry-run says not to."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from cohort.cli.common import DAY, DAYS, answer, as_json, cohort_called, in_app
from cohort.schedule.pushing import Push

dry_run = click.option("--dry-run", is_flag=True, help="Show what would change; change nothing, tell nobody.")


class WallTime(click.ParamType[datetime]):
    name = "local time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None or moment.second or moment.microsecond or len(value) < 16:
            self.fail(f"{value!r} is no local time. Write it in the cohort's zone, as 2027-03-09T15:30.", param, ctx)
        return moment


class Distance(click.ParamType[int]):
    """Days, from `1w`, `-2w` or `3d`."""

    name = "weeks or days"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([+-]?[0-9]{1,4})([dw])", value)
        if found is None:
            self.fail(f"{value!r} is no distance. Write weeks or days, such as 1w, -2w or 3d.", param, ctx)
        return int(found[1]) * (7 if found[2] == "w" else 1)


@click.command("move")
@click.argument("slug", metavar="COHORT")
@click.argument("item_id", metavar="ITEM_ID")
@click.option("--to", type=WallTime(), required=True, help="The new local time, as 2027-03-09T15:30.")
@dry_run
@as_json
@in_app
def move(slug: str, item_id: str, to: datetime, dry_run: bool, as_json: bool) -> None:
    """Move one item of COHORT; what hangs on it follows, what is pinned stays."""
    from cohort.schedule import moving

    words = f"Moved {item_id} to {to:%Y-%m-%d %H:%M}"
    _change(slug, lambda arrangement: moving.move(arrangement, item_id, to), words, dry_run, as_json)


@click.command("shift")
@click.argument("slug", metavar="COHORT")
@click.option("--from", "item_id", metavar="ITEM_ID", required=True, help="The first item that moves.")
@click.option("--by", "days", type=Distance(), required=True, help="1w, -2w, 3d.")
@dry_run
@as_json
@in_app
def shift(slug: str, item_id: str, days: int, dry_run: bool, as_json: bool) -> None:
    """Move everything of COHORT from one item on; what is pinned stays."""
    from cohort.schedule import moving

    words = f"Shifted everything from {item_id} on by {days} days"
    _change(slug, lambda arrangement: moving.shift(arrangement, item_id, days), words, dry_run, as_json)


@click.command("blackout")
@click.argument("slug", metavar="COHORT")
@click.argument("days", metavar="FIRST..LAST", type=DAYS)
@click.option("--push", type=click.Choice([Push.NEXT_DAY.value, Push.WEEKS.value]), help="What becomes of items there.")
@dry_run
@as_json
@in_app
def blackout(slug: str, days: tuple[date, date], push: str | None, dry_run: bool, as_json: bool) -> None:
    """Add days on which nothing of COHORT should happen."""
    from cohort.schedule import pushing

    first, last = days
    how = Push(push) if push else Push.NOTHING
    words = f"Added the blackout {first} to {last}"
    _change(slug, lambda arrangement: pushing.black_out(arrangement, first, last, how), words, dry_run, as_json)


@click.command("defer")
@click.argument("slug", metavar="COHORT")
@click.option("--to", "start", type=DAY, required=True, help="The new first day, a Monday.")
@dry_run
@as_json
@in_app
def defer(slug: str, start: date, dry_run: bool, as_json: bool) -> None:
    """Let the whole of COHORT begin on another day; what is pinned stays."""
    from cohort.schedule import moving

    words = f"Moved the start to {start}"
    _change(slug, lambda arrangement: moving.defer(arrangement, start), words, dry_run, as_json)


def _change(slug: str, alteration: Callable[[Any], Any], words: str, dry_run: bool, as_json: bool) -> None:
    from flask import current_app

    from cohort import clock
    from cohort.db import db
    from cohort.schedule import changing

    cohort, now = cohort_called(slug), clock.now()
    domain = current_app.extensions["settings"].mail_domain
    seen = changing.preview(cohort, alteration, by=None, mail_domain=domain, now=now)
    facts = _facts(seen, cohort.zone)
    if not dry_run and not seen.changes_nothing:
        changing.apply(cohort, alteration, summary=words, by=None, now=now, seen=seen.seen)
        db.session.commit()
    answer(_say(facts, dry_run), facts, as_json)


def _facts(seen: Any, zone: str) -> dict[str, Any]:
    from cohort.schedule.plan import write_local

    return {
        "changes": [
            {
                "id": move.id,
                "from": write_local(move.before, zone),
                "to": write_local(move.after, zone),
                "why": move.why,
            }
            for move in seen.moves
        ],
        "clashes": [{"code": it.code, "item": it.item, "with": it.other, "message": it.message} for it in seen.clashes],
        "mails": seen.mails,
        "people": seen.people,
    }


def _say(facts: dict[str, Any], dry_run: bool) -> str:
    from cohort.templating import count

    moves = [
        f"{it['id']}: {it['from'] or 'no date'} → {it['to'] or 'no date'}  ({it['why']})" for it in facts["changes"]
    ]
    clashes = [f"Look at this: {it['message']}" for it in facts["clashes"]]
    dates, people, mails = (
        count(len(moves), "date", "dates"),
        count(facts["people"], "person", "people"),
        count(facts["mails"], "mail", "mails"),
    )
    last = f"{dates} would move; {mails} would go to {people}." if dry_run else f"{dates} moved; {mails} to {people}."
    return "\n".join([*moves, *clashes, last])
