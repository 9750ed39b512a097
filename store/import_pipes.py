"""Pipes from GeoJSON: all of a file or nothing, each in the place of the one of its id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from cases.courses import extent_of, length_of
from cases.networks import Network
from ingest.asset_cells import Unreadable
from ingest.asset_rows import Problem
from store.database import Connection
from store.pipe_features import Pipe, read_feature, unread
from store.statements import statements
from store.stepping import Step, unwatched

AT_A_TIME = 1_000  #: features between two looks of whoever waits


@dataclass(slots=True)
class PipeReport:
    """What an import of pipes did, or would do; with problems it did nothing."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0
    problems: list[Problem] = field(default_factory=list)  #: row: the feature's place, from 1
    warnings: list[Problem] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        return 0 if self.problems else self.rows - self.added - self.changed - self.gone


def import_pipes(
    connection: Connection,
    document: bytes,
    network: Network | None = None,
    dry_run: bool = False,
    step: Step = unwatched,
) -> PipeReport:
    """Add, change or remove the pipes of a GeoJSON FeatureCollection.

    A feature that names no network is of `network`. Pipes that the file does not name stay. A
    mistake in any feature keeps the whole file out: half a network misleads.
    """
    report = PipeReport()
    features = _features(document, report)
    report.rows = len(features)
    pipes, places = list[Pipe](), dict[tuple[str, str], int]()
    for place, feature in enumerate(features, start=1):
        if place % AT_A_TIME == 0:
            step(place, report.rows)
        try:
            pipe = read_feature(feature, network)
        except Unreadable as why:
            report.problems.append(Problem(place, *why.args))
            continue
        if places.setdefault((pipe.network, pipe.id), place) != place:
            what = f"{pipe} is feature {places[pipe.network, pipe.id]} already"
            report.problems.append(Problem(place, "id", what, "Give a pipe one feature"))
        pipes.append(pipe)
    if ignored := sorted(unread(features)):
        what = f"nothing is kept of {', '.join(ignored)}"
        report.warnings.append(Problem(0, "properties", what, "README, Pipes, says what is"))
    if not report.problems:
        with connection.transaction(force_rollback=dry_run):
            _write(connection, pipes, report, step)
    return report


def _features(document: bytes, report: PipeReport) -> list[Any]:
    try:
        features = orjson.loads(document.removeprefix(b"\xef\xbb\xbf"))["features"]
        if not isinstance(features, list):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        mend = "Export the pipes as GeoJSON, in UTF-8"
        report.problems.append(Problem(0, "features", "this is no FeatureCollection", mend))
        return []
    if not features:
        report.problems.append(Problem(0, "features", "there is none", "Export them anew"))
    return features


def _write(connection: Connection, pipes: Iterable[Pipe], report: PipeReport, step: Step) -> None:
    sql = statements("pipes")
    connection.execute(sql["make_given"])
    with connection.cursor() as cursor, cursor.copy(sql["copy_given"]) as copy:
        for place, pipe in enumerate(pipes):
            if place % AT_A_TIME == 0:
                step(place, report.rows)
            copy.write_row(_row(pipe))
    row = connection.execute(sql["put_given"]).fetchone()
    assert row is not None  # counts are
    report.added, report.changed, report.gone = row
    connection.execute(sql["drop_given"])


def _row(pipe: Pipe) -> tuple[Any, ...]:
    told = (str(pipe.network), *pipe[1:8])
    if pipe.course is None:
        return (*told, None, None, None, None)
    west, south, east, north = extent_of(pipe.course)
    numbers, points = (_array(each) for each in pipe.course)
    return (*told, numbers, points, length_of(pipe.course), f"({east},{north}),({west},{south})")


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"
