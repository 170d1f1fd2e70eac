"""Lists of names in a sentence."""

from collections.abc import Sequence


def list_names(names: Sequence[str], *, most: int) -> str:
    """`Ann Lee`, `Ann Lee and Ben Ray`; of more than `most` the first ones, `Ann Lee, Ben Ray and 4 more`."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
