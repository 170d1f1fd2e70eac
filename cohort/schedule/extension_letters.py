"""Mails about more time: somebody asks, somebody has decided."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.mail.letters import Button, Desk, Letter, Moot
from cohort.programs.queries import pack_of
from cohort.schedule.asking import is_reviewed_by_mentor
from cohort.schedule.extension_queries import find_request, list_deciders
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem, Extension, ExtensionRequest
from cohort.schedule.queries import effective_due, list_extensions
from cohort.templating import extended_words, first_name, host_time, moment

GONE = "what it was about is gone"


def asked(desk: Desk) -> Letter:
    """To whoever may decide."""
    request = _find_request(desk)
    if not request.is_open:
        raise Moot("taken back" if request.is_taken_back else "decided")
    enrolment, item, cohort = request.enrolment, request.item, desk.own_cohort
    by_mentor = is_reviewed_by_mentor(pack_of(cohort.version), item.kind, item.key)
    if desk.person.id not in list_deciders(enrolment, by_mentor=by_mentor):
        raise Moot("somebody else decides it")
    zone, name = desk.person.time_zone, enrolment.person.name
    due = effective_due(item, list_extensions(enrolment.id).get(item.id))
    until = moment(request.until, zone, cohort.zone)
    return Letter(
        subject=f"{name} asks for more time, until {moment(request.until, zone)}: {item.title}",
        title=f"{name} asks for more time",
        opening=f"{first_name(name)} would like to have until {moment(request.until, zone)} for “{item.title}”.",
        when=(f"Asked for: {until}", f"Due now: {moment(due, zone)}." if due else ""),
        paragraphs=("Until somebody answers, the date stays as it is.",),
        button=Button("Answer", desk.links.extension_request(request.id), "You can also give another date."),
        why=f"you review {first_name(name)}’s work or run this cohort.",
        preheader=f"Until {until}.",
    )


def granted(desk: Desk) -> Letter:
    """To the person, whether they had asked or not."""
    extension = db.session.scalar(
        select(Extension)
        .options(joinedload(Extension.item), joinedload(Extension.enrolment), joinedload(Extension.granted_by))
        .where(Extension.id == desk.message.params["extension_id"])
        .execution_options(populate_existing=True)
    )
    if extension is None or extension.item.dropped_at is not None:
        raise Moot(GONE)
    _check_is_in(extension.enrolment)
    if extension.times != desk.message.params["times"]:
        raise Moot("another date was given since")
    item, zone = extension.item, desk.person.time_zone
    due = effective_due(item, extension)
    if due is None or item.at is None or due == item.at:
        raise Moot("the date of the cohort is later by now")
    by = extension.granted_by.name if extension.granted_by else ""
    words = extended_words(due, item.at, zone=zone)
    answer, there = _answer_with(extension), host_time(due, zone, desk.own_cohort.zone)
    return Letter(
        subject=f"{item.title}: {words}",
        title=f"You have more time: {item.title}",
        opening=f"your date is {extended_words(due, item.at, by, zone)}.",
        when=(f"Due {moment(due, zone)}", f"Your time. {there}, where the program is run." if there else ""),
        paragraphs=(f"{by or 'They'} wrote: “{answer}”",) if answer else (),
        button=_to_page(desk, item),
        why="you were given more time. Reminders follow the new date.",
        preheader=f"Due {moment(due, zone)}.",
    )


def declined(desk: Desk) -> Letter:
    request = _find_request(desk)
    item, zone, by = request.item, desk.person.time_zone, request.decided_by
    due = effective_due(item, list_extensions(request.enrolment_id).get(item.id))
    return Letter(
        subject=f"{item.title}: the date stays" + (f", {moment(due, zone)}" if due else ""),
        title=f"The date of “{item.title}” stays",
        opening=f"{by.name if by else 'the program team'} has read that you asked for more time and leaves the date "
        "as it is.",
        when=(f"Due {moment(due, zone)}", "") if due else None,
        paragraphs=(f"{by.name if by else 'They'} wrote: “{request.answer}”",),
        button=_to_page(desk, item),
        why="you asked for more time.",
        preheader="With the reason.",
    )


def _find_request(desk: Desk) -> ExtensionRequest:
    request = find_request(desk.message.params["request_id"])
    if request is None or request.item.dropped_at is not None:
        raise Moot(GONE)
    _check_is_in(request.enrolment)
    return request


def _check_is_in(enrolment: Enrolment) -> None:
    if not enrolment.is_in:
        raise Moot(f"not enrolled: {enrolment.state.value}")


def _answer_with(extension: Extension) -> str:
    """What was written with the grant, where it answers a request."""
    answer = db.session.scalar(
        select(ExtensionRequest.answer).where(
            ExtensionRequest.item_id == extension.item_id,
            ExtensionRequest.enrolment_id == extension.enrolment_id,
            ExtensionRequest.decided_at == extension.granted_at,
            ExtensionRequest.is_granted,
        )
    )
    return answer or ""


def _to_page(desk: Desk, item: DatedItem) -> Button:
    slug = desk.own_cohort.slug
    match item.kind:
        case Kind.ASSIGNMENT_DUE:
            return Button("Open the assignment", desk.links.assignment(slug, item.key))
        case Kind.PREWORK_DUE:
            return Button("Open the workshop page", desk.links.workshop(slug, item.key))
        case _:
            return Button("Open the check-in", desk.links.checkin(slug, item.key))
