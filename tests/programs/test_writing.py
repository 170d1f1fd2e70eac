"""Importing an export changes nothing."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.programs.packs import read_pack, write_pack
from tests.programs.shipped import SHIPPED

SHIPPED_DOCUMENT = read_pack(SHIPPED).document or {}

Path = tuple[str | int, ...]


def find_texts(value: Any, path: Path = ()) -> list[Path]:
    """The paths of the texts that may say anything, over several lines too."""
    if isinstance(value, dict):
        return [found for name, field in value.items() for found in find_texts(field, (*path, name))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in find_texts(item, (*path, index))]
    named = next(step for step in reversed(path) if isinstance(step, str))
    return [path] if named in {"summary", "body", "brief", "prework", "levels", "questions", "formula"} else []


TEXTS = find_texts(SHIPPED_DOCUMENT)
typed_texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"),
        st.sampled_from(" \n\t:#-'\"|>{}[]&*!%@`,?~"),
    ),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() != "" and all(ord(char) & 0xFFFE != 0xFFFE for char in text))


def test_shipped_pack_written_is_the_same_document() -> None:
    written = write_pack(SHIPPED_DOCUMENT)

    assert read_pack(written).document == SHIPPED_DOCUMENT
    assert write_pack(read_pack(written).document or {}) == written


def test_written_pack_keeps_order_blocks_and_lines() -> None:
    """Everything but remarks, blank lines, indentation of lists and quotes stands as the author wrote it."""

    def bare(text: str) -> list[str]:
        kept = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
        return [line.strip().translate(str.maketrans("", "", "\"'\\")) for line in kept]

    assert bare(write_pack(SHIPPED_DOCUMENT)) == bare(SHIPPED)


def test_fields_are_written_in_the_order_of_the_format() -> None:
    shuffled = dict(sorted(SHIPPED_DOCUMENT.items(), reverse=True))

    assert write_pack(shuffled) == write_pack(SHIPPED_DOCUMENT)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TEXTS), typed_texts), max_size=20))
def test_any_texts_written_are_read_back(changes: list[tuple[Path, str]]) -> None:
    document = deepcopy(SHIPPED_DOCUMENT)
    for path, text in changes:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = text

    assert read_pack(write_pack(document)).document == document


@pytest.mark.parametrize(
    "word",
    ["yes", "no", "null", "~", "true", "12", "010", "0x1F", "1_000", "3.5", "1e3", ".inf", "10:00", "2027-03-01", "=",
     "<<", "- a", "? a", "a: b", "a #b", "@a", "`a`", "%a", "'a'", '"a"', "Ruth’s 🌱", "\u200fשלום", "a\u00a0b"],
)  # fmt: skip
def test_title_that_yaml_could_misread_is_read_back(word: str) -> None:
    document = {**SHIPPED_DOCUMENT, "title": word}

    assert read_pack(write_pack(document)).document == document


@pytest.mark.parametrize("section", ["checkins", "assessments", "milestones", "kpis", "completion", "reminders"])
def test_section_left_out_stays_left_out(section: str) -> None:
    document = {name: value for name, value in SHIPPED_DOCUMENT.items() if name != section}

    reading = read_pack(write_pack(document))

    assert reading.document == document
    assert reading.pack is not None


@pytest.mark.parametrize("number", [0, -3, 3.4, 0.1, 1_000_000_000, 99_999_999.5])
def test_number_is_read_back(number: float) -> None:
    document = deepcopy(SHIPPED_DOCUMENT)
    document["kpis"][0]["example"]["from"] = number

    assert read_pack(write_pack(document)).document == document
