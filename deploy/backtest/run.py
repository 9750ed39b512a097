"""One reading of history through several sets of rules at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

import numpy as np

from cases.placing import Component, Place, Speaker, in_order, place
from deploy.backtest.ahead import ahead
from deploy.backtest.faults import Faults
from ingest.asset_files import Assets
from ingest.batch import Batch
from ingest.channel import Channel
from rules.backtest import Backtest
from rules.event import Event
from rules.listening import Interval
from rules.pack import RuleSet
from rules.windows import Window

Tell = Callable[[float], object]


class Readings(Protocol):
    """History that can be read again; `faults` are of the last reading."""

    faults: Faults

    def batches(self, tell: Tell = ...) -> Iterator[Batch]:
        """Yield readings by stretches of time, each by channel and time, none twice."""
        ...


@dataclass(slots=True)
class History:
    """What is judged, and where things stand."""

    channels: Sequence[Channel]
    readings: Readings
    placed: Callable[[Event], Place]
    windows: Sequence[Window] = ()
    not_listening: Sequence[Interval] = ()


class Stopped(Exception):
    """Ends the reading of a run that was interrupted; nobody hears of it."""


@dataclass(slots=True)
class Ran:
    """How a run went; `stopped` says that it was interrupted and shows what there was by then."""

    trials: list[Backtest]
    seconds: float = 0.0
    count: int = 0
    stopped: bool = False
    watermark: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "us"))


def run(
    history: History,
    rulesets: Sequence[RuleSet],
    sweep: bool = False,
    tell: Callable[[float, int], object] = lambda done, readings: None,
) -> Ran:
    """Judge all of `history` by each of `rulesets`, the first at other limits too if asked.

    Ctrl-C ends it early.

    `tell` hears which share is done and how many readings were judged.
    """
    ran = Ran(
        [
            Backtest(
                ruleset,
                history.channels,
                sweep and ruleset is rulesets[0],
                history.windows,
                history.not_listening,
            )
            for ruleset in rulesets
        ]
    )
    began, done = perf_counter(), [0.0]

    def read(share: float) -> None:
        if ran.stopped:
            raise Stopped
        done[0] = share

    try:
        for batch in ahead(history.readings.batches(read)):
            for trial in ran.trials:
                trial.judge(batch)
            ran.count += len(batch)
            tell(done[0], ran.count)
    except KeyboardInterrupt:
        ran.stopped = True
    ran.seconds = perf_counter() - began
    ran.watermark = ran.trials[0].engine.watermark
    return ran


def placed_by(assets: Assets) -> Callable[[Event], Place]:
    """Return what says where an event is, by the assets file that named its channels."""
    components = {n: _component(values) for n, values in assets.rows.items()}
    numbered = {channel.number: channel for channel in assets.channels}

    def where(event: Event) -> Place:
        speakers = [
            Speaker(
                c.number, c.id, c.device, c.quantity, components[c.number], c.lon, c.lat, c.tags
            )
            for c in (numbered[number] for number in event.channels)
        ]
        return place(event, in_order(event, speakers), [])

    return where


def _component(values: Mapping[str, object]) -> Component | None:
    if not values["component"] or values["lon"] is None or values["lat"] is None:
        return None
    text = {name: str(values[name] or "") for name in ("component", "code_list", "class")}
    return Component(
        code=text["component"],
        code_list=text["code_list"],
        problem_class=text["class"],
        name=str(values["component_name"] or ""),
        lon=float(str(values["lon"])),
        lat=float(str(values["lat"])),
        grid_cell=str(values["grid_cell"] or ""),
        department=str(values["department"] or ""),
    )
