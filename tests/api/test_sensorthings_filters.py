"""Filters beside a naive twin, whatever text they are, and by the readings' index."""

from __future__ import annotations

import operator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from api.paging import make_cursor
from api.problem import Problem
from api.sensorthings.expressions import parse
from api.sensorthings.options import read_options
from api.sensorthings.routes import PREFIX
from store.database import connect
from store.sensorthings.composing import BadExpression, Composer
from store.sensorthings.model import BY_NAME, ENTITIES
from store.sensorthings.reading import Reader

NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
COMPARED = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le,
    "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
TEXTS = {
    "name": lambda d: d["name"],
    "properties/field": lambda d: d["properties"]["field"],
    "unitOfMeasurement/symbol": lambda d: d["unitOfMeasurement"]["symbol"],
    "tolower(description)": lambda d: d["description"].lower(),
    "substring(name,2,3)": lambda d: d["name"][2:5],
    "concat(name,'x')": lambda d: d["name"] + "x",
}
NUMBERS = {
    "id": lambda d: d["@iot.id"],
    "length(name)": lambda d: len(d["name"]),
    "id mod 7": lambda d: d["@iot.id"] % 7,
    "id add 3 mul 2": lambda d: d["@iot.id"] + 6,
    "indexof(name,'0')": lambda d: d["name"].find("0"),
}
CALLED = {"startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__}


def said(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def compared(of: dict[str, Any], values: st.SearchStrategy[Any], written: Any) -> Any:
    """A comparison as a filter, and as a function of an entity."""

    def build(left: str, name: str, value: Any) -> Any:
        return f"{left} {name} {written(value)}", lambda d: COMPARED[name](of[left](d), value)

    return st.builds(build, st.sampled_from(list(of)), st.sampled_from(list(COMPARED)), values)


words = st.sampled_from(
    ["gas-003.methane", "depth", "m", "Pa", "", "as-", "'", "é", "flood-000.depthx", "dep", "0.p"]
)
# Order of texts is the database's affair: only what is equal is compared with the twin.
equal = compared(TEXTS, words, said).filter(lambda pair: " eq " in pair[0] or " ne " in pair[0])
calls = st.builds(
    lambda name, left, word: (
        f"{name}({left},{said(word)})",
        lambda d: CALLED[name](TEXTS[left](d), word),
    ),
    st.sampled_from(list(CALLED)), st.sampled_from(list(TEXTS)), words,
)  # fmt: skip
leaves = equal | calls | compared(NUMBERS, st.integers(-3, 99), str)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(lambda p: (f"not ({p[0]})", lambda d: not p[1](d)), inner)
    | st.builds(lambda p, q: (f"({p[0]} and {q[0]})", lambda d: p[1](d) and q[1](d)), inner, inner)
    | st.builds(lambda p, q: (f"{p[0]} or {q[0]}", lambda d: p[1](d) or q[1](d)), inner, inner)
    .map(lambda p: (f"({p[0]})", p[1])),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def datastreams(client: TestClient) -> list[dict[str, Any]]:
    everything: list[dict[str, Any]] = client.get(f"{PREFIX}/Datastreams?$top=1000").json()["value"]
    return everything


@pytest.mark.server
@settings(max_examples=150)
@given(tree=trees)
def test_a_filter_finds_what_its_naive_twin_finds(client, datastreams, tree):
    text, holds = tree
    answer = client.get(
        f"{PREFIX}/Datastreams", params={"$filter": text, "$top": 1000, "$select": "id"}
    )
    assert answer.status_code == 200, (text, answer.text)
    found = [each["@iot.id"] for each in answer.json()["value"]]
    assert found == [each["@iot.id"] for each in datastreams if holds(each)], text


PIECES = st.sampled_from(
    [
        "name", "id", "result", "phenomenonTime", "properties/a/b", "@iot.id",
        "Datastreams/Thing/name", "location", " eq ", " and ", " or ", "not ", "(", ")",
        ",", "'x'", "'", "1", "-1",
        "1.5e3", "1e999", "null", "true", "now()", "geography'POINT(1 2)'", "geography'x'", "/",
        "st_within(", "length(", "substring(", " in ", "any(", "d:", "2024-03-01T00:00:00Z",
        "2024-02-31", "duration'PT1H'", " add ", " mod ", "\0", "☃", "'; DROP TABLE readings; --",
    ]
)  # fmt: skip


@settings(max_examples=600)
@given(
    text=st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30),
    entity=st.sampled_from(ENTITIES),
)
def test_any_text_is_composed_or_refused_with_the_place(text, entity):
    composed: Any = None
    try:
        composed = Composer(entity, "e", NOW).condition(parse("$filter", text))
    except BadExpression as why:
        at = why.at.at if why.at else 0
    except Problem as why:
        at = why.members.get("at", 0)
    assert composed is not None or 0 <= at <= len(text)


@pytest.mark.server
@settings(max_examples=150)
@given(
    text=st.lists(PIECES, max_size=8).map("".join),
    name=st.sampled_from([entity.set for entity in ENTITIES]),
    option=st.sampled_from(["$filter", "$orderby", "$expand", "$select", "$skiptoken"]),
)
def test_no_text_of_any_option_is_a_fault_of_ours(client, text, name, option):
    answer = client.get(f"{PREFIX}/{name}", params={option: text, "$top": 1})
    assert answer.status_code in (200, 400, 422), (text, answer.text)


@given(word=st.text(max_size=40))
def test_what_the_client_writes_is_never_in_the_sql(word):
    composer = Composer(BY_NAME["Thing"], "e", NOW)
    try:
        sql = composer.condition(parse("$filter", f"contains(name,{said(word)})"))
    except BadExpression:
        assert "\0" in word
        return
    assert [*composer.values.values()] == [word]
    assert sql.as_string(None).startswith("(strpos(") or word == ""


class Explaining(Reader):
    """Counts the readings that each statement looks at."""

    read = 0

    def _run(self, query, composer, **more):
        values = self._values | composer.values | more
        explained = SQL("EXPLAIN (ANALYZE, FORMAT JSON) ") + query
        [row] = self._cursor.execute(explained, values, prepare=False).fetchall()
        self.read += readings_of(row["QUERY PLAN"][0]["Plan"])
        return super()._run(query, composer, **more)


def readings_of(plan: dict[str, Any]) -> int:
    own = 0
    if plan.get("Relation Name", "").startswith("readings"):
        assert plan["Node Type"] == "Index Scan"
        left = plan.get("Rows Removed by Filter", 0)
        own = (plan["Actual Rows"] + left) * plan["Actual Loops"]
    return own + sum(readings_of(below) for below in plan.get("Plans", ()))


#: What dashboards ask again and again; `{}` is a channel of 300,000 readings among others.
FAST = [
    {"$top": "100"},
    {"$orderby": "phenomenonTime desc", "$top": "1"},
    {"$orderby": "phenomenonTime asc", "$top": "1000"},
    {"$filter": "phenomenonTime ge 2024-02-01T00:00:00Z and phenomenonTime lt 2024-02-02"},
    {"$orderby": "phenomenonTime desc", "$skiptoken": make_cursor("2024-02-01T00:00:00+00:00")},
]  # fmt: skip


@pytest.fixture(scope="module")
def long_city(server_url, city):
    from databases import copied

    with copied(server_url, city) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for week in range(40):
                connection.execute(
                    "SELECT make_partition('2024-02-26'::timestamptz - %s * interval '7 days')",
                    (week,),
                )
            connection.execute(
                "INSERT INTO readings (time, received, value, channel, quality)"
                " SELECT '2024-02-26'::timestamptz - n * interval '1 min', now(), n, 2 + n %% 2, 0"
                " FROM generate_series(1, 300000) n",
                (),
            )
            connection.execute("ANALYZE readings")
        yield url


@pytest.mark.server
@pytest.mark.parametrize("options", FAST, ids=str)
@pytest.mark.parametrize("by", ["path", "filter"])
def test_observations_of_a_datastream_are_read_by_the_index_and_few_more_than_are_shown(
    long_city, options, by
):
    entity = BY_NAME["Observation"]
    where = {"_channel": 2} if by == "path" else {}
    if by == "filter":
        both = [options["$filter"]] if "$filter" in options else []
        options = options | {"$filter": " and ".join(["Datastream/id eq 2", *both])}
        if "$skiptoken" in options:
            options = options | {"$skiptoken": make_cursor("2024-02-01T00:00:00+00:00", 2)}
    with connect(long_city) as connection:
        reader = Explaining(connection, NOW, "")
        page = reader.page(entity, where, read_options(options, entity), 100)
    assert len(page.rows) == 100
    assert reader.read <= 1_000


def test_the_quantities_all_have_a_unit_that_others_know():
    from store.sensorthings.units import quantities

    assert all(each["unit_definition"].startswith("http") for each in quantities())
    assert Jsonb(quantities())
