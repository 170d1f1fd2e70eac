"""The page of a workshop, and what participants do there: take a place, check in, tick, rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, may
from cohort.learning.blueprint import bp
from cohort.learning.finding import Page, WorkshopPage, find_workshop
from cohort.learning.progress import Ticked, tick, untick
from cohort.learning.queries import list_hosts
from cohort.learning.timeline import OwnItem, load_timeline
from cohort.limits import code_limit
from cohort.programs.pack import AgendaPoint
from cohort.schedule.items import Kind
from cohort.templating import count, moment
from cohort.workshops.attending import check_in, make_up, rate
from cohort.workshops.finding import OwnSittingPage, find_own_sitting
from cohort.workshops.forms import CodeForm
from cohort.workshops.models import WAS_THERE, Attendance, Place, PlaceState, Sitting
from cohort.workshops.queries import Held, list_comers, list_sittings, places_in_line
from cohort.workshops.rules import LINK_BEFORE, code_closes, code_opens, shows_link, takes_code
from cohort.workshops.seats import is_over
from cohort.workshops.signing_up import claim_place, confirm, excuse, leave_place, take_place
from cohort.workshops.words import STANDING_MAKE_UP

MOST_PEOPLE = 30
ATTENDANCE_TAGS = {
    Attendance.ATTENDED: ("ok", "check-circle-fill", "You were there"),
    Attendance.PART: ("info", "circle-half", "You were there for a part"),
    Attendance.EXCUSED: ("", "dash-lg", "You were excused"),
    Attendance.NO_SHOW: ("warn", "exclamation-triangle-fill", "Not there"),
}
STATE_TAGS = {
    PlaceState.HELD: ("ok", "check-lg", "You said yes"),
    PlaceState.OFFERED: ("warn", "hourglass-split", "A seat is kept for you"),
    PlaceState.WAITING: ("info", "hourglass-split", "You are in line"),
    PlaceState.EXCUSED: ("", "x-lg", "You cannot come"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One sitting as it stands for the reader."""

    held: Held
    place: Place | None
    line: int | None
    """The reader's place in its waiting line."""
    now: datetime

    @property
    def item(self) -> Any:
        return self.held.item

    @property
    def state(self) -> str:
        """The word of the place's state, '' without one; an offer that has ended is none."""
        if self.place is None or (self.place.state is PlaceState.OFFERED and not self.is_offered):
            return ""
        return self.place.state.value

    @property
    def is_offered(self) -> bool:
        until = self.place.offered_until if self.place else None
        return until is not None and until > self.now

    @property
    def is_over(self) -> bool:
        return is_over(self.held.item, self.now)

    @property
    def tag(self) -> tuple[str, str, str] | None:
        if self.place is None or not self.state:
            return None
        if self.place.attendance is not None:
            return ATTENDANCE_TAGS[self.place.attendance]
        if self.asks and not self.is_over:
            return ("warn", "hourglass-split", "Not confirmed yet")
        return STATE_TAGS.get(self.place.state)

    @property
    def asks(self) -> bool:
        """The sitting was moved, and the reader has not said yet whether they can still come."""
        place = self.place
        return place is not None and self.state == "held" and bool(place.confirm_asked_at) and not place.confirmed_at

    @property
    def seats_words(self) -> str:
        """`3 seats free`, `Full, 2 people wait`; '' where everybody has a seat."""
        free, waiting = self.held.free, self.held.tally.waiting
        if free is None:
            return ""
        if free and not waiting:
            return f"{count(free, 'seat', 'seats')} free"
        return "Full" + (f", {count(waiting, 'person waits', 'people wait')}" if waiting else "")

    @property
    def is_full(self) -> bool:
        return bool(self.seats_words) and self.seats_words.startswith("Full")


@bp.get("/cohorts/<key:slug>/workshops/<key:workshop>")
@access("workshop.see", find_workshop)
def workshop(page: WorkshopPage) -> ResponseReturnValue:
    now = clock.now()
    timeline = load_timeline(page.cohort.id, page.enrolment.id if page.enrolment else None)
    cards = _list_cards(page, timeline.sittings.get(page.workshop.key, ()), now)
    own = timeline.own_sitting(page.workshop.key)
    shown = next((card for card in cards if own and card.item.id == own.item.id), cards[0] if cards else None)
    sitting = shown.held.sitting if shown else None
    return render_template(
        "learning/workshop.html",
        cohort=page.cohort,
        module=page.module,
        module_number=page.number,
        workshop=page.workshop,
        is_open=page.is_open,
        is_own=page.enrolment is not None,
        has_answered=any(card.place is not None for card in cards),
        card=shown,
        others=[card for card in cards if card is not shown],
        sitting=sitting,
        link=_link(page, shown, now),
        link_opens=shown.item.at - LINK_BEFORE if shown and shown.item.at else None,
        prework=timeline.find(Kind.PREWORK_DUE, page.workshop.key),
        agenda=_agenda(page.workshop.agenda, shown.item.at if shown else None),
        people=_list_people(page, shown, sitting),
        total=shown.held.tally.held if shown else 0,
        most=MOST_PEOPLE,
        check_in=_check_in_words(shown, now),
        code_form=CodeForm(formdata=None),
        was_there=bool(shown and shown.place and shown.place.attendance in WAS_THERE),
        make_up=(sitting.make_up if sitting else "") or STANDING_MAKE_UP,
        may_run=may("workshop.roster", page.cohort),
        now=now,
    )


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/prework")
@access("progress.tick", find_workshop)
def tick_prework(page: WorkshopPage) -> ResponseReturnValue:
    if not page.is_open or not page.workshop.prework:
        abort(404)
    if request.form.get("do") == "undo":
        untick(page.own, Ticked.PREWORK, page.workshop.key)
        flash("The pre-work is marked as open.", "info")
    else:
        tick(page.own, Ticked.PREWORK, page.workshop.key, now=clock.now())
        flash("The pre-work is marked as done.", "success")
    db.session.commit()
    return _back(page)


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/take")
@access("place.take", find_own_sitting)
def take(page: OwnSittingPage) -> ResponseReturnValue:
    """A seat, or a place in the line; in exchange for another sitting once the seat is certain."""
    return _told(page, take_place(_own(page), page.item, now=clock.now()))


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/claim")
@access("place.take", find_own_sitting)
def claim(page: OwnSittingPage) -> ResponseReturnValue:
    return _told(page, claim_place(_own(page), page.item, now=clock.now()))


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/confirm")
@access("place.take", find_own_sitting)
def confirm_date(page: OwnSittingPage) -> ResponseReturnValue:
    confirm(_own(page), page.item, now=clock.now())
    return _done(page, "Good: you keep your place on the new date.")


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/leave")
@access("place.cancel", find_own_sitting)
def leave(page: OwnSittingPage) -> ResponseReturnValue:
    leave_place(_own(page), page.item, now=clock.now())
    return _done(page, "You are out of this sitting. The seat goes to the next in line, if somebody waits.")


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/excuse")
@access("place.cancel", find_own_sitting)
def excuse_oneself(page: OwnSittingPage) -> ResponseReturnValue:
    excuse(_own(page), page.item, now=clock.now())
    return _done(
        page, "You are excused, and get no more reminders of it. While there are seats, you can change your mind."
    )


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/stars")
@access("workshop.take-part", find_own_sitting)
def give_stars(page: OwnSittingPage) -> ResponseReturnValue:
    given = request.form.get("stars", "")
    rate(_own(page), page.item, stars=int(given) if given in ("1", "2", "3") else 0, now=clock.now())
    return _done(page, "Thank you. Staff see the mean of all, never who gave what.")


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/sittings/<id:sitting>/make-up")
@access("workshop.take-part", find_own_sitting)
def tick_make_up(page: OwnSittingPage) -> ResponseReturnValue:
    is_done = request.form.get("do") != "undo"
    make_up(_own(page), page.item, is_done=is_done, now=clock.now())
    return _done(page, "The make-up task is marked as done." if is_done else "The make-up task is marked as open.")


@bp.get("/cohorts/<key:slug>/workshops/<key:workshop>/check-in")
@access("workshop.take-part", find_workshop)
def check_in_page(page: WorkshopPage) -> ResponseReturnValue:
    """Where the code on the screen leads; nothing is noted before the button is pressed."""
    return _check_in_page(page, CodeForm(formdata=None, code=request.args.get("code", "")[:12]))


@bp.post("/cohorts/<key:slug>/workshops/<key:workshop>/check-in")
@access("workshop.take-part", find_workshop)
@code_limit
def check_oneself_in(page: WorkshopPage) -> ResponseReturnValue:
    form, own = CodeForm(), _own(page)
    if not form.validate():
        return _check_in_page(page, form, status=422)
    items = [held.item for held in list_sittings(page.cohort.id, page.workshop.key)]
    try:
        check_in(own, items, code=form.code.data, now=clock.now())
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        found = find_workshop(page.cohort.slug, page.workshop.key)
        return _check_in_page(found or page, form, status=refusal.status)
    return _done(page, "You are checked in.")


def _check_in_page(page: WorkshopPage, form: CodeForm, *, status: int = 200) -> ResponseReturnValue:
    return render_template("learning/check_in.html", cohort=page.cohort, workshop=page.workshop, form=form), status


def _own(page: Page) -> Enrolment:
    """The reader's place in the cohort. Raises Conflict for who takes no part, because seats are for participants."""
    if page.enrolment is None:
        raise Conflict("Places in workshops are for the participants of the cohort.")
    return page.enrolment


def _told(page: OwnSittingPage, place: Place) -> ResponseReturnValue:
    if place.state is PlaceState.HELD:
        return _done(page, f"You have a place: {_when(page)}.")
    number = places_in_line(place.enrolment_id, [place.item_id])[place.item_id]
    words = f"All seats are taken. You are number {number} in line, and are told by mail when one becomes free."
    return _done(page, words, kind="info")


def _when(page: OwnSittingPage) -> str:
    return moment(page.item.at, host=page.cohort.zone) if page.item.at else page.item.title


def _done(page: WorkshopPage, words: str, *, kind: str = "success") -> ResponseReturnValue:
    db.session.commit()
    flash(words, kind)
    return _back(page)


def _back(page: WorkshopPage) -> ResponseReturnValue:
    return redirect(url_for("learning.workshop", slug=page.cohort.slug, workshop=page.workshop.key))


def _list_cards(page: WorkshopPage, own: Sequence[OwnItem], now: datetime) -> list[Card]:
    places = {it.item.id: it.place for it in own}
    line = places_in_line(page.enrolment.id, list(places)) if page.enrolment else {}
    return [
        Card(held, places.get(held.item.id), line.get(held.item.id), now)
        for held in list_sittings(page.cohort.id, page.workshop.key)
    ]


def _link(page: WorkshopPage, card: Card | None, now: datetime) -> str:
    """The join link, for staff always, for who holds a place from a day before until the end; else nothing."""
    sitting: Sitting | None = card.held.sitting if card else None
    if card is None or sitting is None or not may("workshop.link", page):
        return ""
    if page.enrolment is None:
        return sitting.join_url if may("workshop.roster", page.cohort) else ""
    starts_at, ends_at = card.item.at, card.item.ends_at
    is_time = starts_at is not None and ends_at is not None and shows_link(starts_at, ends_at, now)
    return sitting.join_url if is_time and page.enrolment.is_in and card.state == "held" else ""


def _check_in_words(card: Card | None, now: datetime) -> dict[str, Any]:
    """Whether the check-in is shown, open, or when it opens; nothing once it has closed."""
    if card is None or card.item.at is None or card.item.dropped_at or now >= code_closes(card.item.at):
        return {}
    at = card.item.at
    return {"is_open": takes_code(at, now), "opens": code_opens(at), "closes": code_closes(at)}


def _list_people(page: WorkshopPage, card: Card | None, sitting: Sitting | None) -> list[dict[str, Any]]:
    """Who leads the sitting, then the first of those who come."""
    hosts = [sitting.facilitator] if sitting and sitting.facilitator else list_hosts(page.cohort.id)
    comers = list_comers(card.item.id, most=MOST_PEOPLE) if card else []
    return [
        *({"face": it.name, "mentor": True, "title": it.name, "meta": "Facilitator"} for it in hosts),
        *({"face": it.name, "title": it.name, "meta": it.company} for it in comers),
    ]


def _agenda(points: Sequence[AgendaPoint], starts_at: datetime | None) -> list[tuple[datetime | None, AgendaPoint]]:
    """Every point with when it begins, None while the workshop has no date."""
    begins, agenda = starts_at, []
    for point in points:
        agenda.append((begins, point))
        begins = begins + timedelta(minutes=point.minutes) if begins else None
    return agenda
