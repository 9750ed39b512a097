"""Compares what Lifeline's ledgers say with what the simulated devices sent: nothing lost."""

from __future__ import annotations

from deploy.demo.api import Api
from deploy.demo.verdict import moment
from simulators.scenario import Scenario

DAYS = 366  #: of the ledger


def lost(api: Api, scenario: Scenario) -> list[str]:
    """Return what does not agree, a sentence each; none: every message is accounted for."""
    truth = scenario.truth.ledger
    failures: list[str] = []
    received = 0
    for device, sent in truth.by_device.items():
        counts = api.ledger(device, DAYS)
        received += counts["received"]
        if counts["stored"] != sent:
            failures.append(f"{device} sent {sent} readings, {counts['stored']} are stored")
        became = sum(counts[name] for name in ("stored", "duplicate", "rejected", "quarantined"))
        if counts["received"] != became:
            failures.append(f"the ledger of {device} does not add up: {counts}")
    if received < truth.readings_sent:
        failures.append(f"{truth.readings_sent} readings were sent, {received} received")
    letters = len(api.every("dead-letters", limit=500))
    if letters != truth.dead_letters:
        failures.append(f"{truth.dead_letters} unreadable records were sent, {letters} are kept")
    stranger = scenario.district.stranger
    (measure,) = stranger.measures
    kept = api.readings(
        stranger.channel(measure.name), moment(scenario.truth.begins), moment(scenario.truth.ends)
    )
    if kept != truth.stranger_distinct:
        failures.append(f"{stranger.id} sent {truth.stranger_distinct} readings, {kept} are stored")
    return failures
