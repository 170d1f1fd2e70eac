"""What a person wishes of mail: kept and read back, changed, and what is gathered when it changes."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.people.wishes import (
    AS_SHIPPED,
    EVERY_DAY,
    LONGEST_GATHERED,
    Choice,
    Topic,
    Wishes,
    topics_in,
    wishes_of,
)

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)

CHOICES = st.dictionaries(st.sampled_from(Topic), st.sampled_from(Choice))
CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
WISHES = st.builds(
    lambda choices, **rest: Wishes(**rest).choosing(choices),
    CHOICES,
    quiet_from=CLOCKS,
    quiet_until=CLOCKS,
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda days: tuple(sorted(days))),
    digest_at=CLOCKS,
    digest_day=st.sampled_from(EVERY_DAY),
    budget=st.integers(0, 20),
)


@given(WISHES, WISHES)
def test_everything_that_is_kept_reads_back(before: Wishes, after: Wishes) -> None:
    for wishes in (after, after.instead_of(before, NOW)):
        assert wishes_of(wishes.stored()) == wishes


def test_what_is_as_shipped_is_not_kept() -> None:
    assert AS_SHIPPED.stored() == {}
    assert AS_SHIPPED.choosing(dict.fromkeys(Topic, Choice.NOW)).stored() == {}


@given(WISHES, CHOICES)
def test_choosing_changes_those_topics_alone(wishes: Wishes, choices: dict[Topic, Choice]) -> None:
    chosen = wishes.choosing(choices)

    assert {topic: chosen.choice(topic) for topic in Topic} == {
        topic: choices.get(topic, wishes.choice(topic)) for topic in Topic
    }


@pytest.mark.parametrize("scope", [None, *Topic])
def test_turning_off_reaches_as_far_as_its_scope(scope: Topic | None) -> None:
    off = AS_SHIPPED.without(scope)

    assert {topic for topic in Topic if off.choice(topic) is Choice.OFF} == set(topics_in(scope))


@pytest.mark.parametrize(
    ("first", "last", "quiet"),
    [
        ("22:00", "07:00", {"22:00", "23:59", "00:00", "06:59"}),
        ("06:59", "07:01", {"06:59", "07:00"}),
        ("07:00", "07:00", set()),
    ],
)
def test_quiet_hours_hold_their_first_minute_and_not_their_last(first: str, last: str, quiet: set[str]) -> None:
    wishes = Wishes(quiet_from=time.fromisoformat(first), quiet_until=time.fromisoformat(last))
    tried = ("21:59", "22:00", "23:59", "00:00", "06:59", "07:00", "07:01")

    assert {at for at in tried if wishes.is_quiet(time.fromisoformat(at))} == quiet


def changed(*ways: Choice, every: timedelta = timedelta()) -> Wishes:
    """One topic, chosen one way after the other, the last of them at NOW."""
    wishes, at = AS_SHIPPED, NOW - every * (len(ways) - 1)
    for way in ways:
        wishes, at = wishes.choosing({Topic.WORKSHOPS: way}).instead_of(wishes, at), at + every
    return wishes


@pytest.mark.parametrize(
    ("ways", "of_before", "of_after"),
    [
        ([Choice.WEEKLY, Choice.NOW], Choice.WEEKLY, Choice.NOW),
        ([Choice.WEEKLY, Choice.DAILY], Choice.WEEKLY, Choice.DAILY),
        ([Choice.DAILY, Choice.WEEKLY], Choice.DAILY, Choice.WEEKLY),
        ([Choice.NOW, Choice.WEEKLY], Choice.WEEKLY, Choice.WEEKLY),
        ([Choice.WEEKLY, Choice.OFF], Choice.OFF, Choice.OFF),
        ([Choice.WEEKLY, Choice.DAILY, Choice.NOW], Choice.WEEKLY, Choice.NOW),
    ],
)
def test_what_is_gathered_comes_with_its_mail_unless_it_is_turned_off(
    ways: list[Choice], of_before: Choice, of_after: Choice
) -> None:
    wishes = changed(*ways)

    assert [wishes.choice_at(Topic.WORKSHOPS, at) for at in (BEFORE, NOW, AFTER)] == [of_before, of_after, of_after]
    assert wishes.choice_at(Topic.COURSEWORK, BEFORE) is Choice.NOW


def test_what_was_gathered_long_ago_is_forgotten() -> None:
    wishes = changed(Choice.WEEKLY, Choice.NOW, Choice.OFF, Choice.NOW, every=LONGEST_GATHERED)

    assert (wishes.gathered, wishes.gathered_until) == ((), None)
