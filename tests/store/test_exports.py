"""Whole tables written for others: three forms that say the same, however long they are."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime

import orjson
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as some
from one_report import CALLER, CITY, NAME, PHONE, report

from store.export_formats import WRITERS, Format
from store.exports import Extract, Table, count_cases
from store.reports import take

DAY = datetime(2024, 3, 1, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        ("number", pa.string()),
        ("opened", pa.timestamp("us", "UTC")),
        ("lon", pa.float64()),
        ("level", pa.int64()),
        ("passed", pa.bool_()),
        ("details", pa.string()),
    ]
)
KINDS = {"opened": datetime.fromisoformat, "lon": float, "level": int, "passed": "true".__eq__}


def written(format, schema, pieces):
    return b"".join(WRITERS[format](schema, pieces))


def read_csv(text):
    """Return the rows of a CSV whose nulls are bare and whose empty texts are quoted."""
    # The standard reader cannot tell the two apart before Python 3.12 reads them as strings.
    rows = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
    return [
        {
            name: KINDS[name](cell) if name in KINDS and cell else cell or None
            for name, cell in row.items()
        }
        for row in rows
    ]


def read_ndjson(text):
    rows = [orjson.loads(line) for line in text.split(b"\n") if line]
    for row in rows:
        row["opened"] = row["opened"] and datetime.fromisoformat(row["opened"])
    return rows


texts = some.text(some.characters(codec="utf-8", exclude_characters="\0"))
times = some.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001
    datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=some.just(UTC),
)
rows = some.tuples(
    texts,
    some.none() | times,
    some.none() | some.floats(-180, 180),
    some.none() | some.integers(-(2**60), 2**60),
    some.none() | some.booleans(),
    some.dictionaries(texts, texts, max_size=2).map(lambda each: orjson.dumps(each).decode()),
)


@given(some.lists(some.lists(rows, min_size=1, max_size=3), max_size=3))
def test_the_three_forms_say_the_same_of_any_rows(pieces):
    said = [dict(zip(SCHEMA.names, row, strict=True)) for piece in pieces for row in piece]
    file = pa.parquet.ParquetFile(io.BytesIO(written(Format.PARQUET, SCHEMA, pieces)))
    assert file.schema_arrow.equals(SCHEMA)
    assert file.read().to_pylist() == said
    assert file.num_row_groups == len(pieces)  # a piece is written, and forgotten

    lines = read_ndjson(written(Format.NDJSON, SCHEMA, pieces))
    assert [row | {"details": orjson.dumps(row["details"]).decode()} for row in lines] == said

    cells = read_csv(written(Format.CSV, SCHEMA, pieces))
    assert cells == [row | {"number": harmless(row["number"]) or None} for row in said]


def harmless(text):
    """A text as a spreadsheet gets it, which would run what begins like a formula."""
    begins = text.lstrip(" \t\r\n")[:1]
    runs = (begins and begins in "=+-@＝＋－＠") or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if runs else text


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n", " =1", "＝1"]
)
def test_no_cell_of_a_csv_is_a_formula(text):
    row = (text, None, -1.5, -1, None, "{}")
    [told] = read_csv(written(Format.CSV, SCHEMA, [[row]]))
    assert told["number"] == f"'{text}"
    assert (told["lon"], told["level"]) == (-1.5, -1), "numbers are none"


def test_in_csv_nothing_is_null_and_a_pair_of_quotes_an_empty_text():
    row = ("", None, None, None, None, "{}")
    head, line, _ = written(Format.CSV, SCHEMA, [[row]]).split(b"\n")
    assert head == b'"number","opened","lon","level","passed","details"'
    assert line == b'"",,,,,"{}"'


def taken(database, **changes):
    return take(database, report(**changes), DAY.replace(hour=6), CITY)


@pytest.mark.server
@pytest.mark.parametrize("table", Table)
def test_every_column_has_the_type_that_the_database_gives_it(database, table):
    """A column that is added to a query and is no text must be told to the writers."""
    taken(database)
    extract = Extract(database, table)
    given = dict(zip(extract.schema.names, extract.schema.types, strict=True))
    kinds = {16: pa.bool_(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 25: pa.string(),
             701: pa.float64(), 1184: pa.timestamp("us", "UTC")}  # fmt: skip
    cursor = extract._cursor
    assert given == {column.name: kinds[column.type_code] for column in cursor.description}


@pytest.mark.server
def test_the_caller_is_in_no_table_in_no_form(database):
    told = f"{NAME} says: call {PHONE}, water on the road"
    taken(database, caller=CALLER, text=told, address=f"door of {NAME}")
    for table in Table:
        for format in Format:
            extract = Extract(database, table)
            body = written(format, extract.schema, extract)
            assert NAME.encode() not in body
            assert PHONE.encode() not in body
            database.rollback()
    extract = Extract(database, Table.REPORTS)
    assert b"water on the road" in written(Format.CSV, extract.schema, extract)


@pytest.mark.server
def test_what_belongs_to_the_cases_of_a_time_is_told_and_nothing_else(database):
    early, late = (
        take(database, report(), DAY.replace(day=day, hour=6), CITY).number for day in (1, 3)
    )
    assert count_cases(database, None, None) == 2
    for table in Table:
        for since, until, expected in (
            (None, None, [early, late]),
            (DAY.replace(day=2), None, [late]),
            (None, DAY.replace(day=3, hour=6), [early]),
            (DAY.replace(day=3, hour=6), None, [late]),
            (DAY.replace(day=4), None, []),
        ):
            extract = Extract(database, table, since, until)
            numbers = [row[0] for piece in extract for row in piece]
            assert list(dict.fromkeys(numbers)) == expected, table
            database.rollback()


@pytest.mark.server
def test_an_empty_table_is_a_head_and_nothing_more(database):
    for table in Table:
        extract = Extract(database, table)
        assert written(Format.NDJSON, extract.schema, extract) == b""
        database.rollback()
        extract = Extract(database, table)
        body = written(Format.PARQUET, extract.schema, extract)
        assert pa.parquet.read_table(io.BytesIO(body)).num_rows == 0
        database.rollback()
        extract = Extract(database, table)
        assert written(Format.CSV, extract.schema, extract).count(b"\n") == 1
        database.rollback()


@pytest.mark.server
@pytest.mark.parametrize("format", Format)
def test_four_times_the_rows_need_no_more_memory(database, format):
    """What Python and Arrow hold at the most, of 4,000 cases and of 16,000, 1,000 at a time."""
    most = []
    for count in (4_000, 12_000):
        database.execute(
            "INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en,"
            " severity, began, found, opened) SELECT 'n' || nextval('cases_id_seq'), 'k' ||"
            " currval('cases_id_seq'), 'closed', 'l', '0506', 'c', '道路积水', 'water', 'red',"
            " %(at)s, %(at)s, %(at)s + n * interval '1 second' FROM generate_series(1, %(n)s) n",
            {"at": DAY, "n": count},
        )
        database.commit()
        tracemalloc.start()
        extract = Extract(database, Table.CASES, piece=1_000)
        before = pa.total_allocated_bytes()
        arrow = 0
        for _ in WRITERS[format](extract.schema, extract):
            arrow = max(arrow, pa.total_allocated_bytes() - before)
        most.append(tracemalloc.get_traced_memory()[1] + arrow)
        tracemalloc.stop()
        database.rollback()
    assert most[1] < 1.5 * most[0]
