"""Lists of names in a sentence."""

import pytest

from cohort.people.names import list_names


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["Ann"], "Ann"),
        (["Ann", "Ben"], "Ann and Ben"),
        (["Ann", "Ben", "Cy"], "Ann, Ben and Cy"),
        (["Ann", "Ben", "Cy", "Dee", "Eli"], "Ann, Ben, Cy and 2 more"),
    ],
)
def test_names_are_listed_and_the_rest_counted(names: list[str], words: str) -> None:
    assert list_names(names, most=3) == words
