"""The four numbers at the head of the matching studio, each with what it means."""

from collections.abc import Sequence
from typing import Any

from cohort.mentoring.gathering import People
from cohort.mentoring.kept_runs import SavedRun
from cohort.templating import count

Tile = dict[str, Any]


def tiles(people: People, saved: SavedRun | None, fits: Sequence[int]) -> list[Tile]:
    """`fits` are those of the proposals."""
    return [_matched(people), _lowest_fit(fits), _wishes(saved), _price_of_locks(saved)]


def _matched(people: People) -> Tile:
    everybody = len(people.enrolments)
    words = f"Enrolled people with a pair; {len(people.active)} published."
    return {
        "name": "Matched",
        "number": everybody - len(people.alone),
        "of": f"of {everybody}",
        "definition": words,
    }


def _lowest_fit(fits: Sequence[int]) -> Tile:
    tile = {"name": "Lowest fit", "number": "–", "definition": "There are no proposals now."}
    if fits:
        words = f"Of the proposals; the best is {max(fits)}. A perfect pair has 100."
        tile |= {"number": str(min(fits)), "of": "of 100", "definition": words}
    return tile


def _wishes(saved: SavedRun | None) -> Tile:
    tile: Tile = {"name": "First wishes met", "number": "–", "definition": "Nobody named mentors they would like."}
    met = saved.row.outcome["first_choice"] if saved else {"ranking": 0}
    if met["ranking"]:
        words = f"Of those who named mentors they would like; {met['any']} got one of them."
        tile |= {"number": met["first"], "of": f"of {met['ranking']}", "definition": words}
    return tile


def _price_of_locks(saved: SavedRun | None) -> Tile:
    """What the best plan would be without the locks. With fewer people in it, all its pairs may have fewer points."""
    tile = {"name": "Price of locks", "number": "0", "definition": "No pair was locked in the last run."}
    locks = saved.row.outcome["locks"] if saved else {"number": 0}
    if locks["number"]:
        which = f"{count(locks['number'], 'lock', 'locks')} of the last run"
        people, points = locks["matched"], locks["points"]
        said = " and ".join(filter(None, (_more_people(people), _other_points(points))))
        words = f"Without the {which} {said}." if said else f"The {which} cost nothing."
        tile |= _sign(people, points) | {"definition": words}
    return tile


def _more_people(people: int) -> str:
    return f"{count(people, 'more person', 'more people')} would have a mentor" if people > 0 else ""


def _other_points(points: int) -> str:
    word = "more" if points > 0 else "fewer"
    return f"all pairs together would have {count(abs(points), 'point', 'points')} {word}" if points else ""


def _sign(people: int, points: int) -> Tile:
    """How the locks change the plan: `−1 person` weighs more than points, then `−6 points` or `+4 points`."""
    if people > 0:
        return {"number": f"−{people}", "of": "person" if people == 1 else "people"}
    if not points:
        return {}
    return {"number": f"{'−' if points > 0 else '+'}{abs(points)}", "of": "point" if abs(points) == 1 else "points"}
