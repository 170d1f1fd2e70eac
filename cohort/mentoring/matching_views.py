"""Matching for staff: who is ready, what the engine proposes and why, pairs by hand, and publishing after a preview."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, may
from cohort.mentoring.answer_rows import answer_rows
from cohort.mentoring.finding import open_pair
from cohort.mentoring.forms import PairForm
from cohort.mentoring.models import Mentor, Pairing
from cohort.mentoring.pairing import pair_by_hand, propose_pairs, remove
from cohort.mentoring.proposing import WEIGHTS, People, Run, list_people, missing_of, run
from cohort.mentoring.queries import count_unanswered, list_asked
from cohort.templating import count

bp = Blueprint("matching", __name__)

Row = dict[str, Any]
"""As the components take it."""
PER_PAGE = 20
NAMED = 8
"""So many people who miss something are named; the others are counted."""
LARGEST_ID = 2_147_483_647


@bp.get("/cohorts/<key:slug>/matching")
@access("match.see-all", open_cohort)
def show(cohort: Cohort) -> ResponseReturnValue:
    return _page(cohort, PairForm(formdata=None))


@bp.post("/cohorts/<key:slug>/matching/run")
@access("match.decide", open_cohort)
def run_matching(cohort: Cohort) -> ResponseReturnValue:
    proposal = propose_pairs(cohort, now=clock.now())
    db.session.commit()
    words = f"{count(len(proposal.pairings), 'pair', 'pairs')} proposed."
    if proposal.unmatched:
        words += f" {count(len(proposal.unmatched), 'person has', 'people have')} no mentor; the reasons are below."
    flash(f"{words} Nobody sees them until you publish.", "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


@bp.post("/cohorts/<key:slug>/matching/pairs")
@access("match.decide", open_cohort)
def pair(cohort: Cohort) -> ResponseReturnValue:
    people = list_people(cohort)
    form = PairForm()
    form.offer(people)
    if not form.validate():
        return _page(cohort, form), 422
    mentor = next(one for one in people.mentors if str(one.id) == form.mentor.data)
    enrolment = next(one for one in people.enrolments if str(one.id) == form.enrolment.data)
    try:
        pair_by_hand(mentor, enrolment, now=clock.now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(cohort, form), refusal.status
    db.session.commit()
    flash(f"{enrolment.person.name} is proposed to {mentor.person.name}. A new run leaves this pair alone.", "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


@bp.post("/pairs/<id:pair>/remove")
@access("match.decide", open_pair)
def take_away(pairing: Pairing) -> ResponseReturnValue:
    names = f"{pairing.enrolment.person.name} with {pairing.mentor.person.name}"
    slug = pairing.enrolment.cohort.slug
    remove(pairing)
    db.session.commit()
    flash(f"Removed: {names}. Neither of them knew of it.", "success")
    return redirect(url_for("matching.show", slug=slug))


def _page(cohort: Cohort, form: PairForm) -> str:
    people = list_people(cohort)
    form.offer(people)
    made = run(people)
    lacking = _lacking(people)
    number = min(max(1, request.args.get("page", 1, type=int)), -(-len(people.proposed) // PER_PAGE) or 1)
    return render_template(
        "matching/show.html",
        cohort=cohort,
        people=people,
        made=made,
        form=form,
        may_decide=may("match.decide", cohort),
        pairs=[_pair_row(one) for one in people.proposed[(number - 1) * PER_PAGE : number * PER_PAGE]],
        page=number,
        pages=-(-len(people.proposed) // PER_PAGE),
        unmatched=_unmatched_rows(people, made),
        answers=answer_rows(cohort, list_asked(cohort.id), clock.now(), may_decide=may("match.decide", cohort)),
        everybody=len(people.enrolments) + len(people.mentors),
        lacking=lacking,
        named=NAMED,
        unanswered=_unanswered(cohort),
        loads=_load_rows(people),
        places=sum(max(0, one.capacity - people.loads[one.id]) for one in people.mentors),
        weights=WEIGHTS,
    )


def _pair_row(pairing: Pairing) -> Row:
    return {
        "id": pairing.id,
        "mentee": pairing.enrolment.person.name,
        "mentor": pairing.mentor.person.name,
        "fit": pairing.score,
        "reasons": pairing.reasons,
        "locked": pairing.score is None,
    }


def _unmatched_rows(people: People, made: Run) -> list[Row]:
    """Everybody without a pair, and why."""
    reasons = {one.enrolment.id: one.reason for one in made.unmatched}
    return [
        {
            "icon": "question-lg",
            "who": one.person.name,
            "what": reasons.get(one.id, "There is a place: run matching, or pair by hand."),
        }
        for one in people.alone
    ]


def _lacking(people: People) -> list[str]:
    """`Ann Lee: growth areas, weekly hours`, of everybody a run knows too little about."""
    everybody: list[Mentor | Enrolment] = [*people.enrolments, *people.mentors]
    return [f"{one.person.name}: {', '.join(missing)}" for one in everybody if (missing := missing_of(one))]


def _unanswered(cohort: Cohort) -> str:
    """`3 participants and 1 mentor are`, empty when everybody has answered."""
    participants, mentors = count_unanswered(cohort.id)
    words = [
        count(participants, "participant", "participants") if participants else "",
        count(mentors, "mentor", "mentors") if mentors else "",
    ]
    return f"{' and '.join(filter(None, words))} {'is' if participants + mentors == 1 else 'are'}" if any(words) else ""


def _load_rows(people: People) -> list[Row]:
    rows = []
    for mentor in people.mentors:
        load = people.loads[mentor.id]
        full = ", full" if load >= mentor.capacity else ""
        words = f"{load} of {mentor.capacity}{full}"
        rows.append({"name": mentor.person.name, "value": load, "of": max(1, mentor.capacity), "words": words})
    return rows
