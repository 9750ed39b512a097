"""An event in words, for a person: what fired, on what, and what would have kept it quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules.event import Event


def account(event: Event, evidence: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines that explain `event`; `evidence` are its frozen pieces."""
    return [*_head(event), *_reasons(event.why), *_data(evidence)]


def _head(event: Event) -> Iterator[str]:
    title = event.why.get("title", {})
    names = " ".join(filter(None, (title.get("zh"), title.get("en"))))
    yield f"event {event.id}"
    yield f"  rule        {event.rule} {names}, version {event.version}"
    yield f"  where       {event.scope} {event.subject}"
    ended = "" if event.ended is None else f", ended {_at(event.ended)}"
    yield f"  when        began {_at(event.began)}, raised {_at(event.raised)}{ended}"
    yield f"  found       {_at(event.found)}"
    yield f"  is          {event.standing}, {event.severity}, peak {event.peak:.6g} of its limit"


def _reasons(why: Mapping[str, Any]) -> Iterator[str]:
    if "because" in why:
        yield f"  because     {_plain(why['because'])}"
    fired = why.get("fired", {})
    for need in fired.get("needs", ()):
        yield (
            f"  fired       {need['signal']}: {need['stood']} of {need['of']} channels stood, "
            f"{need['least']} needed"
        )
    if fired.get("within"):
        yield f"  fired       their beginnings within {fired['within']}"
    if "explained_by" in why:
        other = why["explained_by"]
        yield (
            f"  explained   by {other['rule']} on {other['subject']} (same {other['same']}), "
            f"event {other['event']}"
        )
    for member in why.get("members", ()):
        yield from _member(member)
    for line in why.get("quiet_if", ()):
        yield f"  quiet if    {line}"
    for line in why.get("false_alarms", ()):
        yield f"  may be      {_plain(line)}"


def _plain(words: Any) -> str:
    """Return words that a rule has in both languages, or in one, as one line of this account."""
    return str(words.get("en", "")) if isinstance(words, Mapping) else str(words)


def _member(member: Mapping[str, Any]) -> Iterator[str]:
    unit = "" if member["unit"] == "1" else f" {member['unit']}"
    expected = member.get("expected", {})
    yield f"  channel     {member['channel']} ({member['quantity']}), signal {member['signal']}"
    value = None if "silent_for_s" in expected else member.get("peak_value")
    worst = "" if value is None else f", at {value:.6g}{unit}"
    yield f"    peak      {member['peak']:.6g} of its limit{worst}"
    for name, number in expected.items():
        timed = name.endswith("_s")  # a time, whatever the channel measures
        said = name.removesuffix("_s").replace("_", " ")
        yield f"    expected  {said} {number:.6g}{' s' if timed else unit}"
    yield f"    began     {_short(member['began'])}, raised {_short(member['raised'])}"


def _data(evidence: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for piece in evidence:
        for curve in piece["curves"]:
            quality = curve["data_quality"]
            flags = ", ".join(f"{name} {n}" for name, n in quality["flags"].items())
            gap = quality["longest_gap_seconds"]
            yield (
                f"  data        {curve['channel']}: {curve['readings']} readings around it, "
                f"{quality['unusable']} unusable"
                + (f", flags {flags}" if flags else "")
                + ("" if gap is None else f", longest gap {gap:g} s")
            )


def _at(time: Any) -> str:
    return _short(f"{time}Z")


def _short(moment: str) -> str:
    """Return a moment without the fraction that is zero."""
    return moment.replace(".000000Z", "Z")
