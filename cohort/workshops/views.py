"""Workshops for those who run them: the list, the run sheet of a sitting, its settings, its attendance, its code."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Verdict, decide
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, current_actor, may, me
from cohort.mail.links import Links
from cohort.templating import count
from cohort.workshops.attending import close_attendance, record, renew_code, reopen_attendance, walk_in
from cohort.workshops.finding import PlacePage, SittingPage, open_place, open_sitting
from cohort.workshops.forms import (
    MARK_WORDS,
    AboveForm,
    AttendanceFileForm,
    PersonForm,
    SettingsForm,
    mark_name,
    read_marks,
)
from cohort.workshops.importing_attendance import Preview, import_attendance, preview
from cohort.workshops.meeting_file import Meeting, read_meeting
from cohort.workshops.models import Attendance, Place, PlaceState, Sitting
from cohort.workshops.qr import draw
from cohort.workshops.queries import (
    Held,
    find_sitting,
    list_others,
    list_roster,
    list_sittings,
    list_staff,
    titles_of_sittings,
)
from cohort.workshops.rules import code_closes, code_opens
from cohort.workshops.settling import settle
from cohort.workshops.signing_up import leave_place, seat_above, take_place
from cohort.workshops.words import STANDING_MAKE_UP

bp = Blueprint("workshops", __name__)

Tag = tuple[str, str, str]
SETTLED = (PlaceState.HELD, PlaceState.EXCUSED)
"""States in which somebody stands on the run sheet with a mark."""


@bp.get("/cohorts/<key:slug>/workshops")
@access("workshop.roster", open_cohort)
def overview(cohort: Cohort) -> ResponseReturnValue:
    now = clock.now()
    sittings = list_sittings(cohort.id)
    return render_template(
        "workshops/overview.html",
        cohort=cohort,
        sittings=sittings,
        titles=titles_of_sittings([held.item for held in sittings]),
        link_tags={held.item.id: _link_tag(held, now) for held in sittings},
        attendance_tags={held.item.id: _attendance_tag(held, now) for held in sittings},
    )


@bp.get("/cohorts/<key:slug>/sittings/<id:sitting>")
@access("workshop.roster", open_sitting)
def sitting(page: SittingPage) -> ResponseReturnValue:
    return _sitting_page(page)


@bp.route("/cohorts/<key:slug>/sittings/<id:sitting>/settings", methods=["GET", "POST"])
@access("workshop.edit", open_sitting)
def settings(page: SittingPage) -> ResponseReturnValue:
    form = SettingsForm()
    form.offer(list_staff(page.cohort.id))
    if request.method == "GET":
        form.show(page.sitting)
    elif form.validate():
        try:
            settle(page.item, form.settings, version=form.version.data, now=clock.now())
        except Conflict as refusal:
            return _conflict_page(page, form, refusal)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _done(page, "The settings of this sitting are saved.")
    status = 422 if form.errors or form.form_errors else 200
    return _settings_page(page, form), status


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/attendance")
@access("attendance.record", open_sitting)
def take_attendance(page: SittingPage) -> ResponseReturnValue:
    """All rows at once; the second button marks everybody as there who has no mark."""
    places = list_roster(page.item.id)
    marks = read_marks(request.form, places)
    if request.form.get("do") == "rest":
        marks |= {
            place.enrolment_id: Attendance.ATTENDED
            for place in places
            if place.state is PlaceState.HELD and marks.get(place.enrolment_id, place.attendance) is None
        }
    number = record(page.item, marks, now=clock.now())
    return _done(page, f"{count(number, 'mark', 'marks')} changed." if number else "Nothing was changed.")


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/walk-ins")
@access("attendance.record", open_sitting)
def add_walk_in(page: SittingPage) -> ResponseReturnValue:
    form, others = _person_form(page)
    if not form.validate():
        return _sitting_page(page, walk_in_form=form), 422
    enrolment = form.chosen(others)
    walk_in(enrolment, page.item, attendance=Attendance.ATTENDED, now=clock.now())
    return _done(page, f"{enrolment.person.name} is noted as a walk-in.")


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/places")
@access("place.give", open_sitting)
def sign_up(page: SittingPage) -> ResponseReturnValue:
    form, others = _person_form(page)
    if not form.validate():
        return _sitting_page(page, sign_up_form=form), 422
    enrolment = form.chosen(others)
    place = take_place(enrolment, page.item, now=clock.now())
    if place.state is PlaceState.HELD:
        return _done(page, f"{enrolment.person.name} has a place in this sitting.")
    return _done(page, f"All seats are taken, so {enrolment.person.name} is on the waiting list.", kind="info")


@bp.route("/cohorts/<key:slug>/sittings/<id:sitting>/above-capacity", methods=["GET", "POST"])
@access("place.exceed", open_sitting)
def above(page: SittingPage) -> ResponseReturnValue:
    form = AboveForm()
    others = list_others(page.cohort.id, list_roster(page.item.id))
    form.offer(others)
    if form.validate_on_submit():
        enrolment = form.chosen(others)
        try:
            seat_above(enrolment, page.item, reason=form.reason.data, by=me(), now=clock.now())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _done(page, f"{enrolment.person.name} has a place in this sitting and gets a mail.")
    html = render_template("workshops/above.html", cohort=page.cohort, item=page.item, sitting=page.sitting, form=form)
    return html, 422 if form.errors or form.form_errors else 200


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/places/<id:place>/take-out")
@access("place.cancel", open_place)
def take_out(page: PlacePage) -> ResponseReturnValue:
    enrolment = page.place.enrolment
    leave_place(enrolment, page.item, now=clock.now())
    db.session.commit()
    flash(f"{enrolment.person.name} is out of this sitting. Nobody told them: write to them yourself.", "success")
    return redirect(url_for("workshops.sitting", slug=page.cohort.slug, sitting=page.item.id))


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/close")
@access("attendance.record", open_sitting)
def close(page: SittingPage) -> ResponseReturnValue:
    number = close_attendance(page.item, now=clock.now())
    told = f" {count(number, 'person gets', 'people get')} a mail with the make-up task." if number else ""
    return _done(page, f"The attendance is closed.{told}")


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/reopen")
@access("attendance.record", open_sitting)
def reopen(page: SittingPage) -> ResponseReturnValue:
    reopen_attendance(page.item, now=clock.now())
    return _done(page, "The attendance is open again. Who was mailed is not mailed a second time.")


@bp.get("/cohorts/<key:slug>/sittings/<id:sitting>/code")
@access("attendance.record", open_sitting)
def code(page: SittingPage) -> ResponseReturnValue:
    """The code for the screen of the room, with the picture that leads to the check-in."""
    shown = page.sitting.code if page.sitting else ""
    address = Links(current_app.extensions["settings"].base_url).check_in(page.cohort.slug, page.item.key)
    return render_template(
        "workshops/code.html",
        cohort=page.cohort,
        item=page.item,
        code=shown,
        address=address,
        picture=draw(f"{address}?code={shown}") if shown else None,
        opens=code_opens(page.item.at) if page.item.at else None,
        closes=code_closes(page.item.at) if page.item.at else None,
    )


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/code")
@access("attendance.record", open_sitting)
def make_code(page: SittingPage) -> ResponseReturnValue:
    renew_code(page.item, now=clock.now())
    db.session.commit()
    return redirect(url_for("workshops.code", slug=page.cohort.slug, sitting=page.item.id))


@bp.get("/cohorts/<key:slug>/sittings/<id:sitting>/import")
@access("attendance.record", open_sitting)
def choose_import(page: SittingPage) -> ResponseReturnValue:
    return _import_page(page, AttendanceFileForm(formdata=None))


@bp.post("/cohorts/<key:slug>/sittings/<id:sitting>/import")
@access("attendance.record", open_sitting)
def take_import(page: SittingPage) -> ResponseReturnValue:
    """First what would change, then, by the second button, the change."""
    form = AttendanceFileForm()
    try:
        meeting = _read(form)
        if request.form.get("step") == "import":
            done = import_attendance(page.item, meeting, now=clock.now())
            return _done(page, f"{count(sum(match.changes for match in done.matches), 'mark', 'marks')} changed.")
        return _import_page(page, form, meeting, preview(page.item, meeting))
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _import_page(_again(page), form, status=refusal.status)


def _read(form: AttendanceFileForm) -> Meeting:
    if not form.validate():
        raise DomainError("Choose the file that the meeting tool gave you.", field="file")
    meeting = read_meeting(form.read())
    if meeting.problem:
        raise DomainError(meeting.problem, field="file")
    return meeting


def _again(page: SittingPage) -> SittingPage:
    """The page after a rollback, loaded anew."""
    cohort = open_cohort(page.cohort.slug)
    found = find_sitting(page.cohort.id, page.item.id)
    return SittingPage(cohort, *found) if cohort and found else page


def _import_page(
    page: SittingPage,
    form: AttendanceFileForm,
    meeting: Meeting | None = None,
    shown: Preview | None = None,
    *,
    status: int = 200,
) -> ResponseReturnValue:
    html = render_template(
        "workshops/import.html",
        cohort=page.cohort,
        item=page.item,
        form=form,
        notices=meeting.notices if meeting else (),
        preview=shown,
        words=MARK_WORDS,
    )
    return html, status


def _sitting_page(
    page: SittingPage, *, sign_up_form: PersonForm | None = None, walk_in_form: PersonForm | None = None
) -> str:
    now = clock.now()
    places = list_roster(page.item.id)
    others = list_others(page.cohort.id, places)
    sittings = list_sittings(page.cohort.id, page.item.key)
    held = next(it for it in sittings if it.item.id == page.item.id)
    is_open = page.cohort.state is not CohortState.ARCHIVED
    is_begun = page.item.at is not None and now >= code_opens(page.item.at)
    return render_template(
        "workshops/sitting.html",
        cohort=page.cohort,
        item=page.item,
        held=held,
        sitting=page.sitting,
        which=titles_of_sittings([it.item for it in sittings])[page.item.id],
        roster=[place for place in places if place.state in SETTLED or place.attendance is not None],
        waiting=[place for place in places if place.state in (PlaceState.WAITING, PlaceState.OFFERED)],
        answer_tags={place.id: _answer_tag(place) for place in places},
        marks=[(mark.value, MARK_WORDS[mark]) for mark in Attendance],
        mark_name=mark_name,
        link_tag=_link_tag(held, now),
        attendance_tag=_attendance_tag(held, now),
        sign_up_form=sign_up_form or _offer(others),
        walk_in_form=walk_in_form or _offer(others),
        has_others=bool(others),
        now=now,
        is_begun=is_begun,
        is_closed=page.sitting is not None and page.sitting.closed_at is not None,
        may_edit=is_open and may("workshop.edit", page.cohort),
        may_record=is_open and may("attendance.record", page.cohort),
        may_give=is_open and may("place.give", page.cohort),
        may_take_out=is_open and may("place.cancel", page.cohort),
        may_exceed=is_open and _may_exceed(page.cohort),
    )


def _may_exceed(cohort: Cohort) -> bool:
    """True also for who gives the password again first."""
    return decide(current_actor(), "place.exceed", cohort.guard(), clock.now()) >= Verdict.CONFIRM


def _person_form(page: SittingPage) -> tuple[PersonForm, Sequence[Enrolment]]:
    others = list_others(page.cohort.id, list_roster(page.item.id))
    form = PersonForm()
    form.offer(others)
    return form, others


def _offer(others: Sequence[Enrolment]) -> PersonForm:
    form = PersonForm(formdata=None)
    form.offer(others)
    return form


def _settings_page(page: SittingPage, form: SettingsForm) -> str:
    return render_template(
        "workshops/settings.html",
        cohort=page.cohort,
        item=page.item,
        form=form,
        standing=STANDING_MAKE_UP,
        url=url_for("workshops.settings", slug=page.cohort.slug, sitting=page.item.id),
    )


def _conflict_page(page: SittingPage, form: SettingsForm, refusal: Conflict) -> ResponseReturnValue:
    """What is kept beside what was typed, which can be kept instead."""
    db.session.rollback()
    page = _again(page)
    form.version.data = page.sitting.version if page.sitting else 0
    form.offer(list_staff(page.cohort.id))
    html = render_template(
        "workshops/conflict.html",
        cohort=page.cohort,
        item=page.item,
        sitting=page.sitting,
        form=form,
        reason=refusal.message,
        standing=STANDING_MAKE_UP,
        url=url_for("workshops.settings", slug=page.cohort.slug, sitting=page.item.id),
    )
    return html, refusal.status


def _done(page: SittingPage, words: str, *, kind: str = "success") -> ResponseReturnValue:
    db.session.commit()
    flash(words, kind)
    return redirect(url_for("workshops.sitting", slug=page.cohort.slug, sitting=page.item.id))


def _link_tag(held: Held, now: datetime) -> Tag:
    sitting: Sitting | None = held.sitting
    if sitting is not None and sitting.join_url:
        return ("ok", "check-lg", "Link there")
    if sitting is not None and sitting.room:
        return ("", "geo-alt-fill", "Room only")
    is_over = held.item.ends_at is not None and held.item.ends_at <= now
    return ("", "dash-lg", "No link") if is_over else ("warn", "exclamation-triangle-fill", "No room, no link")


def _attendance_tag(held: Held, now: datetime) -> Tag:
    if held.sitting is not None and held.sitting.closed_at is not None:
        return ("ok", "lock-fill", f"Closed, {held.tally.attended + held.tally.part} came")
    if held.item.at is None or now < held.item.at:
        return ("", "calendar-event", "Ahead")
    if held.item.ends_at is not None and now < held.item.ends_at:
        return ("here", "play-fill", "Now")
    left = held.tally.unmarked
    return ("warn", "list-check", f"Open, {left} to mark") if left else ("", "list-check", "Not closed")


def _answer_tag(place: Place) -> Tag:
    if place.state is PlaceState.HELD and place.confirm_asked_at is not None:
        return ("ok", "check-lg", "Confirmed") if place.confirmed_at else ("warn", "hourglass-split", "Asked")
    if place.state is PlaceState.HELD and place.is_walk_in:
        return ("info", "people", "Walk-in")
    return {
        PlaceState.HELD: ("ok", "check-lg", "Above the seats" if place.above_reason else "Place"),
        PlaceState.WAITING: ("info", "hourglass-split", "Waits"),
        PlaceState.EXCUSED: ("", "x-lg", "Excused beforehand"),
        PlaceState.LEFT: ("", "dash-lg", "Gave it up"),
        PlaceState.OFFERED: ("warn", "hourglass-split", "Seat kept"),
    }[place.state]
