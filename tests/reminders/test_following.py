"""What a preview says of the mails to come: what the forecast says before and after the change is applied."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random

import pytest

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.reminders.following import AHEAD, Following
from cohort.reminders.forecast import forecast
from cohort.schedule.changing import apply, preview
from cohort.schedule.models import Extension
from cohort.schedule.moving import Alteration, Scope, defer, drop, move, override, pin, restore, shift
from cohort.schedule.pushing import Push, black_out
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.schedule.arranged import DOMAIN, wall

pytestmark = pytest.mark.sqlite_only

TABLE = "workshop:strategy-table"
ZONES = ("America/Chicago", "Europe/London", "Pacific/Auckland", "Australia/Lord_Howe", "Pacific/Kiritimati")


def planned(cohort: Cohort, now: datetime) -> dict[tuple[str, str, int], tuple[str, datetime, bool]]:
    rows = forecast(cohort, now=now, until=now + AHEAD)
    return {
        (row.rule, row.item, row.person_id): (row.title, row.local, row.is_wall_clock)
        for row in rows
        if row.state == "planned"
    }


def differences(cohort: Cohort, alteration: Alteration, now: datetime) -> list[Following]:
    """Apply the change, and compare the forecasts before and after it."""
    before = planned(cohort, now)
    apply(cohort, alteration, summary="Moved", by=None, now=now)
    db.session.expire_all()
    db.session.refresh(cohort, ["version"])
    after = planned(cohort, now)
    groups = defaultdict(list)
    for key in before.keys() | after.keys():
        was, becomes = before.get(key), after.get(key)
        if was != becomes:
            title = next(side[0] for side in (was, becomes) if side)
            groups[key[0], title, was is None, becomes is None].append((key[2], was, becomes))
    found = []
    for (rule, title, *_), mails in groups.items():
        first = min((was[1] for _, was, _ in mails if was), default=None)
        then = min((becomes[1] for *_, becomes in mails if becomes), default=None)
        is_wall_clock = next(side[2] for _, *sides in mails for side in sides if side)
        people = {person for person, *_ in mails}
        found.append(Following(rule, title, first, then, len(people), is_wall_clock))
    return sorted(found, key=by_name)


def by_name(it: Following) -> tuple[str, str, str, str, int]:
    return (it.rule, it.title, f"{it.before}", f"{it.after}", it.people)


def a_lively_cohort(build: Build, dice: Random) -> Cohort:
    cohort = build.cohort(launched_at=build.now - timedelta(days=80))
    build.staff(cohort)
    for _ in range(4):
        person = build.person(time_zone=dice.choice(ZONES), mail_wishes=dice.choice([{}, NO_MAIL_THAT_CAN_WAIT]))
        enrolment = build.enrolment(cohort, person)
        if dice.random() < 0.6:
            build.pairing(build.mentor(cohort), enrolment)
        if dice.random() < 0.5:
            extend(build, enrolment, dice.randint(1, 12))
    db.session.flush()
    return cohort


def extend(build: Build, enrolment: Enrolment, days: int) -> None:
    item = build.item(enrolment.cohort, "assignment.due:one-page-strategy")
    assert item.at
    until = item.at + timedelta(days=days)
    db.session.add(Extension(item_id=item.id, enrolment_id=enrolment.id, until=until, granted_at=build.now))


def any_change(dice: Random) -> Alteration:
    first = date(2026, 11, 23) + timedelta(days=dice.randint(0, 60))
    last = first + timedelta(days=dice.randint(0, 13))
    days, hours = dice.choice([-20, -3, 1, 7, 40]), dice.randint(0, 6)
    return dice.choice(
        [
            lambda it: move(it, TABLE, wall("2027-01-06T10:00") + timedelta(days=days, hours=hours)),
            lambda it: move(
                it, "checkin.opens:checkin-9", wall("2027-01-14T09:00") + timedelta(days=days), Scope.LATER
            ),
            lambda it: shift(it, "module.opens:look-up", days),
            lambda it: black_out(it, first, last, Push.NEXT_DAY),
            lambda it: black_out(it, first, last, Push.WEEKS),
            lambda it: drop(it, TABLE),
            lambda it: defer(it, it.start + timedelta(days=days)),
        ]
    )


@pytest.mark.parametrize("seed", range(12))
def test_preview_says_what_the_forecast_says_after_applying(build: Build, seed: int) -> None:
    dice = Random(seed)
    cohort = a_lively_cohort(build, dice)
    alteration = any_change(dice)

    seen = preview(cohort, alteration, by=None, mail_domain=DOMAIN, now=build.now)

    assert sorted(seen.following, key=by_name) == differences(cohort, alteration, build.now)


@pytest.mark.parametrize(
    ("first", "then"),
    list[tuple[Alteration, Alteration]](
        [
            (lambda it: drop(it, TABLE), lambda it: restore(it, TABLE)),
            (lambda it: override(it, TABLE, "match+9d 10:00"), lambda it: override(it, TABLE, "start+114d 10:00")),
            (lambda it: pin(it, TABLE), lambda it: shift(it, "module.opens:look-up", 7)),
        ]
    ),
)
def test_mails_of_what_comes_back_or_gets_a_date_are_foreseen(
    build: Build, first: Alteration, then: Alteration
) -> None:
    cohort = a_lively_cohort(build, Random(1))
    apply(cohort, first, summary="Before", by=None, now=build.now)

    seen = preview(cohort, then, by=None, mail_domain=DOMAIN, now=build.now)

    assert seen.following
    assert sorted(seen.following, key=by_name) == differences(cohort, then, build.now)


def test_mails_about_the_first_day_follow_a_deferred_start(build: Build) -> None:
    cohort = build.cohort(starts_on=date(2026, 12, 7))
    build.enrolment(cohort)

    seen = preview(cohort, lambda it: defer(it, date(2026, 12, 14)), by=None, mail_domain=DOMAIN, now=build.now)

    of_start = [it for it in seen.following if it.title == cohort.title]
    assert [(it.after - it.before).days for it in of_start if it.before and it.after] == [7] * len(of_start)
    assert of_start


def test_mail_that_stays_is_not_listed(build: Build) -> None:
    cohort = build.cohort(launched_at=build.now - timedelta(days=80))
    build.enrolment(cohort)

    seen = preview(
        cohort, lambda it: move(it, TABLE, wall("2027-01-12T10:00")), by=None, mail_domain=DOMAIN, now=build.now
    )

    assert {it.title for it in seen.following} == {"Strategy table", "One-page team strategy"}


def test_mails_that_read_alike_are_one_line(build: Build) -> None:
    cohort = build.cohort(starts_on=date(2026, 12, 7))
    for _ in range(3):
        build.pairing(build.mentor(cohort), build.enrolment(cohort))

    seen = preview(cohort, lambda it: defer(it, date(2026, 12, 14)), by=None, mail_domain=DOMAIN, now=build.now)

    lines = [(it.rule, it.title, it.before is None, it.after is None) for it in seen.following]
    assert len(lines) == len(set(lines))
    assert 3 in {it.people for it in seen.following if it.title == cohort.title}
