"""How a pair is doing, case by case."""

from datetime import date, timedelta
from typing import Any

import pytest

from cohort.mentoring.health import Ahead, Contact, judge

TODAY = date(2026, 11, 23)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def contact(**values: Any) -> Contact:
    facts = {
        "paired_on": days_ago(60),
        "met_on": days_ago(5),
        "sign_on": None,
        "next_on": None,
        "ahead": Ahead("waiting-conversation", 4, "The waiting conversation", date(2026, 11, 28)),
    }
    return Contact(**(facts | values))


@pytest.mark.parametrize(
    ("values", "word", "kind"),
    [
        ({}, "On track", "ok"),
        ({"met_on": days_ago(13)}, "On track", "ok"),
        ({"met_on": days_ago(14)}, "Quiet for 14 days", "warn"),
        ({"met_on": days_ago(20)}, "Quiet for 20 days", "warn"),
        ({"met_on": days_ago(21)}, "Quiet for 21 days", "bad"),
        ({"met_on": days_ago(30), "sign_on": days_ago(3)}, "On track", "ok"),
        ({"met_on": days_ago(30), "next_on": TODAY}, "On track", "ok"),
        ({"met_on": None, "paired_on": days_ago(3)}, "Nothing logged yet", ""),
        ({"met_on": None, "paired_on": days_ago(15)}, "Quiet for 15 days", "warn"),
        ({"ahead": Ahead("x", 3, "X", days_ago(1))}, "Session 3 not logged", "warn"),
        ({"ahead": Ahead("x", 3, "X", TODAY)}, "On track", "ok"),
        ({"ahead": Ahead("x", 3, "X", days_ago(1)), "paired_on": TODAY, "met_on": None}, "Nothing logged yet", ""),
        ({"ahead": Ahead("x", 3, "X", days_ago(1)), "met_on": days_ago(21)}, "Quiet for 21 days", "bad"),
        ({"ahead": None}, "On track", "ok"),
    ],
)
def test_status_is_the_gravest_that_holds(values: dict[str, Any], word: str, kind: str) -> None:
    health = judge(contact(**values), TODAY)

    assert (health.word, health.kind) == (word, kind)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "Session 4, “The waiting conversation”, should happen by Sat 28 Nov; no date is agreed."),
        (
            {"next_on": date(2026, 11, 25)},
            "Session 4, “The waiting conversation”, should happen by Sat 28 Nov; you meet on Wed 25 Nov.",
        ),
        (
            {"met_on": date(2026, 11, 7)},
            "No session, check-in or work since Sat 7 Nov. "
            "Session 4, “The waiting conversation”, should happen by Sat 28 Nov; no date is agreed.",
        ),
        (
            {"ahead": Ahead("x", 3, "X", date(2026, 11, 21))},
            "“X” was planned by Sat 21 Nov. Log it, or agree on a date.",
        ),
        (
            {"ahead": Ahead("x", 3, "X", date(2026, 10, 24)), "met_on": date(2026, 11, 1)},
            "No session, check-in or work since Sun 1 Nov. "
            "Session 3, “X”, was planned by Sat 24 Oct; no date is agreed.",
        ),
        ({"ahead": None}, "Every session of the program is logged."),
        (
            {"ahead": Ahead("x", 1, "X", None), "met_on": None, "paired_on": date(2026, 11, 20)},
            "You became a pair on Fri 20 Nov. Session 1, “X”, should happen; no date is agreed.",
        ),
    ],
)
def test_reason_says_the_facts(values: dict[str, Any], reason: str) -> None:
    assert judge(contact(**values), TODAY).reason == reason
