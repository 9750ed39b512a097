# ruff: noqa: E501
"""Pipes: imported whole or not at all, exported as they came, seen by view as a naive look finds them."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from cases.networks import Network
from cases.polygons import Box
from store.database import Connection
from store.import_pipes import import_pipes
from store.pipe_features import NAMES
from store.pipes import find, networks, page, pipes_as_geojson, seen

LINE = {"type": "LineString", "coordinates": [[117.2, 31.8], [117.21, 31.8]]}


def pipe(name: Any = "P-1", geometry: Any = LINE, /, **told: Any) -> dict[str, Any]:
    properties = {"id": name, "network": "water"} | told
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def put(database: Connection, *features: Any, **how: Any) -> tuple[int, int, int, int]:
    report = import_pipes(database, collection(*features), **how)
    assert report.problems == []
    return report.added, report.changed, report.gone, report.unchanged


def exported(database: Connection) -> list[dict[str, Any]]:
    document = json.loads(b"".join(pipes_as_geojson(database, None)))
    return list(document["features"])


def test_a_pipe_is_kept_with_what_is_known_of_it_in_si_units(database: Connection):
    told = {
        "管径": "DN300",
        "材质": "球墨铸铁",
        "建设年代": "1998年",
        "起点": "J-1",
        "终点": 17.0,
        "名称": "文一路",
    }
    assert put(database, pipe(**told)) == (1, 0, 0, 0)
    found = find(database, Network.WATER, "P-1")
    assert found is not None
    assert found.pop("length") == pytest.approx(944.9, 1e-3)
    assert found == {
        "network": "water", "id": "P-1", "name": "文一路", "diameter": 0.3, "material": "球墨铸铁",
        "year": 1998, "from_node": "J-1", "to_node": "17", "geometry": LINE,
    }  # fmt: skip


def test_the_same_file_again_changes_nothing_and_another_course_one(database: Connection):
    mains = [pipe("P-1"), pipe("P-1", network="gas"), pipe("P-2", diameter=0.8)]
    assert put(database, *mains) == (3, 0, 0, 0)
    assert put(database, *mains) == (0, 0, 0, 3)
    bent = {**LINE, "coordinates": [[117.2, 31.8], [117.205, 31.8], [117.21, 31.8]]}
    assert put(database, pipe("P-2", bent, diameter=800), *mains[:2]) == (0, 1, 0, 2)
    found = find(database, Network.WATER, "P-2")
    assert found is not None
    assert found["geometry"] == bent
    assert put(database, pipe("P-3")) == (1, 0, 0, 0), "what a file does not name stays"
    assert len(exported(database)) == 4


def test_a_pipe_that_was_taken_out_is_removed_and_once_more_is_no_change(database: Connection):
    put(database, pipe("P-1"), pipe("P-2"))
    out = pipe("P-1", None, removed=True)
    assert put(database, out) == (0, 0, 1, 0)
    assert put(database, out) == (0, 0, 0, 1)
    assert [each["properties"]["id"] for each in exported(database)] == ["P-2"]


def test_a_dry_run_says_what_would_be_and_leaves_nothing(database: Connection):
    assert put(database, pipe(), dry_run=True) == (1, 0, 0, 0)
    assert exported(database) == []
    assert put(database, pipe()) == (1, 0, 0, 0)


def test_a_file_of_one_utility_need_not_say_of_which_network_it_is(database: Connection):
    bare = {"type": "Feature", "id": 7, "properties": None, "geometry": LINE}
    assert put(database, bare, network=Network.GAS) == (1, 0, 0, 0)
    assert put(database, pipe("P-1", network="供水"), network=Network.GAS) == (1, 0, 0, 0)
    assert [each["id"] for each in exported(database)] == ["gas/7", "water/P-1"]


#: A sentence, a feature beside a good one, what is said of it.
FAULTS = [
    ("no feature", 7, "feature: is none. Export the pipes as GeoJSON"),
    ("properties that are a list", {"properties": [1], "geometry": LINE}, "feature: is none"),
    ("no id", pipe(""), "id: is missing. Give each pipe an id: what its sensors have as pipe"),
    ("an id that is a list", pipe(["P"]), "id: is missing"),
    ("an id without an end", pipe("P" * 201), "id: has 201 characters"),
    ("an id twice", pipe("good"), "id: water good is feature 1 already. Give a pipe one feature"),
    ("no network", pipe("P-9", network=None), "network: is missing (pipe P-9). Write water, drain, gas"),
    ("a network that is none", pipe("P-9", network="oil"), "network: 'oil' is none (pipe P-9). Write water"),
    ("no geometry", pipe("P-9", None), "geometry: is missing (pipe P-9). Draw its course; to take it out: removed"),
    ("a point", pipe("P-9", {"type": "Point", "coordinates": [1, 2]}), "geometry: is a Point (pipe P-9). A pipe is a"),
    ("metres", pipe("P-9", {"type": "LineString", "coordinates": [[5e5, 4e6], [5e5, 4.1e6]]}), "geometry: [500000.0, 4000000.0] is on no map (pipe P-9). Convert to degrees"),
    ("a diameter of a word", pipe("P-9", diameter="wide"), "diameter: 'wide' is none (pipe P-9). Write 300 mm, DN300 or 0.3 m"),
    ("a hair", pipe("P-9", diameter="1 mm"), "diameter: '1 mm' is none"),
    ("a lake", pipe("P-9", diameter="30 m"), "diameter: '30 m' is none"),
    ("less than nothing", pipe("P-9", diameter=-300), "diameter: '-300' is none"),
    ("a year to come", pipe("P-9", year=2150), "year: '2150' is none (pipe P-9). Write the year"),
    ("an age", pipe("P-9", year="30"), "year: '30' is none"),
    ("neither here nor gone", pipe("P-9", removed="perhaps"), "removed: 'perhaps' is neither yes nor no"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "words"), [row[1:] for row in FAULTS], ids=[r[0] for r in FAULTS])
def test_one_bad_feature_is_named_and_keeps_all_of_them_out(
    database: Connection, bad: Any, words: str
):
    report = import_pipes(database, collection(pipe("good"), bad))
    [problem] = report.problems
    assert str(problem).startswith(f"row 2, {words}")
    assert (report.rows, report.added, report.unchanged) == (2, 0, 0)
    assert exported(database) == []


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{",
        b'{"features": null}',
        b"\xff",
        b'{"features": {}}',
        b'{"features": []}',
        b"[" * 10_000,
    ],
)
def test_what_is_no_geojson_is_a_problem_and_no_crash(database: Connection, document: bytes):
    [problem] = import_pipes(database, document).problems
    assert (problem.row, problem.column) == (0, "features")


def test_properties_of_which_nothing_is_kept_are_told(database: Connection):
    report = import_pipes(database, collection(pipe(埋深="1.2", owner="x"), pipe("P-2", owner="y")))
    assert [each.what for each in report.warnings] == ["nothing is kept of owner, 埋深"]
    assert report.added == 2


@pytest.mark.parametrize(
    ("written", "metres"),
    [("DN300", 0.3), ("dn 300", 0.3), (300, 0.3), ("300mm", 0.3), (0.3, 0.3), ("1.2 m", 1.2), (1.2, 1.2),
     ("1200x800", 1.2), ("1200×800 mm", 1.2), ("De110", 0.11), ("Φ15", 0.015), ("", None), (None, None)],
)  # fmt: skip
def test_diameters_are_read_as_they_are_written(
    database: Connection, written: Any, metres: float | None
):
    put(database, pipe(diameter=written))
    found = find(database, Network.WATER, "P-1")
    assert found is not None
    assert found["diameter"] == metres


@pytest.mark.parametrize("name", [n for names in NAMES.values() for n in names if n != "removed"])
def test_each_word_of_an_inventory_is_known(database: Connection, name: str):
    report = import_pipes(database, collection(pipe(**{name: ""})))
    assert report.warnings == []


TEXT = some.text(max_size=12)
DEGREES = some.tuples(some.floats(117, 117.1), some.floats(31, 31.1))
PARTS = some.lists(
    some.lists(DEGREES, min_size=2, max_size=8).filter(
        lambda line: len({(round(x, 6), round(y, 6)) for x, y in line}) > 1
    ),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    some.lists(
        some.builds(
            lambda network, name, parts, told, diameter, year: pipe(
                name, {"type": "MultiLineString", "coordinates": parts},
                network=network, diameter=diameter, year=year, **told,
            ),
            some.sampled_from(Network), some.text(min_size=1, max_size=20).filter(str.strip), PARTS,
            some.fixed_dictionaries({}, optional=dict.fromkeys(("name", "material", "from", "to"), TEXT)),
            some.none() | some.floats(0.01, 11.9), some.none() | some.integers(1800, 2099),
        ),
        min_size=1, max_size=6, unique_by=lambda f: (f["properties"]["network"], f["properties"]["id"].strip()),
    )
)  # fmt: skip
def test_what_is_exported_and_imported_again_changes_nothing(
    database: Connection, features: list[Any]
):
    with database.transaction(force_rollback=True):
        report = import_pipes(database, collection(*features))
        if report.problems:  # two ids that become one where a character cannot be stored
            return
        first = exported(database)
        assert len(first) == len(features)
        assert put(database, *first) == (0, 0, 0, len(features))
        database.execute("DELETE FROM pipes")
        put(database, *first)
        assert exported(database) == first


@pytest.fixture(scope="module")
def scattered() -> list[dict[str, Any]]:
    """A thousand pipes over a city, of many sizes."""
    rng = np.random.default_rng(5)
    made = []
    for n in range(1_000):
        points = rng.uniform([117, 31.6], [117.4, 32]) + rng.normal(
            0, 0.002, (rng.integers(2, 9), 2)
        ).cumsum(axis=0)
        shape = {"type": "LineString", "coordinates": points.round(7).tolist()}
        size = [None, 0.1, 0.3, 0.3, 1.2][n % 5]
        made.append(pipe(f"P-{n}", shape, network=["water", "gas", "drain"][n % 3], diameter=size))
    return made


VIEWS = [
    Box(117, 31.6, 117.4, 32), Box(117.1, 31.7, 117.13, 31.72), Box(117.2, 31.8, 117.2001, 31.8001),
    Box(110, 20, 111, 21), Box(117.39, 31.9, 125, 40),
]  # fmt: skip


@pytest.mark.parametrize("without", [[], ["water"]], ids=str)
def test_a_view_holds_the_largest_pipes_that_a_look_at_each_of_them_finds(
    database: Connection, scattered: list[dict[str, Any]], without: list[str]
):
    put(database, *scattered)
    every = page(database, None, None, (None, None), 10_000)
    for view in VIEWS:
        found = []
        for told in every:
            lons, lats = zip(*told["geometry"]["coordinates"], strict=True)
            across = min(lons) <= view.east and max(lons) >= view.west
            meets = across and min(lats) <= view.north and max(lats) >= view.south
            if meets and told["network"] not in without:
                size = told["diameter"] or 0
                found.append((-size, -told["length"], told["network"], told["id"]))
        for most in (10, 5_000):
            shown = seen(database, view, 10, without, most)
            largest = [row[2:] for row in sorted(found)[:most]]
            assert list(zip(shown.network, shown.id, strict=True)) == largest, view
            assert shown.all_of_them == len(found)


def test_a_view_from_afar_has_fewer_points_and_the_same_ends(
    database: Connection, scattered: list[dict[str, Any]]
):
    put(database, *scattered)
    near, far = (seen(database, VIEWS[0], step, []) for step in (10, 20_000))
    assert set(far.id) < set(near.id), "some are shorter than a step"
    count = [sum(len(part) for course in view.course for part in course) for view in (near, far)]
    assert count[1] < count[0] / 1.5
    lines = dict(zip(near.id, near.course, strict=True))
    for name, (other,) in zip(far.id, far.course, strict=True):
        [one] = lines[name]
        for axis in (0, 1):
            for ends in ((one[axis], other[axis]), (sum(one[axis::2]), sum(other[axis::2]))):
                assert abs(ends[0] * 10 - ends[1] * 20_000) <= 10_005


def test_pipes_shorter_than_a_step_are_counted_and_not_drawn(database: Connection):
    dot = {"type": "LineString", "coordinates": [[117.2, 31.8], [117.200001, 31.8]]}
    put(database, pipe("long"), pipe("dot", dot))
    told = seen(database, Box(117, 31, 118, 32), 10_000, [])
    assert (told.id, told.all_of_them) == (["long"], 2)


def test_what_is_known_of_each_network_is_summed_up(database: Connection):
    put(database, pipe("P-1"), pipe("P-2"), pipe("P-1", network="gas"))
    told = [(row["network"], row["pipes"], round(row["length"])) for row in networks(database)]
    assert told == [("water", 2, 1890), ("gas", 1, 945)]


def test_pages_hold_every_pipe_once_in_their_order(
    database: Connection, scattered: list[dict[str, Any]]
):
    put(database, *scattered)
    rows, after = [], (None, None)
    while found := page(database, None, None, after, 300):
        rows += found
        after = found[-1]["network"], found[-1]["id"]
    keys = [(row["network"], row["id"]) for row in rows]
    assert len(keys) == 1_000
    assert all(one < other for one, other in pairwise(keys))
