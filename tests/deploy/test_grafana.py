"""The dashboards: each query of each runs as their own role and gives what its panel shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from databases import copied
from watched_city import build

from store.database import connect

pytestmark = pytest.mark.server

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
SPAN = "'2024-02-28T00:00:00Z' AND '2024-03-02T00:00:00Z'"
CHOSEN = {
    "channel": "'water-005.pressure'",
    "department": "SELECT department FROM dashboards.cases",
}
SECONDS = {"1h": 3600, "1d": 86400}


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def panels() -> list[Any]:
    return [
        pytest.param(panel, id=f"{path.stem}: {panel['title']}")
        for path in DASHBOARDS
        for panel in read(path)["panels"]
    ]


def variables() -> list[Any]:
    return [
        pytest.param(each, id=f"{path.stem}: {each['name']}")
        for path in DASHBOARDS
        for each in read(path)["templating"]["list"]
    ]


def substituted(sql: str) -> str:
    """The query as Grafana's PostgreSQL source sends it."""

    def group(found: re.Match[str]) -> str:
        alias = ' AS "time"' if found[1] else ""
        every = SECONDS[found[3]]
        return f"floor(extract(epoch from {found[2]})/{every})*{every}{alias}"

    sql = re.sub(r"\$__timeGroup(Alias)?\(([^,]+), '(\w+)'\)", group, sql)
    sql = re.sub(r"\$__timeFilter\(([^()]+)\)", rf"\1 BETWEEN {SPAN}", sql)
    sql = re.sub(r"\$\{(\w+):sqlstring\}", lambda found: CHOSEN[found[1]], sql)
    assert "$" not in sql, sql
    return sql


@pytest.fixture(scope="module")
def role(server_url: str, template: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of the role that `role.sql` makes, on a watched city."""
    with copied(server_url, template) as url:
        with connect(url) as connection:
            build(connection)
        with psycopg.connect(url, autocommit=True) as owner:
            script = (FOLDER / "role.sql").read_text(encoding="utf-8")
            owner.execute(script.replace(":password", "'secret'"))
            try:
                with psycopg.connect(url, autocommit=True) as session:
                    session.execute("SET ROLE lifeline_dashboards")
                    session.execute("SET search_path = dashboards")
                    yield session
            finally:
                owner.execute("DROP OWNED BY lifeline_dashboards")
                owner.execute("DROP ROLE lifeline_dashboards")


def asked(session: psycopg.Connection[Any], sql: str) -> tuple[list[str], list[Any]]:
    cursor = session.execute(substituted(sql))
    assert cursor.description is not None
    return [column.name for column in cursor.description], cursor.fetchall()


def is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float | Decimal)


@pytest.mark.parametrize("panel", panels())
def test_the_query_of_a_panel_gives_what_it_shows(role: psycopg.Connection[Any], panel: Any):
    for target in panel["targets"]:
        names, rows = asked(role, target["rawSql"])
        if panel["type"] == "timeseries":
            assert target["format"] == "time_series"
            assert names[0] == "time"
            shown = [n for n, name in enumerate(names) if name not in ("time", "metric")]
            assert shown
            assert all(is_number(row[n]) for row in rows for n in shown)
            assert [row[0] for row in rows] == sorted(row[0] for row in rows)
        elif panel["type"] == "stat":
            assert rows
            assert all(is_number(row[-1]) for row in rows)
        elif panel["type"] == "barchart":
            assert panel["options"]["xField"] == names[0]
            assert all(is_number(value) for row in rows for value in row[1:])
        elif panel["type"] == "geomap":
            location = panel["options"]["layers"][0]["location"]
            assert {location["latitude"], location["longitude"]} <= set(names)
        else:
            assert panel["type"] == "table"
        overridden = {o["matcher"]["options"] for o in panel["fieldConfig"]["overrides"]}
        told = set(names) | {str(v) for row in rows for v in row} | KNOWN
        assert overridden <= told


#: What a column may say, whether or not the watched city has it now.
KNOWN = {"red", "yellow", "green", "standing", "orange", "blue"}


#: Panels that have something to show of the watched city, whatever today is.
FULL = {
    "city": 6, "casework": 2, "ingest": 4, "sensor": 6,
}  # fmt: skip


@pytest.mark.parametrize("name", FULL)
def test_the_panels_are_not_empty(role: psycopg.Connection[Any], name: str):
    found = [
        bool(asked(role, target["rawSql"])[1])
        for panel in read(FOLDER / "dashboards" / f"{name}.json")["panels"]
        for target in panel["targets"]
    ]
    assert sum(found) >= FULL[name], found


@pytest.mark.parametrize("variable", variables())
def test_the_choices_of_a_dashboard_are_found(role: psycopg.Connection[Any], variable: Any):
    _, rows = asked(role, variable["query"])
    assert rows


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM public.callers",
        "SELECT * FROM public.dead_letters",
        "SELECT * FROM public.accounts",
        "SELECT * FROM public.cases",
        "DELETE FROM public.cases",
        "CREATE TABLE dashboards.mine ()",
    ],
)
def test_the_role_reads_the_views_and_nothing_else(role: psycopg.Connection[Any], sql: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute(sql)


def test_no_view_shows_who_called_or_what_a_drill_brought(role: psycopg.Connection[Any]):
    columns = {
        row[0]
        for row in role.execute(
            "SELECT attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
            " WHERE relnamespace = 'dashboards'::regnamespace AND attnum > 0"
        )
    }
    assert not columns & {"phone", "caller", "payload", "record", "actor", "address", "exercise"}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_what_grafana_reads(path: Path):
    """By the types that Grafana publishes for its dashboards."""
    dashboard = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    document = read(path)
    known = dashboard.Dashboard.from_json(document)
    assert known.uid == document["uid"]
    assert len(known.panels) == len(document["panels"])
    spots = {(p["gridPos"]["x"], p["gridPos"]["y"]) for p in document["panels"]}
    assert len(spots) == len(document["panels"])
    ids = [p["id"] for p in document["panels"]]
    assert len(ids) == len(set(ids))


def test_every_panel_asks_the_source_that_is_provisioned():
    [source] = yaml.safe_load(
        (FOLDER / "provisioning/datasources/lifeline.yml").read_text(encoding="utf-8")
    )["datasources"]
    used = {panel["datasource"]["uid"] for path in DASHBOARDS for panel in read(path)["panels"]}
    assert used == {source["uid"]}
    assert source["user"] in (FOLDER / "role.sql").read_text(encoding="utf-8")
