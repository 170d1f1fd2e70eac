"""Moving dates from the command line: the exact forms and their JSON, dry runs, and what is refused."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.mail.models import Message
from cohort.schedule.models import DatedItem, ScheduleChange
from cohort.schedule.plan import write_local
from tests.cli.conftest import CONTENT, PACK, Installation, looking_into

numbers = count(1)
KICKOFF = {
    "changes": [
        {
            "id": "prework.due:kickoff",
            "from": "2027-03-02T17:00:00-05:00",
            "to": "2027-03-08T17:00:00-05:00",
            "why": "Workshop Kickoff − 1 day at 17:00",
        },
        {
            "id": "workshop:kickoff",
            "from": "2027-03-03T10:00:00-05:00",
            "to": "2027-03-09T15:30:00-05:00",
            "why": "Start + 2 days at 10:00; moved from Wed 3 Mar 10:00",
        },
        {
            "id": "assignment.due:leadership-starting-line",
            "from": "2027-03-19T17:00:00-04:00",
            "to": "2027-03-25T17:00:00-04:00",
            "why": "Workshop Kickoff + 16 days at 17:00",
        },
    ],
    "clashes": [],
    "mails": 2,
    "people": 2,
}


@pytest.fixture(scope="module")
def dated(make_installation: Callable[[], Installation]) -> Installation:
    """With the shipped program in it."""
    made = make_installation()
    made.run("import-program", PACK)
    return made


@pytest.fixture
def slug(dated: Installation) -> str:
    """A cohort of its own, in New York from Mon 1 March 2027, with its lead and its facilitator."""
    title = f"Dates {next(numbers)}"
    arguments = ("--program", "emerging-leaders", "--title", title, "--start", "2027-03-01")
    made = dated.run("create-cohort", *arguments, "--zone", "America/New_York").stdout.strip()
    dated.run("import-people", made, CONTENT / "staff.csv", "--as", "staff", "--enrol")
    return made


def rows(installation: Installation, slug: str) -> tuple[list[Any], ...]:
    """Everything that a change of dates could write."""
    with looking_into(installation):
        cohort = db.session.scalars(select(Cohort).where(Cohort.slug == slug)).one()
        items = select(*DatedItem.__table__.columns).where(DatedItem.cohort_id == cohort.id).order_by(DatedItem.id)
        changes = select(ScheduleChange.id).where(ScheduleChange.cohort_id == cohort.id)
        mails = select(Message.id).where(Message.cohort_id == cohort.id)
        own = [cohort.starts_on, cohort.blackouts, cohort.plan_revision]
        return (own, *([tuple(row) for row in db.session.execute(it)] for it in (items, changes, mails)))


def schedule(installation: Installation, slug: str) -> dict[str, str | None]:
    """Where everything lies, in the zone of the cohort."""
    with looking_into(installation):
        items = select(DatedItem).join(Cohort).where(Cohort.slug == slug, DatedItem.dropped_at.is_(None))
        return {it.item_id: write_local(it.at, "America/New_York") for it in db.session.scalars(items)}


def test_move_prints_what_it_does_and_does_it_once(dated: Installation, slug: str) -> None:
    command = ("move", slug, "workshop:kickoff", "--to", "2027-03-09T15:30")
    before = rows(dated, slug)

    foreseen = dated.json(*command, "--dry-run")
    assert rows(dated, slug) == before
    done = dated.json(*command)
    after = rows(dated, slug)
    again = dated.json(*command)

    assert (foreseen, done) == (KICKOFF, KICKOFF)
    assert [*done] == ["changes", "clashes", "mails", "people"]
    assert [*done["changes"][0]] == ["id", "from", "to", "why"]
    assert again == {"changes": [], "clashes": [], "mails": 0, "people": 0}
    assert rows(dated, slug) == after
    items = schedule(dated, slug)
    assert [items[it["id"]] for it in done["changes"]] == [it["to"] for it in done["changes"]]
    assert len(after[2]) == 1
    assert len(after[3]) - len(before[3]) == done["mails"]


def test_move_there_and_back_leaves_every_date_as_it_was(dated: Installation, slug: str) -> None:
    before = schedule(dated, slug)

    dated.run("move", slug, "workshop:kickoff", "--to", "2027-03-09T15:30")
    dated.run("move", slug, "workshop:kickoff", "--to", "2027-03-03T10:00")

    assert schedule(dated, slug) == before


def test_move_says_in_words_what_it_does(dated: Installation, slug: str) -> None:
    command = ("move", slug, "milestone:showcase", "--to", "2027-08-28T10:00")

    foreseen, done = dated.run(*command, "--dry-run").stdout, dated.run(*command).stdout

    assert foreseen == (
        "milestone:showcase: 2027-08-25T10:00:00-04:00 → 2027-08-28T10:00:00-04:00"
        "  (Start + 177 days at 10:00; moved from Wed 25 Aug)\n"
        "Look at this: Showcase and graduation (milestone) on Sat 28 Aug 2027 falls on a weekend.\n"
        "Look at this: Showcase and graduation (milestone) on Sat 28 Aug 2027 comes after the last day,"
        " Fri 27 Aug 2027.\n"
        "1 date would move; 2 mails would go to 2 people.\n"
    )
    assert done.endswith("\n1 date moved; 2 mails to 2 people.\n")


def test_clashes_are_told_with_what_they_are_with(dated: Installation, slug: str) -> None:
    facts = dated.json("move", slug, "workshop:goals-clinic", "--to", "2027-03-03T11:00", "--dry-run")

    assert [(it["code"], it["item"], it["with"]) for it in facts["clashes"]] == [
        ("overlap", "workshop:goals-clinic", "workshop:kickoff")
    ]
    assert [*facts["clashes"][0]] == ["code", "item", "with", "message"]


@pytest.mark.parametrize(
    ("by", "farewell"),
    [("1w", "2027-09-03T15:00:00-04:00"), ("-2w", "2027-08-13T15:00:00-04:00"), ("+3d", "2027-08-30T15:00:00-04:00")],
)
def test_shift_moves_everything_from_an_item_on(dated: Installation, slug: str, by: str, farewell: str) -> None:
    command = ("shift", slug, "--from", "milestone:showcase", "--by", by)
    before = rows(dated, slug)

    foreseen = dated.json(*command, "--dry-run")
    assert rows(dated, slug) == before
    done = dated.json(*command)

    assert foreseen == done
    assert [(it["id"], it["to"]) for it in done["changes"]][-1:] == [("milestone:farewell", farewell)]
    assert [it["id"] for it in done["changes"]] == ["milestone:showcase", "milestone:farewell"]
    assert done["changes"][1]["why"].startswith("Start + 179 days at 15:00; moved from Fri 27 Aug with everything from")


def test_shift_by_nothing_changes_nothing(dated: Installation, slug: str) -> None:
    before = rows(dated, slug)

    facts = dated.json("shift", slug, "--from", "milestone:showcase", "--by", "0d")

    assert facts["changes"] == []
    assert rows(dated, slug) == before


def test_blackout_pushes_to_the_next_working_day(dated: Installation, slug: str) -> None:
    command = ("blackout", slug, "2027-03-29..2027-04-02", "--push", "next-day")
    before = rows(dated, slug)

    foreseen = dated.json(*command, "--dry-run")
    assert rows(dated, slug) == before
    done = dated.json(*command)
    after = rows(dated, slug)

    assert foreseen == done
    assert [(it["id"], it["to"]) for it in done["changes"]] == [
        ("checkin.closes:checkin-2", "2027-04-05T17:00:00-04:00"),
        ("prework.due:goals-clinic", "2027-04-04T17:00:00-04:00"),
        ("assessment.release:feedback-360", "2027-04-05T09:00:00-04:00"),
        ("workshop:goals-clinic", "2027-04-05T10:00:00-04:00"),
        ("workshop.alternative:goals-clinic", "2027-04-05T15:00:00-04:00"),
        ("assignment.due:board-and-baseline", "2027-04-14T17:00:00-04:00"),
    ]
    assert done["changes"][3]["why"] == (
        "Start + 30 days at 10:00; moved from Wed 31 Mar because of the blackout 29 Mar – 2 Apr"
    )
    assert dated.json(*command)["changes"] == []
    assert rows(dated, slug) == after


def test_blackout_pushes_by_weeks(dated: Installation, slug: str) -> None:
    command = ("blackout", slug, "2027-08-25..2027-09-01", "--push", "weeks")

    done = dated.json(*command)

    assert [(it["id"], it["to"]) for it in done["changes"]] == [
        ("milestone:showcase", "2027-09-08T10:00:00-04:00"),
        ("milestone:farewell", "2027-09-10T15:00:00-04:00"),
    ]
    assert dated.json(*command)["changes"] == []


def test_blackout_alone_moves_nothing_and_says_what_lies_in_it(dated: Installation, slug: str) -> None:
    facts = dated.json("blackout", slug, "2027-08-25")

    assert (facts["changes"], facts["mails"], facts["people"]) == ([], 0, 0)
    assert [(it["code"], it["item"], it["with"]) for it in facts["clashes"]] == [
        ("blackout", "milestone:showcase", "2027-08-25..2027-08-25")
    ]
    assert rows(dated, slug)[0][1] == [["2027-08-25", "2027-08-25"]]


def test_defer_moves_the_whole_cohort(dated: Installation, slug: str) -> None:
    before = schedule(dated, slug)

    done = dated.json("defer", slug, "--to", "2027-03-29")

    assert {it["id"]: it["from"] for it in done["changes"]} == before
    after = schedule(dated, slug)
    assert after["workshop:kickoff"] == "2027-03-31T10:00:00-04:00"
    assert {it["id"]: it["to"] for it in done["changes"]} == after


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("move", "SLUG", "workshop:nowhere", "--to", "2027-03-09T15:30"), "There is nothing called workshop:nowhere"),
        (("move", "SLUG", "kickoff", "--to", "2027-03-09T15:30"), "There is nothing called kickoff"),
        (("move", "nowhere", "workshop:kickoff", "--to", "2027-03-09T15:30"), "There is no cohort 'nowhere'"),
        (("move", "SLUG", "workshop:kickoff", "--to", "2027-03-09T15:30Z"), "Write it in the cohort's zone"),
        (("move", "SLUG", "workshop:kickoff", "--to", "2027-03-09T15:30+01:00"), "is no local time"),
        (("move", "SLUG", "workshop:kickoff", "--to", "2027-03-09"), "is no local time"),
        (("move", "SLUG", "workshop:kickoff", "--to", "tomorrow"), "is no local time"),
        (("move", "SLUG", "workshop:kickoff", "--to", "2027-02-30T10:00"), "is no local time"),
        (("move", "SLUG", "workshop:kickoff", "--to", "9999-12-31T10:00"), "can be moved at once"),
        (("move", "SLUG", "workshop:kickoff"), "Missing option '--to'"),
        (("shift", "SLUG", "--from", "workshop:nowhere", "--by", "1w"), "There is nothing called workshop:nowhere"),
        (("shift", "SLUG", "--from", "workshop:kickoff", "--by", "soon"), "such as 1w, -2w or 3d"),
        (("shift", "SLUG", "--from", "workshop:kickoff", "--by", "1.5w"), "is no distance"),
        (("shift", "SLUG", "--from", "workshop:kickoff", "--by", "7"), "is no distance"),
        (("shift", "SLUG", "--from", "workshop:kickoff", "--by", "1w\n"), "is no distance"),
        (("shift", "SLUG", "--from", "workshop:kickoff", "--by", "9999w"), "69,993 days away"),
        (("blackout", "SLUG", "2027-02-19..2027-02-15"), "ends before it begins"),
        (("blackout", "SLUG", "soon"), "'soon' is no date"),
        (("blackout", "SLUG", "2027-02-15..2027-02-19", "--push", "away"), "'next-day', 'weeks'"),
        (("blackout", "SLUG", "2027-02-15..2037-02-19"), "1,000 days at most"),
        (("defer", "SLUG", "--to", "2037-03-01"), "can be moved at once"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_changes_nothing(
    dated: Installation, slug: str, arguments: tuple[str, ...], sentence: str
) -> None:
    before = rows(dated, slug)

    refused = dated.run(*(slug if it == "SLUG" else it for it in arguments), expect=2)

    assert sentence in refused.stderr
    assert refused.stdout == ""
    assert rows(dated, slug) == before
