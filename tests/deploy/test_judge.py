"""The engine put to work on a real store that fails now and then."""

from datetime import timedelta

import psycopg
import pytest
from intakes import add_channels

from cases.city import load_city
from deploy.judge import StoredJudge
from deploy.link import Link
from ingest.registry import Registry
from rules.pack import RuleSet
from store.database import Connection

pytestmark = pytest.mark.server
NOW = 1_790_000_000_000_000  # [µs]


def test_news_of_channels_is_not_forgotten_when_they_cannot_be_read(
    database: Connection, database_url: str
):
    registry = Registry([], {}, lambda texts: [])
    link = Link(database_url)
    judge = StoredJudge(
        link, RuleSet({}, {}, {}), load_city(), registry, lambda: NOW, list, timedelta(hours=1)
    )
    judge.recover()
    judge.reload.set()
    [number] = add_channels(database, 1)
    database.execute("ALTER TABLE channels RENAME TO gone")
    database.commit()
    with pytest.raises(psycopg.errors.UndefinedTable):
        judge.settle()
    database.execute("ALTER TABLE gone RENAME TO channels")
    database.commit()
    judge.recover()
    judge.settle()
    link.drop()
    assert registry.numbers == {("d1", "value"): number}
