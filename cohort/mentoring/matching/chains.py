"""Cheapest chains between places, when most of them lead by way of one place that everything passes, `out`.

Two searches, from `out` and to it, bound every distance. Only arcs that beat the bound matter after that; they are few,
unless every seat is taken and nobody waits. The lengths are exact (Dijkstra, 1959; no arc costs less than nothing).
"""

from collections.abc import Sequence
from functools import cached_property
from heapq import heappop, heappush

ENDLESS = 1 << 400  # more than any chain can cost

Place = int
Arcs = dict[Place, int]  # the cost of going on to each place that can be gone to
Step = tuple[Place, Place]


class Search:
    """What is reached from a place below the place's limit and as much more; it goes only as far as it is asked."""

    def __init__(self, start: Place, arcs: Sequence[Arcs], limits: Sequence[int], more: int = 0) -> None:
        self._arcs, self._limits, self._more = arcs, limits, more
        self._distances: Arcs = {start: 0}
        self._came: dict[Place, Place] = {}
        self._waiting: list[tuple[int, Place]] = [(0, start)]

    def distance(self, place: Place) -> int | None:
        """None when nothing leads there for less than the limit."""
        distances, waiting = self._distances, self._waiting
        limit = self._limits[place] + self._more
        while waiting and waiting[0][0] < distances.get(place, limit):
            self._settle()
        return distances.get(place)

    def _settle(self) -> None:
        distances, limits, more = self._distances, self._limits, self._more
        distance, place = heappop(self._waiting)
        if distance > distances[place]:
            return
        for reached, cost in self._arcs[place].items():
            total = distance + cost
            if total < (distances[reached] if reached in distances else limits[reached] + more):
                distances[reached], self._came[reached] = total, place
                heappush(self._waiting, (total, reached))

    def way_to(self, place: Place) -> list[Step]:
        """The steps from the start to a place that was reached."""
        steps = []
        while place in self._came:
            steps.append((self._came[place], place))
            place = self._came[place]
        return steps[::-1]


class Chains:
    """Distances and chains between two places; the answers for one source share one search."""

    def __init__(self, arcs: Sequence[Arcs], out: Place) -> None:
        no_limit = [ENDLESS] * len(arcs)
        self._from_out = Search(out, arcs, no_limit)
        self._to_out = Search(out, _turned(arcs), no_limit)
        places = range(len(arcs))
        self._entering = [_bounded(self._from_out.distance(place)) for place in places]
        self._leaving = [_bounded(self._to_out.distance(place)) for place in places]
        self._shortcuts: list[Arcs] = [
            {reached: cost for reached, cost in onward.items() if cost < leaving + self._entering[reached]}
            for leaving, onward in zip(self._leaving, arcs, strict=True)
        ]
        self._searches: dict[Place, Search] = {}

    @cached_property
    def _turned_shortcuts(self) -> list[Arcs]:
        return _turned(self._shortcuts)

    def _from(self, source: Place) -> Search:
        if source not in self._searches:
            self._searches[source] = Search(source, self._shortcuts, self._entering, self._leaving[source])
        return self._searches[source]

    def distance(self, source: Place, target: Place) -> int:
        """What the cheapest chain costs; ENDLESS or more without one."""
        direct = self._from(source).distance(target)
        return self._leaving[source] + self._entering[target] if direct is None else direct

    def distances_to(self, target: Place) -> list[int]:
        """What the cheapest chain from each place costs: one search against the direction of the arcs."""
        entering = self._entering[target]
        search = Search(target, self._turned_shortcuts, self._leaving, entering)
        found = map(search.distance, range(len(self._leaving)))
        return [
            leaving + entering if direct is None else direct
            for direct, leaving in zip(found, self._leaving, strict=True)
        ]

    def distance_from_out(self, target: Place) -> int:
        """What the cheapest chain that begins with a closing seat or somebody without a mentor costs."""
        return self._entering[target]

    def steps(self, source: Place, target: Place) -> list[Step]:
        """The steps of that chain, in order."""
        search = self._from(source)
        if search.distance(target) is not None:
            return search.way_to(target)
        to_out = [(place, onward) for onward, place in reversed(self._to_out.way_to(source))]
        return _without_loops(to_out + self._from_out.way_to(target))


def _bounded(distance: int | None) -> int:
    return ENDLESS if distance is None else distance


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
