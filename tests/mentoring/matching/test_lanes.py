"""Rows of numbers in one integer against lists of numbers."""

from random import Random

import pytest

from cohort.mentoring.matching.lanes import (
    LARGE,
    MEDIUM,
    SMALL,
    at_least,
    everywhere,
    least_of,
    looked_up,
    mask_of,
    numbers_at,
    packed,
    places_in,
    single,
    unpacked,
)


@pytest.mark.parametrize("size", [SMALL, MEDIUM, LARGE])
@pytest.mark.parametrize("count", [0, 1, 9])
def test_rows_are_compared_number_by_number(size: int, count: int) -> None:
    random, most = Random(count), (1 << 8 * size - 1) - 1
    for _ in range(50):
        one, other = ([random.choice([0, 1, random.randint(0, most), most]) for _ in range(count)] for _ in range(2))
        rows = packed(one, size), packed(other, size)
        pairs = list(zip(one, other, strict=True))
        assert [numbers_at(rows, place, size) for place in range(count)] == [list(pair) for pair in pairs]
        assert list(places_in(at_least(*rows, count, size))) == [n for n, (a, b) in enumerate(pairs) if a >= b]
        assert list(unpacked(least_of(*rows, count, size), count, size)) == list(map(min, pairs))


@pytest.mark.parametrize("most", [3, 255, 256, 600])
def test_numbers_are_looked_up_in_short_tables_and_long_ones(most: int) -> None:
    table = tuple(number * 40 for number in range(most + 1))
    numbers = [0, most, 1, most // 2]
    for size in (SMALL, MEDIUM):
        assert list(unpacked(looked_up(packed(numbers, size), table, 4, size), 4)) == [40 * each for each in numbers]


def test_one_number_and_the_same_everywhere() -> None:
    assert list(unpacked(everywhere(7, 3) + single(5, 1), 3)) == [7, 12, 7]


def test_sets_are_read_in_order() -> None:
    assert list(places_in(mask_of([70, 3, 0]))) == [0, 3, 70]
    assert list(places_in(0)) == []
