"""Backtests on the whole running system: asked for by HTTP, run beside it, kept."""

from datetime import UTC, datetime
from threading import Event
from time import time

import httpx
import pytest

from deploy.backtesting import Backtesting
from deploy.own_key import own_key
from deploy.settings import Settings
from deploy.wiring import build
from store.backtests import Asked, Labels, ask, backtests
from store.database import connect

pytestmark = pytest.mark.server

RULE = "flood.road.standing-water"
NOW = datetime(2026, 6, 20, tzinfo=UTC)


def until_it_ended(look):
    for _ in range(1200):
        found = look()
        if found["state"] not in ("waiting", "running"):
            return found
        Event().wait(0.05)
    raise TimeoutError


def test_the_running_system_runs_what_it_is_asked_for(database_url, tmp_path):
    """The packs that come with the program bring their tests along."""
    app = build(Settings(database=database_url, data_folder=tmp_path, broker_port=0, http_port=0))
    app.start()
    try:
        key = {"Authorization": f"Bearer {own_key(database_url, 'test')}"}
        with httpx.Client(base_url=f"{app.url}/api/v1", headers=key, timeout=30) as client:
            version = client.get(f"/rules/{RULE}").json()["state"]["version"]
            text = client.get(f"/rules/{RULE}/versions/{version}").json()["text"]
            tests = client.get(f"/rules/{RULE}/tests").json()["text"]
            assert client.post("/rules/test", json={"pack": text, "tests": tests}).json()["passed"]
            until = datetime.fromtimestamp(time(), UTC).isoformat()
            asked = {"pack": text, "since": "2026-06-01T00:00:00Z", "until": until}
            answer = client.post("/backtests", json=asked)
            assert answer.status_code == 202, answer.text
            where = answer.headers["location"].removeprefix("/api/v1")
            ended = until_it_ended(lambda: client.get(where).json())
            assert (ended["state"], ended["trouble"]) == ("done", "")
            report = client.get(f"{where}/result").json()["report"]
            assert (report["readings"], report["cases"]) == (0, {"total": 0})
            assert report["blind"] == [f"{RULE}: deep"]
    finally:
        app.stop()


def test_a_backtest_that_cannot_be_run_says_why(database_url):
    """A pack of a former schema, asked for before an upgrade."""
    with connect(database_url, autocommit=True) as connection:
        asked = Asked("pack: a\nrules: [{id: b}]", NOW.replace(day=1), NOW, None, None, Labels.NONE)
        ask(connection, asked, ["b"], "chen", NOW)
        backtesting = Backtesting(database_url, lambda: NOW, None, "Asia/Shanghai")
        backtesting.start()
        ended = until_it_ended(lambda: backtests(connection, 1)[0])
        backtesting.stop()
    assert ended["state"] == "failed"
    assert "title: is missing; add it" in ended["trouble"]


def test_of_two_processes_on_one_database_one_runs_backtests(database_url):
    with connect(database_url, autocommit=True) as connection:
        both = [Backtesting(database_url, lambda: NOW, None, "Asia/Shanghai") for _ in range(2)]
        for each in both:
            each.start()
        for number in range(3):
            asked = Asked("rules: 7", NOW.replace(day=1), NOW, None, None, Labels.NONE)
            ask(connection, asked, [f"r{number}"], "chen", NOW)
        for each in both:
            each.look()
        until_it_ended(lambda: backtests(connection, 1)[0])
        rows = backtests(connection, 9)
        for each in both:
            each.stop()
    assert [row["state"] for row in rows] == ["failed"] * 3  # none was interrupted by the other
