"""The one mail about moved dates: what moved for its reader since they were last told, in their own zone."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from cohort.clock import in_zone
from cohort.db import db
from cohort.mail.letters import MOST_LINES, Button, Desk, Letter, Line, Moot, Things
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem, ScheduleChange
from cohort.schedule.moving import Move
from cohort.schedule.queries import list_items
from cohort.schedule.telling import Told, list_told
from cohort.schedule.words import KIND_WORDS
from cohort.templating import count, moment
from cohort.workshops.models import Place


def schedule_changed(desk: Desk) -> Letter:
    changes = _changes_since(desk)
    told = list_told(desk.own_cohort, _net_moves(desk, changes), now=desk.now, only=desk.person.id)
    if not told:
        raise Moot("the dates are as they were when the mail would have left")
    moves, asked = told[0].moves, _asked_about(desk)
    lines = tuple(Line(_name(move), _dates(move, desk)) for move in moves)
    words = [change.message for change in changes if change.message and change.undone_at is None]
    return Letter(
        subject=_subject(moves, desk),
        title=_title(moves, desk),
        opening=f"dates of {desk.own_cohort.title} have changed. These are yours, in your own time zone."
        if len(moves) > 1
        else f"a date of {desk.own_cohort.title} has changed.",
        paragraphs=tuple(words),
        things=(
            Things(
                "What has changed",
                lines[:MOST_LINES],
                f"And {count(len(lines) - MOST_LINES, 'more date', 'more dates')} on your schedule."
                if len(lines) > MOST_LINES
                else "",
            ),
        ),
        button=_button(told[0], asked, desk),
        why="a date that concerns you has changed. Reminders follow the new dates.",
        preheader=" · ".join(f"{line.word}: {line.detail}" for line in lines[:2]),
    )


def _changes_since(desk: Desk) -> list[ScheduleChange]:
    since: int = desk.message.params["since"]
    return list(
        db.session.scalars(
            select(ScheduleChange)
            .where(ScheduleChange.cohort_id == desk.own_cohort.id, ScheduleChange.id >= since)
            .order_by(ScheduleChange.id)
        )
    )


def _net_moves(desk: Desk, changes: Iterable[ScheduleChange]) -> list[Move]:
    """From where things were before the first of the changes to where they are now."""
    now_at = {item.item_id: item for item in list_items(desk.own_cohort.id)}
    first: dict[str, tuple[str, datetime | None]] = {}
    for change in changes:
        for it in change.moves:
            first.setdefault(it["id"], (it["title"], datetime.fromisoformat(it["before"]) if it["before"] else None))
    moves = []
    for item_id, (title, before) in first.items():
        item = now_at.get(item_id)
        after = item.at if item else None
        if before != after:
            moves.append(Move(item_id, item.title if item else title, before, after, item.why if item else ""))
    return sorted(moves, key=lambda move: move.after or move.before or desk.now)


def _name(move: Move) -> str:
    kind = Kind(move.id.partition(":")[0])
    return f"{KIND_WORDS[kind]}: {move.title}"


def _dates(move: Move, desk: Desk) -> str:
    """`now Wed 2 Dec, 16:00 London; was Wed 25 Nov, 16:00`"""
    zone = desk.person.time_zone
    was = _short(move.before, zone) if move.before else ""
    if move.after is None:
        return f"does not take place; was {was}"
    becomes = moment(move.after, zone)
    return f"now {becomes}; was {was}" if was else f"new: {becomes}"


def _short(at: datetime, zone: str) -> str:
    local = in_zone(at, zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def _subject(moves: tuple[Move, ...], desk: Desk) -> str:
    sittings = [move for move in moves if move.id.partition(":")[0] in SITTINGS]
    first = (sittings or list(moves))[0]
    if first.after is None:
        return f"Cancelled: {_called(first)}, {desk.own_cohort.title}"
    becomes = moment(first.after, desk.person.time_zone)
    more = f", and {count(len(moves) - 1, 'more date', 'more dates')}" if len(moves) > 1 else ""
    if first.before is None:
        return f"New: {_called(first)}, {becomes}{more}"
    return f"Moved: {_called(first)} is now {becomes}{more}"


def _title(moves: tuple[Move, ...], desk: Desk) -> str:
    if len(moves) == 1:
        (move,) = moves
        return f"{_called(move)} is {'cancelled' if not move.after else 'moved' if move.before else 'new'}"
    return f"{count(len(moves), 'date', 'dates', words=True).capitalize()} of {desk.own_cohort.title} have changed"


def _called(move: Move) -> str:
    """Its title; pre-work bears that of its workshop, which may not have moved for the reader."""
    return f"Pre-work for {move.title}" if move.id.startswith(f"{Kind.PREWORK_DUE}:") else move.title


def _asked_about(desk: Desk) -> str | None:
    """The workshop whose new date the reader is asked to confirm."""
    return db.session.scalar(
        select(DatedItem.key)
        .join(Place, Place.item_id == DatedItem.id)
        .where(
            DatedItem.cohort_id == desk.own_cohort.id,
            DatedItem.at > desk.now,
            Place.enrolment.has(person_id=desk.person.id),
            Place.confirm_asked_at.is_not(None),
            Place.confirmed_at.is_(None),
        )
        .order_by(DatedItem.at, DatedItem.id)
        .limit(1)
    )


def _button(told: Told, asked: str | None, desk: Desk) -> Button:
    slug = desk.own_cohort.slug
    if asked is not None:
        return Button("Say whether you can come", desk.links.workshop(slug, asked), "One click on the page.")
    if told.role == "participant":
        return Button("Open your schedule", desk.links.schedule(slug))
    if told.role == "mentor":
        return Button("Open your mentees", desk.links.mentees(slug))
    return Button("Open the schedule", desk.links.cohort_schedule(slug))
