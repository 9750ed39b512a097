"""A judge on a real store, as the composition root makes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from cases.city import load_city
from deploy.judge import StoredJudge
from deploy.link import Link
from ingest.registry import Registry
from rules.pack import RuleSet
from store.assets import channels
from store.rule_changes import ship

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
FIRST_START = NOW - timedelta(days=1)


@contextmanager
def stored_judge(url: str, ruleset: RuleSet, now: datetime = NOW) -> Iterator[StoredJudge]:
    """Yield a judge that has recovered; it saves no checkpoint by itself.

    It judges by the rules given, unless people have put others in force.
    """
    link = Link(url)
    ship(link.get(), ruleset.versions(), FIRST_START)
    registry = Registry(channels(link.get()), {}, lambda _: [])
    micros = round(now.timestamp() * 1e6)
    judge = StoredJudge(link, load_city(), registry, lambda: micros, list, timedelta(hours=1))
    judge.recover()
    yield judge
    link.drop()
