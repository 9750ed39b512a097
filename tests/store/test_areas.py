# ruff: noqa: E501
import json
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from store.areas import Found, find, import_areas
from store.database import Connection

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def square(west: float, south: float, size: float = 0.1) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(code: str, name: str = "", geometry: Any = None, **others: Any) -> dict[str, Any]:
    properties = {"code": code, "name": name} | others
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


TREE = [
    feature("110000", "北京市"),
    feature("110101", "东城区", square(116, 39, 0.4), name_en="Dongcheng"),
    feature("110101001", "东华门街道", square(116, 39, 0.3)),
    feature("110101001001", "多福巷社区", square(116, 39, 0.2)),
    feature("110101001001001", "", square(116, 39)),
    feature("11010100100102", "二", square(116.1, 39)),
]


def said(database: Connection, *features: Any) -> list[str]:
    report = import_areas(database, collection(*features), NOW, ZONE)
    return [str(problem) for problem in report.problems]


def test_the_tree_of_areas_and_cells_of_both_forms_is_kept(database: Connection):
    report = import_areas(database, collection(*TREE), NOW, ZONE)
    assert (report.added, report.problems, report.warnings) == (6, [], [])
    rows = database.execute("SELECT code, level, name_zh FROM areas ORDER BY level").fetchall()
    assert rows == [
        ("110101001001", 1, "多福巷社区"),
        ("110101001", 2, "东华门街道"),
        ("110101", 3, "东城区"),
        ("11", 4, "北京市"),
    ]
    box = database.execute(
        "SELECT west, south, east, north FROM grid_cells WHERE code = '110101001001001'"
    ).fetchone()
    assert box == (116.0, 39.0, 116.1, 39.1)


def test_importing_again_changes_nothing_and_a_changed_feature_one(database: Connection):
    import_areas(database, collection(*TREE), NOW, ZONE)
    again = import_areas(database, collection(*TREE), NOW, ZONE)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 6)
    renamed = feature("110101001001", "多福巷", square(116, 39, 0.2))
    report = import_areas(database, collection(renamed, *TREE[4:]), NOW, ZONE)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 2)


def test_a_dry_run_says_what_would_be_and_leaves_nothing(database: Connection):
    assert import_areas(database, collection(*TREE), NOW, ZONE, dry_run=True).added == 6
    assert database.execute("SELECT count(*) FROM areas").fetchone() == (0,)


#: A sentence, a feature that comes after the tree, and what is said of it.
FAULTS = [
    ("no code", feature(""), "code: is missing. Give each feature the property code"),
    ("no feature at all", 7, "code: is missing"),
    ("properties that are a list", {"properties": [1]}, "code: is missing"),
    ("a code of no length", feature("1101010010"), "code: area code '1101010010' has 10 ch"),
    ("letters", feature("11010100100100A", "", square(116, 39)), "code: grid cell code '11010100100100A': ser"),
    ("no such province", feature("990101", "?"), "code: area code '990101': county '990101'"),
    ("a street of zeros", feature("110101000001001", "", square(116, 39)), "code: grid cell code '110101000001001': street '000'"),
    ("a code twice", TREE[4], "code: 110101001001001 is feature 5 already"),
    ("a cell without a polygon", feature("110101001001009"), "geometry: is missing. A grid cell has"),
    ("a point", feature("110101001001009", "", {"type": "Point", "coordinates": [1, 2]}), "geometry: is a Point. "),
    ("a word", feature("110101001001009", "", "square"), "geometry: is a str. "),
    ("a polygon of words", feature("110101001001009", "", {"type": "Polygon", "coordinates": ["abcd"]}), "geometry: coordinates cannot be read"),
    ("a polygon of nothing", feature("110101001001009", "", {"type": "Polygon"}), "geometry: coordinates cannot be read"),
    ("no points", feature("110101001001009", "", {"type": "Polygon", "coordinates": []}), "geometry: has no points"),
    ("two corners", feature("110101001001009", "", {"type": "Polygon", "coordinates": [[[1, 2], [2, 2], [1, 2]]]}), "geometry: a ring has 3 points"),
    ("a ring left open", feature("110101001001009", "", {"type": "Polygon", "coordinates": [square(1, 1)["coordinates"][0][:-1]]}), "geometry: a ring is not closed"),
    ("lon and lat exchanged", feature("110101001001009", "", square(39, 116)), "geometry: [39, 116] is on no map. Exchange lon and lat"),
    ("metres", feature("110101001001009", "", square(500_000, 4_310_000)), "geometry: [500000, 4310000] is on no map. Convert to degrees"),
    ("no number", feature("110101001001009", "", {"type": "Polygon", "coordinates": [[["a", 1]]]}), "geometry: [a, 1] is no point"),
    ("an end that is no time", feature("110101002", "丙街道", None, valid_until="soon"), "valid_until: 'soon' is no time"),
    ("a street without a name", feature("110101002"), "name: street 110101002 has none"),
    ("a community that nobody knows", feature("110101001009001", "", square(116, 39)), "code: 110101001009001 lies in 110101001009, which is no community"),
    ("a street that nobody knows", feature("110101009001", "某社区"), "code: 110101009001 lies in 110101009, which is no street"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "words"), [row[1:] for row in FAULTS], ids=[r[0] for r in FAULTS])
def test_a_bad_feature_is_named_and_left_out(database: Connection, bad: Any, words: str):
    report = import_areas(database, collection(*TREE, bad), NOW, ZONE)
    assert str(report.problems[0]).startswith(f"row 7, {words}")
    assert (report.added, report.faulty) == (6, 1)


@pytest.mark.parametrize("document", [b"", b"[]", b"{", b'{"features": null}', b"\xff"])
def test_what_is_no_geojson_is_a_problem_and_no_crash(database: Connection, document: bytes):
    assert len(import_areas(database, document, NOW, ZONE).problems) == 1


def test_cells_need_no_tree_where_none_is_known(database: Connection):
    assert said(database, TREE[4], feature("330106001001001", "", square(120, 30))) == []


def test_a_code_that_is_no_longer_valid_is_never_used_again(database: Connection):
    ended = feature("110101001001001", "", None, valid_until="2026-11-01")
    assert said(database, *TREE) == []
    assert said(database, ended) == []
    assert said(database, ended) == [], "the same once more is no use of it"
    words = "row 1, code: 110101001001001 is not valid since 2026-11-01. A code is not used again"
    assert said(database, TREE[4])[0].startswith(words)
    [until] = database.execute(
        "SELECT valid_until FROM grid_cells WHERE code = '110101001001001'"
    ).fetchone()  # type: ignore[misc]
    assert until == datetime(2026, 10, 31, 16, tzinfo=UTC)


def test_an_end_that_lies_ahead_may_be_called_off(database: Connection):
    said(database, *TREE, feature("110101001002", "乙社区", None, valid_until="2027-01-01"))
    assert said(database, feature("110101001002", "乙社区")) == []


def test_what_is_no_longer_valid_holds_no_point(database: Connection):
    said(database, *TREE)
    said(database, feature("110101001001001", "", None, valid_until="2026-11-01"))
    before = datetime(2026, 10, 1, tzinfo=UTC)
    assert find(database, 116.05, 39.05, before).cell == "110101001001001"
    assert find(database, 116.05, 39.05, NOW).cell == ""


def test_doubts_are_told_and_the_feature_is_taken_in(database: Connection):
    bow = {
        "type": "Polygon",
        "coordinates": [[[116, 39], [116.1, 39.1], [116.1, 39], [116, 39.1], [116, 39]]],
    }
    far = feature("110101001001007", "", square(121, 31))
    report = import_areas(
        database, collection(*TREE, feature("110101001001006", "", bow), far), NOW, ZONE
    )
    assert [(w.row, w.what) for w in report.warnings] == [
        (7, "110101001001006 crosses itself"),
        (8, "the middle of 110101001001007 is not in 110101001001 多福巷社区"),
    ]
    assert (report.added, report.problems) == (8, [])


def test_a_point_is_in_its_cell_and_all_that_the_cell_is_in(database: Connection):
    said(database, *TREE)
    assert find(database, 116.05, 39.05, NOW) == Found(
        "110101001001001", ("110101001001", "110101001", "110101", "1101", "11")
    )


def test_a_point_in_no_cell_is_in_the_smallest_area_that_holds_it(database: Connection):
    said(database, *TREE)
    assert find(database, 116.15, 39.15, NOW).areas[0] == "110101001001"
    assert find(database, 116.25, 39.25, NOW).areas[0] == "110101001"
    assert find(database, 120, 30, NOW) == Found("", ())


def grid(rows: int, columns: int, size: float) -> tuple[list[Any], dict[tuple[int, int], str]]:
    """Return the cells of a district as it is cut, and their codes by row and column."""
    features, codes = [], {}
    for row in range(rows):
        for column in range(columns):
            serial = row * columns + column
            code = f"110101{serial // 100_000 + 1:03}{serial // 999 + 1:03}{serial % 999 + 1:03}"
            codes[row, column] = code
            features.append(feature(code, "", square(116 + column * size, 39 + row * size, size)))
    return features, codes


def test_a_point_finds_its_cell_among_those_of_a_city_in_five_milliseconds(database: Connection):
    """Beijing is cut into 35,413 cells of about 100 m."""
    size = 2**-10  # exact in binary, so that neighbours share their corners
    features, codes = grid(191, 186, size)
    assert len(features[:35_413]) == 35_413
    report = import_areas(database, collection(*features[:35_413]), NOW, ZONE)
    assert (report.added, report.problems) == (35_413, [])
    database.commit()
    database.execute("ANALYZE grid_cells")
    rng = np.random.default_rng(4)
    took = []
    for row, column in zip(rng.integers(0, 190, 200), rng.integers(0, 186, 200), strict=True):
        inside = rng.uniform(0, 1, 2)
        lon, lat = 116 + (column + inside[0]) * size, 39 + (row + inside[1]) * size
        began = perf_counter()
        found = find(database, float(lon), float(lat), NOW)
        took.append(perf_counter() - began)
        assert found.cell == codes[int(row), int(column)]
    assert np.median(took) < 0.005
    for row, column in zip(rng.integers(1, 189, 50), rng.integers(1, 185, 50), strict=True):
        corner = find(database, float(116 + column * size), float(39 + row * size), NOW).cell
        around = {codes[int(row) - d, int(column) - e] for d in (0, 1) for e in (0, 1)}
        assert corner in around, "a corner is one of its four cells'"
    edge = find(database, 116 + 186 * size, 39 + 5.5 * size, NOW)
    assert edge.cell == codes[5, 185], "the outer border belongs to the cell within"


def test_the_end_of_a_cell_may_be_given_with_its_time(database: Connection):
    said(database, *TREE)
    time = (NOW + timedelta(days=1)).isoformat()
    assert said(database, feature("110101001001001", "", None, valid_until=time)) == []
    assert find(database, 116.05, 39.05, NOW).cell == "110101001001001"
