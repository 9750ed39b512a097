"""An event as one plain sentence or two: why it was raised, what would have kept it quiet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ingest.channel import Channel
from ingest.quantities import QUANTITIES
from ingest.units import conversion
from rules.counting import speaker
from rules.event import Event, Standing
from rules.quiet import in_words
from rules.schema import Rule, Status


def explanation(event: Event, rule: Rule, status: Status, channels: Mapping[int, Channel]) -> str:
    """Return why `event` was raised; `status` is what the pack says of its rule.

    What opens no case says so first: explained by another event, a note, on trial.
    """
    said = [*_marks(event, status)]
    channel = speaker(event, channels)
    member = next((m for m in event.why.get("members", ()) if m["channel"] == channel.id), None)
    lasted = (event.raised - event.began).astype("m8[us]").item()
    after = f"raised after {in_words(lasted)}" if lasted else "raised at once"
    reached = "" if member is None else _reached(member, channel)
    others = len(event.channels) - 1
    beside = f", and {others} more channel{'s' if others > 1 else ''}" if others else ""
    said.append(
        f"{rule.title.en} ({rule.title.zh}): {channel.id}{reached}{beside}; "
        f"first abnormal {_minute(event.began)}, {after}, "
        f"peak {event.peak:.4g} times the limit."
    )
    quiet = event.why.get("quiet_if", ())
    if quiet:
        said.append(f"Quiet with {', or '.join(quiet)}.")
    return " ".join(said)


def why_no_case(event: Event) -> str:
    """Return in a word why an event opens no case; auxiliary: its rule has none."""
    if event.standing is Standing.EXPLAINED:
        return "held_back" if "held_back" in event.why else "explained"
    return "on_trial" if event.shadow else "auxiliary"


def _marks(event: Event, status: Status) -> list[str]:
    marks = []
    if event.standing is Standing.EXPLAINED and "held_back" in event.why:
        reason = str(event.why["held_back"]["reason"]).replace("_", " ")
        marks.append(f"[no case: held back, {reason}]")
    elif event.standing is Standing.EXPLAINED:
        other = event.why["explained_by"]
        marks.append(f"[no case: explained by {other['rule']} at {other['subject']}]")
    elif not event.case_key and not event.shadow:
        marks.append("[no case: a note]")
    if status is not Status.ACTIVE:
        marks.append(f"[{'no case: ' if event.shadow else ''}on trial: {status}]")
    return marks


def _reached(member: Mapping[str, object], channel: Channel) -> str:
    """Return the value at the peak in the unit that people see."""
    value = member.get("peak_value")
    expected = member.get("expected")
    if not isinstance(value, float) or (isinstance(expected, dict) and "silent_for_s" in expected):
        return " was silent" if value is not None else ""
    shown = QUANTITIES[channel.quantity].shown
    factor, offset = conversion(shown, channel.quantity)
    unit = "" if shown == "1" else f" {shown}"
    return f" ({channel.quantity.replace('_', ' ')}) at {(value - offset) / factor:.4g}{unit}"


def _minute(at: np.datetime64) -> str:
    return f"{np.datetime_as_string(at, unit='s')}Z".replace(":00Z", "Z")
