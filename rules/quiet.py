"""What would have kept an event from being raised, in words and units that people read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ingest.channel import Channel
from ingest.quantities import QUANTITIES
from ingest.units import conversion
from rules.event import Episode
from rules.schema import Signal

#: What a detector took for normal, by the name it gives it: how that is said. Other names are
#: no limits: a nominal voltage, days learnt, a time until.
SAID = {
    "high": "{quantity} under {amount}",
    "low": "{quantity} above {amount}",
    "limit": "{quantity} under {amount}",
    "rise": "{quantity} rising by less than {difference}",
    "fall": "{quantity} falling by less than {difference}",
    "allowed_excess": "less than {difference} above that",
    "usual_night_flow": "{quantity} at night as usual, {amount}",
    "stood_still_at": "{quantity} moving on from {amount}",
    "level": "{quantity} as before, about {amount}",
    "usual_step": "a step of about {difference} as usual",
    "largest_step": "a step under {difference}",
}
#: Detectors whose normal is no single number.
UNSAID = {
    "seasonal": "{quantity} as usual at this hour",
    "cusum": "{quantity} as usual at this hour",
    "rate_of_rise": "{quantity} changing more slowly",
    "continuous_flow": "{quantity} standing still once",
    "cover_moved": "{quantity} nearer to its rest",
    "state_is": "no {quantity} reported",
}
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def quiet_if(
    prefix: str, signal: Signal, least: int, episode: Episode, channel: Channel
) -> list[str]:
    """Return the changes any one of which would have kept the signal from raising the event.

    `prefix` names the signal where the rule has several.
    """
    return [prefix + line for line in _lines(signal, least, episode, channel)]


def in_words(duration: timedelta) -> str:
    """Return a duration as people say it, in two units at most: 25 min, 3 h 7 min."""
    left, said = duration.total_seconds(), list[str]()
    for unit, size in UNITS:
        if size == 1 and left and len(said) < 2:
            said.append(f"{left:.3g} s")
        elif left >= size and len(said) < 2:
            said.append(f"{left // size:.0f} {unit}")
            left %= size
        elif said:
            break
    return " ".join(said) or "0 s"


def _lines(signal: Signal, least: int, episode: Episode, channel: Channel) -> Iterator[str]:
    if signal.silent is not None:
        heard = in_words(timedelta(seconds=episode.peak_value))
        yield f"{channel.id} heard again within {heard}"
        return
    if signal.flags:
        yield f"{channel.id} without the flags {', '.join(signal.flags)}"
    else:
        yield from _values(signal, episode, channel)
    if signal.policy.on_delay:
        yield f"abnormal for less than {in_words(signal.policy.on_delay)}"
    if signal.policy.samples > 1:
        yield f"fewer than {signal.policy.samples} abnormal readings in a row"
    if least > 1:
        yield f"fewer than {least} channels at once"


def _in_step(signal: Signal, episode: Episode, channel: Channel) -> str:
    """Return what the one who spoke for a group would have had to do."""
    quantity = channel.quantity.replace("_", " ")
    known = [key for key in sorted(episode.limit, reverse=True) if key in SAID]
    lines = [_limit(key, episode.limit[key], quantity, channel) for key in known]
    place = signal.together.per if signal.together is not None else ""
    return ", ".join([f"{channel.id} in step with the others of its {place}", *lines])


def _values(signal: Signal, episode: Episode, channel: Channel) -> Iterator[str]:
    if signal.together is not None:
        yield _in_step(signal, episode, channel)
        return
    quantity = channel.quantity.replace("_", " ")
    lines = [
        _limit(key, value, quantity, channel)
        for key, value in sorted(episode.limit.items(), reverse=True)
        if _plain(key) in SAID or key == "clock_behind_by_s"
    ]
    if not lines:
        for detector in signal.detect:
            said = UNSAID.get(detector.name, "{quantity} under the limit of " + detector.name)
            lines.append(said.format(quantity=quantity))
    lines = list(dict.fromkeys(lines))
    if 1 < len(signal.detect) == signal.abnormal_at_once:  # each one was needed
        yield from lines
    else:
        yield ", ".join(lines)


def _plain(key: str) -> str:
    """Return the name of a limit that holds by day or by night only."""
    return key.partition("_")[2] if key.startswith(("day_", "night_")) else key


def _limit(key: str, value: float, quantity: str, channel: Channel) -> str:
    if key == "clock_behind_by_s":
        return f"a clock that is not {in_words(timedelta(seconds=value))} behind"
    shown = QUANTITIES[channel.quantity].shown
    factor, offset = conversion(shown, channel.quantity)
    unit = "" if shown == "1" else f" {shown}"
    plain = _plain(key)
    when = "" if plain == key else key.partition("_")[0]
    said = SAID[plain].format(
        quantity=quantity,
        amount=f"{(value - offset) / factor:.4g}{unit}",
        difference=f"{value / factor:.4g}{unit}",
    )
    return f"{said} by {when}" if when else said
