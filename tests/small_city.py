"""A small city for the engine's tests: channels, rules that use every clause, random readings."""

from datetime import timedelta

import numpy as np

from ingest.batch import Batch
from ingest.channel import Channel
from ingest.quality import Quality
from rules.engine import Engine
from rules.event import Standing
from rules.judgement import Remembered
from rules.pack import read_pack
from rules.term import Term

START = np.datetime64("2026-07-01T20:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")

RULES = """
pack: test
rules:
  - id: rain
    title: {en: rain, zh: 雨}
    status: active
    why: it explains
    source: us
    signals: {wet: {select: {quantity: rain_rate}, detect: [{with: level, high: 10 mm/h}],
                    policy: {off_delay: PT6M}}}
    per: zone
    severity: [{at: 1, level: blue}]
    event: {code_list: L, code: "9", condition: rain}
    case: none
  - id: water
    title: {en: standing water, zh: 积水}
    status: active
    why: it is deep
    source: us
    signals: {deep: {select: {quantity: depth}, detect: [{with: level, high: 15 cm}],
                     policy: {on_delay: PT4M, off_delay: PT6M, samples: 2, longest_gap: PT30M}}}
    per: component
    rejoin: PT10M
    explained_by: [{rule: rain, same: zone, before: PT15M, after: PT5M}]
    severity: [{at: 1, level: yellow}, {at: 2, level: orange}]
    event: {code_list: L, code: "0506", condition: standing-water}
    case: {one_per: component}
  - id: flooded-zone
    title: {en: zone, zh: 区}
    status: active
    why: several places, rising and deep
    source: us
    signals:
      deep: {select: {quantity: depth}, detect: [{with: level, high: 10 cm}]}
      rising: {select: {quantity: depth}, combine: all,
               detect: [{with: rate_of_rise, rise: 5 cm, over: PT10M}, {with: level, high: 5 cm}]}
    per: zone
    needs: {deep: 2, rising: 1}
    within: PT40M
    severity: [{at: 1, level: orange}]
    event: {code_list: L, code: component, condition: flooded}
    case: {one_per: zone}
  - id: device-silent
    title: {en: silent, zh: 离线}
    status: active
    why: it says nothing
    source: us
    signals: {silent: {silent: {times: 3, grace: PT1M}}}
    per: device
    explained_by: [{rule: gateway-silent, same: gateway, before: PT10M, after: PT10M}]
    severity: [{at: 1, level: blue}]
    event: {code_list: L, code: "1", condition: silent}
    case: {one_per: device}
  - id: gateway-silent
    title: {en: gateway, zh: 网关}
    status: active
    why: all of its devices say nothing
    source: us
    signals: {silent: {silent: {times: 3, grace: PT1M}}}
    per: gateway
    needs: {silent: {least: 2, share: 1}}
    severity: [{at: 1, level: blue}]
    event: {code_list: L, code: "2", condition: silent}
    case: {one_per: gateway}
"""
FLAG_RULE = """
  - id: clock
    title: {en: clock, zh: 时钟}
    status: active
    why: it was never set
    source: us
    signals: {unset: {flags: [EPOCH], policy: {off_delay: PT2S}}}
    per: device
    severity: [{at: 1, level: blue}]
    event: {code_list: L, code: "3", condition: clock}
    case: none
"""


def channel(number, quantity, zone="z1", gateway="g1", **facts):
    return Channel(
        number=number,
        id=f"c{number}",
        device=f"d{number}",
        name=quantity,
        quantity=quantity,
        unit="",
        interval=timedelta(minutes=2),
        component=f"44010201030000{number:02}",
        tags={"zone": zone, "gateway": gateway, "role": "road"},
        **facts,
    )


CHANNELS = [
    channel(3, "depth", largest_rate=0.3 / 60),
    channel(7, "depth", largest_rate=0.3 / 60),
    channel(8, "depth", gateway="g2"),
    channel(20, "depth", zone="z2", gateway="g2"),
    channel(21, "rain_rate", gateway="g2"),
]


def readings(seed, minutes=240):
    """Return random readings with floods, gaps, NaN, flags, spikes; received as measured."""
    rng = np.random.default_rng(seed)
    parts = []
    for one in CHANNELS:
        at = np.arange(0, minutes, 2) + rng.integers(0, 2, minutes // 2)
        value = np.abs(rng.normal(0.02, 0.02, len(at)))
        for _ in range(rng.integers(0, 4)):
            begin = rng.integers(0, minutes)
            value[(at >= begin) & (at < begin + rng.integers(4, 50))] += rng.uniform(0.05, 0.4)
        spikes = rng.random(len(at)) < 0.03
        value[spikes] += 3.0
        if one.quantity == "rain_rate":
            value *= 1e-4
        keep = rng.random(len(at)) > 0.1
        for _ in range(rng.integers(0, 3)):
            begin = rng.integers(0, minutes)
            keep &= ~((at >= begin) & (at < begin + rng.integers(5, 60)))
        value[rng.random(len(at)) < 0.03] = np.nan
        quality = np.zeros(len(at), dtype=np.uint16)
        quality[rng.random(len(at)) < 0.03] = Quality.OUT_OF_RANGE
        quality[rng.random(len(at)) < 0.02] = Quality.EPOCH
        time = START + at * MINUTE + rng.integers(0, 30_000_000, len(at)).astype("m8[us]")
        parts.append(
            Batch(
                channel=np.full(keep.sum(), one.number, dtype=np.int32),
                time=time[keep],
                received=time[keep].copy(),
                value=value[keep],
                state=np.full(keep.sum(), -1, dtype=np.int32),
                quality=quality[keep],
            )
        )
    columns = ("channel", "time", "received", "value", "state", "quality")
    whole = Batch(*(np.concatenate([getattr(p, name) for p in parts]) for name in columns))
    return whole[np.argsort(whole.time, kind="stable")]


def new_engine(history, rules=RULES, channels=CHANNELS):
    """Return an engine for the text of a pack, or for terms."""
    return Engine(read_pack(rules) if isinstance(rules, str) else rules, channels, history)


def signal_of(engine, rule, name):
    """Return the one signal of that name that the engine has for a rule."""
    (signal,) = [s for s in engine.signals.values() if (s.rule, s.name) == (rule, name)]
    return signal


def changed_at(at, before, after):
    """Return the terms of the rules `before` and `after` a change at a time."""
    before, after = read_pack(before).rules, read_pack(after).rules
    terms = []
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None and old.version == new.version:
            terms.append(Term(new))
        else:
            terms += [] if old is None else [Term(old, until=at)]
            terms += [] if new is None else [Term(new, since=at)]
    return terms


class Ledger:
    """What a store would hold after each settling: the last word on every event and flag."""

    def __init__(self):
        self.events, self.flags = {}, {}

    def settle(self, engine):
        judgement = engine.settle()
        self.events |= {event.id: event for event in judgement.events}
        changed = judgement.requalified
        engine.history.requalify(changed)
        for key in zip(changed.channel, changed.time, changed.quality, strict=True):
            self.flags[int(key[0]), key[1]] = int(key[2])
        return judgement

    def facts(self):
        """Return the events that were not withdrawn."""
        return {k: e for k, e in self.events.items() if e.standing is not Standing.WITHDRAWN}

    def too_fast(self):
        return {key for key, flags in self.flags.items() if flags & Quality.TOO_FAST}


def in_order(batch, rules=RULES):
    """Return what one undisturbed run over all readings finds."""
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history, rules)
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    return ledger
