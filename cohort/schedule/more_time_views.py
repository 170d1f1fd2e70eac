"""Asking for more time as it stands on the page of what is due, and on a small page of its own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access
from cohort.learning.finding import Place
from cohort.learning.queries import find_pairing
from cohort.learning.timeline import find_done
from cohort.people.away_rows import own_words
from cohort.people.queries import list_own_away
from cohort.schedule.asking import LONGEST, ask_for_more_time, is_reviewed_by_mentor, take_back, until_on
from cohort.schedule.extension_finding import WORDS, OwnDate, find_own_date
from cohort.schedule.extension_forms import AskForm
from cohort.schedule.extension_queries import find_extension, find_latest_request, find_open_request
from cohort.schedule.extensions_blueprint import bp
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, ExtensionRequest
from cohort.schedule.queries import effective_due
from cohort.schedule.suggesting import find_spell, next_free_day
from cohort.templating import day, first_name

STAFF = "facilitators and program leads"


@dataclass(frozen=True, slots=True)
class MoreTime:
    """What the reader can do about one due date of theirs."""

    form: AskForm
    what: str
    key: str
    request: ExtensionRequest | None
    """The last one, open or decided."""
    readers: str
    hint: str
    """Why a date is suggested; '' when none is."""
    first: date
    last: date
    """The days that can be asked for."""


def more_time(
    place: Place, item: DatedItem, due: datetime | None, *, mentor: str, now: datetime, form: AskForm | None = None
) -> MoreTime | None:
    """For the page of something that is due from the reader; None while it has no date. `mentor`: their name."""
    if item.at is None or due is None:
        return None
    host = place.cohort.zone
    there = clock.in_zone(due, host).date()
    hint, suggested = _suggest(place, due)
    by_mentor = mentor and is_reviewed_by_mentor(place.pack, item.kind, item.key)
    return MoreTime(
        form=form or AskForm(formdata=None, data={"until": suggested}),
        what=WORDS[Kind(item.kind)],
        key=item.key,
        request=find_latest_request(place.enrolment.id, item.id),
        readers=f"you, your mentor {mentor}, {STAFF}" if by_mentor else f"you, {STAFF}",
        hint=hint,
        first=max(there + timedelta(days=1), clock.in_zone(now, host).date()),
        last=clock.in_zone(item.at, host).date() + LONGEST,
    )


def _suggest(place: Place, due: datetime) -> tuple[str, date | None]:
    """Where the date falls into days away: that it does, and the first working day after them."""
    person, cohort = place.enrolment.person, place.cohort
    spells = list_own_away(person.id, clock.in_zone(due, person.time_zone).date())
    hit = find_spell(due, spells, zone=person.time_zone)
    if hit is None:
        return "", None
    free = next_free_day(due, spells, zone=person.time_zone, host=cohort.zone, breaks=cohort.blackout_days)
    return f"{day(due)} is {own_words(hit)}." + (
        f" {day(free)} is the first working day after it." if free else ""
    ), free


@bp.get('/cohorts/<key:slug>/more-time/<any("assignment", "check-in", "pre-work"):what>/<key:key>')
@access("extension.ask", find_own_date)
def ask(own: OwnDate) -> ResponseReturnValue:
    return _show(own)


@bp.post('/cohorts/<key:slug>/more-time/<any("assignment", "check-in", "pre-work"):what>/<key:key>')
@access("extension.ask", find_own_date)
def send_request(own: OwnDate) -> ResponseReturnValue:
    form = AskForm()
    if form.validate():
        try:
            until = until_on(form.until.data, own.item, own.cohort.zone)
            ask_for_more_time(own.enrolment, own.item, until=until, now=clock.now())
        except Conflict:
            raise
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(
                f"You asked for {day(until)}. The date stays as it is until somebody answers; a mail tells you.",
                "success",
            )
            return redirect(page_of(own.item, own.cohort.slug))
    return _show(own, form), 422


@bp.post('/cohorts/<key:slug>/more-time/<any("assignment", "check-in", "pre-work"):what>/<key:key>/take-back')
@access("extension.ask", find_own_date)
def take_request_back(own: OwnDate) -> ResponseReturnValue:
    request = find_open_request(own.enrolment.id, own.item.id)
    if request is None:
        raise Conflict("This request is answered by now, or was taken back already.")
    take_back(request, now=clock.now())
    db.session.commit()
    flash("You took your request back. The date stays as it is.", "info")
    return redirect(page_of(own.item, own.cohort.slug))


def page_of(item: DatedItem, slug: str) -> str:
    """Where what is due is read and done."""
    match item.kind:
        case Kind.ASSIGNMENT_DUE:
            return url_for("assignments.show", slug=slug, assignment=item.key)
        case Kind.CHECKIN_CLOSES:
            return url_for("checkins.show", slug=slug, checkin=item.key)
        case _:
            return url_for("learning.workshop", slug=slug, workshop=item.key)


def _show(own: OwnDate, form: AskForm | None = None) -> str:
    now = clock.now()
    pairing = find_pairing(own.enrolment.id)
    extension = find_extension(own.enrolment.id, own.item.id)
    due = effective_due(own.item, extension)
    mentor = pairing.mentor.person.name if pairing else ""
    return render_template(
        "extensions/ask.html",
        cohort=own.cohort,
        item=own.item,
        what=WORDS[Kind(own.item.kind)],
        due=due,
        granted_by=extension.granted_by.name if extension and extension.granted_by else "",
        is_done=(own.item.kind, own.item.key) in find_done(own.enrolment.id),
        more=more_time(own, own.item, due, mentor=mentor, now=now, form=form),
        mentor=first_name(mentor),
        back=page_of(own.item, own.cohort.slug),
        now=now,
    )
