"""The dates of a pack one by one: where they stand, what they give, and what somebody changed about them."""

from datetime import date
from typing import Any

import pytest

from cohort.programs.dating import all_places, foresee, list_changes, list_places, with_dates
from cohort.programs.packs import read_pack, write_pack
from cohort.programs.source import write_path
from tests.build import shipped_document

MONDAY = date(2026, 9, 14)


def said(document: dict[str, Any], name: str) -> tuple[str, bool]:
    found = foresee(document, start=MONDAY)[name]
    return found.words, found.is_wrong


def test_every_date_of_the_pack_has_a_place() -> None:
    document = shipped_document()
    places = list(all_places(list_places(document)))

    written = {path: text for path, text in every_text(document) if path.endswith(DATE_FIELDS)}
    assert {write_path(one.path): one.text for one in places if one.text} == written
    assert len({one.name for one in places}) == len(places)
    assert [group.title for group in list_places(document)][-3:] == ["Check-ins", "Assessments", "Milestones"]


DATE_FIELDS = (
    ".opens",
    ".closes",
    ".workshop.at",
    ".alternative",
    ".prework_due",
    ".due",
    ".by",
    ".release",
    *(f"milestones[{number}].at" for number in range(50)),
)


def every_text(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(write_path(path), value)]
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, inner in steps for found in every_text(inner, (*path, step))]


def test_changed_dates_stand_in_a_copy() -> None:
    document = shipped_document()

    changed = with_dates(document, {"workshop.kickoff.at": " start+3d 11:00 "})

    assert changed["modules"][0]["workshop"]["at"] == "start+3d 11:00"
    assert list_changes(document, {"workshop.kickoff.at": "start+3d 11:00", "module.aim.opens": "start+21d 08:00"}) == {
        "workshop.kickoff.at": "start+3d 11:00"
    }
    assert with_dates(document, {}) == document == shipped_document()


def test_optional_dates_are_left_out_and_put_back() -> None:
    document = shipped_document()

    without = with_dates(document, {"workshop.kickoff.alternative": "", "workshop.kickoff.prework_due": " "})
    again = with_dates(without, {"workshop.kickoff.alternative": "start+3d 15:00"})

    assert {"alternative", "prework_due"} & set(without["modules"][0]["workshop"]) == set()
    assert again["modules"][0]["workshop"]["alternative"] == "start+3d 15:00"
    assert said(without, "workshop.kickoff.alternative") == ("Not set.", False)
    assert read_pack(write_pack(without)).errors == ()


def test_required_date_that_is_emptied_is_a_mistake_at_its_place() -> None:
    changed = with_dates(shipped_document(), {"module.aim.opens": ""})

    assert [error.path for error in read_pack(write_pack(changed)).errors] == ["modules[1].opens"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("module.say-it.opens", "Mon 16 Nov, 08:00"),
        ("workshop.hard-talks.at", "Wed 25 Nov, 10:00 to 12:00"),
        ("assignment.three-conversations.due", "Fri 4 Dec, 17:00"),
        ("module.lead-out-loud.opens", "Mon 8 Feb 2027, 08:00"),
    ],
)
def test_date_is_the_one_of_the_example_cohort(name: str, expected: str) -> None:
    assert said(shipped_document(), name) == (expected, False)


@pytest.mark.parametrize(
    ("text", "expected", "is_wrong"),
    [
        ("end-3d 10:00", "Tue 9 Mar 2027, 10:00 to 12:00", False),
        ("start+5d 10:00", "Sat 19 Sep, 10:00 to 12:00: a weekend", False),
        ("match+10d", "Matches published + 10 days: a date once the matches are published.", False),
        ("workshop:nowhere+1d", "It hangs on workshop:nowhere, which has no date.", True),
        ("workshop:kickoff+1d", "It hangs on workshop:kickoff, which has no date.", True),
        ("begin+1d", "“begin+1d” begins with no known anchor: write start, end, match, workshop:KEY or module:KEY, "
         "such as start+16d 17:00.", True),
    ],
)  # fmt: skip
def test_each_expression_says_its_date_or_what_is_wrong(text: str, expected: str, is_wrong: bool) -> None:
    changed = with_dates(shipped_document(), {"workshop.kickoff.at": text})

    assert said(changed, "workshop.kickoff.at") == (expected, is_wrong)
