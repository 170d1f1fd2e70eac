"""The figures as text for a terminal."""

from collections.abc import Iterator
from typing import Any

Facts = dict[str, Any]
SAME = 0.2
"""By how much a staff list may differ between few cohorts and many, as a share."""
WEB_MEMORY, WORKER_MEMORY = 110, 90
"""MiB."""
START = 2.0
"""Times the import of Flask and SQLAlchemy."""
HEADS = ("page", "ms", "floor", "times", "goal", "queries", "kB", "missed")
ROW = "{:28} {:>7} {:>7} {:>6} {:>5} {:>8} {:>6}  {}"
SCHEDULE_HEADS = ("what", "items", "ms", "CPU", "floor", "times", "goal", "queries", "kB", "missed")
SCHEDULE_ROW = "{:28} {:>6} {:>7} {:>7} {:>7} {:>6} {:>5} {:>8} {:>6}  {}"


def as_text(report: Facts) -> str:
    return "\n".join(line.rstrip() for line in _lines(report))


def feeds_text(report: Facts) -> str:
    """The figures of `benchmarks.feeds`, and how each grows with the number of items."""
    lines = [f"medians of {report['rounds']} rounds", SCHEDULE_ROW.format(*SCHEDULE_HEADS)]
    lines += [_schedule_line(row) for row in report["rows"]]
    for name in dict.fromkeys(row["name"] for row in report["rows"]):
        few, *_, many = sorted((row for row in report["rows"] if row["name"] == name), key=lambda row: row["items"])
        growth = many["ms"] / few["ms"]
        lines.append(f"{name}, {many['items']} items beside {few['items']}: {growth:.2f} times")
    return "\n".join(line.rstrip() for line in lines)


def _schedule_line(row: Facts) -> str:
    return SCHEDULE_ROW.format(
        row["name"],
        row["items"],
        f"{row['ms']:.1f}",
        f"{row['cpu_ms']:.1f}",
        f"{row['floor_ms']:.1f}",
        f"{row['times']:.2f}",
        f"{row['goal']:.1f}",
        row["queries"],
        f"{row['bytes'] / 1000:.1f}",
        "time" if row["times"] > row["goal"] else "",
    )


def _lines(report: Facts) -> Iterator[str]:
    for database in report["databases"]:
        yield from _database_lines(database, report["rounds"])
    yield from _growth_lines(*report["databases"][-2:])
    yield _against("web worker, MiB", report["memory"]["web"], WEB_MEMORY)
    yield _against("reminder worker, MiB", report["memory"]["worker"], WORKER_MEMORY)
    yield _against("start, times the import of Flask and SQLAlchemy", report["start"]["times"], START)


def _database_lines(database: Facts, rounds: int) -> Iterator[str]:
    yield f"{database['label']}, medians of {rounds} rounds"
    yield ROW.format(*HEADS)
    for page in database["pages"]:
        yield ROW.format(
            page["name"],
            f"{page['ms']:.1f}",
            f"{page['floor_ms']:.1f}",
            f"{page['times']:.2f}",
            f"{page['most_times']:.1f}",
            f"{page['queries']}/{page['most_queries']}",
            f"{page['bytes'] / 1000:.1f}",
            ", ".join(page["missed"]),
        )
    for floor in database["floors"]:
        yield ROW.format(
            f"floor: {floor['name']}", "", "", "", "", floor["queries"], f"{floor['bytes'] / 1000:.1f}", ""
        )
    yield ""


def _growth_lines(small: Facts, large: Facts) -> Iterator[str]:
    """What staff lists take in many cohorts, beside few cohorts of the same size."""
    before = {page["name"]: page["ms"] for page in small["pages"]}
    for page in large["pages"]:
        if page["name"].startswith("staff:"):
            name = f"{page['name']}, {large['label']} beside {small['label']}"
            yield _against(name, page["ms"] / before[page["name"]], 1 + SAME)


def _against(name: str, figure: float | None, most: float) -> str:
    if figure is None:
        return f"{name}: not told by this system"
    return f"{name}: {figure:.2f}, at most {most:g}" + (" MISSED" if figure > most else "")
