"""Cheapest chains between places, when most of them lead by way of one place that everything passes, `out`.

Two searches, from `out` and to it, bound every distance. Only arcs that beat the bound matter after that; they are few,
so each further search is small. The lengths are exact (Dijkstra, 1959; no arc costs less than nothing).
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

ENDLESS = 1 << 400  # more than any chain can cost

Place = int
Arcs = dict[Place, int]  # the cost of going on to each place that can be gone to


class Search(NamedTuple):
    """What is reached from a place, at what cost, and from where."""

    distances: dict[Place, int]
    came: dict[Place, Place]

    def steps(self, target: Place) -> list[tuple[Place, Place]]:
        """The steps to the target, the last one first."""
        steps = []
        while target in self.came:
            steps.append((self.came[target], target))
            target = self.came[target]
        return steps


def search(source: Place, arcs: Sequence[Arcs], limits: Sequence[int], more: int = 0) -> Search:
    """Everything that is reached for less than its limit and as much more."""
    found = Search({source: 0}, {})
    distances, came = found
    waiting = [(0, source)]
    while waiting:
        distance, place = heappop(waiting)
        if distance > distances[place]:
            continue
        for reached, cost in arcs[place].items():
            total = distance + cost
            if total < (distances[reached] if reached in distances else limits[reached] + more):
                distances[reached], came[reached] = total, place
                heappush(waiting, (total, reached))
    return found


class Chains:
    """Distances and chains from one place at a time; the answers for one place share one search."""

    def __init__(self, arcs: Sequence[Arcs], out: Place) -> None:
        no_limit = [ENDLESS] * len(arcs)
        self._from_out = search(out, arcs, no_limit)
        self._to_out = search(out, _turned(arcs), no_limit)
        places = range(len(arcs))
        self._entering = [self._from_out.distances.get(place, ENDLESS) for place in places]
        self._leaving = [self._to_out.distances.get(place, ENDLESS) for place in places]
        self._shortcuts: list[Arcs] = [
            {reached: cost for reached, cost in onward.items() if cost < leaving + self._entering[reached]}
            for leaving, onward in zip(self._leaving, arcs, strict=True)
        ]
        self._searches: dict[Place, Search] = {}

    def _search(self, source: Place) -> Search:
        if source not in self._searches:
            self._searches[source] = search(source, self._shortcuts, self._entering, self._leaving[source])
        return self._searches[source]

    def distance(self, source: Place, target: Place) -> int:
        """What the cheapest chain costs; ENDLESS or more without one."""
        direct = self._search(source).distances.get(target)
        return self._leaving[source] + self._entering[target] if direct is None else direct

    def distances_to(self, target: Place) -> list[int]:
        """What the cheapest chain from each place costs."""
        entering = self._entering[target]
        found = [self._search(source).distances.get(target) for source in range(len(self._leaving))]
        return [
            leaving + entering if direct is None else direct
            for direct, leaving in zip(found, self._leaving, strict=True)
        ]

    def distance_from_out(self, target: Place) -> int:
        """What the cheapest chain that begins with a closing seat or somebody without a mentor costs."""
        return self._entering[target]

    def steps(self, source: Place, target: Place) -> list[tuple[Place, Place]]:
        """The steps of that chain, in order."""
        found = self._search(source)
        if target in found.distances:
            return found.steps(target)[::-1]
        to_out = [(place, onward) for onward, place in self._to_out.steps(source)]
        return _without_loops(to_out + self._from_out.steps(target)[::-1])


def _without_loops(steps: list[tuple[Place, Place]]) -> list[tuple[Place, Place]]:
    """The chain without the parts that come back to a place; those of a cheapest chain cost nothing."""
    onward: dict[Place, Place] = dict(steps)  # of steps from the same place the last one leads on
    kept, place, target = [], steps[0][0], steps[-1][1]
    while place != target:
        kept.append((place, onward[place]))
        place = onward[place]
    return kept


def _turned(arcs: Sequence[Arcs]) -> list[Arcs]:
    turned: list[Arcs] = [{} for _ in arcs]
    for place, onward in enumerate(arcs):
        for reached, cost in onward.items():
            turned[reached][place] = cost
    return turned
