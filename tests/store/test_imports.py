from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intakes import NOON, stored_values

from ingest.quality import Quality
from store.assets import import_assets
from store.checkpoints import take_rejudge
from store.database import Connection
from store.import_assets import import_assets_file
from store.import_readings import import_readings
from store.reading_files import UnreadableFile
from store.rollups import roll

NOW = int(NOON.astype("int64")) + 3600 * 10**6
STAMPS = [datetime(2026, 11, 18, 12, 0, s, tzinfo=UTC) for s in (0, 5, 10)]
LONG = """time,channel,value
2026-11-18T12:00:00Z,a/pressure,3.5
2026-11-18T20:00:05+08:00,a/pressure,3.6
1795003210,b/door,open
"""
WIDE = """time,a/pressure,b/door
2026-11-18T12:00:00Z,3.5,
2026-11-18T12:00:05Z,3.6,
2026-11-18T12:00:10Z,,open
"""
LINES = b"""# exported
a pressure=3.5 1795003200000000000
a pressure=3.6 1795003205000000000

b door="open" 1795003210000000000
"""


@pytest.fixture
def database(database: Connection) -> Connection:
    import_assets(
        database,
        [
            {"channel": "a/pressure", "device": "a", "quantity": "pressure", "unit": "bar"},
            {"channel": "b/door", "device": "b", "quantity": "status", "states": "open=1"},
        ],
    )
    return database


def long_parquet(path: Path) -> None:
    values = {"time": STAMPS[:2], "channel": ["a/pressure"] * 2, "value": [3.5, 3.6]}
    pq.write_table(pa.table(values), path)
    path.with_name("door.csv").write_text(LONG)


def wide_parquet(path: Path) -> None:
    table = pa.table(
        {
            "timestamp": pa.array([s.replace(tzinfo=None) for s in STAMPS], pa.timestamp("ns")),
            "a/pressure": [3.5, 3.6, None],
            "b/door": [None, None, "open"],
        }
    )
    pq.write_table(table, path)


FILES: dict[str, Callable[[Path], object]] = {
    "long.csv": lambda path: path.write_text(LONG),
    "wide.csv": lambda path: path.write_text("\ufeff" + WIDE),
    "wide.parquet": wide_parquet,
    "some.lp": lambda path: path.write_bytes(LINES),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_format_becomes_the_same_readings_once(
    database: Connection, tmp_path: Path, name: str
):
    FILES[name](tmp_path / name)
    seen: list[int] = []
    first = import_readings(database, tmp_path / name, NOW, progress=lambda i: seen.append(i.rows))
    again = import_readings(database, tmp_path / name, NOW + 1)
    assert (first.stored, first.duplicate, first.problems) == (3, 0, [])
    assert (again.stored, again.duplicate) == (0, 3)
    assert stored_values(database) == [(1, 0, 350_000.0), (1, 5, 360_000.0), (2, 10, 1.0)]
    assert seen == [first.rows]
    flags = database.execute("SELECT DISTINCT quality FROM readings").fetchall()
    assert flags == [(int(Quality.IMPORTED),)]


def test_a_long_parquet_file_with_times_in_a_zone(database: Connection, tmp_path: Path):
    long_parquet(tmp_path / "long.parquet")
    assert import_readings(database, tmp_path / "long.parquet", NOW).stored == 2
    assert stored_values(database) == [(1, 0, 350_000.0), (1, 5, 360_000.0)]


def test_bad_rows_are_named_and_the_others_stored(database: Connection, tmp_path: Path):
    rows = ["yesterday,a/pressure,1", "2026-11-18T12:00:00Z,nobody,1", "2026-11-18T12:00:01Z",
            "2026-11-18T12:00:02Z,a/pressure,2", "2026-11-18T12:00:03Z,nobody,1"]  # fmt: skip
    (tmp_path / "f.csv").write_text("\n".join(["time,channel,value", *rows]))
    imported = import_readings(database, tmp_path / "f.csv", NOW)
    assert (imported.stored, imported.faulty) == (1, 4)
    assert [(p.row, p.column) for p in imported.problems] == [
        (2, "row"),
        (4, "row"),
        (3, "channel"),
    ]


def test_a_dry_run_stores_nothing(database: Connection, tmp_path: Path):
    (tmp_path / "f.csv").write_text(LONG)
    assert import_readings(database, tmp_path / "f.csv", NOW, dry_run=True).stored == 3
    assert stored_values(database) == []


@pytest.mark.parametrize("rejudge", [True, False])
def test_imported_history_is_judged_if_asked_and_always_rolled_up(
    database: Connection, tmp_path: Path, rejudge: bool
):
    (tmp_path / "f.csv").write_text(LONG)
    import_readings(database, tmp_path / "f.csv", NOW, rejudge=rejudge)
    assert sorted(take_rejudge(database)) == ([1, 2] if rejudge else [])
    database.commit()
    assert roll(database)
    assert database.execute("SELECT sum(count) FROM readings_hour").fetchone() == (3,)
    assert not roll(database)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b"value,channel\n1,2\n"), ("a.csv", b""), ("a.parquet", b"PAR"), ("a.xlsx", b"")],
)
def test_a_file_that_cannot_be_read_says_why(
    database: Connection, tmp_path: Path, name: str, content: bytes
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=name):
        import_readings(database, tmp_path / name, NOW)


def test_a_misspelt_column_of_an_assets_file_is_not_overlooked(
    database: Connection, tmp_path: Path
):
    (tmp_path / "assets.csv").write_text("channel,device,quantity,zon\nc,c,voltage,east\n")
    report = import_assets_file(database, tmp_path / "assets.csv")
    assert (report.added, [str(problem)[:11] for problem in report.problems]) == (
        1,
        ["row 1, zon:"],
    )
    (tmp_path / "bad.csv").write_text("channel;device;quantity\n")
    assert import_assets_file(database, tmp_path / "bad.csv").problems[0].column == "channel"
