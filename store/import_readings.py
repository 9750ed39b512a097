"""Bring history in from files: the same units, contract and uniqueness as live readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ingest.asset_rows import Problem
from ingest.contract import keep_contract
from ingest.quality import Quality
from ingest.registry import Registry
from store.channels import channels
from store.database import Connection
from store.quarantine import look_again
from store.reading_files import Chunk, read_readings
from store.readings import Writer
from store.states import intern, states

MOST_PROBLEMS = 1000  #: listed; all are counted


@dataclass(slots=True)
class Imported:
    """What became of a file's readings: each was stored, there already, or a problem."""

    stored: int = 0
    duplicate: int = 0
    faulty: int = 0
    rows: int = 0  #: last row of the file that was read
    problems: list[Problem] = field(default_factory=list)


def import_readings(
    connection: Connection,
    path: Path,
    now: int,
    rejudge: bool = True,
    dry_run: bool = False,
    progress: Callable[[Imported], object] = lambda imported: None,
) -> Imported:
    """Store the readings of a file, received `now` [µs] and flagged IMPORTED; commits by chunks.

    Interrupted, it can be begun again: what is stored is left as it is. Unless `rejudge` is
    False the engine judges them at their own time, by the rules in force then. Raises
    UnreadableFile.
    """
    imported = Imported()
    known = channels(connection)
    numbers: dict[Any, int] = {channel.id: channel.number for channel in known}
    numbers |= {(channel.device, channel.name): channel.number for channel in known}
    registry = Registry(known, states(connection), partial(intern, connection))
    writer = Writer(connection)
    for chunk in read_readings(path):
        with connection.transaction(force_rollback=dry_run):
            _store(connection, writer, registry, numbers, chunk, now, rejudge, imported)
        progress(imported)
    return imported


def _store(
    connection: Connection,
    writer: Writer,
    registry: Registry,
    numbers: dict[Any, int],
    chunk: Chunk,
    now: int,
    rejudge: bool,
    imported: Imported,
) -> None:
    number = np.array([numbers.get(channel, -1) for channel in chunk.channel], dtype=np.int32)
    strange = {chunk.channel[place]: chunk.row[place] for place in np.flatnonzero(number < 0)[::-1]}
    chunk.problems += [_no_channel(row, channel) for channel, row in reversed(strange.items())]
    rows = np.flatnonzero(number >= 0)
    places = rows.tolist()
    batch = keep_contract(
        registry,
        number[rows],
        np.array(chunk.time, dtype=np.int64)[rows],
        np.full(len(rows), now, dtype=np.int64),
        [chunk.value[place] for place in places],
        [chunk.unit[place] for place in places],
        np.array(chunk.quality, dtype=np.uint16)[rows] | np.uint16(Quality.IMPORTED),
    )
    new = writer.store_batch(batch)
    look_again(connection, batch[new], rejudge)
    imported.stored += int(new.sum())
    imported.duplicate += int((~new).sum())
    imported.faulty += len(chunk.problems) - len(strange) + len(number) - len(rows)
    imported.rows = max([imported.rows, *chunk.row[-1:], *(p.row for p in chunk.problems)])
    imported.problems += chunk.problems[: MOST_PROBLEMS - len(imported.problems)]


def _no_channel(row: int, channel: str | tuple[str, str]) -> Problem:
    said = channel if isinstance(channel, str) else "field {1} of device {0}".format(*channel)
    mend = "Import its asset first, or mend the name"
    return Problem(row, "channel", f"there is no {said} (first met here)", mend)
