"""Sets of mentors, and a number for each mentor, as one integer: added, joined and compared in single operations.

In a row every number has a lane of 64 bits, the first mentor's the lowest. Numbers are never negative and stay below
2^63, so no sum runs into the next lane; the topmost bit of a lane is free to tell the outcome of a comparison.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress, count

Row = int
Mask = int  # a set of mentors: bit j stands for the j-th in id order

BITS, BYTES = 64, 8
FULL_LANE = (1 << BITS) - 1
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


def packed(numbers: Iterable[int]) -> Row:
    return int.from_bytes(_little(array("Q", numbers)), "little")


def unpacked(row: Row, count: int) -> "array[int]":
    numbers = array("Q")
    numbers.frombytes(row.to_bytes(BYTES * count, "little"))
    return _little(numbers)


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def single(number: int, place: int) -> Row:
    """A row with one number that is not 0."""
    return number << BITS * place


def number_at(row: Row, place: int) -> int:
    return row >> BITS * place & FULL_LANE


@lru_cache(maxsize=8)
def _ones(count: int) -> Row:
    return ((1 << BITS * count) - 1) // FULL_LANE


def everywhere(number: int, count: int) -> Row:
    return number * _ones(count)


def _compared(row: Row, other: Row, count: int) -> Row:
    """The topmost bit of each lane says that `row` has at least the other's number there."""
    tops = _ones(count) << BITS - 1
    return (row | tops) - other & tops


def at_least(row: Row, other: Row, count: int) -> Mask:
    """Where `row` has at least the other's number."""
    tops = _compared(row, other, count).to_bytes(BYTES * count, "little")[::-BYTES]
    return int(tops.translate(DIGITS) or b"0", 2)


def least_of(row: Row, other: Row, count: int) -> Row:
    tops = _compared(row, other, count)
    other_counts = tops - (tops >> BITS - 1)
    return row ^ (row ^ other) & other_counts


def looked_up(row: Row, table: tuple[int, ...], count: int) -> Row:
    """`table[number]` for each number of the row; what stands in the table is below 2^16."""
    if len(table) > 256:
        return packed(map(table.__getitem__, unpacked(row, count)))
    numbers = row.to_bytes(BYTES * count, "little")[::BYTES]
    found = bytearray(BYTES * count)
    found[::BYTES], found[1::BYTES] = (numbers.translate(half) for half in _halves(table))
    return int.from_bytes(found, "little")


@lru_cache(maxsize=256)
def _halves(table: tuple[int, ...]) -> tuple[bytes, bytes]:
    padded = [*table, *[0] * (256 - len(table))]
    return bytes(number & 255 for number in padded), bytes(number >> 8 for number in padded)
