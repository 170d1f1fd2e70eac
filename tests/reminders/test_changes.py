"""What becomes of reminders when something changes, and after an outage: the cases of the specification.

Seven people on seven clocks have one assignment, due on 4 December 2026 at 23:59 UTC, and two rules speak of it: S1 two
days before at nine, S2 three hours before.
"""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from cohort.assignments.models import Submission, SubmissionState
from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.cohorts.turns import take_turn
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person
from cohort.people.wishes import AS_SHIPPED, Wishes
from cohort.programs.pack import ReminderRule
from cohort.reminders import tick, waves
from cohort.reminders.forecast import ForecastRow, forecast
from cohort.reminders.models import CohortRule, Reminder
from cohort.reminders.occasions import Occasion, Reader
from cohort.reminders.owing import SUPERSEDED, TOO_LATE, owe
from cohort.reminders.planning import Planned, list_watched, read_facts, write
from cohort.reminders.rounds import DAILY_CAP, Spent, bundles, decide, rounds
from cohort.reminders.tick import TickCounts, judge_late, plan, run_tick
from cohort.schedule.models import DatedItem, Extension
from tests.build import Build

ZONES = {
    "ada": "America/New_York",
    "bea": "Europe/London",
    "cai": "Australia/Lord_Howe",
    "dev": "Asia/Kathmandu",
    "eva": "America/Sao_Paulo",
    "fia": "Pacific/Apia",
    "gus": "Pacific/Pago_Pago",
}
ABOUT = {"about": "assignment.due", "to": "participant", "kind": "critical", "unless": "submitted"}
S1 = ReminderRule(key="s1", offset="-2d", at="09:00", **ABOUT)
S2 = ReminderRule(key="s2", offset="-3h", **ABOUT)
KEY = "three-conversations"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = utc("2026-11-21T09:00")
DUE = utc("2026-12-04T23:59")


@dataclass
class Cast:
    """The cohort of the specification."""

    cohort: Cohort
    item: DatedItem
    enrolments: dict[str, Enrolment]

    def times(self, now: datetime = NOW) -> dict[tuple[str, str], datetime]:
        """When each of them is foreseen to be reminded, by name and rule."""
        return {(row.person, row.rule): row.utc for row in self._foresee(now) if not row.reason}

    def reasons(self, now: datetime) -> dict[tuple[str, str], str]:
        return {(row.person, row.rule): row.reason for row in self._foresee(now) if row.reason}

    def _foresee(self, now: datetime) -> list[ForecastRow]:
        cohort = db.session.scalars(select(Cohort).options(joinedload(Cohort.version))).one()
        return forecast(cohort, now=now, until=now + timedelta(days=30))

    def move(self, to: datetime, now: datetime) -> None:
        self.item.at, self.item.changed_at = to, now
        db.session.commit()


@pytest.fixture
def cast(build: Build) -> Cast:
    cohort: Cohort = build.cohort(zone="Europe/London", launched_at=NOW - timedelta(days=1))
    rules = [*cohort.version.document["reminders"]]
    lead = build.staff(cohort, build.person("Dana")).person_id
    noted = {"cohort_id": cohort.id, "changed_at": NOW, "changed_by_id": lead}
    db.session.add_all(CohortRule(key=one["key"], is_off=True, rule={}, **noted) for one in rules)
    db.session.add_all(CohortRule(key=one.key, rule=asdict(one), **noted) for one in (S1, S2))
    people = {name: build.person(name, time_zone=zone) for name, zone in ZONES.items()}
    enrolments = {name: build.enrolment(cohort, one, answered_at=NOW) for name, one in people.items()}
    db.session.execute(update(DatedItem).values(at=None))
    item = build.item(cohort, f"assignment.due:{KEY}")
    item.at = DUE
    db.session.commit()
    return Cast(cohort, item, enrolments)


def rounds_at(*moments: str | datetime) -> None:
    for moment in moments:
        at = utc(moment) if isinstance(moment, str) else moment
        plan(at, TickCounts(), everything=True)
        judge_late(at)


def decided() -> list[tuple[str, str, datetime, str]]:
    """Who, which rule, about which date, and why not."""
    rows = db.session.execute(
        select(Person.name, Reminder.rule_key, Reminder.anchor_at, Reminder.reason)
        .join(Person, Person.id == Reminder.person_id)
        .order_by(Reminder.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def queued(name: str) -> list[tuple[str, datetime]]:
    return [(rule, anchor) for who, rule, anchor, reason in decided() if who == name and not reason]


def test_everybody_is_foreseen_twice_and_planning_stores_nothing_before(cast: Cast) -> None:
    """P01."""
    rounds_at(NOW, NOW)

    assert (len(cast.times()), decided()) == (14, [])


def test_all_is_decided_once_however_often_rounds_run(cast: Cast) -> None:
    moments = sorted(set(cast.times().values()))

    rounds_at(*moments)
    first = decided()
    rounds_at(*moments, moments[-1] + timedelta(minutes=1))

    assert (len(first), decided()) == (14, first)
    assert db.session.query(Message).filter_by(template="reminder").count() == 14


def test_second_planner_of_the_same_cohort_writes_nothing(cast: Cast) -> None:
    """P02: both read, one is quicker; so it is when the cohort changes in between."""
    at = utc("2026-12-02T14:00")
    cohort = list_watched(at, everything=True)[0]
    decisions, _ = decide(read_facts([cohort])[cohort.id].list_open(), at, Spent())
    planned = [Planned(cohort, decisions, at + timedelta(minutes=5))]

    written = [write(planned, at) for _ in range(2)]

    assert [(one.queued + one.dropped, one.overtaken) for one in written] == [
        (3, frozenset()),  # bea, eva and ada
        (0, {cohort.id}),
    ]
    assert len(decided()) == 3


@pytest.mark.parametrize(("times", "told"), [(0, 3), (1, 3), (tick.LOOKS - 1, 3), (tick.LOOKS, 0)])
def test_round_looks_again_at_a_cohort_that_changes_while_it_is_planned(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, times: int, told: int
) -> None:
    """Somebody is quicker so many times between reading and writing: nothing is told of what was read before."""
    left = list(range(times))

    def be_quicker(*_arguments: Any, **_named: Any) -> None:
        if left:
            left.pop()
            take_turn(cast.cohort.id)

    monkeypatch.setattr(tick, "queue_staff_digests", be_quicker)
    counts = TickCounts()

    plan(utc("2026-12-02T14:00"), counts, everything=True)

    assert (counts.looked, counts.queued + counts.dropped, len(decided())) == (1, told, told)
    rounds_at("2026-12-02T14:00")
    assert len(decided()) == 3


def test_moved_date_moves_what_has_not_left(cast: Cast) -> None:
    """P03."""
    cast.move(utc("2026-12-07T23:59"), NOW)

    assert cast.times()["bea", "s1"] == utc("2026-12-05T09:00")
    assert len(cast.times()) == 14


def test_moved_date_is_told_again_when_it_was_told_before(cast: Cast) -> None:
    """P04: another date is another mail."""
    rounds_at("2026-12-02T09:00")
    cast.move(utc("2026-12-07T23:59"), utc("2026-12-03T10:00"))
    assert cast.times(utc("2026-12-03T10:00"))["bea", "s1"] == utc("2026-12-05T09:00")
    rounds_at("2026-12-05T09:00")

    assert queued("bea") == [("s1", DUE), ("s1", utc("2026-12-07T23:59"))]
    keys = db.session.scalars(select(Message.dedup_key).where(Message.person_id == cast.enrolments["bea"].person_id))
    assert len(set(keys)) == 2


def test_date_that_moves_by_less_than_a_day_is_not_told_again(cast: Cast) -> None:
    rounds_at("2026-12-02T09:00")
    cast.move(DUE + timedelta(hours=20), utc("2026-12-02T12:00"))

    assert ("bea", "s1") not in cast.times(utc("2026-12-02T12:00"))


def test_date_moved_close_is_told_at_once(cast: Cast) -> None:
    """P06: to whom it is three in the morning, when the night is over."""
    at = utc("2026-12-02T08:00")
    cast.move(utc("2026-12-03T12:00"), at)
    foreseen = cast.times(at)
    assert (foreseen["bea", "s1"], foreseen["ada", "s1"]) == (at, utc("2026-12-02T12:00"))

    rounds_at(at)
    assert [queued("bea"), queued("ada")] == [[("s1", utc("2026-12-03T12:00"))], []]
    rounds_at("2026-12-02T12:00")
    assert queued("ada") == [("s1", utc("2026-12-03T12:00"))]


def test_extension_moves_one_person_only(cast: Cast) -> None:
    """P07."""
    before = cast.times()
    until = DUE + timedelta(days=3)
    bea = cast.enrolments["bea"].id
    db.session.add(Extension(item_id=cast.item.id, enrolment_id=bea, until=until, granted_at=NOW))
    db.session.commit()

    after = cast.times()
    assert after["bea", "s1"] == utc("2026-12-05T09:00")
    assert {who for (who, rule), at in after.items() if before[who, rule] != at} == {"bea"}


def test_what_is_handed_in_and_taken_back_is_reminded_of_again(cast: Cast) -> None:
    """P08."""
    work = Submission(enrolment_id=cast.enrolments["bea"].id, assignment_key=KEY, reviewed_by="mentor")
    work.state, work.saved_at, work.submitted_at = SubmissionState.SUBMITTED, NOW, NOW
    db.session.add(work)
    db.session.commit()
    assert cast.reasons(NOW) == {("bea", "s1"): "submitted", ("bea", "s2"): "submitted"}

    work.state, work.submitted_at = SubmissionState.DRAFT, None
    db.session.commit()
    assert len(cast.times()) == 14


def test_rule_that_speaks_earlier_is_not_sent_twice(cast: Cast) -> None:
    """P12."""
    rounds_at("2026-12-02T12:00")  # bea is late, eva on time
    earlier = asdict(S1) | {"offset": "-3d"}
    db.session.execute(update(CohortRule).where(CohortRule.key == "s1").values(rule=earlier))
    db.session.commit()

    assert ("eva", "s1") not in cast.times(utc("2026-12-02T12:30"))
    assert cast.times()["ada", "s1"] == utc("2026-12-01T14:00")


def test_new_zone_moves_what_has_not_left_and_stores_nothing(cast: Cast) -> None:
    """T25."""
    dev = cast.enrolments["dev"].person_id
    db.session.execute(update(Person).where(Person.id == dev).values(time_zone="America/Los_Angeles"))
    db.session.commit()

    assert cast.times(utc("2026-12-01T00:00"))["dev", "s1"] == utc("2026-12-02T17:00")
    assert decided() == []


def test_zone_that_does_not_exist_is_taken_as_the_cohorts(cast: Cast) -> None:
    """T24."""
    gus = cast.enrolments["gus"].person_id
    db.session.execute(update(Person).where(Person.id == gus).values(time_zone="Mars/Olympus"))
    db.session.commit()

    assert cast.times()["gus", "s1"] == utc("2026-12-02T09:00")
    rounds_at("2026-12-02T09:00")
    assert queued("gus") == [("s1", DUE)]


def test_date_changed_behind_our_back_is_found_by_the_next_sweep(cast: Cast) -> None:
    """P17."""
    plan(NOW, TickCounts(), everything=False)
    db.session.execute(update(DatedItem).where(DatedItem.id == cast.item.id).values(at=NOW + timedelta(hours=4)))
    db.session.commit()

    plan(NOW + timedelta(minutes=59), TickCounts(), everything=False)
    assert decided() == []
    plan(NOW + timedelta(hours=1), TickCounts(), everything=False)
    assert ("bea", "s2") in {(who, rule) for who, rule, _, _ in decided()}


def test_who_withdraws_or_is_deactivated_is_left_alone(cast: Cast) -> None:
    """P19, and the withdrawal of P09 before anything is queued."""
    cast.enrolments["ada"].state = EnrolmentState.WITHDRAWN
    db.session.execute(update(Person).where(Person.name == "bea").values(deactivated_at=NOW))
    db.session.commit()

    assert {who for who, _ in cast.times()} == set(ZONES) - {"ada", "bea"}


def test_three_things_due_alike_are_one_mail(cast: Cast, build: Build) -> None:
    """P14."""
    others = db.session.scalars(select(DatedItem).where(DatedItem.kind == "assignment.due").limit(3)).all()
    for item in {*others[:2], cast.item}:
        item.at = DUE
    db.session.commit()
    number = db.session.query(DatedItem).filter(DatedItem.at == DUE).count()

    rounds_at("2026-12-02T09:00")

    assert len(queued("bea")) == number >= 2
    mails = select(Message).where(Message.person_id == cast.enrolments["bea"].person_id)
    assert len(db.session.scalars(mails).all()) == 1


def reader(zone: str = ZONES["bea"]) -> Reader:
    return Reader(2, "bea", zone)


def owed_at(at: datetime, *, kind: str = "critical", number: int = 0) -> Any:
    """Something of which bea is to hear at `at`; it lies far ahead."""
    ahead = at + timedelta(days=20)
    about = Occasion("assignment.due", f"a{number}", "A", 1, reader(), None, ahead, NOW - timedelta(days=9))
    rule = ReminderRule(
        key=f"r{number}",
        about="assignment.due",
        offset="-20d",
        at=f"{in_zone(at, ZONES['bea']):%H:%M}",
        to="participant",
        kind=kind,
    )
    return owe(rule, about, reader())


def test_more_than_six_on_one_day_join_the_next_digest() -> None:
    """P16."""
    morning = utc("2026-11-24T09:00")
    nine = [owed_at(morning + timedelta(hours=n), number=n) for n in range(9)]

    left = [(at, list(bundles(one.owed for one in made))) for at, made in rounds(nine, since=morning)]

    assert [(at.day, len(mails), sum(len(mail.owed) for mail in mails)) for at, mails in left if mails] == [
        *[(24, 1, 1)] * DAILY_CAP,
        (25, 1, 3),
    ]
    assert (left[-1][0], left[-1][1][0].topic) == (utc("2026-11-25T08:00"), "")
    assert left[-1][1][0].owed[0].digest == "daily"


def test_more_than_the_budget_of_a_week_joins_the_weekly_digest() -> None:
    monday = utc("2026-11-23T09:00")
    five = [owed_at(monday + timedelta(days=n), kind="digest", number=n) for n in range(5)]

    left = [(at, len(made)) for at, made in rounds(five, since=monday) if made]

    assert left == [*((monday + timedelta(days=n), 1) for n in range(AS_SHIPPED.budget)), (utc("2026-11-30T08:00"), 1)]


def test_budget_of_somebody_in_two_cohorts_counts_the_mails_of_both_by_the_clock_of_each() -> None:
    """Read with clocks of two zones, as where a cohort stands in for a zone that is not known."""
    sunday = utc("2026-11-29T23:30")  # Monday in Kathmandu
    mails = [owed_at(sunday + timedelta(minutes=n), kind="digest", number=n) for n in range(AS_SHIPPED.budget + 1)]
    there = [replace(one, reader=replace(one.reader, zone=ZONES["dev"])) for one in mails]
    spent = Spent()

    for here, elsewhere in zip(mails[:2], there[2:4], strict=True):
        assert (spent.put_off(here), spent.put_off(elsewhere)) == (None, None)
        spent.note(here)
        spent.note(elsewhere)

    assert [put.due_at if (put := spent.put_off(one)) else None for one in (mails[4], there[4])] == [
        utc("2026-11-30T08:00"),
        utc("2026-12-07T02:15"),
    ]


def test_rounds_in_between_change_nothing_about_what_waits_for_the_digest() -> None:
    monday = utc("2026-11-23T09:00")
    five = [owed_at(monday + timedelta(days=n), kind="digest", number=n) for n in range(5)]
    spent = Spent()
    for one in five[:4]:
        decide([one], one.due_at, spent)

    friday, later = decide([five[4]], five[4].due_at, spent)
    saturday, still = decide([five[4]], five[4].due_at + timedelta(days=1), spent)
    on_monday, none = decide([five[4]], utc("2026-11-30T08:00"), spent)

    assert (friday, saturday) == ([], [])
    assert [one.due_at for one in (*later, *still)] == [utc("2026-11-30T08:00")] * 2
    assert ([one.owed.digest for one in on_monday], none) == (["weekly"], [])


def test_what_was_put_off_leaves_with_the_digest_and_not_before(cast: Cast, settings: Settings) -> None:
    """The budget of one mail a week is spent on Wednesday; Thursday's waits until Monday, and is still said then."""
    far = ReminderRule(key="far", offset="-9d", at="10:00", **{**ABOUT, "kind": "digest"})
    noted = {"cohort_id": cast.cohort.id, "changed_at": NOW, "changed_by_id": cast.enrolments["ada"].person_id}
    db.session.add(CohortRule(key="far", rule=asdict(far), **noted))
    can_wait = asdict(S1) | {"kind": "digest"}
    db.session.execute(update(CohortRule).where(CohortRule.key == "s1").values(rule=can_wait))
    other = db.session.scalars(
        select(DatedItem).where(DatedItem.kind == "assignment.due", DatedItem.id != cast.item.id).limit(1)
    ).one()
    other.at = utc("2026-12-12T23:59")
    for enrolment in cast.enrolments.values():
        enrolment.answered_at = utc("2026-11-30T00:00")
    bea = cast.enrolments["bea"].person_id
    db.session.execute(update(Person).where(Person.id == bea).values(mail_wishes=Wishes(budget=1).stored()))
    db.session.commit()

    for moment in ("2026-12-02T09:00", "2026-12-03T10:00", "2026-12-05T10:00", "2026-12-07T08:00"):
        run_tick(utc(moment), settings, MailboxTransport())

    sent = db.session.execute(
        select(Reminder.rule_key, Message.topic, Message.sent_at)
        .join(Message, Message.id == Reminder.message_id)
        .where(Reminder.person_id == bea, Message.state == MessageState.SENT, Message.topic != "")
        .order_by(Message.id)
    )
    assert [(key, topic, f"{at:%d %H:%M}") for key, topic, at in sent] == [
        ("s1", "coursework", "02 09:00"),
        ("far", "digest", "07 08:00"),
    ]


def test_outage_of_some_hours_delays(cast: Cast) -> None:
    """L01: from 08:00 to 12:00 no worker ran."""
    rounds_at("2026-12-02T08:00", "2026-12-02T12:00")

    assert (queued("bea"), queued("eva")) == ([("s1", DUE)], [("s1", DUE)])
    states = set(db.session.execute(select(Message.state, Message.held_at, Message.due_at)))
    assert {tuple(one) for one in states} == {(MessageState.PENDING, None, utc("2026-12-02T12:00"))}


def test_outage_of_a_week_sends_no_old_news(cast: Cast) -> None:
    """L02."""
    rounds_at("2026-12-04T10:00", "2026-12-04T16:14", "2026-12-04T20:59")

    found = {(who, rule): reason for who, rule, _, reason in decided()}
    assert {reason for (_, rule), reason in found.items() if rule == "s1"} == {TOO_LATE}
    assert {(who, rule) for (who, rule), reason in found.items() if not reason} == {(who, "s2") for who in ZONES}


def test_only_the_last_of_several_late_ones_is_said() -> None:
    at = utc("2026-12-01T12:00")
    about = Occasion("assignment.due", "a", "A", 1, reader(), None, at + timedelta(hours=6), NOW)
    early = owe(ReminderRule(key="one", offset="-8h", **ABOUT), about, reader())
    late = owe(ReminderRule(key="two", offset="-7h", **ABOUT), about, reader())

    made, _ = decide([early, late], at, Spent())

    assert [(one.owed.rule.key, one.reason) for one in made] == [("one", SUPERSEDED), ("two", "")]


class TestWaves:
    """L04: so many late mails that staff decide."""

    LATE = utc("2026-12-02T12:00")

    @pytest.fixture
    def wave(self, cast: Cast, build: Build, monkeypatch: pytest.MonkeyPatch) -> Cast:
        monkeypatch.setattr(waves, "SMALL", 1)
        rounds_at(self.LATE)  # bea since 09:00; eva is on time
        db.session.execute(update(Message).values(held_at=self.LATE, due_at=self.LATE + timedelta(hours=2), reason=""))
        judge_late(self.LATE)
        return cast

    def test_they_wait_for_two_hours_and_staff_are_told_once(self, wave: Cast) -> None:
        judge_late(self.LATE + timedelta(minutes=1))

        assert waves.count_waiting(wave.cohort.id) == (2, self.LATE + timedelta(hours=2))
        told = db.session.scalars(select(Message).where(Message.template == "late-wave")).all()
        assert [(one.cohort_id, one.due_at) for one in told] == [(wave.cohort.id, self.LATE)]
        gaps = db.session.scalars(select(Message.due_at).where(Message.template == "reminder").order_by(Message.due_at))
        assert [at - self.LATE for at in gaps] == [timedelta(hours=2), timedelta(hours=2, seconds=0.4)]

    def test_staff_send_them(self, wave: Cast) -> None:
        assert waves.release(wave.cohort.id, now=self.LATE) == 2
        db.session.commit()
        assert waves.count_waiting(wave.cohort.id) == (0, None)
        judge_late(self.LATE + timedelta(minutes=1))

        assert waves.count_waiting(wave.cohort.id) == (0, None)
        first = select(func.min(Message.due_at), func.count()).where(Message.template == "reminder")
        assert tuple(db.session.execute(first).one()) == (self.LATE, 2)

    def test_staff_send_what_is_urgent(self, wave: Cast) -> None:
        assert waves.release(wave.cohort.id, now=self.LATE, only_due_before=self.LATE + timedelta(days=1)) == 0
        assert waves.release(wave.cohort.id, now=self.LATE) == 0
        reasons = db.session.scalars(select(Message.reason).where(Message.template == "reminder"))
        assert set(reasons) == {waves.DROPPED}

    def test_staff_drop_them(self, wave: Cast) -> None:
        assert (waves.drop(wave.cohort.id), waves.drop(wave.cohort.id)) == (2, 0)

    def test_many_are_no_wave_where_many_are_usual(self, build: Build, cast: Cast) -> None:
        person = cast.enrolments["ada"].person_id
        hours = [self.LATE - timedelta(days=1, hours=n % 3) for n in range(30)]
        values = {"person_id": person, "template": "reminder", "params": {}, "state": MessageState.SENT}
        db.session.add_all(
            Message(dedup_key=f"m{n}", due_at=at, sent_at=at, created_at=at, **values) for n, at in enumerate(hours)
        )
        db.session.commit()

        assert waves.usual_hour(self.LATE) == 10
