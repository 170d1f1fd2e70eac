"""Mails about pairs: mentors are asked, matches are published, meetings are proposed and taken."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import CohortState, Enrolment
from cohort.db import db
from cohort.mail.letters import MOST_LINES, Button, Desk, Letter, Line, Moot, Things
from cohort.mentoring.agreed import is_replaced
from cohort.mentoring.meeting_proposals import find_proposal, starts_ahead, starts_of
from cohort.mentoring.models import MeetingProposal, Mentor, Pairing, PairingState
from cohort.people.models import Person
from cohort.people.names import list_names
from cohort.programs.queries import pack_of
from cohort.templating import capital, count, first_name, host_time, minutes_words, moment, number_words

GONE = "what it was about is gone"


def offered(desk: Desk) -> Letter:
    """To a mentor, about everybody proposed at once who waits for the answer."""
    _refuse_archived(desk)
    found = db.session.scalars(
        select(Pairing)
        .join(Pairing.mentor)
        .join(Pairing.enrolment)
        .join(Enrolment.person)
        .options(joinedload(Pairing.enrolment).joinedload(Enrolment.person))
        .where(
            Pairing.id.in_(desk.message.params["pairings"]),
            Pairing.state == PairingState.OFFERED,
            Mentor.person_id == desk.person.id,
        )
        .order_by(Pairing.id)
        .execution_options(populate_existing=True)
    ).all()
    answer_by = next((one.answer_by for one in found if one.answer_by), None)
    if answer_by is None:
        raise Moot("answered")
    return offer_letter(desk, found, answer_by)


def _refuse_archived(desk: Desk) -> None:
    if desk.own_cohort.state is CohortState.ARCHIVED:
        raise Moot("the cohort is archived")


def offer_letter(desk: Desk, pairings: Sequence[Pairing], answer_by: datetime) -> Letter:
    """How a mentor is asked about these pairs; staff read the same before it leaves.

    A mail that was held until after the date still asks, but not for an answer in the past.
    """
    cohort = desk.own_cohort
    names = list_names([one.enrolment.person.name for one in pairings], most=3)
    until = moment(answer_by, desk.person.time_zone)
    is_late = answer_by <= desk.now
    by = "" if is_late else f" Answer by {until}"
    is_again = desk.message.params.get("is_again", False)
    rest = len(pairings) - MOST_LINES
    return Letter(
        subject=f"{'Still open: w' if is_again else 'W'}ould you mentor {names}?{by}",
        title=f"{capital(count(len(pairings), 'mentee is', 'mentees are', words=True))} proposed to you",
        opening=f"the program team of {cohort.title} would like to match you with {names}.",
        when=None if is_late else (f"Answer by {until}", _there(desk, answer_by)),
        things=(
            Things(
                "Why you",
                tuple(Line(one.enrolment.person.name, _why(desk, one)) for one in pairings[:MOST_LINES]),
                f"And {number_words(rest)} more on the page." if rest > 0 else "",
            ),
        ),
        paragraphs=(
            "Say yes or not this time to each, on one page. Program staff alone read why you say no.",
            f"{_silence(is_late)} Nobody is paired by silence, and nobody but the team knows that you were asked.",
        ),
        button=Button("See them and answer", desk.links.proposals(cohort.slug)),
        why=f"you said that you mentor in {cohort.title}.",
        preheader=f"{names}.{by}." if by else f"{names}.",
    )


def _silence(is_late: bool) -> str:
    if is_late:
        return "The day that was meant for answers has passed; the question is open until the program team decides."
    return "If you do nothing, the question stays open: the program team sees it on that day and decides."


def _why(desk: Desk, pairing: Pairing) -> str:
    enrolment = pairing.enrolment
    titles = {one.key: one.title for one in pack_of(desk.own_cohort.version).competencies}
    areas = [titles.get(key, key) for key in enrolment.growth_areas]
    words = [
        ", ".join(filter(None, (enrolment.person.job_title, enrolment.person.company))),
        f"Wants to grow in {list_names(areas, most=3)}" if areas else "",
        *(str(text) for kind, text in pairing.reasons if kind == "because"),
    ]
    return ". ".join(filter(None, words)) + "."


def match_published(desk: Desk) -> Letter:
    pairing = db.session.scalar(
        select(Pairing)
        .options(
            joinedload(Pairing.mentor).joinedload(Mentor.person),
            joinedload(Pairing.enrolment).joinedload(Enrolment.person),
        )
        .where(Pairing.id == desk.message.params["pairing_id"])
        .execution_options(populate_existing=True)
    )
    if pairing is None:
        raise Moot(GONE)
    if pairing.state is not PairingState.ACTIVE:
        raise Moot(f"the pair is {pairing.state.value}")
    return match_letter(desk, pairing)


def match_letter(desk: Desk, pairing: Pairing) -> Letter:
    """How one of the two is told about the other; staff read the same before it leaves."""
    cohort = desk.own_cohort
    is_mentor = desk.person.id == pairing.mentor.person_id
    other = pairing.enrolment.person if is_mentor else pairing.mentor.person
    role = "mentee" if is_mentor else "new mentor" if _had_another(pairing) else "mentor"
    about = ", ".join(filter(None, (other.job_title, other.company)))
    reasons = tuple(Line(str(words)) for kind, words in pairing.reasons if kind == "because")
    return Letter(
        subject=f"Your {role} in {cohort.title}: {other.name}",
        title=f"Meet {other.name}",
        opening=f"{other.name} is your {role} in {cohort.title}.",
        when=(other.name, about),
        things=(Things("Why you two", reasons[:MOST_LINES]),) if reasons else (),
        paragraphs=(
            f"Propose a first meeting on that page: {first_name(other.name)} takes one of your times with one button. "
            f"Or write: {other.email}.",
        ),
        button=Button(
            "See the page of your pair",
            desk.links.pair(pairing.id) if is_mentor else desk.links.mentor(cohort.slug),
        ),
        why="the matches of this cohort were published.",
        preheader=f"{other.name} is your {role}.",
    )


def _had_another(pairing: Pairing) -> bool:
    """The participant has had a mentor before."""
    before = select(Pairing.id).where(
        Pairing.enrolment_id == pairing.enrolment_id, Pairing.id != pairing.id, Pairing.published_at.is_not(None)
    )
    return db.session.scalar(before.limit(1)) is not None


def meeting_proposed(desk: Desk) -> Letter:
    """To the one who takes a time."""
    proposal = _find_proposal(desk)
    _refuse_archived(desk)
    starts = starts_ahead(proposal, desk.now)
    if proposal.answered_at is not None:
        raise Moot("answered, or other times were proposed")
    if not starts:
        raise Moot("every time has passed")
    other, zone = _other(desk, proposal), desk.person.time_zone
    first, more = moment(starts[0], zone), len(starts) - 1
    others = f", or {count(more, 'other time', 'other times', words=True)}" if more else ""
    return Letter(
        subject=f"{other.name} proposes to meet: {first}{others}",
        title=f"{other.name} proposes to meet",
        opening=f"{first_name(other.name)} would like to meet for {minutes_words(proposal.minutes)}.",
        when=(first, _there(desk, starts[0], other.time_zone)),
        things=(Things("Take one of these", tuple(Line(moment(start, zone, other.time_zone)) for start in starts)),),
        paragraphs=("None of them suits? Propose others on the same page.",),
        button=_to_pair(desk, proposal, "Take a time"),
        why=f"you and {first_name(other.name)} are a pair in {desk.own_cohort.title}.",
        preheader=f"{first}{others}.",
    )


def meeting_taken(desk: Desk) -> Letter:
    """To the one who proposed."""
    proposal = _find_proposal(desk)
    if proposal.taken is None:
        raise Moot("not taken")
    if proposal.taken <= desk.now:
        raise Moot("too late")
    if is_replaced(proposal):
        raise Moot("the two agreed another date")
    other = _other(desk, proposal)
    when = moment(proposal.taken, desk.person.time_zone)
    return Letter(
        subject=f"You meet {other.name}: {when}",
        title=f"You meet {other.name}",
        opening=f"{first_name(other.name)} has taken one of the times that you proposed.",
        when=(when, _there(desk, proposal.taken, other.time_zone)),
        paragraphs=(f"{capital(minutes_words(proposal.minutes))}. It stands in the calendars of both of you here.",),
        button=_to_pair(desk, proposal, "See the page of your pair"),
        why="you proposed these times.",
        preheader=when,
    )


def meeting_called_off(desk: Desk) -> Letter:
    """To the one of the two who did not call it off."""
    proposal = _find_proposal(desk)
    if proposal.taken is not None or proposal.answered_at is None:
        raise Moot("not called off")
    other = _other(desk, proposal)
    name, starts = first_name(other.name), starts_of(proposal)
    is_mine = proposal.proposed_by_id == desk.person.id
    said = f"none of the times that you proposed suits {name}." if is_mine else f"{name} takes back the times."
    zone = desk.person.time_zone
    return Letter(
        subject=f"Called off: meeting {other.name}, {moment(starts[0], zone)}",
        title="The times to meet are called off",
        opening=f"{said} A date that you two agreed before still stands.",
        things=(Things("Called off", tuple(Line(moment(start, zone, other.time_zone)) for start in starts)),),
        paragraphs=(f"Either of you proposes other times on the page of your pair. Or write: {other.email}.",),
        button=_to_pair(desk, proposal, "Propose other times"),
        why=f"you and {name} are a pair in {desk.own_cohort.title}.",
        preheader=capital(said),
    )


def _find_proposal(desk: Desk) -> MeetingProposal:
    proposal = find_proposal(desk.message.params["proposal_id"])
    if proposal is None:
        raise Moot(GONE)
    db.session.refresh(proposal, ["answered_at", "taken"])
    db.session.refresh(proposal.pairing, ["state"])
    if proposal.pairing.state is not PairingState.ACTIVE:
        raise Moot("the pair has ended")
    return proposal


def _other(desk: Desk, proposal: MeetingProposal) -> Person:
    mentor, mentee = proposal.pairing.mentor.person, proposal.pairing.enrolment.person
    return mentee if desk.person.id == mentor.id else mentor


def _to_pair(desk: Desk, proposal: MeetingProposal, word: str) -> Button:
    is_mentor = desk.person.id == proposal.pairing.mentor.person_id
    links = desk.links
    return Button(word, links.pair(proposal.pairing_id) if is_mentor else links.mentor(desk.own_cohort.slug))


def _there(desk: Desk, at: datetime, host: str | None = None) -> str:
    """`Your time. 10:00 Chicago, where the program is run.`"""
    there = host_time(at, desk.person.time_zone, host or desk.own_cohort.zone)
    whose = "by the other’s clocks" if host else "where the program is run"
    return f"Your time. {there}, {whose}." if there else ""
