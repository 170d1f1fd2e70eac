"""Asking mentors and publishing, for staff: each after a preview of whom it reaches and of its mails."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access
from cohort.mail.composing import Composer
from cohort.mail.letters import Desk, Letter
from cohort.mail.models import Message
from cohort.mentoring.asking import ask_mentors, take_back, usual_answer_by
from cohort.mentoring.finding import open_pair
from cohort.mentoring.forms import AskForm, PublishForm
from cohort.mentoring.letters import match_letter, offer_letter
from cohort.mentoring.models import Pairing, PairingState
from cohort.mentoring.publishing import MAILS_PER_PAIR, UNPUBLISHED, publish
from cohort.mentoring.queries import list_pairings, list_unpublished
from cohort.people.models import Person
from cohort.schedule.queries import list_items
from cohort.templating import count, moment

bp = Blueprint("publishing", __name__)

LARGEST_ID = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it will read."""

    to: Person
    subject: str
    text: str


@bp.get("/cohorts/<key:slug>/matching/ask")
@access("match.decide", open_cohort)
def ask(cohort: Cohort) -> ResponseReturnValue:
    """What asking would do: about the proposed pairs named in the address, or about all of them."""
    pairings = _chosen(cohort, PairingState.PROPOSED)
    if not pairings:
        flash("Choose at least one proposed pair to ask about.", "warning")
        return redirect(url_for("matching.show", slug=cohort.slug))
    usual = clock.in_zone(usual_answer_by(cohort, clock.now()), cohort.zone)
    return _ask_page(cohort, pairings, AskForm(formdata=None, answer_on=usual.date(), answer_at=usual.time()))


@bp.post("/cohorts/<key:slug>/matching/ask")
@access("match.decide", open_cohort)
def send_questions(cohort: Cohort) -> ResponseReturnValue:
    form, (pairings, is_whole) = AskForm(), _posted(cohort)
    try:
        if not is_whole:
            raise Conflict("The proposals have changed since you looked. Nobody was asked; look at these again.")
        if not form.validate():
            return _ask_page(cohort, pairings, form), 422
        asked = ask_mentors(cohort, pairings, answer_by=form.answer_by(cohort.zone), now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _ask_page(cohort, pairings, form), refusal.status
    db.session.commit()
    flash(_say_asked(asked, cohort.zone), "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


def _say_asked(asked: Sequence[Pairing], zone: str) -> str:
    if not asked or asked[0].answer_by is None:
        return "These mentors were asked before. Nobody was mailed again."
    mentors = len({one.mentor_id for one in asked})
    who = f"{count(mentors, 'mentor is', 'mentors are')} asked about {count(len(asked), 'pair', 'pairs')}"
    return f"{who} and {'answers' if mentors == 1 else 'answer'} by {moment(asked[0].answer_by, zone)}."


@bp.post("/pairs/<id:pair>/stop-asking")
@access("match.decide", open_pair)
def stop_asking(pairing: Pairing) -> ResponseReturnValue:
    mentor, had_agreed = pairing.mentor.person.name, take_back(pairing, now=clock.now())
    db.session.commit()
    told = f": {mentor} had said yes, so tell them yourself." if had_agreed else "."
    flash(f"{mentor} is not asked about {pairing.enrolment.person.name} any more. Nobody was mailed{told}", "success")
    return redirect(url_for("matching.show", slug=pairing.enrolment.cohort.slug))


@bp.get("/cohorts/<key:slug>/matching/publish")
@access("match.decide", open_cohort)
def preview(cohort: Cohort) -> ResponseReturnValue:
    """What publishing would do: of the pairs named in the address, or of all that mentors have accepted."""
    pairings = _chosen(cohort, PairingState.ACCEPTED)
    if not pairings:
        flash("Choose at least one pair to publish.", "warning")
        return redirect(url_for("matching.show", slug=cohort.slug))
    return _publish_page(cohort, pairings, PublishForm(formdata=None))


@bp.post("/cohorts/<key:slug>/matching/publish")
@access("match.decide", open_cohort)
def publish_pairs(cohort: Cohort) -> ResponseReturnValue:
    form, (pairings, is_whole) = PublishForm(), _posted(cohort)
    try:
        if not is_whole:
            raise Conflict("The proposals have changed since you looked. Nothing was published; look at these again.")
        published = publish(cohort, pairings, now=clock.now())
    except Conflict as refusal:
        form.refuse(refusal)
        return _publish_page(cohort, pairings, form), refusal.status
    db.session.commit()
    if published:
        mails = count(MAILS_PER_PAIR * len(published), "mail is", "mails are")
        flash(f"{count(len(published), 'pair', 'pairs')} published; {mails} on the way.", "success")
    else:
        flash("These pairs were published before. Nobody was mailed again.", "info")
    return redirect(url_for("matching.show", slug=cohort.slug))


def _chosen(cohort: Cohort, usual: PairingState) -> list[Pairing]:
    """The pairs that the address names, as far as they are still to be published; else all in the usual state."""
    if "some" not in request.args:
        return list_unpublished(cohort.id, usual)
    states = (usual,) if usual is PairingState.PROPOSED else UNPUBLISHED
    found = list_pairings(cohort.id, _ids(request.args.getlist("pair", type=int)))
    return [one for one in found if one.state in states]


def _posted(cohort: Cohort) -> tuple[list[Pairing], bool]:
    """The pairs that the form names, and whether they are all open still. Raises Conflict when none is."""
    ids = _ids(request.form.getlist("pair", type=int))
    found = [one for one in list_pairings(cohort.id, ids) if one.state is not PairingState.CLOSED]
    if not found:
        raise Conflict("None of these pairs is there any more. Nobody was mailed; look at the proposals again.")
    return found, len(found) == len(ids)


def _ids(given: Sequence[int]) -> list[int]:
    return sorted({number for number in given if 0 < number <= LARGEST_ID})


def _ask_page(cohort: Cohort, pairings: Sequence[Pairing], form: AskForm) -> str:
    form.answer_at.label.text = f"Time in {clock.city(cohort.zone)}"
    mentors = Counter(one.mentor_id for one in pairings)
    shown = mentors.most_common(1)[0][0]
    mine = [one for one in pairings if one.mentor_id == shown]
    first = mine[0]
    until = form.answer_by(cohort.zone) if form.answer_on.data and form.answer_at.data else None
    question = _write(
        cohort,
        first.mentor.person,
        "match-offered",
        lambda desk: offer_letter(desk, mine, until or usual_answer_by(cohort, clock.now())),
    )
    return render_template(
        "matching/ask.html",
        cohort=cohort,
        pairings=pairings,
        form=form,
        mentors=len(mentors),
        mails=[question, _match_mail(cohort, first, first.enrolment.person)],
    )


def _publish_page(cohort: Cohort, pairings: Sequence[Pairing], form: PublishForm) -> str:
    waiting = [] if cohort.matched_on else [item for item in list_items(cohort.id) if item.at is None]
    first = pairings[0]
    return render_template(
        "matching/publish.html",
        cohort=cohort,
        pairings=pairings,
        form=form,
        mails=MAILS_PER_PAIR * len(pairings),
        waiting=waiting,
        unasked=[one for one in pairings if one.state is not PairingState.ACCEPTED],
        shown=[_match_mail(cohort, first, who) for who in (first.enrolment.person, first.mentor.person)],
    )


def _match_mail(cohort: Cohort, pairing: Pairing, to: Person) -> Preview:
    return _write(cohort, to, "match-published", lambda desk: match_letter(desk, pairing))


def _write(cohort: Cohort, to: Person, template: str, write: Callable[[Desk], Letter]) -> Preview:
    composer = Composer(current_app.extensions["settings"], current_app.jinja_env)
    now = clock.now()
    message = Message(template=template, params={}, dedup_key="preview", created_at=now, due_at=now)
    desk = composer.desk(message, to, cohort, now=now)
    letter = write(desk)
    return Preview(to, letter.subject, composer.show(letter, desk, "").text)
