"""The words in which participants and mentors tell what suits them, and mentors how well they can help."""

from collections.abc import Mapping, Sequence

STYLES = ("direct", "gentle", "structured", "open", "challenging", "patient", "practical")
"""Ways of mentoring to choose from; own words may stand beside them."""
MOST_STYLES = 8
LONGEST_STYLE = 40
LEVELS: Mapping[int, str] = {
    1: "I am learning it myself",
    2: "I have done it",
    3: "I do it well",
    4: "I have taught it",
    5: "People come to me for it",
}
"""How well a mentor can help with a competency, as `Mentor.levels` keeps it."""
UNSAID_LEVEL = 3
"""What a strength named without a level counts as."""


def tidy_styles(chosen: Sequence[str], own: str) -> list[str]:
    """The chosen words and then the own ones, which stand apart by ',' or ';', in small letters, each once."""
    written = (" ".join(word.split()).lower() for word in own.replace(";", ",").split(","))
    return list(dict.fromkeys([*chosen, *filter(None, written)]))


def strengths_in_words(strengths: Sequence[str], levels: Mapping[str, int], titles: Mapping[str, str]) -> str:
    """What a mentor can help with, the best first: 'Communication: “I do it well”, Learning agility: “…”'."""
    known = {key: levels.get(key, UNSAID_LEVEL) for key in strengths}
    best_first = sorted(known, key=lambda key: -known[key])
    return ", ".join(f"{titles.get(key, key)}: “{LEVELS[known[key]]}”" for key in best_first)
