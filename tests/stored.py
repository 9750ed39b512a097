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

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


@contextmanager
def stored_judge(url: str, ruleset: RuleSet, now: datetime = NOW) -> Iterator[StoredJudge]:
    """Yield a judge that has recovered; it saves no checkpoint by itself."""
    link = Link(url)
    registry = Registry(channels(link.get()), {}, lambda _: [])
    micros = round(now.timestamp() * 1e6)
    judge = StoredJudge(
        link, ruleset, load_city(), registry, lambda: micros, list, timedelta(hours=1)
    )
    judge.recover()
    yield judge
    link.drop()
