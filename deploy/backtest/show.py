"""What saving a rule would have changed on the last days: shown before it is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cases.city import City
from deploy.backtest.given import Given
from deploy.backtest.report import against, caseload, found
from deploy.backtest.run import run
from ingest.channel import Channel
from rules.binding import binds
from rules.pack import RuleSet, explaining, merge

TOLD = 5  #: cases named
TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """Rules before and after, none but those that differ and what explains them."""

    before: RuleSet
    after: RuleSet
    asked: tuple[str, ...]  #: ids of those that differ

    def concerns(self, channel: Channel) -> bool:
        """Say whether a channel is judged by any of the rules."""
        return any(
            binds(rule, signal, channel)
            for ruleset in (self.before, self.after)
            for rule in ruleset
            for signal in rule.signals.values()
        )

    def nowhere(self, channels: Iterable[Channel]) -> Iterator[str]:
        """Yield `rule: signal` of what would judge none of the channels."""
        known = list(channels)
        for name in self.asked:
            for key, signal in self.after.rules[name].signals.items():
                if not any(binds(self.after.rules[name], signal, one) for one in known):
                    yield f"{name}: {key}"


def changed(in_force: RuleSet, saved: RuleSet) -> Change:
    """Return what `saved` changes in what is in force."""
    differ = [
        rule.id
        for rule in saved
        if rule.id not in in_force.rules or in_force.rules[rule.id].version != rule.version
    ]
    return beside(in_force, saved, differ)


def beside(in_force: RuleSet, tried: RuleSet, asked: Iterable[str] | None = None) -> Change:
    """Return rules of `tried`, changed or not, beside what is in force of them."""
    wanted = tuple(tried.rules if asked is None else asked)
    both = {**in_force.rules, **tried.rules}
    whole = RuleSet(both, {**in_force.pack, **tried.pack}, {**in_force.body, **tried.body})
    return Change(_only(in_force, wanted), _only(whole, wanted), wanted)


def show(change: Change, given: Given, city: City) -> tuple[str, dict[str, Any]]:
    """Return in a few lines, and as data, what `change` would have done on a history."""
    ran = run(given.history, [change.after, change.before])
    after, before = (found(t, given.history, given.labels, TOLERANCE, city) for t in ran.trials)
    report = {
        "readings": ran.count,
        "channels": len(after.trial.first),
        "asked": dict(given.asked),
        "after": caseload(after, city),
        "against": against(after, before, city),
        "labels": None if after.counted is None else after.counted.total.report(),
    }
    blind = [
        f"{signal} looks at no channel that there is; mind its quantity, kind, tags and attributes"
        for signal in change.nowhere(given.history.channels)
    ]
    return "\n".join([*blind, *_lines(report)]), report


def _lines(report: dict[str, Any]) -> Iterator[str]:
    other = report["against"]
    if not report["readings"]:
        yield "no stored readings of the last days: what this would have done cannot be shown"
        return
    since = report["asked"].get("since", "")[:10]
    yield (
        f"on what is stored since {since} ({report['readings']:,} readings of "
        f"{report['channels']} channels): {other['cases']} cases as it is, "
        f"{report['after']['total']} with this: {len(other['gained'])} gained, "
        f"{len(other['lost'])} lost, {other['same']} the same"
    )
    if other["per_day"] and report["after"].get("per_day"):
        was, now = other["per_day"]["p95"], report["after"]["per_day"]["p95"]
        yield f"cases a day, p95: {was} as it is, {now} with this"
    if report["labels"] and other["labels"]:
        was, now = other["labels"], report["labels"]
        yield (
            f"of {now['labels']} cases that were real: {was['found']} found as it is, "
            f"{now['found']} with this; false {was['false_runs']} and {now['false_runs']}"
        )
    for word in ("gained", "lost"):
        for case in other[word][:TOLD]:
            where = case["zone"] or case["channel"]
            yield f"  {word}: {case['rule']} at {where}, {case['opened']}"
        if len(other[word]) > TOLD:
            yield f"  {word}: and {len(other[word]) - TOLD} more"


def _only(ruleset: RuleSet, wanted: Iterable[str]) -> RuleSet:
    """Return the wanted rules with those that explain them."""
    asked = ruleset.only(wanted)
    return merge((("asked", asked), ("explaining", explaining([asked], ruleset))))
