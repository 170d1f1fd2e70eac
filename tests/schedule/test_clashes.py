"""What collides after a change: each kind once, and what is nobody's business any more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cohort.db import db
from cohort.mentoring.models import MentoringSession, Pairing, PairingState
from cohort.people.models import Away, AwayKind, Person
from cohort.schedule.busy import find_busy
from cohort.schedule.changing import preview
from cohort.schedule.clashes import Absence, Busy, Clash, Meeting, list_clashes
from cohort.schedule.moving import compare, drop, move
from cohort.schedule.plan import Arrangement, plan_dates
from cohort.schedule.pushing import black_out
from tests.build import Build
from tests.schedule.arranged import DOMAIN, arranged, wall
from tests.schedule.packs import make_module, make_pack

PACK = make_pack(
    make_module("a", workshop="start+2d 10:00", due="workshop:a+7d 17:00"),
    make_module("b", workshop="start+9d 10:00"),
    milestones={"party": "start+11d 15:00"},
    length_days=26,
)
"""Workshops on the Wednesdays 3 and 10 March 2027; the last day is Fri 26 March."""
NOW = datetime(2027, 2, 1, tzinfo=UTC)


def clashes(
    before: Arrangement, after: Arrangement, *, busy: Busy | None = None, now: datetime = NOW
) -> list[tuple[str, str | None, str | None]]:
    return [(it.code, it.item, it.other) for it in all_clashes(before, after, busy=busy, now=now)]


def all_clashes(
    before: Arrangement, after: Arrangement, *, busy: Busy | None = None, now: datetime = NOW
) -> tuple[Clash, ...]:
    was, becomes = plan_dates(before), plan_dates(after)
    return list_clashes(was, becomes, compare(was, becomes), busy=busy or Busy(), now=now)


@pytest.mark.parametrize(
    ("item_id", "to", "expected"),
    [
        ("workshop:a", "2027-03-04T10:00", []),
        ("workshop:a", "2027-03-10T11:59", [("overlap", "workshop:a", "workshop:b")]),
        ("workshop:a", "2027-03-10T12:00", []),
        ("workshop:b", "2027-03-03T09:00", [("overlap", "workshop:a", "workshop:b")]),
        ("milestone:party", "2027-03-13T15:00", [("weekend", "milestone:party", None)]),
        ("milestone:party", "2027-03-29T15:00", [("after-end", "milestone:party", None)]),
        ("milestone:party", "2027-02-26T15:00", [("before-start", "milestone:party", None)]),
        (
            "workshop:a",
            "2027-03-20T10:00",  # the assignment follows to the 27th, a Saturday after the last day
            [
                ("weekend", "workshop:a", None),
                ("weekend", "assignment.due:a", None),
                ("after-end", "assignment.due:a", None),
            ],
        ),
    ],
)
def test_date_that_is_odd_is_said(item_id: str, to: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    before = arranged(PACK)

    assert clashes(before, move(before, item_id, wall(to))) == expected


def test_blackout_is_said_for_what_lies_in_it_and_for_what_moves_into_it() -> None:
    before = arranged(PACK)
    closed = black_out(before, date(2027, 3, 3), date(2027, 3, 5))
    days = "2027-03-03..2027-03-05"

    assert clashes(before, closed) == [("blackout", "workshop:a", days)]
    assert clashes(closed, move(closed, "milestone:party", wall("2027-03-05T15:00"))) == [
        ("blackout", "milestone:party", days)
    ]


def test_what_was_odd_before_is_no_clash_of_this_change() -> None:
    before = move(arranged(PACK), "milestone:party", wall("2027-03-13T15:00"))

    assert clashes(before, move(before, "workshop:a", wall("2027-03-04T10:00"))) == []
    assert clashes(before, move(before, "milestone:party", wall("2027-03-14T15:00"))) == [
        ("weekend", "milestone:party", None)
    ]


def test_what_has_no_date_yet_is_no_clash() -> None:
    before = arranged(make_pack(milestones={"meet": "match+2d", "party": "start+2d"}))

    assert clashes(before, move(before, "milestone:party", wall("2027-03-04T10:00"))) == []


def test_what_would_lie_in_the_past_is_said_once_it_leads_there() -> None:
    before = arranged(PACK)
    now = datetime(2027, 3, 5, tzinfo=UTC)

    to_the_past = move(before, "workshop:b", wall("2027-03-04T10:00"))
    within_the_past = move(before, "workshop:a", wall("2027-03-02T10:00"))

    assert clashes(before, to_the_past, now=now) == [("past", "workshop:b", None)]
    assert clashes(before, drop(before, "workshop:b"), now=now) == []
    assert ("past", "workshop:a", None) not in clashes(before, within_the_past, now=now)


@pytest.mark.parametrize(("minutes", "is_met"), [(-60, False), (-59, True), (0, True), (119, True), (120, False)])
def test_mentoring_session_in_the_time_of_a_sitting_is_said(minutes: int, is_met: bool) -> None:
    before = arranged(PACK)
    begins = datetime(2027, 3, 4, 10, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    busy = Busy([Meeting("Priya with Luis", begins, begins + timedelta(minutes=60))])

    found = all_clashes(before, move(before, "workshop:a", wall("2027-03-04T10:00")), busy=busy)

    message = "A (workshop) falls into a mentoring session: Priya with Luis."
    assert found == ((Clash("session", "workshop:a", "Priya with Luis", message),) if is_met else ())


def test_who_is_away_or_on_call_by_their_own_calendar_is_said() -> None:
    """Thursday 10:00 UTC is Friday in Kiritimati, and Thursday still in New York."""
    before = arranged(PACK)
    thursday = date(2027, 3, 4)
    busy = Busy(
        (),
        [
            Absence("Ann", "on call", "America/New_York", thursday, thursday),
            Absence("Ben", "away", "Pacific/Kiritimati", thursday, thursday),
            Absence("Cy", "away", "Pacific/Kiritimati", thursday + timedelta(days=1), date(2027, 3, 9)),
        ],
    )

    found = all_clashes(before, move(before, "workshop:a", wall("2027-03-04T10:00")), busy=busy)

    assert [(it.code, it.item, it.other, it.message) for it in found] == [
        ("on-call", "workshop:a", "Ann", "Ann is on call from Thu 4 Mar 2027 to Thu 4 Mar 2027: A (workshop)."),
        ("away", "workshop:a", "Cy", "Cy is away from Fri 5 Mar 2027 to Tue 9 Mar 2027: A (workshop)."),
    ]


def test_who_is_away_when_a_module_opens_misses_nothing() -> None:
    before = arranged(PACK)
    busy = Busy((), [Absence("Ann", "away", "UTC", date(2027, 3, 1), date(2027, 3, 31))])

    assert clashes(before, move(before, "module.opens:a", wall("2027-03-02T08:00")), busy=busy) == []


# --- from the database: a cohort in Chicago, in its eleventh week on Mon 23 November 2026


def meet(pairing: Pairing, by: Person, held_on: date, next_at: datetime | None) -> None:
    values = {"minutes": 45, "logged_by_id": by.id, "logged_at": datetime(2026, 11, 20, tzinfo=UTC)}
    values["form_key"] = f"{pairing.id} {held_on}"
    db.session.add(MentoringSession(pairing_id=pairing.id, held_on=held_on, next_at=next_at, **values))
    db.session.flush()


def test_next_meetings_of_pairs_and_days_away_are_found(build: Build) -> None:
    cohort, elsewhere = build.cohort(), build.cohort()
    at = datetime(2026, 12, 2, 16, 30, tzinfo=UTC)
    for name, where in (("Ann", cohort), ("Ben", cohort), ("Cy", elsewhere)):
        person = build.person(name)
        pairing = build.pairing(build.mentor(where, build.person(f"Mentor of {name}")), build.enrolment(where, person))
        meet(pairing, person, date(2026, 11, 10), at)
        if name == "Ben":
            meet(pairing, person, date(2026, 11, 20), at + timedelta(days=1))  # agreed on later: this one holds
        db.session.add(
            Away(person_id=person.id, kind=AwayKind.ON_CALL, first=at.date(), last=at.date(), added_at=build.now)
        )
    db.session.flush()

    seen = preview(
        cohort,
        lambda it: move(it, "workshop:delegation-dojo", wall("2026-12-02T10:00")),
        by=None,
        mail_domain=DOMAIN,
        now=build.now,
    )

    assert [(it.code, it.item, it.other) for it in seen.clashes if it.code in {"session", "on-call"}] == [
        ("session", "workshop:delegation-dojo", "Ann with Mentor of Ann"),
        ("on-call", "workshop:delegation-dojo", "Ann"),
        ("on-call", "workshop:delegation-dojo", "Ben"),
    ]


def test_meetings_that_are_over_or_of_pairs_that_ended_are_not_found(build: Build) -> None:
    cohort = build.cohort()
    ended = build.pairing(build.mentor(cohort), build.enrolment(cohort), state=PairingState.CLOSED)
    going = build.pairing(build.mentor(cohort), build.enrolment(cohort))
    meet(ended, ended.mentor.person, date(2026, 11, 10), build.now + timedelta(days=9))
    meet(going, going.mentor.person, date(2026, 11, 10), build.now - timedelta(minutes=1))
    before = plan_dates(arranged(PACK))
    moves = compare(before, replace(before, items=()))

    assert find_busy(cohort, moves, now=build.now) == Busy()
    later = [replace(it, after=build.now) for it in moves]
    assert find_busy(cohort, later, now=build.now) == Busy([], [])
