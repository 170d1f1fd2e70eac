"""The page of one participant, for staff: how far they are, more time for one thing, taking them out and back in."""

from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Verdict, decide
from cohort.assignments.queries import list_own_work
from cohort.cohorts import people_queries as people
from cohort.cohorts.blueprint import bp
from cohort.cohorts.enrolling import MAY_LEAVE, enrol, withdraw
from cohort.cohorts.leaving import count_kept
from cohort.cohorts.models import CohortState, Enrolment, EnrolmentState
from cohort.cohorts.people_forms import EmptyForm, ExtensionForm, WithdrawForm
from cohort.cohorts.people_rows import enrolment_tag
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, current_actor, may, me
from cohort.people.away_rows import list_words
from cohort.people.models import Person
from cohort.people.queries import list_own_away
from cohort.people.seniority import SENIORITY
from cohort.programs.queries import pack_of
from cohort.schedule.extending import EXTENDABLE, grant_extension
from cohort.schedule.extension_queries import list_requests
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import list_extensions, list_items
from cohort.templating import day, moment, reader_zone
from cohort.workshops.queries import list_places_of
from cohort.workshops.words import place_words

COMES_BACK = (EnrolmentState.WITHDRAWN, EnrolmentState.DECLINED, EnrolmentState.WAITLISTED)
DUE_WORDS = {"prework.due": "pre-work", "assignment.due": "assignment", "checkin.closes": "check-in"}


def open_participant(slug: str, enrolment_id: int) -> Enrolment | None:
    enrolment = people.find_participant(slug, enrolment_id)
    g.cohort = enrolment.cohort if enrolment else None
    return enrolment


@bp.get("/cohorts/<key:slug>/people/<id:enrolment_id>")
@access("person.see", open_participant)
def person(enrolment: Enrolment) -> ResponseReturnValue:
    return _person_page(enrolment, ExtensionForm(formdata=None))


@bp.post("/cohorts/<key:slug>/people/<id:enrolment_id>/extension")
@access("extension.grant", open_participant)
def extend(enrolment: Enrolment) -> ResponseReturnValue:
    form = ExtensionForm()
    items = {item.item_id: item for item in _extendable(enrolment)}
    form.offer([(item, item.title) for item in items.values()])
    if form.validate_on_submit():
        item, until = items[form.item.data], form.until(enrolment.cohort.zone)
        try:
            grant_extension(enrolment, item, until=until, reason=form.reason.data or "", by=me(), now=clock.now())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(
                f"{enrolment.person.name} has until {moment(until)} for “{item.title}” and is told by mail.", "success"
            )
            return redirect(_person_url(enrolment))
    return _person_page(enrolment, form), 422


@bp.route("/cohorts/<key:slug>/people/<id:enrolment_id>/withdraw", methods=["GET", "POST"])
@access("people.withdraw", open_participant)
def withdraw_person(enrolment: Enrolment) -> ResponseReturnValue:
    form = WithdrawForm()
    if form.validate_on_submit():
        withdraw(enrolment, reason=form.reason.data, now=clock.now())
        db.session.commit()
        flash(f"{enrolment.person.name} is withdrawn. Everything that was handed in is kept.", "success")
        return redirect(_person_url(enrolment))
    page = render_template(
        "cohorts/people_withdraw.html",
        form=form,
        enrolment=enrolment,
        cohort=enrolment.cohort,
        kept=count_kept(enrolment),
        waiting=len(people.line_of(enrolment.cohort_id)),
    )
    return page, 422 if form.errors else 200


@bp.post("/cohorts/<key:slug>/people/<id:enrolment_id>/enrol")
@access("people.reinstate", open_participant)
def enrol_person(enrolment: Enrolment) -> ResponseReturnValue:
    """Back in after leaving, or out of the waiting line; the seats decide."""
    enrol(enrolment, now=clock.now())
    db.session.commit()
    if enrolment.is_in:
        flash(f"{enrolment.person.name} is enrolled and gets a mail.", "success")
    else:
        flash(f"All places are taken, so {enrolment.person.name} is on the waiting list.", "info")
    return redirect(_person_url(enrolment))


def _person_page(enrolment: Enrolment, form: ExtensionForm) -> str:
    items = _extendable(enrolment)
    form.offer([(item, f"{item.title}, {DUE_WORDS[item.kind]}: {moment(item.at)}") for item in items if item.at])
    form.until_at.label.text = f"Time in {clock.city(enrolment.cohort.zone)}"
    given = list_extensions(enrolment.id)
    rights = _rights(enrolment)
    asked = list_requests(enrolment.id) if rights["reads_work"] else []
    today = clock.today(enrolment.person.time_zone)
    extended = [(item, given[item.id]) for item in items if item.id in given] if rights["reads_work"] else []
    mail = people.last_invitations(enrolment.cohort_id, [enrolment.person_id]).get(enrolment.person_id)
    competencies = {each.key: each.title for each in pack_of(enrolment.cohort.version).competencies}
    return render_template(
        "cohorts/people_person.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        form=form,
        empty_form=EmptyForm(formdata=None),
        tag_shown=enrolment_tag(enrolment, mail),
        **rights,
        mentor=people.mentors_of([enrolment.id]).get(enrolment.id),
        place=people.line_of(enrolment.cohort_id).get(enrolment.id),
        areas=[competencies.get(key, key) for key in enrolment.growth_areas],
        grade=SENIORITY.get(enrolment.person.seniority or 0),
        extensions=extended,
        asked=[_asked_row(one) for one in asked if one.is_open and rights["may_extend"]],
        away=list_words(list_own_away(enrolment.person_id, today)) if rights["reads_work"] else "",
        work=_handed_in(enrolment) if rights["reads_work"] else [],
        workshops=_workshops(enrolment) if may("attendance.read", enrolment) else [],
        history=_history(enrolment, extended, asked, with_reasons=rights["reads_work"]),
    )


def _rights(enrolment: Enrolment) -> dict[str, bool]:
    """What the reader may do here now, and whether they read more than that somebody takes part."""
    is_open = enrolment.cohort.state is not CohortState.ARCHIVED
    cohort = enrolment.cohort
    return {
        "may_invite": is_open and enrolment.state is EnrolmentState.INVITED and may("people.invite", cohort),
        "may_enrol": is_open and enrolment.state in COMES_BACK and may("people.reinstate", enrolment),
        "may_withdraw": is_open and enrolment.state in MAY_LEAVE and may("people.withdraw", enrolment),
        "reads_mail": may("mail.log", cohort),
        "may_extend": is_open and enrolment.is_in and may("extension.grant", enrolment),
        "reads_work": decide(current_actor(), "person.see", enrolment.guard(), clock.now()) is Verdict.ALLOW,
    }


def _handed_in(enrolment: Enrolment) -> list[dict[str, Any]]:
    """The work that staff may read, the latest first."""
    pack = pack_of(enrolment.cohort.version)
    titles = {module.assignment.key: module.assignment.title for module in pack.modules if module.assignment}
    return [
        {
            "title": titles.get(work.assignment_key, work.assignment_key),
            "url": url_for("assignments.read", submission_id=work.id),
            "meta": f"Handed in {moment(work.submitted_at)}",
            "icon": "file-text",
        }
        for work in list_own_work(enrolment.id)
        if work.submitted_at is not None
    ]


def _workshops(enrolment: Enrolment) -> list[dict[str, Any]]:
    """Places and attendance, by date."""
    return [
        {
            "title": place.item.title,
            "url": url_for("workshops.sitting", slug=enrolment.cohort.slug, sitting=place.item_id),
            "meta": f"{day(place.item.at)}: {place_words(place)}" if place.item.at else place_words(place),
            "icon": "people",
        }
        for place in list_places_of(enrolment.id)
    ]


def _extendable(enrolment: Enrolment) -> list[DatedItem]:
    return [item for item in list_items(enrolment.cohort_id) if item.kind in EXTENDABLE]


def _asked_row(asked: ExtensionRequest) -> dict[str, Any]:
    """A request that waits, as the component `attention` takes it."""
    return {
        "icon": "hourglass-split",
        "who": f"Asks for more time for “{asked.item.title}”",
        "what": f"Until {moment(asked.until)}.",
        "since": f"Asked {day(asked.asked_at)}",
        "actions": [{"word": "Answer", "url": url_for("extensions.decide", request_id=asked.id)}],
    }


def _history(
    enrolment: Enrolment,
    extensions: list[tuple[DatedItem, Extension]],
    asked: list[ExtensionRequest],
    *,
    with_reasons: bool,
) -> list[tuple[str, str, str]]:
    """What happened, oldest first, as `trail` shows it."""
    zone = reader_zone()
    answers = {
        EnrolmentState.WAITLISTED: "Joined the waiting list",
        EnrolmentState.DECLINED: "Said not this time",
    }
    events = [(enrolment.invited_at, "Invited", "")]
    reason = enrolment.reason if enrolment.state is EnrolmentState.DECLINED else ""
    events.append((enrolment.answered_at, answers.get(enrolment.state, "Joined"), reason))
    events += [
        (
            extension.granted_at,
            f"{_name(extension.granted_by)} gave more time for “{item.title}”, until {moment(extension.until)}",
            extension.reason,
        )
        for item, extension in extensions
    ]
    reads_answers = may("extension.grant", enrolment)
    events += [event for one in asked for event in _events_of(one, with_answer=reads_answers)]
    if enrolment.state is EnrolmentState.WITHDRAWN:
        events.append((enrolment.ended_at, "Withdrawn", enrolment.reason))
    happened = sorted((at, what, why) for at, what, why in events if at)
    return [(what, "", day(at, zone) + (f": {why}" if why and with_reasons else "")) for at, what, why in happened]


def _events_of(asked: ExtensionRequest, *, with_answer: bool) -> list[tuple[datetime | None, str, str]]:
    """What became of a request; that more time was given stands there as the extension itself."""
    title = asked.item.title
    events: list[tuple[datetime | None, str, str]] = [
        (asked.asked_at, f"Asked for more time for “{title}”, until {day(asked.until)}", "")
    ]
    if asked.is_open:
        return events
    answer = asked.answer if with_answer else ""
    if asked.is_taken_back:
        events.append((asked.decided_at, f"Took the request for “{title}” back", ""))
    elif not asked.is_granted:
        events.append((asked.decided_at, f"{_name(asked.decided_by)} left the date of “{title}” as it is", answer))
    elif answer:
        events.append((asked.decided_at, f"{_name(asked.decided_by)} answered about “{title}”", answer))
    return events


def _name(person: Person | None) -> str:
    return person.name if person else "The program"


def _person_url(enrolment: Enrolment) -> str:
    return url_for("cohorts.person", slug=enrolment.cohort.slug, enrolment_id=enrolment.id)
