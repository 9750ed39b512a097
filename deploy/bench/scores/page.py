"""The page of measured detection: a table a set, ours beside others counted the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from deploy.bench.scores.result import Result

#: In the order of the page: module of this folder, which tells its title and how it counts.
SETS = (
    "nab", "ucr", "gecco", "batadal", "skab", "wells", "rivers", "ltown", "hanoi", "meters",
    "floods", "covers", "background",
)  # fmt: skip
HEAD = """\
# Detection, measured

Written by `lifeline bench scores --data FOLDER`, from recorded and simulated sets that are not
part of this repository; nothing here is written by hand. One configuration serves every set: what
`lifeline score` uses for channels and stations nobody has tuned, and the default rule packs on a
plain asset file. Every figure is at the frozen operating point; no threshold is fitted to a set.

Numbers were chosen on the parts called `tuned on`: few and round ones, whose neighbours score
alike. The parts called `untouched` were never searched for a number, but most of them were looked
at more than once on the way, and some of what was seen there led to changes: the notes of each
set say what was seen how often. A part that was looked at proves less than one that was not, and
none of this proves as much as data that nobody here has seen.

Beside ours stand a rolling Gaussian and detectors of the river library at one fixed setting
each, or at two where no one suits all sets, counted the same way; and figures of others, with
their source. An alarm within a label finds it, even if it stood before the label began: then the
delay is 0, and `stood before` counts it among those found; how much such a find is worth is for
the reader to say. False runs are runs of alarms wholly outside every label; where a benchmark
counts rows, they are rows. A station of six channels watched for a year is six sensor-years.
Missing data is no anomaly; nothing is point-adjusted. References are not asked about the first
150 rows of a channel or 300 of a station; ours is asked about all that the set counts.
"""


def measured(name: str, data: Path) -> dict[str, Any]:
    """Measure one set; return its title, notes and results as plain data."""
    module = import_module(f"deploy.bench.scores.{name}")
    results = [_plain(result) for result in module.measure(data)]
    return {"title": module.SET, "notes": module.NOTES, "results": results}


def page(sets: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page as Markdown from what `measured` gave for each set."""
    parts = [HEAD]
    for name in SETS:
        if name in sets:
            parts += [f"## {sets[name]['title']}\n", sets[name]["notes"].strip() + "\n"]
            parts.append("\n".join(_table(sets[name]["results"])) + "\n")
    return "\n".join(parts)


def written(sets: Mapping[str, Any]) -> str:
    """Return the figures as JSON, to be measured a set at a time."""
    return json.dumps(sets, indent=1, ensure_ascii=False) + "\n"


def _plain(result: Result) -> dict[str, Any]:
    plain = asdict(result)
    plain["delay"] = None if result.delay is None else result.delay.total_seconds()
    return plain


def _table(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    own = list(dict.fromkeys(name for result in results for name in result["own"]))
    columns = ["method", "part", "events found", "false per sensor-year", "median delay", *own]
    rows = [_row(result, own) for result in sorted(results, key=_order)]
    used = [any(row[place] for row in rows) for place in range(len(columns))]
    yield _line(columns, used)
    yield _line(["---"] * 2 + ["---:"] * (len(columns) - 2), used)
    for row in rows:
        yield _line(row, used)


def _order(result: Mapping[str, Any]) -> tuple[int, int]:
    """Ours first, then what others published, then what else was measured; parts in order."""
    method = result["method"]
    group = 0 if method.startswith("lifeline") else 1 if method.startswith("published") else 2
    return group, ("tuned on", "untouched", "whole").index(result["part"])


def _row(result: Mapping[str, Any], own: Sequence[str]) -> list[str]:
    found = "" if result["found"] is None else f"{result['found']} of {result['events']}"
    false = result["false_per_sensor_year"]
    delay = result["delay"]
    return [
        f"**{result['method']}**" if result["method"].startswith("lifeline") else result["method"],
        result["part"],
        found,
        "" if false is None else f"{false:.3g}",
        "" if delay is None else _spoken(timedelta(seconds=delay)),
        *("" if name not in result["own"] else f"{result['own'][name]:.4g}" for name in own),
    ]


def _line(cells: Sequence[str], used: Sequence[bool]) -> str:
    return "| " + " | ".join(c for c, use in zip(cells, used, strict=True) if use) + " |"


def _spoken(delay: timedelta) -> str:
    seconds = delay.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
