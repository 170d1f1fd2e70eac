"""Matching beside SciPy's bare assignment and two packages that match people, on the same made-up rosters.

    python -m benchmarks.matching [--rounds 5] [--limit 300]

Our time is that of the whole pipeline: files read, pairs scored, solved, ties broken, proven, both files written. SciPy
(`linear_sum_assignment`) gets the ready matrix of what each seat is worth to each mentee; `mentor-match` and `matching`
get ready scores, and which pairs are allowed. CPU seconds, the best of rounds that take turns. The packages need two
folders, since both call themselves `matching`:

    pip install numpy scipy
    pip install --target var/benchmarks/mentor-match mentor-match==7.0.1
    pip install --target var/benchmarks/matching matching==1.4.3

What is not installed, or takes longer than the limit, is named instead of measured.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.rosters import RULES, rosters
from cohort.mentoring.matching import Alternatives, Mentee, Mentor, Result, Rules, match_files, match_people
from cohort.mentoring.matching.reading import Faults
from cohort.mentoring.matching.rosters import read_mentees, read_mentors
from cohort.mentoring.matching.rulesfile import read_rules

Facts = dict[str, Any]
Pairs = dict[int, int]
"""The place of the mentor by that of the mentee."""
ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mentor-match", "matching")
SIZES = ((50, 25), (200, 100), (1000, 500), (5000, 2500))
BESIDE = ((50, 25), (200, 100), (1000, 500))
PAIRS = (200, 100)
TIMES = {(200, 100): 20, (1000, 500): 12}
"""At most so many times SciPy."""
LEAST = 25
"""Of `mentor-match` at 1,000 mentees at least so many times our time."""
MEMORY, LOSSES = 100, 4
HEADS = ("mentees x mentors", "seconds", "SciPy", "times", "goal", "MiB", "growth")
ROW = "{:>17} {:>8} {:>8} {:>6} {:>5} {:>6} {:>7}"
BESIDE_HEADS = ("mentees x mentors", "by", "seconds", "times", "matched", "score", "blocking", "idle")
BESIDE_ROW = "{:>17} {:14} {:>8} {:>6} {:>8} {:>8} {:>8} {:>5}"


def measure(
    *,
    sizes: Sequence[tuple[int, int]] = SIZES,
    beside: Sequence[tuple[int, int]] = BESIDE,
    pairs: tuple[int, int] = PAIRS,
    rounds: int = 5,
    limit: int = 300,
) -> Facts:
    """Everything that the tables say, as plain data."""
    return {
        "sizes": [_size(*size, rounds) for size in sizes],
        "alike": [_alike(*size) for size in sizes],
        "losses": _losses(*pairs, rounds),
        "beside": [facts for size in beside for facts in _beside(*size, limit)],
    }


def _people(mentees: int, mentors: int) -> tuple[list[Mentor], list[Mentee], Rules]:
    files, faults = rosters(mentees, mentors), Faults("")
    columns = ("function",)
    people = read_mentors(files[0], faults, columns), read_mentees(files[1], faults, columns)
    rules = read_rules(RULES, faults)
    assert not faults.errors
    return *people, rules


def _size(mentees: int, mentors: int, rounds: int) -> Facts:
    files = rosters(mentees, mentors)
    work: dict[str, Callable[[], object]] = {"ours": lambda: _run(files)}
    if find_spec("scipy"):
        work["scipy"] = _assignment(match_people(*_people(mentees, mentors)))
    if mentees > 1000:
        rounds = 1
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, deed in work.items():
            times[name].append(_seconds(deed))
    best = {name: min(found) for name, found in times.items()}
    return {"mentees": mentees, "mentors": mentors, **best, "mib": _memory(mentees, mentors)}


def _alike(mentees: int, mentors: int) -> Facts:
    """Nobody has told anything, so every pairing is as good as any other and the first by id is looked for."""
    heads = "mentor_id,name,company,capacity", "mentee_id,name,company"
    bodies = [f"m{n},,,2" for n in range(mentors)], [f"e{n},," for n in range(mentees)]
    one, other = ("\n".join([head, *body]).encode() for head, body in zip(heads, bodies, strict=True))
    return {"mentees": mentees, "mentors": mentors, "alike_s": _seconds(lambda: _run((one, other)))}


def _run(files: tuple[bytes, bytes]) -> None:
    outcome = match_files(*files, RULES)
    assert outcome.exit_code == 0 and outcome.report_json and outcome.pairs


def _assignment(result: Result) -> Callable[[], object]:
    """SciPy on the ready matrix: a row for each mentee, a column for each seat, its price taken off."""
    import numpy
    from scipy.optimize import linear_sum_assignment

    model = result.model
    never = -(10.0**13)
    seats = [(mentor, number) for mentor, most in enumerate(model.capacities) for number in range(most)]
    worth = numpy.full((len(model.mentees), len(model.mentors)), never)
    for mentee in range(len(model.mentees)):
        for mentor in model.eligible_places(mentee):
            worth[mentee, mentor] = model.gain(mentee, mentor)
    matrix = worth[:, [mentor for mentor, _ in seats]] - [model.load_penalty * number for _, number in seats]
    return lambda: linear_sum_assignment(matrix, maximize=True)


def _seconds(deed: Callable[[], object]) -> float:
    began = time.process_time()
    deed()
    return time.process_time() - began


def _memory(mentees: int, mentors: int) -> float:
    """What a process needs at most that does nothing but match these files, in MiB."""
    command = [sys.executable, "-m", "benchmarks.matching", "memory", str(mentees), str(mentors)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


def _most_memory() -> float:
    """Of this process alone: what `getrusage` says counts the process that started it, too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _losses(mentees: int, mentors: int, rounds: int) -> Facts:
    """What pinning would cost, for every pair there is, beside making the pairing."""
    people = _people(mentees, mentors)
    result = match_people(*people)
    solving, asking = [], []
    for _ in range(rounds):
        solving.append(_seconds(lambda: match_people(*people)))
        asking.append(_seconds(lambda: _all_losses(result)))
    return {"mentees": mentees, "mentors": mentors, "solve_s": min(solving), "all_s": min(asking)}


def _all_losses(result: Result) -> None:
    search = Alternatives(result)
    for mentee in result.model.mentees:
        search.losses(mentee.id)


def _beside(mentees: int, mentors: int, limit: int) -> Iterator[Facts]:
    people = _people(mentees, mentors)
    result = match_people(*people)
    files = rosters(mentees, mentors)
    ours = min(_seconds(lambda: _run(files)) for _ in range(3))
    size = {"mentees": mentees, "mentors": mentors}
    yield {**size, "by": "cohort match", "seconds": ours, **_judged(result, dict(result.placed))}
    for package in PACKAGES:
        found = _package(package, result, limit)
        if "why" in found:
            yield {**size, "by": package, **found}
        else:
            facts = {"seconds": found["seconds"], "times": found["seconds"] / ours}
            yield {**size, "by": package, **facts, **_judged(result, {int(e): m for e, m in found["pairs"].items()})}


def _judged(result: Result, pairs: Pairs) -> Facts:
    """Whoever made the pairs is judged alike, by the scores and the hard rules of the rosters."""
    model, loads = result.model, Counter(pairs.values())
    units = model.units
    assert all(model.is_eligible(*pair) for pair in pairs.items())
    assert all(loads[mentor] <= most for mentor, most in enumerate(model.capacities))
    least = {mentor: 0 if loads[mentor] < most else 1 << 62 for mentor, most in enumerate(model.capacities)}
    for mentee, mentor in pairs.items():
        least[mentor] = min(least[mentor], units[mentee][mentor] + 1)
    blocking = sum(
        units[mentee][mentor] >= max(least[mentor], units[mentee][pairs[mentee]] + 1 if mentee in pairs else 0)
        for mentee in range(len(model.mentees))
        for mentor in model.eligible_places(mentee)
    )
    score = sum(units[mentee][mentor] for mentee, mentor in pairs.items())
    idle = sum(not loads[mentor] for mentor in range(len(model.mentors)))
    return {"matched": len(pairs), "score": score / model.max_units, "blocking": blocking, "idle": idle}


def _package(package: str, result: Result, limit: int) -> Facts:
    folder = ROOT / "var" / "benchmarks" / package
    if not folder.is_dir():
        return {"why": "not installed"}
    model = result.model
    task = {
        "capacities": model.capacities,
        "units": [list(row) for row in model.units],
        "eligible": [model.eligible_places(mentee) for mentee in range(len(model.mentees))],
    }
    with TemporaryDirectory() as place:
        file = Path(place) / "task.json"
        file.write_text(json.dumps(task))
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.matching", package, str(file)]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        done = subprocess.run(
            [*command, str(limit)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
        )
    if done.returncode < 0:
        return {"why": f"more than {limit} s"}
    if done.returncode:
        return {"why": done.stderr.strip().splitlines()[-1][:60]}
    return dict(json.loads(done.stdout))


def _mentor_match(task: Facts) -> Facts:
    """`mentor-match` gives each mentor one mentee a round, so there are as many rounds as the most places."""
    from matching.mentee import Mentee as TheirMentee
    from matching.mentor import Mentor as TheirMentor
    from matching.process import process_data
    from matching.rules.rule import Disqualify, Rule

    allowed = [set(row) for row in task["eligible"]]

    class Units(Rule):  # type: ignore[misc]
        def apply(self, match: Any) -> int:
            return int(task["units"][match.mentee.role][match.mentor.role])

    def refused(match: Any) -> bool:
        mentee, mentor = match.mentee, match.mentor
        full = len(mentor.mentees) >= task["capacities"][mentor.role]
        return bool(mentee.mentors) or full or mentor.role not in allowed[mentee.role]

    mentors = [TheirMentor(grade=1, role=n, email=f"m{n}") for n in range(len(task["capacities"]))]
    mentees = [TheirMentee(grade=1, role=n, email=f"e{n}") for n in range(len(task["units"]))]
    rounds = [[Units(), Disqualify(refused)] for _ in range(max(task["capacities"]))]
    began = time.process_time()
    process_data(mentors, mentees, rounds)
    seconds = time.process_time() - began
    return {"seconds": seconds, "pairs": {one.role: one.mentors[0].role for one in mentees if one.mentors}}


def _hospital_resident(task: Facts) -> Facts:
    """`matching` makes stable pairs: each side ranks the other by the score."""
    from matching.games import HospitalResident

    units = task["units"]
    wishes = {
        mentee: sorted(row, key=lambda mentor: -units[mentee][mentor])
        for mentee, row in enumerate(task["eligible"])
        if row
    }
    ranking = {
        mentor: sorted((e for e, row in wishes.items() if mentor in row), key=lambda e: -units[e][mentor])
        for mentor in sorted({mentor for row in wishes.values() for mentor in row})
    }
    capacities = {mentor: task["capacities"][mentor] for mentor in ranking}
    began = time.process_time()
    pairs = HospitalResident.create_from_dictionaries(wishes, ranking, capacities).solve()
    seconds = time.process_time() - began
    return {"seconds": seconds, "pairs": {one.name: mentor.name for mentor, those in pairs.items() for one in those}}


def as_text(report: Facts) -> str:
    return "\n".join(_lines(report))


def _lines(report: Facts) -> Iterator[str]:
    yield ROW.format(*HEADS)
    before: Facts = {}
    for one in report["sizes"]:
        size = one["mentees"], one["mentors"]
        floor, goal = one.get("scipy"), TIMES.get(size)
        times = one["ours"] / floor if floor else None
        growth = one["ours"] / before["ours"] if before else None
        missed = [
            word
            for word, is_missed in (
                ("time", times and goal and times > goal),
                ("memory", size == (1000, 500) and one["mib"] > MEMORY),
            )
            if is_missed
        ]
        cells = (
            f"{size[0]} x {size[1]}",
            f"{one['ours']:.3f}",
            _shown(floor, ".4f"),
            _shown(times, ".1f"),
            goal or "",
            f"{one['mib']:.0f}",
            _shown(growth, ".1f"),
        )
        yield " ".join([ROW.format(*cells), *(f"{word} MISSED" for word in missed)])
        before = one
    yield ""
    for one, alike in zip(report["sizes"], report["alike"], strict=True):
        times = alike["alike_s"] / one["ours"]
        yield f"{one['mentees']} x {one['mentors']} people of whom nothing is known: {times:.2f} times as long"
    losses = report["losses"]
    size, times = f"{losses['mentees']} x {losses['mentors']}", losses["all_s"] / losses["solve_s"]
    yield ""
    yield f"what every pair of {size} would cost: {times:.2f} times the pairing, at most {LOSSES}"
    yield ""
    yield BESIDE_ROW.format(*BESIDE_HEADS).rstrip()
    for one in report["beside"]:
        size = f"{one['mentees']} x {one['mentors']}"
        if "why" in one:
            yield f"{BESIDE_ROW.format(size, one['by'], *[''] * 6).rstrip()}  {one['why']}"
            continue
        shown = _shown(one.get("times"), ".1f")
        figures = (one["matched"], f"{one['score']:.1f}", one["blocking"], one["idle"])
        yield BESIDE_ROW.format(size, one["by"], f"{one['seconds']:.3f}", shown, *figures)


def _shown(number: float | None, how: str) -> str:
    return "" if number is None else format(number, how)


def main() -> None:
    """Without a part the whole measurement; the parts are processes of their own, as `_memory` and `_package` ask."""
    match sys.argv[1:]:
        case ["memory", mentees, mentors]:
            _run(rosters(int(mentees), int(mentors)))
            print(_most_memory())
        case ["mentor-match" | "matching" as package, file, limit]:
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit)))
            pair = {"mentor-match": _mentor_match, "matching": _hospital_resident}[package]
            print(json.dumps(pair(json.loads(Path(file).read_bytes()))))
        case _:
            parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
            parser.add_argument("--rounds", type=int, default=5)
            parser.add_argument("--limit", type=int, default=300, help="CPU seconds that a package may take")
            asked = parser.parse_args()
            print(as_text(measure(rounds=asked.rounds, limit=asked.limit)))


if __name__ == "__main__":
    main()
