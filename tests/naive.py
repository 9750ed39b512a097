"""Slow, obvious versions of the detectors: one channel, one sample after another, no arrays.

Each takes (time [s since 1970 UTC], value) pairs and yields scores. Local time is UTC.
"""

from itertools import combinations, pairwise
from math import exp, inf, log, log10
from operator import itemgetter
from statistics import fmean, mean, median, pstdev

DAY = 86_400


def level(samples, high=inf, low=-inf, scale=1.0, night_high=None, night=(22, 6), days_off=False):
    for now, value in samples:
        hour, weekend = now % DAY / 3600, (now // DAY + 3) % 7 >= 5
        by_night = hour >= night[0] or hour < night[1] or (days_off and weekend)
        highest = night_high if by_night and night_high is not None else high
        yield max(0.0, 1 + (value - highest) / scale, 1 + (low - value) / scale)


def rate_of_rise(samples, over, rise, fewest=4, kept=16):
    ring = []
    for now, value in samples:
        if len(ring) > 1 and ring[-1][0] - ring[-2][0] < over / kept:
            ring[-1] = (now, value)
        else:
            ring = [*ring, (now, value)][-kept:]
        window = [(t, v) for t, v in ring if t >= now - over]
        if len(window) < fewest or now - window[0][0] < over / 2:
            yield 0.0
            continue
        slopes = [(v2 - v1) / (t2 - t1) for (t1, v1), (t2, v2) in combinations(window, 2)]
        yield max(0.0, median(slopes) * over / rise)


def lasting_step(samples, over, fall, undone, longest, fewest=4):
    rate = rate_of_rise([(now, -value) for now, value in samples], over, fall, fewest)
    begun = before = after = None
    for (now, value), score in zip(samples, rate, strict=True):
        if score >= 1:
            was = value + score * fall
            if begun is None:
                begun, before, after = now, was, value
            before = max(before, was)
        if begun is not None:
            after = min(after, value)
            if (value - after) / (before - after) >= undone or now - begun > longest:
                begun = None
            else:
                score = max(score, 1.0)
        yield score


def gradual(samples, base, leap, travel, longest_step):
    before, walked = None, [0.0]
    for now, value in samples:
        move = value - (base if before is None else before[1])
        believed = before is None or abs(move) <= leap or now - before[0] > longest_step
        walked.append(walked[-1] + (move if believed else 0.0))
        before = (now, value)
        if value < base:
            walked = [0.0]
        yield (max(*walked, 0.0) - min(*walked, 0.0)) / travel


def time_to_limit(samples, limit, within, over, fewest=5, kept=16):
    ring = []
    for now, value in samples:
        if len(ring) > 1 and ring[-1][0] - ring[-2][0] < over / kept:
            ring[-1] = (now, value)
        else:
            ring = [*ring, (now, value)][-kept:]
        window = [(t, v) for t, v in ring if t >= now - over]
        n, score = len(window), 10.0 if value >= limit else 0.0
        if n >= fewest and now - window[0][0] >= over / 2:
            slopes = [(v2 - v1) / (t2 - t1) for (t1, v1), (t2, v2) in combinations(window, 2)]
            sigma = (n * (n - 1) * (2 * n + 5) / 18) ** 0.5
            slowest = sorted(slopes)[max(int((len(slopes) - 1.2816 * sigma) / 2) - 1, 0)]
            if slowest > 0 and score == 0:
                slope = median(slopes)
                left = max(limit - median(v + slope * (now - t) for t, v in window), 0.0)
                score = min(within * slope / left, 10.0) if left else 10.0
        yield score


def statistical_level(samples, over, limit, needed, exceeded, scale=10.0):
    heard = []
    for now, value in samples:
        if heard and now - heard[-1][0] > over:
            heard = []
        heard.append((now, int((value - 20) // 2)))
        weights = [(place, exp((t - now) / over)) for t, place in heard]
        wanted, above = exceeded * sum(w for _, w in weights), 0.0
        for place in sorted({place for place, _ in weights}, reverse=True):
            here = sum(w for other, w in weights if other == place)
            if above + here >= wanted:
                level = 22 + 2 * place - 2 * (wanted - above) / here
                break
            above += here
        yield max(0.0, 1 + (level - limit) / scale) if len(heard) >= needed else 0.0


def street_flood(samples, high, base, leap, moves, memory):
    """The whole curve since it was dry is looked at anew with each sample."""
    curve, dry_moves, leaps = [], [], []
    began, level, sunk, water, climbs, ran, before = None, None, None, False, 0, 0, None
    for now, value in samples:
        if before is None:
            before, sunk, began = (now, value), now, value >= base
            curve = [before]
        step = value - before[1]
        if max(value, before[1]) < base:
            dry_moves.append(step**2 / 2)
        noise = sum(m / 64 * (63 / 64) ** age for age, m in enumerate(reversed(dry_moves)))
        much = max(moves, 4 * noise**0.5)
        climbs = climbs + 1 if step >= much else 0
        wet = ran >= 3 or (ran >= 1 and now - sunk >= 480)
        if abs(step) > leap * (2 if wet and not began and step > 0 else 1):
            water = level is not None and abs(value - level[1]) <= leap and now - level[0] <= 900
            leaps.append(now)
            curve, began, ran, over = [(now, value)], True, 0, 0
        else:
            curve.append((now, value))
            ran += 1
        if value < base:
            ran, began, water, sunk, over = 0, False, False, now, 0
        slow = curve[0][1]
        for (t1, v1), (t2, _) in pairwise(curve):
            slow = v1 + (slow - v1) * exp((t1 - t2) / memory)
        moved = abs(value - slow)
        over = over + 1 if moved >= much else 0
        sure = over >= min(2 + ran // 10, 5) or moved >= 2 * much
        if began:
            enough = ran >= 1 + max(1, sum(exp((then - now) / memory) for then in leaps))
            landed = curve[0]
            sure = sure or (value - landed[1] >= much and now - landed[0] <= 360)
        else:
            enough = ran >= 3 or (ran == 2 and now - sunk >= 480)
        water = water or (enough and sure) or climbs >= 3
        if water:
            level = (now, value)
        before = (now, value)
        yield max(0.0, value / high) if water else min(max(0.0, value / high), 0.5)


def flat_line(samples, longest, resolution, fewest):
    run = []
    for now, value in samples:
        if not run or abs(value - run[0][1]) > resolution:
            run = []
        run.append((now, value))
        yield (now - run[0][0]) / longest if len(run) >= fewest else 0.0


def continuous_flow(samples, longest, times, habit, step, still, learn, stills, longest_gap=21_600):
    """Flow, not a total: a step stood still if nothing flowed at its end."""
    begun = since = at = None
    usual = score = paused = 0.0
    for now, value in samples:
        if begun is None:
            begun = since = at = now
        if now - at >= step:
            if now - at > longest_gap:
                since, score = now, 0.0
            elif value <= still:
                ran = at - since
                usual = max(usual * exp(-max(ran, 3600) / (60 * DAY)), min(ran, habit))
                since, score, paused = now, 0.0, paused + 1
            elif now - begun > learn and paused >= stills:
                score = (now - since) / max(longest, times * usual)
            at = now
        yield score


def state_is(samples, equals):
    for _, value in samples:
        yield float(value == equals)


def deviations(samples, slot, days, memory, clip, floor):
    """Yield the deviation from the habit of each slot of the day, every day alike."""
    habit = {}
    for now, value in samples:
        mine = habit.setdefault(
            now % DAY // slot, {"level": 0.0, "spread": 0.0, "n": 0, "days": []}
        )
        believed = max(mine["spread"], floor)
        r = value - mine["level"]
        yield r / believed if len(mine["days"]) >= days else 0.0
        if mine["n"] >= 8:
            r = min(max(r, -clip * believed), clip * believed)
        mine["n"] = min(mine["n"] + 1, memory)
        off = 0.0 if mine["n"] == 1 else 1.25 * abs(r)
        mine["level"] += r / mine["n"]
        mine["spread"] += (off - mine["spread"]) / mine["n"]
        if now // DAY not in mine["days"]:
            mine["days"].append(now // DAY)


def seasonal(samples, limit, **habit):
    for z in deviations(samples, **habit):
        yield abs(z) / limit


def cusum(samples, slack, limit, **habit):
    high = low = 0.0
    for z in deviations(samples, **habit):
        z = min(max(z, -4.0), 4.0)
        high = min(max(0.0, high + z - slack), 2 * limit)
        low = min(max(0.0, low - z - slack), 2 * limit)
        yield max(high, low) / limit


def nights(samples, begins, ends, quantile, fewest):
    """Yield (row, day, flow) for each night, at the row by which it is known to be over."""
    night, day = [], None
    for row, (now, value) in enumerate(samples):
        inside = begins * 3600 <= now % DAY < ends * 3600
        if night and (not inside or now // DAY != day):
            if len(night) >= fewest:
                yield row, day, sorted(night)[int((len(night) - 1) * quantile)]
            night = []
        if inside:
            night.append(value)
            day = now // DAY


def _held(samples, scored):
    score = 0.0
    for row in range(len(samples)):
        score = scored.get(row, score)
        yield score


def _spread(flows):
    middle = median(flows)
    return 1.4826 * median(abs(flow - middle) for flow in flows)


def night_flow(samples, running, weeks, spreads, share, before=7, **night):
    flows, remembered, scored = {}, {}, {}
    for row, day, flow in nights(samples, **night):
        flows[day] = remembered[day] = flow
        past = range(running, min(running + before, 28))
        former = [remembered[day - back] for back in past if day - back in remembered]
        run = [flows.get(day - back) for back in range(running)]
        same = [remembered[day - 7 * k] for k in range(1, weeks + 1) if day - 7 * k in remembered]
        scored[row] = 0.0
        if len(former) < min(before, 4) or (weeks and len(same) < 2):
            continue
        usual = max([median(former), *same])
        allowed = max(spreads * _spread(former), share * usual)
        if None not in run:
            scored[row] = max(0.0, (min(run) - usual) / allowed)
        remembered[day] = min(flow, usual + allowed)
    return _held(samples, scored)


def night_cusum(samples, former_nights, slack, limit, share, **night):
    remembered, scored, total = {}, {}, 0.0
    for row, day, flow in nights(samples, **night):
        former = [remembered[day - back] for back in range(1, 28) if day - back in remembered]
        remembered[day] = flow
        scored[row] = total / limit
        if len(former) < former_nights:
            continue
        usual = median(former)
        spread = max(_spread(former), share * usual)
        z = min(max((flow - usual) / spread, -4.0), 4.0)
        total = min(max(0.0, total + z - slack), 2 * limit)
        scored[row] = total / limit
        remembered[day] = min(flow, usual + slack * spread)
    return _held(samples, scored)


def cover_moved(samples, limit, interval, lasting):
    rest, before, run, believed = None, None, [], False
    for now, value in samples:
        rest, before = (value, now) if rest is None else (rest, before)
        off, quiet = abs(value - rest) / limit, now - before
        if off < 1:
            rest, run, believed = rest + 0.05 * (value - rest), [], False
        else:
            run.append(now)
            part = quiet / interval % 1
            alone = quiet >= 20 and off >= (1.5 if 0.02 < part < 0.98 else 3)
            lasts = len(run) > 1 and run[-1] - run[0] >= lasting
            believed = believed or alone or lasts
        before = now
        yield off if believed else min(off, 0.9)


def mains_voltage(samples, low, high, country, nominals, dead):
    alive, began, middle = 0, 0, 0.0
    for now, value in samples:
        if value > dead:
            if alive == 0:
                began, middle = now, value
            if alive < 12 or now - began <= DAY:
                alive += 1
                middle *= 1 + max(0.002, 0.2 / alive) * ((value > middle) - (value < middle))
        if alive < 12:
            yield 0.0
            continue
        nominal = country
        if not 1.01 * low * country <= middle <= 0.99 * high * country:
            nominal = min(nominals, key=lambda one: abs(log(one / middle)))
            if abs(middle - nominal) > 0.12 * nominal:
                yield 0.0
                continue
        scale = nominal * (high - low) / 2
        yield max(0.0, 1 + (value - high * nominal) / scale, 1 + (low * nominal - value) / scale)


def energy_mean(samples, over, limit, needed, scale=10.0, buckets=12):
    heard = []
    for now, value in samples:
        part = over / buckets
        heard.append((now // part, 10 ** (value / 10)))
        inside = [energy for bucket, energy in heard if bucket > now // part - buckets]
        mean = 10 * log10(sum(inside) / len(inside))
        yield max(0.0, 1 + (mean - limit) / scale) if len(inside) >= needed else 0.0


def spike(samples, limit, floor, kept=11):
    ring = []
    for _, value in samples:
        if len(ring) < kept:
            yield 0.0
        else:
            spread = max(_spread(ring), floor)
            yield abs(value - median(ring)) / (limit * spread)
        ring = [*ring, value][-kept:]


def clock(messages, tolerance, wobble, kept=8):
    """Take (received, [times of its readings]) and yield a score for each message's readings."""
    delays = []
    for received, times in messages:
        last = delays[-kept:]
        steady = len(last) == kept and max(last) - min(last) <= wobble * abs(median(last))
        yield from [abs(median(last)) / tolerance if steady else 0.0] * len(times)
        delays.append(min((received - time for time in times), key=abs))


def unit_slip(samples, factors, tolerance, warm_up):
    n = usual = spread = 0.0
    logs = [sign * log(factor) for factor in factors for sign in (1, -1)]
    for _, value in samples:
        d = log(max(abs(value), 1e-12)) - usual
        fit = max(0.0, 2 - min(abs(d - one) for one in logs) / log(1 + tolerance))
        if n < warm_up or spread >= 0.15:
            fit = 0.0
        yield fit
        if fit < 1:
            gain = max(1 / 8, 1 / (n + 1))
            spread += gain * ((abs(d) if n else 0.0) - spread)
            usual += gain * d
            n += 1


def _new(value, low, high, margin):
    if high == low:
        return 0.0 if value == high else 2.0
    return abs(value - (low + high) / 2) / ((high - low) / 2 * (1 + margin))


def _record(witnesses, pause):
    """Yield what is newest of witnesses (values, margin, first place that counts, around zero).

    A range stretches by no more than `reach` of its half width from one signal to the next.
    """
    ranges = [(values[0], values[0]) for values, *_ in witnesses]
    bounds, reach, quiet = [(-inf, inf)] * len(witnesses), 0.5, 0
    for place in range(len(witnesses[0][0])):
        new = 0.0
        for w, (values, margin, begins, around_zero) in enumerate(witnesses):
            value, (low, high) = values[place], ranges[w]
            counts = place >= begins
            if counts:
                new = max(new, _new(value, low, high, margin))
            if not counts or not quiet:
                far = reach * (high - low) / 2 if counts and high > low else inf
                bounds[w] = low - far, high + far
            low, high = min(low, max(value, bounds[w][0])), max(high, min(value, bounds[w][1]))
            if around_zero:
                low, high = min(low, -high), max(high, -low)
            ranges[w] = low, high
        reach += (0.5 - reach) / 500
        if quiet:
            quiet, new = quiet - 1, min(new, 0.95)
        elif new >= 1:
            quiet, reach = pause, 2 * reach
        yield new


def novelty(samples, margin, warm_up, pause):
    yield from _record([([value for _, value in samples], margin, warm_up, False)], pause)


def _clipped(off, usual, clip):
    return min(max(off, -clip * usual), clip * usual) if usual else off


def habit_differences(samples, settle, days):
    """Yield each value less its level by the day or the week, and that by what is usual."""
    habits = [(900, DAY, []), (3600, 7 * DAY, [])]
    levels = [{}, {}]
    usual = 0.0
    for n, (now, value) in enumerate(samples):
        clip = 10.0 if now - samples[0][0] >= settle else 1e9
        known = []
        for (length, cycle, heard), learnt in zip(habits, levels, strict=True):
            slot = now // length
            if heard and heard[-1][0] != slot:
                past = heard[-1][0] % (cycle // length)
                level, off, visits = learnt.get(past, (0.0, 0.0, 0))
                visits = min(visits + 1, days)
                level += (mean(one for _, one, _ in heard) - level) / visits
                off += (mean(one for _, _, one in heard) - off) / visits
                learnt[past] = level, off, visits
                heard.clear()
            level, off, _ = learnt.get(slot % (cycle // length), (value, 0.0, 0))
            taught = _clipped(value - level, (off + usual) / 2, clip)
            heard.append((slot, level + taught, abs(taught)))
            if slot % (cycle // length) in learnt:
                known.append((abs(value - level), value - level, off))
        _, away, off = min(known, key=itemgetter(0)) if known else (0.0, 0.0, 0.0)
        usual += (_clipped(abs(away), usual, clip) - usual) / min(n + 1, 2000)
        yield away, away / ((off + usual) / 2) if off else 0.0


def auto(samples, margin, margin_of_others, warm_up, settle, pause, days):
    values = [value for _, value in samples]
    differences, relative = zip(*habit_differences(samples, settle, days), strict=True)
    settled = next(k for k, (now, _) in enumerate(samples) if now - samples[0][0] >= settle)
    runs = [slice(max(0, k - 11), k + 1) for k in range(len(values))]
    changes = [0.0, *(after - before for before, after in pairwise(values))]
    known, wide = max(warm_up, settled), margin_of_others
    witnesses = [
        (values, margin, warm_up, False),
        (changes, wide, warm_up, True),
        ([mean(values[run]) for run in runs], wide, warm_up, False),
        ([pstdev(values[run]) for run in runs], wide, warm_up, True),
        (relative, wide, known, True),
        ([mean(differences[run]) for run in runs], wide, known, True),
    ]
    yield from _record(witnesses, pause)


def _adaptive(values, memory, clip, floor):
    """Yield deviations [spreads] from a level and spread learnt from what came before."""
    level, spread = values[0], 0.0
    for n, value in enumerate(values):
        believed = max(spread, floor)
        off = value - level
        yield off / believed
        most = clip * believed if n >= 8 else inf
        off = min(max(off, -most), most)
        level += off / min(n + 1, memory)
        spread += (1.25 * abs(off) - spread) / min(n + 1, memory)


def ewma(samples, limit, memory, warm_up, clip, floor):
    values = [value for _, value in samples]
    for n, z in enumerate(_adaptive(values, memory, clip, floor)):
        yield abs(z) / limit if n >= warm_up else 0.0


def page_hinkley(samples, slack, limit, warm_up, floor):
    heard, offs, rise, fall = [], [], 0.0, 0.0
    for _, value in samples:
        if max(rise, fall) >= limit:
            heard, offs, rise, fall = [], [], 0.0, 0.0
        off = value - fmean(heard or [value])
        if len(heard) >= warm_up:
            z = min(max(off / max(1.25 * fmean(offs), floor), -4.0), 4.0)
            rise, fall = max(0.0, rise + z - slack), max(0.0, fall - z - slack)
        heard.append(value)
        offs.append(abs(off))
        yield max(rise, fall) / limit


def autoregressive(samples, limit, memory, warm_up, clip, floor, rate, order=8):
    values = [value for _, value in samples]
    padded = [values[0]] * order + values
    weights, level, spread, middle = [1.0] + [0.0] * (order - 1), 0.0, 0.0, values[0]
    for n, value in enumerate(values):
        x = [before - middle for before in padded[n : n + order][::-1]]
        error = value - middle - sum(w * one for w, one in zip(weights, x, strict=True))
        believed = max(spread, floor)
        if n == 0:
            level = error
        yield abs(error - level) / believed / limit if n >= warm_up else 0.0
        most = clip * believed
        step = rate * min(max(error, -most), most) / (floor**2 + sum(one * one for one in x))
        weights = [w + step * one for w, one in zip(weights, x, strict=True)]
        off = error - level
        if n >= order:
            off = min(max(off, -most), most)
        level += off / min(n + 1, memory)
        spread += (1.25 * abs(off) - spread) / min(n + 1, memory)
        middle += (value - middle) / min(n + 1, memory)


def conformal(samples, rarity, memory, clip, floor, kept=256, tail=32):
    values, among = [value for _, value in samples], []
    for z in _adaptive(values, memory, clip, floor):
        a, last = abs(z), among[-kept:]
        among.append(a)
        if len(last) < kept:
            yield 0.0
            continue
        largest = sorted(last)[-tail:]
        rank = sum(one >= a for one in last)
        chance = log((rank + 1) / (kept + 1))
        if rank < tail:
            excess = mean(one - largest[0] for one in largest)
            chance = log(tail / (kept + 1)) - (a - largest[0]) / excess
        yield chance / log(rarity)
