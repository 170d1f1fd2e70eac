"""Days away and on call: noted one range at a time, or chosen out of a calendar file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, me
from cohort.people.away import MOST, Days, add_all, add_away, find_away, remove_away
from cohort.people.away_file import LARGEST, FoundDays, Reading, read_calendar
from cohort.people.away_rows import span_words
from cohort.people.blueprint import bp
from cohort.people.forms import AwayForm, CalendarFileForm, EmptyForm
from cohort.people.models import Away, AwayKind, Person
from cohort.people.queries import list_own_away
from cohort.templating import count

UNREADABLE = "This list of days cannot be read. Upload the file again."


@dataclass(frozen=True, slots=True)
class Offer:
    """A range out of a file, to be chosen or not. It travels in the page: nothing is kept before it is chosen."""

    days: Days
    title: str
    is_chosen: bool

    @property
    def value(self) -> str:
        """`2026-11-30/2026-12-06`"""
        return f"{self.days.first.isoformat()}/{self.days.last.isoformat()}"

    @property
    def words(self) -> str:
        return span_words(self.days.first, self.days.last)


@bp.get("/away")
@access("account.away", me)
def away(person: Person) -> ResponseReturnValue:
    return _page(person, AwayForm(formdata=None))


@bp.post("/away")
@access("account.away", me)
def add_days(person: Person) -> ResponseReturnValue:
    form = AwayForm()
    if form.validate():
        days = Days(AwayKind(form.kind.data), form.first.data, form.last.data)
        try:
            add_away(person, days, now=clock.now())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"Noted: {days.kind.value} {span_words(days.first, days.last)}.", "success")
            return redirect(url_for("people.away"))
    return _page(person, form), 422


@bp.post("/away/<id:away_id>/remove")
@access("account.away", find_away)
def remove_days(away: Away) -> ResponseReturnValue:
    words = f"{away.kind.value} {span_words(away.first, away.last)}"
    remove_away(away)
    db.session.commit()
    flash(f"Removed: {words}.", "info")
    return redirect(url_for("people.away"))


@bp.post("/away/file")
@access("account.away", me)
def read_file(person: Person) -> ResponseReturnValue:
    """Show what a calendar file holds; nothing of it is kept."""
    form = CalendarFileForm()
    if not form.validate():
        return _page(person, AwayForm(formdata=None), form), 422
    zone, upload = person.time_zone, request.files["calendar"]
    data = upload.read(LARGEST + 1)
    upload.close()
    db.session.rollback()  # reading takes a while: no transaction stays open meanwhile
    try:
        reading = read_calendar(data, zone=zone, today=clock.today(zone))
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(me(), AwayForm(formdata=None), form), 422
    offers = [_offer(found) for found in reading.days]
    return _preview(EmptyForm(formdata=None), offers, _left_out(reading))


@bp.post("/away/keep")
@access("account.away", me)
def keep_days(person: Person) -> ResponseReturnValue:
    """Keep what was chosen of a file; the ranges are looked at as if they had been typed."""
    form, offers = EmptyForm(), list(_list_sent(request.form))
    try:
        added = add_all(person, [offer.days for offer in offers if offer.is_chosen], now=clock.now())
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _preview(form, offers, ""), 422
    db.session.commit()
    number = count(added, "range is", "ranges are", words=True).capitalize()
    flash(f"{number} noted." if added else "Nothing new was chosen: your list is as it was.", "success")
    return redirect(url_for("people.away"))


def _page(person: Person, form: AwayForm, file_form: CalendarFileForm | None = None) -> str:
    today = clock.today(person.time_zone)
    noted = list_own_away(person.id, date.min)
    return render_template(
        "people/away.html",
        form=form,
        file_form=file_form or CalendarFileForm(formdata=None),
        coming=[_row(days) for days in noted if days.last >= today],
        past=[_row(days) for days in noted if days.last < today],
        today=today,
        most=MOST,
    )


def _row(days: Away) -> dict[str, Any]:
    """As the component `rows` takes it."""
    words = span_words(days.first, days.last)
    return {
        "date": days.first,
        "title": words,
        "meta": "On call" if days.kind is AwayKind.ON_CALL else "Away",
        "action": {
            "word": "Remove",
            "url": url_for("people.remove_days", away_id=days.id),
            "post": True,
            "about": f"{days.kind.value} {words}",
        },
    }


def _offer(found: FoundDays) -> Offer:
    return Offer(Days(found.kind, found.first, found.last), found.title, found.is_likely)


def _preview(form: EmptyForm, offers: list[Offer], left_out: str) -> str:
    kinds = [(AwayKind.AWAY.value, "Away"), (AwayKind.ON_CALL.value, "On call")]
    return render_template("people/away_file.html", form=form, offers=offers, left_out=left_out, kinds=kinds)


def _left_out(reading: Reading) -> str:
    """What of the file is not offered: `12 entries of less than four hours are left out.`"""
    parts = (
        (reading.short, "entry of less than four hours is", "entries of less than four hours are", "left out."),
        (reading.unread, "entry", "entries", "could not be read; add such days by hand."),
        (reading.more, "later range is", "later ranges are", "left out."),
    )
    return " ".join(f"{count(number, one, many)} {what}" for number, one, many, what in parts if number)


def _list_sent(form: Mapping[str, str]) -> Iterator[Offer]:
    """The ranges as the page carried them. Raises DomainError for what no page of ours sends."""
    for number in range(MOST):
        if (value := form.get(f"days-{number}")) is None:
            return
        try:
            first, last = (date.fromisoformat(part) for part in value.split("/"))
            kind = AwayKind(form.get(f"kind-{number}", ""))
        except ValueError:
            raise DomainError(UNREADABLE) from None
        yield Offer(Days(kind, first, last), "", f"keep-{number}" in form)
