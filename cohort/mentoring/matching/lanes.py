"""Sets of mentors, and a number for each mentor, as one integer: added, joined and compared in single operations.

In a row every number has a lane of `size` bytes, the first mentor's the lowest. Numbers are never negative and leave
the topmost bit of their lane alone, so no sum runs into the next lane, and that bit tells the outcome of a comparison.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress, count

Row = int
Mask = int  # a set of mentors: bit j stands for the j-th in id order

SMALL, MEDIUM, LARGE = 2, 4, 8
"""Sizes of lanes: counts of quarter hours; points of a few hundred factors; any sum."""
TYPES = {SMALL: "H", MEDIUM: "I", LARGE: "Q"}
DIGITS = bytes.maketrans(b"\x00\x80", b"01")
FLAGS = bytes.maketrans(b"01", b"\x00\x01")


def mask_of(places: Iterable[int]) -> Mask:
    mask = 0
    for place in places:
        mask |= 1 << place
    return mask


def places_in(mask: Mask) -> Iterator[int]:
    """The places of the mentors in a set, ascending."""
    return compress(count(), f"{mask:b}"[::-1].encode().translate(FLAGS))


def packed(numbers: Iterable[int], size: int = MEDIUM) -> Row:
    return int.from_bytes(_little(array(TYPES[size], list(numbers))), "little")  # an array reads lists the fastest


def unpacked(row: Row, mentors: int, size: int = MEDIUM) -> "array[int]":
    numbers = array(TYPES[size])
    numbers.frombytes(row.to_bytes(size * mentors, "little"))
    return _little(numbers)


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def single(number: int, place: int, size: int = MEDIUM) -> Row:
    """A row with one number that is not 0."""
    return number << 8 * size * place


def numbers_at(rows: Iterable[Row], place: int, size: int = MEDIUM) -> list[int]:
    """The number that each row has at the place."""
    behind, lane = 8 * size * place, (1 << 8 * size) - 1
    return [row >> behind & lane for row in rows]


def everywhere(number: int, mentors: int, size: int = MEDIUM) -> Row:
    return number * _ones(mentors, size)


@lru_cache(maxsize=16)
def _ones(mentors: int, size: int) -> Row:
    return ((1 << 8 * size * mentors) - 1) // ((1 << 8 * size) - 1)


@lru_cache(maxsize=16)
def _tops(mentors: int, size: int) -> Row:
    return _ones(mentors, size) << 8 * size - 1


def _compared(row: Row, other: Row, mentors: int, size: int) -> Row:
    """The topmost bit of each lane says that `row` has at least the other's number there."""
    tops = _tops(mentors, size)
    return (row | tops) - other & tops


def at_least(row: Row, other: Row, mentors: int, size: int = MEDIUM) -> Mask:
    """Where `row` has at least the other's number."""
    tops = _compared(row, other, mentors, size).to_bytes(size * mentors, "little")[::-size]
    return int(tops.translate(DIGITS) or b"0", 2)


def least_of(row: Row, other: Row, mentors: int, size: int = MEDIUM) -> Row:
    tops = _compared(row, other, mentors, size)
    other_counts = tops - (tops >> 8 * size - 1)
    return row ^ (row ^ other) & other_counts


def looked_up(row: Row, table: tuple[int, ...], mentors: int, size: int = MEDIUM) -> Row:
    """`table[number]` for each number of the row, in lanes of points; what stands in the table is below 2^16."""
    if len(table) > 256:
        return packed(map(table.__getitem__, unpacked(row, mentors, size)))
    numbers = row.to_bytes(size * mentors, "little")[::size]
    low, high = _halves(table)
    found = bytearray(MEDIUM * mentors)
    found[::MEDIUM] = numbers.translate(low)
    found[1::MEDIUM] = numbers.translate(high)
    return int.from_bytes(found, "little")


@lru_cache(maxsize=256)
def _halves(table: tuple[int, ...]) -> tuple[bytes, bytes]:
    padded = [*table, *[0] * (256 - len(table))]
    return bytes(number & 255 for number in padded), bytes(number >> 8 for number in padded)
