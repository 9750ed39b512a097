"""What is judged, and what is known to have happened: from files, or from the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.backtest.labels import read_labels
from deploy.backtest.run import History, placed_by
from deploy.backtest.sources import FileReadings
from deploy.backtest.stored import stored_history
from ingest.asset_files import read_assets, unit_problems
from ingest.asset_rows import Problem
from ingest.channel import Channel
from rules.counting import Label, places
from rules.pack import RuleSet
from store.database import Connection
from store.past import past_cases
from store.reading_files import UnreadableFile
from store.rule_versions import present, ruleset


@dataclass(slots=True)
class Given:
    """History with its labels; `asked` and `problems` (by file) go into the report."""

    history: History
    labels: Sequence[Label] | None  #: None: nobody says what happened
    asked: Mapping[str, str]
    problems: dict[Path, list[Problem]] = field(default_factory=dict)
    lines: Mapping[int, int] = field(default_factory=dict)  #: of the assets file, by channel


def from_files(assets: Path, readings: Path, labels: Path | None, time_zone: str) -> Given:
    """Read assets and labels, and open the readings; intervals that are not written are learnt.

    Raises UnreadableFile.
    """
    read = read_assets(assets, time_zone)
    if not read.channels:
        told = "; ".join(str(problem) for problem in read.problems[:5]) or "it has no rows"
        raise UnreadableFile(f"{assets}: no channel could be read: {told}")
    problems = {assets: [*read.problems, *unit_problems(read)]}
    known_labels: list[Label] | None = None
    asked = {"assets": str(assets), "readings": str(readings)}
    if labels is not None:
        known = {name for channel in read.channels for name in places(channel)}
        known_labels, problems[labels] = read_labels(labels, known)
        if problems[labels] and not known_labels:
            told = "; ".join(str(problem) for problem in problems[labels][:5])
            raise UnreadableFile(f"{labels}: no label could be read: {told}")
        asked["labels"] = str(labels)
    lines = {number: values["line"] for number, values in read.rows.items()}
    source = FileReadings(readings, read.channels)
    channels = source.learn_intervals(read.channels, read.learn)
    return Given(History(channels, source, placed_by(read)), known_labels, asked, problems, lines)


def from_store(
    connection: Connection,
    since: datetime,
    until: datetime,
    wanted: Callable[[Channel], bool] = lambda channel: True,
) -> Given:
    """Return the stored history of the channels `wanted`.

    Its labels are what closed cases turned out to be.
    """
    asked = {"since": since.isoformat(), "until": until.isoformat()}
    labels = past_cases(connection, since, until)
    sure = any(label.sure for label in labels)
    return Given(stored_history(connection, since, until, wanted), labels if sure else None, asked)


def in_force(connection: Connection) -> RuleSet:
    """Return the rules that the store says are in force now."""
    return ruleset([version for version in present(connection) if not version.shadow])
