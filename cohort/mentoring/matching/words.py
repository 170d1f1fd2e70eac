"""Why two people are a pair, in sentences that both may read: two reasons and one thing to watch out for.

Nothing here says who asked for whom, who was vetoed or how anybody was scored; that is for staff.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from cohort.mentoring.matching.engine import Result
from cohort.mentoring.matching.factors import FULL, Point, items, listed
from cohort.mentoring.matching.meeting import Calendar, minutes_apart
from cohort.mentoring.matching.people import Mentee, Mentor, Person, greatest, key, keys
from cohort.mentoring.matching.rules import CustomFactor, Rules

FAR_APART = 3 * 60
MODEST = FULL // 2
PLACED_BY_STAFF = "Program staff put these two together"
BEST_PLAN = "No other plan would serve the whole cohort better"


class Reason(NamedTuple):
    """`kind` is `because` or `watch`."""

    kind: str
    text: str


class Match(NamedTuple):
    mentee: Mentee
    mentor: Mentor
    rules: Rules

    def shared_starts(self) -> int:
        return Calendar([self.mentor], self.rules).shared(self.mentee)[0]

    def minutes_apart(self) -> int:
        zones = self.mentee.timezone, self.mentor.timezone
        return minutes_apart(*zones, self.rules) if all(zones) else 0


def reasons(result: Result, mentee_id: str) -> list[Reason]:
    """Two reasons and one caution for the mentee's pair, the strongest first; empty when the mentee has no mentor.

    KeyError when nobody of that id took part.
    """
    mentor = result.mentor_of(mentee_id)
    if mentor is None:
        return []
    place = result.model.mentee_places[mentee_id]
    match = Match(result.model.mentees[place], mentor, result.model.rules)
    points = result.model.points.of(match.mentee, mentor)
    fallback = PLACED_BY_STAFF if result.solution.fixed.status(place) == "pinned" else BEST_PLAN
    doubted, watch = next(_watch(match, points))
    named = [point for point in points if point.name != doubted]
    because = [*_because(match, named), fallback, "Both have a place for each other in this cohort"][:2]
    return [*(Reason("because", text) for text in because), Reason("watch", watch)]


def _because(match: Match, points: Iterable[Point]) -> Iterator[str]:
    """A sentence for each factor that speaks for the pair, the most points first."""
    custom = {each.name: each for each in match.rules.custom}
    for point in sorted(points, key=lambda point: -point.units):
        if not point.units:
            return
        if point.name in custom:
            yield _custom(custom[point.name], match)
        elif point.name in _SENTENCES:
            yield _SENTENCES[point.name](match)


def _growth(match: Match) -> str:
    levels = greatest(match.mentor.strengths)
    shared = [(name, priority) for name, priority in match.mentee.growth if key(name) in levels]
    name, _ = max(shared, key=lambda area: area[1] * levels[key(area[0])])
    return f"{_called(match.mentor)} can help with {name}, one of {_called(match.mentee)}’s growth areas"


def _goals(match: Match) -> str:
    offered = keys(match.mentor.topics)
    topic = next(goal for goal in match.mentee.goals if key(goal) in offered)
    return f"{_called(match.mentor)} knows about {topic}, one of {_called(match.mentee)}’s goals"


def _availability(match: Match) -> str:
    return f"They share {_counted(match.shared_starts(), 'possible meeting start')} a week"


def _language(match: Match) -> str:
    spoken = keys(match.mentor.languages)
    return f"Both speak {next(name for name in match.mentee.languages if key(name) in spoken)}"


def _seniority(match: Match) -> str:
    gap = _gap(match)
    if not gap:
        return "They stand at the same grade"
    side = "above" if gap > 0 else "below"
    return f"{_called(match.mentor)} is {_counted(abs(gap), 'grade')} {side} {_called(match.mentee)}"


def _timezone(match: Match) -> str:
    apart = match.minutes_apart()
    return f"Their clocks are {_hours(apart)} apart" if apart else "Their clocks show the same time"


def _custom(custom: CustomFactor, match: Match) -> str:
    if custom.kind == "overlap":
        theirs = items(match.mentor, custom.mentor_column)
        shared = [item for item in listed(match.mentee.columns[custom.mentee_column]) if key(item) in theirs]
        return f"Both named {' and '.join(shared[:2])} as their {custom.name}"
    return f"Their {custom.name} is {'the same' if custom.kind == 'same' else 'different'}"


_SENTENCES: dict[str, Callable[[Match], str]] = {
    "growth": _growth,
    "goals": _goals,
    "availability": _availability,
    "language": _language,
    "seniority": _seniority,
    "timezone": _timezone,
}


def _watch(match: Match, points: list[Point]) -> Iterator[tuple[str, str]]:
    """Cautions, the gravest first; the last one always applies. Before each the factor that it speaks against, which
    does not speak for the pair then; '' where it leaves one standing."""
    by_name = {point.name: point for point in points}
    mentee, mentor = _called(match.mentee), _called(match.mentor)
    if match.mentee.languages and match.mentor.languages and not by_name["language"].value:
        yield "", "They have no language in common"
    if match.minutes_apart() >= FAR_APART:
        yield "", f"{_hours(match.minutes_apart())} apart"
    yield from _watch_hours(match, by_name["availability"])
    if not by_name["growth"].missing and not by_name["growth"].value:
        yield "", f"None of {mentee}’s growth areas is a strength {mentor} named"
    if by_name["growth"].missing:
        yield "", f"{mentor} has not named strengths" if match.mentee.growth else f"{mentee} has not named growth areas"
    if not by_name["seniority"].missing and _gap(match) < match.rules.ideal_min:
        yield "seniority", f"Few grades lie between {mentee} and {mentor}"
    if by_name["growth"].value < MODEST:
        yield "", f"{mentor} covers only part of what {mentee} wants to grow in"
    if not by_name["goals"].missing and not by_name["goals"].value:
        yield "", f"{mentee}’s goals are new ground for {mentor}"
    yield "", "Nothing stands out; agree early on what each expects"


def _watch_hours(match: Match, availability: Point) -> Iterator[tuple[str, str]]:
    if availability.missing:
        silent = [_called(each) for each in (match.mentor, match.mentee) if not each.availability]
        yield "", f"{silent[0]} has not named weekly hours" if len(silent) == 1 else "Neither has named weekly hours"
    elif availability.value < MODEST:
        yield availability.name, f"Only {_counted(match.shared_starts(), 'possible meeting start')} a week"


def _gap(match: Match) -> int:
    return (match.mentor.seniority or 0) - (match.mentee.seniority or 0)


def _called(person: Person) -> str:
    """The name people are called by: the first word of it, or the id of somebody without a name."""
    return next(iter(person.name.split()), person.id)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _hours(minutes: int) -> str:
    """60 -> '1 hour', 330 -> '5½ hours', 345 -> '5 h 45 min'."""
    hours, rest = divmod(minutes, 60)
    if rest == 30 and hours:
        return f"{hours}½ hours"
    if rest:
        return f"{hours} h {rest} min"
    return _counted(hours, "hour")
