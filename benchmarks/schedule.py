"""How long it takes to plan and to move the dates of a cohort and to write a feed of them, and how that grows.

    python -m benchmarks.schedule [--rounds 15] [--json FILE]

Everything is measured beside a floor in the same run: as many local times read and converted, as many rows written,
as many events written by the library alone.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks import feeds, planning
from benchmarks.tables import feeds_text


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schedule", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=planning.ROUNDS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args(arguments)
    report = {"planning": planning.measure(rounds=options.rounds), "feeds": feeds.measure(rounds=options.rounds)}
    print(planning.as_text(report["planning"]))
    print(feeds_text(report["feeds"]))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
