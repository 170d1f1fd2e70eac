"""Why this mentor, and pairs by staff's own hand: choose, lock, take back, keep apart, decide about vetoes."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, me
from cohort.mentoring import studio_rows
from cohort.mentoring.apart import allow, confirm, forbid, turn_down
from cohort.mentoring.finding import open_apart, open_pair, open_place
from cohort.mentoring.gathering import People, list_people
from cohort.mentoring.kept_runs import last_done, list_runs
from cohort.mentoring.matching_blueprint import bp
from cohort.mentoring.matching_forms import PairForm
from cohort.mentoring.models import KeptApart, Mentor, Pairing, RunState
from cohort.mentoring.pairing import lock, pair_by_hand, remove, unlock
from cohort.mentoring.runs import ask_run
from cohort.mentoring.why import ask_why

LARGEST_ANSWERED = 1000 * 500
"""Thinkable pairs of a cohort in which a page can say what every other mentor would cost."""
PER_PAGE = 20


@bp.get("/cohorts/<key:slug>/matching/people")
@access("match.decide", open_cohort)
def choose_person(cohort: Cohort) -> ResponseReturnValue:
    """From the list of participants to the page of one."""
    known = {one.id for one in list_people(cohort).enrolments}
    if (number := request.args.get("enrolment", type=int)) in known:
        return redirect(url_for("matching.why", slug=cohort.slug, enrolment_id=number))
    flash("Choose a participant.", "warning")
    return redirect(url_for("matching.show", slug=cohort.slug))


@bp.get("/cohorts/<key:slug>/matching/people/<id:enrolment_id>")
@access("match.decide", open_place)
def why(enrolment: Enrolment) -> ResponseReturnValue:
    people = list_people(enrolment.cohort)
    if people.couples > LARGEST_ANSWERED:
        flash(
            "This cohort is too large to be answered on a page. Take the files of a run and ask “cohort match”.", "info"
        )
        return redirect(url_for("matching.runs", slug=enrolment.cohort.slug))
    return _page(people, enrolment, PairForm(formdata=None))


@bp.post("/cohorts/<key:slug>/matching/pairs")
@access("match.decide", open_cohort)
def pair(cohort: Cohort) -> ResponseReturnValue:
    """Make a pair by hand; if a run has been, another one follows, so that whoever gave way has a mentor again."""
    people = list_people(cohort)
    form = PairForm()
    mentor, enrolment = _both(people, form)
    if mentor is None or enrolment is None:
        flash("Choose a participant and a mentor of this cohort.", "warning")
        return redirect(url_for("matching.show", slug=cohort.slug))
    last = last_done(list_runs(cohort.id))
    try:
        pair_by_hand(mentor, enrolment, now=clock.now(), settings=last.settings if last else None)
        row = ask_run(cohort, last.settings, by=me(), now=clock.now()) if last else None
    except DomainError as refusal:
        db.session.rollback()
        people = list_people(cohort)
        if enrolment not in people.enrolments:
            raise  # there is no page of theirs any more
        form.refuse(refusal)
        return _page(people, enrolment, form), refusal.status
    db.session.commit()
    flash(f"{enrolment.person.name} is proposed to {mentor.person.name}. Runs leave this pair alone.", "success")
    if row is not None:
        done = f"Run {row.number} placed the others around it." if row.state is RunState.DONE else "A run follows."
        flash(done, "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


@bp.post("/cohorts/<key:slug>/matching/apart")
@access("match.decide", open_cohort)
def keep_apart(cohort: Cohort) -> ResponseReturnValue:
    people = list_people(cohort)
    form = PairForm()
    mentor, enrolment = _both(people, form)
    if mentor is None or enrolment is None:
        flash("Choose a participant and a mentor of this cohort.", "warning")
        return redirect(url_for("matching.show", slug=cohort.slug))
    forbid(mentor, enrolment, by=me(), now=clock.now())
    db.session.commit()
    flash(f"No run pairs {enrolment.person.name} with {mentor.person.name}. Run again to see what changes.", "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


@bp.post("/cohorts/<key:slug>/matching/apart/<id:apart_id>/allow")
@access("match.decide", open_apart)
def allow_pair(kept: KeptApart) -> ResponseReturnValue:
    allow(kept)
    return _decided(kept, "may be a pair again.")


@bp.post("/cohorts/<key:slug>/matching/apart/<id:apart_id>/confirm")
@access("match.decide", open_apart)
def confirm_veto(kept: KeptApart) -> ResponseReturnValue:
    confirm(kept, now=clock.now())
    return _decided(kept, "are kept apart.")


@bp.post("/cohorts/<key:slug>/matching/apart/<id:apart_id>/turn-down")
@access("match.decide", open_apart)
def turn_down_veto(kept: KeptApart) -> ResponseReturnValue:
    turn_down(kept)
    return _decided(kept, "may be a pair: the veto is turned down.")


@bp.post("/pairs/<id:pair>/lock")
@access("match.decide", open_pair)
def lock_pair(pairing: Pairing) -> ResponseReturnValue:
    lock(pairing)
    return _done(pairing, "Locked: {}. Runs leave this pair alone.")


@bp.post("/pairs/<id:pair>/unlock")
@access("match.decide", open_pair)
def unlock_pair(pairing: Pairing) -> ResponseReturnValue:
    unlock(pairing)
    return _done(pairing, "Unlocked: {}. The next run decides anew.")


@bp.post("/pairs/<id:pair>/remove")
@access("match.decide", open_pair)
def take_away(pairing: Pairing) -> ResponseReturnValue:
    remove(pairing)
    return _done(pairing, "Removed: {}. Neither of them knew of it.")


def _done(pairing: Pairing, words: str) -> ResponseReturnValue:
    db.session.commit()
    flash(words.format(f"{pairing.enrolment.person.name} with {pairing.mentor.person.name}"), "success")
    return redirect(url_for("matching.show", slug=pairing.enrolment.cohort.slug))


def _decided(kept: KeptApart, words: str) -> ResponseReturnValue:
    db.session.commit()
    flash(f"{studio_rows.apart_title(kept)} {words}", "success")
    return redirect(url_for("matching.show", slug=kept.enrolment.cohort.slug))


def _both(people: People, form: PairForm) -> tuple[Mentor | None, Enrolment | None]:
    form.offer(people)
    if not form.validate():
        return None, None
    return people.by_mentor_id[int(form.mentor.data)], people.by_enrolment_id[int(form.enrolment.data)]


def _page(people: People, enrolment: Enrolment, form: PairForm) -> str:
    cohort = people.cohort
    last = last_done(list_runs(cohort.id))
    why = ask_why(people, enrolment, last.settings if last else None)
    number = max(1, request.args.get("page", 1, type=int))
    pages = -(-len(why.options) // PER_PAGE) or 1
    number = min(number, pages)
    return render_template(
        "matching/why.html",
        cohort=cohort,
        people=people,
        enrolment=enrolment,
        why=why,
        form=form,
        factors=studio_rows.factor_rows(why),
        options=why.options[(number - 1) * PER_PAGE : number * PER_PAGE],
        page=number,
        pages=pages,
        will_run=last is not None,
    )
