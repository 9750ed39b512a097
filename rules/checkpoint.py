"""The engine's knowledge as bytes: arrays and JSON, nothing that could run when read."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rules import plain, together_saved
from rules.marks import COPIES
from rules.signal import BoundSignal, JudgedSignal
from rules.silence import SilenceSignal
from rules.together import TogetherSignal
from rules.values import ValueSignal

if TYPE_CHECKING:
    from rules.engine import Engine

FORMAT = 3
Arrays = dict[str, NDArray[Any]]


class UnknownCheckpoint(ValueError):
    """Bytes that are no checkpoint, or of a format that this version does not read."""


def save(engine: Engine) -> bytes:
    """Return everything that judging on needs."""
    arrays: Arrays = {}
    live = engine.timeline.places.live()
    arrays["channels"] = engine.timeline.places.number[live]
    arrays["facts"] = np.array([engine.facts[n] for n in arrays["channels"].tolist()], dtype="S")
    for name, table in _timeline(engine).items():
        arrays[name] = table[live]
    signals = [
        _save_signal(signal, f"signal{number}", arrays)
        for number, signal in enumerate(engine.led_up())
        if _can_be_saved(signal)
    ]
    findings = engine.findings
    meta = {
        "format": FORMAT,
        "watermark": plain.micros(engine.watermark),
        "received_until": plain.micros(engine.received_until),
        "not_listening": [[plain.micros(t) for t in i] for i in engine.not_listening.intervals],
        "requalified": [[*key, flags] for key, flags in engine.timeline.requalified.items()],
        "retired": [plain.to_plain(event) for event in findings.retired],
        "told": [plain.to_plain(event) for event in findings.all_told()],
        "signals": signals,
    }
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **arrays)
    return body.getvalue()


def restore(engine: Engine, body: bytes) -> tuple[list[BoundSignal], list[int]]:
    """Fill a fresh engine; return signals and channels that are not in the checkpoint.

    Nor is a channel there whose facts have changed since.
    """
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta = json.loads(arrays["meta"].tobytes())
    except (OSError, ValueError, KeyError) as fault:
        raise UnknownCheckpoint(f"not a checkpoint of the engine: {fault}") from None
    if meta["format"] != FORMAT:
        raise UnknownCheckpoint(f"checkpoint format {meta['format']}, this version reads {FORMAT}")
    engine.watermark = plain.moment(meta["watermark"])
    engine.received_until = plain.moment(meta["received_until"])
    engine.not_listening.add((plain.moment(a), plain.moment(b)) for a, b in meta["not_listening"])
    engine.timeline.requalified = {(c, t): flags for c, t, flags in meta["requalified"]}
    facts = zip(arrays["channels"].tolist(), arrays["facts"].tolist(), strict=True)
    same = {number for number, judged_by in facts if engine.facts.get(number) == judged_by}
    unknown = {*engine.channels} - same
    _restore_timeline(engine, arrays, same)
    saved = {entry["fingerprint"]: entry for entry in meta["signals"]}
    anew: list[BoundSignal] = []
    for key, signal in engine.signals.items():
        entry = saved.get(key)
        if entry is None or not _fits(signal, entry, arrays):
            anew.append(signal)
        else:
            unknown |= _restore_signal(signal, entry, arrays, same)
    engine.findings.take_over(
        [plain.event(event) for event in meta["told"]],
        [plain.event(event) for event in meta["retired"]],
        engine.watermark,
    )
    return anew, sorted(unknown)


def _timeline(engine: Engine) -> Arrays:
    timeline = engine.timeline
    tables = {"last": timeline.last, "marks": timeline.marks.time, "rate": timeline.rate.memory}
    return tables | {f"rate{copy}": timeline.rate.copies[copy] for copy in range(COPIES)}


def _restore_timeline(engine: Engine, arrays: Arrays, same: set[int]) -> None:
    place = engine.timeline.places.of(arrays["channels"])
    known = np.isin(arrays["channels"], [*same])
    for name, table in _timeline(engine).items():
        table[place[known]] = arrays[name][known]


def _can_be_saved(signal: BoundSignal) -> bool:
    if not isinstance(signal, ValueSignal):
        return True
    return not any(detector.state.dtype.hasobject for detector in signal.detectors)


def _tables(signal: BoundSignal) -> Arrays:
    """Return the arrays of a signal that have a row a slot, by name."""
    if isinstance(signal, SilenceSignal):
        return {"first": signal.first, "last": signal.last}
    tables: Arrays = {}
    if isinstance(signal, JudgedSignal):
        tables["memory"] = signal.memory
    if isinstance(signal, ValueSignal):
        for number, detector in enumerate(signal.detectors):
            tables[f"detector{number}"] = detector.state
        for copy, states in signal.copies.items():
            for number, state in enumerate(states):
                tables[f"copy{copy}.{number}"] = state
    return tables


def _save_signal(signal: BoundSignal, prefix: str, arrays: Arrays) -> dict[str, Any]:
    live = signal.slots.live()
    arrays[f"{prefix}.channels"] = signal.slots.number[live]
    for name, table in _tables(signal).items():
        arrays[f"{prefix}.{name}"] = table[live]
    entry: dict[str, Any] = {
        "fingerprint": signal.fingerprint,
        "begins": plain.micros(signal.begins),
        "prefix": prefix,
    }
    if isinstance(signal, SilenceSignal):
        entry["gaps"] = {
            number: [[plain.micros(t) for t in gap] for gap in gaps]
            for number, gaps in signal.gaps.items()
        }
    elif isinstance(signal, TogetherSignal):
        entry |= together_saved.save(signal, prefix, arrays)
    elif isinstance(signal, JudgedSignal):
        entry["episodes"] = {
            number: [plain.to_plain(episode) for episode in episodes]
            for number, episodes in signal.episodes.items()
        }
        entry["peaks"] = [
            [number, at, *peak]
            for number, there in signal.peaks.items()
            for at, peak in there.items()
        ]
    return entry


def _fits(signal: BoundSignal, entry: dict[str, Any], arrays: Arrays) -> bool:
    """Say whether the saved state is of the same rule, and of the same make of detector."""
    return _can_be_saved(signal) and all(
        f"{entry['prefix']}.{name}" in arrays
        and arrays[f"{entry['prefix']}.{name}"].dtype == table.dtype
        for name, table in _tables(signal).items()
    )


def _restore_signal(
    signal: BoundSignal, entry: dict[str, Any], arrays: Arrays, same: set[int]
) -> set[int]:
    """Fill a signal for the `same` channels; return those that the checkpoint does not know."""
    prefix = entry["prefix"]
    signal.begins = plain.moment(entry["begins"])
    numbers = arrays[f"{prefix}.channels"]
    slot = signal.slots.of(numbers)
    known = (slot >= 0) & np.isin(numbers, [*same])
    ours = {channel.number for channel in signal.bound()} & same
    for name, table in _tables(signal).items():
        table[slot[known]] = arrays[f"{prefix}.{name}"][known]
    if isinstance(signal, SilenceSignal):
        signal.gaps = {
            int(number): [(plain.moment(a), plain.moment(b)) for a, b in gaps]
            for number, gaps in entry["gaps"].items()
            if int(number) in ours
        }
    elif isinstance(signal, TogetherSignal):
        together_saved.restore(signal, entry, arrays, same)
    elif isinstance(signal, JudgedSignal):
        signal.episodes = {
            int(number): [plain.episode(episode) for episode in episodes]
            for number, episodes in entry["episodes"].items()
            if int(number) in ours
        }
        for number, at, peak, value in entry["peaks"]:
            if number in ours:
                signal.peaks.setdefault(number, {})[at] = (peak, value)
    return ours - {*numbers.tolist()}
