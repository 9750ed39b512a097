"""What people know to have happened, as a file: `start,end,channel_or_zone,kind[,sure]`."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import numpy as np

from ingest.asset_files import SEPARATORS
from ingest.asset_rows import Problem
from ingest.times import microseconds
from ingest.unusable import Unusable
from rules.counting import ANYWHERE, Label

COLUMNS: Final = ("start", "end", "channel_or_zone", "kind")
#: One more that may be there: `no` where nobody has said yet whether it happened.
SURE: Final = {"": True, "yes": True, "no": False}


def read_labels(path: Path, known: Collection[str]) -> tuple[list[Label], list[Problem]]:
    """Return the labels of a CSV file, and what is wrong with its rows.

    Without an end a label is a moment; `known` are the names that the assets have, and a
    label of no known place is told, but kept: it counts as one that could not be found.
    """
    labels: list[Label] = []
    problems: list[Problem] = []
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        head = file.readline()
        file.seek(0)
        table = csv.DictReader(file, delimiter=max(SEPARATORS, key=head.count))
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or []]
        lacking = [name for name in ("start", "channel_or_zone") if name not in table.fieldnames]
        if lacking:
            mend = f"Its header is {','.join(COLUMNS)}"
            return [], [Problem(1, name, "the column is missing", mend) for name in lacking]
        for line, row in enumerate(table, start=2):
            cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
            try:
                start = _time(cells["start"], "start")
                end = _time(cells["end"], "end") if cells["end"] else start
                if end < start:
                    raise _Unreadable("end", "is before start", "Exchange the two")
                sure = (row.get("sure") or "").strip().lower()
                if sure not in SURE:
                    raise _Unreadable("sure", f"{sure!r} is neither yes nor no", "Write yes or no")
            except _Unreadable as why:
                problems.append(Problem(line, *why.args))
                continue
            place = cells["channel_or_zone"]
            if place not in ANYWHERE and place not in known:
                what = f"no channel, device, zone or tag of the assets is {place!r}"
                problems.append(Problem(line, "channel_or_zone", what, "Mend the name, or write *"))
            labels.append(Label(start, end, place, cells["kind"], line, SURE[sure]))
    return labels, problems


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Write what `read_labels` reads."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([*COLUMNS, "sure"])
        for label in labels:
            times = [f"{np.datetime_as_string(t, 'us')}Z" for t in (label.start, label.end)]
            table.writerow([*times, label.place, label.kind, "yes" if label.sure else "no"])


class _Unreadable(ValueError):
    """A cell that cannot be read: column, what, mend."""


def _time(text: str, column: str) -> np.datetime64:
    try:
        date = len(text) == 10 and text.count("-") == 2
        return np.datetime64(microseconds(f"{text}T00:00" if date else text), "us")
    except Unusable as why:
        raise _Unreadable(column, str(why), "Write it as 2026-11-22T08:30:00Z") from None
