"""Slow, obvious versions of the detectors of a station: lists, one frame after another.

Each takes frames, a dict of member -> value at each time [s], and yields (score, who).
"""

from math import log10

import numpy as np


class Member:
    def __init__(self, memory, warm_up):
        self.level = self.spread = 0.0
        self.seen, self.memory, self.warm_up = 0, memory, warm_up

    def learn(self, value, weight):
        self.seen += 1
        if self.seen == 1:
            self.level = value
        scale = max(1.2533 * self.spread, 1e-5 * abs(self.level) + 1e-9)
        off = value - self.level
        z = max(-10.0, min(10.0, off / scale))
        rate = max(1 / self.seen, 1 / self.memory)
        if self.seen > self.warm_up:
            rate, off = rate * weight, max(-5 * scale, min(5 * scale, off))
        self.level += rate * off
        self.spread += rate * (abs(off) - self.spread)
        return z


def worse(member, s, weight):
    ratio = s / member.worst
    member.worst *= 1 + max(0.003, 5 / member.seen) * weight * (0.999 if ratio > 1 else -0.001)
    return ratio


def joined(scores, silent, power):
    every = scores | silent
    who = max(every, key=every.get) if every else None
    return sum(s**power for s in every.values()) ** (1 / power), who


def rarer(seen):
    return 1 + log10(max(1, seen / 1000)) / 2


def shift(frames, smoothing, limit, times_worst, held, warm_up, memory, patience, power):
    members, standing = {}, 0
    for _, frame in frames:
        weight, scores, silent = (held if standing else 1.0), {}, {}
        for name, member in members.items():
            if name not in frame:
                member.u *= 1 - smoothing
                if member.seen > warm_up:
                    s = abs(member.u) / (1.2533 * member.usual + 0.1)
                    silent[name] = min(s / member.worst / times_worst, s / limit) / rarer(
                        member.seen
                    )
        for name, value in frame.items():
            member = members.setdefault(name, Member(memory, warm_up))
            z, n = member.learn(value, weight), member.seen
            if n == 1:
                member.u = member.usual = member.worst = 0.0
            if n > warm_up / 4:
                member.u += smoothing * (z - member.u)
            if n <= warm_up / 2:
                continue
            scale = 1.2533 * member.usual + 0.1
            if n > warm_up:
                most = 2 * max(limit, times_worst * member.worst) * scale
                member.u = max(-most, min(most, member.u))
            size = abs(member.u)
            rate = max(1 / (n - warm_up / 2), 1 / memory)
            if n <= warm_up:
                member.usual += rate * (size - member.usual)
                member.worst = max(member.worst, size / scale if n > 0.75 * warm_up else 1.0)
                continue
            member.usual += weight * rate * (min(size, 5 * scale) - member.usual)
            beyond = worse(member, size / scale, weight) / times_worst
            scores[name] = min(beyond, size / scale / limit) / rarer(n)
        score, who = joined(scores, silent, power)
        standing = standing + 1 if score >= 1 else 0
        if standing > patience:
            standing = 0
            for member in members.values():
                member.seen, member.worst = min(member.seen, warm_up / 4), 1.0
        yield score, who


def foretold(
    frames, names, smoothing, ridge, believed, times_worst, warm_up, memory, patience, power
):
    members = {name: Member(memory, warm_up) for name in names}
    for member in members.values():
        member.usual = member.told = member.energy = member.worst = 0.0
    count = len(names)
    square, cross = np.zeros((count, count)), np.zeros((count, count))
    weights = np.zeros((count, count))
    now, before = np.zeros(count), np.zeros(count)
    standing = step = 0
    last = None
    for number, (time, frame) in enumerate(frames, start=1):
        weight, scores, silent = (0.1 if standing else 1.0), {}, {}
        pause = time - last if last is not None else 0
        broken = 0 < 5 * step < pause
        if pause > 0:
            step = step + (min(pause, 5 * step) - step) // 16 if step else pause
        last = time
        foretelling = weights @ before
        true = now.copy()
        for place, name in enumerate(names):
            member = members[name]
            margin = times_worst * (1 + warm_up / max(1, member.seen))
            if name not in frame:
                member.energy *= 1 - smoothing
                if member.seen > warm_up:
                    silent[name] = member.energy**0.5 / max(member.worst, 1.5) / margin
                continue
            now[place] = true[place] = member.learn(frame[name], weight)
            if number <= warm_up / 2 or broken:
                continue
            surprise = now[place] - foretelling[place]
            member.told += 1
            scale, size = 1.2533 * member.usual + 0.05, abs(surprise)
            e = max(-15.0, min(15.0, surprise / scale))
            some = max(-believed * scale, min(believed * scale, surprise))
            true[place] = foretelling[place] + some
            if member.told > warm_up / 2:
                size = min(size, 5 * scale)
            member.usual += weight * max(1 / member.told, 1 / memory) * (size - member.usual)
            if member.told <= warm_up / 4:
                continue
            member.energy += smoothing * (e * e - member.energy)
            if member.seen <= warm_up:
                member.worst = max(member.worst, min(member.energy**0.5, 3.0))
                continue
            member.worst = max(member.worst, 1.5)
            margin = times_worst * (1 + warm_up / member.seen)
            scores[name] = worse(member, member.energy**0.5, weight) / margin
        score, who = joined(scores, silent, power)
        standing = standing + 1 if score >= 1 else 0
        if standing > patience:
            standing = 0
            for member in members.values():
                member.seen = min(member.seen, warm_up)
                member.told = min(member.told, warm_up)
        if not broken:
            rate = weight * max(1 / number, 1 / memory)
            a, b = np.clip(before, -6, 6), np.clip(now, -6, 6)
            square += rate * (np.outer(a, a) - square)
            cross += rate * (np.outer(b, a) - cross)
        if number >= warm_up / 2 and (number % 64 == 0 or number < warm_up / 2 + 1):
            weights = np.linalg.solve(square + ridge * np.eye(count), cross.T).T
        before = true
        yield score, who


def subspace(
    frames,
    names,
    share,
    smoothing,
    times_worst,
    warm_up,
    memory,
    patience,
    power,
    most=8,
    ridge=1e-3,
):
    members = {name: Member(memory, warm_up) for name in names}
    for member in members.values():
        member.told = member.usual = member.energy = 0.0
    directions = [np.zeros(len(names)) for _ in range(min(most, len(names) - 1))]
    variance, standing = 0.0, 0
    whole = Member(memory, warm_up)
    whole.worst = 0.0
    for number, (_, frame) in enumerate(frames, start=1):
        weight = 0.1 if standing else 1.0
        there = np.array([name in frame for name in names])
        z = np.array([members[n].learn(frame[n], weight) if n in frame else 0.0 for n in names])
        usual, known = [], 0.0
        for v in directions:
            size = np.linalg.norm(v)
            if known < share * variance and size > 1e-9:
                known += size
                usual.append(v / size)
        basis = np.array(usual).reshape(-1, len(names)).T
        square = basis[there].T @ basis[there] + ridge * np.eye(len(usual))
        filled = basis @ np.linalg.solve(square, basis[there].T @ z[there])
        left = z - filled
        whole.seen += 1
        enough = there.sum() > max(len(usual), 1)
        for place, name in enumerate(names):
            member = members[name]
            if not there[place]:
                member.energy *= 1 - smoothing
            elif number > warm_up / 2 and enough:
                member.told += 1
                scale, size = 1.2533 * member.usual + 0.05, abs(left[place])
                e = min(size / scale, 10)
                if member.told > warm_up / 2:
                    size = min(size, 5 * scale)
                member.usual += weight * max(1 / member.told, 1 / memory) * (size - member.usual)
                if member.told > warm_up / 4:
                    member.energy += smoothing * (e * e - member.energy)
        roots = {name: members[name].energy ** 0.5 for name in names}
        size, who = joined(roots, {}, power)
        score = 0.0
        if number <= warm_up:
            whole.worst = max(whole.worst, min(size, 3.0), 1.5)
        else:
            margin = times_worst * (1 + warm_up / whole.seen)
            score = worse(whole, size, weight) / margin
        standing = standing + 1 if score >= 1 else 0
        if standing > patience:
            standing, whole.seen = 0, warm_up
            for member in members.values():
                member.seen, member.told = min(member.seen, warm_up), min(member.told, warm_up)
        if enough or not usual:
            rate = weight * max(2 / (number + 1), 2 / memory)
            u = np.clip(np.where(there, z, filled), -6, 6)
            variance += rate * (u @ u - variance)
            for place, v in enumerate(directions):
                if np.linalg.norm(v) < 1e-9:
                    directions[place] = u
                    break
                v = v + rate * (u @ v / np.linalg.norm(v) * u - v)
                directions[place] = v
                u = u - u @ v / (v @ v) * v
        yield score, who
