"""What stays with a mentor of a pair that has ended: their own words, and nothing else."""

from flask import render_template
from flask.typing import ResponseReturnValue

from cohort.gate import access, me
from cohort.mentoring.blueprint import bp
from cohort.mentoring.finding import FormerPair, open_former_pair
from cohort.mentoring.models import MentoringSession, Pairing
from cohort.mentoring.own_words import list_own_promises, list_own_sessions
from cohort.mentoring.pair_views import Row, promise_row, session_block
from cohort.people.models import Person
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.templating import day


@bp.get("/pairs/<id:pair>/mine")
@access("note.keep", open_former_pair)
def mine(former: FormerPair) -> ResponseReturnValue:
    pairing, author = former.pairing, me()
    other, pack = pairing.enrolment.person, pack_of(pairing.enrolment.cohort.version)
    promises = list_own_promises(pairing.id, author)
    return render_template(
        "mentoring/mine.html",
        cohort=pairing.enrolment.cohort,
        other=other,
        lasted=lasted(pairing),
        sessions=[_own_block(one, pairing, author, pack) for one in list_own_sessions(pairing.id, author)],
        promises=[promise_row(promise, author, other, with_buttons=False) for promise in promises],
    )


def lasted(pairing: Pairing) -> str:
    """`Fri 11 Sep to Mon 23 Nov`; of a pair that was published and has ended."""
    return " to ".join(day(moment) for moment in (pairing.published_at, pairing.closed_at) if moment)


def _own_block(session: MentoringSession, pairing: Pairing, author: Person, pack: Pack) -> Row:
    """Of a session that the other logged, the date alone stands beside the own note."""
    block = session_block(session, pairing, author, pack)
    return block if session.logged_by_id == author.id else block | {"title": day(session.held_on), "about": ""}
