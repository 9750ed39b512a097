"""Slow and plain twins of the detectors that compare neighbours."""

from math import inf, isnan
from statistics import median


def peers(frames, over, habit, learn, limit):
    """Take (time [s], values of the members) and yield (score, who) or None."""
    members = {}
    before = None
    for time, values in frames:
        if all(isnan(value) for value in values):
            yield None
            continue
        step = 0.0 if before is None else min(time - before, 3600.0)
        before = time
        z = {}
        for i, x in enumerate(values):
            if isnan(x):
                continue
            m = members.setdefault(
                i,
                {"n": 0, "age": 0.0, "mean": 0.0, "spread": 0.0, "zc": 0.0, "cc": 0.0, "day": 0.0,
                 "C": 0.0, "a": 0.0, "w0": 0.0, "w1": 0.0, "a0": 0.0, "a1": 0.0, "score": 0.0},
            )  # fmt: skip
            if m["spread"] > 0 and m["n"] >= 3:
                z[i] = (x - m["mean"]) / m["spread"]
            m["n"] += 1
            m["age"] += step
            if m["n"] == 1:
                m["mean"] = m["day"] = x
            far, near = (k * m["spread"] if m["spread"] > 0 else inf for k in (32, 4))
            held = m["mean"] + _cut(x - m["mean"], far)
            m["day"] += min(step / over, 1) * (held - m["day"])
            m["mean"] += _gain(m, step, habit) * _cut(x - m["mean"], near)
            m["spread"] += _gain(m, step, habit) * (min(abs(x - m["day"]), near) - m["spread"])
        scores = []
        for i in z if len(z) >= 3 else ():
            m = members[i]
            gain = _gain(m, step, habit)
            c = median(value for j, value in z.items() if j != i)
            share = min(step / over, 1)
            m["C"] += share * (_cut(c, 32) - m["C"])
            b = m["zc"] / m["cc"] if m["cc"] > 0 else 0.0
            off = (m["day"] - m["mean"]) / m["spread"]
            moved, others = _cut(z[i] - off, 4), _cut(c - m["C"], 4)
            m["zc"] += gain * (moved * others - m["zc"])
            m["cc"] += gain * (others**2 - m["cc"])
            m["a"] += share * (abs(moved - b * others) - m["a"])
            watched = m["age"] - learn / 2
            if watched <= 0:
                continue
            far, big = off - b * m["C"] - m["w0"], m["a"] - m["a0"]
            if m["age"] >= learn:
                m["score"] = max(abs(far) / max(m["w1"], 0.02), big / max(m["a1"], 0.02)) / limit
                scores.append((m["score"], -i))
            gain = min(max(step / habit, step / watched), 1) * (0.1 if m["score"] >= 0.5 else 1)
            m["w0"] += gain * far
            m["w1"] += gain * (abs(far) - m["w1"])
            m["a0"] += gain * big
            m["a1"] += gain * (abs(big) - m["a1"])
        scores.sort(reverse=True)
        if len(scores) < 2:
            yield None
            continue
        (first, who), (second, _) = scores[:2]
        yield max(first - max(second, 0), 0), -who


def step_along(frames, largest, floor, limit, learn, habit, least):
    """Take (time [s], values from upstream down) and yield (score, who) or None."""
    links = {}
    before = None
    for time, values in frames:
        if all(isnan(value) for value in values):
            yield None
            continue
        gap = 0.0 if before is None else min(time - before, 3600.0)
        before = time
        told = None
        for k in range(len(values) - 1):
            step = values[k] - values[k + 1]
            if isnan(step):
                continue
            link = links.setdefault(k, {"n": 0, "age": 0.0, "usual": 0.0, "spread": 0.0, "s": 0.0})
            excess = step - link["usual"]
            spread = max(link["spread"], floor)
            if link["age"] >= learn and link["n"] >= least:
                link["s"] = min(excess / largest, excess / (limit * spread))
                if told is None or link["s"] > told[0]:
                    told = max(link["s"], 0.0), k
            link["n"] += 1
            link["age"] += gap
            gain = max(gap / habit, 1 / link["n"]) * (0.1 if link["s"] >= 0.5 else 1)
            if link["n"] > 1:
                excess = _cut(excess, 4 * spread)
                link["spread"] += gain * (abs(excess) - link["spread"])
            link["usual"] += gain * excess
        yield told


def _gain(m, step, habit):
    return max(step / habit, 1 / m["n"]) * (0.1 if m["score"] >= 0.5 else 1)


def _cut(x, bound):
    return min(max(x, -bound), bound)
