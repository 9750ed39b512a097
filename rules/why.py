"""What an event says for itself: the clause that fired, and what would have kept it quiet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ingest.channel import Channel
from ingest.quantities import QUANTITIES
from rules.combine import Span, least_needed
from rules.duration import iso
from rules.event import Episode
from rules.quiet import quiet_if
from rules.schema import Bilingual, Rule


def explain(
    rule: Rule, bound: Mapping[str, int], span: Span, channels: Mapping[int, Channel]
) -> dict[str, Any]:
    """Return the reasons of a span as plain data, times as ISO 8601 in UTC, values in SI."""
    first: dict[str, Episode] = {}
    for episode in span.members:
        first.setdefault(episode.signal, episode)
    needed = least_needed(rule, bound)
    return {
        "rule": rule.id,
        "version": rule.version,
        "status": rule.status.value,
        "title": _said(rule.title),
        "because": _said(rule.why),
        "fired": {
            "needs": [
                {
                    "signal": name,
                    "least": least,
                    "stood": len({e.channel for e in span.qualifying if e.signal == name}),
                    "of": bound.get(name, 0),
                }
                for name, least in needed.items()
            ],
            "within": None if rule.within is None else iso(rule.within),
        },
        "members": [_member(episode, channels[episode.channel]) for episode in span.members],
        "quiet_if": [
            line
            for name, episode in first.items()
            for line in quiet_if(
                f"{name}: " if len(rule.signals) > 1 else "",
                rule.signals[name],
                needed[name],
                episode,
                channels[episode.channel],
            )
        ],
        "false_alarms": [_said(each) for each in rule.false_alarms],
        "steps": [_said(each) for each in rule.steps],
    }


def _said(words: Bilingual | str) -> dict[str, str] | str:
    """Return words as they were written, in both languages or plain, without line breaks."""
    if isinstance(words, str):
        return " ".join(words.split())
    return {language: " ".join(said.split()) for language, said in words}


def _member(episode: Episode, channel: Channel) -> dict[str, Any]:
    return {
        "channel": channel.id,
        "signal": episode.signal,
        "quantity": channel.quantity,
        "unit": QUANTITIES[channel.quantity].unit,
        "began": _utc(episode.began),
        "raised": _utc(episode.raised),
        "cleared": None if episode.cleared is None else _utc(episode.cleared),
        "peak": episode.peak,
        "peak_value": None if np.isnan(episode.peak_value) else episode.peak_value,
        "expected": dict(episode.limit),
    }


def _utc(time: np.datetime64) -> str:
    return f"{np.datetime_as_string(time, unit='us')}Z"
