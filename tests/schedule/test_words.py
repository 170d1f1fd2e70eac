"""Dated items in words."""

from datetime import UTC, datetime
from types import SimpleNamespace

from cohort.schedule.doubts import PlanWarning
from cohort.schedule.items import Kind
from cohort.schedule.words import KIND_WORDS, by_month, list_doubts


def test_every_kind_has_words() -> None:
    assert set(KIND_WORDS) == set(Kind)


def test_months_are_those_of_the_zone() -> None:
    moments = [datetime(2027, 3, 1, 4, 59, tzinfo=UTC), datetime(2027, 3, 1, 5, 0, tzinfo=UTC), None]
    items = [SimpleNamespace(at=moment) for moment in moments]

    months = [(name, [item.at for item in group]) for name, group in by_month(items, "America/New_York")]

    assert months == [
        ("February 2027", moments[:1]),
        ("March 2027", moments[1:2]),
        ("When the matches are published", [None]),
    ]


def test_doubts_name_kinds_in_words_and_count_what_has_no_date() -> None:
    warnings = [
        PlanWarning("weekend", "assignment.due:a", "A (assignment.due) on Sun 7 Mar 2027 falls on a weekend."),
        PlanWarning("no-date", "milestone:b", "B has no date until the matches are published."),
        PlanWarning("no-date", "milestone:c", "C has no date until the matches are published."),
    ]

    assert list_doubts(warnings) == [
        "A (assignment due) on Sun 7 Mar 2027 falls on a weekend.",
        "2 dates hang on the matches, and will be known once those are published.",
    ]
