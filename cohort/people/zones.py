"""Guessing which time zone somebody meant, as a suggestion to show and never to take unasked."""

import re
import unicodedata
from difflib import get_close_matches
from functools import cache, lru_cache

from cohort import clock

AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
LONGEST_NAME = 100


@lru_cache(maxsize=1_000)
def suggest_zone(text: str) -> str | None:
    """The zone whose city `text` names ('Berlin time', 'london'), or whose name it nearly spells; else None."""
    words = _words(text[:LONGEST_NAME])
    named = [place for place in _cities() if f" {place} " in f" {words} "]
    if named:
        return _cities()[max(named, key=len)]
    close = get_close_matches(words, _names(), n=1, cutoff=0.85)
    return _names()[close[0]] if close else None


@cache
def _names() -> dict[str, str]:
    """Zones by their names in plain words, the shortest first."""
    known = sorted(clock.zones(), key=lambda zone: (len(zone), zone))
    return {_words(zone): zone for zone in known if zone.startswith(AREAS)}


@cache
def _cities() -> dict[str, str]:
    """Zones by their city in plain words; of several zones for one city, the one with the shortest name."""
    cities: dict[str, str] = {}
    for zone in _names().values():
        cities.setdefault(_words(clock.city(zone)), zone)
    return cities


def _words(text: str) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", bare))
