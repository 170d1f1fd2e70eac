"""Every change of dates that staff can ask for: what it asks, what it would do, and what it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from flask import abort, request

from cohort import clock
from cohort.cohorts.models import Cohort
from cohort.forms import options
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import find_latest_version
from cohort.schedule import moving, pushing
from cohort.schedule.adopting import taking
from cohort.schedule.busy import find_busy_between
from cohort.schedule.deriving import arrangement_of
from cohort.schedule.finding import DeedPage, ItemPage
from cohort.schedule.forms import (
    BlackoutForm,
    ChangeForm,
    DeferForm,
    ExpressionForm,
    MilestoneForm,
    MoveForm,
    OpenForm,
    ShiftForm,
    VersionForm,
)
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.moving import Alteration, Scope, Take
from cohort.schedule.pushing import Push
from cohort.schedule.queries import list_items
from cohort.schedule.slots import Slot, suggest_slots
from cohort.schedule.words import KIND_WORDS, kind_word
from cohort.templating import count, day

F = TypeVar("F", bound=ChangeForm)
LOOK_AHEAD = timedelta(days=40)
"""How far suggested slots go."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A change as it is asked for so far."""

    title: str
    """`Move Hard talks rehearsal`: the heading of its page."""
    verb: str
    """`Move`: the first word of the button that applies it."""
    form: ChangeForm | None
    """What can be chosen; None when there is nothing to choose."""
    alteration: Alteration | None = None
    """None until everything is chosen."""
    summary: str = ""
    """`Moved Hard talks rehearsal to Wed 2 Dec 2026, 10:00`: what the history says."""
    help: str = ""
    hints: Mapping[str, str] | None = None
    """Of the suggested slots: what they collide with."""
    version: ProgramVersion | None = None


Chosen = tuple[Alteration, str]
"""What comes of the choices, and what the history says of it."""


def ask_item(page: ItemPage) -> Asked:
    return ITEM_DEEDS[page.deed](page)


def ask_cohort(page: DeedPage) -> Asked:
    return COHORT_DEEDS[page.deed](page.cohort)


def _move(page: ItemPage) -> Asked:
    cohort, item = page.cohort, page.item
    local = clock.in_zone(item.at, cohort.zone) if item.at else None
    form = _filled(MoveForm, day=local.date() if local else None, at=local.time() if local else None)
    slots = _suggest(page) if item.kind in SITTINGS and item.at else []
    form.offer([(slot.at, f"{day(slot.at.date())}, {slot.at:%H:%M}") for slot in slots])
    form.at.label.text = f"{clock.city(cohort.zone)} time"
    hints = {f"{slot.at:%Y-%m-%dT%H:%M}": _in_the_way(slot) for slot in slots}

    def choose() -> Chosen:
        to, scope = form.to, Scope(form.scope.data)
        words = f"Moved {item.title} ({kind_word(item.kind)}) to {day(to.date())}, {to:%H:%M}"
        return lambda it: moving.move(it, item.item_id, to, scope), words

    return _ask(Asked(f"Move {item.title}", "Move", form, hints=hints), choose)


def _suggest(page: ItemPage) -> list[Slot]:
    now = clock.now()
    first = max(page.item.at or now, now)
    busy = find_busy_between(page.cohort, first, first + LOOK_AHEAD, now=now)
    return suggest_slots(arrangement_of(page.cohort), page.item.item_id, busy=busy, now=now)


def _in_the_way(slot: Slot) -> str:
    if not slot.clashes:
        return "Nothing is in the way."
    words = {"away": "away", "on-call": "on call", "session": "in a mentoring session"}
    people = [f"{clash.other} {words[clash.code]}" for clash in slot.clashes if clash.code in words]
    other = [clash for clash in slot.clashes if clash.code not in words]
    said = [*people[:2], *([f"{len(people) - 2} more people"] if len(people) > 2 else [])]
    said += [clash.code.replace("-", " ") for clash in other]
    return f"{count(len(slot.clashes), 'thing', 'things')} in the way: {', '.join(said)}."


def _pin(page: ItemPage) -> Asked:
    return _simple(
        page,
        "Pin",
        f"Pinned {page.item.title}",
        lambda arrangement: moving.pin(arrangement, page.item.item_id),
        "It stays on this day, whatever moves around it.",
    )


def _let_go(page: ItemPage) -> Asked:
    return _simple(
        page,
        "Put back",
        f"Put {page.item.title} back to where the program has it",
        lambda arrangement: moving.let_go(arrangement, page.item.item_id),
        "It goes back to where the program puts it: no pin, no move, no expression of its own.",
    )


def _drop(page: ItemPage) -> Asked:
    return _simple(
        page,
        "Drop",
        f"Dropped {page.item.title}",
        lambda arrangement: moving.drop(arrangement, page.item.item_id),
        "It does not take place in this cohort. What hangs on it stays where it is; you can hold it again later.",
    )


def _restore(page: ItemPage) -> Asked:
    return _simple(
        page,
        "Hold again",
        f"Holds {page.item.title} again",
        lambda arrangement: moving.restore(arrangement, page.item.item_id),
        "It takes place after all.",
    )


def _simple(page: ItemPage, verb: str, summary: str, alteration: Alteration, help: str) -> Asked:
    kind = kind_word(page.item.kind)
    title = f"{verb}: {page.item.title}" if " " in verb else f"{verb} {page.item.title}"
    return Asked(title, verb, None, alteration, f"{summary} ({kind})", help)


def _override(page: ItemPage) -> Asked:
    item = page.item
    form = _filled(ExpressionForm, expression=item.override or item.expression)
    help = f"Only for this cohort. The program says {item.expression}."

    def choose() -> Chosen:
        expression = form.expression.data
        words = f"Gave {item.title} ({kind_word(item.kind)}) the date rule {expression}"
        return lambda it: moving.override(it, item.item_id, expression), words

    return _ask(Asked(f"Another date rule for {item.title}", "Use this rule", form, help=help), choose)


def _sitting(page: ItemPage) -> Asked:
    item = page.item
    if item.kind != Kind.WORKSHOP:
        abort(404)
    form = _filled(ExpressionForm, expression=f"workshop:{item.key}+1d 15:00")

    def choose() -> Chosen:
        expression = form.expression.data
        return lambda it: moving.add_sitting(it, item.key, expression), f"Added a sitting to {item.title}"

    help = "People take a place in one of the sittings; three at most."
    return _ask(Asked(f"Add a sitting to {item.title}", "Add", form, help=help), choose)


def _shift(cohort: Cohort) -> Asked:
    form = _filled(ShiftForm)
    items = list_items(cohort.id)
    form.item.choices = options(
        (item.item_id, f"{day(item.at, cohort.zone)}: {KIND_WORDS[Kind(item.kind)]}, {item.title}")
        for item in items
        if item.at is not None
    )

    def choose() -> Chosen:
        first, days = form.item.data, form.by.days
        title = next(item.title for item in items if item.item_id == first)
        return lambda it: moving.shift(it, first, days), f"Shifted everything from {title} on by {_distance(days)}"

    help = "Dates before it stay, and so does what is pinned."
    return _ask(Asked("Shift dates", "Shift", form, help=help), choose)


def _distance(days: int) -> str:
    sign = "−" if days < 0 else ""
    size = abs(days)
    if size % 7 == 0:
        return f"{sign}{count(size // 7, 'week', 'weeks')}"
    return f"{sign}{count(size, 'day', 'days')}"


def _blackout(cohort: Cohort) -> Asked:
    form = _filled(BlackoutForm)

    def choose() -> Chosen:
        first, last, push = form.first.data, form.last.data, Push(form.push.data)
        words = f"Added the blackout {day(first)} to {day(last)}"
        return lambda it: pushing.black_out(it, first, last, push), words

    return _ask(Asked("Add a blackout", "Add the blackout", form), choose)


def _open_up(cohort: Cohort) -> Asked:
    form = _filled(OpenForm)
    if not _is_chosen(form):
        abort(404)
    first, last = form.first.data, form.last.data
    days = f"the blackout {day(first)} to {day(last)}"
    return Asked(
        f"Remove {days}",
        "Remove the blackout",
        None,
        lambda it: pushing.open_up(it, first, last),
        f"Removed {days}",
        "What was moved because of it stays where it is now: shift it back if you want to.",
    )


def _defer(cohort: Cohort) -> Asked:
    form = _filled(DeferForm, starts_on=cohort.starts_on)

    def choose() -> Chosen:
        start = form.starts_on.data
        words = f"Moved the start from {day(cohort.starts_on)} to {day(start)}"
        return lambda it: moving.defer(it, start), words

    help = "Everything moves with it but what is pinned and what hangs on the matches. Blackout days stay."
    return _ask(Asked("Move the whole cohort", "Move the cohort", form, help=help), choose)


def _milestone(cohort: Cohort) -> Asked:
    form = _filled(MilestoneForm)

    def choose() -> Chosen:
        title, expression, minutes = form.title.data, form.expression.data, form.minutes.data
        return lambda it: moving.add_milestone(it, title, expression, minutes), f"Added {title}"

    help = "Only in this cohort. Write when it is: an anchor, days, a time, such as start+16d 17:00."
    return _ask(Asked("Add a date", "Add", form, help=help), choose)


def _version(cohort: Cohort) -> Asked:
    latest = find_latest_version(cohort.version.program.key)
    if latest is None or latest.id == cohort.version_id:
        abort(404)
    form = _filled(VersionForm)

    def choose() -> Chosen:
        take, now = Take(form.take.data), clock.now()
        what = "what is still to come" if take is Take.FUTURE else "everything"
        return _lazily(cohort, latest, take, now), f"Took version {latest.number} for {what}"

    title = f"Take version {latest.number} of {latest.program.title}"
    help = f"This cohort runs on version {cohort.version.number}. It keeps that until you take the newer one over."
    return _ask(Asked(title, "Take the version", form, help=help, version=latest), choose)


def _lazily(cohort: Cohort, version: ProgramVersion, take: Take, now: datetime) -> Alteration:
    """Its refusal is shown where those of other changes are."""
    return lambda arrangement: taking(cohort, version, take, now=now)(arrangement)


def _filled(kind: type[F], **defaults: object) -> F:
    """The form as the address has it; with its defaults when it is opened."""
    return kind(formdata=request.args) if request.args else kind(formdata=None, data=defaults)


def _ask(asked: Asked, choose: Callable[[], Chosen]) -> Asked:
    """With what comes of the form, once it is filled in."""
    if asked.form is None or not _is_chosen(asked.form):
        return asked
    alteration, summary = choose()
    return replace(asked, alteration=alteration, summary=summary)


def _is_chosen(form: ChangeForm) -> bool:
    return bool(request.args) and form.validate()


ITEM_DEEDS: Mapping[str, Callable[[ItemPage], Asked]] = {
    "move": _move,
    "pin": _pin,
    "put-back": _let_go,
    "rule": _override,
    "drop": _drop,
    "restore": _restore,
    "sitting": _sitting,
}
COHORT_DEEDS: Mapping[str, Callable[[Cohort], Asked]] = {
    "shift": _shift,
    "blackout": _blackout,
    "open": _open_up,
    "start": _defer,
    "date": _milestone,
    "version": _version,
}
