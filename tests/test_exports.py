import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.exports import as_typed, harmless, write_csv


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_harmless_puts_an_apostrophe_before_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "plain", "1-2", "'tis", "a=b", "'=1"])
def test_harmless_leaves_other_text_alone(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text().filter(lambda cell: not cell.startswith("'")))
def test_as_typed_reverses_harmless(cell: str) -> None:
    assert as_typed(harmless(cell)) == cell


def test_as_typed_leaves_an_ordinary_apostrophe() -> None:
    assert as_typed("'t Hof") == "'t Hof"


def test_write_csv_guards_texts_and_leaves_numbers() -> None:
    written = write_csv(["name", "=kpi"], [["Lee, Ann", -3], ["@bo", None]])

    assert written == "name,'=kpi\r\n\"Lee, Ann\",-3\r\n'@bo,\r\n"


def test_write_csv_with_another_delimiter_reads_back() -> None:
    written = write_csv(["a", "b"], [["1;2", "two\nlines"]], delimiter=";")

    assert list(csv.reader(io.StringIO(written, newline=""), delimiter=";")) == [["a", "b"], ["1;2", "two\nlines"]]
