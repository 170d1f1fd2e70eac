"""What the choices of a check-in are called."""

from cohort.checkins.models import Kept

KEPT = {Kept.YES: "Kept", Kept.PARTLY: "Partly", Kept.NO: "Not this time"}
MOODS = {
    1: ("Struggling", "more than I can carry"),
    2: ("Stretched", "it costs sleep"),
    3: ("Steady", "up and down"),
    4: ("Good", "mostly in control"),
    5: ("Strong", "energy to spare"),
}
HELP = {
    "decision": "A decision from my owner",
    "mentor": "Time with my mentor",
    "assignment": "The assignment",
    "time": "More time",
    "oncall": "Swap around on-call",
}


def mood_words(mood: int) -> str:
    """`4 Good`"""
    return f"{mood} {MOODS[mood][0]}"


def help_words(chosen: list[str]) -> list[str]:
    """The help somebody asked for; what is not on the list any more is shown as it was kept."""
    return [HELP.get(key, key) for key in chosen]
