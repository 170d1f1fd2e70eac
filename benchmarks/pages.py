"""How long the pages of the journeys take beside the floor, in one run.

    python -m benchmarks.pages [--rounds 40] [--cohorts 200 --people 10000] [--json FILE]

Databases: the demo cohort; a few seeded cohorts; as many of the same size as asked for. They are made once
under var/benchmarks/ and measured on copies. Everything listens on loopback, and what is started is stopped.
"""

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.installations import FOLDER, Source, demo_source, installed, seeded_source, worker_memory
from benchmarks.measuring import Measured, Series, StartUp, measure_start_up
from benchmarks.tables import as_text
from cohort import clock

Facts = dict[str, Any]
LARGEST_PAGE = 60_000
"""Bytes of HTML before compression."""
WORKER_SECONDS = 20
STARTS = 7
FEW = 13
"""Cohorts of the small database: the generator lets them start a week apart, and the last of these is ten weeks in."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = read_options(arguments)
    today = clock.today("UTC").isoformat()
    each = max(1, options.people // options.cohorts)
    sources = [
        demo_source(today),
        seeded_source(FEW, FEW * each, today),
        seeded_source(options.cohorts, options.people, today),
    ]
    report = measure(sources, rounds=options.rounds)
    print(as_text(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args(arguments)


def measure(
    sources: Sequence[Source],
    *,
    rounds: int,
    folder: Path = FOLDER,
    starts: int = STARTS,
    worker_seconds: float = WORKER_SECONDS,
) -> Facts:
    """Everything that the table says, as plain data."""
    databases = {source.label: source.prepare(folder) for source in sources}
    with TemporaryDirectory() as scratch, ExitStack() as stack:
        measured = []
        for number, (label, database) in enumerate(databases.items()):
            one = Measured(stack.enter_context(installed(label, database, Path(scratch) / str(number))))
            stack.callback(one.close)
            measured.append(one)
        for one in measured:
            one.count_queries()
            one.warm_up()
        for number in range(1, rounds + 1):
            for one in measured:
                one.run_round(number)
        return {
            "rounds": rounds,
            "databases": [facts_of(one) for one in measured],
            "memory": memory_of(measured[-1], worker_seconds),
            "start": start_of(measure_start_up(measured[0].installation.home, starts)),
        }


def facts_of(one: Measured) -> Facts:
    return {
        "label": one.installation.label,
        "pages": [page_facts(series) for series in one.series],
        "floors": [
            {"name": name, "queries": one.floor_queries[name], "bytes": size} for name, size in one.floor_size.items()
        ],
    }


def page_facts(series: Series) -> Facts:
    visit = series.visit
    return {
        "name": visit.name,
        "ms": round(series.ms, 2),
        "floor_ms": round(series.floor_ms, 2),
        "times": round(series.times, 2),
        "most_times": visit.most_times,
        "queries": series.queries,
        "most_queries": visit.most_queries,
        "bytes": series.size,
        "missed": missed_by(series),
    }


def missed_by(series: Series) -> list[str]:
    """The goals that a page misses."""
    goals = {
        "time": series.times <= series.visit.most_times,
        "queries": series.queries <= series.visit.most_queries,
        "size": series.size <= LARGEST_PAGE,
    }
    return [name for name, is_met in goals.items() if not is_met]


def memory_of(one: Measured, worker_seconds: float) -> Facts:
    """MiB resident after the run, on the largest database; None where the system does not tell."""
    web = one.installation.ours.memory()
    return {"web": web, "worker": worker_memory(one.installation.home, worker_seconds)}


def start_of(start: StartUp) -> Facts:
    return {"seconds": round(start.application, 2), "imports": round(start.imports, 2), "times": round(start.times, 2)}


if __name__ == "__main__":
    main()
